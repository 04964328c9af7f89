"""A program that uses every public method, as type checkers see it: nothing in it is Any, cast or ignored.

This part uses the client, the handles and their data. The program is never run; ``test_type_checkers.py``
compares what it uses with what there is.
"""

# mypy: disallow-any-expr

import threading
from datetime import datetime, timedelta

from tests.typing.using import use
from voiceid_sdk import (
    Domain,
    EnrollmentJob,
    Fraudster,
    RegistrationJob,
    Session,
    Speaker,
    VoiceID,
    WaitPolicy,
    Watchlist,
    errors,
)
from voiceid_sdk.enums import (
    AuthenticationDecision,
    ConflictType,
    FraudDetectionDecision,
    JobStatus,
    ResourceType,
    SpeakerStatus,
)
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    FailureDetails,
    FraudsterInfo,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SessionEvaluation,
    SpeakerInfo,
    WatchlistInfo,
)
from voiceid_sdk.paging import ItemIterator, Page, PageIterator, Pager
from voiceid_sdk.testing import WaitClock


def use_the_client() -> None:
    with VoiceID(region_name="eu-west-2", max_attempts=5, app_id="typing", clock=WaitClock()) as voiceid:
        made: Domain = voiceid.create_domain(
            name="calls", kms_key_id="alias/key", description="All", tags={"team": "a"}, client_token="token"
        )
        handle: Domain = voiceid.domain(made.domain_id)
        again: Domain = voiceid.domain(handle.describe())
        domains: Pager[DomainInfo] = voiceid.domains(page_size=10)
        arns: list[str | None] = [info.arn for info in domains]
        tags: dict[str, str] = voiceid.tags("arn")
        voiceid.tag("arn", tags)
        voiceid.untag("arn", tags.keys())
        response: dict[str, object] = voiceid.call("DescribeDomain", DomainId=again.domain_id)
        raw = voiceid.boto3_client
        listed: dict[str, object] = raw.list_domains(MaxResults=1)
        presigned: str = raw.generate_presigned_url("list_domains", ExpiresIn=60)
        can: bool = raw.can_paginate("list_domains")
        quick: VoiceID = voiceid.with_options(timeout=2, max_attempts=1)
        quick.ping()
        use(arns, response, listed, presigned, can, raw.get_paginator("list_domains"))
        voiceid.close()
    VoiceID(client=raw).close()


def use_a_domain(domain: Domain) -> None:
    known: DomainInfo | None = domain.info
    described: DomainInfo = domain.describe()
    replaced: DomainInfo = domain.replace(name="calls", kms_key_id="alias/key", description=None)
    updated: DomainInfo = domain.update(name="calls", description=None, kms_key_id="alias/key")
    tags: dict[str, str] = domain.tags()
    domain.tag(tags)
    domain.untag(["team"])
    speakers: Pager[SpeakerInfo] = domain.speakers(page_size=100)
    fraudsters: Pager[FraudsterInfo] = domain.fraudsters(page_size=100)
    watchlists: Pager[WatchlistInfo] = domain.watchlists(page_size=100)
    enrollments: Pager[EnrollmentJobSummary] = domain.enrollment_jobs(status=JobStatus.FAILED, page_size=100)
    registrations: Pager[RegistrationJobSummary] = domain.registration_jobs(status="FAILED")
    use_a_speaker(domain.speaker("ana"))
    use_a_fraudster(domain.fraudster("id#"), domain.watchlist("id"))
    use_an_enrollment_job(domain.enrollment_job("id"))
    use_a_registration_job(domain.registration_job("id"))
    use_a_session(domain.session("contact"))
    handles: list[Speaker | Fraudster | Watchlist | EnrollmentJob | RegistrationJob] = [
        *(domain.speaker(speaker) for speaker in speakers),
        *(domain.fraudster(fraudster) for fraudster in fraudsters),
        *(domain.watchlist(watchlist) for watchlist in watchlists),
        *(domain.enrollment_job(job) for job in enrollments),
        *(domain.registration_job(job) for job in registrations),
    ]
    made: Watchlist = domain.create_watchlist(name="known", description="Known", client_token="token")
    default: Watchlist = domain.default_watchlist()
    on_it: list[Pager[FraudsterInfo]] = [domain.fraudsters(watchlist=one) for one in (made, default)]
    seen: list[DomainInfo] = []
    active: DomainInfo = domain.wait_until_active(
        WaitPolicy(timeout=60), on_progress=seen.append, cancel=threading.Event()
    )
    encrypted: DomainInfo = domain.wait_until_encryption_updated(on_progress=lambda info: use(info.name))
    use(known, described, replaced, updated, handles, on_it, active, encrypted)
    domain.delete()


def use_a_speaker(speaker: Speaker) -> None:
    ids: tuple[str, str] = (speaker.domain_id, speaker.speaker_id)
    known: SpeakerInfo | None = speaker.info
    described: SpeakerInfo = speaker.describe()
    opted_out: SpeakerInfo = speaker.opt_out()
    seen: list[SpeakerInfo | None] = []
    enrolled: SpeakerInfo = speaker.wait_until(
        SpeakerStatus.ENROLLED, WaitPolicy(), on_progress=seen.append, cancel=threading.Event()
    )
    speaker.delete()
    use(ids, known, described, opted_out, enrolled)


def use_a_fraudster(fraudster: Fraudster, watchlist: Watchlist) -> None:
    ids: tuple[str, str, str] = (fraudster.domain_id, fraudster.fraudster_id, watchlist.watchlist_id)
    known: tuple[FraudsterInfo | None, WatchlistInfo | None] = (fraudster.info, watchlist.info)
    described: FraudsterInfo = fraudster.describe()
    associated: FraudsterInfo = fraudster.associate(watchlist)
    left: FraudsterInfo = fraudster.disassociate(watchlist.describe())
    updated: WatchlistInfo = watchlist.update(name="known", description="Known")
    members: Pager[FraudsterInfo] = watchlist.fraudsters(page_size=100)
    use(ids, known, described, associated, left, updated, members, watchlist.domain_id)
    fraudster.delete()
    watchlist.delete()


def use_an_enrollment_job(job: EnrollmentJob) -> None:
    known: EnrollmentJobInfo | EnrollmentJobSummary | None = job.info
    seen: list[EnrollmentJobInfo] = []
    ended: EnrollmentJobInfo = job.wait(
        WaitPolicy(), on_progress=seen.append, cancel=threading.Event(), raise_on_errors=True
    )
    described: EnrollmentJobInfo = job.describe()
    use(job.domain_id, job.job_id, known, ended.enrollment_config, described.ended_at)


def use_a_registration_job(job: RegistrationJob) -> None:
    known: RegistrationJobInfo | RegistrationJobSummary | None = job.info
    seen: list[RegistrationJobInfo] = []
    ended: RegistrationJobInfo = job.wait(on_progress=seen.append)
    described: RegistrationJobInfo = job.describe()
    use(job.domain_id, job.job_id, known, ended.registration_config, described.ended_at)


def use_a_session(session: Session) -> None:
    evaluation: SessionEvaluation = session.evaluate()
    seen: list[SessionEvaluation] = []
    decided: SessionEvaluation = session.wait_for_decision(
        WaitPolicy(), on_progress=seen.append, cancel=threading.Event()
    )
    if decided.authentication_result is not None and decided.fraud_detection_result is not None:
        caller: AuthenticationDecision | None = decided.authentication_result.decision
        fraud: FraudDetectionDecision | None = decided.fraud_detection_result.decision
        score: int | None = decided.authentication_result.score
        use(caller, fraud, score, session.domain_id, session.name_or_id, evaluation)


def use_a_list(speakers: Pager[SpeakerInfo]) -> None:
    few: Pager[SpeakerInfo] = speakers.limit(5).page_size(2)
    first: SpeakerInfo | None = few.first()
    everyone: list[SpeakerInfo] = few.all()
    rows: list[dict[str, object]] = few.to_dicts() + few.all().to_dicts()
    use(rows, few.to_pandas(), few.all().to_pandas())
    items: ItemIterator[SpeakerInfo] = few.items()
    pages: PageIterator[SpeakerInfo] = few.pages(items.resume_token)
    page: Page[SpeakerInfo] = next(pages)
    names: list[str | None] = [speaker.customer_speaker_id for speaker in page.items]
    place: tuple[str | None, int, str | None] = (page.resume_token, page.number, page.request_id)
    last: SpeakerInfo = next(few.items(resume_token=pages.resume_token))
    use(first, everyone, names, place, last)


def use_data(speaker: SpeakerInfo) -> None:
    plain: dict[str, object] = speaker.to_dict()
    wire: dict[str, object] = speaker.to_wire()
    again: SpeakerInfo = SpeakerInfo.from_dict(plain)
    unknown: object = again.extra.get("NewMember")
    created: datetime | None = again.created_at
    is_known: bool = again.status is not None and again.status.is_known
    use(wire, unknown, created, is_known, hash(again), again == speaker)


def use_policies() -> WaitPolicy:
    policy = WaitPolicy(timeout=timedelta(hours=1), initial=1, maximum=30.0, multiplier=2, jitter=1, delay=5)
    times: list[float] = [policy.timeout, policy.initial, policy.maximum, policy.jitter, policy.delay]
    use(times, policy.multiplier)
    return policy


def use_errors(domain: Domain) -> str | None:
    try:
        domain.enrollment_job("id").wait()
    except errors.ConflictError as error:
        conflict: ConflictType | None = error.conflict_type
        return conflict
    except errors.ResourceNotFoundError as error:
        resource: ResourceType | None = error.resource_type
        return resource
    except errors.ServiceError as error:
        details: tuple[str | None, str | None, str | None, int | None, bool] = (
            error.code,
            error.operation,
            error.request_id,
            error.status_code,
            error.retryable,
        )
        use(details, error.region, error.client_token)
        return error.message
    except errors.JobFailedError as error:
        failure: FailureDetails | None = error.failure_details
        seen: tuple[object, int, float] = (error.resource, error.attempts, error.elapsed)
        use(failure, seen)
    except errors.RequestValidationError as error:
        problems: list[str] = [f"{problem.parameter} {problem.rule}" for problem in error.problems]
        use(problems, error.parameter, error.rule)
    except errors.VoiceIDError as error:
        use(error.next_step, error.resume_token)
    return None
