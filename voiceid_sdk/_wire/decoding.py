"""Reads the JSON of a response: with orjson where it is installed, and always with the same result."""

import functools
import json
from collections.abc import Callable
from typing import Final, cast

from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._wire.requests import Body


def decode(raw: bytes) -> Body:
    """Return a body's JSON object, an empty one for an empty body.

    It reads what botocore reads: UTF-8 without a byte order mark, and in it the JSON of Python, with NaN,
    infinities, lone surrogates and integers of any length. The last of equal keys counts.

    Raises:
        ConversionError: the body is something else.
    """
    if not raw:
        return {}
    try:
        body = reader()(raw)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        return cast("Body", body)
    raise ConversionError(("the body", "is not a JSON object"))


@functools.cache
def reader() -> Callable[[bytes], object]:
    """Return the function that reads JSON on this machine."""
    try:
        import orjson  # an extra, and imported lazily
    except ImportError:
        return _read_by_json

    def read(raw: bytes) -> object:
        if _LONG_NUMBER not in raw.translate(_DIGITS_AS_ZEROS):
            try:
                return cast("object", orjson.loads(raw))
            except ValueError:
                # orjson refuses what Python's JSON allows beyond the standard, so try that as well.
                pass
        return _read_by_json(raw)

    return read


def _read_by_json(raw: bytes) -> object:
    return cast("object", json.loads(raw.decode()))


# orjson turns integers beyond 64 bits into floats, and the shortest of those has 19 digits.
_LONG_NUMBER: Final = b"0" * 19
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
