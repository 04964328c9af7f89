"""The events about jobs."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.direct_stage import stage_on
from tests.support.seen_events import Event, details, kinds
from tests.support.stage import KEY, ROLE, Stage
from voiceid_sdk.local import LabelRecognizer, LocalVoiceID, ManualClock, Timing


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
