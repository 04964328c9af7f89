"""Sessions: fraud detection."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, rule
from tests.support.stage import NO_ID, Stage


@rule("a quiet call is LOW_RISK", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain).speak("one", seconds=10)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert result["Decision"] == "LOW_RISK"
    assert "Reasons" not in result
    assert result["RiskDetails"] == {
        "KnownFraudsterRisk": {"RiskScore": 0},
        "VoiceSpoofingRisk": {"RiskScore": 0},
    }
    assert result["Configuration"] == {"RiskThreshold": 50, "WatchlistId": stage.default_watchlist(domain)}


@rule("a known fraudster is HIGH_RISK, and named", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    stage.call_in(domain).speak("fraud", seconds=10)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert (result["Decision"], result["Reasons"]) == ("HIGH_RISK", ["KNOWN_FRAUDSTER"])
    assert result["RiskDetails"]["KnownFraudsterRisk"] == {
        "GeneratedFraudsterId": fraudster,
        "RiskScore": 100,
    }


@rule("a spoofed voice is HIGH_RISK", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.score(spoofing=80)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert (result["Decision"], result["Reasons"]) == ("HIGH_RISK", ["VOICE_SPOOFING"])
    assert result["RiskDetails"]["VoiceSpoofingRisk"] == {"RiskScore": 80}


@rule("both reasons can hold at once", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.score(spoofing=50, known_fraudster=50)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Reasons"] == ["KNOWN_FRAUDSTER", "VOICE_SPOOFING"]


@rule("a risk score that is equal to the threshold is HIGH_RISK", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, risk_threshold=60)
    call.speak("one", seconds=10)
    for risk, decision in ((60, "HIGH_RISK"), (59, "LOW_RISK")):
        call.score(known_fraudster=risk)
        assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == decision


@rule("a known-fraudster score that was set names someone on the watchlist", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.score(known_fraudster=10)
    risk = stage.evaluate(domain)["FraudDetectionResult"]["RiskDetails"]["KnownFraudsterRisk"]
    assert risk == {"GeneratedFraudsterId": fraudster, "RiskScore": 10}
    call.score(known_fraudster=0)
    risk = stage.evaluate(domain)["FraudDetectionResult"]["RiskDetails"]["KnownFraudsterRisk"]
    assert risk == {"RiskScore": 0}


@rule("fraud detection needs 10 seconds of speech, whatever authentication needs", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, authentication_seconds=5).speak("one", seconds=9)
    result = stage.evaluate(domain)["FraudDetectionResult"]
    assert result["Decision"] == "NOT_ENOUGH_SPEECH"
    assert not {"RiskDetails", "Reasons", "AudioAggregationStartedAt"} & set(result)


@rule("one can be authenticated and at high risk", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    stage.fraudster(domain, "one")
    stage.call_in(domain, speaker="one").speak("one", seconds=10)
    evaluated = stage.evaluate(domain)
    assert evaluated["AuthenticationResult"]["Decision"] == "ACCEPT"
    assert evaluated["FraudDetectionResult"]["Decision"] == "HIGH_RISK"


@rule("only fraudsters on the call's watchlist count", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    stage.call_in(domain, watchlist_id=stage.watchlist(domain)).speak("fraud", seconds=10)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "LOW_RISK"


@rule("an unknown watchlist is noticed when the session is evaluated", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, watchlist_id=NO_ID).speak("one", seconds=10)
    error = stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="a-contact")
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "WATCHLIST")
