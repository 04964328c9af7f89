"""The conditions that jobs, domains, speakers and sessions are waited for."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.scripted_lists import Polls, connection
from tests.support.worlds import in_each_world, world_in_use
from voiceid_sdk import Domain, EnrollmentJob, RegistrationJob, Session, Speaker, WaitPolicy, errors
from voiceid_sdk.enums import (
    AuthenticationDecision,
    DomainStatus,
    FraudDetectionDecision,
    JobStatus,
    ResourceType,
    ServerSideEncryptionUpdateStatus,
    SpeakerStatus,
    StreamingStatus,
)
from voiceid_sdk.models import (
    AuthenticationResult,
    DomainInfo,
    EnrollmentJobInfo,
    FailureDetails,
    FraudDetectionResult,
    JobProgress,
    RegistrationJobInfo,
    ServerSideEncryptionUpdateDetails,
    SessionEvaluation,
    SpeakerInfo,
)
from voiceid_sdk.testing import WaitClock

DOMAIN_ID = "Abcdefghijklmnopqrst01"
STEADY = WaitPolicy(timeout=10, initial=3, maximum=3, multiplier=1, jitter=0)


# --- Jobs -----------------------------------------------------------------------------------------------

KINDS = [(EnrollmentJob, EnrollmentJobInfo), (RegistrationJob, RegistrationJobInfo)]
both_kinds = pytest.mark.parametrize(("handle", "info"), KINDS)
Handle = type[EnrollmentJob] | type[RegistrationJob]
Info = Callable[..., EnrollmentJobInfo | RegistrationJobInfo]


def job(handle: Handle, *answers: object) -> EnrollmentJob | RegistrationJob:
    waiting = connection(Polls(*answers), WaitClock())
    return world_in_use().handle(handle, waiting, DOMAIN_ID, "Abcdefghijklmnopqrst09")


@in_each_world
@both_kinds
@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS])
def test_a_job_that_has_ended_is_returned(handle: Handle, info: Info, status: JobStatus) -> None:
    ended = info(job_status=status)
    seen: list[object] = []
    waited = job(handle, info(job_status=JobStatus.SUBMITTED), info(job_status=JobStatus.IN_PROGRESS), ended)
    assert waited.wait(on_progress=seen.append) is ended
    assert len(seen) == 3


def test_a_wait_for_a_job_shows_its_percentage() -> None:
    seen: list[Any] = []
    polls = [
        EnrollmentJobInfo(job_status=JobStatus.IN_PROGRESS),
        EnrollmentJobInfo(job_status=JobStatus.IN_PROGRESS, job_progress=JobProgress(percent_complete=40)),
        EnrollmentJobInfo(job_status=JobStatus.COMPLETED, job_progress=JobProgress(percent_complete=100)),
    ]
    described: list[object] = []
    job(EnrollmentJob, *polls).wait(STEADY, progress=seen.append, on_progress=described.append)
    assert [(progress.done, progress.total) for progress in seen] == [(0, 100), (40, 100), (100, 100)]
    assert str(seen[1]).startswith("waiting for the enrollment job: 40 of 100 done")
    assert described == polls


@in_each_world
@both_kinds
def test_a_failed_job_is_raised_with_its_reason(handle: Handle, info: Info) -> None:
    details = FailureDetails(message="The manifest at s3://secret-bucket/a.json is empty.", status_code=400)
    failed = info(job_status=JobStatus.FAILED, failure_details=details)
    with pytest.raises(errors.JobFailedError, match="job failed: The manifest at") as caught:
        job(handle, failed).wait()
    assert caught.value.failure_details is details
    assert caught.value.resource is failed
    assert "secret-bucket" not in str(caught.value)


@in_each_world
@both_kinds
def test_a_failed_job_without_a_reason_is_raised_as_well(handle: Handle, info: Info) -> None:
    with pytest.raises(errors.JobFailedError, match=r"job failed \(1 poll in") as caught:
        job(handle, info(job_status=JobStatus.FAILED)).wait()
    assert caught.value.failure_details is None


@in_each_world
@both_kinds
def test_a_job_with_errors_is_raised_where_that_is_asked_for(handle: Handle, info: Info) -> None:
    ended = info(job_status=JobStatus.COMPLETED_WITH_ERRORS)
    with pytest.raises(errors.JobFailedError, match=r"ended with errors; results\(\) names them") as caught:
        job(handle, ended).wait(raise_on_errors=True)
    assert (caught.value.resource, caught.value.failure_details) == (ended, None)


@in_each_world
@both_kinds
def test_a_job_without_errors_is_returned_where_errors_would_be_raised(handle: Handle, info: Info) -> None:
    ended = info(job_status=JobStatus.COMPLETED)
    assert job(handle, ended).wait(raise_on_errors=True) is ended


@in_each_world
@both_kinds
def test_a_job_with_a_new_status_has_ended_when_it_has_a_time_of_ending(handle: Handle, info: Info) -> None:
    going_on = info(job_status=JobStatus("PAUSED"))
    ended = info(job_status=JobStatus("STOPPED"), ended_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert job(handle, going_on, ended).wait() is ended


@in_each_world
@both_kinds
def test_a_job_is_waited_for_four_hours(handle: Handle, info: Info) -> None:
    with pytest.raises(errors.WaitTimeoutError, match="took longer than 14400 s") as caught:
        job(handle, info(job_status=JobStatus.IN_PROGRESS)).wait()
    assert caught.value.elapsed == pytest.approx(4 * 3600)


# --- Domains --------------------------------------------------------------------------------------------


def domain(*answers: object) -> Domain:
    return world_in_use().handle(Domain, connection(Polls(*answers), WaitClock()), DOMAIN_ID)


def domain_info(status: DomainStatus) -> DomainInfo:
    return DomainInfo(domain_status=status)


def key_change(status: ServerSideEncryptionUpdateStatus | None, message: str | None = None) -> DomainInfo:
    details = ServerSideEncryptionUpdateDetails(update_status=status, message=message)
    return DomainInfo(server_side_encryption_update_details=details)


@in_each_world
def test_a_domain_is_waited_for_until_it_is_active() -> None:
    active = domain_info(DomainStatus.ACTIVE)
    assert domain(domain_info(DomainStatus.PENDING), active).wait_until_active() is active


@in_each_world
def test_a_deleted_domain_is_not_waited_for() -> None:
    suspended = domain_info(DomainStatus.SUSPENDED)
    with pytest.raises(errors.WaitError, match="The domain was deleted") as caught:
        domain(suspended).wait_until_active()
    assert type(caught.value) is errors.WaitError
    assert caught.value.resource is suspended


@in_each_world
def test_a_domain_that_does_not_exist_is_not_waited_for() -> None:
    absent = errors.ResourceNotFoundError("No.")
    with pytest.raises(errors.ResourceNotFoundError):
        domain(absent).wait_until_active()


@in_each_world
def test_a_domain_is_waited_for_five_minutes() -> None:
    with pytest.raises(
        errors.WaitTimeoutError, match="Waiting for the domain to be active took longer than 300 s"
    ):
        domain(domain_info(DomainStatus.PENDING)).wait_until_active()


@in_each_world
def test_a_key_change_is_waited_for() -> None:
    done = key_change(ServerSideEncryptionUpdateStatus.COMPLETED)
    going_on = key_change(ServerSideEncryptionUpdateStatus.IN_PROGRESS)
    assert domain(going_on, going_on, done).wait_until_encryption_updated() is done


@in_each_world
def test_a_domain_whose_key_never_changed_is_returned_at_once() -> None:
    unchanged = DomainInfo()
    assert domain(unchanged).wait_until_encryption_updated() is unchanged


@in_each_world
@pytest.mark.parametrize(
    ("message", "reason"),
    [("The key is disabled.", "The key is disabled"), (None, "the service gave no reason")],
)
def test_a_failed_key_change_is_raised_with_its_reason(message: str | None, reason: str) -> None:
    failed = key_change(ServerSideEncryptionUpdateStatus.FAILED, message)
    with pytest.raises(errors.WaitError, match=f"The change of the KMS key failed: {reason} ") as caught:
        domain(failed).wait_until_encryption_updated()
    assert caught.value.resource is failed
    assert "replace()" in str(caught.value)


@in_each_world
def test_a_key_change_is_waited_for_half_an_hour() -> None:
    with pytest.raises(
        errors.WaitTimeoutError, match="Waiting for the change of the KMS key took longer than 1800 s"
    ):
        domain(key_change(None)).wait_until_encryption_updated()


# --- Speakers -------------------------------------------------------------------------------------------


def speaker(*answers: object) -> Speaker:
    return world_in_use().handle(Speaker, connection(Polls(*answers), WaitClock()), DOMAIN_ID, "ana")


def enrolled() -> SpeakerInfo:
    return SpeakerInfo(status=SpeakerStatus.ENROLLED)


def not_found(resource_type: ResourceType | None) -> errors.ResourceNotFoundError:
    error = errors.ResourceNotFoundError("No.")
    error.resource_type = resource_type
    return error


@in_each_world
def test_a_speaker_who_does_not_exist_yet_is_waited_for() -> None:
    seen: list[SpeakerInfo | None] = []
    pending = SpeakerInfo(status=SpeakerStatus.PENDING)
    waited = speaker(not_found(ResourceType.SPEAKER), pending, enrolled())
    assert waited.wait_until(SpeakerStatus.ENROLLED, on_progress=seen.append) == enrolled()
    assert seen == [None, pending, enrolled()]


@in_each_world
@pytest.mark.parametrize("resource_type", [ResourceType.DOMAIN, None])
def test_a_speaker_of_no_domain_is_not_waited_for(resource_type: ResourceType | None) -> None:
    with pytest.raises(errors.ResourceNotFoundError):
        speaker(not_found(resource_type)).wait_until(SpeakerStatus.ENROLLED)


@in_each_world
def test_a_speaker_who_never_comes_is_a_timeout() -> None:
    with pytest.raises(
        errors.WaitTimeoutError, match="the speaker to be ENROLLED took longer than 300 s"
    ) as caught:
        speaker(not_found(ResourceType.SPEAKER)).wait_until("ENROLLED")
    assert caught.value.resource is None
    assert "ana" not in str(caught.value)


@in_each_world
def test_a_misspelt_status_is_refused() -> None:
    polls = Polls(enrolled())
    with pytest.raises(errors.RequestValidationError, match="status must be one of ENROLLED, EXPIRED"):
        Speaker(connection(polls), DOMAIN_ID, "ana").wait_until("ENROLED")
    assert polls.taken == 0


@in_each_world
def test_a_status_of_a_newer_service_can_be_waited_for() -> None:
    archived = SpeakerInfo(status=SpeakerStatus("ARCHIVED"))
    assert speaker(enrolled(), archived).wait_until(SpeakerStatus("ARCHIVED")) is archived


# --- Sessions -------------------------------------------------------------------------------------------

ENDED, ONGOING = StreamingStatus.ENDED, StreamingStatus.ONGOING
SETTING_UP = StreamingStatus.PENDING_CONFIGURATION
A, F = AuthenticationDecision, FraudDetectionDecision
OFF = "off"

# The stream, the decision on the caller, that on fraud (OFF: no result at all), and whether that is final.
DECISIONS = [
    (SETTING_UP, OFF, OFF, False),
    (SETTING_UP, A.NOT_ENOUGH_SPEECH, F.NOT_ENOUGH_SPEECH, False),
    (None, OFF, OFF, False),
    (ONGOING, OFF, OFF, False),
    (ONGOING, A.NOT_ENOUGH_SPEECH, OFF, False),
    (ONGOING, OFF, F.NOT_ENOUGH_SPEECH, False),
    (ONGOING, A.ACCEPT, F.NOT_ENOUGH_SPEECH, False),
    (ONGOING, A.NOT_ENOUGH_SPEECH, F.LOW_RISK, False),
    (ONGOING, None, F.LOW_RISK, False),
    (ONGOING, A.ACCEPT, None, False),
    (ONGOING, A.ACCEPT, F.LOW_RISK, True),
    (ONGOING, A.REJECT, F.HIGH_RISK, True),
    (ONGOING, A.ACCEPT, OFF, True),
    (ONGOING, OFF, F.HIGH_RISK, True),
    (ONGOING, A.SPEAKER_NOT_ENROLLED, OFF, True),
    (ONGOING, A.SPEAKER_OPTED_OUT, F.LOW_RISK, True),
    (ONGOING, A.SPEAKER_ID_NOT_PROVIDED, F.LOW_RISK, True),
    (ONGOING, A.SPEAKER_EXPIRED, F.LOW_RISK, True),
    (ONGOING, A("NEW_DECISION"), F("NEW_DECISION"), True),
    (StreamingStatus("PAUSED"), A.NOT_ENOUGH_SPEECH, OFF, False),
    (ENDED, A.NOT_ENOUGH_SPEECH, F.NOT_ENOUGH_SPEECH, True),
    (ENDED, A.NOT_ENOUGH_SPEECH, OFF, True),
    (ENDED, OFF, OFF, True),
    (ENDED, A.ACCEPT, F.LOW_RISK, True),
]


def evaluation(status: StreamingStatus | None, caller: Any, fraud: Any) -> SessionEvaluation:
    return SessionEvaluation(
        session_id="id#Abcdefghijklmnopqrst77",
        streaming_status=status,
        authentication_result=None if caller == OFF else AuthenticationResult(decision=caller),
        fraud_detection_result=None if fraud == OFF else FraudDetectionResult(decision=fraud),
    )


def session(clock: WaitClock, *answers: object) -> Session:
    return world_in_use().handle(Session, connection(Polls(*answers), clock), DOMAIN_ID, "contact-1")


@in_each_world
@pytest.mark.parametrize(("status", "caller", "fraud", "final"), DECISIONS)
def test_a_session_is_waited_for_until_every_check_has_decided(
    status: StreamingStatus | None, caller: object, fraud: object, *, final: bool
) -> None:
    clock, end = WaitClock(), evaluation(ENDED, A.ACCEPT, F.LOW_RISK)
    first = evaluation(status, caller, fraud)
    decided = session(clock, first, end).wait_for_decision()
    assert decided is (first if final else end)
    assert clock.pauses == ((10,) if final else (10, 5))


@in_each_world
def test_a_decision_is_polled_for_after_10_s_then_every_5_s_until_two_minutes() -> None:
    clock = WaitClock()
    undecided = evaluation(ONGOING, A.NOT_ENOUGH_SPEECH, OFF)
    with pytest.raises(
        errors.WaitTimeoutError, match="the session's decision took longer than 120 s"
    ) as caught:
        session(clock, undecided).wait_for_decision()
    assert clock.pauses == (10, *[5] * 22)
    assert caught.value.resource is undecided


@in_each_world
def test_a_score_that_was_not_given_stays_none() -> None:
    decided = session(WaitClock(), evaluation(ENDED, A.NOT_ENOUGH_SPEECH, OFF)).wait_for_decision()
    assert decided.authentication_result is not None
    assert decided.authentication_result.score is None


@in_each_world
def test_an_error_never_becomes_a_decision() -> None:
    with pytest.raises(errors.ResourceNotFoundError):
        session(WaitClock(), not_found(ResourceType.SESSION)).wait_for_decision()


def test_a_wait_for_a_decision_can_be_cancelled() -> None:
    cancel = threading.Event()
    clock = WaitClock(lambda _: cancel.set())
    with pytest.raises(errors.WaitCancelledError):
        session(clock, evaluation(ONGOING, OFF, OFF)).wait_for_decision(cancel=cancel)
