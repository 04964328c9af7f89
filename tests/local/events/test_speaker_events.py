"""The events about speakers and fraudsters."""

from pathlib import Path

import pytest

from tests.support.direct_stage import stage_on
from tests.support.seen_events import Event, details
from tests.support.stage import Stage
from voiceid_sdk.local import LocalVoiceID, ManualClock, Quotas


@pytest.mark.parametrize(
    ("operation", "action"), [("OptOutSpeaker", "OPT_OUT_SPEAKER"), ("DeleteSpeaker", "DELETE_SPEAKER")]
)
def test_what_is_done_to_a_speaker_is_told_of(
    stage: Stage, domain: str, seen: list[Event], operation: str, action: str
) -> None:
    generated_id = stage.enroll(domain, "alice")
    seen.clear()
    stage.call(operation, DomainId=domain, SpeakerId="alice")
    told = {
        "action": action,
        "status": "SUCCESS",
        "domainId": domain,
        "errorInfo": None,
        "systemAttributes": None,
        "generatedSpeakerId": generated_id,
        "data": None,
    }
    assert details(seen, "Speaker") == [told]


def test_what_cannot_be_done_to_a_speaker_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.error("DeleteSpeaker", DomainId=domain, SpeakerId="alice")
    generated_id = stage.enroll(domain, "alice")
    seen.clear()
    stage.error("DeleteSpeaker", DomainId=domain, SpeakerId="bob")
    stage.call("DeleteDomain", DomainId=domain)
    stage.error("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
    told = [(one["action"], one["generatedSpeakerId"], one["status"]) for one in details(seen, "Speaker")]
    assert told == [("DELETE_SPEAKER", None, "FAILURE"), ("OPT_OUT_SPEAKER", generated_id, "FAILURE")]


def test_what_never_reached_the_rules_is_not_told_of(tmp_path: Path) -> None:
    quotas = Quotas(rates={"OptOutSpeaker": 1})
    with LocalVoiceID(clock=ManualClock(), quotas=quotas) as service:
        stage = stage_on(service, tmp_path)
        domain = stage.domain()
        seen: list[Event] = []
        service.events.subscribe(seen.append)
        stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
        stage.error("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
        stage.error("OptOutSpeaker", DomainId=domain, SpeakerId="a b")
        service.faults.fail_next("DeleteSpeaker", "InternalServerException")
        stage.error("DeleteSpeaker", DomainId=domain, SpeakerId="alice")
    assert len(seen) == 1


def test_a_fraudsters_registration_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    watchlist = stage.watchlist(domain)
    config = {"WatchlistIds": [watchlist]}
    job, output = stage.register_by_job(domain, stage.fraud("mallory"), RegistrationConfig=config)
    fraudster = output["SuccessfulRegistrations"][0]["GeneratedFraudsterId"]
    assert details(seen, "Fraudster") == [
        {
            "action": "REGISTER_FRAUDSTER",
            "status": "SUCCESS",
            "domainId": domain,
            "errorInfo": None,
            "generatedFraudsterId": fraudster,
            "watchlistIds": [watchlist],
            "data": {
                "registrationSource": "BATCH_JOB",
                "registrationSourceId": job["JobId"],
                "registrationStatus": "NEW_REGISTRATION",
            },
        }
    ]


def test_a_duplicate_fraudster_is_told_of_as_such(stage: Stage, domain: str, seen: list[Event]) -> None:
    fraudster = stage.fraudster(domain, "mallory")
    stage.register_by_job(domain, stage.fraud("mallory"))
    told = details(seen, "Fraudster")[1]
    assert told["generatedFraudsterId"] == fraudster
    assert told["data"]["registrationStatus"] == "DUPLICATE_SKIPPED"


def test_a_fraudster_who_could_not_be_registered_is_not_told_of(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    stage.register_by_job(domain, stage.fraud("mallory", seconds=1))
    assert details(seen, "Fraudster") == []


def test_a_fraudsters_end_is_told_of_with_the_watchlists(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    fraudster, watchlist = stage.fraudster(domain, "mallory"), stage.watchlist(domain)
    seen.clear()
    on_list = {"DomainId": domain, "WatchlistId": watchlist, "FraudsterId": fraudster}
    stage.call("AssociateFraudster", **on_list)
    stage.call("DisassociateFraudster", **on_list)
    stage.call("AssociateFraudster", **on_list)
    assert seen == []
    stage.call("DeleteFraudster", DomainId=domain, FraudsterId=fraudster)
    assert details(seen, "Fraudster") == [
        {
            "action": "DELETE_FRAUDSTER",
            "status": "SUCCESS",
            "domainId": domain,
            "errorInfo": None,
            "generatedFraudsterId": fraudster,
            "watchlistIds": [stage.default_watchlist(domain), watchlist],
            "data": None,
        }
    ]
