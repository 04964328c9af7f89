"""Removes sensitive values from text, however the text was quoted on its way."""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from voiceid_sdk.privacy.marks import REDACTED

_LONGEST_TEXT: Final = 4_000
"""How much of a text is shown, in characters; a proxy's error page can be any length."""

_LONGEST_WORD: Final = 3
"""Values up to this length are looked for as words of their own: inside others they stand by chance."""

# Text may have been quoted several times on its way: JSON in JSON, a URL in a URL.
_BACKSLASHES: Final = r"\\{1,8}"
_PERCENT: Final = r"%(?:25){0,4}"
_AMPERSAND: Final = r"\\{0,8}&(?:amp;){0,4}"

_SPELLINGS_OF_THEIR_OWN: Final = {
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
    """Return a pattern for a character as it is, and as JSON, Python, URLs and HTML may write it."""
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
    if character in _SPELLINGS_OF_THEIR_OWN:
        spellings.append(_SPELLINGS_OF_THEIR_OWN[character])
    return f"(?:{'|'.join(spellings)})"


def _finder(value: str) -> re.Pattern[str]:
    """Return a pattern that finds each place where ``value`` stands, overlapping ones too, as group 1."""
    # A run of backslashes counts as one: how many there are depends on how often the text was quoted.
    pattern = "".join(map(_spellings, re.sub(r"\\+", r"\\", value)))
    if len(value) <= _LONGEST_WORD:
        pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
    return re.compile(f"(?=({pattern}))", re.IGNORECASE)


@functools.cache
def _recognisable() -> re.Pattern[str]:
    """Return a pattern for what has a form of its own, as group 1: generated ids and the names of S3 objects.

    A key may hold nearly everything: in quotes it ends with them, else with white space.
    """
    s3 = (
        rf"(?:s3[an]?{_spellings(':')}{_spellings('/') * 2}|arn:aws[a-z-]*:s3:::"
        r"|https?://[^\s'\"<>/]{0,255}\bs3[.-])"
    )
    forms = (
        rf"(?<='){s3}[^']*",
        rf"(?<=\"){s3}[^\"]*",
        rf"{s3}[^\s'\"<>]*",
        rf"id{_spellings('#')}[A-Za-z0-9]+",
    )
    return re.compile(f"({'|'.join(forms)})", re.IGNORECASE)


_S3_PREFIX: Final = re.compile(r"^s3://(?=([^/]*)/?(.*))", re.DOTALL)

_LONGEST_SPELLING: Final = 12
"""How many characters an escape makes of one, unless it is escaped again."""


def scrub(text: str, values: Iterable[str] = ()) -> str:
    """Return ``text`` without generated ids, the names of S3 objects, and the given sensitive values.

    A value is found in any case, escaped or not, and inside other words; one of up to three characters only
    as a word of its own. What goes beyond 4,000 characters is cut off.

    Args:
        text: text of the service or of another library.
        values: sensitive values that may stand in it, such as those of the request that it speaks of.
    """
    parts = {part for value in values for part in _parts(value)}
    # A value that begins within the limit is found even where it goes on beyond.
    margin = _LONGEST_SPELLING * max([100, *map(len, parts)])
    searched = text[: _LONGEST_TEXT + margin]
    folded = searched.casefold()
    present = (_finder(part) for part in parts if _longest_plain_run(part) in folded)
    spans: list[tuple[int, int]] = []
    for finder in (_recognisable(), *present):
        found = (match.span(1) for match in finder.finditer(searched))
        spans += itertools.takewhile(lambda span: span[0] < _LONGEST_TEXT, found)
    return _without(text, spans)


def _parts(value: str) -> Iterator[str]:
    """Yield what text may name of a value: all of it, and of ids and S3 URIs what follows their prefix."""
    # Splitting s3://bucket/key gives the bucket, the key, and both together.
    for part in (value, value.removeprefix("id#"), *_S3_PREFIX.split(value)):
        if part.strip():
            yield part


def _longest_plain_run(value: str) -> str:
    """Return the longest part of a value that no escape changes, to see quickly whether to look closer."""
    return max(re.findall("[A-Za-z0-9]+", value), key=len, default="").lower()


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return as much of the text as is shown, with ``[redacted]`` for the spans in it, which may overlap."""
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
