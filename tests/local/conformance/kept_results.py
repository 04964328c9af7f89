"""Sessions: results that stay the same until one of their inputs changes."""

from tests.local.conformance.rules import CHOICE, MODEL, rule
from tests.support.stage import Stage, eventually


def _result_ids(stage: Stage, domain: str) -> tuple[str, str]:
    evaluated = stage.evaluate(domain)
    return (
        evaluated["AuthenticationResult"]["AuthenticationResultId"],
        evaluated["FraudDetectionResult"]["FraudDetectionResultId"],
    )


@rule("results are kept while nothing changes", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    first = stage.evaluate(domain)
    eventually(stage, 600)
    assert stage.evaluate(domain) == first


@rule("more speech in the same stream changes no decision", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.speak("another", seconds=15)
    assert _result_ids(stage, domain) == first


@rule("a new acceptance threshold makes a new authentication result", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.update(acceptance_threshold=80)
    second = _result_ids(stage, domain)
    assert (first[0] != second[0], first[1] == second[1]) == (True, True)


@rule("a new risk threshold makes a new fraud result", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.update(risk_threshold=80)
    second = _result_ids(stage, domain)
    assert (first[0] == second[0], first[1] != second[1]) == (True, True)


@rule("another speaker makes a new authentication result", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.enroll(domain, "two")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    assert stage.decision(domain) == "ACCEPT"
    call.update(speaker_id="two")
    assert stage.decision(domain) == "REJECT"


@rule("opting out makes a new authentication result", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    assert stage.decision(domain) == "ACCEPT"
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    assert stage.decision(domain) == "SPEAKER_OPTED_OUT"


@rule("another watchlist makes a new fraud result", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    call = stage.call_in(domain)
    call.speak("fraud", seconds=10)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "HIGH_RISK"
    call.update(watchlist_id=stage.watchlist(domain))
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "LOW_RISK"


@rule("a new stream makes new results", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=10)
    first = _result_ids(stage, domain)
    call.end()
    call.restart_stream()
    assert stage.evaluate(domain)["StreamingStatus"] == "PENDING_CONFIGURATION"
    call.speak("another", seconds=10)
    assert stage.decision(domain) == "REJECT"
    assert not set(first) & set(_result_ids(stage, domain))
