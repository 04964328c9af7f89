"""A tiny ONNX model, made here from bytes: three filters, and how loud the sound is behind each.

It tells tones apart. ONNX files are protocol buffers; the numbers are those of the fields in ``onnx.proto``.
"""

import math
import struct
from collections.abc import Iterable

FLOAT = 1
"""The type of 32-bit floats."""

PERIODS = (40, 20, 10)
"""What the filters listen for, in samples: tones of 200, 400 and 800 Hz at 8000 samples a second."""

_LENGTH = 80


def _number(value: int) -> bytes:
    whole = bytearray()
    while value > 0x7F:
        whole.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*whole, value))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _number(number << 3) + _number(value)
    content = value.encode() if isinstance(value, str) else value
    return _number(number << 3 | 2) + _number(len(content)) + content


def _tensor(name: str, dimensions: Iterable[int], values: Iterable[float]) -> bytes:
    numbers = list(values)
    shape = b"".join(_field(1, dimension) for dimension in dimensions)
    return shape + _field(2, FLOAT) + _field(8, name) + _field(9, struct.pack(f"<{len(numbers)}f", *numbers))


def _value(name: str, dimensions: Iterable[int | str]) -> bytes:
    shape = b"".join(
        _field(1, _field(1 if isinstance(dimension, int) else 2, dimension)) for dimension in dimensions
    )
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, shape)))


def _node(operator: str, inputs: Iterable[str], output: str) -> bytes:
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, operator)


def tiny_model(inputs: int = 1) -> bytes:
    """Return the model; it takes sound in the shape 1, 1, samples, and gives three numbers.

    Args:
        inputs: how many inputs it has; only the first is used.
    """
    filters = [
        math.sin(2 * math.pi * step / period) / _LENGTH for period in PERIODS for step in range(_LENGTH)
    ]
    graph = [
        _field(1, _node("Conv", ("sound", "filters"), "filtered")),
        _field(1, _node("Abs", ("filtered",), "rectified")),
        _field(1, _node("GlobalAveragePool", ("rectified",), "voice")),
        _field(2, "tiny"),
        _field(5, _tensor("filters", (len(PERIODS), 1, _LENGTH), filters)),
        *(_field(11, _value(name, (1, 1, "samples"))) for name in ("sound", "more")[:inputs]),
        _field(12, _value("voice", (1, len(PERIODS), 1))),
    ]
    return _field(1, 8) + _field(7, b"".join(graph)) + _field(8, _field(1, "") + _field(2, 13))
