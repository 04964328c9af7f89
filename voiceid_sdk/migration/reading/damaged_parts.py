"""Examines a damaged part of a JSON text: which lines are damaged, and which records in it are whole."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, cast

from voiceid_sdk.migration.reading.json_text import is_undecodable

IsRecord = Callable[[dict[str, object]], bool]
"""Returns whether an object is one record, and not a list of records or something around one."""


_MOST_ATTEMPTS: Final = 1_000
"""How often decoding may fail in one damaged part."""

_decode: Final = cast("Callable[[str, int], tuple[dict[str, object], int]]", json.JSONDecoder().raw_decode)

_STRING: Final = r'"(?:[^"\\\n]|\\.)*"'
_SCALAR: Final = rf"(?:{_STRING}|-?\d[\d.eE+-]*|true|false|null)"
_BARE_SCALAR: Final = re.compile(_SCALAR)

_REGULAR_LINE: Final = re.compile(
    rf"[ \t]*(?:(?:{_STRING}[ \t]*:[ \t]*)?(?:{_SCALAR}|[{{\[][ \t]*[}}\]]?)|[}}\]]+)?[ \t]*,?[ \t\r]*"
)
"""A line as programs that indent JSON write it."""


def whole_records(part: str, is_record: IsRecord) -> Iterator[tuple[int, int, object]]:
    """Yield the records inside a damaged part that can be decoded: beginning, end and content of each."""
    failures = 0
    start = part.find("{")
    while start >= 0 and failures < _MOST_ATTEMPTS:
        stop = start + 1
        try:
            value, end = _decode(part, start)
        except (ValueError, RecursionError):
            failures += 1
        else:
            if is_record(value) and not is_undecodable(part[start:end]):
                yield start, end, value
                stop = end
        start = part.find("{", stop)


def damaged_lines(part: str, distance: int) -> list[int]:
    """Return which lines of a damaged part, from 0, are damaged.

    Args:
        part: the text of the part.
        distance: where in it decoding failed.
    """
    irregular: list[int] = []
    opened: list[str] = []
    for number, line in enumerate(part.split("\n")):
        content = line.strip().removesuffix(",")
        is_without_name = bool(opened) and opened[-1] == "{" and _BARE_SCALAR.fullmatch(content)
        if is_without_name or not _is_regular(line):
            irregular.append(number)
        del opened[len(opened) - (len(content) - len(content.lstrip("}]"))) :]
        if content.endswith(("{", "[")):
            opened.append(content[-1])
    # Where a comma is missing, decoding fails behind the line feed.
    return irregular or [part[:distance].rstrip().count("\n")]


def _is_regular(line: str) -> bool:
    if is_undecodable(line):
        return False
    if _REGULAR_LINE.fullmatch(line):
        return True
    content = line.strip().removesuffix(",")
    for attempt in (content, f"{{{content}}}"):
        try:
            json.loads(attempt)
        except (ValueError, RecursionError):
            continue
        return True
    return False
