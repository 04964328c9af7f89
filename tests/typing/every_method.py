"""A program that uses every public method, as type checkers see it: nothing in it is Any, cast or ignored.

It is never run. ``test_type_checkers.py`` compares what it uses with what there is.
"""

# mypy: disallow-any-expr

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

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
    bulk,
    errors,
)
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
from voiceid_sdk.enums import (
    AuthenticationDecision,
    ConflictType,
    EnrollmentStatus,
    FraudDetectionDecision,
    JobStatus,
    RegistrationStatus,
    ResourceType,
    SpeakerStatus,
)
from voiceid_sdk.events import SessionDetail, SpeakerDetail, VoiceIDEvent
from voiceid_sdk.local import (
    Calibration,
    Call,
    EmbeddingRecognizer,
    Events,
    Faults,
    FolderS3Client,
    LocalVoiceID,
    ManualClock,
    Response,
    folder_s3_client,
    mock_voice_id,
    onnx_embedding,
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
from voiceid_sdk.progress import Progress
from voiceid_sdk.testing import ExpectedCall, ExpectedList, VoiceIDStub, WaitClock, instant_waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voiceid_sdk.runs import BatchEnrollment, BatchRegistration


def use(*_: object) -> None:
    """Stand for the program's use of a result."""


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


def use_a_folder_as_s3(folder: Path) -> S3Client:
    s3: FolderS3Client = folder_s3_client(folder)
    made: Mapping[str, object] = s3.create_bucket(Bucket="voices")
    put: Mapping[str, object] = s3.put_object(Bucket="voices", Key="a", Body=b"", Metadata={"voice": "ana"})
    got: Mapping[str, object] = s3.get_object(Bucket="voices", Key="a")
    use(made, put, got, s3.head_object(Bucket="voices", Key="a"))
    with LocalVoiceID(s3_root=folder) as service:
        return service.s3_client()


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


def use_events(raw: dict[str, object]) -> str | None:
    event: VoiceIDEvent = VoiceIDEvent.from_eventbridge(raw)
    plain: dict[str, object] = event.to_dict()
    envelope = (event.id, event.detail_type, event.source, event.account, event.region, event.version)
    use(plain, envelope, event.time, event.resources, event.extra)
    if isinstance(event.detail, SessionDetail) and event.detail.session is not None:
        name: str | None = event.detail.session.session_name
        return name
    return event.detail.generated_speaker_id if isinstance(event.detail, SpeakerDetail) else None


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


def use_the_testing_kit() -> None:
    with VoiceIDStub(region_name="eu-west-2") as stub, instant_waits(move=use) as clock:
        voiceid: VoiceID = stub.client
        domain = voiceid.domain("id")
        made: ExpectedCall[DomainInfo] = stub.expect(voiceid.create_domain, name="calls", kms_key_id="key")
        made.ignoring("Name").returns(DomainInfo()).fails(
            errors.ConflictError, "No.", conflict_type=ConflictType.CONCURRENT_CHANGES, status_code=409
        )
        watchlist: ExpectedCall[WatchlistInfo] = stub.expect(domain.create_watchlist, name="known")
        watchlist.fails(errors.ResourceNotFoundError, resource_type="DOMAIN")
        job: ExpectedCall[RegistrationJobInfo] = stub.expect(
            domain.start_registration_job, input_s3_uri="in", output_s3_uri="out", data_access_role_arn="arn"
        )
        job.returns(RegistrationJobInfo())
        enrollment: ExpectedCall[EnrollmentJobInfo] = stub.expect(
            domain.start_enrollment_job, input_s3_uri="in", output_s3_uri="out", data_access_role_arn="arn"
        )
        enrollment.fails("SomeException")
        speakers: ExpectedList[SpeakerInfo] = stub.expect(domain.speakers, page_size=2)
        speakers.returns([SpeakerInfo()], (), more=True).fails(errors.TransportTimeoutError).ignoring(
            "MaxResults"
        )
        deleted: ExpectedCall[None] = stub.expect(domain.delete)
        deleted.returns(None)
        tags: ExpectedCall[dict[str, str]] = stub.expect(domain.tags)
        tags.returns({"team": "a"})
        raw: ExpectedCall[dict[str, object]] = stub.expect(voiceid.call, "ListDomains", MaxResults=1)
        raw.returns({"DomainSummaries": []})
        stub.expect(domain.speaker("ana").opt_out).returns(SpeakerInfo(status=SpeakerStatus.OPTED_OUT))
        stub.verify()
        slept: float = clock.slept + stub.clock.slept
        pauses: tuple[float, ...] = clock.pauses
        clock.sleep(clock.monotonic(), threading.Event())
    use(slept, pauses)


def use_local_voice_id() -> None:
    calibration: Calibration = Calibration.from_pairs([0.9], [0.1])
    points: tuple[tuple[float, float], ...] = Calibration.from_points(calibration.points).points
    by_sound = EmbeddingRecognizer(
        onnx_embedding("model.onnx"),
        calibration=calibration,
        spoofing=lambda samples, rate: samples[0] * rate,
        speech=lambda samples, rate: len(samples) / rate,
    )
    clock = ManualClock()
    clock.advance(timedelta(hours=1))
    clock.sleep(clock.monotonic(), None)
    with LocalVoiceID("voiceid.sqlite", s3_root="buckets", clock=clock, recognizer=by_sound) as service:
        voiceid: VoiceID = service.client(max_attempts=1, validate_requests=False)
        use(service.async_client())
        use(service.session, service.boto3_client().can_paginate("list_speakers"))
        domain_id: str = voiceid.create_domain(name="calls", kms_key_id="key").domain_id
        use_a_call(service.start_call(domain_id, "contact", "ana", acceptance_threshold=80))
        use_a_call(service.call(domain_id, "contact"))
        service.enroll_speaker(domain_id, "ana", voice="Ana", seconds=40)
        counts: list[dict[str, int]] = [domain.counts for domain in service.overview()]
        use(counts)
        use_faults(service.faults)
        use_deliveries(service.events)
        exported: dict[str, object] = service.export_domain(domain_id, include_voiceprints=True)
        again: str = service.import_domain(exported)
        service.disable_key("key")
        service.enable_key("key")
        service.restore_domain(domain_id)
        service.register_compliance_consent()
        status: int = service.handle({"X-Amz-Target": "VoiceID.ListDomains"}, b"{}").status
        accepted = service.accept({"x-amz-target": "VoiceID.ListDomains"}, b"{}", method="POST")
        rest: Response | None = accepted.response_at_once()
        service.catch_up()
        metrics: str = service.metrics()
        use(again, status, rest, metrics, service.calls_models, clock.now())
        service.close()
    with mock_voice_id(seed=1) as mocked:
        use(mocked.client())
    voiceprint: bytes = by_sound.voiceprint([])
    figures: list[float] = [calibration.score(0.5), by_sound.similarity(voiceprint, voiceprint)]
    figures += by_sound.identification_scores(voiceprint, [voiceprint])
    figures.append(by_sound.cosine(voiceprint, voiceprint))
    use(points, figures, by_sound.spoofing_risk([]), by_sound.speech_seconds)


def use_a_call(call: Call) -> None:
    call.enroll()
    call.speak("ana", seconds=12)
    call.play(b"wav", channel=1)
    call.score(authentication=12, spoofing=3, known_fraudster=0)
    call.update(speaker_id="bo", risk_threshold=60)
    call.restart_stream()
    call.end()
    ids: tuple[str, str] = (call.domain_id, call.session_id)
    state: tuple[str, str | None, float] = (call.streaming_status, call.enrollment_status, call.seconds_heard)
    use(ids, state)


def use_faults(faults: Faults) -> None:
    faults.fail_next("ListSpeakers", "ThrottlingException", times=2)
    faults.fail_share(0.1, "ConflictException", conflict_type="CONCURRENT_CHANGES")
    faults.drop_next("CreateDomain", performed=False)
    faults.drop_share(0.1, operation="CreateDomain")
    faults.truncate_next("DescribeDomain")
    faults.truncate_share(0.1)
    faults.delay(0.5, share=0.5)
    faults.throttle(10, operation="EvaluateSession")
    faults.end_of_service()
    faults.clear()


def use_deliveries(events: Events) -> None:
    events.subscribe(use_events)
    events.subscribe("events.jsonl")
    wanted: bool = events.has_subscribers
    use(wanted)


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
