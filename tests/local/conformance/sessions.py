"""Sessions: their streams, their end and their deletion."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, QUOTAS, refused_call, rule
from tests.support.stage import DAY, Stage, eventually
from voiceid_sdk.local import Quotas


@rule("a session is found by its name and by its id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    assert stage.evaluate(domain) == stage.evaluate(domain, call.session_id)
    assert stage.evaluate(domain)["SessionId"] == call.session_id


@rule("EvaluateSession needs a session", MODEL)
def _(stage: Stage) -> None:
    error = stage.error("EvaluateSession", DomainId=stage.domain(), SessionNameOrId="none")
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "SESSION")


@rule("a stream is PENDING_CONFIGURATION, then ONGOING, then ENDED", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    seen = [stage.evaluate(domain)["StreamingStatus"]]
    call.speak("one", seconds=1)
    seen.append(stage.evaluate(domain)["StreamingStatus"])
    call.end()
    seen.append(stage.evaluate(domain)["StreamingStatus"])
    assert seen == ["PENDING_CONFIGURATION", "ONGOING", "ENDED"]


@rule("there are no results before the first speech", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain)
    assert set(stage.evaluate(domain)) == {"DomainId", "SessionId", "SessionName", "StreamingStatus"}


@rule("a stream ends by itself after 30 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=30)
    assert stage.evaluate(domain)["StreamingStatus"] == "ENDED"


@rule("a feature that is off has no result", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call_in(domain, "a", authentication=False).speak("one", seconds=10)
    stage.call_in(domain, "f", fraud_detection=False).speak("one", seconds=10)
    assert "AuthenticationResult" not in stage.evaluate(domain, "a")
    assert "FraudDetectionResult" in stage.evaluate(domain, "a")
    assert "FraudDetectionResult" not in stage.evaluate(domain, "f")
    assert "AuthenticationResult" in stage.evaluate(domain, "f")


@rule("a session can stream once at a time", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    for again in (call.restart_stream, lambda: stage.call_in(domain)):
        with refused_call("ConflictException", conflict_type="ANOTHER_ACTIVE_STREAM"):
            again()


@rule("a contact that comes again goes on in its session", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.end()
    again = stage.call_in(domain, speaker="one", acceptance_threshold=70)
    assert again.session_id == call.session_id
    again.speak("one", seconds=10)
    assert stage.evaluate(domain)["AuthenticationResult"]["Configuration"] == {"AcceptanceThreshold": 70}


@rule("a session is forgotten 24 hours after its stream ended", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.speak("one", seconds=10)
    call.end()
    eventually(stage, DAY - 1)
    assert stage.evaluate(domain)["FraudDetectionResult"]["Decision"] == "LOW_RISK"
    eventually(stage, 1)
    assert (
        stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="a-contact").resource_type
        == "SESSION"
    )


@rule("a session that streams again is not forgotten", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    call.end()
    eventually(stage, DAY - 1)
    call.restart_stream()
    eventually(stage, DAY - 1)
    assert stage.evaluate(domain)["StreamingStatus"] == "PENDING_CONFIGURATION"


@rule("a session whose stream nobody ends is forgotten 24 hours after its last change", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain)
    eventually(stage, DAY - 1)
    call.speak("one", seconds=1)
    eventually(stage, DAY - 1)
    assert call.streaming_status == "ONGOING"
    eventually(stage, 1)
    assert (
        stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="a-contact").resource_type
        == "SESSION"
    )


@rule("a domain has at most 50 active sessions", QUOTAS, quotas=Quotas(active_sessions=2, rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain()
    calls = [stage.call_in(domain, f"contact-{number}") for number in range(2)]
    with refused_call("ServiceQuotaExceededException"):
        stage.call_in(domain, "contact-2")
    calls[0].end()
    assert stage.call_in(domain, "contact-2").streaming_status == "PENDING_CONFIGURATION"
