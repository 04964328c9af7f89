"""The data that Voice ID sends and takes: one frozen attrs class for each structure of the model.

Fields have the wire's names in snake_case. An absent member is None, an absent list empty. Times are in UTC.
"""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.extra_fields import ExtraFields
from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._display.displayed import DisplayedEvaluation
from voiceid_sdk._structure import Structure
from voiceid_sdk.enums import (
    AuthenticationDecision,
    DomainStatus,
    DuplicateRegistrationAction,
    ExistingEnrollmentAction,
    FraudDetectionAction,
    FraudDetectionDecision,
    FraudDetectionReason,
    JobStatus,
    ServerSideEncryptionUpdateStatus,
    SpeakerStatus,
    StreamingStatus,
)
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, redact_marked_fields

__all__ = [
    "AuthenticationConfiguration",
    "AuthenticationResult",
    "DomainInfo",
    "EnrollmentConfig",
    "EnrollmentJobFraudDetectionConfig",
    "EnrollmentJobInfo",
    "EnrollmentJobSummary",
    "ExtraFields",
    "FailureDetails",
    "FraudDetectionConfiguration",
    "FraudDetectionResult",
    "FraudRiskDetails",
    "FraudsterInfo",
    "InputDataConfig",
    "JobProgress",
    "KnownFraudsterRisk",
    "OutputDataConfig",
    "RegistrationConfig",
    "RegistrationJobInfo",
    "RegistrationJobSummary",
    "ServerSideEncryptionConfiguration",
    "ServerSideEncryptionUpdateDetails",
    "SessionEvaluation",
    "SpeakerInfo",
    "Structure",
    "Tag",
    "VoiceSpoofingRisk",
    "WatchlistDetails",
    "WatchlistInfo",
]


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class ServerSideEncryptionConfiguration(Structure):
    """The key under which a domain's data is encrypted."""

    kms_key_id: str
    """The customer-managed, symmetric KMS key: its ARN in responses; id, ARN or alias in requests."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class ServerSideEncryptionUpdateDetails(Structure):
    """The progress of a domain's change of its KMS key."""

    message: Annotated[str | None, FREE_TEXT] = None
    """The service's message about a failed update."""
    old_kms_key_id: str | None = None
    """The key that is being replaced; it must stay usable until the update is completed."""
    update_status: ServerSideEncryptionUpdateStatus | None = None
    """The state of the update."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class WatchlistDetails(Structure):
    """The watchlist settings of a domain."""

    default_watchlist_id: str
    """The id of the watchlist that is used when no other is named."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class DomainInfo(Structure):
    """A domain: the container of speakers, fraudsters, watchlists and jobs, as described or listed."""

    arn: str | None = None
    """The domain's ARN, which tags are attached to."""
    created_at: datetime | None = None
    """When the domain was created, in UTC."""
    description: Annotated[str | None, SENSITIVE] = None
    """The caller's description of the domain."""
    domain_id: Annotated[str | None, SHARED] = None
    """The domain's id: 22 letters and digits."""
    domain_status: DomainStatus | None = None
    """The state of the domain."""
    name: Annotated[str | None, SENSITIVE] = None
    """The caller's name for the domain; not unique."""
    server_side_encryption_configuration: ServerSideEncryptionConfiguration | None = None
    """The key that encrypts the domain's data."""
    server_side_encryption_update_details: ServerSideEncryptionUpdateDetails | None = None
    """The last change of the key; None when the key never changed."""
    updated_at: datetime | None = None
    """When the domain was last changed, in UTC."""
    watchlist_details: WatchlistDetails | None = None
    """The domain's default watchlist."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SpeakerInfo(Structure):
    """A speaker: a caller who is enrolled, opted out, expired or pending, as described or listed."""

    created_at: datetime | None = None
    """When the speaker was created, in UTC."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the application chose."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the speaker's domain."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose: ``id#`` and 22 letters and digits."""
    last_accessed_at: Annotated[datetime | None, SHARED] = None
    """The last enrollment or successful authentication, in UTC, exact to the hour."""
    status: SpeakerStatus | None = None
    """The state of the speaker."""
    updated_at: datetime | None = None
    """When the speaker was last changed, in UTC."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudsterInfo(Structure):
    """A fraudster: a voice that calls are screened for, as described or listed."""

    created_at: datetime | None = None
    """When the fraudster was registered, in UTC."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the fraudster's domain."""
    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose: ``id#`` and 22 letters and digits."""
    watchlist_ids: Annotated[tuple[str, ...], SHARED] = ()
    """The ids of the watchlists that the fraudster is on."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class WatchlistInfo(Structure):
    """A watchlist: a named set of fraudsters, as described or listed."""

    created_at: datetime | None = None
    """When the watchlist was created, in UTC."""
    default_watchlist: bool | None = None
    """Whether this is the domain's default watchlist."""
    description: Annotated[str | None, SENSITIVE] = None
    """The caller's description of the watchlist."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the watchlist's domain."""
    name: Annotated[str | None, SENSITIVE] = None
    """The caller's name for the watchlist; not unique."""
    updated_at: datetime | None = None
    """When the watchlist was last changed, in UTC."""
    watchlist_id: str | None = None
    """The watchlist's id: 22 letters and digits."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FailureDetails(Structure):
    """Why a job as a whole failed."""

    message: Annotated[str | None, FREE_TEXT] = None
    """The service's message about the failure."""
    status_code: int | None = None
    """An HTTP status code that classifies the failure."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class JobProgress(Structure):
    """The progress of a job."""

    percent_complete: int | None = None
    """The share of the manifest's requests that are done, in percent."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class InputDataConfig(Structure):
    """Where a job reads its manifest."""

    s3_uri: Annotated[str, SENSITIVE]
    """The S3 URI of the manifest."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class OutputDataConfig(Structure):
    """Where a job writes its results."""

    kms_key_id: str | None = None
    """The KMS key that encrypts the results."""
    s3_uri: Annotated[str, SENSITIVE]
    """The S3 URI of the folder for the results."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobFraudDetectionConfig(Structure):
    """How an enrollment job checks speakers against a watchlist."""

    fraud_detection_action: FraudDetectionAction | None = None
    """The action for a risky speaker; FAIL when None."""
    risk_threshold: int | None = None
    """The risk score, 0 to 100, from which a speaker counts as risky."""
    watchlist_ids: tuple[str, ...] = ()
    """The one watchlist to check against; the default watchlist when empty."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentConfig(Structure):
    """How an enrollment job treats existing enrollments and fraud."""

    existing_enrollment_action: ExistingEnrollmentAction | None = None
    """The action for an enrolled speaker; SKIP when None."""
    fraud_detection_config: EnrollmentJobFraudDetectionConfig | None = None
    """How speakers are checked for fraud."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationConfig(Structure):
    """How a registration job treats duplicates, and to which watchlist it adds fraudsters."""

    duplicate_registration_action: DuplicateRegistrationAction | None = None
    """The action for a known fraudster; SKIP when None."""
    fraudster_similarity_threshold: int | None = None
    """The similarity, 0 to 100, from which two fraudsters count as one."""
    watchlist_ids: tuple[str, ...] = ()
    """The one watchlist that fraudsters are added to; the default watchlist when empty."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class _JobSummary(Structure):
    """The fields that jobs of both kinds have, as listed and as described."""

    created_at: datetime | None = None
    """When the job was submitted, in UTC."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the job's domain."""
    ended_at: datetime | None = None
    """When the job ended, in UTC; None while it has not."""
    failure_details: FailureDetails | None = None
    """Why the job as a whole failed; None when it did not."""
    job_id: str | None = None
    """The job's id: 22 letters and digits."""
    job_name: Annotated[str | None, SENSITIVE] = None
    """The caller's name for the job; not unique."""
    job_progress: JobProgress | None = None
    """The progress of the job."""
    job_status: JobStatus | None = None
    """The state of the job."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobInfo(_JobSummary):
    """A job that enrolls speakers from recordings, as described."""

    data_access_role_arn: str | None = None
    """The IAM role with which the service reads and writes S3."""
    enrollment_config: EnrollmentConfig | None = None
    """How existing enrollments and fraud are treated."""
    input_data_config: InputDataConfig | None = None
    """Where the manifest is."""
    output_data_config: OutputDataConfig | None = None
    """Where the results are written."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobSummary(_JobSummary):
    """A job that enrolls speakers from recordings, as listed: smaller than as described."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationJobInfo(_JobSummary):
    """A job that registers fraudsters from recordings, as described."""

    data_access_role_arn: str | None = None
    """The IAM role with which the service reads and writes S3."""
    input_data_config: InputDataConfig | None = None
    """Where the manifest is."""
    output_data_config: OutputDataConfig | None = None
    """Where the results are written."""
    registration_config: RegistrationConfig | None = None
    """How duplicates are treated, and the watchlist."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationJobSummary(_JobSummary):
    """A job that registers fraudsters from recordings, as listed: smaller than as described."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AuthenticationConfiguration(Structure):
    """The settings of an authentication."""

    acceptance_threshold: int
    """The score, 0 to 100, from which the caller is accepted."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AuthenticationResult(Structure):
    """The result of checking the caller's claimed identity."""

    audio_aggregation_ended_at: datetime | None = None
    """When the evaluated audio ended, in UTC."""
    audio_aggregation_started_at: datetime | None = None
    """When the evaluated audio began, in UTC."""
    authentication_result_id: str | None = None
    """The result's id; it stays the same until there is new audio to evaluate."""
    configuration: AuthenticationConfiguration | None = None
    """The threshold that was used."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the application chose."""
    decision: AuthenticationDecision | None = None
    """The decision."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the service chose."""
    score: int | None = None
    """How similar the voice is, 0 to 100; only ACCEPT and REJECT have a score, else it is None."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudDetectionConfiguration(Structure):
    """The settings of a fraud detection."""

    risk_threshold: int | None = None
    """The risk score, 0 to 100, from which a call is of high risk."""
    watchlist_id: str | None = None
    """The watchlist that was checked."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class KnownFraudsterRisk(Structure):
    """How similar the voice is to a fraudster on the watchlist."""

    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The fraudster with the most similar voice; None when none is similar."""
    risk_score: int
    """The risk, 0 to 100."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class VoiceSpoofingRisk(Structure):
    """How likely it is that the voice is played back or synthetic."""

    risk_score: int
    """The risk, 0 to 100."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudRiskDetails(Structure):
    """The risks behind a fraud detection."""

    known_fraudster_risk: KnownFraudsterRisk
    """The similarity to known fraudsters."""
    voice_spoofing_risk: VoiceSpoofingRisk
    """The likelihood of a voice that is not live."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudDetectionResult(Structure):
    """The result of checking the risk of fraud."""

    audio_aggregation_ended_at: datetime | None = None
    """When the evaluated audio ended, in UTC."""
    audio_aggregation_started_at: datetime | None = None
    """When the evaluated audio began, in UTC."""
    configuration: FraudDetectionConfiguration | None = None
    """The threshold and watchlist that were used."""
    decision: FraudDetectionDecision | None = None
    """The decision."""
    fraud_detection_result_id: str | None = None
    """The result's id; it stays the same until there is new audio to evaluate."""
    reasons: tuple[FraudDetectionReason, ...] = ()
    """Why the risk is high; empty when it is not."""
    risk_details: FraudRiskDetails | None = None
    """The risk scores; None when nothing was evaluated."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SessionEvaluation(DisplayedEvaluation, Structure):
    """The results for a call so far."""

    authentication_result: AuthenticationResult | None = None
    """The authentication; None when it is off or no speech was heard yet."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the session's domain."""
    fraud_detection_result: FraudDetectionResult | None = None
    """The fraud detection; None when it is off or no speech was heard yet."""
    session_id: Annotated[str | None, SENSITIVE] = None
    """The session's id that the service chose."""
    session_name: Annotated[str | None, SENSITIVE] = None
    """The session's name: the contact id in Amazon Connect."""
    streaming_status: StreamingStatus | None = None
    """Whether audio is being received."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Tag(Structure):
    """One tag of a domain."""

    key: Annotated[str, SENSITIVE]
    """The tag's key."""
    value: Annotated[str, SENSITIVE]
    """The tag's value."""
