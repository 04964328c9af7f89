"""The data of enrollment jobs and registration jobs."""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._structure import Structure
from voiceid_sdk.enums import (
    DuplicateRegistrationAction,
    ExistingEnrollmentAction,
    FraudDetectionAction,
    JobStatus,
)
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, redact_marked_fields


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
