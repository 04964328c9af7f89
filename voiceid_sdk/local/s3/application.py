"""S3 as one function: from the parts of an HTTP request to those of its response."""

import errno
import logging
import os
import secrets
import traceback
from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Final

import attrs

from voiceid_sdk.local.s3 import addressing, operations, xml
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import (
    S3Error,
    access_denied,
    internal_error,
    invalid_argument,
    service_unavailable,
)
from voiceid_sdk.local.s3.messages import ChunkSignatures, Readable, S3Request, S3Response, are_fields
from voiceid_sdk.local.s3.operations import Operation

_SIGNATURE: Final = frozenset(
    f"x-amz-{name}"
    for name in (
        "algorithm",
        "credential",
        "date",
        "expires",
        "security-token",
        "signature",
        "signedheaders",
    )
)
"""The query parameters of a presigned URL."""

_SIGNATURE_V2: Final = frozenset(("AWSAccessKeyId", "Expires", "Signature"))
"""The query parameters of a presigned URL of Signature Version 2."""

_CARRIED_HEADERS: Final = frozenset(("content-md5", "content-type"))

_EXHAUSTED: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""The errors of a full disk, and of too many open files."""

_XML: Final = "application/xml"

_logger: Final = logging.getLogger(__name__)


class FolderS3:
    """Responds to the requests of S3 from a folder. Many threads and processes may use it at the same time.

    Args:
        root: the folder; ``s3://bucket/key`` is ``bucket/key`` in it.
        region_name: the region of buckets for which none is named.
        account_id: the account that owns the buckets.
        host_names: names of the endpoint beside ``localhost``; ``bucket.name`` is a bucket.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        region_name: str = "us-east-1",
        account_id: str = "123456789012",
        host_names: Collection[str] = (),
    ) -> None:
        self._buckets = Buckets(root, region_name)
        self._account_id = account_id
        self._host_names = host_names

    def read(
        self,
        *,
        method: str,
        path: str,
        query: str,
        headers: Iterable[tuple[str, str]],
        body: Readable,
        signatures: ChunkSignatures | None = None,
    ) -> S3Request:
        """Return the parts of an HTTP request as a request of S3.

        Args:
            method: the HTTP method.
            path: the path of the URL, percent-encoded.
            query: its query string, percent-encoded.
            headers: names and values.
            body: the body.
            signatures: verifies the signatures of the body's chunks, if they must be signed.

        Raises:
            S3Error: the URL cannot be read, or stands for headers that HTTP does not allow.
        """
        named: dict[str, str] = {}
        for written, value in headers:
            name = written.lower()
            named[name] = f"{named[name]},{value}" if name in named else value
        parameters: dict[str, str] = {}
        given = addressing.split_query(query)
        carried = _CARRIED_HEADERS if given.keys() >= _SIGNATURE_V2 else ()
        for name, value in given.items():
            lower = name.lower()
            if lower in _SIGNATURE or (carried and name in _SIGNATURE_V2):
                continue
            if lower.startswith("x-amz-") or lower in carried:
                if not are_fields({name: value}):
                    raise invalid_argument("A header in the query string cannot be one of HTTP.")
                named.setdefault(lower, value)  # A presigned URL can have headers of the request.
            else:
                parameters[name] = value
        bucket, key = addressing.split_target(named.get("host", ""), path, self._host_names)
        return S3Request(
            method=method,
            bucket=bucket,
            key=key,
            query=parameters,
            headers=named,
            body=body,
            signatures=signatures,
        )

    def find(self, request: S3Request) -> Operation:
        """Return the operation of a request, whose body is not looked at; raises S3Error for any other."""
        return operations.find(request, self._account_id)

    def perform(self, operation: Operation, request: S3Request) -> S3Response:
        """Perform the operation of a request; an error, even an unexpected one, becomes a response."""
        try:
            response = operation.perform(self._buckets, request)
        except Exception as error:  # every error becomes a response
            return error_response(error, request.method)
        headers = {**_ids(), **response.headers}
        if response.body and isinstance(response.body, bytes):
            headers["Content-Type"] = _XML
        if isinstance(response.body, bytes) and response.status != HTTPStatus.NO_CONTENT:
            headers.setdefault("Content-Length", str(len(response.body)))
        return attrs.evolve(response, headers=headers)

    def handle(self, request: S3Request) -> S3Response:
        """Return the response to a request."""
        try:
            operation = self.find(request)
        except S3Error as error:
            return error_response(error, request.method)
        return self.perform(operation, request)


def error_response(error: Exception, method: str) -> S3Response:
    """Return the response that an error becomes."""
    s3_error = error if isinstance(error, S3Error) else _unexpected(error)
    ids = _ids()
    content = [
        ("Code", s3_error.code),
        ("Message", s3_error.message),
        ("RequestId", ids["x-amz-request-id"]),
        ("HostId", ids["x-amz-id-2"]),
    ]
    headers = {**ids, **s3_error.headers}
    if method == "HEAD" or s3_error.status == HTTPStatus.NOT_MODIFIED:
        return S3Response(s3_error.status, headers)
    body = xml.write("Error", content, namespace=None)
    return S3Response(
        s3_error.status, {**headers, "Content-Type": _XML, "Content-Length": str(len(body))}, body
    )


def _unexpected(error: Exception) -> S3Error:
    if isinstance(error, PermissionError):
        return access_denied()
    if isinstance(error, OSError) and error.errno in _EXHAUSTED:
        _logger.warning("a request of S3 failed: %s", errno.errorcode[error.errno])
        return service_unavailable()
    # Not the text of the error: names of files are names of objects.
    frames = "".join(traceback.format_tb(error.__traceback__))
    _logger.error("unexpected %s\n%s", type(error).__name__, frames)
    return internal_error()


def _ids() -> dict[str, str]:
    return {"x-amz-request-id": secrets.token_hex(8).upper(), "x-amz-id-2": secrets.token_urlsafe(32)}
