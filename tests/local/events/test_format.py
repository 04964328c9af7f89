"""The format of events, and ids that no event has."""

import json
import re
from pathlib import Path

from tests.support.direct_stage import stage_on
from tests.support.seen_events import Event
from tests.support.stage import Stage
from voiceid_sdk.local import LocalVoiceID, ManualClock

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


# --- The envelope ---------------------------------------------------------------------------------------


def test_an_event_comes_in_the_envelope_of_eventbridge(
    stage: Stage, domain: str, seen: list[Event], clock: ManualClock
) -> None:
    clock.advance(1.5)
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
    (event,) = seen
    assert UUID.fullmatch(event.pop("id"))
    assert event.pop("detail")["action"] == "OPT_OUT_SPEAKER"
    assert event == {
        "version": "0",
        "detail-type": "VoiceId Speaker Action",
        "source": "aws.voiceid",
        "account": "123456789012",
        "time": "2026-01-01T00:00:01Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}"],
    }


def test_every_event_has_ids_of_its_own(stage: Stage, domain: str, seen: list[Event]) -> None:
    for _ in range(3):
        stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
    ids = [event["id"] for event in seen] + [event["detail"]["sourceId"] for event in seen]
    assert len(set(ids)) == 6
    assert all(map(UUID.fullmatch, ids))


def test_whether_anybody_listens_changes_no_ids() -> None:
    made: list[str] = []
    for listens in (False, True):
        with LocalVoiceID(seed=1, clock=ManualClock()) as service:
            stage = stage_on(service, Path())
            domain = stage.domain()
            if listens:
                service.events.subscribe(lambda _: None)
            stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
            made.append(stage.watchlist(domain))
    assert made[0] == made[1]


# --- Privacy --------------------------------------------------------------------------------------------


def test_no_event_has_an_id_that_the_application_chose(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.enroll_by_job(domain, stage.request("Canary7Alice"))
    call = stage.call_in(domain, speaker="Canary7Alice")
    call.enroll()
    call.speak("a voice", seconds=30)
    call.update(speaker_id="Canary7Alice")
    stage.evaluate(domain)
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="Canary7Alice")
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="Canary7Alice")
    stage.error("DeleteSpeaker", DomainId=domain, SpeakerId="Canary7Alice")
    assert len(seen) == 12
    assert "Canary7Alice" not in json.dumps(seen)
