"""The values that Voice ID sends and takes, as enumerations that stay open to new ones."""

import enum
from typing import Self

from voiceid_sdk.privacy.marks import shown_constant

__all__ = [
    "AuthenticationDecision",
    "ConflictType",
    "DomainStatus",
    "DuplicateRegistrationAction",
    "EnrollmentStatus",
    "ExistingEnrollmentAction",
    "FraudDetectionAction",
    "FraudDetectionDecision",
    "FraudDetectionReason",
    "JobStatus",
    "OpenEnum",
    "RegistrationStatus",
    "ResourceType",
    "ServerSideEncryptionUpdateStatus",
    "SpeakerStatus",
    "StreamingStatus",
]


class OpenEnum(enum.StrEnum):
    """A string enumeration in which a value that this version does not define is a member as well.

    Members are strings: ``SpeakerStatus.ENROLLED == "ENROLLED"``. ``SpeakerStatus("ARCHIVED")`` gives a
    member whose ``is_known`` is False; it compares, hashes, pickles and is sent like any other.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member

    @property
    def is_known(self) -> bool:
        """Whether this version of the SDK defines the value."""
        return self._name_ in type(self).__members__

    def __repr__(self) -> str:
        # A faulty service may put any text here, so only constants are shown.
        name = self._name_ if self.is_known else shown_constant(self._name_)
        return f"<{type(self).__name__}.{name}: {shown_constant(self._value_)!r}>"

    # Enum's own methods differ between Python versions (3.12 changed format()); those of str do not.
    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)


class DomainStatus(OpenEnum):
    """The state of a domain."""

    ACTIVE = "ACTIVE"
    """The domain can be used."""
    PENDING = "PENDING"
    """The domain is being created."""
    SUSPENDED = "SUSPENDED"
    """The domain was deleted; AWS kept it in this state for 30 days."""


class SpeakerStatus(OpenEnum):
    """The state of a speaker."""

    ENROLLED = "ENROLLED"
    """The speaker has a voiceprint and can be authenticated."""
    EXPIRED = "EXPIRED"
    """The voiceprint was not used for three years."""
    OPTED_OUT = "OPTED_OUT"
    """The speaker opted out of Voice ID; only deleting the speaker reverses it."""
    PENDING = "PENDING"
    """The id is known from a call, but no voiceprint was made."""


class JobStatus(OpenEnum):
    """The state of a speaker enrollment job or a fraudster registration job."""

    SUBMITTED = "SUBMITTED"
    """The job waits to be run."""
    IN_PROGRESS = "IN_PROGRESS"
    """The job runs."""
    COMPLETED = "COMPLETED"
    """The job ended, and every request in its manifest succeeded."""
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    """The job ended; the output file names the requests that failed."""
    FAILED = "FAILED"
    """The job as a whole failed; its failure details say why."""


class ExistingEnrollmentAction(OpenEnum):
    """The action of an enrollment job for a speaker who is enrolled already."""

    SKIP = "SKIP"
    """Leave the enrollment as it is (the default)."""
    OVERWRITE = "OVERWRITE"
    """Replace the voiceprint."""


class FraudDetectionAction(OpenEnum):
    """The action of an enrollment job for a speaker whom the fraud check finds risky."""

    FAIL = "FAIL"
    """Do not enroll the speaker (the default)."""
    IGNORE = "IGNORE"
    """Enroll the speaker anyway."""


class DuplicateRegistrationAction(OpenEnum):
    """The action of a registration job for a fraudster whose voice is similar to a registered one."""

    SKIP = "SKIP"
    """Do not register the fraudster again (the default)."""
    REGISTER_AS_NEW = "REGISTER_AS_NEW"
    """Register the fraudster anyway."""


class EnrollmentStatus(OpenEnum):
    """The outcome of a request of an enrollment job.

    Source: the administrator guide's schema of speaker enrollment jobs; the last value is ours.
    """

    NEW_ENROLLMENT = "NEW_ENROLLMENT"
    """The speaker was enrolled."""
    ENROLLMENT_OVERWRITE = "ENROLLMENT_OVERWRITE"
    """The speaker was enrolled already, and has a new voiceprint."""
    DUPLICATE_SKIPPED = "DUPLICATE_SKIPPED"
    """The speaker was enrolled already, and was not changed."""
    NOT_REPORTED = "NOT_REPORTED"
    """The request is in the manifest, but the job's output does not mention it."""


class RegistrationStatus(OpenEnum):
    """The outcome of a request of a registration job.

    Source: the administrator guide's schema of fraudster registration jobs, which gives two names to a new
    registration; the last value is ours.
    """

    NEW_REGISTRATION = "NEW_REGISTRATION"
    """The fraudster was registered."""
    NEW_FRAUDSTER = "NEW_FRAUDSTER"
    """The same as NEW_REGISTRATION."""
    DUPLICATE_SKIPPED = "DUPLICATE_SKIPPED"
    """A fraudster with a similar voice was registered already, so this one was not."""
    NOT_REPORTED = "NOT_REPORTED"
    """The request is in the manifest, but the job's output does not mention it."""


class StreamingStatus(OpenEnum):
    """The state of the audio stream of a session."""

    PENDING_CONFIGURATION = "PENDING_CONFIGURATION"
    """The stream has begun and is being set up."""
    ONGOING = "ONGOING"
    """Audio is being received."""
    ENDED = "ENDED"
    """The stream has ended: enough speech was heard, or the call ended."""


class AuthenticationDecision(OpenEnum):
    """The decision of Voice ID about the caller's claimed identity."""

    ACCEPT = "ACCEPT"
    """The score reached the acceptance threshold."""
    REJECT = "REJECT"
    """The score stayed below the acceptance threshold."""
    NOT_ENOUGH_SPEECH = "NOT_ENOUGH_SPEECH"
    """Too little speech so far; final once streaming has ended."""
    SPEAKER_NOT_ENROLLED = "SPEAKER_NOT_ENROLLED"
    """The speaker has no voiceprint."""
    SPEAKER_OPTED_OUT = "SPEAKER_OPTED_OUT"
    """The speaker opted out."""
    SPEAKER_ID_NOT_PROVIDED = "SPEAKER_ID_NOT_PROVIDED"
    """The call was not given a speaker id."""
    SPEAKER_EXPIRED = "SPEAKER_EXPIRED"
    """The speaker's voiceprint has expired."""


class FraudDetectionDecision(OpenEnum):
    """The decision of Voice ID about the risk of fraud."""

    HIGH_RISK = "HIGH_RISK"
    """A risk score reached the risk threshold."""
    LOW_RISK = "LOW_RISK"
    """The risk scores stayed below the risk threshold."""
    NOT_ENOUGH_SPEECH = "NOT_ENOUGH_SPEECH"
    """Too little speech so far; final once streaming has ended."""


class FraudDetectionReason(OpenEnum):
    """The reason for which a call has a high risk."""

    KNOWN_FRAUDSTER = "KNOWN_FRAUDSTER"
    """The voice is similar to one on the watchlist."""
    VOICE_SPOOFING = "VOICE_SPOOFING"
    """The voice seems to be played back or synthetic."""


class ServerSideEncryptionUpdateStatus(OpenEnum):
    """The state of a domain's change of its KMS key."""

    IN_PROGRESS = "IN_PROGRESS"
    """Data is still being encrypted again; keep the old key usable."""
    COMPLETED = "COMPLETED"
    """All data is under the new key; the old key may be retired."""
    FAILED = "FAILED"
    """A key could not be used; call ``Domain.replace`` again with the same key to try once more."""


class ConflictType(OpenEnum):
    """The kinds of conflict between a request and the state of a resource."""

    ANOTHER_ACTIVE_STREAM = "ANOTHER_ACTIVE_STREAM"
    """The session is streaming already."""
    DOMAIN_NOT_ACTIVE = "DOMAIN_NOT_ACTIVE"
    """The domain is pending or was deleted."""
    CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT = "CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT"
    """An enrollment was requested in this session, so its speaker cannot change."""
    ENROLLMENT_ALREADY_EXISTS = "ENROLLMENT_ALREADY_EXISTS"
    """The session has an enrollment already."""
    SPEAKER_NOT_SET = "SPEAKER_NOT_SET"
    """The session has no speaker id."""
    SPEAKER_OPTED_OUT = "SPEAKER_OPTED_OUT"
    """The speaker opted out and cannot be enrolled."""
    CONCURRENT_CHANGES = "CONCURRENT_CHANGES"
    """Another request changed the resource meanwhile."""
    DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES = "DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES"
    """The domain's previous key change is not finished."""
    CANNOT_DELETE_NON_EMPTY_WATCHLIST = "CANNOT_DELETE_NON_EMPTY_WATCHLIST"
    """The watchlist still has fraudsters."""
    FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST = "FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST"
    """The watchlist is the fraudster's last."""


class ResourceType(OpenEnum):
    """The types of resources that a request may name."""

    BATCH_JOB = "BATCH_JOB"
    """An enrollment or registration job."""
    COMPLIANCE_CONSENT = "COMPLIANCE_CONSENT"
    """The consent to biometric rules that an account gave once, in the console."""
    DOMAIN = "DOMAIN"
    """A domain."""
    FRAUDSTER = "FRAUDSTER"
    """A fraudster."""
    SESSION = "SESSION"
    """A session: a call that Voice ID listens to."""
    SPEAKER = "SPEAKER"
    """A speaker."""
    WATCHLIST = "WATCHLIST"
    """A watchlist."""
