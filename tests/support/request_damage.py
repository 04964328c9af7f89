"""Damage to requests: wrong values, and changes of a member, of a body and of a packed body."""

import copy
import gzip
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from voiceid_sdk.local.protocol.aws_json import MAX_BODY_BYTES

CANARY: Final = "canary7x"
"""Stands in every text that a storm sends, so that none of them can turn up unnoticed where it should not."""


@attrs.frozen
class Raw:
    """A value by its text in JSON, for what Python would not write."""

    text: str


# Values of which at least one is wrong wherever it is put.
_NUMBERS: Final = [
    *(0, 1, -1, 101, 2**31, -(2**63), 2**64, 0.5, True, False),
    *map(Raw, ("NaN", "Infinity", "-Infinity", "1e999", "-0", "1E2", "00", "0x10", "9" * 4000, "9" * 5000)),
]
_STRINGS: Final = [
    *(
        "",
        CANARY,
        f"{CANARY}\n",
        f" {CANARY}",
        f"{CANARY}\0",
        f"{CANARY}\u202e",
        f"{CANARY}\ufeff",
        CANARY * 1200,
    ),
    *(f"{CANARY}' OR 1=1 --", f"{CANARY}%s%n{{}}", f"../../{CANARY}", f"<{CANARY}>", f"${{{CANARY}}}"),
    *(
        "id#" + "A" * 22,
        "A" * 22,
        "id#" + "A" * 21 + "\n",
        "A" * 21 + "é",
        "\uff21" * 22,
        f"s3://{CANARY.upper()}/k",
    ),
    f"arn:aws:voiceid:us-east-1:123456789012:domain/{'A' * 22}",
    f"arn:aws:voiceid:us-east-1:999999999999:domain/{CANARY}",
    *(
        Raw(f'"{CANARY}{text}"')
        for text in (r"\ud800", r"\udc00\ud800", r"\ud83d\ude00", r"\u0000", r"\x", "\t", "\ud800")
    ),
]
_NESTED: Final = [
    *(
        [],
        {},
        [[]],
        [None],
        [CANARY],
        {"a": None},
        {CANARY: CANARY},
        {"__proto__": CANARY},
        [{"Key": CANARY}] * 201,
    ),
    *(Raw("[" * depth + "]" * depth) for depth in (50, 500, 5000)),
    *(Raw('{"a":' * depth + "1" + "}" * depth) for depth in (50, 500, 5000)),
    Raw(f'{{"{CANARY}":1,"{CANARY}":2}}'),
    Raw("[" * 50_000),
]
_JUNK: Final[list[Any]] = [*_NUMBERS, *_STRINGS, *_NESTED, None]

_BOMB: Final = gzip.compress(b" " * (8 * MAX_BODY_BYTES), mtime=0)


def junk(chance: random.Random) -> Any:
    """Return a value that is wrong in most places, to be changed further."""
    return copy.deepcopy(chance.choice(_JUNK))


# What can be done to a member


def _put_junk(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = junk(chance)


def _take_away(_: random.Random, holder: Any, key: Any) -> None:
    del holder[key]


def _add(chance: random.Random, holder: Any, _: Any) -> None:
    value = junk(chance)
    if isinstance(holder, dict):
        holder[chance.choice((CANARY, "", "DomainId", "domainId", "Tags", "NextToken", "é\0"))] = value
    else:
        holder.append(value)


def _wrap(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = [holder[key]] if chance.random() < 0.5 else {str(key): holder[key]}


def _repeat(chance: random.Random, holder: Any, key: Any) -> None:
    value = holder[key]
    # A little of it, or four of these in a row would fill the memory.
    if isinstance(value, str):
        holder[key] = value[:200] * chance.choice((2, 70, 300))
    elif isinstance(value, list):
        holder[key] = value[:2] * 101
    else:
        holder[key] = [value, value]


def _scratch(chance: random.Random, holder: Any, key: Any) -> None:
    """Change one character of a text."""
    value = holder[key]
    if isinstance(value, str):
        place = chance.randint(0, len(value))
        holder[key] = (
            value[:place] + chance.choice(("", "\n", "\0", " ", "é", "A", "#", "'")) + value[place + 1 :]
        )


def _swap(chance: random.Random, holder: Any, key: Any) -> None:
    other = chance.choice(list(holder)) if isinstance(holder, dict) else 0
    holder[key], holder[other] = holder[other], holder[key]


CHANGES: Final[Sequence[Callable[[random.Random, Any, Any], None]]] = (
    *(_put_junk, _put_junk, _put_junk),
    *(_take_away, _add, _wrap, _repeat, _scratch, _scratch, _swap),
)


# What can be done to a body


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def _hole(chance: random.Random, body: bytes) -> bytes:
    start = chance.randrange(len(body))
    return body[:start] + body[start + chance.randint(1, 8) :]


def _flip(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes((chance.randrange(256),)) + body[place + 1 :]


def _insert(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    inserted = chance.choice(
        (b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf", b"{", b'"', b",", b"\\u")
    )
    return body[:place] + inserted + body[place:]


def _recode(chance: random.Random, body: bytes) -> bytes:
    return body.decode().encode(
        chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7")), "replace"
    )


def _surround(chance: random.Random, body: bytes) -> bytes:
    before, after = chance.choice(
        (
            (b"[", b"]"),
            (b" \r\n\t", b"\r\n"),
            (b"", b"{}"),
            (b"", b"\0"),
            (b"", CANARY.encode()),
            (b'"', b'"'),
        )
    )
    return before + body + after


def _replace(chance: random.Random, _: bytes) -> bytes:
    return chance.choice(
        (
            b"",
            b"null",
            b"[]",
            b'""',
            b"7",
            b"\0",
            b"\x1f\x8b",
            b"a=b&c=d",
            b"<xml/>",
            chance.randbytes(40),
            b"[" * 9999,
        )
    )


def _pad(chance: random.Random, body: bytes) -> bytes:
    return (
        body.ljust(MAX_BODY_BYTES + chance.choice((0, 1))) if chance.random() < 0.05 else body + b" " * 1000
    )


BREAKS: Final[Sequence[Callable[[random.Random, bytes], bytes]]] = (
    *(_cut, _hole, _flip, _insert),
    *(_recode, _surround, _replace, _pad),
)


# What can be done to a body that comes packed


def _gzipped(body: bytes) -> bytes:
    # Without the time, which would make a storm another one in each run.
    return gzip.compress(body, 1, mtime=0)


def _packed(_: random.Random, body: bytes) -> bytes:
    return _gzipped(body)


def _packed_twice(_: random.Random, body: bytes) -> bytes:
    return _gzipped(_gzipped(body))


def _packed_and_broken(chance: random.Random, body: bytes) -> bytes:
    return chance.choice((_cut, _hole, _flip, _insert))(chance, _gzipped(body))


def _packed_and_more(_: random.Random, body: bytes) -> bytes:
    return _gzipped(body) + _gzipped(CANARY.encode())


def _not_packed(_: random.Random, body: bytes) -> bytes:
    return body


def _bomb(chance: random.Random, _: bytes) -> bytes:
    return _BOMB if chance.random() < 0.5 else _gzipped(b'{"a":"' + b"\0" * 50_000 + b'"}')


PACKINGS: Final[Sequence[Callable[[random.Random, bytes], bytes]]] = (
    *(_packed, _packed, _packed_twice, _packed_and_broken),
    *(_packed_and_more, _not_packed, _bomb),
)
