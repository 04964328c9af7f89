"""Speakers: ids, statuses, opt-out, expiry and deletion."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, rule
from tests.support.stage import NO_GENERATED_ID, YEAR, Stage, eventually
from voiceid_sdk import service_model


@rule("opting out creates an unknown speaker", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    response = stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="new")["Speaker"]
    assert response["Status"] == "OPTED_OUT"
    assert response == stage.speaker(domain, "new")


@rule("requests find a speaker by either id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    speaker = stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")["Speaker"]
    assert stage.speaker(domain, speaker["GeneratedSpeakerId"]) == speaker


@rule("a generated id has id# and 22 characters", MODEL)
def _(stage: Stage) -> None:
    speaker = stage.call("OptOutSpeaker", DomainId=stage.domain(), SpeakerId="one")["Speaker"]
    assert service_model.shape_violations("GeneratedSpeakerId", speaker["GeneratedSpeakerId"]) == []


@rule("opting out an unknown generated id finds no speaker", CHOICE)
def _(stage: Stage) -> None:
    error = stage.error("OptOutSpeaker", DomainId=stage.domain(), SpeakerId=NO_GENERATED_ID)
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "SPEAKER")


@rule("opting out overrides an enrollment", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.speaker(domain, "one")["Status"] == "OPTED_OUT"


@rule("opting out twice changes nothing more", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    first = stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    eventually(stage, 60)
    assert stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one") == first


@rule("DescribeSpeaker and DeleteSpeaker need a speaker", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation in ("DescribeSpeaker", "DeleteSpeaker"):
        assert stage.error(operation, DomainId=domain, SpeakerId="none").resource_type == "SPEAKER"


@rule("a deleted speaker is gone at once", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="one") == {}
    assert stage.error("DescribeSpeaker", DomainId=domain, SpeakerId="one").resource_type == "SPEAKER"
    assert stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"] == []


@rule("who opted out can enroll only after being deleted", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    first = stage.enroll(domain, "one")
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="one")
    call = stage.call_in(domain, "again", "one")
    call.enroll()
    call.speak("one", seconds=30)
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"
    assert stage.speaker(domain, "one")["GeneratedSpeakerId"] != first


@rule("a speaker who was only named on a call is PENDING", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, speaker="one")
    speaker = stage.speaker(domain, "one")
    assert speaker["Status"] == "PENDING"
    assert "LastAccessedAt" not in speaker


@rule("an enrollment is an access", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    speaker = stage.speaker(domain, "one")
    assert speaker["LastAccessedAt"] == speaker["UpdatedAt"]


@rule("a speaker expires after three years without access", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR - 1)
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"
    eventually(stage, 1)
    assert stage.speaker(domain, "one")["Status"] == "EXPIRED"
    assert stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"][0]["Status"] == "EXPIRED"


@rule("an expired speaker can enroll again", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    generated = stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR)
    assert stage.enroll(domain, "one") == generated
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"


@rule("a successful authentication is an access, to the hour", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    enrolled_at = stage.speaker(domain, "one")["LastAccessedAt"]
    for step, passed, noted in ((3599, 3599, 0), (1, 3600, 3600)):
        eventually(stage, step)
        call = stage.call_in(domain, f"contact-{passed}", "one")
        call.speak("one", seconds=10)
        assert stage.decision(domain, f"contact-{passed}") == "ACCEPT"
        assert stage.speaker(domain, "one")["LastAccessedAt"] == enrolled_at + noted


@rule("a failed authentication is no access", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    before = stage.speaker(domain, "one")
    eventually(stage, 7200)
    stage.call_in(domain, speaker="one").speak("another", seconds=10)
    assert stage.decision(domain) == "REJECT"
    assert stage.speaker(domain, "one") == before
