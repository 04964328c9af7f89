"""A program that uses every public method of the async client, as type checkers see it.

It is never run. ``test_type_checkers.py`` compares what it uses with what there is.
"""

# mypy: disallow-any-expr

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.typing.using import use
from voiceid_sdk import (
    AsyncDomain,
    AsyncEnrollmentJob,
    AsyncFraudster,
    AsyncPager,
    AsyncRegistrationJob,
    AsyncSession,
    AsyncSpeaker,
    AsyncVoiceID,
    AsyncWatchlist,
    WaitPolicy,
    bulk,
)
from voiceid_sdk.boto3_typing import Boto3Client, S3Client
from voiceid_sdk.bulk import AsyncOptions, AsyncRun, Outcome, Report
from voiceid_sdk.local import LocalVoiceID, ManualClock, mock_voice_id
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    FraudsterInfo,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SessionEvaluation,
    SpeakerInfo,
    WatchlistInfo,
)
from voiceid_sdk.progress import Progress

if TYPE_CHECKING:
    from voiceid_sdk.aio import AsyncItemIterator, AsyncPageIterator
    from voiceid_sdk.aio.runs import AsyncBatchEnrollment, AsyncBatchRegistration
    from voiceid_sdk.batch import EnrollmentResults, RegistrationResults
    from voiceid_sdk.paging import Page


async def use_the_client() -> None:
    async with AsyncVoiceID(region_name="eu-west-2", max_attempts=2) as voiceid:
        domain: AsyncDomain = await voiceid.create_domain(name="calls", kms_key_id="alias/a", tags={"a": "b"})
        domains: list[DomainInfo] = [info async for info in voiceid.domains(page_size=10)]
        tags: dict[str, str] = await voiceid.tags("arn")
        await voiceid.tag("arn", {"a": "b"})
        await voiceid.untag("arn", ["a"])
        raw: dict[str, object] = await voiceid.call("DescribeDomain", DomainId="id")
        client: Boto3Client = voiceid.boto3_client
        quick: AsyncVoiceID = voiceid.with_options(timeout=2, max_attempts=1)
        await quick.ping()
        use(voiceid.domain(domains[0]), domain, tags, raw, client)
    await voiceid.close()


async def use_a_domain(domain: AsyncDomain) -> None:
    ids: tuple[str, DomainInfo | None] = (domain.domain_id, domain.info)
    described: DomainInfo = await domain.describe()
    replaced: DomainInfo = await domain.replace(name="calls", kms_key_id="alias/a")
    updated: DomainInfo = await domain.update(description=None)
    tags: dict[str, str] = await domain.tags()
    await domain.tag({"a": "b"})
    await domain.untag(["a"])
    watchlist: AsyncWatchlist = await domain.create_watchlist(name="known")
    default: AsyncWatchlist = await domain.default_watchlist()
    speakers: AsyncPager[SpeakerInfo] = domain.speakers(page_size=100)
    fraudsters: AsyncPager[FraudsterInfo] = domain.fraudsters(watchlist=watchlist)
    watchlists: AsyncPager[WatchlistInfo] = domain.watchlists()
    enrollments: AsyncPager[EnrollmentJobSummary] = domain.enrollment_jobs(status="FAILED")
    registrations: AsyncPager[RegistrationJobSummary] = domain.registration_jobs()
    active: DomainInfo = await domain.wait_until_active(WaitPolicy(), on_progress=show_domain)
    changed: DomainInfo = await domain.wait_until_encryption_updated()
    use(ids, described, replaced, updated, tags, default, speakers, fraudsters, watchlists)
    use(enrollments, registrations, active, changed, domain.watchlist("id"), domain.fraudster("id"))
    await domain.delete()


async def show_domain(info: DomainInfo) -> None:
    use(info.domain_status)


async def use_jobs(domain: AsyncDomain, s3: S3Client, folder: Path) -> None:
    enrollment: AsyncEnrollmentJob = await domain.start_enrollment_job(
        input_s3_uri="s3://a/b", output_s3_uri="s3://a/c", data_access_role_arn="arn"
    )
    registration: AsyncRegistrationJob = await domain.start_registration_job(
        input_s3_uri="s3://a/b", output_s3_uri="s3://a/c", data_access_role_arn="arn"
    )
    enrolled: EnrollmentJobInfo = await domain.enrollment_job(enrollment.job_id).wait(raise_on_errors=True)
    registered: RegistrationJobInfo = await domain.registration_job(registration.job_id).wait(WaitPolicy())
    results: EnrollmentResults = await enrollment.results(s3)
    described: tuple[EnrollmentJobInfo, RegistrationJobInfo] = (
        await enrollment.describe(),
        await registration.describe(),
    )
    use(enrolled, registered, results, described, enrollment.domain_id, enrollment.info)
    batch: AsyncBatchEnrollment = await domain.enroll(
        folder, s3=s3, bucket="voices", data_access_role_arn="arn", progress=False, workers=4
    )
    ended: EnrollmentJobInfo = await batch.wait()
    outcomes: EnrollmentResults = await batch.results()
    jobs: tuple[AsyncEnrollmentJob, ...] = batch.jobs
    fraudsters: AsyncBatchRegistration = await domain.register_fraudsters(
        folder, s3=s3, bucket="voices", data_access_role_arn="arn"
    )
    found: RegistrationResults = await fraudsters.results(s3)
    use(ended, outcomes, jobs, found, await fraudsters.describe(), fraudsters.jobs)


async def use_a_speaker(speaker: AsyncSpeaker) -> SpeakerInfo:
    use(speaker.domain_id, speaker.speaker_id, speaker.info)
    described: SpeakerInfo = await speaker.describe()
    opted_out: SpeakerInfo = await speaker.opt_out()
    use(described, opted_out)
    await speaker.delete()
    return await speaker.wait_until("ENROLLED", on_progress=use)


async def use_a_fraudster(fraudster: AsyncFraudster, watchlist: AsyncWatchlist) -> None:
    use(fraudster.domain_id, fraudster.fraudster_id, fraudster.info, watchlist.watchlist_id, watchlist.info)
    described: FraudsterInfo = await fraudster.describe()
    associated: FraudsterInfo = await fraudster.associate(watchlist)
    left: FraudsterInfo = await fraudster.disassociate(await watchlist.describe())
    updated: WatchlistInfo = await watchlist.update(name="known")
    members: AsyncPager[FraudsterInfo] = watchlist.fraudsters()
    use(described, associated, left, updated, members)
    await fraudster.delete()
    await watchlist.delete()


async def use_a_session(session: AsyncSession) -> SessionEvaluation:
    evaluation: SessionEvaluation = await session.evaluate()
    use(evaluation, session.domain_id, session.name_or_id)
    return await session.wait_for_decision(WaitPolicy(timeout=20))


async def use_a_list(speakers: AsyncPager[SpeakerInfo]) -> None:
    few: AsyncPager[SpeakerInfo] = speakers.limit(5).page_size(2)
    first: SpeakerInfo | None = await few.first()
    everyone: list[SpeakerInfo] = await few.all()
    rows: list[dict[str, object]] = await few.to_dicts()
    use(rows, await few.to_pandas())
    items: AsyncItemIterator[SpeakerInfo] = few.items()
    pages: AsyncPageIterator[SpeakerInfo] = few.pages(items.resume_token)
    page: Page[SpeakerInfo] = await anext(pages)
    last: SpeakerInfo = await anext(few.items(resume_token=pages.resume_token))
    use(first, everyone, page, last)


async def callers() -> AsyncIterator[str]:
    yield "caller-1"


async def show(progress: Progress) -> None:
    use(progress.done)


async def use_many(voiceid: AsyncVoiceID, domain: AsyncDomain, watchlist: AsyncWatchlist) -> Report:
    options: AsyncOptions = {"workers": 8, "order": "input", "progress": show}
    described: AsyncRun[str | SpeakerInfo, SpeakerInfo] = bulk.describe_speakers(domain, callers(), **options)
    async with described:
        async for outcome in described:
            one: Outcome[str | SpeakerInfo, SpeakerInfo] = outcome
            use(one.unwrap().status)
    use(bulk.opt_out_speakers(domain, domain.speakers()), bulk.delete_speakers(domain, ["a"]))
    use(bulk.describe_fraudsters(domain, ["a"]), bulk.delete_fraudsters(domain, domain.fraudsters()))
    use(bulk.associate_fraudsters(watchlist, ["a"]), bulk.disassociate_fraudsters(watchlist, ["a"]))
    use(bulk.tag_domains(voiceid, voiceid.domains(), {"a": "b"}), bulk.evaluate_sessions(domain, ["a"]))
    seen: AsyncRun[AsyncSpeaker, SpeakerInfo] = bulk.run(use_a_speaker, [domain.speaker("a")])
    await seen.close()
    return described.report


async def use_local_voice_id() -> AsyncSession:
    async with LocalVoiceID(clock=ManualClock()) as service:
        voiceid: AsyncVoiceID = service.async_client(max_attempts=1)
        return voiceid.domain("id").session("contact")


@mock_voice_id(seed=1)
async def use_a_mock() -> None:
    await use_the_client()
