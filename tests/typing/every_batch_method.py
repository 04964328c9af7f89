"""The part of the program that uses batch work and bulk runs; see ``every_method.py``."""

# mypy: disallow-any-expr

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.typing.using import use
from voiceid_sdk import Domain, EnrollmentJob, RegistrationJob, VoiceID, WaitPolicy, Watchlist, bulk, errors
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentOutcome,
    EnrollmentRequest,
    EnrollmentResults,
    RegistrationManifest,
    RegistrationOutcome,
    RegistrationRequest,
    RegistrationResults,
    policies,
)
from voiceid_sdk.batch.recordings import RecordingInfo, check_recording, convert, inspect_recording
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.bulk import Failed, IndexSet, Options, Outcome, Report, Run
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    FraudsterInfo,
    RegistrationJobInfo,
    SessionEvaluation,
    SpeakerInfo,
    WatchlistInfo,
)
from voiceid_sdk.progress import Progress

if TYPE_CHECKING:
    from voiceid_sdk.enums import (
        EnrollmentStatus,
        RegistrationStatus,
    )
    from voiceid_sdk.runs import BatchEnrollment, BatchRegistration


def start_jobs(domain: Domain) -> None:
    enrollment: EnrollmentJob = domain.start_enrollment_job(
        input_s3_uri="s3://in/a",
        output_s3_uri="s3://out/",
        data_access_role_arn="arn",
        output_kms_key_id="key",
        job_name="nightly",
        existing_enrollment_action="SKIP",
        fraud_detection_action="FAIL",
        risk_threshold=50,
        watchlist_ids=["id"],
        client_token="token",
    )
    registration: RegistrationJob = domain.start_registration_job(
        input_s3_uri="s3://in/a",
        output_s3_uri="s3://out/",
        data_access_role_arn="arn",
        output_kms_key_id="key",
        job_name="nightly",
        duplicate_registration_action="SKIP",
        fraudster_similarity_threshold=50,
        watchlist_ids=("id",),
        client_token="token",
    )
    use(enrollment.info, registration.info)


def use_runs(domain: Domain, s3: S3Client, folder: Path) -> None:
    manifest = EnrollmentManifest.from_folder(folder)
    seen: list[Progress] = []
    enrollment: BatchEnrollment = domain.enroll(
        manifest,
        s3=s3,
        bucket="voices",
        data_access_role_arn="arn",
        prefix="2027",
        convert=True,
        input_kms_key_id="key",
        output_kms_key_id="key",
        job_name="nightly",
        existing_enrollment_action="SKIP",
        fraud_detection_action="FAIL",
        risk_threshold=50,
        watchlist_ids=["id"],
        checkpoint=folder / "state.json",
        workers=4,
        progress=seen.append,
        policy=WaitPolicy(),
        cancel=threading.Event(),
    )
    ended: EnrollmentJobInfo = enrollment.wait(on_progress=lambda info: use(info.enrollment_config))
    described: EnrollmentJobInfo = enrollment.describe()
    results: EnrollmentResults = enrollment.results()
    again: EnrollmentResults = enrollment.results(s3, manifest=manifest)
    jobs: tuple[EnrollmentJob, ...] = enrollment.jobs
    use(ended, described, results, again, jobs)
    registration: BatchRegistration = domain.register_fraudsters(
        str(folder),
        s3=s3,
        bucket="voices",
        data_access_role_arn="arn",
        duplicate_registration_action="SKIP",
        fraudster_similarity_threshold=50,
        watchlist_ids=["id"],
        progress=False,
    )
    registered: RegistrationResults = registration.results()
    last: RegistrationJobInfo = registration.wait(WaitPolicy(), raise_on_errors=True)
    every: tuple[RegistrationJob, ...] = registration.jobs
    use(registered, last, every, registration.describe().registration_config)


def use_requests() -> EnrollmentRequest:
    audio = AudioSpecification(s3_uri="s3://calls/ana.wav", channel_id=1, path="ana.wav")
    where: tuple[str | None, int, Path | None] = (audio.s3_uri, audio.channel_id, audio.path)
    fraudster = RegistrationRequest(request_id="1", audio_specifications=[audio])
    speaker = EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=(audio,))
    recordings: tuple[AudioSpecification, ...] = fraudster.audio_specifications
    names: tuple[str, str] = (speaker.request_id, speaker.speaker_id)
    use(where, recordings, names)
    return speaker


def use_manifests(folder: Path, s3: S3Client) -> None:
    manifest = EnrollmentManifest(iter([use_requests()]))
    manifest = EnrollmentManifest.from_json(manifest.to_json())
    manifest = EnrollmentManifest.from_json_lines(["{}"])
    manifest = EnrollmentManifest.from_csv(folder / "callers.csv", columns={"speaker_id": "Customer"})
    with (folder / "callers.csv").open("rb") as file:
        manifest = EnrollmentManifest.from_csv(file)
    manifest = EnrollmentManifest.from_folder(
        folder, speaker_id=lambda path: path.parent.name, channel_id=1, suffixes=(".flac",)
    )
    problems: tuple[errors.Problem, ...] = manifest.problems(recordings=folder)
    manifest.validate(recordings={"s3://calls/ana.wav": b""})
    manifest.upload(s3, "s3://calls/manifest.json")
    requests: list[EnrollmentRequest] = [one for part in manifest.split(100) for one in part.requests]
    fraudsters = RegistrationManifest.from_folder(folder, request_id=lambda path: path.stem)
    parts: list[RegistrationManifest] = list(fraudsters.split())
    use(problems, requests, parts)


def use_results(domain: Domain, s3: S3Client, path: Path) -> tuple[EnrollmentManifest, RegistrationManifest]:
    enrollment: EnrollmentResults = domain.enrollment_job("job").results(s3)
    speakers: tuple[EnrollmentOutcome, ...] = enrollment.enrolled + enrollment.overwritten
    for outcome in enrollment.outcomes:
        status: EnrollmentStatus | None = outcome.status
        request: EnrollmentRequest | None = outcome.request
        ids: tuple[str, str | None, str | None] = (
            outcome.request_id,
            outcome.customer_speaker_id,
            outcome.generated_speaker_id,
        )
        why: tuple[int | None, str | None, bool] = (
            outcome.error_code,
            outcome.error_message,
            outcome.retryable,
        )
        use(status, request, ids, why)
    known = RegistrationManifest([])
    registration: RegistrationResults = domain.registration_job("job").results(s3, manifest=known)
    fraudsters: tuple[RegistrationOutcome, ...] = registration.registered
    for one in (*registration.skipped, *registration.failed, *registration.not_reported):
        result: tuple[RegistrationStatus | None, int | None] = (one.status, one.fraudster_similarity_score)
        use(result, one.generated_fraudster_id)
    both = enrollment + EnrollmentResults.from_output(b"", manifest=EnrollmentManifest([]))
    again = EnrollmentResults.from_json(both.to_json())
    counts: dict[str, int] = again.summary()
    again.to_csv(path)
    rows: int = len(again.to_pandas())
    use(registration.plot(again.plot()))
    use(speakers, fraudsters, counts, rows)
    return both.retry_manifest(codes=[400]), registration.retry_manifest()


def use_iam_policies(arn: str) -> None:
    trust: policies.Policy = policies.trust_policy(domain_arn=arn)
    role: policies.Policy = policies.data_access_policy(
        input_s3_uris=["s3://calls/"],
        output_s3_uri="s3://results",
        input_kms_key_arns=[arn],
        output_kms_key_arn=arn,
    )
    caller = policies.caller_policy(
        domain_arn=arn,
        domain_kms_key_arn=arn,
        data_access_role_arn=arn,
        input_s3_uris=["s3://calls/"],
        output_s3_uri="s3://results",
    )
    actions: list[list[str]] = [statement["Action"] for statement in caller["Statement"]]
    use(trust, role, actions)


def use_recordings(folder: Path) -> bytes:
    problems: tuple[errors.Problem, ...] = check_recording(folder / "call.wav", 1, min_seconds=30)
    info: RecordingInfo = inspect_recording(b"")
    figures: tuple[int, str | None, int | None, int | None, float] = (
        info.size,
        info.encoding,
        info.sample_rate,
        info.channels,
        info.seconds,
    )
    sounding: tuple[float, ...] = info.non_silent_seconds
    use(problems, info.problems + info.check(0, min_seconds=30.0), figures, sounding)
    mixed: bytes = convert("call.flac", channel="mix")
    return convert(mixed, folder / "call.wav", channel=0, max_seconds=35)


def use_many(voiceid: VoiceID, domain: Domain, watchlist: Watchlist) -> None:
    ids: list[str | SpeakerInfo] = ["ana", *domain.speakers()]
    options: Options = {"workers": 8, "order": "input", "rate": None, "progress": print}
    described: Run[str | SpeakerInfo, SpeakerInfo] = bulk.describe_speakers(domain, ids, **options)
    opted_out = bulk.opt_out_speakers(domain, domain.speakers(), workers=4, progress=True)
    deleted = bulk.delete_speakers(domain, ["ana"], rate=5, cancel=threading.Event(), resume=None)
    use_a_run(described)
    use_a_run(opted_out)
    for outcome in deleted:
        nothing: None = outcome.unwrap()
        use(nothing)
    with bulk.describe_fraudsters(domain, domain.fraudsters(), executor=ThreadPoolExecutor(2)) as fraudsters:
        infos: list[FraudsterInfo] = [outcome.unwrap() for outcome in fraudsters if outcome.ok]
    bulk.delete_fraudsters(domain, infos).close()
    bulk.associate_fraudsters(watchlist, infos)
    bulk.disassociate_fraudsters(watchlist, ["id#"])
    bulk.tag_domains(voiceid, voiceid.domains(), {"team": "a"})
    evaluations: list[SessionEvaluation] = [
        outcome.unwrap() for outcome in bulk.evaluate_sessions(domain, ["contact"])
    ]
    watchlists: Run[Watchlist, WatchlistInfo] = bulk.run(
        Watchlist.describe, [watchlist], operation="DescribeWatchlist", order="completion"
    )
    use(evaluations, watchlists)


def use_a_run(run: Run[str | SpeakerInfo, SpeakerInfo]) -> None:
    outcome: Outcome[str | SpeakerInfo, SpeakerInfo] = next(iter(run))
    item: str | SpeakerInfo = outcome.item
    value: SpeakerInfo | None = outcome.value
    error: errors.VoiceIDError | None = outcome.error
    index: int = outcome.index
    report: Report = Report.from_dict(run.report.to_dict())
    failed: tuple[Failed, ...] = report.failed
    places: IndexSet = report.succeeded.copy()
    places.add(index)
    ranges: tuple[tuple[int, int], ...] = places.ranges
    kinds: list[tuple[str, str | None, IndexSet]] = [(one.error, one.code, one.indices) for one in failed]
    counts: tuple[int, int, str | None, bool] = (
        report.done,
        report.failures,
        report.operation,
        report.complete,
    )
    key: str = report.key
    use(item, value, error, ranges, kinds, counts, key)


def use_progress(progress: Progress) -> None:
    counted: tuple[int, int | None, int] = (progress.done, progress.total, progress.failed)
    times: tuple[float, float, float | None] = (progress.elapsed, progress.rate, progress.seconds_left)
    what: str = progress.what
    use(counted, times, what)
