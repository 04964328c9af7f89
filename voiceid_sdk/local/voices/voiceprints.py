"""Voiceprints of embedding models: a vector, and a mark of the model that made it."""

import array
import functools
import hashlib
import math
import operator
import sys
from collections.abc import Callable, Iterable
from typing import Final, cast

from voiceid_sdk.local.arguments import check_arguments

_FORMAT: Final = b"VP1\0"
_DIGEST_BYTES: Final = 12
_COMPONENT: Final = "f"
_HEADER_BYTES: Final = len(_FORMAT) + _DIGEST_BYTES
_BYTES: Final = (bytes,)


class VoiceprintError(ValueError):
    """A voiceprint cannot be compared, because another model made it, or it is damaged."""

    def __init__(self) -> None:
        super().__init__("the voiceprints come from different models: enroll or register the voice again")


def pack(model: str, vector: Iterable[float]) -> bytes:
    """Return a voiceprint: the mark of the model, and the vector at length one as 32-bit floats.

    Raises:
        ValueError: the vector is not one list of finite numbers, or all of them are zero.
    """
    try:
        components = [float(component) for component in vector]
    except TypeError:
        raise ValueError(
            "the model gave no vector: a model gives one list of numbers, not a list of lists"
        ) from None
    length = math.hypot(*components)
    if not math.isfinite(length) or not length:
        raise ValueError("the model gave no vector with a direction")
    values = array.array(_COMPONENT, (component / length for component in components))
    if sys.byteorder == "big":  # pragma: no cover
        values.byteswap()
    return _mark(model) + values.tobytes()


def unpack(voiceprint: bytes) -> "array.array[float]":
    """Return the vector of a voiceprint; raises VoiceprintError if it is cut off."""
    values = array.array(_COMPONENT)
    if (len(voiceprint) - _HEADER_BYTES) % values.itemsize:
        raise VoiceprintError
    values.frombytes(voiceprint[_HEADER_BYTES:])
    if sys.byteorder == "big":  # pragma: no cover
        values.byteswap()
    return values


def cosine(one: bytes, other: bytes) -> float:
    """Return the cosine of two voiceprints of one embedding model.

    Raises:
        TypeError: one of them is not bytes.
        VoiceprintError: they come from different models.
    """
    check_arguments(one=(one, _BYTES), other=(other, _BYTES))
    same_mark = one[:_HEADER_BYTES] == other[:_HEADER_BYTES]
    if not same_mark or not one.startswith(_FORMAT) or len(one) != len(other):
        raise VoiceprintError
    return max(-1.0, min(1.0, math.fsum(map(operator.mul, unpack(one), unpack(other)))))


def check_made_by(model: str, voiceprint: bytes) -> None:
    """Raise ``VoiceprintError`` if a voiceprint does not come from a model; TypeError if it is not bytes."""
    check_arguments(voiceprint=(voiceprint, _BYTES))
    if not voiceprint.startswith(_mark(model)):
        raise VoiceprintError


def describe_function(function: Callable[..., object]) -> str:
    """Return a name for a model that has none: it changes with the code and with the values that it uses."""
    digest = hashlib.sha256()
    for part in _parts(function):
        digest.update(repr(part).encode())
    return digest.hexdigest()


@functools.lru_cache(maxsize=16)
def _mark(model: str) -> bytes:
    return _FORMAT + hashlib.blake2b(model.encode(), digest_size=_DIGEST_BYTES).digest()


def _parts(function: Callable[..., object]) -> Iterable[object]:
    kind = type(function)
    yield kind.__module__, kind.__qualname__
    name = getattr(function, "__qualname__", None)
    yield getattr(function, "__module__", None), name
    code = getattr(function, "__code__", None)
    if code is not None:
        yield code.co_code, tuple(value for value in code.co_consts if _is_plain(value))
        for cell in getattr(function, "__closure__", None) or ():
            if _is_plain(cell.cell_contents):
                yield cell.cell_contents
        yield tuple(value for value in getattr(function, "__defaults__", None) or () if _is_plain(value))
    else:
        yield sorted(
            (name, value) for name, value in getattr(function, "__dict__", {}).items() if _is_plain(value)
        )


def _is_plain(value: object) -> bool:
    return (
        value is None
        or isinstance(value, bool | int | float | str | bytes)
        or (isinstance(value, tuple) and all(map(_is_plain, cast("tuple[object, ...]", value))))
    )
