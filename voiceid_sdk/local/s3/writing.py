"""PutObject, CopyObject, DeleteObject and DeleteObjects, and the tags of objects."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

import attrs

from voiceid_sdk.local.s3 import checksums, conditions, payload, properties, xml
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import (
    S3Error,
    invalid_argument,
    invalid_request,
    malformed_xml,
    not_implemented,
)
from voiceid_sdk.local.s3.messages import CHUNK, S3Request, S3Response
from voiceid_sdk.local.s3.objects import OpenObject
from voiceid_sdk.local.s3.properties import Properties
from voiceid_sdk.local.s3.reading import check_version
from voiceid_sdk.local.s3.records import ObjectInfo, xml_date

COPY_SOURCE: Final = "x-amz-copy-source"

_MAX_DELETED: Final = 1000


def put_object(buckets: Buckets, request: S3Request) -> S3Response:
    """Write an object."""
    properties.check_acl(request.headers)
    given = properties.read(request.headers)
    bucket = buckets.bucket(request.bucket)

    def check(current: ObjectInfo | None) -> None:
        conditions.check_write(request.headers, current)

    check(bucket.info(request.key))
    with bucket.new_file() as file:
        received = payload.receive(request, file.write)
        info = ObjectInfo(
            size=received.size,
            modified_ns=0,
            md5=received.md5.hex(),
            etag=received.md5.hex(),
            headers=given.headers,
            metadata=given.metadata,
            tags=given.tags,
            checksums=received.checksums,
            checksum_type=checksums.FULL_OBJECT if received.checksums else "",
        )
        info = bucket.commit(request.key, file, info, check)
    headers = properties.encryption_headers(info.headers)
    headers |= properties.checksum_headers(info.checksums, info.checksum_type)
    return S3Response(200, {"ETag": info.quoted_etag, **headers})


def copy_object(buckets: Buckets, request: S3Request) -> S3Response:
    """Write a copy of an object."""
    headers = request.headers
    properties.check_acl(headers)
    given = properties.read(headers)
    wanted = headers.get("x-amz-checksum-algorithm")
    wanted = wanted and checksums.check_algorithm(wanted)
    bucket = buckets.bucket(request.bucket)
    source, opened = open_source(buckets, request)
    with opened:
        replaces = _replaces(headers, "x-amz-metadata-directive")
        metadata = buckets.bucket(source[0]).metadata(source[1], opened.info)
        given = _properties_of_copy(given, opened.info, headers, metadata)
        if source == (request.bucket, request.key) and not (
            replaces or given.headers != opened.info.headers or wanted
        ):
            raise invalid_request(
                "This copy request is illegal because it is trying to copy an object to itself without "
                "changing the object's metadata, storage class, website redirect location or encryption "
                "attributes."
            )
        algorithms = {wanted} if wanted else set(opened.info.checksums)
        hashes = {name: checksums.ALGORITHMS[name]() for name in algorithms}
        md5 = hashlib.md5(usedforsecurity=False)
        with bucket.new_file() as file:
            while part := opened.body.read(CHUNK):
                for each in (md5, *hashes.values()):
                    each.update(part)
                file.write(part)
            info = ObjectInfo(
                size=opened.info.size,
                modified_ns=0,
                md5=md5.hexdigest(),
                etag=md5.hexdigest(),
                headers=given.headers,
                metadata=given.metadata,
                tags=given.tags,
                checksums={name: checksums.encode(made.digest()) for name, made in hashes.items()},
                checksum_type=checksums.FULL_OBJECT if hashes else "",
            )
            info = bucket.commit(
                request.key, file, info, lambda current: conditions.check_write(headers, current)
            )
    return S3Response(
        200,
        properties.encryption_headers(info.headers),
        xml.write("CopyObjectResult", copy_result(info.modified_ns, info.quoted_etag, info)),
    )


def copy_result(modified_ns: int, quoted_etag: str, info: ObjectInfo | None) -> list[tuple[str, xml.Content]]:
    """Return the result of a copy."""
    content: list[tuple[str, xml.Content]] = [
        ("LastModified", xml_date(modified_ns)),
        ("ETag", quoted_etag),
    ]
    if info is not None and info.checksums:
        content.append(("ChecksumType", info.checksum_type))
        content += [(checksums.element_of(name), value) for name, value in info.checksums.items()]
    return content


def open_source(buckets: Buckets, request: S3Request) -> tuple[tuple[str, str], OpenObject]:
    """Return the bucket and key that a request copies from, and the object; raises S3Error."""
    value = request.headers[COPY_SOURCE]
    path, _, version = value.partition("?versionId=")
    if path.startswith("arn:"):
        raise not_implemented("Only a bucket and a key can be copied from.")
    check_version({"versionId": version or "null"})
    try:
        name, _, key = unquote(path, errors="strict").removeprefix("/").partition("/")
    except UnicodeDecodeError:
        name = key = ""
    if not name or not key:
        raise invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    opened = buckets.bucket(name).open(key)
    try:
        conditions.check_copy_source(request.headers, opened.info)
    except BaseException:
        opened.body.close()
        raise
    return (name, key), opened


def delete_object(buckets: Buckets, request: S3Request) -> S3Response:
    """Remove an object, if there is one."""
    check_version(request.query)
    bucket = buckets.bucket(request.bucket)
    bucket.remove(request.key, lambda current: conditions.check_delete(request.headers, current))
    return S3Response(204)


def delete_objects(buckets: Buckets, request: S3Request) -> S3Response:
    """Remove many objects."""
    bucket = buckets.bucket(request.bucket)
    document = payload.receive_document(request, "Delete", digest_needed=True)
    wanted = [child for child in document.children if child.name != "Quiet"]
    if not 0 < len(wanted) <= _MAX_DELETED or any(child.name != "Object" for child in wanted):
        raise malformed_xml()
    is_quiet = document.find_text("Quiet") == "true"
    result: list[tuple[str, xml.Content]] = []
    for each in wanted:
        element = each.find("Key")
        key = "" if element is None else element.text
        if not key:
            raise malformed_xml()
        try:
            _check_members(each, {"Key", "VersionId", "ETag"})
            check_version({"versionId": each.find_text("VersionId") or "null"})
            tag = each.find_text("ETag")
            expected = {} if tag is None else {"if-match": tag}
            bucket.remove(key, _check_delete(expected))
        except S3Error as error:
            result.append(("Error", [("Key", key), ("Code", error.code), ("Message", error.message)]))
        else:
            if not is_quiet:
                result.append(("Deleted", [("Key", key)]))
    return S3Response(200, {}, xml.write("DeleteResult", result))


def get_tags(buckets: Buckets, request: S3Request) -> S3Response:
    """Return the tags of an object."""
    check_version(request.query)
    info = buckets.bucket(request.bucket).open_info(request.key)
    tags = [("Tag", [("Key", name), ("Value", value)]) for name, value in info.tags.items()]
    return S3Response(200, {}, xml.write("Tagging", [("TagSet", tags)]))


def put_tags(buckets: Buckets, request: S3Request) -> S3Response:
    """Set the tags of an object."""
    check_version(request.query)
    bucket = buckets.bucket(request.bucket)
    tag_set = payload.receive_document(request, "Tagging").find("TagSet")
    if tag_set is None:
        raise malformed_xml()
    pairs = [(tag.find("Key"), tag.find("Value")) for tag in tag_set.children]
    tags = properties.check_tags([(name.text, value.text) for name, value in pairs if name and value])
    if len(tags) < len(pairs):
        raise malformed_xml()
    bucket.change(request.key, lambda info: attrs.evolve(info, tags=tags))
    return S3Response(200)


def delete_tags(buckets: Buckets, request: S3Request) -> S3Response:
    """Remove the tags of an object."""
    check_version(request.query)
    empty: dict[str, str] = {}
    buckets.bucket(request.bucket).change(request.key, lambda info: attrs.evolve(info, tags=empty))
    return S3Response(204)


def _check_delete(headers: Mapping[str, str]) -> Callable[[ObjectInfo | None], None]:
    return lambda current: conditions.check_delete(headers, current)


def _check_members(element: xml.Element, known: set[str]) -> None:
    if any(child.name not in known for child in element.children):
        raise not_implemented("An element of the request implies functionality that is not implemented.")


def _replaces(headers: Mapping[str, str], directive: str) -> bool:
    value = headers.get(directive, "COPY")
    if value not in ("COPY", "REPLACE"):
        raise invalid_argument(f"{directive} must be COPY or REPLACE")
    return value == "REPLACE"


def _properties_of_copy(
    given: Properties,
    source: ObjectInfo,
    headers: Mapping[str, str],
    metadata: Mapping[str, str],
) -> Properties:
    """Return the properties of a copy: those of the source, unless the request replaces them.

    Encryption and storage class are never those of the source.
    """
    ours = {name: value for name, value in given.headers.items() if name.startswith("x-amz-")}
    if _replaces(headers, "x-amz-metadata-directive"):
        result = given
    else:
        content = {name: value for name, value in source.headers.items() if not name.startswith("x-amz-")}
        result = Properties({**content, **ours}, dict(metadata), given.tags)
    if not _replaces(headers, "x-amz-tagging-directive"):
        result = attrs.evolve(result, tags=dict(source.tags))
    return result
