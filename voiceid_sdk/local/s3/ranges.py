"""Ranges of bytes, and parts, of an object that is read.

Source: GetObject in the S3 API reference; RFC 9110, section 14.
"""

import re
from typing import Final

import attrs

from voiceid_sdk.local.s3.errors import S3Error, invalid_argument, invalid_request, not_implemented
from voiceid_sdk.local.s3.records import ObjectInfo

MAX_PART_NUMBER: Final = 10_000

_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))")
_PART_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_SEVERAL: Final = re.compile(r"bytes=[0-9, -]*,[0-9, -]*")


@attrs.frozen
class Slice:
    """The bytes of an object that a response holds."""

    start: int
    length: int
    is_partial: bool

    def content_range(self, size: int) -> str:
        """Return the header Content-Range, for an object of ``size`` bytes."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def of_header(value: str | None, size: int) -> Slice:
    """Return the slice that the header Range names; all, if it cannot be read.

    Raises:
        S3Error: it lies behind the end, or there are several, which S3 does not have either.
    """
    if value is not None and _SEVERAL.fullmatch(value):
        raise not_implemented("Only one range can be requested.")
    found = None if value is None else _RANGE.fullmatch(value.strip())
    if found is None:
        return Slice(0, size, is_partial=False)
    first, last, suffix = found.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        start = size - length
    else:
        start = int(first)
        end = min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return Slice(0, size, is_partial=False)
        length = end - start + 1
    if length <= 0:
        raise S3Error(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
            {"Content-Range": f"bytes */{size}"},
        )
    return Slice(start, length, is_partial=True)


def of_part(value: str, info: ObjectInfo) -> Slice:
    """Return the slice that is a part of an object, or all of one that has no parts; raises S3Error."""
    number = part_number(value)
    sizes = info.part_sizes or (info.size,)
    if number > len(sizes):
        raise S3Error(416, "InvalidPartNumber", "The requested partnumber is not satisfiable")
    return Slice(sum(sizes[: number - 1]), sizes[number - 1], is_partial=True)


def of_copy_source(value: str | None, size: int) -> Slice:
    """Return the slice that a part is copied from, which has to be within the object; raises S3Error."""
    if value is None:
        return Slice(0, size, is_partial=False)
    found = re.fullmatch(r"bytes=([0-9]{1,19})-([0-9]{1,19})", value.strip())
    if found is None or int(found[1]) > int(found[2]):
        raise invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
            "are the zero-based offsets of the first and last bytes to copy"
        )
    if int(found[2]) >= size:
        raise invalid_request("The specified copy range is invalid for the source object size")
    return Slice(int(found[1]), int(found[2]) - int(found[1]) + 1, is_partial=True)


def part_number(value: str) -> int:
    """Return a part number; raises S3Error."""
    if not _PART_NUMBER.fullmatch(value) or not 1 <= int(value) <= MAX_PART_NUMBER:
        raise invalid_argument(f"Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive")
    return int(value)
