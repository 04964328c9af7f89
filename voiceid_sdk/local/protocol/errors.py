"""The errors of the service: their codes, statuses and messages."""

from collections.abc import Mapping
from typing import Final

import attrs

from voiceid_sdk.local.arguments import OPTIONAL_TEXT, TEXT, check_arguments


@attrs.frozen
class Code:
    """The HTTP statuses and the namespace of an error code."""

    status: int
    """The status in the service's Smithy model (``httpError``)."""

    documented_status: int
    """The status in the HTML API reference, which says 400 for every error of the client's."""

    namespace: str = "com.amazonaws.voiceid"
    """The part before ``#`` in the body's ``__type``."""


_FRAMEWORK: Final = "com.amazon.coral.service"

CODES: Final = {
    "AccessDeniedException": Code(403, 400),
    "ConflictException": Code(409, 400),
    "InternalServerException": Code(500, 500),
    "ResourceNotFoundException": Code(404, 400),
    "ServiceQuotaExceededException": Code(402, 400),
    "ThrottlingException": Code(429, 400),
    "ValidationException": Code(400, 400),
    # Not in the model: AWS's web framework sends these before the service gets the request.
    "RequestEntityTooLargeException": Code(413, 413, _FRAMEWORK),
    "SerializationException": Code(400, 400, _FRAMEWORK),
    "UnknownOperationException": Code(404, 404, _FRAMEWORK),
    "UnsupportedMediaTypeException": Code(415, 415, _FRAMEWORK),
    "ExpiredTokenException": Code(403, 403, _FRAMEWORK),
    "IncompleteSignatureException": Code(400, 400, _FRAMEWORK),
    "InvalidSignatureException": Code(403, 403, _FRAMEWORK),
    "MissingAuthenticationTokenException": Code(403, 403, _FRAMEWORK),
    "UnrecognizedClientException": Code(403, 403, _FRAMEWORK),
    # Ours: AWS's name of a region without Voice ID cannot be resolved, which a server cannot imitate.
    "UnknownEndpoint": Code(404, 404, _FRAMEWORK),
}

# The first seven are texts of AWS (API reference, ConflictException); the others are ours.
_CONFLICTS: Final = {
    "DOMAIN_NOT_ACTIVE": "The domain is not active.",
    "CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT": (
        "You cannot change the speaker ID after an enrollment has been requested."
    ),
    "ENROLLMENT_ALREADY_EXISTS": "There is already an enrollment for this session.",
    "SPEAKER_NOT_SET": "You must set the speaker ID before requesting an enrollment.",
    "SPEAKER_OPTED_OUT": "You cannot request an enrollment for an opted out speaker.",
    "CONCURRENT_CHANGES": (
        "The request could not be processed as the resource was modified by another request during execution."
    ),
    "ANOTHER_ACTIVE_STREAM": "There is another active stream for this session.",
    "DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES": "The domain's encryption is being updated. Try again later.",
    "CANNOT_DELETE_NON_EMPTY_WATCHLIST": "The watchlist is not empty.",
    "FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST": "The fraudster must belong to at least one watchlist.",
}

_RESOURCES: Final = {
    "BATCH_JOB": "The job does not exist.",
    "COMPLIANCE_CONSENT": "The account has not accepted the Voice ID compliance consent.",
    "DOMAIN": "The domain does not exist.",
    "FRAUDSTER": "The fraudster does not exist.",
    "SESSION": "The session does not exist.",
    "SPEAKER": "The speaker does not exist.",
    "WATCHLIST": "The watchlist does not exist.",
}


class ServiceException(Exception):  # noqa: N818 - AWS's suffix for the errors of a service
    """An error of the service.

    Over the wire it is sent as an error response. The methods of ``Call`` and ``LocalVoiceID`` raise it.

    Args:
        code: the error's code, such as ``"ConflictException"``.
        message: the message, which never contains a value of the request.
        conflict_type: the ``ConflictType`` of a ``ConflictException``.
        resource_type: the ``ResourceType`` of a ``ResourceNotFoundException``.
    """

    def __init__(
        self, code: str, message: str, conflict_type: str | None = None, resource_type: str | None = None
    ) -> None:
        super().__init__(code, message, conflict_type, resource_type)
        self.code = code
        self.message = message
        self.conflict_type = conflict_type
        self.resource_type = resource_type

    def __str__(self) -> str:
        detail = self.conflict_type or self.resource_type
        return f"{self.code}{f' ({detail})' if detail else ''}: {self.message}"

    def status(self, *, documented: bool = False) -> int:
        """Return the HTTP status: the Smithy model's, or the API reference's if ``documented``."""
        code = CODES[self.code]
        return code.documented_status if documented else code.status

    def body(self) -> dict[str, str]:
        """Return the members of the response body."""
        members = {"__type": f"{CODES[self.code].namespace}#{self.code}", "Message": self.message}
        if self.conflict_type:
            members["ConflictType"] = self.conflict_type
        if self.resource_type:
            members["ResourceType"] = self.resource_type
        return members


def conflict(conflict_type: str) -> ServiceException:
    """Return a ConflictException."""
    return ServiceException("ConflictException", _CONFLICTS[conflict_type], conflict_type=conflict_type)


def not_found(resource_type: str) -> ServiceException:
    """Return a ResourceNotFoundException."""
    return ServiceException(
        "ResourceNotFoundException", _RESOURCES[resource_type], resource_type=resource_type
    )


def invalid(message: str) -> ServiceException:
    """Return a ValidationException."""
    return ServiceException("ValidationException", message)


def quota_exceeded(message: str) -> ServiceException:
    """Return a ServiceQuotaExceededException."""
    return ServiceException("ServiceQuotaExceededException", message)


def throttled() -> ServiceException:
    """Return a ThrottlingException."""
    return ServiceException("ThrottlingException", "Rate exceeded")


def key_denied() -> ServiceException:
    """Return the AccessDeniedException for a KMS key that cannot be used."""
    return ServiceException("AccessDeniedException", "The domain's KMS key cannot be used.")


def internal() -> ServiceException:
    """Return an InternalServerException."""
    return ServiceException("InternalServerException", "Internal Server Error")


def make_error(
    code: str, message: str | None, conflict_type: str | None, resource_type: str | None
) -> ServiceException:
    """Return an error of the service; raises ValueError for a code or type that the service does not have."""
    check_arguments(
        code=(code, TEXT),
        message=(message, OPTIONAL_TEXT),
        conflict_type=(conflict_type, OPTIONAL_TEXT),
        resource_type=(resource_type, OPTIONAL_TEXT),
    )
    if code not in CODES:
        raise ValueError(f"code must be one of {', '.join(sorted(CODES))}")
    default = "Requested by a test."
    if resource_type is not None:
        default = _message("resource_type", resource_type, _RESOURCES)
    if conflict_type is not None:
        default = _message("conflict_type", conflict_type, _CONFLICTS)
    return ServiceException(code, message or default, conflict_type, resource_type)


def _message(parameter: str, value: str, messages: Mapping[str, str]) -> str:
    if value not in messages:
        raise ValueError(f"{parameter} must be one of {', '.join(sorted(messages))}")
    return messages[value]
