"""Conditional requests: reads, copies, writes and deletions that happen only to an expected object.

Source: "Add preconditions to S3 operations with conditional requests" in the S3 user guide; RFC 9110, section
13.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from voiceid_sdk.local.s3.errors import S3Error, no_such_key, not_implemented, precondition_failed
from voiceid_sdk.local.s3.records import ObjectInfo

COPY_SOURCE: Final = "x-amz-copy-source-"
"""The prefix of the headers with conditions on the source of a copy."""

_SECOND: Final = 1_000_000_000


def check_read(headers: Mapping[str, str], info: ObjectInfo) -> None:
    """Return if an object may be read; raises S3Error, with 304 when the client has it already."""
    failed, unmodified = _evaluate(headers, info, "")
    if failed:
        raise precondition_failed()
    if unmodified:
        raise S3Error(
            304, "NotModified", "Not Modified", {"ETag": info.quoted_etag, "Last-Modified": info.modified}
        )


def check_copy_source(headers: Mapping[str, str], info: ObjectInfo) -> None:
    """Return if an object may be copied; raises S3Error."""
    if any(_evaluate(headers, info, COPY_SOURCE)):
        raise precondition_failed()


def check_write(headers: Mapping[str, str], current: ObjectInfo | None) -> None:
    """Return if an object may be written in place of the current one; raises S3Error."""
    none_match, match = headers.get("if-none-match"), headers.get("if-match")
    if none_match is not None and none_match.strip() != "*":
        raise not_implemented()
    if none_match is not None and current is not None:
        raise precondition_failed()
    if match is not None:
        _check_match(match, current)


def check_delete(headers: Mapping[str, str], current: ObjectInfo | None) -> None:
    """Return if an object may be deleted; raises S3Error."""
    match = headers.get("if-match")
    if match is not None and current is not None:
        _check_match(match, current)


def _check_match(match: str, current: ObjectInfo | None) -> None:
    if current is None:
        raise no_such_key()
    if not _matches(match, current.etag):
        raise precondition_failed()


def _evaluate(headers: Mapping[str, str], info: ObjectInfo, prefix: str) -> tuple[bool, bool]:
    """Return whether If-Match or If-Unmodified-Since fails, and whether one of their opposites does."""
    match, none_match = headers.get(f"{prefix}if-match"), headers.get(f"{prefix}if-none-match")
    unmodified_since = _seconds(headers.get(f"{prefix}if-unmodified-since"))
    modified_since = _seconds(headers.get(f"{prefix}if-modified-since"))
    seconds = info.modified_ns // _SECOND
    if match is not None:
        failed = not _matches(match, info.etag)
    else:
        failed = unmodified_since is not None and seconds > unmodified_since
    if none_match is not None:
        unmodified = _matches(none_match, info.etag)
    else:
        unmodified = modified_since is not None and seconds <= modified_since
    return failed, unmodified


def _matches(condition: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in condition.split(",")]
    return "*" in tags or etag in tags


def _seconds(date: str | None) -> float | None:
    """Return a date in epoch seconds; invalid dates are ignored (RFC 9110, section 13.1.3)."""
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
