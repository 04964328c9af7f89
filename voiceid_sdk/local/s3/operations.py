"""The supported operations of S3, with the headers and query parameters that each supports.

A request with another query parameter, ``x-amz-`` header or condition is rejected, because the operation
would ignore a part of it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import attrs

from voiceid_sdk.local.s3 import (
    bucket_requests,
    checksums,
    lists,
    multipart_requests,
    properties,
    reading,
    writing,
)
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import S3Error, not_implemented
from voiceid_sdk.local.s3.messages import S3Request, S3Response
from voiceid_sdk.local.s3.records import METADATA

Handler: TypeAlias = Callable[[Buckets, S3Request], S3Response]

_SERVICE: Final = "service"
_BUCKET: Final = "bucket"
_OBJECT: Final = "object"

_READ_CONDITIONS: Final = frozenset(("if-match", "if-none-match", "if-modified-since", "if-unmodified-since"))
_WRITE_CONDITIONS: Final = frozenset(("if-match", "if-none-match"))
_COPY: Final = frozenset(
    (writing.COPY_SOURCE, *(f"{writing.COPY_SOURCE}-{condition}" for condition in _READ_CONDITIONS))
)
_CONTENT: Final = frozenset(
    (
        *checksums.HEADERS,
        "content-encoding",
        "x-amz-decoded-content-length",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-trailer",
    )
)
"""The headers with the encoding and the digests of a body."""

_UPLOAD_CHECKSUM: Final = frozenset(("x-amz-checksum-algorithm", "x-amz-checksum-type"))
_BUCKET_OWNER: Final = "x-amz-expected-bucket-owner"
_SOURCE_OWNER: Final = "x-amz-source-expected-bucket-owner"

_LIST: Final = frozenset(("prefix", "delimiter", "encoding-type"))
_EVERY_QUERY: Final = frozenset(("x-id",))
"""``x-id`` repeats the name of the operation, for logs."""

_EVERY_HEADER: Final = frozenset(
    (
        _BUCKET_OWNER,
        _SOURCE_OWNER,
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-request-payer",  # Requests are free.
        "x-amz-security-token",
        "x-amz-user-agent",
    )
)
_WATCHED: Final = frozenset(
    (*_READ_CONDITIONS, "if-range", "range", "content-range", "content-encoding", "x-http-method-override")
)
"""The headers of HTTP that change the meaning of a request."""

_SUBRESOURCES: Final = frozenset(
    (
        *("accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering"),
        *("inventory", "legal-hold", "lifecycle", "logging", "metadata", "metadataConfiguration"),
        *("metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "policy"),
        *("policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention"),
        *("select", "select-type", "session", "tagging", "torrent", "uploadId", "uploads", "versioning"),
        *("version-id-marker", "versionId", "versions", "website"),
    )
)
"""The query parameters that an error may name; others can be a part of a key with a question mark."""

_HEADER: Final = re.compile(r"(?!x-amz-meta-)[a-z][a-z0-9-]{0,63}")


@attrs.frozen
class Operation:
    """An operation, and the parts of a request that it needs or supports."""

    name: str
    method: str
    level: str
    perform: Handler
    needs: frozenset[str] = frozenset()
    """The query parameters, and the header of copies, that identify the operation."""
    query: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()


def _row(
    name: str,
    target: str,
    perform: Handler,
    *,
    needs: str = "",
    query: str = "",
    headers: frozenset[str] = frozenset(),
) -> Operation:
    method, level = target.split()
    return Operation(
        name, method, level, perform, frozenset(needs.split()), frozenset(query.split()), headers
    )


_READ: Final = frozenset((*_READ_CONDITIONS, "range", "if-range", "x-amz-checksum-mode"))
_PUT: Final = properties.PROPERTY_HEADERS | _CONTENT | _WRITE_CONDITIONS
_COPIED: Final = (
    properties.PROPERTY_HEADERS
    | _COPY
    | _WRITE_CONDITIONS
    | {"x-amz-metadata-directive", "x-amz-tagging-directive", "x-amz-checksum-algorithm"}
)
_CREATE: Final = (
    frozenset(("x-amz-acl", "x-amz-bucket-object-lock-enabled", "x-amz-object-ownership")) | _CONTENT
)
_COMPLETE: Final = _CONTENT | _WRITE_CONDITIONS | {"x-amz-checksum-type", "x-amz-mp-object-size"}
_OVERRIDES: Final = " ".join(reading.OVERRIDES)
_MANY: Final = "prefix delimiter encoding-type"

OPERATIONS: Final = (
    _row(
        "ListBuckets",
        "GET service",
        lists.list_buckets,
        query="prefix max-buckets continuation-token bucket-region",
    ),
    _row("CreateBucket", "PUT bucket", bucket_requests.create_bucket, headers=_CREATE),
    _row("HeadBucket", "HEAD bucket", bucket_requests.head_bucket),
    _row("DeleteBucket", "DELETE bucket", bucket_requests.delete_bucket),
    _row("GetBucketLocation", "GET bucket", bucket_requests.get_location, needs="location"),
    _row(
        "ListObjectsV2",
        "GET bucket",
        lists.list_objects_v2,
        needs="list-type",
        query=f"{_MANY} max-keys continuation-token start-after fetch-owner",
    ),
    _row(
        "ListMultipartUploads",
        "GET bucket",
        lists.list_uploads,
        needs="uploads",
        query=f"{_MANY} max-uploads key-marker upload-id-marker",
    ),
    _row("ListObjects", "GET bucket", lists.list_objects, query=f"{_MANY} max-keys marker"),
    _row("DeleteObjects", "POST bucket", writing.delete_objects, needs="delete", headers=_CONTENT),
    _row("GetObjectTagging", "GET object", writing.get_tags, needs="tagging", query="versionId"),
    _row(
        "PutObjectTagging",
        "PUT object",
        writing.put_tags,
        needs="tagging",
        query="versionId",
        headers=_CONTENT,
    ),
    _row("DeleteObjectTagging", "DELETE object", writing.delete_tags, needs="tagging", query="versionId"),
    _row("ListParts", "GET object", lists.list_parts, needs="uploadId", query="max-parts part-number-marker"),
    _row(
        "GetObject",
        "GET object",
        reading.get_object,
        query=f"partNumber versionId {_OVERRIDES}",
        headers=_READ,
    ),
    _row(
        "HeadObject",
        "HEAD object",
        reading.head_object,
        query=f"partNumber versionId {_OVERRIDES}",
        headers=_READ,
    ),
    _row(
        "UploadPartCopy",
        "PUT object",
        multipart_requests.copy_part,
        needs=f"partNumber uploadId {writing.COPY_SOURCE}",
        headers=_COPY | {f"{writing.COPY_SOURCE}-range"},
    ),
    _row(
        "UploadPart",
        "PUT object",
        multipart_requests.upload_part,
        needs="partNumber uploadId",
        headers=_CONTENT,
    ),
    _row("CopyObject", "PUT object", writing.copy_object, needs=writing.COPY_SOURCE, headers=_COPIED),
    _row("PutObject", "PUT object", writing.put_object, headers=_PUT),
    _row(
        "CreateMultipartUpload",
        "POST object",
        multipart_requests.create_upload,
        needs="uploads",
        headers=properties.PROPERTY_HEADERS | _UPLOAD_CHECKSUM,
    ),
    _row(
        "CompleteMultipartUpload",
        "POST object",
        multipart_requests.complete_upload,
        needs="uploadId",
        headers=_COMPLETE,
    ),
    _row("AbortMultipartUpload", "DELETE object", multipart_requests.abort_upload, needs="uploadId"),
    _row(
        "DeleteObject",
        "DELETE object",
        writing.delete_object,
        query="versionId",
        headers=frozenset(("if-match",)),
    ),
)
"""The first operation that matches a request is the one."""


def find(request: S3Request, account_id: str) -> Operation:
    """Return the operation of a request that supports all of the request.

    Args:
        request: the request.
        account_id: the owner of all buckets.

    Raises:
        S3Error: NotImplemented, with the name of the unsupported part; or AccessDenied for another owner.
    """
    level = _OBJECT if request.key else _BUCKET if request.bucket else _SERVICE
    present = {*request.query, *request.headers}
    for operation in OPERATIONS:
        if (operation.method, operation.level) == (request.method, level) and operation.needs <= present:
            break
    else:
        raise not_implemented("This S3 has no such operation.")
    _check_query(operation, request.query)
    _check_headers(operation, request.headers)
    for owner in (_BUCKET_OWNER, _SOURCE_OWNER):
        if request.headers.get(owner, account_id) != account_id:
            raise S3Error(403, "AccessDenied", "Access Denied")
    return operation


def _check_query(operation: Operation, query: Mapping[str, str]) -> None:
    unknown = query.keys() - operation.needs - operation.query - _EVERY_QUERY
    if unknown:
        named = min(unknown & _SUBRESOURCES, default="")
        raise _unknown("query parameter", operation, named)


def _check_headers(operation: Operation, headers: Mapping[str, str]) -> None:
    takes_metadata = operation.headers >= properties.PROPERTY_HEADERS
    known = operation.needs | operation.headers | _EVERY_HEADER
    for name in headers:
        if name in known or not (name.startswith("x-amz-") or name in _WATCHED):
            continue
        if not (takes_metadata and name.startswith(METADATA)):
            raise _unknown("header", operation, name if _HEADER.fullmatch(name) else "")


def _unknown(kind: str, operation: Operation, name: str) -> S3Error:
    named = f"The {kind} {name}" if name else f"A {kind}"
    return not_implemented(f"{named} is not implemented for {operation.name}.")
