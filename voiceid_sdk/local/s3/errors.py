"""S3's errors: status, code and message. A message never repeats a name or a value of the request.

Source: "Error responses" in the S3 API reference.
"""

from collections.abc import Mapping


class S3Error(Exception):
    """S3 rejects a request.

    Args:
        status: the HTTP status.
        code: S3's name for the error.
        message: the cause, without names or values of the request.
        headers: further headers of the response.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.headers: Mapping[str, str] = headers or {}


def not_implemented(message: str = "") -> S3Error:
    """Return the error for an unsupported request; the message names the unsupported part."""
    default = "A header you provided implies functionality that is not implemented."
    return S3Error(501, "NotImplemented", message or default)


def access_denied(message: str = "Access Denied") -> S3Error:
    """Return the error for an object without permission to read or write it."""
    return S3Error(403, "AccessDenied", message)


def no_such_bucket() -> S3Error:
    """Return the error for a bucket that does not exist."""
    return S3Error(404, "NoSuchBucket", "The specified bucket does not exist")


def no_such_key() -> S3Error:
    """Return the error for an object that does not exist."""
    return S3Error(404, "NoSuchKey", "The specified key does not exist.")


def no_such_upload() -> S3Error:
    """Return the error for a multipart upload that does not exist."""
    return S3Error(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, "
        "or the upload may have been aborted or completed.",
    )


def precondition_failed() -> S3Error:
    """Return the error for a condition that does not hold."""
    return S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")


def invalid_argument(message: str) -> S3Error:
    """Return the error for a parameter or header with a value that S3 does not take."""
    return S3Error(400, "InvalidArgument", message)


def invalid_request(message: str) -> S3Error:
    """Return the error for a request that contradicts itself or lacks something."""
    return S3Error(400, "InvalidRequest", message)


def malformed_xml() -> S3Error:
    """Return the error for a body that is not the XML document of its operation."""
    return S3Error(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def invalid_part() -> S3Error:
    """Return the error for a part that was not uploaded, or not with that content."""
    return S3Error(
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag.",
    )


def internal_error() -> S3Error:
    """Return the error for a failure of this S3 itself."""
    return S3Error(500, "InternalError", "We encountered an internal error. Please try again.")


def service_unavailable() -> S3Error:
    """Return the error for a request that needs more of the disk or of the system than there is."""
    return S3Error(503, "ServiceUnavailable", "Service is unable to handle request.")


def slow_down() -> S3Error:
    """Return the error for an object that changes faster than it can be read; clients try again."""
    return S3Error(503, "SlowDown", "Please reduce your request rate.")
