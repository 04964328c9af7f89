"""Builds ONNX models in memory, so that weights from other formats run without a converter.

An ONNX file is a protocol buffer. The numbers below are those of the fields in ``onnx.proto``.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Dimension: TypeAlias = int | str
"""The size of a dimension, or a name for one that differs from run to run."""

_IR_VERSION: Final = 8
_OPERATOR_SET: Final = 15
_FLOAT: Final = 1
_INT64: Final = 7
_BYTES_WIRE_TYPE: Final = 2
_FLOAT_WIRE_TYPE: Final = 5
_ATTRIBUTE_FLOAT: Final = 1
_ATTRIBUTE_INT: Final = 2
_ATTRIBUTE_INTS: Final = 7


class Graph:
    """A graph of operators under construction. Every value has a name, which the methods return."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._values = 0

    def constant(self, values: Floats) -> str:
        """Add weights."""
        return self._constant(values.shape, _FLOAT, np.ascontiguousarray(values, "<f4").tobytes())

    def integers(self, *values: int) -> str:
        """Add a list of whole numbers, such as a shape."""
        return self._constant((len(values),), _INT64, struct.pack(f"<{len(values)}q", *values))

    def apply(self, operator: str, *inputs: str, **attributes: float | Sequence[int]) -> str:
        """Add an operator with one output and return the output's name."""
        return self.apply_many(operator, inputs, outputs=1, **attributes)[0]

    def apply_many(
        self, operator: str, inputs: Sequence[str], *, outputs: int, **attributes: float | Sequence[int]
    ) -> list[str]:
        """Add an operator and return the names of its outputs. An empty name is an input that is left out."""
        names = [self._name() for _ in range(outputs)]
        self._nodes.append(
            b"".join(
                [
                    *(_field(1, name) for name in inputs),
                    *(_field(2, name) for name in names),
                    _field(4, operator),
                    *(_field(5, _attribute(name, value)) for name, value in attributes.items()),
                ]
            )
        )
        return names

    def model(
        self, inputs: Mapping[str, Sequence[Dimension]], outputs: Mapping[str, Sequence[Dimension]]
    ) -> bytes:
        """Return the ONNX file of the graph with these inputs and outputs, all of 32-bit floats."""
        parts = [
            *(_field(1, node) for node in self._nodes),
            _field(2, "graph"),
            *self._constants,
            *(_field(11, _value(name, shape)) for name, shape in inputs.items()),
            *(_field(12, _value(name, shape)) for name, shape in outputs.items()),
        ]
        operator_set = _field(8, _field(1, "") + _field(2, _OPERATOR_SET))
        # Joined once, because every copy of the weights counts for the memory of the process.
        return b"".join([_field(1, _IR_VERSION), _start(7, sum(map(len, parts))), *parts, operator_set])

    def _constant(self, shape: Sequence[int], data_type: int, content: bytes) -> str:
        name = self._name()
        dimensions = b"".join(_field(1, size) for size in shape)
        head = dimensions + _field(2, data_type) + _field(8, name) + _start(9, len(content))
        self._constants += (_start(5, len(head) + len(content)) + head, content)
        return name

    def _name(self) -> str:
        self._values += 1
        return f"v{self._values}"


def load(runtime: Any, model: bytes, *, arena: bool = False) -> Any:  # onnxruntime has no types
    """Return an onnxruntime session that runs a model on one thread of the CPU, in little memory.

    Args:
        runtime: the module ``onnxruntime``.
        model: the content of an ONNX file.
        arena: keep the memory of the longest run for the next one.
    """
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = arena
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    session: Any = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    # The session keeps the file to create itself again with other providers. This takes as much memory as the
    # weights, and there are no others.
    session.__dict__.pop("_model_bytes", None)
    return session


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*encoded, value))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _start(number, len(content)) + content


def _start(number: int, length: int) -> bytes:
    """Return what stands before the content of a field."""
    return _varint(number << 3 | _BYTES_WIRE_TYPE) + _varint(length)


def _attribute(name: str, value: float | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _ATTRIBUTE_INT)
    if isinstance(value, float):
        packed = _varint(2 << 3 | _FLOAT_WIRE_TYPE) + struct.pack("<f", value)
        return _field(1, name) + packed + _field(20, _ATTRIBUTE_FLOAT)
    return _field(1, name) + b"".join(_field(8, one) for one in value) + _field(20, _ATTRIBUTE_INTS)


def _value(name: str, shape: Sequence[Dimension]) -> bytes:
    dimensions = b"".join(
        _field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape
    )
    tensor_type = _field(1, _FLOAT) + _field(2, dimensions)
    return _field(1, name) + _field(2, _field(1, tensor_type))
