"""The service, tested on Local Voice ID with the fixtures of the plugin."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import attrs
import pytest
from voice_service import telemetry
from voice_service.app import create_app
from voice_service.events import SeenEvents
from voice_service.settings import Settings
from voice_service.telemetry import record_call

from voiceid_sdk import AsyncVoiceID, Domain
from voiceid_sdk.batch import AudioSpecification, EnrollmentManifest, EnrollmentRequest
from voiceid_sdk.local import LocalVoiceID, tone, wav

httpx: Any = importlib.import_module("httpx2")  # FastAPI's own tests use either of two packages

pytestmark = pytest.mark.slow

ResultT = TypeVar("ResultT")
SECRET = "sesame-sesame"
Call = Callable[..., Any]


@pytest.fixture
def settings(voiceid_domain: Domain) -> Settings:
    """Return the settings of a service for the domain of the test."""
    return Settings(
        domain_id=voiceid_domain.domain_id,
        event_secret=SECRET,
        data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
        results_s3_uri="s3://voices/results",
    )


@pytest.fixture
def call(settings: Settings, voiceid_local: LocalVoiceID) -> Call:
    """Return a function that sends one request to the service."""
    voiceid: AsyncVoiceID = voiceid_local.async_client(on_call=record_call)
    service = create_app(settings, voiceid)

    def call(method: str, path: str, **options: object) -> object:
        async def send() -> object:
            transport = httpx.ASGITransport(service, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
                return await client.request(method, path, **options)

        return _run(send)

    return call


def _run(function: Callable[[], Awaitable[ResultT]]) -> ResultT:
    async def main() -> ResultT:
        return await function()

    return asyncio.run(main())


@pytest.mark.parametrize(("voice", "decision"), [("Ana", "ACCEPT"), ("Mallory", "REJECT")])
def test_only_the_enrolled_voice_is_accepted(
    call: Call, voiceid_local: LocalVoiceID, settings: Settings, voice: str, decision: str
) -> None:
    voiceid_local.enroll_speaker(settings.domain_id, "customer-42", voice="Ana")
    contact = voiceid_local.start_call(settings.domain_id, "contact-1", "customer-42")
    contact.speak(voice, seconds=12)
    found = call("POST", "/contacts/contact-1/authentication").json()
    assert (found["decision"], found["is_accepted"]) == (decision, decision == "ACCEPT")


def test_an_unknown_contact_is_not_found(call: Call) -> None:
    response = call("POST", "/contacts/contact-9/authentication")
    assert (response.status_code, response.json()["error"]) == (404, "ResourceNotFoundError")
    assert response.json()["request_id"]


def test_a_throttled_service_asks_for_another_attempt(call: Call, voiceid_local: LocalVoiceID) -> None:
    voiceid_local.faults.fail_next("EvaluateSession", "ThrottlingException", times=2)
    response = call("POST", "/contacts/contact-1/authentication")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_a_caller_is_opted_out(call: Call, voiceid_domain: Domain) -> None:
    assert call("PUT", "/speakers/customer-42/opt-out").json()["status"] == "OPTED_OUT"
    assert voiceid_domain.speaker("customer-42").describe().status == "OPTED_OUT"


def test_an_invalid_speaker_id_is_rejected(call: Call) -> None:
    assert call("PUT", "/speakers/customer 42/opt-out").status_code == 400


def test_callers_are_enrolled_from_a_manifest(
    call: Call, voiceid_s3_root: Path, voiceid_local: LocalVoiceID, voiceid_domain: Domain
) -> None:
    folder = voiceid_s3_root / "voices"
    folder.mkdir()
    (folder / "ana.wav").write_bytes(wav(tone(35), label="Ana"))
    recording = AudioSpecification(s3_uri="s3://voices/ana.wav")
    request = EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=[recording])
    (folder / "manifest.json").write_text(EnrollmentManifest([request]).to_json())
    started = [
        call(
            "POST",
            "/enrollments",
            json={"manifest_s3_uri": "s3://voices/manifest.json"},
            headers={"Idempotency-Key": "batch-1"},
        )
        for _ in range(2)
    ]
    assert [response.status_code for response in started] == [202, 202]
    assert started[0].json()["job_id"] == started[1].json()["job_id"]
    voiceid_domain.enrollment_job(started[0].json()["job_id"]).wait()
    found = call("GET", started[0].headers["Location"]).json()
    assert (found["job_status"], found["job_progress"]["percent_complete"]) == ("COMPLETED", 100)
    assert voiceid_domain.speaker("ana").describe().status == "ENROLLED"


def _events(voiceid_local: LocalVoiceID, domain: Domain) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    voiceid_local.events.subscribe(events.append)
    domain.speaker("customer-42").opt_out()
    return events


def test_an_event_is_taken_once(call: Call, voiceid_local: LocalVoiceID, voiceid_domain: Domain) -> None:
    (event,) = _events(voiceid_local, voiceid_domain)
    taken = [call("POST", "/events", json=event, headers={"x-event-secret": SECRET}) for _ in range(2)]
    assert [response.json() for response in taken] == [{"is_new": True}, {"is_new": False}]


def test_an_event_without_the_secret_is_rejected(
    call: Call, voiceid_local: LocalVoiceID, voiceid_domain: Domain
) -> None:
    (event,) = _events(voiceid_local, voiceid_domain)
    for headers in ({}, {"x-event-secret": "guess"}):
        assert call("POST", "/events", json=event, headers=headers).status_code == 401


@pytest.mark.parametrize("change", [{"source": "mine"}, {"detail": {"domainId": "Abcdefghijklmnopqrst01"}}])
def test_an_event_of_another_sender_or_domain_is_rejected(
    call: Call, voiceid_local: LocalVoiceID, voiceid_domain: Domain, change: dict[str, object]
) -> None:
    (event,) = _events(voiceid_local, voiceid_domain)
    response = call("POST", "/events", json=event | change, headers={"x-event-secret": SECRET})
    assert response.status_code == 403


def test_a_stranger_cannot_fill_the_memory_with_a_body(call: Call) -> None:
    received = 0

    async def body() -> AsyncGenerator[bytes]:
        nonlocal received
        for _ in range(100):
            received += 100_000
            yield bytes(100_000)

    for headers, status in (({}, 401), ({"x-event-secret": SECRET}, 413)):
        assert call("POST", "/events", content=body(), headers=headers).status_code == status
        assert received < 1_000_000


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff", b'{"id": "customer-42"}'])
def test_what_is_no_event_is_a_bad_request_that_repeats_nothing(call: Call, content: bytes) -> None:
    response = call("POST", "/events", content=content, headers={"x-event-secret": SECRET})
    assert response.status_code == 400
    assert "customer" not in response.text


def test_invalid_input_is_not_repeated(call: Call) -> None:
    response = call("POST", "/enrollments", json={"manifest_s3_uri": ["s3://voices/customer-42"]})
    assert response.status_code == 422
    assert "customer" not in response.text


def test_an_event_that_could_not_be_handled_is_new_the_next_time(
    call: Call, voiceid_local: LocalVoiceID, voiceid_domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event,) = _events(voiceid_local, voiceid_domain)
    with monkeypatch.context() as failing:
        failing.setattr(telemetry.log, "info", None)
        assert call("POST", "/events", json=event, headers={"x-event-secret": SECRET}).status_code == 500
    response = call("POST", "/events", json=event, headers={"x-event-secret": SECRET})
    assert response.json() == {"is_new": True}


def test_old_events_are_forgotten() -> None:
    seen = SeenEvents(most=2)
    for event_id in ("1", "2", "1", "3"):
        seen.add(event_id)
    assert [event_id in seen for event_id in ("1", "2", "3")] == [True, False, True]


def test_a_service_does_not_start_without_a_secret(settings: Settings) -> None:
    with pytest.raises(ValueError, match="event_secret"):
        attrs.evolve(settings, event_secret="")


def test_health_follows_the_service(call: Call, voiceid_local: LocalVoiceID) -> None:
    assert call("GET", "/health").json() == {"status": "ok"}
    voiceid_local.faults.fail_next("ListDomains", "InternalServerException")
    assert call("GET", "/health").status_code == 502


def test_the_settings_come_from_the_environment() -> None:
    names = ("DOMAIN_ID", "EVENT_SECRET", "DATA_ACCESS_ROLE_ARN", "RESULTS_S3_URI")
    settings = Settings.from_environment({f"VOICE_SERVICE_{name}": name for name in names})
    assert (settings.domain_id, settings.endpoint_url) == ("DOMAIN_ID", None)
    assert "EVENT_SECRET" not in repr(settings)
