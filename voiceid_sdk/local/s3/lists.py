"""ListObjects, ListObjectsV2, ListBuckets, ListMultipartUploads and ListParts: the pages of lists."""

import base64
import binascii
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final
from urllib.parse import quote

from voiceid_sdk.local.s3 import checksums, listing, xml
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import invalid_argument
from voiceid_sdk.local.s3.messages import S3Request, S3Response
from voiceid_sdk.local.s3.multipart import Upload, Uploads
from voiceid_sdk.local.s3.properties import STORAGE_CLASS
from voiceid_sdk.local.s3.ranges import MAX_PART_NUMBER
from voiceid_sdk.local.s3.records import ObjectInfo, xml_date

OWNER: Final[list[tuple[str, xml.Content]]] = [("ID", "0" * 64), ("DisplayName", "local")]
"""The owner of everything."""

_MAX_BUCKETS: Final = 10_000

Pairs = list[tuple[str, xml.Content]]


def list_objects(buckets: Buckets, request: S3Request) -> S3Response:
    """Return a page of a bucket's objects, and where the next begins."""
    encode = _encoding(request.query)
    marker = request.query.get("marker", "")
    page, objects, content = _page(buckets, request, marker, with_owner=True)
    content[1:1] = [("Marker", encode(marker))]
    if page.is_truncated and request.query.get("delimiter"):
        content.append(("NextMarker", encode(page.last)))
    return S3Response(200, {}, xml.write("ListBucketResult", [*content, *objects]))


def list_objects_v2(buckets: Buckets, request: S3Request) -> S3Response:
    """Return a page of a bucket's objects, and a token for the next."""
    query = request.query
    encode = _encoding(query)
    token, start_after = query.get("continuation-token"), query.get("start-after")
    after = (start_after or "") if token is None else _read_token(token)
    with_owner = query.get("fetch-owner", "false") == "true"
    page, objects, content = _page(buckets, request, after, with_owner=with_owner)
    content.append(("KeyCount", len(page.keys) + len(page.prefixes)))
    if token is not None:
        content.append(("ContinuationToken", token))
    if start_after is not None:
        content.append(("StartAfter", encode(start_after)))
    if page.is_truncated:
        content.append(("NextContinuationToken", _token(page.last)))
    return S3Response(200, {}, xml.write("ListBucketResult", [*content, *objects]))


def list_buckets(buckets: Buckets, request: S3Request) -> S3Response:
    """Return a page of the buckets."""
    query = request.query
    limit = _limit(query, "max-buckets", _MAX_BUCKETS)
    token, prefix, region = (
        query.get("continuation-token"),
        query.get("prefix", ""),
        query.get("bucket-region"),
    )
    after = "" if token is None else _read_token(token)
    found = [
        bucket
        for bucket in buckets.all()
        if bucket.name > after and bucket.name.startswith(prefix) and region in (None, bucket.region_name)
    ]
    members: Pairs = [
        (
            "Bucket",
            [
                ("Name", bucket.name),
                ("CreationDate", xml_date(bucket.created_ns)),
                ("BucketRegion", bucket.region_name),
            ],
        )
        for bucket in found[:limit]
    ]
    content: Pairs = [("Buckets", members), ("Owner", OWNER)]
    if "prefix" in query:
        content.append(("Prefix", prefix))
    if len(found) > limit:
        content.append(("ContinuationToken", _token(found[limit - 1].name)))
    return S3Response(200, {}, xml.write("ListAllMyBucketsResult", content))


def list_uploads(buckets: Buckets, request: S3Request) -> S3Response:
    """Return a page of a bucket's multipart uploads."""
    query, encode = request.query, _encoding(request.query)
    limit = _limit(query, "max-uploads", listing.MAX_KEYS)
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    key_marker, id_marker = query.get("key-marker", ""), query.get("upload-id-marker", "")
    found: dict[str, Upload | None] = {}
    for upload in Uploads(buckets.bucket(request.bucket)).all():
        if not upload.key.startswith(prefix):
            continue
        common = listing.common_prefix(upload.key, prefix, delimiter)
        if common is not None:
            if common > key_marker:
                found[f"{common}\0"] = None
        elif upload.key > key_marker or (
            upload.key == key_marker and id_marker and upload.upload_id > id_marker
        ):
            found[f"{upload.key}\0{upload.upload_id}"] = upload
    page = list(found.items())[:limit]
    uploads: Pairs = [("Upload", _upload(upload, encode)) for _, upload in page if upload is not None]
    prefixes: Pairs = [
        ("CommonPrefixes", [("Prefix", encode(place[:-1]))]) for place, upload in page if upload is None
    ]
    content: Pairs = [
        ("Bucket", request.bucket),
        ("KeyMarker", encode(key_marker)),
        ("UploadIdMarker", id_marker),
    ]
    is_truncated = len(found) > limit > 0
    if is_truncated:
        last_key, _, last_id = page[-1][0].rpartition("\0")
        content += [("NextKeyMarker", encode(last_key)), ("NextUploadIdMarker", last_id)]
    content += [*_given(query, encode), ("MaxUploads", limit), ("IsTruncated", is_truncated)]
    return S3Response(200, {}, xml.write("ListMultipartUploadsResult", [*content, *uploads, *prefixes]))


def list_parts(buckets: Buckets, request: S3Request) -> S3Response:
    """Return a page of the parts of a multipart upload."""
    query = request.query
    limit = _limit(query, "max-parts", listing.MAX_KEYS)
    after = _number(query, "part-number-marker", 0, MAX_PART_NUMBER)
    uploads = Uploads(buckets.bucket(request.bucket))
    upload = uploads.get(request.key, query["uploadId"])
    parts = list(islice(uploads.parts(upload, after=after), limit + 1))
    page = parts[:limit]
    content: Pairs = [
        ("Bucket", request.bucket),
        ("Key", request.key),
        ("UploadId", upload.upload_id),
        ("PartNumberMarker", after),
        ("NextPartNumberMarker", page[-1].number if page else 0),
        ("MaxParts", limit),
        ("IsTruncated", len(parts) > limit > 0),
        ("Initiator", OWNER),
        ("Owner", OWNER),
        ("StorageClass", upload.headers.get(STORAGE_CLASS, "STANDARD")),
    ]
    if upload.algorithm:
        content += [("ChecksumAlgorithm", upload.algorithm), ("ChecksumType", upload.checksum_type)]
    for part in page:
        members: Pairs = [
            ("PartNumber", part.number),
            ("LastModified", xml_date(part.modified_ns)),
            ("ETag", f'"{part.md5}"'),
            ("Size", part.size),
        ]
        members += [(checksums.element_of(name), value) for name, value in part.checksums.items()]
        content.append(("Part", members))
    return S3Response(200, {}, xml.write("ListPartsResult", content))


def _page(
    buckets: Buckets, request: S3Request, after: str, *, with_owner: bool
) -> tuple[listing.Page, Pairs, Pairs]:
    """Return a page of objects, and the elements for them and for the request."""
    query, encode = request.query, _encoding(request.query)
    bucket = buckets.bucket(request.bucket)
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    limit = _limit(query, "max-keys", listing.MAX_KEYS)
    found: dict[str, ObjectInfo] = {}

    def is_there(key: str) -> bool:
        info = bucket.info(key)
        if info is not None:
            found[key] = info
        return info is not None

    page = listing.page(
        listing.keys_of(bucket.paths, prefix, after),
        prefix=prefix,
        delimiter=delimiter,
        after=after,
        limit=limit,
        is_there=is_there,
    )
    objects: Pairs = [
        ("Contents", _object(encode(key), found[key], with_owner=with_owner)) for key in page.keys
    ]
    objects += [("CommonPrefixes", [("Prefix", encode(common))]) for common in page.prefixes]
    content: Pairs = [
        ("Name", request.bucket),
        *_given(query, encode),
        ("MaxKeys", limit),
        ("IsTruncated", page.is_truncated),
    ]
    return page, objects, content


def _given(query: Mapping[str, str], encode: Callable[[str], str]) -> Pairs:
    content: Pairs = [("Prefix", encode(query.get("prefix", "")))]
    if query.get("delimiter"):
        content.append(("Delimiter", encode(query["delimiter"])))
    if "encoding-type" in query:
        content.append(("EncodingType", query["encoding-type"]))
    return content


def _object(key: str, info: ObjectInfo, *, with_owner: bool) -> Pairs:
    content: Pairs = [
        ("Key", key),
        ("LastModified", xml_date(info.modified_ns)),
        ("ETag", info.quoted_etag),
        ("Size", info.size),
    ]
    content += [("ChecksumAlgorithm", name) for name in info.checksums]
    if info.checksums:
        content.append(("ChecksumType", info.checksum_type))
    if with_owner:
        content.append(("Owner", OWNER))
    content.append(("StorageClass", info.headers.get(STORAGE_CLASS, "STANDARD")))
    return content


def _upload(upload: Upload, encode: Callable[[str], str]) -> Pairs:
    content: Pairs = [
        ("Key", encode(upload.key)),
        ("UploadId", upload.upload_id),
        ("Initiator", OWNER),
        ("Owner", OWNER),
        ("StorageClass", upload.headers.get(STORAGE_CLASS, "STANDARD")),
        ("Initiated", xml_date(upload.initiated_ns)),
    ]
    if upload.algorithm:
        content += [("ChecksumAlgorithm", upload.algorithm), ("ChecksumType", upload.checksum_type)]
    return content


def _encoding(query: Mapping[str, str]) -> Callable[[str], str]:
    """Return the function that writes a key."""
    given = query.get("encoding-type")
    if given is None:
        return str
    if given != "url":
        raise invalid_argument("Invalid Encoding Method specified in Request")
    return quote


def _limit(query: Mapping[str, str], name: str, largest: int) -> int:
    """Return the limit of items in a page: the one in the request, or S3's if that is lower."""
    return min(_number(query, name, largest, 2**31 - 1), largest)


def _number(query: Mapping[str, str], name: str, default: int, largest: int) -> int:
    value = query.get(name) or str(default)
    if not (value.isascii() and value.isdecimal()) or len(value) > len(str(largest)) or int(value) > largest:
        raise invalid_argument(f"Argument {name} must be an integer between 0 and {largest}")
    return int(value)


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _read_token(token: str) -> str:
    try:
        last = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        last = ""
    if not last:
        raise invalid_argument("The continuation token provided is incorrect")
    return last
