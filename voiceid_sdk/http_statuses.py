"""The HTTP statuses with which a web service responds to the errors of this package."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from voiceid_sdk import errors

__all__ = ["HTTP_STATUSES", "http_status"]

HTTP_STATUSES: Final[Mapping[type[errors.VoiceIDError], HTTPStatus]] = MappingProxyType(
    {
        errors.RequestValidationError: HTTPStatus.BAD_REQUEST,
        errors.ManifestError: HTTPStatus.BAD_REQUEST,
        errors.ValidationError: HTTPStatus.BAD_REQUEST,
        errors.ResourceNotFoundError: HTTPStatus.NOT_FOUND,
        errors.ConflictError: HTTPStatus.CONFLICT,
        errors.ServiceQuotaExceededError: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.ThrottlingError: HTTPStatus.SERVICE_UNAVAILABLE,
        errors.TransportTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
        errors.WaitTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
        errors.TransportError: HTTPStatus.BAD_GATEWAY,
        errors.InternalServerError: HTTPStatus.BAD_GATEWAY,
        errors.ResponseError: HTTPStatus.BAD_GATEWAY,
        errors.ServiceError: HTTPStatus.BAD_GATEWAY,
        # The service's own configuration is wrong; the client of the service can do nothing about it.
        errors.AccessDeniedError: HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.AuthenticationError: HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
        errors.VoiceIDError: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)
"""The status for each class of errors; a class that is not here has that of its nearest base class."""


def http_status(error: errors.VoiceIDError) -> HTTPStatus:
    """Return the HTTP status with which a web service responds to its own client after an error.

    A missing resource is 404 and a conflict 409. A request that can be repeated later is 502, 503 or 504, and
    a fault that only the operator can mend is 500.

    Args:
        error: the error that a call of this package raised.

    Raises:
        TypeError: it is not an error of this package.
    """
    status = next((HTTP_STATUSES[kind] for kind in type(error).__mro__ if kind in HTTP_STATUSES), None)
    if status is None:
        raise TypeError(f"error must be a VoiceIDError, not {type(error).__name__}")
    return status
