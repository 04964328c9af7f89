"""The properties of an object, and the format of their file."""

import json
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from time import gmtime, strftime
from typing import Any, Final, cast

import attrs

from voiceid_sdk.local.s3.messages import are_fields

METADATA: Final = "x-amz-meta-"
"""How the names of the headers with metadata begin."""

_SECOND: Final = 1_000_000_000


class DamagedRecordError(Exception):
    """A file is not in the format of this module."""


def _check_texts(_: object, __: object, value: object) -> None:
    members = cast("Mapping[object, object]", value).items() if isinstance(value, Mapping) else [(None, None)]
    if not all(isinstance(name, str) and isinstance(text, str) for name, text in members):
        raise TypeError


def _check_headers(instance: object, attribute: object, value: Mapping[str, str]) -> None:
    _check_texts(instance, attribute, value)
    if not are_fields(value):
        raise ValueError


def _check_metadata(instance: object, attribute: object, value: Mapping[str, str]) -> None:
    _check_texts(instance, attribute, value)
    if not are_fields({f"{METADATA}{name}": text for name, text in value.items()}):
        raise ValueError


def _check_sizes(_: object, __: object, value: tuple[object, ...]) -> None:
    if not all(isinstance(size, int) for size in value):
        raise TypeError


@attrs.frozen(kw_only=True)
class ObjectInfo:
    """An object without its content."""

    size: int = attrs.field(validator=attrs.validators.instance_of(int))
    """In bytes."""
    modified_ns: int = attrs.field(validator=attrs.validators.instance_of(int))
    """When it was written, in epoch nanoseconds."""
    md5: str = attrs.field(validator=attrs.validators.instance_of(str))
    """Of its content, in hexadecimal digits."""
    etag: str = attrs.field(validator=attrs.validators.instance_of(str))
    """Without its quotation marks."""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], validator=_check_headers, repr=False)
    """The headers that responses return, with names in lower case."""
    metadata: Mapping[str, str] = attrs.field(factory=dict[str, str], validator=_check_metadata, repr=False)
    tags: Mapping[str, str] = attrs.field(factory=dict[str, str], validator=_check_texts, repr=False)
    checksums: Mapping[str, str] = attrs.field(factory=dict[str, str], validator=_check_texts)
    """In base64, by the name of the algorithm."""
    checksum_type: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
    part_sizes: tuple[int, ...] = attrs.field(default=(), converter=tuple[int, ...], validator=_check_sizes)
    """The bytes of each part that it was uploaded in; none for an object that came as a whole."""
    upload_id: str = attrs.field(default="", validator=attrs.validators.instance_of(str), repr=False)
    """The multipart upload of the object, so that its completion can be repeated."""

    @property
    def quoted_etag(self) -> str:
        """The entity tag as it stands in headers and documents."""
        return f'"{self.etag}"'

    @property
    def modified(self) -> str:
        """When it was written, as it stands in headers."""
        return http_date(self.modified_ns)


def dump(key: str, versions: Iterable[ObjectInfo]) -> bytes:
    """Return the file that holds versions of an object, of which one is that with the content in place."""
    return json.dumps({"key": key, "versions": [attrs.asdict(version) for version in versions]}).encode()


def load(content: bytes) -> tuple[str, list[ObjectInfo]]:
    """Return the key and the versions that ``dump`` wrote; raises DamagedRecordError."""
    try:
        members: Any = json.loads(content)
        versions = [ObjectInfo(**version) for version in members["versions"]]  # Its validators check them.
        key: object = members["key"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DamagedRecordError from None
    if not isinstance(key, str):
        raise DamagedRecordError
    return key, versions


def http_date(nanoseconds: int) -> str:
    """Return a moment as it stands in headers."""
    return formatdate(nanoseconds // _SECOND, usegmt=True)


def xml_date(nanoseconds: int) -> str:
    """Return a moment as it stands in documents: in whole seconds, as S3 has them."""
    return strftime("%Y-%m-%dT%H:%M:%S.000Z", gmtime(nanoseconds // _SECOND))
