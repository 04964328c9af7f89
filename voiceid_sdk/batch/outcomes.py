"""Outcomes: the result of one request of a batch job."""

from http import HTTPStatus
from typing import Annotated, Final

import attrs

from voiceid_sdk.batch.requests import EnrollmentRequest, RegistrationRequest
from voiceid_sdk.enums import EnrollmentStatus, RegistrationStatus
from voiceid_sdk.models import Structure
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, redact_marked_fields

NOT_REPORTED: Final = "NOT_REPORTED"
SKIPPED: Final = "DUPLICATE_SKIPPED"
OVERWRITTEN: Final = "ENROLLMENT_OVERWRITE"


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentOutcome(Structure):
    """The outcome of a request to enroll a speaker."""

    request_id: Annotated[str, SENSITIVE]
    """The request's id."""
    request: EnrollmentRequest | None = None
    """The request; None when it is not in the manifest with which the results were read."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the application chose for the speaker."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose for the speaker; None when the request failed."""
    status: EnrollmentStatus | None = None
    """The action of the service; None when the request failed."""
    error_code: int | None = None
    """The reason of a failure, as a number like an HTTP status."""
    error_message: Annotated[str | None, FREE_TEXT] = None
    """The reason of a failure, in the service's words."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later; see ``retry_manifest``."""
        return _is_retryable(self)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationOutcome(Structure):
    """The outcome of a request to register a fraudster."""

    request_id: Annotated[str, SENSITIVE]
    """The request's id."""
    request: RegistrationRequest | None = None
    """The request; None when it is not in the manifest with which the results were read."""
    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose; for a skipped fraudster, that of the most similar one."""
    fraudster_similarity_score: int | None = None
    """The similarity of a skipped fraudster to a registered one, 0 to 100."""
    status: RegistrationStatus | None = None
    """The action of the service; None when the request failed."""
    error_code: int | None = None
    """The reason of a failure, as a number like an HTTP status."""
    error_message: Annotated[str | None, FREE_TEXT] = None
    """The reason of a failure, in the service's words."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later; see ``retry_manifest``."""
        return _is_retryable(self)


def _is_retryable(outcome: EnrollmentOutcome | RegistrationOutcome) -> bool:
    if outcome.status is not None:
        return outcome.status == NOT_REPORTED
    code = outcome.error_code or 0
    return code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS
