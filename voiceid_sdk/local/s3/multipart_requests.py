"""CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload and AbortMultipartUpload.

Source: "Uploading and copying objects using multipart upload" in the S3 user guide.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import quote

import attrs

from voiceid_sdk.local.s3 import checksums, conditions, payload, properties, ranges, xml
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import (
    S3Error,
    invalid_part,
    invalid_request,
    malformed_xml,
    no_such_upload,
)
from voiceid_sdk.local.s3.messages import CHUNK, S3Request, S3Response
from voiceid_sdk.local.s3.multipart import MIN_PART_BYTES, Part, Upload, Uploads, new_upload_id
from voiceid_sdk.local.s3.objects import Bucket
from voiceid_sdk.local.s3.records import ObjectInfo
from voiceid_sdk.local.s3.writing import copy_result, open_source

_TYPE: Final = "x-amz-checksum-type"


def create_upload(buckets: Buckets, request: S3Request) -> S3Response:
    """Create a multipart upload."""
    headers = request.headers
    properties.check_acl(headers)
    given = properties.read(headers)
    algorithm = headers.get("x-amz-checksum-algorithm", "")
    checksum_type = headers.get(_TYPE, "")
    if algorithm:
        algorithm = checksums.check_algorithm(algorithm)
        allowed = checksums.TYPES[algorithm]
        checksum_type = checksum_type or allowed[0]
        if checksum_type not in allowed:
            raise invalid_request(f"The checksum type of {algorithm} must be {' or '.join(allowed)}.")
    elif checksum_type:
        raise invalid_request(f"{_TYPE} needs x-amz-checksum-algorithm.")
    upload = Upload(
        upload_id=new_upload_id(began := time.time_ns()),
        key=request.key,
        initiated_ns=began,
        headers=given.headers,
        metadata=given.metadata,
        tags=given.tags,
        algorithm=algorithm,
        checksum_type=checksum_type,
    )
    Uploads(buckets.bucket(request.bucket)).begin(upload)
    response_headers = properties.encryption_headers(given.headers)
    if algorithm:
        response_headers |= {"x-amz-checksum-algorithm": algorithm, _TYPE: checksum_type}
    content: list[tuple[str, xml.Content]] = [
        ("Bucket", request.bucket),
        ("Key", request.key),
        ("UploadId", upload.upload_id),
    ]
    return S3Response(200, response_headers, xml.write("InitiateMultipartUploadResult", content))


def upload_part(buckets: Buckets, request: S3Request) -> S3Response:
    """Write a part."""
    number = ranges.part_number(request.query["partNumber"])
    bucket = buckets.bucket(request.bucket)
    uploads = Uploads(bucket)
    upload = uploads.get(request.key, request.query["uploadId"])
    wanted = [upload.algorithm] if upload.algorithm else []
    with bucket.new_file() as file:
        received = payload.receive(request, file.write, wanted)
        part = _part(number, received.size, received.md5.hex(), dict(received.checksums))
        part = uploads.add_part(upload, part, file)
    headers = {checksums.header_of(name): value for name, value in part.checksums.items()}
    headers |= properties.encryption_headers(upload.headers)
    return S3Response(200, {"ETag": f'"{part.md5}"', **headers})


def copy_part(buckets: Buckets, request: S3Request) -> S3Response:
    """Write a part with a range of an object as its content."""
    number = ranges.part_number(request.query["partNumber"])
    bucket = buckets.bucket(request.bucket)
    uploads = Uploads(bucket)
    upload = uploads.get(request.key, request.query["uploadId"])
    _, opened = open_source(buckets, request)
    with opened, bucket.new_file() as file:
        piece = ranges.of_copy_source(request.headers.get("x-amz-copy-source-range"), opened.info.size)
        opened.body.select(piece.start, piece.length)
        hashes = {name: checksums.ALGORITHMS[name]() for name in [upload.algorithm] if name}
        md5 = hashlib.md5(usedforsecurity=False)
        while piece_content := opened.body.read(CHUNK):
            for each in (md5, *hashes.values()):
                each.update(piece_content)
            file.write(piece_content)
        found = {name: checksums.encode(made.digest()) for name, made in hashes.items()}
        part = uploads.add_part(upload, _part(number, piece.length, md5.hexdigest(), found), file)
    content = copy_result(part.modified_ns, f'"{part.md5}"', None)
    content += [(checksums.element_of(name), value) for name, value in part.checksums.items()]
    return S3Response(
        200, properties.encryption_headers(upload.headers), xml.write("CopyPartResult", content)
    )


def complete_upload(buckets: Buckets, request: S3Request) -> S3Response:
    """Write an object from the parts of an upload."""
    # A checksum in the headers is the object's, not the document's.
    others = {name: value for name, value in request.headers.items() if name not in checksums.HEADERS}
    document = payload.receive_document(attrs.evolve(request, headers=others), "CompleteMultipartUpload")
    bucket = buckets.bucket(request.bucket)
    uploads = Uploads(bucket)
    try:
        upload = uploads.get(request.key, request.query["uploadId"])
    except S3Error:
        return _completed(request, _completed_before(bucket, request))
    parts = _chosen(document, uploads.parts(upload), upload)
    _check_size(request, parts)
    with bucket.new_file() as file:
        info = _assemble(request, uploads, upload, parts, file.write)
        info = bucket.commit(
            request.key, file, info, lambda current: conditions.check_write(request.headers, current)
        )
    uploads.remove(upload)
    return _completed(request, info)


def abort_upload(buckets: Buckets, request: S3Request) -> S3Response:
    """Remove an upload and its parts."""
    bucket = buckets.bucket(request.bucket)
    uploads = Uploads(bucket)
    upload = uploads.get(request.key, request.query["uploadId"])
    with bucket.locked():
        uploads.remove(upload)
    return S3Response(204)


def _part(number: int, size: int, md5: str, found: dict[str, str]) -> Part:
    return Part(number=number, size=size, md5=md5, modified_ns=0, checksums=found, file="")


def _chosen(document: xml.Element, uploaded: Iterable[Part], upload: Upload) -> list[Part]:
    """Return the parts that a request names; raises S3Error."""
    by_number = {part.number: part for part in uploaded}
    chosen: list[Part] = []
    for element in document.children:
        number, tag = element.find_text("PartNumber"), element.find_text("ETag")
        if element.name != "Part" or number is None or tag is None:
            raise malformed_xml()
        part = by_number.get(ranges.part_number(number))
        if part is None or part.md5 != tag.strip('"'):
            raise invalid_part()
        if chosen and part.number <= chosen[-1].number:
            raise S3Error(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            )
        claimed = upload.algorithm and element.find_text(checksums.element_of(upload.algorithm))
        if claimed and claimed != part.checksums.get(upload.algorithm):
            raise invalid_part()
        chosen.append(part)
    if not chosen:
        raise malformed_xml()
    if any(part.size < MIN_PART_BYTES for part in chosen[:-1]):
        raise S3Error(
            400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size."
        )
    return chosen


def _check_size(request: S3Request, parts: list[Part]) -> None:
    expected = request.headers.get("x-amz-mp-object-size")
    if expected is not None and expected != str(sum(part.size for part in parts)):
        raise invalid_request("The provided 'x-amz-mp-object-size' header does not match what was uploaded.")


def _assemble(
    request: S3Request, uploads: Uploads, upload: Upload, parts: list[Part], write: Callable[[bytes], object]
) -> ObjectInfo:
    """Write the content of the parts one after the other; return the properties of the object."""
    whole = hashlib.md5(usedforsecurity=False)
    is_full = upload.checksum_type == checksums.FULL_OBJECT
    hashes = [checksums.ALGORITHMS[upload.algorithm]()] if is_full else []
    for part in parts:
        for content in uploads.content(upload, part):
            for each in (whole, *hashes):
                each.update(content)
            write(content)
    found: dict[str, str] = {}
    if is_full:
        found = {upload.algorithm: checksums.encode(hashes[0].digest())}
    elif upload.algorithm:
        digests = [base64.b64decode(part.checksums[upload.algorithm]) for part in parts]
        found = {upload.algorithm: checksums.composite(upload.algorithm, digests)}
    _check_claimed(request, upload, found)
    tags = hashlib.md5(b"".join(bytes.fromhex(part.md5) for part in parts), usedforsecurity=False)
    return ObjectInfo(
        size=sum(part.size for part in parts),
        modified_ns=0,
        md5=whole.hexdigest(),
        etag=f"{tags.hexdigest()}-{len(parts)}",
        headers=upload.headers,
        metadata=upload.metadata,
        tags=upload.tags,
        checksums=found,
        checksum_type=upload.checksum_type,
        part_sizes=tuple(part.size for part in parts),
        upload_id=upload.upload_id,
    )


def _check_claimed(request: S3Request, upload: Upload, found: Mapping[str, str]) -> None:
    """Return if the object's checksum is the one that the request expects; raises S3Error."""
    if request.headers.get(_TYPE, upload.checksum_type) != upload.checksum_type:
        raise invalid_request(f"The upload was begun with another {_TYPE}.")
    for header, algorithm in checksums.HEADERS.items():
        claimed = request.headers.get(header)
        if claimed is None:
            continue
        if algorithm != upload.algorithm:
            raise invalid_request("The upload was begun with another checksum algorithm.")
        expected = found[algorithm]
        if claimed not in (expected, expected.partition("-")[0]):
            raise checksums.bad_digest(algorithm)


def _completed_before(bucket: Bucket, request: S3Request) -> ObjectInfo:
    """Return the object if the upload was completed before, because the first response may have been lost."""
    info = bucket.info(request.key)
    if info is None or not info.upload_id or info.upload_id != request.query["uploadId"]:
        raise no_such_upload()
    return info


def _completed(request: S3Request, info: ObjectInfo) -> S3Response:
    content: list[tuple[str, xml.Content]] = [
        ("Location", f"/{request.bucket}/{quote(request.key)}"),
        ("Bucket", request.bucket),
        ("Key", request.key),
        ("ETag", info.quoted_etag),
    ]
    if info.checksums:
        content.append(("ChecksumType", info.checksum_type))
        content += [(checksums.element_of(name), value) for name, value in info.checksums.items()]
    headers = properties.encryption_headers(info.headers)
    return S3Response(200, headers, xml.write("CompleteMultipartUploadResult", content))
