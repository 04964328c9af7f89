"""AWS JSON 1.0: decoding requests and encoding responses, without an HTTP library."""

import enum
import json
import logging
import traceback
import zlib
from collections.abc import Mapping
from typing import Final, NoReturn, cast

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException, internal
from voiceid_sdk.local.protocol.validation import malformed

CONTENT_TYPE: Final = "application/x-amz-json-1.0"

ACCEPTED_TYPES: Final = (CONTENT_TYPE, "application/json")
"""The content types of requests. Source: DynamoDB, which has the same protocol, accepts these two."""

MAX_BODY_BYTES: Final = 1024 * 1024
"""Limit of an unpacked request body. AWS publishes none; the largest valid request is far smaller."""

_MAX_VALUES: Final = 1000
"""Values in a body above the limit of the AWS API, as the control API has it."""

_TARGET_PREFIX: Final = service_model.load_service()["metadata"]["targetPrefix"]
_OPERATIONS: Final = {f"{_TARGET_PREFIX}.{name}": name for name in service_model.operation_names()}
_GZIP: Final = 31

_logger: Final = logging.getLogger(__name__)


class Delivery(enum.Enum):
    """How much of a response is delivered before the connection is dropped."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    """The status, the headers and half of the body."""
    DROPPED = "dropped"
    """Nothing."""


@attrs.frozen
class Response:
    """An HTTP response, and the faults of its delivery."""

    status: int
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=False)
    """The whole body. ``Content-Length`` is its length, even if only a part is delivered."""

    delivery: Delivery = Delivery.WHOLE
    """How much of the response is delivered."""

    delay: float = 0.0
    """Seconds to wait before delivery."""

    @property
    def delivered_body(self) -> bytes:
        """The part of the body that is delivered."""
        delivered = {
            Delivery.WHOLE: len(self.body),
            Delivery.TRUNCATED: len(self.body) // 2,
            Delivery.DROPPED: 0,
        }
        return self.body[: delivered[self.delivery]]


def decode(headers: Mapping[str, str], body: bytes, *, method: str, path: str) -> tuple[str, Document]:
    """Return the operation and the members of a request, without members that are null.

    Args:
        headers: the request's headers; their names in lower case.
        body: the request's body, packed with gzip if the headers say so.
        method: the HTTP method.
        path: the path of the URL.

    Raises:
        ServiceException: the request is not valid AWS JSON 1.0, or its operation does not exist.
    """
    return _operation(headers, method, path), parse(_unpack(headers, body))


def check_head(headers: Mapping[str, str], *, method: str, path: str) -> None:
    """Raise the ServiceException of a request that is rejected for any body.

    Args:
        headers: the request's headers; their names in lower case.
        method: the HTTP method.
        path: the path of the URL.
    """
    _operation(headers, method, path)


def requested_operation(headers: Mapping[str, str]) -> str | None:
    """Return the operation that a request names, or None if there is no such operation."""
    return _OPERATIONS.get(headers.get("x-amz-target", ""))


def success_response(result: Document | None, request_id: str) -> Response:
    """Return the response with the members of an output, or with an empty body for None."""
    return _response(200, b"" if result is None else encode(result), request_id)


def error_response(error: Exception, request_id: str, *, documented_statuses: bool = False) -> Response:
    """Return the response for an error; one that is not a ServiceException is logged and becomes a 500.

    Args:
        error: the error.
        request_id: the value of ``x-amzn-RequestId``.
        documented_statuses: whether to use the API reference's statuses instead of the Smithy model's.
    """
    error = as_service_exception(error)
    return _response(error.status(documented=documented_statuses), encode(error.body()), request_id)


def as_service_exception(error: Exception) -> ServiceException:
    """Return a ServiceException unchanged; log any other error and return an InternalServerException."""
    if isinstance(error, ServiceException):
        return error
    log_unexpected(error)
    return internal()


def too_large(limit: int = MAX_BODY_BYTES) -> ServiceException:
    """Return the error for a body of more than ``limit`` bytes."""
    return ServiceException("RequestEntityTooLargeException", f"The body is larger than {limit} bytes.")


def log_unexpected(error: BaseException) -> None:
    """Log an unexpected error: its type and traceback, but not its text, which may hold a caller's data."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _logger.error("unexpected %s\n%s", type(error).__name__, frames)


def _response(status: int, content: bytes, request_id: str) -> Response:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(len(content)),
        "x-amzn-RequestId": request_id,
    }
    return Response(status, headers, content)


def _operation(headers: Mapping[str, str], method: str, path: str) -> str:
    operation = requested_operation(headers)
    if method != "POST" or path != "/" or operation is None:
        raise ServiceException("UnknownOperationException", "The operation is not known.")
    if headers.get("content-type", "").partition(";")[0].strip().lower() not in ACCEPTED_TYPES:
        raise ServiceException("UnsupportedMediaTypeException", f"The content type is not {CONTENT_TYPE}.")
    return operation


def _unpack(headers: Mapping[str, str], body: bytes) -> bytes:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding == "gzip":
        unpacking = zlib.decompressobj(_GZIP)
        try:
            body = unpacking.decompress(body, MAX_BODY_BYTES + 1)
        except zlib.error:
            raise malformed("The body is not gzip.") from None
        if len(body) <= MAX_BODY_BYTES and (not unpacking.eof or unpacking.unused_data):
            raise malformed("The gzip body is truncated, or followed by other data.")
    elif encoding != "identity":
        raise ServiceException(
            "UnsupportedMediaTypeException", "The content encoding is neither gzip nor identity."
        )
    if len(body) > MAX_BODY_BYTES:
        raise too_large()
    return body


def parse(body: bytes) -> Document:
    """Return the JSON object in a body, without members that are null; an empty body is an empty object.

    Raises:
        ServiceException: a SerializationException, because the body is not a JSON object.
    """
    return parse_text(text_of(body))


def text_of(body: bytes) -> str:
    """Return a body as text; raises a ServiceException if it is not UTF-8, or too large when it is parsed."""
    if len(body) > MAX_BODY_BYTES:
        _check_large(body)
    try:
        # Decoded first, because json would also accept bytes in UTF-16 and UTF-32, and invalid UTF-8.
        return body.decode()
    except ValueError:
        raise malformed("The body is not JSON.") from None


def parse_text(text: str) -> Document:
    """Return the JSON object in the text of a body, as ``parse`` does."""
    try:
        parsed: object = _DECODER.decode(text or "{}")
        if "\\u" in text:
            # Half of a surrogate pair cannot be encoded, so it is rejected here.
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise malformed("The body is not JSON.") from None
    if not isinstance(parsed, dict):
        raise malformed("The body is not a JSON object.")
    return cast("Document", parsed)


def _check_large(body: bytes) -> None:
    """Raise a ServiceException for a body that takes much more memory when it is decoded.

    Only a recording in base64 is large. Values take up to 70 times as much memory as their text, and a single
    character can make each one of a text take four bytes.
    """
    values = sum(map(body.count, (b",", b"[", b"{")))
    if values > _MAX_VALUES or not body.isascii() or b"\\u" in body:
        raise malformed("A large body may only have a few values, in ASCII.")


def _without_null(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Leave out members that are null, because they count as absent."""
    return {name: value for name, value in pairs if value is not None}


def _reject_constant(_: str) -> NoReturn:
    """Reject NaN and the infinities, which Python's json accepts although JSON does not have them."""
    raise ValueError


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_without_null, parse_constant=_reject_constant)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)


def encode(content: Mapping[str, object]) -> bytes:
    """Return an object in JSON, as the service encodes it."""
    return _ENCODER.encode(content).encode()
