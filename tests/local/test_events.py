"""What the events say, and when they are sent."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.support.direct_stage import stage_on
from tests.support.stage import KEY, NO_ID, ROLE, Stage
from voiceid_sdk.local import LabelRecognizer, LocalVoiceID, ManualClock, Quotas, ServiceException, Timing

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Event = dict[str, Any]

INSTANCE = uuid.uuid5(uuid.NAMESPACE_URL, "us-east-1:123456789012")
CONTACT = {
    "aws:connect:OriginalContactArn": (
        f"arn:aws:connect:us-east-1:123456789012:instance/{INSTANCE}/contact/a-contact"
    )
}


@pytest.fixture
def stage(service: LocalVoiceID, tmp_path: Path) -> Stage:
    return stage_on(service, tmp_path / "s3")


@pytest.fixture
def domain(stage: Stage) -> str:
    return stage.domain()


@pytest.fixture
def seen(stage: Stage, domain: str) -> list[Event]:
    events: list[Event] = []
    stage.service.events.subscribe(events.append)
    return events


def details(seen: list[Event], kind: str) -> list[Event]:
    """Return the details of all events of a kind, without their own ids."""
    found = [event["detail"] for event in seen if event["detail-type"] == f"VoiceId {kind} Action"]
    return [{name: value for name, value in detail.items() if name != "sourceId"} for detail in found]


def kinds(seen: list[Event]) -> list[str]:
    """Return the kinds of all events, in order."""
    return [event["detail-type"].removeprefix("VoiceId ").removesuffix(" Action") for event in seen]


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


# --- Sessions -------------------------------------------------------------------------------------------


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


# --- Speakers and fraudsters ----------------------------------------------------------------------------


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


# --- Jobs -----------------------------------------------------------------------------------------------


def batch(action: str, domain: str, job: Event, **members: Any) -> Event:
    """Return the detail of an event about a job."""
    return {
        "action": action,
        "status": "SUBMITTED",
        "domainId": domain,
        "errorInfo": None,
        "batchJobId": job["JobId"],
        **members,
    }


def test_an_enrollment_job_is_told_of_at_its_start_and_at_its_end(
    stage: Stage, domain: str, seen: list[Event], clock: ManualClock
) -> None:
    job = stage.start_enrollments(
        domain,
        stage.request("alice"),
        OutputDataConfig={"S3Uri": "s3://jobs/out", "KmsKeyId": KEY},
        EnrollmentConfig={"FraudDetectionConfig": {"RiskThreshold": 70}},
    )
    submitted = batch(
        "BATCH_ENROLLMENT_REQUEST",
        domain,
        job,
        data={
            "dataAccessRoleArn": ROLE,
            "enrollmentConfig": {
                "existingEnrollmentAction": None,
                "fraudDetectionConfig": {
                    "fraudDetectionAction": None,
                    "fraudDetectionThreshold": 70,
                    "watchlistIds": None,
                },
            },
            "inputDataConfig": {"s3Uri": "s3://jobs/in/manifest.json"},
            "outputDataConfig": {"s3Uri": "s3://jobs/out", "kmsKeyId": KEY},
        },
    )
    assert details(seen, "Batch Speaker Enrollment") == [submitted]
    clock.advance(100)
    stage.call("ListDomains")
    assert details(seen, "Batch Speaker Enrollment")[1] == {**submitted, "status": "SUCCESS"}
    assert kinds(seen) == ["Batch Speaker Enrollment", "Speaker", "Batch Speaker Enrollment"]
    assert [event["time"] for event in seen] == [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:01Z",
    ]


def test_the_events_of_an_enrollment_job_hold_its_whole_configuration(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    watchlist = stage.watchlist(domain)
    screening = {"FraudDetectionAction": "FAIL", "RiskThreshold": 70, "WatchlistIds": [watchlist]}
    config = {"ExistingEnrollmentAction": "OVERWRITE", "FraudDetectionConfig": screening}
    stage.start_enrollments(domain, stage.request("alice"), EnrollmentConfig=config)
    (submitted,) = details(seen, "Batch Speaker Enrollment")
    assert submitted["data"]["enrollmentConfig"] == {
        "existingEnrollmentAction": "OVERWRITE",
        "fraudDetectionConfig": {
            "fraudDetectionAction": "FAIL",
            "fraudDetectionThreshold": 70,
            "watchlistIds": [watchlist],
        },
    }


def test_a_registration_job_is_told_of_at_its_start_and_at_its_end(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    config = {"DuplicateRegistrationAction": "REGISTER_AS_NEW", "FraudsterSimilarityThreshold": 60}
    job, _ = stage.register_by_job(domain, RegistrationConfig=config)
    submitted = batch(
        "BATCH_REGISTRATION_REQUEST",
        domain,
        job,
        data={
            "dataAccessRoleArn": ROLE,
            "registrationConfig": {
                "duplicateRegistrationAction": "REGISTER_AS_NEW",
                "fraudsterSimilarityThreshold": 60,
                "watchlistIds": None,
            },
            "inputDataConfig": {"s3Uri": "s3://jobs/in/manifest.json"},
            "outputDataConfig": {"s3Uri": "s3://jobs/out", "kmsKeyId": None},
        },
    )
    assert details(seen, "Batch Fraudster Registration") == [submitted, {**submitted, "status": "SUCCESS"}]


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Batch Speaker Enrollment", "enrollmentConfig"),
        ("Batch Fraudster Registration", "registrationConfig"),
    ],
)
def test_a_job_that_was_not_configured_has_a_null_for_that(
    stage: Stage, domain: str, seen: list[Event], kind: str, config: str
) -> None:
    stage.start_enrollments(domain)
    stage.start_registrations(domain)
    (told,) = details(seen, kind)
    assert told["data"][config] is None


def test_an_enrollment_config_without_fraud_detection_has_a_null_for_that(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    stage.start_enrollments(domain, EnrollmentConfig={})
    (told,) = details(seen, "Batch Speaker Enrollment")
    assert told["data"]["enrollmentConfig"] == {
        "existingEnrollmentAction": None,
        "fraudDetectionConfig": None,
    }


def test_a_job_that_fails_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.enroll_by_job(domain, InputDataConfig={"S3Uri": "s3://jobs/none"})
    submitted, failed = details(seen, "Batch Speaker Enrollment")
    assert submitted["errorInfo"] is None
    assert failed["status"] == "FAILURE"
    assert failed["errorInfo"] == {
        "errorMessage": "The object cannot be found.",
        "errorType": "ResourceNotFoundException",
        "errorCode": 404,
    }


def test_every_speaker_of_a_job_is_told_of(stage: Stage, domain: str, seen: list[Event]) -> None:
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="opted-out")
    stage.enroll(domain, "enrolled")
    known = {name: stage.speaker(domain, name)["GeneratedSpeakerId"] for name in ("opted-out", "enrolled")}
    seen.clear()
    requests = [stage.request(name) for name in ("alice", "opted-out", "enrolled")]
    job, output = stage.enroll_by_job(domain, *requests, stage.request("bob", seconds=1))
    alice = output["SuccessfulEnrollments"][0]["GeneratedSpeakerId"]
    assert {one["data"]["enrollmentSourceId"] for one in details(seen, "Speaker")} == {job["JobId"]}
    assert [
        (
            one["generatedSpeakerId"],
            one["data"]["enrollmentStatus"],
            one["errorInfo"] and (one["errorInfo"]["errorCode"], one["errorInfo"]["errorType"]),
        )
        for one in details(seen, "Speaker")
    ] == [
        (alice, "NEW_ENROLLMENT", None),
        (known["opted-out"], None, (409, "ConflictException")),
        (known["enrolled"], "DUPLICATE_SKIPPED", None),
        (None, None, (400, "BadRequestException")),
    ]
    assert kinds(seen)[-1] == "Batch Speaker Enrollment"
    assert details(seen, "Batch Speaker Enrollment")[-1]["status"] == "SUCCESS"


class Broken(LabelRecognizer):
    """Fails on everything."""

    def voiceprint(self, recordings: Any) -> bytes:
        raise KeyError("broken")


def test_a_speaker_with_whom_a_recognizer_fails_is_told_of(tmp_path: Path) -> None:
    options: Any = {"timing": Timing.at_once(), "recognizer": Broken()}
    with LocalVoiceID(clock=ManualClock(), s3_root=tmp_path, **options) as service:
        stage = stage_on(service, tmp_path)
        domain = stage.domain()
        seen: list[Event] = []
        service.events.subscribe(seen.append)
        stage.enroll_by_job(domain, stage.request("alice"))
    (told,) = details(seen, "Speaker")
    assert told["errorInfo"] == {
        "errorMessage": "Internal Server Error",
        "errorType": "InternalFailure",
        "errorCode": 500,
    }


def test_a_job_that_was_started_twice_with_one_token_is_told_of_once(
    stage: Stage, domain: str, seen: list[Event]
) -> None:
    for _ in range(2):
        stage.start_enrollments(domain, ClientToken="a-token")
    assert kinds(seen) == ["Batch Speaker Enrollment"]


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
