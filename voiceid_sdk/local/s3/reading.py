"""GetObject and HeadObject."""

from collections.abc import Mapping
from typing import Final

from voiceid_sdk.local.s3 import conditions, properties, ranges
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import invalid_argument, invalid_request
from voiceid_sdk.local.s3.messages import S3Request, S3Response, are_fields
from voiceid_sdk.local.s3.objects import OpenObject
from voiceid_sdk.local.s3.ranges import Slice
from voiceid_sdk.local.s3.records import ObjectInfo

OVERRIDES: Final[Mapping[str, str]] = {
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
    "response-content-language": "Content-Language",
    "response-content-type": "Content-Type",
    "response-expires": "Expires",
}
"""The query parameters that set a header of the response."""


def get_object(buckets: Buckets, request: S3Request) -> S3Response:
    """Return an object or a piece of it."""
    check_version(request.query)
    bucket = buckets.bucket(request.bucket)
    opened = bucket.open(request.key)
    try:
        return _response(request, opened, bucket.metadata(request.key, opened.info))
    except BaseException:
        opened.body.close()
        raise


def head_object(buckets: Buckets, request: S3Request) -> S3Response:
    """Return the headers of an object."""
    response = get_object(buckets, request)
    if not isinstance(response.body, bytes):
        response.body.close()
    return S3Response(response.status, response.headers)


def check_version(query: Mapping[str, str]) -> None:
    """Return unless a request is for a version other than the only one; raises S3Error."""
    if query.get("versionId", "null") != "null":
        raise invalid_argument("Invalid version id specified")


def _response(request: S3Request, opened: OpenObject, metadata: Mapping[str, str]) -> S3Response:
    info, headers = opened.info, request.headers
    conditions.check_read(headers, info)
    piece = _piece(request, info)
    given = properties.response_headers(info, metadata)
    if headers.get("x-amz-checksum-mode", "").upper() == "ENABLED" and not piece.is_partial:
        given |= properties.checksum_headers(info.checksums, info.checksum_type)
    if "partNumber" in request.query and info.part_sizes:
        given["x-amz-mp-parts-count"] = str(len(info.part_sizes))
    overrides = {
        name: request.query[override] for override, name in OVERRIDES.items() if override in request.query
    }
    if not are_fields(overrides):
        raise invalid_argument("Header value cannot be represented using ISO-8859-1.")
    given |= overrides
    given["Content-Length"] = str(piece.length)
    if piece.is_partial:
        given["Content-Range"] = piece.content_range(info.size)
    opened.body.select(piece.start, piece.length)
    return S3Response(206 if piece.is_partial else 200, given, opened.body)


def _piece(request: S3Request, info: ObjectInfo) -> Slice:
    part, wanted = request.query.get("partNumber"), request.headers.get("range")
    if part is not None and wanted is not None:
        raise invalid_request("Cannot specify both Range header and partNumber query parameter")
    if part is not None:
        return ranges.of_part(part, info)
    unless = request.headers.get("if-range")
    if unless is not None and unless.strip() not in (info.quoted_etag, info.modified):
        wanted = None
    return ranges.of_header(wanted, info.size)
