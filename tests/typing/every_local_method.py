"""The part of the program that uses Local Voice ID, its events, and stubs; see ``every_method.py``."""

# mypy: disallow-any-expr

import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.typing.using import use
from voiceid_sdk import VoiceID, errors
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.enums import ConflictType, SpeakerStatus
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
from voiceid_sdk.models import DomainInfo, EnrollmentJobInfo, RegistrationJobInfo, SpeakerInfo, WatchlistInfo
from voiceid_sdk.testing import ExpectedCall, ExpectedList, VoiceIDStub, instant_waits

if TYPE_CHECKING:
    from collections.abc import Mapping


def use_a_folder_as_s3(folder: Path) -> S3Client:
    s3: FolderS3Client = folder_s3_client(folder)
    made: Mapping[str, object] = s3.create_bucket(Bucket="voices")
    put: Mapping[str, object] = s3.put_object(Bucket="voices", Key="a", Body=b"", Metadata={"voice": "ana"})
    got: Mapping[str, object] = s3.get_object(Bucket="voices", Key="a")
    use(made, put, got, s3.head_object(Bucket="voices", Key="a"))
    with LocalVoiceID(s3_root=folder) as service:
        return service.s3_client()


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


def use_events(raw: dict[str, object]) -> str | None:
    event: VoiceIDEvent = VoiceIDEvent.from_eventbridge(raw)
    plain: dict[str, object] = event.to_dict()
    envelope = (event.id, event.detail_type, event.source, event.account, event.region, event.version)
    use(plain, envelope, event.time, event.resources, event.extra)
    if isinstance(event.detail, SessionDetail) and event.detail.session is not None:
        name: str | None = event.detail.session.session_name
        return name
    return event.detail.generated_speaker_id if isinstance(event.detail, SpeakerDetail) else None
