"""Sessions: authentication of the caller."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, rule
from tests.support.stage import YEAR, Stage, eventually
from voiceid_sdk import service_model


@rule("a caller without an id is SPEAKER_ID_NOT_PROVIDED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain).speak("one", seconds=10)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert result["Decision"] == "SPEAKER_ID_NOT_PROVIDED"
    assert not {"CustomerSpeakerId", "GeneratedSpeakerId", "Score"} & set(result)


@rule("a caller who is not enrolled is SPEAKER_NOT_ENROLLED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert result["Decision"] == "SPEAKER_NOT_ENROLLED"
    assert result["CustomerSpeakerId"] == "one"
    assert result["GeneratedSpeakerId"] == stage.speaker(domain, "one")["GeneratedSpeakerId"]


@rule("a caller who opted out is SPEAKER_OPTED_OUT", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    assert stage.decision(domain) == "SPEAKER_OPTED_OUT"


@rule("a caller whose enrollment expired is SPEAKER_EXPIRED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR)
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    assert stage.decision(domain) == "SPEAKER_EXPIRED"


@rule("a caller who was deleted is SPEAKER_NOT_ENROLLED", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.decision(domain) == "SPEAKER_NOT_ENROLLED"


@rule("authentication needs 10 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=9.9)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert result["Decision"] == "NOT_ENOUGH_SPEECH"
    assert not {"Score", "AudioAggregationStartedAt", "AudioAggregationEndedAt"} & set(result)
    call.speak("one", seconds=0.1)
    assert stage.decision(domain) == "ACCEPT"


@rule("authentication can be set to need 5 seconds", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one", authentication_seconds=5).speak("one", seconds=5)
    assert stage.decision(domain) == "ACCEPT"


@rule("NOT_ENOUGH_SPEECH is final once the stream has ended", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=5)
    call.end()
    evaluated = stage.evaluate(domain)
    assert evaluated["StreamingStatus"] == "ENDED"
    assert evaluated["AuthenticationResult"]["Decision"] == "NOT_ENOUGH_SPEECH"
    assert evaluated["FraudDetectionResult"]["Decision"] == "NOT_ENOUGH_SPEECH"


@rule("the right voice is accepted, with score, threshold and times", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    generated = stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=4)
    started_at = stage.clock.now().timestamp()
    eventually(stage, 8)
    call.speak("one", seconds=8)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert service_model.shape_violations("UniqueIdLarge", result.pop("AuthenticationResultId")) == []
    assert result == {
        "AudioAggregationEndedAt": started_at + 8,
        "AudioAggregationStartedAt": started_at,
        "Configuration": {"AcceptanceThreshold": 90},
        "CustomerSpeakerId": "one",
        "Decision": "ACCEPT",
        "GeneratedSpeakerId": generated,
        "Score": 100,
    }


@rule("the wrong voice is rejected", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("another", seconds=10)
    result = stage.evaluate(domain)["AuthenticationResult"]
    assert (result["Decision"], result["Score"]) == ("REJECT", 0)


@rule("a score that is equal to the threshold is accepted", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one", acceptance_threshold=70)
    call.speak("one", seconds=10)
    call.score(authentication=70)
    assert stage.decision(domain) == "ACCEPT"
    call.score(authentication=69)
    assert stage.decision(domain) == "REJECT"


@rule("a caller can be named by the generated id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    generated = stage.enroll(domain, "one")
    stage.call_in(domain, speaker=generated).speak("one", seconds=10)
    assert stage.evaluate(domain)["AuthenticationResult"]["CustomerSpeakerId"] == "one"
