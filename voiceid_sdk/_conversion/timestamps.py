"""Reads and writes timestamps: epoch seconds, ISO 8601, RFC 822, and the datetimes of botocore."""

import functools
from datetime import UTC, datetime, timedelta
from typing import Final

from voiceid_sdk._conversion.errors import MismatchError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# A page of a list has hundreds of timestamps, so even looking these names up takes measurable time.
_UTC: Final = UTC
_from_timestamp: Final = datetime.fromtimestamp


def read_timestamp(value: object, _: object) -> datetime | None:
    """Return a timestamp in UTC, and None for None; the second argument is the type that cattrs passes."""
    # The two commonest types come first: the service's epoch seconds, and botocore's datetimes.
    try:
        if type(value) is float:
            return _from_timestamp(value, _UTC)
        if type(value) is datetime and value.tzinfo is not None:
            return value.astimezone(_UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None if value is None else _read_any(value)


_HOURS: Final = 2_000
"""How many hours are cached for sharing, those of 83 days: 400 kB at most."""

read_hour: Final = functools.lru_cache(_HOURS)(read_timestamp)
"""Reads a timestamp that is exact to the hour; equal timestamps become one object."""


def read_shared_timestamp(value: object, kind: object) -> datetime | None:
    """Do the same as ``read_timestamp``; equal timestamps become one object."""
    # Only a float is a safe key: other types may be unhashable, or equal to a key of another type.
    return read_hour(value, None) if type(value) is float else read_timestamp(value, kind)


def _read_any(value: object) -> datetime:
    try:
        if isinstance(value, datetime):
            return in_utc(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _from_epoch(value)
        if isinstance(value, str):
            return in_utc(_from_text(value))
    except (ValueError, OverflowError, OSError):
        pass
    raise MismatchError("must be a timestamp")


def in_utc(time: datetime) -> datetime:
    """Return a time in UTC; a time without a zone is taken for UTC, whatever the machine's zone is."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def to_epoch(time: datetime) -> float:
    """Return a time as epoch seconds."""
    return in_utc(time).timestamp()


def _from_epoch(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        # The C libraries of some platforms cover a smaller range than datetime does.
        return EPOCH + timedelta(seconds=seconds)


def _from_text(text: str) -> datetime:
    try:
        return _from_epoch(float(text))
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.upper())  # it reads no lower-case z
    except ValueError:
        # Imported lazily: it imports half of the network modules, and this format is rare.
        from email.utils import parsedate_to_datetime

        return parsedate_to_datetime(text)
