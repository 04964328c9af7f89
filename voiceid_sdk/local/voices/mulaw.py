"""Mu-law, a coding of speech on telephone lines (ITU-T G.711), to and from 16-bit PCM."""

import array
import functools
import sys
from typing import Final

_BIAS: Final = 0x84
_CLIP: Final = 32635


def decode(content: bytes) -> bytes:
    """Return 16-bit little-endian samples; each byte is a sample."""
    table = _decoded()
    samples = array.array("h", [table[byte] for byte in content])
    return _little_endian(samples).tobytes()


def encode(samples: bytes) -> bytes:
    """Return mu-law of 16-bit little-endian samples."""
    values = _little_endian(array.array("h", samples))
    table = _encoded()
    return bytes(table[value & 0xFFFF] for value in values)


@functools.cache
def _decoded() -> tuple[int, ...]:
    return tuple(_sample(byte) for byte in range(256))


@functools.cache
def _encoded() -> bytes:
    return bytes(_byte(value - 0x10000 if value & 0x8000 else value) for value in range(0x10000))


def _sample(byte: int) -> int:
    inverted = ~byte & 0xFF
    exponent, mantissa = inverted >> 4 & 0x07, inverted & 0x0F
    magnitude = ((mantissa << 3 | _BIAS) << exponent) - _BIAS
    return -magnitude if inverted & 0x80 else magnitude


def _byte(value: int) -> int:
    sign = 0x80 if value < 0 else 0
    magnitude = min(abs(value), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = magnitude >> exponent + 3 & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _little_endian(samples: "array.array[int]") -> "array.array[int]":
    if sys.byteorder == "big":  # pragma: no cover
        samples.byteswap()
    return samples
