"""The service stays quick while a model works: outside transactions, once an evaluation, jobs one by one."""

import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.listening import ListeningRecognizer
from voiceid_sdk.local import (
    Calibration,
    Call,
    EmbeddingRecognizer,
    LocalVoiceID,
    ManualClock,
    Recording,
    RecordingError,
    ServiceException,
    Timing,
    tone,
    wav,
)
from voiceid_sdk.local.core.model_calls import ModelCallNeeded, ModelResults

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
LINEAR = Calibration.from_points([(0, 0), (1, 100)])
MOMENT = 10.0


class Model:
    """An embedding model that counts its calls, and waits in them while it is held."""

    is_let_go: threading.Event
    is_called: threading.Event

    def __init__(self) -> None:
        self.calls = 0
        self.is_let_go = threading.Event()
        self.is_let_go.set()
        self.is_called = threading.Event()

    def __call__(self, samples: Sequence[float], rate: int) -> list[float]:
        self.calls += 1
        self.is_called.set()
        assert self.is_let_go.wait(MOMENT)
        return [1.0, float(len(samples) > 0)]

    def hold(self) -> None:
        self.is_called.clear()
        self.is_let_go.clear()


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def recognizer(model: Model) -> EmbeddingRecognizer:
    return EmbeddingRecognizer(model, calibration=LINEAR)


@pytest.fixture
def running(recognizer: EmbeddingRecognizer, tmp_path: Path) -> Iterator[LocalVoiceID]:
    """A service on the system's clock, with jobs that take no time of their own."""
    with LocalVoiceID(s3_root=tmp_path / "s3", recognizer=recognizer, timing=Timing.at_once()) as service:
        yield service


def domain_of(service: LocalVoiceID) -> str:
    client: Any = service.boto3_client()
    created = client.create_domain(Name="d", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})
    return str(created["Domain"]["DomainId"])


def enroll(service: LocalVoiceID, domain: str) -> None:
    call = service.start_call(domain, "an-enrollment", "alice")
    call.enroll()
    call.play(wav(tone(30)))
    assert call.enrollment_status == "COMPLETED"


def caller(service: LocalVoiceID, domain: str) -> Call:
    call = service.start_call(domain, "a-call", "alice")
    call.play(wav(tone(10)))
    return call


def start_job(service: LocalVoiceID, domain: str, folder: Path, speakers: int) -> str:
    bucket = folder / "s3" / "bucket"
    bucket.mkdir(parents=True)
    (bucket / "voice.wav").write_bytes(wav(tone(30)))
    requests = [
        {
            "RequestId": str(number),
            "SpeakerId": f"speaker-{number}",
            "AudioSpecifications": [{"S3Uri": "s3://bucket/voice.wav", "ChannelId": 0}],
        }
        for number in range(speakers)
    ]
    manifest = {"Version": "1.0", "SpeakerEnrollmentRequests": requests}
    (bucket / "manifest.json").write_text(json.dumps(manifest))
    client: Any = service.boto3_client()
    started = client.start_speaker_enrollment_job(
        DomainId=domain,
        InputDataConfig={"S3Uri": "s3://bucket/manifest.json"},
        OutputDataConfig={"S3Uri": "s3://bucket/out"},
        DataAccessRoleArn="arn:aws:iam::123456789012:role/role",
    )
    return str(started["Job"]["JobId"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + MOMENT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def job_status(service: LocalVoiceID, domain: str, job: str) -> str:
    client: Any = service.boto3_client()
    return str(client.describe_speaker_enrollment_job(DomainId=domain, JobId=job)["Job"]["JobStatus"])


# --- Evaluations ----------------------------------------------------------------------------------------


def test_other_requests_are_answered_while_a_model_works(running: LocalVoiceID, model: Model) -> None:
    domain = domain_of(running)
    enroll(running, domain)
    caller(running, domain)
    client: Any = running.boto3_client()
    model.hold()
    evaluation = threading.Thread(
        target=client.evaluate_session, kwargs={"DomainId": domain, "SessionNameOrId": "a-call"}
    )
    evaluation.start()
    assert model.is_called.wait(MOMENT)
    assert client.describe_domain(DomainId=domain)["Domain"]["DomainStatus"] == "ACTIVE"
    assert evaluation.is_alive()
    model.is_let_go.set()
    evaluation.join(MOMENT)


def test_a_model_runs_once_an_evaluation(running: LocalVoiceID, model: Model) -> None:
    domain = domain_of(running)
    enroll(running, domain)
    call = caller(running, domain)
    before = model.calls
    client: Any = running.boto3_client()
    evaluated = client.evaluate_session(DomainId=domain, SessionNameOrId=call.session_id)
    assert evaluated["AuthenticationResult"]["Decision"] == "ACCEPT"
    assert evaluated["FraudDetectionResult"]["Decision"] == "LOW_RISK"
    assert model.calls == before + 1
    again = client.evaluate_session(DomainId=domain, SessionNameOrId=call.session_id)
    assert again["AuthenticationResult"] == evaluated["AuthenticationResult"]
    assert model.calls == before + 1, "the results are kept"


def test_what_a_waiting_evaluation_finds_is_of_the_present(running: LocalVoiceID, model: Model) -> None:
    domain = domain_of(running)
    enroll(running, domain)
    caller(running, domain)
    client: Any = running.boto3_client()
    answers: list[Any] = []
    model.hold()
    evaluation = threading.Thread(
        target=lambda: answers.append(
            client.evaluate_session(DomainId=domain, SessionNameOrId="a-call")["AuthenticationResult"]
        )
    )
    evaluation.start()
    assert model.is_called.wait(MOMENT)
    client.opt_out_speaker(DomainId=domain, SpeakerId="alice")
    model.is_let_go.set()
    evaluation.join(MOMENT)
    assert answers[0]["Decision"] == "SPEAKER_OPTED_OUT"


# --- Voiceprints of other models ------------------------------------------------------------------------


def test_voiceprints_of_another_model_are_refused_with_an_error(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    first = EmbeddingRecognizer(lambda samples, rate: [1.0, 0.0], calibration=LINEAR)
    other = EmbeddingRecognizer(lambda samples, rate: [0.0, 1.0], calibration=LINEAR)
    with LocalVoiceID(file, recognizer=first) as service:
        domain = domain_of(service)
        enroll(service, domain)
    with LocalVoiceID(file, recognizer=other) as service:
        caller(service, domain)
        client: Any = service.boto3_client()
        with pytest.raises(client.exceptions.ValidationException, match="Another model made the speaker's"):
            client.evaluate_session(DomainId=domain, SessionNameOrId="a-call")


def test_a_name_says_which_model_it_is() -> None:
    one = EmbeddingRecognizer(lambda samples, rate: [1.0, 0.0], calibration=LINEAR, model="a")
    same = EmbeddingRecognizer(lambda samples, rate: [0.6, 0.8], calibration=LINEAR, model="a")
    recordings = [Recording(samples=tone(1))]
    assert one.similarity(one.voiceprint(recordings), same.voiceprint(recordings)) == pytest.approx(60)


# --- Jobs -----------------------------------------------------------------------------------------------


def test_a_job_holds_up_no_other_request(running: LocalVoiceID, model: Model, tmp_path: Path) -> None:
    domain = domain_of(running)
    model.hold()
    job = start_job(running, domain, tmp_path, speakers=3)
    assert model.is_called.wait(MOMENT)
    assert job_status(running, domain, job) == "IN_PROGRESS"
    client: Any = running.boto3_client()
    assert client.describe_domain(DomainId=domain)["Domain"]["DomainStatus"] == "ACTIVE"
    assert model.calls == 1
    model.is_let_go.set()
    until(lambda: job_status(running, domain, job) == "COMPLETED")
    assert model.calls == 3


def test_other_requests_are_answered_during_every_request_of_a_job(tmp_path: Path) -> None:
    turns: queue.SimpleQueue[None] = queue.SimpleQueue()
    begun: queue.SimpleQueue[None] = queue.SimpleQueue()

    def wait() -> None:
        begun.put(None)
        turns.get(timeout=MOMENT)

    recognizer = ListeningRecognizer(wait)
    with LocalVoiceID(s3_root=tmp_path / "s3", recognizer=recognizer, timing=Timing.at_once()) as service:
        domain = domain_of(service)
        client: Any = service.boto3_client()
        job = start_job(service, domain, tmp_path, speakers=30)
        for _ in range(30):
            begun.get(timeout=MOMENT)
            assert client.describe_domain(DomainId=domain)["Domain"]["DomainStatus"] == "ACTIVE"
            assert begun.empty(), "one request of the job at a time"
            turns.put(None)
        until(lambda: job_status(service, domain, job) == "COMPLETED")


def test_other_requests_are_answered_while_a_job_reads_its_manifest(
    recognizer: EmbeddingRecognizer, tmp_path: Path
) -> None:
    is_read, is_let_go = threading.Event(), threading.Event()

    def read_slowly(**_: Any) -> Any:
        is_read.set()
        assert is_let_go.wait(MOMENT)
        raise RuntimeError

    s3: Any = SimpleNamespace(head_object=read_slowly, get_object=read_slowly)
    with LocalVoiceID(s3=s3, recognizer=recognizer, timing=Timing.at_once()) as service:
        domain = domain_of(service)
        client: Any = service.boto3_client()
        job = start_job(service, domain, tmp_path, speakers=1)
        assert is_read.wait(MOMENT)
        assert job_status(service, domain, job) == "SUBMITTED"
        assert client.describe_domain(DomainId=domain)["Domain"]["DomainStatus"] == "ACTIVE"
        is_let_go.set()
        until(lambda: job_status(service, domain, job) == "FAILED")


def test_an_idle_service_ends_its_jobs_by_itself(running: LocalVoiceID, tmp_path: Path) -> None:
    job = start_job(running, domain_of(running), tmp_path, speakers=3)
    until((tmp_path / "s3" / "bucket" / "out" / job / "manifest.json.out").exists)


def test_a_job_goes_on_after_its_service_was_stopped_in_the_middle(
    tmp_path: Path, model: Model, recognizer: EmbeddingRecognizer
) -> None:
    def opened() -> LocalVoiceID:
        return LocalVoiceID(
            tmp_path / "state.sqlite",
            s3_root=tmp_path / "s3",
            recognizer=recognizer,
            timing=Timing.at_once(),
        )

    with opened() as service:
        domain = domain_of(service)
        model.hold()
        job = start_job(service, domain, tmp_path, speakers=3)
        assert model.is_called.wait(MOMENT)
        threading.Timer(0.05, model.is_let_go.set).start()
    done = model.calls
    assert done < 3
    with opened() as service:
        until(lambda: job_status(service, domain, job) == "COMPLETED")
    assert model.calls == 3, "no request was done twice"


def test_a_manual_clock_makes_jobs_with_models_deterministic(
    tmp_path: Path, recognizer: EmbeddingRecognizer
) -> None:
    with LocalVoiceID(
        s3_root=tmp_path / "s3", recognizer=recognizer, clock=ManualClock(), timing=Timing.at_once()
    ) as service:
        domain = domain_of(service)
        job = start_job(service, domain, tmp_path, speakers=3)
        assert job_status(service, domain, job) == "COMPLETED"


class Strict(EmbeddingRecognizer):
    """Refuses every enrollment."""

    def enrollment_voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        raise RecordingError("The audio does not sound like one voice.")


def test_recordings_that_are_not_fit_to_enroll_are_refused_with_the_reason(
    tmp_path: Path, model: Model
) -> None:
    strict = Strict(model, calibration=LINEAR)
    with LocalVoiceID(
        s3_root=tmp_path / "s3", recognizer=strict, clock=ManualClock(), timing=Timing.at_once()
    ) as service:
        domain = domain_of(service)
        job = start_job(service, domain, tmp_path, speakers=1)
        assert job_status(service, domain, job) == "COMPLETED_WITH_ERRORS"
        output = json.loads((tmp_path / "s3/bucket/out" / job / "manifest.json.out").read_text())
        assert output["Errors"] == [
            {"RequestId": "0", "ErrorCode": 400, "ErrorMessage": "The audio does not sound like one voice."}
        ]
        call = service.start_call(domain, "an-enrollment", "alice")
        call.enroll()
        call.play(wav(tone(30)))
        assert call.enrollment_status == "FAILED"


# --- Models that fail -----------------------------------------------------------------------------------


def test_a_model_is_given_at_most_a_minute_of_audio(tmp_path: Path) -> None:
    lengths: list[float] = []

    def embed(samples: Sequence[float], rate: int) -> list[float]:
        lengths.append(len(samples) / rate)
        return [1.0]

    with LocalVoiceID(recognizer=EmbeddingRecognizer(embed, calibration=LINEAR)) as service:
        call = service.start_call(domain_of(service), "a-call", "alice")
        call.enroll()
        call.play(wav(tone(600)))
        assert call.enrollment_status == "COMPLETED"
    assert lengths == [60]


@pytest.mark.parametrize("vector", [[[1.0, 0.0]], [float("nan")], [0.0], []])
def test_a_model_that_gives_no_vector_is_named_in_the_error(vector: Any) -> None:
    recognizer = EmbeddingRecognizer(lambda samples, rate: vector, calibration=LINEAR)
    with LocalVoiceID(recognizer=recognizer) as service:
        call = service.start_call(domain_of(service), "a-call", "alice")
        call.enroll()
        with pytest.raises(ValueError, match="the model gave no vector"):
            call.play(wav(tone(30)))


@pytest.mark.parametrize("seconds", [float("nan"), -1.0, 1e6, None, "a"])
def test_a_measure_of_speech_that_is_none_is_named_in_the_error(seconds: Any) -> None:
    recognizer = EmbeddingRecognizer(
        lambda samples, rate: [1.0], calibration=LINEAR, speech=lambda samples, rate: seconds
    )
    with LocalVoiceID(recognizer=recognizer) as service:
        call = service.start_call(domain_of(service), "a-call", "alice")
        with pytest.raises(ValueError, match="speech="):
            call.play(wav(tone(30)))


def test_a_risk_that_is_no_number_is_named_in_the_error() -> None:
    recognizer = EmbeddingRecognizer(
        lambda samples, rate: [1.0], calibration=LINEAR, spoofing=lambda samples, rate: float("nan")
    )
    with pytest.raises(ValueError, match="spoofing= returned no number"):
        recognizer.spoofing_risk([Recording(samples=tone(1))])


def test_a_recognizer_that_ends_the_program_ends_no_thread() -> None:
    results = ModelResults()
    results.make(ModelCallNeeded("key", sys.exit))
    with pytest.raises(RuntimeError, match="the recognizer raised SystemExit"):
        results.result("key", sys.exit)


def test_no_audio_makes_no_voiceprint() -> None:
    recognizer = EmbeddingRecognizer(lambda samples, rate: [1.0], calibration=LINEAR)
    with pytest.raises(RecordingError, match="no audio"):
        recognizer.voiceprint([Recording()])
    assert recognizer.speech_seconds(Recording()) == 0


# --- Calls as they come ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [321, 8000, 100_000])
def test_a_call_that_is_heard_in_pieces_is_as_long_as_one_that_is_played(
    running: LocalVoiceID, size: int
) -> None:
    samples = (tone(1) + bytes(8000)) * 3 + tone(0.5)
    domain = domain_of(running)
    call = running.start_call(domain, "pieces")
    for start in range(0, len(samples), size):
        call.hear(samples[start : start + size])
    whole = running.start_call(domain, "whole")
    whole.play(wav(samples))
    assert call.streaming_status == "ONGOING"
    assert call.seconds_heard == whole.seconds_heard


def test_a_call_that_is_heard_is_enrolled_and_evaluated(running: LocalVoiceID) -> None:
    domain = domain_of(running)
    call = running.start_call(domain, "an-enrollment", "alice")
    call.enroll()
    for _ in range(31):
        call.hear(tone(1))
    assert call.enrollment_status == "COMPLETED"
    assert call.streaming_status == "ENDED"
    again = running.start_call(domain, "a-call", "alice")
    for _ in range(10):
        again.hear(tone(1))
    client: Any = running.boto3_client()
    evaluated = client.evaluate_session(DomainId=domain, SessionNameOrId="a-call")
    assert evaluated["AuthenticationResult"]["Decision"] == "ACCEPT"


def test_what_was_heard_is_in_the_file_before_it_is_answered(
    tmp_path: Path, recognizer: EmbeddingRecognizer
) -> None:
    file = tmp_path / "state.sqlite"
    with LocalVoiceID(file, recognizer=recognizer) as service:
        domain = domain_of(service)
        service.start_call(domain, "a-call").hear(tone(0.5))
    with LocalVoiceID(file, recognizer=recognizer) as service:
        assert service.call(domain, "a-call").seconds_heard == 0.5


def test_mu_law_is_heard_as_what_it_says(running: LocalVoiceID) -> None:
    call = running.start_call(domain_of(running), "a-call")
    call.hear(bytes([0xFF, 0x7F]) * 4000 + bytes([0x00, 0x80]) * 4000, encoding="mulaw")
    assert call.seconds_heard == 1
    with pytest.raises(ServiceException, match="encoding must be one of pcm16, mulaw"):
        call.hear(b"", encoding="opus")
