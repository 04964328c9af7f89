"""The service as an object: its clock, calls and faults, its jobs' odd ends, and many threads at once."""

import json
import pickle
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from voiceid_sdk.local import (
    Call,
    LabelRecognizer,
    LocalVoiceID,
    ManualClock,
    Recording,
    ServiceException,
    SystemWallClock,
    Timing,
)
from voiceid_sdk.local.protocol.errors import conflict
from voiceid_sdk.local.rules.speakers import SPEAKERS
from voiceid_sdk.local.voices.recordings import tone, wav

CONTENT: Any = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
ROLE = "arn:aws:iam::123456789012:role/VoiceID"


@pytest.fixture
def call(service: LocalVoiceID, domain_id: str) -> Call:
    return service.start_call(domain_id, "a-contact", "alice")


def test_a_service_shows_where_it_is_and_where_its_state_is_kept(tmp_path: Path) -> None:
    with LocalVoiceID(region_name="eu-west-2") as in_memory, LocalVoiceID(tmp_path / "file") as in_a_file:
        assert repr(in_memory) == "<LocalVoiceID in eu-west-2, in memory>"
        assert repr(in_a_file) == "<LocalVoiceID in us-east-1, in a file>"
    assert repr(in_memory) == "<LocalVoiceID in eu-west-2, closed>"


# The clock


def test_the_system_clock_has_a_time_zone() -> None:
    assert SystemWallClock().now().tzinfo is UTC


def test_a_held_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 5, 20, 2, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2026, 5, 20, tzinfo=UTC)
    clock.advance(1.5)
    clock.advance(timedelta(days=1))
    assert clock.now() == datetime(2026, 5, 21, 0, 0, 1, 500_000, tzinfo=UTC)


def test_a_held_clock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ManualClock(datetime(2026, 5, 20))


def test_a_held_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        ManualClock().advance(-1)


def test_a_held_clock_is_moved_by_a_pause_unless_that_is_cancelled() -> None:
    clock, cancel = ManualClock(), threading.Event()
    clock.sleep(2, None)
    clock.sleep(3, cancel)
    cancel.set()
    clock.sleep(5, cancel)
    assert clock.monotonic() == 5


def test_the_services_clock_is_the_systems_unless_given(clock: ManualClock, service: LocalVoiceID) -> None:
    assert service.clock is clock
    with LocalVoiceID() as other:
        assert isinstance(other.clock, SystemWallClock)


# Calls


def test_a_call_knows_its_session_and_domain(service: LocalVoiceID, domain_id: str, call: Call) -> None:
    assert call.domain_id == domain_id
    assert service.call(domain_id, "a-contact").session_id == call.session_id
    assert service.call(domain_id, call.session_id).session_id == call.session_id


def test_a_call_shows_its_domain_and_no_other_id(domain_id: str, call: Call) -> None:
    assert repr(call) == f"Call(domain_id={domain_id!r})"


def test_what_a_call_heard_is_counted(call: Call) -> None:
    call.speak("alice", seconds=0.1)
    call.speak("alice", seconds=0.2)
    assert call.seconds_heard == 0.3
    assert call.streaming_status == "ONGOING"


def test_a_recording_is_played_from_a_file_or_from_bytes(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav(tone(1), label="alice"))
    call.play(path)
    call.play(str(path))
    call.play(wav(tone(1) + bytes(len(tone(1))), channels=2, label=";alice"), channel=1)
    assert call.seconds_heard == 2.5


def test_a_recording_is_played_from_object_storage(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "s3/calls/a.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(wav(tone(1)))
    call.play("s3://calls/a.wav")
    assert call.seconds_heard == 1
    with pytest.raises(ServiceException, match="cannot be found"):
        call.play("s3://calls/none.wav")


def test_a_played_recording_is_recognized_by_its_label(service: LocalVoiceID, domain_id: str) -> None:
    client: Any = service.boto3_client()
    call = service.start_call(domain_id, "enrollment", "alice")
    call.enroll()
    call.play(wav(tone(30), label="alice"))
    call = service.start_call(domain_id, "a-contact", "alice")
    call.play(wav(tone(10), label="alice"))
    evaluated = client.evaluate_session(DomainId=domain_id, SessionNameOrId="a-contact")
    assert evaluated["AuthenticationResult"]["Decision"] == "ACCEPT"


@pytest.mark.parametrize(
    ("play", "says"),
    [
        (lambda call: call.play(b"not a recording"), "WAV"),
        (lambda call: call.play(wav(b""), channel=1), "channel"),
        (lambda call: call.speak("alice", seconds=0), "seconds"),
        (lambda call: call.speak("alice", seconds=float("inf")), "seconds"),
        (lambda call: call.speak("alice", seconds=10**400), "seconds"),
        (lambda call: call.speak("alice", seconds=float("nan")), "seconds"),
        (lambda call: call.score(authentication=101), "authentication"),
        (lambda call: call.score(spoofing=-1), "spoofing"),
        (lambda call: call.update(risk_threshold=101), "risk_threshold"),
        (lambda call: call.update(speaker_id="a b"), "speaker_id"),
        (lambda call: call.update(watchlist_id="short"), "watchlist_id"),
    ],
)
def test_what_a_call_cannot_do_is_refused(call: Call, play: Any, says: str) -> None:
    with pytest.raises(ServiceException, match=says) as caught:
        play(call)
    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("contact_id", "screening"),
    [
        ("a contact", {}),
        ("c" * 37, {}),
        ("c", {"acceptance_threshold": 101}),
        ("c", {"authentication_seconds": 4.9}),
        ("c", {"authentication_seconds": 10.1}),
        ("c", {"watchlist_id": "short"}),
        ("c", {"speaker_id": "a b"}),
    ],
)
def test_a_call_is_started_with_values_that_fit_the_model(
    service: LocalVoiceID, domain_id: str, contact_id: str, screening: dict[str, Any]
) -> None:
    with pytest.raises(ServiceException) as caught:
        service.start_call(domain_id, contact_id, **screening)
    assert caught.value.code == "ValidationException"


def test_a_call_needs_a_domain(service: LocalVoiceID) -> None:
    with pytest.raises(ServiceException, match="DOMAIN"):
        service.start_call("N" * 22, "a-contact")


def test_an_unknown_call_is_not_found(service: LocalVoiceID, domain_id: str) -> None:
    with pytest.raises(ServiceException, match="SESSION"):
        service.call(domain_id, "none")


def test_a_call_goes_silent_when_its_domain_is_deleted(
    service: LocalVoiceID, domain_id: str, call: Call
) -> None:
    client: Any = service.boto3_client()
    client.delete_domain(DomainId=domain_id)
    with pytest.raises(ServiceException, match="DOMAIN_NOT_ACTIVE"):
        call.speak("alice", seconds=1)


def test_a_error_pickles_and_says_what_it_is() -> None:
    error = ServiceException("ConflictException", "No.", conflict_type="SPEAKER_NOT_SET")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "ConflictException (SPEAKER_NOT_SET): No."
    assert (again.code, again.conflict_type) == ("ConflictException", "SPEAKER_NOT_SET")
    assert str(ServiceException("ValidationException", "No.")) == "ValidationException: No."


# Speakers


def test_nothing_of_the_voice_is_kept_of_a_speaker_who_opted_out(
    service: LocalVoiceID, domain_id: str, call: Call
) -> None:
    def voiceprint() -> bytes | None:
        speaker = service._store.opened().get(SPEAKERS, domain_id=domain_id, customer_id="alice")
        assert speaker is not None
        return speaker.voiceprint

    call.enroll()
    call.speak("alice", seconds=30)
    assert voiceprint() is not None
    client: Any = service.boto3_client()
    client.opt_out_speaker(DomainId=domain_id, SpeakerId="alice")
    assert voiceprint() is None


# Faults


def test_faults_come_in_order_and_then_end(service: LocalVoiceID) -> None:
    client: Any = _once(service)
    service.faults.fail_next("ListDomains", "ThrottlingException", times=2)
    service.faults.fail_next("ListDomains", "ConflictException", conflict_type="CONCURRENT_CHANGES")
    service.faults.fail_next(
        "ListDomains", "ResourceNotFoundException", resource_type="DOMAIN", message="Not today."
    )
    seen = [_error(client.list_domains) for _ in range(4)]
    assert [(error["Code"], error["Message"]) for error in seen] == [
        ("ThrottlingException", "Requested by a test."),
        ("ThrottlingException", "Requested by a test."),
        (
            "ConflictException",
            conflict("CONCURRENT_CHANGES").message,
        ),
        ("ResourceNotFoundException", "Not today."),
    ]
    assert client.list_domains()["DomainSummaries"] == []


def test_a_fault_is_for_its_operation_alone(service: LocalVoiceID) -> None:
    client: Any = _once(service)
    service.faults.fail_next("CreateDomain", "InternalServerException")
    assert client.list_domains()["DomainSummaries"] == []
    assert _error(lambda: client.create_domain(**CONTENT))["Code"] == "InternalServerException"
    assert client.list_domains()["DomainSummaries"] == []


def test_faults_can_be_forgotten(service: LocalVoiceID) -> None:
    client: Any = _once(service)
    service.faults.fail_next("ListDomains", "ThrottlingException", times=9)
    service.faults.clear()
    assert client.list_domains()["DomainSummaries"] == []


@pytest.mark.parametrize(
    ("operation", "code", "options"),
    [
        ("Nonsense", "ThrottlingException", {}),
        ("ListDomains", "Nonsense", {}),
        ("ListDomains", "ThrottlingException", {"times": 0}),
        ("ListDomains", "ConflictException", {"conflict_type": "NONSENSE"}),
        ("ListDomains", "ResourceNotFoundException", {"resource_type": "NONSENSE"}),
    ],
)
def test_a_fault_that_the_service_cannot_have_is_refused(
    service: LocalVoiceID, operation: str, code: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        service.faults.fail_next(operation, code, **options)


# Recognizers and storage of the user's own


class ByLength:
    """Takes a voice for who it is by how long its recording is."""

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        return str(sum(len(recording.samples) for recording in recordings)).encode()

    def similarity(self, one: bytes, other: bytes) -> float:
        return 100 - abs(float(one) - float(other)) / 16000

    def spoofing_risk(self, recordings: Sequence[Recording]) -> float:
        return 12.4

    def speech_seconds(self, recording: Recording) -> float:
        return len(recording.samples) / 16000


def test_a_recognizer_of_ones_own_decides(clock: ManualClock) -> None:
    with LocalVoiceID(clock=clock, recognizer=ByLength()) as service:
        client: Any = service.boto3_client()
        domain_id = client.create_domain(**CONTENT)["Domain"]["DomainId"]
        call = service.start_call(domain_id, "enrollment", "alice")
        call.enroll()
        call.play(wav(bytes(16000 * 30)))
        call = service.start_call(domain_id, "a-contact", "alice")
        call.play(wav(bytes(16000 * 17)))
        evaluated = client.evaluate_session(DomainId=domain_id, SessionNameOrId="a-contact")
    result = evaluated["AuthenticationResult"]
    assert (result["Decision"], result["Score"]) == ("REJECT", 87)
    assert evaluated["FraudDetectionResult"]["RiskDetails"]["VoiceSpoofingRisk"]["RiskScore"] == 12


class Broken(LabelRecognizer):
    """Fails on everything."""

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        raise KeyError("broken")


def _manifest(tmp_path: Path) -> None:
    audio = tmp_path / "jobs/a.wav"
    audio.parent.mkdir(parents=True)
    audio.write_bytes(wav(tone(30), label="alice"))
    specification = {"S3Uri": "s3://jobs/a.wav", "ChannelId": 0}
    request = {"RequestId": "r", "SpeakerId": "alice", "AudioSpecifications": [specification]}
    (tmp_path / "jobs/in").write_text(json.dumps({"Version": "1.0", "SpeakerEnrollmentRequests": [request]}))


def _run_job(service: LocalVoiceID, output: str = "s3://jobs/out") -> Any:
    client: Any = service.boto3_client()
    domain_id = client.create_domain(**CONTENT)["Domain"]["DomainId"]
    job = client.start_speaker_enrollment_job(
        DomainId=domain_id,
        DataAccessRoleArn=ROLE,
        InputDataConfig={"S3Uri": "s3://jobs/in"},
        OutputDataConfig={"S3Uri": output},
    )["Job"]
    return client.describe_speaker_enrollment_job(DomainId=domain_id, JobId=job["JobId"])["Job"]


def test_a_recognizer_that_fails_fails_the_request_and_not_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _manifest(tmp_path)
    with LocalVoiceID(s3_root=tmp_path, timing=Timing.at_once(), recognizer=Broken()) as service:
        job = _run_job(service)
        assert job["JobStatus"] == "COMPLETED_WITH_ERRORS"
        client: Any = service.boto3_client()
        assert client.list_speakers(DomainId=job["DomainId"])["SpeakerSummaries"] == []
    output = json.loads((tmp_path / "jobs/out" / job["JobId"] / "in.out").read_text())
    assert output["Errors"] == [{"RequestId": "r", "ErrorCode": 500, "ErrorMessage": "Internal Server Error"}]
    assert "unexpected KeyError" in caplog.text
    assert "in voiceprint" in caplog.text


def test_a_spoofed_voice_is_not_enrolled_by_a_job(tmp_path: Path) -> None:
    _manifest(tmp_path)
    recognizer = LabelRecognizer(spoofing={"alice": 50})
    with LocalVoiceID(s3_root=tmp_path, timing=Timing.at_once(), recognizer=recognizer) as service:
        assert _run_job(service)["JobStatus"] == "COMPLETED_WITH_ERRORS"


class Unreliable:
    """An S3 client that fails in a way that no S3 client should."""

    def get_object(self, **_: object) -> Any:
        raise KeyError("broken")

    def head_object(self, **_: object) -> Any:
        raise KeyError("broken")

    def put_object(self, **_: object) -> Any:
        raise KeyError("broken")


def test_a_storage_that_fails_fails_the_job_and_not_the_service() -> None:
    with LocalVoiceID(s3=Unreliable(), timing=Timing.at_once()) as service:
        job = _run_job(service)
        assert (job["JobStatus"], job["FailureDetails"]["StatusCode"]) == ("FAILED", 500)


def test_a_described_job_names_its_input_and_its_output() -> None:
    with LocalVoiceID(timing=Timing.at_once()) as service:
        job = _run_job(service)
        assert job["InputDataConfig"] == {"S3Uri": "s3://jobs/in"}
        assert job["OutputDataConfig"] == {"S3Uri": "s3://jobs/out"}


def test_a_job_without_object_storage_fails_and_says_why() -> None:
    with LocalVoiceID(timing=Timing.at_once()) as service:
        assert "s3_root" in _run_job(service)["FailureDetails"]["Message"]


def test_a_job_whose_output_cannot_be_written_fails(tmp_path: Path) -> None:
    _manifest(tmp_path)
    (tmp_path / "not-a-bucket").write_bytes(b"")
    with LocalVoiceID(s3_root=tmp_path, timing=Timing.at_once()) as service:
        job = _run_job(service, output="s3://not-a-bucket/out")
        assert (job["JobStatus"], job["FailureDetails"]["StatusCode"]) == ("FAILED", 403)
        assert job["JobProgress"] == {"PercentComplete": 100}


def test_a_long_job_is_done_in_many_small_steps(tmp_path: Path, clock: ManualClock) -> None:
    requests = [{"RequestId": str(number), "SpeakerId": f"s{number}"} for number in range(250)]
    manifest = tmp_path / "jobs/in"
    manifest.parent.mkdir()
    manifest.write_text(json.dumps({"Version": "1.0", "SpeakerEnrollmentRequests": requests}))
    with LocalVoiceID(s3_root=tmp_path, timing=Timing.at_once(), clock=clock) as service:
        job = _run_job(service)
    output = json.loads((tmp_path / "jobs/out" / job["JobId"] / "in.out").read_text())
    assert [error["RequestId"] for error in output["Errors"]] == [
        request["RequestId"] for request in requests
    ]


def test_a_job_of_an_erased_domain_is_gone(tmp_path: Path, clock: ManualClock) -> None:
    with LocalVoiceID(s3_root=tmp_path, clock=clock, timing=Timing(job_start=40 * 86400)) as service:
        job = _run_job(service)
        client: Any = service.boto3_client()
        client.delete_domain(DomainId=job["DomainId"])
        clock.advance(timedelta(days=41))
        assert client.list_domains()["DomainSummaries"] == []


# Keys


def test_a_key_can_be_disabled_twice_and_enabled_once(service: LocalVoiceID) -> None:
    client: Any = _once(service)
    for _ in range(2):
        service.disable_key("k")
    assert _error(lambda: client.create_domain(**CONTENT))["Code"] == "AccessDeniedException"
    service.enable_key("k")
    assert client.create_domain(**CONTENT)["Domain"]["DomainStatus"] == "ACTIVE"


# Threads


def test_many_threads_can_use_one_service(service: LocalVoiceID, domain_id: str) -> None:
    client: Any = service.boto3_client()
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(10):
                client.opt_out_speaker(DomainId=domain_id, SpeakerId=f"{name}-{number}")
                client.list_speakers(DomainId=domain_id)
        except Exception as failure:  # the test fails with it
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(client.list_speakers(DomainId=domain_id)["SpeakerSummaries"]) == 40


def test_one_token_sent_by_many_threads_makes_one_watchlist(service: LocalVoiceID, domain_id: str) -> None:
    client: Any = service.boto3_client()
    made: list[str] = []

    def work() -> None:
        response = client.create_watchlist(DomainId=domain_id, Name="n", ClientToken="t")
        made.append(response["Watchlist"]["WatchlistId"])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def _once(service: LocalVoiceID) -> Any:
    return service.boto3_client(config=Config(retries={"total_max_attempts": 1}))


def _error(call: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]
