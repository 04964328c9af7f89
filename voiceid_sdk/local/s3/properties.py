"""The properties of an object in requests and responses: content type, metadata, tags, encryption.

Source: PutObject and GetObject in the S3 API reference.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

import attrs

from voiceid_sdk.local.s3 import checksums
from voiceid_sdk.local.s3.errors import S3Error, invalid_argument, not_implemented
from voiceid_sdk.local.s3.payload import content_encoding
from voiceid_sdk.local.s3.records import METADATA, ObjectInfo

DEFAULT_TYPE: Final = "binary/octet-stream"

ENCRYPTION: Final = "x-amz-server-side-encryption"
KEY_ID: Final = f"{ENCRYPTION}-aws-kms-key-id"
BUCKET_KEY: Final = f"{ENCRYPTION}-bucket-key-enabled"
CONTEXT: Final = f"{ENCRYPTION}-context"
STORAGE_CLASS: Final = "x-amz-storage-class"

CONTENT_HEADERS: Final = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
PROPERTY_HEADERS: Final = frozenset(
    (ENCRYPTION, KEY_ID, BUCKET_KEY, CONTEXT, STORAGE_CLASS, "x-amz-acl", "x-amz-tagging", "content-encoding")
)
"""The headers with properties, except for metadata."""

OWN_ACLS: Final = frozenset(("private", "bucket-owner-full-control"))
"""The canned access control lists that grant access to the owner only."""

_KMS: Final = frozenset(("aws:kms", "aws:kms:dsse"))
_READABLE_CLASSES: Final = frozenset(
    ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
)
_MAX_METADATA_BYTES: Final = 2048
_MAX_TAGS: Final = 10
_MAX_TAG_KEY: Final = 128
_MAX_TAG_VALUE: Final = 256


@attrs.frozen
class Properties:
    """The properties of an object in a request."""

    headers: dict[str, str] = attrs.field(repr=False)
    metadata: dict[str, str] = attrs.field(repr=False)
    tags: dict[str, str] = attrs.field(repr=False)


def read(headers: Mapping[str, str]) -> Properties:
    """Return the properties in a request; raises S3Error for unsupported or invalid ones."""
    return Properties(
        {**_content_headers(headers), **read_encryption(headers), **_storage_class(headers)},
        _metadata(headers),
        tags_of_header(headers.get("x-amz-tagging", "")),
    )


def read_encryption(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers about encryption; raises S3Error if they contradict each other."""
    algorithm = headers.get(ENCRYPTION)
    if algorithm not in (None, "AES256", *_KMS):
        raise invalid_argument("The encryption method specified is not supported")
    if algorithm not in _KMS and any(name in headers for name in (KEY_ID, CONTEXT)):
        raise invalid_argument(f"{ENCRYPTION} must be aws:kms or aws:kms:dsse for a KMS key or context.")
    return {name: headers[name] for name in (ENCRYPTION, KEY_ID, BUCKET_KEY) if name in headers}


def encryption_with(kms_key_id: str) -> dict[str, str]:
    """Return the headers about encryption with a KMS key."""
    return {ENCRYPTION: "aws:kms", KEY_ID: kms_key_id}


def check_acl(headers: Mapping[str, str]) -> None:
    """Raise an S3Error if a request grants access to others."""
    if headers.get("x-amz-acl", "private") not in OWN_ACLS:
        raise S3Error(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")


def tags_of_header(value: str) -> dict[str, str]:
    """Return the tags in the form of a query string; raises S3Error."""
    pairs = [pair.partition("=") for pair in value.split("&") if pair]
    return check_tags([(unquote_plus(name), unquote_plus(tag)) for name, _, tag in pairs])


def check_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return tags, if S3 takes them; raises S3Error."""
    tags = dict(pairs)
    if len(tags) < len(pairs):
        raise S3Error(400, "InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(tags) > _MAX_TAGS:
        raise S3Error(400, "BadRequest", f"Object tags cannot be greater than {_MAX_TAGS}")
    if not all(0 < len(name) <= _MAX_TAG_KEY and len(value) <= _MAX_TAG_VALUE for name, value in pairs):
        raise S3Error(400, "InvalidTag", "The key or the value of a tag has an invalid length")
    return tags


def response_headers(info: ObjectInfo, metadata: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that describe an object."""
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": info.quoted_etag,
        "Last-Modified": info.modified,
        "Content-Type": DEFAULT_TYPE,
        **{
            name.title() if not name.startswith("x-") else name: value for name, value in info.headers.items()
        },
        **{f"{METADATA}{name}": value for name, value in metadata.items() if _is_header_value(value)},
    }
    if info.tags:
        headers["x-amz-tagging-count"] = str(len(info.tags))
    if info.headers.get(STORAGE_CLASS) == "STANDARD":
        del headers[STORAGE_CLASS]
    return headers


def encryption_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return those of an object's headers that are about encryption."""
    return {name: value for name, value in headers.items() if name.startswith(ENCRYPTION)}


def checksum_headers(found: Mapping[str, str], checksum_type: str) -> dict[str, str]:
    """Return the headers with the checksums of an object."""
    if not found:
        return {}
    headers = {checksums.header_of(algorithm): value for algorithm, value in found.items()}
    return {**headers, "x-amz-checksum-type": checksum_type}


def _content_headers(headers: Mapping[str, str]) -> dict[str, str]:
    given = {name: headers[name] for name in CONTENT_HEADERS if headers.get(name)}
    if "content-encoding" in given:
        encoding = content_encoding(headers)
        given |= {"content-encoding": encoding}
        if not encoding:
            del given["content-encoding"]
    return given


def _storage_class(headers: Mapping[str, str]) -> dict[str, str]:
    given = headers.get(STORAGE_CLASS)
    if given is None:
        return {}
    if given not in _READABLE_CLASSES:
        raise not_implemented(f"{STORAGE_CLASS} must be one of {', '.join(sorted(_READABLE_CLASSES))} here.")
    return {STORAGE_CLASS: given}


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    found = {
        name.removeprefix(METADATA): value for name, value in headers.items() if name.startswith(METADATA)
    }
    if sum(len(name) + len(value.encode()) for name, value in found.items()) > _MAX_METADATA_BYTES:
        raise S3Error(
            400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"
        )
    return found


def _is_header_value(value: str) -> bool:
    """Return whether a text is valid in a header, because a voice label in a file may be any text."""
    return value.isprintable() and value.isascii()
