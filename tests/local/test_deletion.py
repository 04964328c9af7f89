"""What was deleted, has expired or is forgotten is in no file any more."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import KEY
from voiceid_sdk.local import LabelRecognizer, LocalVoiceID, ManualClock, Recording, Timing, wav
from voiceid_sdk.local.storage.store import Store

YEAR = 365 * 24 * 3600.0
DAY = 24 * 3600.0


class RememberingRecognizer(LabelRecognizer):
    """Makes voiceprints that a test can find in a file."""

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        return b"voiceprint of " + super().voiceprint(recordings)


class Folder:
    """A service on a file, and the bytes of all files beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = ManualClock()
        self.service = self.open()
        self.domain_id = str(
            self.ask("CreateDomain", Name="n", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})["Domain"][
                "DomainId"
            ]
        )

    def open(self) -> LocalVoiceID:
        return LocalVoiceID(
            self.path / "v.db",
            clock=self.clock,
            recognizer=RememberingRecognizer(),
            timing=Timing.at_once(),
        )

    def ask(self, operation: str, **members: Any) -> Any:
        headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        response = self.service.handle(headers, json.dumps(members).encode())
        assert response.status == 200, response.body
        return json.loads(response.body or b"{}")

    def enroll(self, name: str, label: str) -> str:
        """Enroll a speaker in a call, authenticate the caller, and return the generated id."""
        call = self.service.start_call(self.domain_id, f"call-{name}", name)
        call.enroll()
        call.speak(label, seconds=31)
        again = self.service.start_call(self.domain_id, f"again-{name}", name)
        again.speak(label, seconds=12)
        result = self.ask("EvaluateSession", DomainId=self.domain_id, SessionNameOrId=f"again-{name}")
        assert result["AuthenticationResult"]["Decision"] == "ACCEPT"
        return str(result["AuthenticationResult"]["GeneratedSpeakerId"])

    def mentions(self, text: str | bytes) -> list[str]:
        """Return the files that contain a text."""
        needle = text if isinstance(text, bytes) else text.encode()
        return sorted(file.name for file in self.path.rglob("*") if needle in file.read_bytes())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    yield folder
    folder.service.close()


@pytest.mark.parametrize("subscribed", [False, True])
def test_nothing_of_a_deleted_speaker_is_left(folder: Folder, *, subscribed: bool) -> None:
    if subscribed:
        folder.service.events.subscribe(lambda _: None)
    ids = {f"caller-{number}": folder.enroll(f"caller-{number}", f"voice-{number}") for number in range(5)}
    for number, (name, generated_id) in enumerate(ids.items()):
        assert folder.mentions(name)
        assert folder.mentions(f"voice-{number}")
        folder.ask("DeleteSpeaker", DomainId=folder.domain_id, SpeakerId=name)
        folder.service.call(folder.domain_id, f"call-{name}")
        assert not folder.mentions(generated_id)
        assert not folder.mentions(f"voice-{number}")
    # The contact ids are the caller's own choice, and stay until the calls are forgotten.
    folder.clock.advance(DAY + 1)
    folder.ask("ListDomains")
    assert not folder.mentions("caller-")


@pytest.mark.parametrize("end", ["DeleteSpeaker", "OptOutSpeaker"])
def test_speech_of_a_call_that_is_not_ended_goes_with_its_speaker(folder: Folder, end: str) -> None:
    call = folder.service.start_call(folder.domain_id, "contact", "alice")
    samples = b"some speech here" * 8000
    call.play(wav(samples))
    call.speak("alices voice", seconds=3)
    assert folder.mentions(samples[:160])
    folder.ask(end, DomainId=folder.domain_id, SpeakerId="alice")
    assert not folder.mentions(samples[:16])
    assert not folder.mentions("alices voice")
    assert bool(folder.mentions("alice")) == (end == "OptOutSpeaker")
    assert call.streaming_status == "ONGOING"


def test_an_enrollment_that_waits_for_the_speech_of_a_deleted_speaker_has_failed(folder: Folder) -> None:
    call = folder.service.start_call(folder.domain_id, "contact", "alice")
    call.enroll()
    call.speak("alices voice", seconds=3)
    folder.ask("DeleteSpeaker", DomainId=folder.domain_id, SpeakerId="alice")
    assert call.enrollment_status == "FAILED"


def test_the_voiceprint_of_a_speaker_who_opts_out_is_gone(folder: Folder) -> None:
    folder.enroll("alice", "alices voice")
    folder.ask("OptOutSpeaker", DomainId=folder.domain_id, SpeakerId="alice")
    assert not folder.mentions("alices voice")


def test_the_voiceprint_that_a_new_one_replaces_is_gone(folder: Folder) -> None:
    folder.enroll("alice", "alices old voice")
    folder.clock.advance(DAY + 1)
    folder.enroll("alice", "alices new voice")
    assert not folder.mentions("alices old voice")
    assert folder.mentions("alices new voice")


def test_the_voiceprint_of_a_speaker_who_has_expired_is_gone(folder: Folder) -> None:
    folder.enroll("alice", "alices voice")
    folder.clock.advance(YEAR)
    folder.enroll("bob", "bobs voice")
    folder.clock.advance(2 * YEAR)
    listed = folder.ask("ListSpeakers", DomainId=folder.domain_id)["SpeakerSummaries"]
    assert [speaker["Status"] for speaker in listed] == ["EXPIRED", "ENROLLED"]
    assert not folder.mentions("alices voice")
    assert folder.mentions("bobs voice")
    folder.clock.advance(YEAR)
    folder.service.close()
    assert not folder.mentions("bobs voice")
    folder.service = folder.open()
    listed = folder.ask("ListSpeakers", DomainId=folder.domain_id)["SpeakerSummaries"]
    assert [speaker["Status"] for speaker in listed] == ["EXPIRED", "EXPIRED"]


def test_an_imported_speaker_expires_as_well(folder: Folder) -> None:
    folder.enroll("alice", "alices voice")
    exported: Any = folder.service.export_domain(folder.domain_id, include_voiceprints=True)
    folder.service.close()
    (folder.path / "v.db").unlink()
    folder.service = folder.open()
    folder.service.import_domain(exported)
    stored = base64.b64decode(exported["speakers"][0]["voiceprint"])
    assert folder.mentions(stored)
    folder.clock.advance(3 * YEAR + 1)
    folder.ask("ListDomains")
    assert not folder.mentions(stored)


CHANGES: dict[str, Callable[[Any], object]] = {
    "started": lambda call: None,
    "heard": lambda call: call.speak("a voice", seconds=1),
    "heard in pieces": lambda call: call.hear(b"\x10" * 320),
    "updated": lambda call: call.update(risk_threshold=40),
    "scored": lambda call: call.score(spoofing=10),
    "enrolled": lambda call: call.enroll(),
    "ended": lambda call: call.end(),
    "started again": lambda call: (call.end(), call.restart_stream(), call.speak("a voice", seconds=1)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_call_is_forgotten_a_day_after_its_last_change_whether_it_was_ended_or_not(
    folder: Folder, change: str
) -> None:
    call = folder.service.start_call(folder.domain_id, "the-contact", "alice")
    folder.clock.advance(DAY / 2)
    CHANGES[change](call)
    if change != "started":
        folder.clock.advance(DAY - 1)
        assert call.streaming_status
        assert folder.mentions("the-contact")
    folder.clock.advance(DAY)
    folder.ask("ListDomains")
    assert not folder.mentions("the-contact")
    assert not folder.mentions(call.session_id)
    assert not folder.mentions("a voice")


def test_a_call_that_nobody_ended_is_forgotten_at_the_end_of_the_service(folder: Folder) -> None:
    folder.service.start_call(folder.domain_id, "the-contact", "alice").speak("a voice", seconds=3)
    folder.clock.advance(DAY + 1)
    folder.service.close()
    assert not folder.mentions("a voice")
    assert not folder.mentions("the-contact")


def test_a_fraudster_who_was_deleted_is_in_no_result(folder: Folder) -> None:
    exported: Any = folder.service.export_domain(folder.domain_id)
    watchlist_id = exported["watchlists"][0]["watchlist_id"]
    fraudster_id = "id#" + "f" * 22
    exported["domain"]["domain_id"] = folder.domain_id = "d" * 22
    exported["domain"].pop("arn", None)
    exported["watchlists"][0]["domain_id"] = "d" * 22
    heard = Recording(label="a fraudster", announced_seconds=12)
    voiceprint = RememberingRecognizer().voiceprint([heard])
    exported["fraudsters"] = [
        {
            "generated_fraudster_id": fraudster_id,
            "watchlist_ids": [watchlist_id],
            "voiceprint": base64.b64encode(voiceprint).decode(),
        }
    ]
    folder.service.import_domain(exported)
    call = folder.service.start_call("d" * 22, "contact")
    call.speak("a fraudster", seconds=12)
    result = folder.ask("EvaluateSession", DomainId="d" * 22, SessionNameOrId="contact")
    assert (
        result["FraudDetectionResult"]["RiskDetails"]["KnownFraudsterRisk"]["GeneratedFraudsterId"]
        == fraudster_id
    )
    folder.ask("DeleteFraudster", DomainId="d" * 22, FraudsterId=fraudster_id)
    assert not folder.mentions(fraudster_id)
    assert not folder.mentions(voiceprint)
    result = folder.ask("EvaluateSession", DomainId="d" * 22, SessionNameOrId="contact")
    assert fraudster_id not in json.dumps(result)


def test_answers_for_client_tokens_are_deleted_after_a_day(folder: Folder) -> None:
    name = {"DomainId": folder.domain_id, "Name": "a-name-in-an-answer"}
    folder.ask("CreateWatchlist", **name, ClientToken="t" * 40)
    folder.clock.advance(DAY / 2)
    folder.ask("CreateWatchlist", **name, ClientToken="u" * 40)
    folder.clock.advance(DAY / 2)
    folder.ask("ListDomains")
    assert not folder.mentions("t" * 40)
    assert folder.mentions("u" * 40)
    folder.clock.advance(DAY / 2)
    folder.service.close()
    assert not folder.mentions("u" * 40)


@pytest.mark.parametrize("closes", [False, True])
def test_events_for_a_target_that_is_never_subscribed_again_are_deleted_after_a_day(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory, *, closes: bool
) -> None:
    target = tmp_path_factory.mktemp("events") / "events.jsonl"
    folder.service.events.subscribe(target)
    target.unlink()
    target.mkdir()  # so that nothing can be delivered
    generated_ids: list[str] = []
    for name in ("alice", "bob"):
        folder.clock.advance(DAY / 2)
        generated_ids.append(folder.enroll(name, f"voice of {name}"))
        folder.ask("DeleteSpeaker", DomainId=folder.domain_id, SpeakerId=name)
    folder.service.close()
    folder.service = folder.open()
    assert all(map(folder.mentions, generated_ids))
    for left in (generated_ids[1:], []):
        folder.clock.advance(DAY / 2)
        if closes:
            folder.service.close()
            folder.service = folder.open()
        else:
            folder.ask("ListDomains")
        assert list(filter(folder.mentions, generated_ids)) == left


def test_what_a_killed_process_has_deleted_is_gone_when_the_file_is_opened(tmp_path: Path) -> None:
    store = Store(tmp_path / "v.db", [])
    for value in ("before", "after"):
        with store.transaction():
            store.set_fact("secret", value)
    copied = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    store.close()
    for name, content in copied.items():
        (tmp_path / name).write_bytes(content)
    assert b"before" in (tmp_path / "v.db-wal").read_bytes()
    store = Store(tmp_path / "v.db", [])
    assert all(b"before" not in path.read_bytes() for path in tmp_path.iterdir())
    assert store.get_fact("secret") == "after"
    store.close()
