"""The conditions that waits poll for: what each waits for, how long by default, and when it holds."""

from typing import Final, TypeVar

from voiceid_sdk.enums import (
    AuthenticationDecision,
    DomainStatus,
    FraudDetectionDecision,
    JobStatus,
    ServerSideEncryptionUpdateStatus,
    SpeakerStatus,
    StreamingStatus,
)
from voiceid_sdk.errors import JobFailedError, Problem, RequestValidationError, WaitError
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    RegistrationJobInfo,
    SessionEvaluation,
    SpeakerInfo,
)
from voiceid_sdk.privacy.marks import sensitive_values
from voiceid_sdk.privacy.text import scrub
from voiceid_sdk.waiting import WaitCondition, WaitPolicy

JobInfoT = TypeVar("JobInfoT", EnrollmentJobInfo, RegistrationJobInfo)


# --- Domains --------------------------------------------------------------------------------------------


def _is_active(domain: DomainInfo) -> bool:
    if domain.domain_status == DomainStatus.SUSPENDED:
        raise WaitError("The domain was deleted, so it will not become active")
    return domain.domain_status == DomainStatus.ACTIVE


DOMAIN_ACTIVE: Final = WaitCondition(
    "the domain to be active", WaitPolicy(timeout=300, initial=1, maximum=15), _is_active
)


def _is_encryption_updated(domain: DomainInfo) -> bool:
    details = domain.server_side_encryption_update_details
    if details is None:
        return True
    if details.update_status == ServerSideEncryptionUpdateStatus.FAILED:
        message = details.message or "the service gave no reason"
        reason = scrub(message, sensitive_values(domain)).rstrip(".")
        raise WaitError(
            f"The change of the KMS key failed: {reason}",
            next_step="Make both keys usable, then try once more: replace() with the same key.",
        )
    return details.update_status == ServerSideEncryptionUpdateStatus.COMPLETED


# The service tries three times: at once, after 5 and after 15 minutes. Source: AWS's CloudFormation handler.
ENCRYPTION_UPDATED: Final = WaitCondition(
    "the change of the KMS key", WaitPolicy(timeout=1800, initial=5, maximum=60), _is_encryption_updated
)


# --- Speakers -------------------------------------------------------------------------------------------


def speaker_has(status: SpeakerStatus | str) -> WaitCondition[SpeakerInfo | None]:
    """Return the condition that a speaker exists and has a status.

    Raises:
        RequestValidationError: there is no such status.
    """
    if not isinstance(status, SpeakerStatus) and status not in tuple(SpeakerStatus):
        rule = f"must be one of {', '.join(SpeakerStatus)}"
        raise RequestValidationError.of("Speaker.wait_until", (Problem(parameter="status", rule=rule),))
    expected = SpeakerStatus(status)
    return WaitCondition(
        f"the speaker to be {expected}",
        WaitPolicy(timeout=300, initial=1, maximum=15),
        lambda speaker: speaker is not None and speaker.status == expected,
    )


# --- Jobs -----------------------------------------------------------------------------------------------

JOB_POLICY: Final = WaitPolicy(timeout=4 * 3600, initial=2, maximum=30)

SUCCEEDED_JOB_STATUSES: Final = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS})
"""Final statuses of jobs that produced results."""


def job_has_ended(kind: str, *, raise_on_errors: bool = False) -> WaitCondition[JobInfoT]:
    """Return the condition that a job has ended; it raises JobFailedError for one that failed.

    Args:
        kind: the kind of job, for messages: "enrollment".
        raise_on_errors: whether COMPLETED_WITH_ERRORS is raised as well.
    """

    def holds(job: JobInfoT) -> bool:
        if raise_on_errors and job.job_status == JobStatus.COMPLETED_WITH_ERRORS:
            raise JobFailedError(f"The {kind} job ended with errors; results() names them")
        if job.job_status == JobStatus.FAILED:
            raise _job_failed(f"The {kind} job failed", job)
        # A job with an unknown status has ended if it has an end time.
        return job.job_status in SUCCEEDED_JOB_STATUSES or job.ended_at is not None

    return WaitCondition(f"the {kind} job", JOB_POLICY, holds)


_AFTER_FAILURE: Final = {
    403: "Check what the role of the job may read and write: voiceid_sdk.batch.policies writes its policy.",
    404: "Check the S3 URIs of the manifest and of the results, and that both buckets exist.",
    500: "Start the job again.",
}
"""What to do after a job failed as a whole, by the status of its failure."""


def _job_failed(message: str, job: EnrollmentJobInfo | RegistrationJobInfo) -> JobFailedError:
    details = job.failure_details
    if details is not None and details.message:
        message = f"{message}: {scrub(details.message, sensitive_values(job)).rstrip('.')}"
    error = JobFailedError(message, resource=job)
    error.failure_details = details
    if details is not None and details.status_code is not None:
        error.next_step = _AFTER_FAILURE.get(details.status_code)
    return error


# --- Sessions -------------------------------------------------------------------------------------------

_UNDECIDED: Final = (AuthenticationDecision.NOT_ENOUGH_SPEECH, FraudDetectionDecision.NOT_ENOUGH_SPEECH, None)


def _is_decided(evaluation: SessionEvaluation) -> bool:
    if evaluation.streaming_status == StreamingStatus.ENDED:
        return True
    # A check that is off never has a result; before the stream is set up, no check has one.
    results = [evaluation.authentication_result, evaluation.fraud_detection_result]
    decisions = [result.decision for result in results if result is not None]
    return bool(decisions) and all(decision not in _UNDECIDED for decision in decisions)


# Amazon Connect's own agent application polls like this. Source: amazon-connect-streams.
SESSION_DECIDED: Final = WaitCondition(
    "the session's decision",
    WaitPolicy(timeout=120, delay=10, initial=5, maximum=5, multiplier=1, jitter=0),
    _is_decided,
)
