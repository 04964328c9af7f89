"""What tests of users stand on: a mock without credentials, enrolled callers, retries without pauses."""

import time
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config

from voiceid_sdk import Domain, VoiceID, errors
from voiceid_sdk.calls import record_calls
from voiceid_sdk.enums import AuthenticationDecision, SpeakerStatus
from voiceid_sdk.local import LocalVoiceID, ManualClock, ServiceException, mock_voice_id

REGION = "us-east-1"


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses of botocore."""
    pauses: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", type("Time", (), {**vars(time), "sleep": pauses.append}))
    return pauses


# --- mock_voice_id --------------------------------------------------------------------------------------


def test_the_mock_needs_no_credentials() -> None:
    with mock_voice_id():
        assert boto3.client("voice-id", region_name=REGION).list_domains()["DomainSummaries"] == []
        assert VoiceID(region_name=REGION).domains().all() == []


def test_a_client_has_no_credentials_after_the_mock() -> None:
    client: Any = boto3.Session().client("voice-id", region_name=REGION)
    with mock_voice_id():
        client.list_domains()
    assert client._request_signer._credentials is None


def test_credentials_that_there_are_stay() -> None:
    session = boto3.Session(aws_access_key_id="mine", aws_secret_access_key="secret", region_name=REGION)
    client: Any = session.client("voice-id")
    with mock_voice_id():
        client.list_domains()
        assert client._request_signer._credentials.access_key == "mine"


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_retries_under_the_mock_take_no_time_on_a_manual_clock(
    mode: str, sleeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # In adaptive mode, a rate limiter of botocore's waits before each request; that is no part of a retry.
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    retries: Any = {"mode": mode, "total_max_attempts": 3}
    config = Config(retries=retries)
    with mock_voice_id(clock=ManualClock()) as service:
        client = boto3.Session().client("voice-id", region_name=REGION, config=config)
        for _ in range(2):
            service.faults.fail_next("ListDomains", "ThrottlingException", times=2)
            assert client.list_domains()["ResponseMetadata"]["RetryAttempts"] == 2
    assert set(sleeps) == {0}


# --- Retries --------------------------------------------------------------------------------------------


def test_retries_take_no_time_on_a_manual_clock(sleeps: list[float]) -> None:
    with LocalVoiceID(clock=ManualClock()) as service, service.client() as voiceid:
        before = service.clock.now()
        for _ in range(2):
            service.faults.fail_next("ListDomains", "ThrottlingException", times=2)
            with record_calls() as calls:
                voiceid.with_options(max_attempts=3).ping()
            assert calls[0].attempts == 3
        assert service.clock.now() == before
    assert sleeps == [0, 0, 0, 0]


def test_retries_end_as_on_any_clock(sleeps: list[float]) -> None:
    with LocalVoiceID(clock=ManualClock()) as service, service.client() as voiceid:
        service.faults.fail_next("ListDomains", "ThrottlingException", times=3)
        with pytest.raises(errors.ThrottlingError):
            voiceid.ping()
    assert sleeps == [0, 0]


def test_retries_pause_on_the_systems_clock(sleeps: list[float]) -> None:
    with LocalVoiceID() as service, service.client() as voiceid:
        service.faults.fail_next("ListDomains", "ThrottlingException")
        voiceid.ping()
    (pause,) = sleeps
    assert 0 < pause < 2


# --- Enrolled callers -----------------------------------------------------------------------------------


def test_an_enrolled_speaker_is_authenticated_by_the_same_voice(
    voiceid_local: LocalVoiceID, voiceid_domain: Domain
) -> None:
    voiceid_local.enroll_speaker(voiceid_domain.domain_id, "customer-42", voice="Ana")
    assert voiceid_domain.speaker("customer-42").describe().status == SpeakerStatus.ENROLLED
    decisions = []
    for voice in ("Ana", "Mallory"):
        call = voiceid_local.start_call(voiceid_domain.domain_id, f"call-of-{voice}", "customer-42")
        call.speak(voice, seconds=12)
        result = voiceid_domain.session(f"call-of-{voice}").evaluate().authentication_result
        decisions.append(result and result.decision)
    assert decisions == [AuthenticationDecision.ACCEPT, AuthenticationDecision.REJECT]


def test_many_speakers_can_be_enrolled(voiceid_local: LocalVoiceID, voiceid_domain: Domain) -> None:
    for name in ("ana", "ben", "ana"):
        voiceid_local.enroll_speaker(voiceid_domain.domain_id, name)
    assert len(voiceid_domain.speakers().all()) == 2


def test_a_speaker_who_opted_out_is_not_enrolled(voiceid_local: LocalVoiceID, voiceid_domain: Domain) -> None:
    voiceid_domain.speaker("customer-42").opt_out()
    with pytest.raises(ServiceException):
        voiceid_local.enroll_speaker(voiceid_domain.domain_id, "customer-42")
