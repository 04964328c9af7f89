"""The events about sessions: their streams, their speech, and their evaluation."""

from typing import Any

import pytest

from tests.support.seen_events import CONTACT, Event, details, kinds
from tests.support.stage import NO_ID, Stage
from voiceid_sdk.local import ManualClock, ServiceException


def start(stage: Stage, domain: str, **changes: Any) -> Event:
    """Return the detail of the event about the start of the stream of a call by alice."""
    call = stage.service.call(domain, "a-contact")
    session = {
        "sessionId": call.session_id,
        "sessionName": "a-contact",
        "generatedSpeakerId": stage.speaker(domain, "alice")["GeneratedSpeakerId"],
        "authenticationConfiguration": {"acceptanceThreshold": 90},
        "fraudDetectionConfiguration": {
            "riskThreshold": 50,
            "watchlistId": stage.default_watchlist(domain),
        },
        "streamingConfiguration": {"authenticationMinimumSpeechInSeconds": 10},
        "enrollmentAudioProgress": {
            "audioAggregationStatus": "IN_PROGRESS",
            "audioAggregationStartedAt": "2026-01-01T00:00:00.000Z",
            "audioAggregationEndedAt": None,
        },
        "authenticationAudioProgress": {
            "audioAggregationStartedAt": "2026-01-01T00:00:00.000Z",
            "audioAggregationEndedAt": None,
        },
        "fraudDetectionAudioProgress": {
            "audioAggregationStartedAt": "2026-01-01T00:00:00.000Z",
            "audioAggregationEndedAt": None,
        },
        **changes,
    }
    return {
        "action": "START_SESSION",
        "status": "SUCCESS",
        "domainId": domain,
        "errorInfo": None,
        "systemAttributes": CONTACT,
        "session": session,
    }


def test_a_stream_is_told_of_when_the_first_speech_comes(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    call = stage.call_in(domain, speaker="alice")
    assert seen == []
    call.speak("alice", seconds=1)
    assert details(seen, "Start Session") == [start(stage, domain)]
    call.speak("alice", seconds=1)
    assert len(seen) == 1


def test_the_end_of_a_stream_is_told_of_with_what_was_heard(
    stage: Stage, domain: str, seen: list[Event], clock: ManualClock
) -> None:
    call = stage.call_in(domain, speaker="alice")
    for _ in range(3):
        call.speak("alice", seconds=5)
        clock.advance(1.25)
    call.end()
    ended = {
        "audioAggregationStartedAt": "2026-01-01T00:00:00.000Z",
        "audioAggregationEndedAt": "2026-01-01T00:00:01.250Z",
    }
    assert details(seen, "Start Session")[1] == start(
        stage,
        domain,
        enrollmentAudioProgress={
            "audioAggregationStatus": "NOT_ENOUGH_SPEECH",
            "audioAggregationStartedAt": "2026-01-01T00:00:00.000Z",
            "audioAggregationEndedAt": None,
        },
        authenticationAudioProgress=ended,
        fraudDetectionAudioProgress=ended,
    )


def test_a_stream_that_has_heard_enough_ends_once(stage: Stage, domain: str, seen: list[Event]) -> None:
    call = stage.call_in(domain)
    call.speak("alice", seconds=31)
    call.speak("alice", seconds=31)
    call.end()
    progress = [told["session"]["enrollmentAudioProgress"] for told in details(seen, "Start Session")]
    assert [one["audioAggregationStatus"] for one in progress] == ["IN_PROGRESS", "COMPLETED"]


def test_a_stream_on_which_nobody_spoke_is_told_of_at_its_end(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    stage.call_in(domain).end()
    (told,) = details(seen, "Start Session")
    assert told["session"]["enrollmentAudioProgress"]["audioAggregationStartedAt"] is None
    assert told["session"]["generatedSpeakerId"] is None


def test_what_is_switched_off_is_null_in_a_stream(stage: Stage, domain: str, seen: list[Event]) -> None:
    call = stage.call_in(domain, authentication=False, fraud_detection=False, authentication_seconds=5.5)
    call.speak("alice", seconds=1)
    (told,) = details(seen, "Start Session")
    session = told["session"]
    assert session["authenticationConfiguration"] is session["authenticationAudioProgress"] is None
    assert session["fraudDetectionConfiguration"] is session["fraudDetectionAudioProgress"] is None
    assert session["streamingConfiguration"] == {"authenticationMinimumSpeechInSeconds": 6}


def test_a_stream_that_cannot_start_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.call_in(domain)
    with pytest.raises(ServiceException):
        stage.call_in(domain)
    assert details(seen, "Start Session") == [
        {
            "action": "START_SESSION",
            "status": "FAILURE",
            "domainId": domain,
            "errorInfo": {
                "errorMessage": "There is another active stream for this session.",
                "errorType": "ConflictException",
                "errorCode": 409,
            },
            "systemAttributes": CONTACT,
            "session": None,
        }
    ]


def test_an_update_is_told_of_with_all_that_is_set(stage: Stage, domain: str, seen: list[Event]) -> None:
    call = stage.call_in(domain)
    call.update(speaker_id="alice", acceptance_threshold=80)
    assert details(seen, "Update Session") == [
        {
            "action": "UPDATE_SESSION",
            "status": "SUCCESS",
            "domainId": domain,
            "errorInfo": None,
            "session": {
                "sessionId": call.session_id,
                "sessionName": "a-contact",
                "generatedSpeakerId": stage.speaker(domain, "alice")["GeneratedSpeakerId"],
                "authenticationConfiguration": {"acceptanceThreshold": 80},
                "fraudDetectionConfiguration": {
                    "riskThreshold": 50,
                    "watchlistId": stage.default_watchlist(domain),
                },
                "streamingConfiguration": {"authenticationMinimumSpeechInSeconds": 10},
            },
        }
    ]


def test_an_update_that_is_refused_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    call = stage.call_in(domain, speaker="alice")
    call.enroll()
    with pytest.raises(ServiceException):
        call.update(speaker_id="bob")
    (told,) = details(seen, "Update Session")
    assert (told["status"], told["errorInfo"]["errorCode"]) == ("FAILURE", 409)
    assert told["session"]["generatedSpeakerId"] == stage.speaker(domain, "alice")["GeneratedSpeakerId"]


def test_a_session_that_is_gone_is_not_told_of(
    stage: Stage, domain: str, seen: list[Event], clock: ManualClock
) -> None:
    call = stage.call_in(domain)
    call.end()
    clock.advance(25 * 3600)
    with pytest.raises(ServiceException, match="SESSION"):
        call.update(speaker_id="alice")
    with pytest.raises(ServiceException, match="SESSION"):
        call.enroll()
    assert kinds(seen) == ["Start Session"]


def test_a_domain_that_does_not_exist_has_no_events(stage: Stage, seen: list[Event]) -> None:
    with pytest.raises(ServiceException):
        stage.call_in(NO_ID)
    assert seen == []


def test_a_request_for_enrollment_is_told_of_and_then_its_outcome(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    call = stage.call_in(domain, speaker="alice")
    call.enroll()
    request = {
        "action": "SESSION_ENROLLMENT_REQUEST",
        "status": "SUCCESS",
        "domainId": domain,
        "errorInfo": None,
        "systemAttributes": CONTACT,
        "sessionId": call.session_id,
        "sessionName": "a-contact",
    }
    assert details(seen, "Session Speaker Enrollment") == [request]
    call.speak("alice", seconds=30)
    assert details(seen, "Speaker") == [
        {
            "action": "ENROLL_SPEAKER",
            "status": "SUCCESS",
            "domainId": domain,
            "errorInfo": None,
            "systemAttributes": CONTACT,
            "generatedSpeakerId": stage.speaker(domain, "alice")["GeneratedSpeakerId"],
            "data": {
                "enrollmentSource": "SESSION",
                "enrollmentSourceId": call.session_id,
                "enrollmentStatus": "NEW_ENROLLMENT",
            },
        }
    ]


def test_a_caller_who_enrolls_again_overwrites(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.enroll(domain, "alice")
    call = stage.call_in(domain, speaker="alice")
    call.enroll()
    call.speak("alice", seconds=30)
    told = [one["data"]["enrollmentStatus"] for one in details(seen, "Speaker")]
    assert told == ["NEW_ENROLLMENT", "ENROLLMENT_OVERWRITE"]


def test_a_request_for_enrollment_that_is_refused_is_told_of(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    with pytest.raises(ServiceException, match="SPEAKER_NOT_SET"):
        stage.call_in(domain).enroll()
    (told,) = details(seen, "Session Speaker Enrollment")
    assert (told["status"], told["errorInfo"]["errorType"]) == ("FAILURE", "ConflictException")


def test_an_enrollment_that_comes_to_nothing_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    call = stage.call_in(domain, speaker="alice")
    call.enroll()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="alice")
    call.speak("alice", seconds=30)
    told = details(seen, "Speaker")[1]
    assert (told["action"], told["status"]) == ("ENROLL_SPEAKER", "FAILURE")
    assert told["data"]["enrollmentStatus"] is None
    assert told["errorInfo"]["errorCode"] == 409


def test_an_evaluation_is_told_of_with_its_results(
    stage: Stage, domain: str, seen: list[Event], clock: ManualClock
) -> None:
    generated_id = stage.enroll(domain, "alice")
    call = stage.call_in(domain, speaker="alice")
    call.speak("alice", seconds=5)
    clock.advance(1)
    call.speak("alice", seconds=5)
    call.score(spoofing=70)
    evaluated = stage.evaluate(domain)
    span = {
        "audioAggregationStartedAt": "2026-01-01T00:00:00.000Z",
        "audioAggregationEndedAt": "2026-01-01T00:00:01.000Z",
    }
    assert details(seen, "Evaluate Session") == [
        {
            "action": "EVALUATE_SESSION",
            "status": "SUCCESS",
            "domainId": domain,
            "errorInfo": None,
            "systemAttributes": CONTACT,
            "session": {
                "sessionId": call.session_id,
                "sessionName": "a-contact",
                "generatedSpeakerId": generated_id,
                "streamingStatus": "ONGOING",
                "authenticationResult": {
                    "authenticationResultId": evaluated["AuthenticationResult"]["AuthenticationResultId"],
                    "decision": "ACCEPT",
                    "score": 100,
                    **span,
                    "configuration": {"acceptanceThreshold": 90},
                },
                "fraudDetectionResult": {
                    "fraudDetectionResultId": evaluated["FraudDetectionResult"]["FraudDetectionResultId"],
                    "decision": "HIGH_RISK",
                    "reasons": ["VOICE_SPOOFING"],
                    **span,
                    "configuration": {
                        "riskThreshold": 50,
                        "watchlistId": stage.default_watchlist(domain),
                    },
                    "riskDetails": {
                        "knownFraudsterRisk": {"generatedFraudsterId": None, "riskScore": 0},
                        "voiceSpoofingRisk": {"riskScore": 70},
                    },
                },
            },
        }
    ]


def test_a_result_without_enough_speech_has_nulls(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.enroll(domain, "alice")
    stage.call_in(domain, speaker="alice").speak("alice", seconds=1)
    evaluated = stage.evaluate(domain)
    (told,) = details(seen, "Evaluate Session")
    span = {"audioAggregationStartedAt": None, "audioAggregationEndedAt": None}
    assert told["session"]["authenticationResult"] == {
        "authenticationResultId": evaluated["AuthenticationResult"]["AuthenticationResultId"],
        "decision": "NOT_ENOUGH_SPEECH",
        "score": None,
        **span,
        "configuration": {"acceptanceThreshold": 90},
    }
    fraud = told["session"]["fraudDetectionResult"]
    assert (fraud["decision"], fraud["reasons"], fraud["riskDetails"]) == ("NOT_ENOUGH_SPEECH", None, None)


def test_a_low_risk_has_no_reasons(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.call_in(domain).speak("alice", seconds=10)
    stage.evaluate(domain)
    (told,) = details(seen, "Evaluate Session")
    assert told["session"]["fraudDetectionResult"]["reasons"] == []


def test_a_session_that_is_pending_has_no_results(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.call_in(domain)
    stage.evaluate(domain)
    (told,) = details(seen, "Evaluate Session")
    session = told["session"]
    assert session["authenticationResult"] is session["fraudDetectionResult"] is None
    assert session["streamingStatus"] == "PENDING_CONFIGURATION"


def test_an_evaluation_that_is_refused_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.error("EvaluateSession", DomainId=domain, SessionNameOrId="unknown")
    (told,) = details(seen, "Evaluate Session")
    assert told["errorInfo"] == {
        "errorMessage": "The session does not exist.",
        "errorType": "ResourceNotFoundException",
        "errorCode": 404,
    }
    assert told["session"] is None
