"""The statuses, decisions and reasons that the rules set, with the values of the service model."""

from enum import StrEnum
from typing import Final


class DomainStatus(StrEnum):
    """The status of a domain."""

    ACTIVE = "ACTIVE"
    PENDING = "PENDING"
    SUSPENDED = "SUSPENDED"


class ServerSideEncryptionUpdateStatus(StrEnum):
    """The status of a change of key."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class SpeakerStatus(StrEnum):
    """The status of a speaker."""

    ENROLLED = "ENROLLED"
    EXPIRED = "EXPIRED"
    OPTED_OUT = "OPTED_OUT"
    PENDING = "PENDING"


class StreamingStatus(StrEnum):
    """The status of a session's stream."""

    PENDING_CONFIGURATION = "PENDING_CONFIGURATION"
    ONGOING = "ONGOING"
    ENDED = "ENDED"


class SessionEnrollmentStatus(StrEnum):
    """The status of an enrollment that was requested on a call. Not in the model."""

    NOT_ENOUGH_SPEECH = "NOT_ENOUGH_SPEECH"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class JobStatus(StrEnum):
    """The status of an enrollment or registration job."""

    SUBMITTED = "SUBMITTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    FAILED = "FAILED"


ACTIVE_JOB_STATUSES: Final = (JobStatus.SUBMITTED, JobStatus.IN_PROGRESS)


class AuthenticationDecision(StrEnum):
    """The result of authentication."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    NOT_ENOUGH_SPEECH = "NOT_ENOUGH_SPEECH"
    SPEAKER_NOT_ENROLLED = "SPEAKER_NOT_ENROLLED"
    SPEAKER_OPTED_OUT = "SPEAKER_OPTED_OUT"
    SPEAKER_ID_NOT_PROVIDED = "SPEAKER_ID_NOT_PROVIDED"
    SPEAKER_EXPIRED = "SPEAKER_EXPIRED"


class FraudDetectionDecision(StrEnum):
    """The result of fraud detection."""

    HIGH_RISK = "HIGH_RISK"
    LOW_RISK = "LOW_RISK"
    NOT_ENOUGH_SPEECH = "NOT_ENOUGH_SPEECH"


class FraudDetectionReason(StrEnum):
    """The reason for a high risk."""

    KNOWN_FRAUDSTER = "KNOWN_FRAUDSTER"
    VOICE_SPOOFING = "VOICE_SPOOFING"
