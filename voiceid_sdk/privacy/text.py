"""Removes sensitive values from text, however the text was quoted on its way."""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from voiceid_sdk.privacy.marks import REDACTED

_LONGEST_TEXT: Final = 4_000
"""The longest text that is shown, in characters, because the error page of a proxy may be of any length."""

_LONGEST_WORD: Final = 3
"""Values up to this length are found only as whole words: inside other words they occur by chance."""

# Text may be quoted several times: JSON in JSON, a URL in a URL.
_BACKSLASHES: Final = r"\\{1,8}"
_PERCENT: Final = r"%(?:25){0,4}"
_AMPERSAND: Final = r"\\{0,8}&(?:amp;){0,4}"

_NAMED_ESCAPES: Final = {
    **{character: f"{_BACKSLASHES}{letter}" for character, letter in zip("\b\t\n\f\r", "btnfr", strict=True)},
    **{
        character: f"{_AMPERSAND}{name};"
        for character, name in zip("&<>\"'", ("amp", "lt", "gt", "quot", "apos"), strict=True)
    },
    " ": r"\+",
    "\\": r"\\{1,64}",
}


@functools.lru_cache(maxsize=1_024)
def _spellings(character: str) -> str:
    """Return a pattern for a character, plain or as JSON, Python, URLs and HTML may escape it."""
    if character.isascii() and character.isalnum():
        return character
    code = ord(character)
    utf_8 = [f"{octet:02x}" for octet in character.encode("utf-8", "surrogatepass")]
    utf_16 = re.findall("....", character.encode("utf-16-be", "surrogatepass").hex())
    spellings = [
        rf"\\{{0,8}}{re.escape(character)}",
        "".join(f"{_BACKSLASHES}u{unit}" for unit in utf_16),
        "".join(f"{_BACKSLASHES}x{octet}" for octet in utf_8),
        f"{_BACKSLASHES}(?:x{code:02x}|U{code:08x})",
        "".join(f"{_PERCENT}{octet}" for octet in utf_8),
        f"{_AMPERSAND}#(?:0{{0,8}}{code}|x0{{0,8}}{code:x});",
    ]
    if character in _NAMED_ESCAPES:
        spellings.append(_NAMED_ESCAPES[character])
    return f"(?:{'|'.join(spellings)})"


def _finder(value: str) -> re.Pattern[str]:
    """Return a pattern that finds each occurrence of ``value``, overlapping ones as well, as group 1."""
    # A run of backslashes counts as one, because each quoting of the text doubles them.
    pattern = "".join(map(_spellings, re.sub(r"\\+", r"\\", value)))
    if len(value) <= _LONGEST_WORD:
        pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
    return re.compile(f"(?=({pattern}))", re.IGNORECASE)


@functools.cache
def _recognisable() -> re.Pattern[str]:
    """Return a pattern for values with a fixed syntax, as group 1: generated ids and names of S3 objects.

    A key may contain nearly any character. In quotes it ends with the quote, otherwise with white space.
    """
    s3 = (
        rf"(?:s3[an]?{_spellings(':')}{_spellings('/') * 2}|arn:aws[a-z-]*:s3:::"
        r"|https?://[^\s'\"<>/]{0,255}\bs3[.-])"
    )
    patterns = (
        rf"(?<='){s3}[^']*",
        rf"(?<=\"){s3}[^\"]*",
        rf"{s3}[^\s'\"<>]*",
        rf"id{_spellings('#')}[A-Za-z0-9]+",
    )
    return re.compile(f"({'|'.join(patterns)})", re.IGNORECASE)


_S3_PREFIX: Final = re.compile(r"^s3://(?=([^/]*)/?(.*))", re.DOTALL)

_LONGEST_SPELLING: Final = 12
"""The longest escape of one character, in characters, unless it is escaped again."""


def scrub(text: str, values: Iterable[str] = ()) -> str:
    """Return ``text`` without generated ids, the names of S3 objects, and the given sensitive values.

    A value is found in upper or lower case, escaped or not, and inside other words; a value of up to three
    characters only as a whole word. The text is cut off after 4,000 characters.

    Args:
        text: text of the service or of another library.
        values: sensitive values that it may contain, such as those of the request that it is about.

    Raises:
        TypeError: ``text`` is no string, or ``values`` are not several strings.
    """
    _check_is_text(text, "text")
    _check_is_iterable(values, "values")
    parts: set[str] = set()
    for value in values:
        _check_is_text(value, "each of values")
        parts.update(_parts(value))
    # A value that begins within the limit is found even if it ends beyond.
    margin = _LONGEST_SPELLING * max([100, *map(len, parts)])
    searched = text[: _LONGEST_TEXT + margin]
    folded = searched.casefold()
    present = (_finder(part) for part in parts if _longest_plain_run(part) in folded)
    spans: list[tuple[int, int]] = []
    for finder in (_recognisable(), *present):
        found = (match.span(1) for match in finder.finditer(searched))
        spans += itertools.takewhile(lambda span: span[0] < _LONGEST_TEXT, found)
    return _without(text, spans)


def _check_is_text(value: object, name: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")


def _check_is_iterable(value: object, name: str) -> None:
    # One string would be taken for a list of its characters.
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be several strings, such as a list, not {type(value).__name__}")


def _parts(value: str) -> Iterator[str]:
    """Yield the parts of a value that text may contain: the value, an id without prefix, bucket and key."""
    # Splitting s3://bucket/key gives the bucket, the key, and both together.
    for part in (value, value.removeprefix("id#"), *_S3_PREFIX.split(value)):
        if part.strip():
            yield part


def _longest_plain_run(value: str) -> str:
    """Return the longest part of a value that no escape changes; text without it needs no closer search."""
    return max(re.findall("[A-Za-z0-9]+", value), key=len, default="").lower()


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text up to the limit, with ``[redacted]`` for the spans, which may overlap."""
    shown: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            shown += text[at:start], REDACTED
        at = max(at, end)
    shown.append(text[at:_LONGEST_TEXT])
    if len(text) > max(at, _LONGEST_TEXT):
        shown.append("…")
    return "".join(shown)
