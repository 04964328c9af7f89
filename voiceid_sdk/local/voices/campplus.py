"""CAM++, a network that turns speech into an embedding of the speaker.

A densely connected time-delay network with context-aware masking: H. Wang, S. Zheng, Y. Chen, L. Cheng and
Q. Chen, "CAM++: a fast and efficient network for speaker verification using context-aware masking" (2023).
The graph is built from the paper and from the names and shapes of the weights, and run by onnxruntime.
"""

import importlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.voices.onnx_graph import Floats, Graph, load

FEATURES: Final = 80
"""Filterbank features of a frame."""

DIMENSION: Final = 192
"""The components of an embedding."""

_MAPS: Final = 32
_MAPS_BINS: Final = _MAPS * FEATURES // 8
_BLOCKS: Final = ((12, 1), (24, 2), (16, 2))
"""The layers of each dense block, and the dilation of their convolutions."""
_SEGMENT: Final = 100
_EPSILON: Final = 1e-5

# Frames that the head takes at a time, and how far its convolutions see to each side. In pieces, a minute
# takes no more memory than some seconds, and the result is the same.
_PIECE: Final = 400
_REACH: Final = 10

_WIDTH: Final = 3
_LAST: Final = 2**31 - 1
"""As an end of a slice: up to the last value."""


class CamPlusPlus:
    """The network with its weights. May be used by several threads at a time.

    Args:
        weights: the weights by their names in the checkpoint; the dict is empty afterwards, because the
            process would need more memory if they were there twice.

    Raises:
        KeyError: weights are missing.
    """

    def __init__(self, weights: dict[str, Floats]) -> None:
        runtime: Any = importlib.import_module("onnxruntime")
        self._head: Any = load(runtime, _head(weights))
        # An arena takes a twentieth of the time away, and stays small with as many frames as are given.
        self._body: Any = load(runtime, _body(weights), arena=True)
        weights.clear()

    def embed(self, features: Floats) -> Floats:
        """Return the embedding of frames, an array of shape (frames, 80) less the recording's mean."""
        frames = np.ascontiguousarray(features.T)[None, None]
        count = frames.shape[-1]
        pieces: list[Floats] = []
        for start in range(0, count, _PIECE):
            stop = min(start + _PIECE, count)
            left = max(0, start - _REACH)
            seen = frames[..., left : stop + _REACH]
            maps: Floats = self._head.run(None, {"frames": seen})[0]
            pieces.append(maps[..., start - left : stop - left])
        members, means = _segments(-(-count // 2))
        given = {"maps": np.concatenate(pieces, axis=2), "members": members, "means": means}
        embedding: Floats = self._body.run(None, given)[0]
        return embedding


def _segments(frames: int) -> tuple[Floats, Floats]:
    """Return two matrices for segments of 100 frames.

    The first has a column for each segment, with 1 for its frames. The second has a row for each segment,
    whose product with frames is the mean of the segment plus the mean of all frames.
    """
    members = np.arange(frames)[:, None] // _SEGMENT == np.arange(-(-frames // _SEGMENT))
    means = (members / members.sum(axis=0)).T + 1 / frames
    return members.astype(np.float32), means.astype(np.float32)


def _head(weights: dict[str, Floats]) -> bytes:
    """Return the head: two-dimensional convolutions over time and frequency, laid out as channels."""
    builder = _HeadBuilder(weights)
    maps = builder.activated("frames", "head.conv1", "head.bn1", 1)
    for stage in (1, 2):
        maps = builder.residual(maps, f"head.layer{stage}.0", stride=2)
        maps = builder.residual(maps, f"head.layer{stage}.1", stride=1)
    maps = builder.activated(maps, "head.conv2", "head.bn2", 2)
    graph = builder.graph
    channels = graph.apply("Reshape", maps, graph.integers(1, _MAPS_BINS, -1))
    return graph.model({"frames": [1, 1, FEATURES, "frames"]}, {channels: [1, _MAPS_BINS, "frames"]})


def _body(weights: dict[str, Floats]) -> bytes:
    """Return the body: dense blocks over time, the statistics over all frames, and the embedding."""
    builder = _BodyBuilder(weights)
    frames = builder.entry()
    for block, (layers, dilation) in enumerate(_BLOCKS, start=1):
        for layer in range(1, layers + 1):
            frames = builder.dense_layer(frames, f"xvector.block{block}.tdnnd{layer}", dilation)
        norm = f"xvector.transit{block}.nonlinear.batchnorm"
        norm_after = "xvector.out_nonlinear.batchnorm" if block == len(_BLOCKS) else None
        frames = builder.product(frames, f"xvector.transit{block}.linear", norm, norm_after)
    inputs = {
        "maps": (1, _MAPS_BINS, "frames"),
        "members": ("half the frames", "segments"),
        "means": ("segments", "half the frames"),
    }
    return builder.graph.model(inputs, {builder.embedding(frames): [DIMENSION]})


class _Builder:
    """Adds parts of the network to a graph, with its batch norms as part of the operator beside them."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.graph = Graph()
        self._weights = weights

    def _norm(self, name: str) -> tuple[Floats, Floats]:
        """Return the scale and the offset of a batch norm."""
        mean = self._weights.pop(f"{name}.running_mean")
        deviation: Floats = np.sqrt(self._weights.pop(f"{name}.running_var") + _EPSILON, dtype=np.float32)
        scale: Floats = self._weights.pop(f"{name}.weight", np.ones_like(mean)) / deviation
        moved: Floats = mean * scale
        return scale, self._weights.pop(f"{name}.bias", np.zeros_like(mean)) - moved


class _HeadBuilder(_Builder):
    """Adds layers over maps, arrays of shape (1, channels, frequencies, frames)."""

    def activated(self, maps: str, name: str, norm: str, stride: int) -> str:
        """Add a convolution, a batch norm and a ReLU."""
        return self.graph.apply("Relu", self._convolution(maps, name, norm, stride))

    def residual(self, maps: str, name: str, *, stride: int) -> str:
        """Add two convolutions, whose result is added to what they were given."""
        inner = self.activated(maps, f"{name}.conv1", f"{name}.bn1", stride)
        inner = self._convolution(inner, f"{name}.conv2", f"{name}.bn2", 1)
        if f"{name}.shortcut.0.weight" in self._weights:
            maps = self._convolution(maps, f"{name}.shortcut.0", f"{name}.shortcut.1", stride)
        return self.graph.apply("Relu", self.graph.apply("Add", inner, maps))

    def _convolution(self, maps: str, name: str, norm: str, stride: int) -> str:
        weight = self._weights.pop(f"{name}.weight")
        pads = [weight.shape[-1] // 2] * 4
        scale, offset = self._norm(norm)
        constants = [self.graph.constant(one) for one in (weight * scale[:, None, None, None], offset)]
        return self.graph.apply("Conv", maps, *constants, pads=pads, strides=[stride, 1])


class _BodyBuilder(_Builder):
    """Adds layers over frames, arrays of shape (frames, channels).

    In this layout, a convolution is a product with a matrix that stays the same, which onnxruntime computes
    faster than any other operator.
    """

    def entry(self) -> str:
        """Add the convolution that takes the channels of the head."""
        scale, offset = self._norm("xvector.tdnn.nonlinear.batchnorm")
        weight = self._weights.pop("xvector.tdnn.linear.weight") * scale[:, None, None]
        constants = [self.graph.constant(one) for one in (weight, offset)]
        frames = self.graph.apply("Conv", "maps", *constants, strides=[2], pads=[2, 2])
        frames = self.graph.apply("Reshape", frames, self.graph.integers(len(weight), -1))
        return self.graph.apply("Transpose", self.graph.apply("Relu", frames), perm=[1, 0])

    def dense_layer(self, frames: str, name: str, dilation: int) -> str:
        """Add what a layer finds to the channels that it was given."""
        norms = (f"{name}.nonlinear1.batchnorm", f"{name}.nonlinear2.batchnorm")
        inner = self.product(frames, f"{name}.linear1", *norms)
        found = self._convolution(inner, f"{name}.cam_layer.linear_local", dilation)
        gate = self._gate(inner, f"{name}.cam_layer")
        return self.graph.apply("Concat", frames, self.graph.apply("Mul", found, gate), axis=1)

    def product(self, frames: str, name: str, norm: str, norm_after: str | None = None) -> str:
        """Add a batch norm, a ReLU and a product, and another batch norm and a ReLU where there is one."""
        weight = self._weights.pop(f"{name}.weight")[..., 0].T
        scale, offset = self._norm(norm)
        # The ReLU of a x + b is a max(x, -b / a) + b, or a min(x, -b / a) + b if a is negative. So there is
        # one operator over all frames, and the product does the rest.
        limit = -offset / scale
        is_negative = scale < 0
        frames = self.graph.apply("Max", frames, self._constant(np.where(is_negative, -np.inf, limit)))
        if is_negative.any():
            frames = self.graph.apply("Min", frames, self._constant(np.where(is_negative, limit, np.inf)))
        bias = offset @ weight
        weight = weight * scale[:, None]
        if norm_after is None:
            return self.graph.apply("Gemm", frames, self._constant(weight), self._constant(bias))
        scale, offset = self._norm(norm_after)
        constants = [self._constant(one) for one in (weight * scale, bias * scale + offset)]
        return self.graph.apply("Relu", self.graph.apply("Gemm", frames, *constants))

    def embedding(self, frames: str) -> str:
        """Add the mean and the unbiased standard deviation over time, and the embedding of both."""
        graph = self.graph
        mean = graph.apply("ReduceMean", frames, axes=[0], keepdims=1)
        deviation = graph.apply("Sub", frames, mean)
        squares = graph.apply("ReduceSum", graph.apply("Mul", deviation, deviation), graph.integers(0))
        count = graph.apply("Gather", graph.apply("Shape", frames), graph.integers(0))
        freedom = graph.apply("Sub", graph.apply("Cast", count, to=1), self._constant(np.ones(1)))
        spread = graph.apply("Sqrt", graph.apply("Div", squares, freedom))
        scale, offset = self._norm("xvector.dense.nonlinear.batchnorm")
        weight = self._weights.pop("xvector.dense.linear.weight")[..., 0].T * scale
        statistics = graph.apply("Concat", mean, spread, axis=1)
        embedding = graph.apply("Gemm", statistics, self._constant(weight), self._constant(offset))
        return graph.apply("Reshape", embedding, graph.integers(DIMENSION))

    def _convolution(self, frames: str, name: str, dilation: int) -> str:
        """Add a convolution of width 3: a product for all places, and the sum of it at three moments."""
        graph = self.graph
        weight = self._weights.pop(f"{name}.weight")
        places = np.concatenate([weight[..., place].T for place in range(_WIDTH)], axis=1)
        padded = graph.apply("Pad", frames, graph.integers(dilation, 0, dilation, 0))
        products = graph.apply("MatMul", padded, self._constant(places))
        parts: list[str] = []
        for place in range(_WIDTH):
            end = (place - _WIDTH + 1) * dilation or _LAST
            channels = (place * len(weight), (place + 1) * len(weight))
            starts, ends = graph.integers(place * dilation, channels[0]), graph.integers(end, channels[1])
            parts.append(graph.apply("Slice", products, starts, ends, graph.integers(0, 1)))
        return graph.apply("Sum", *parts)

    def _gate(self, inner: str, name: str) -> str:
        """Return the mask: one for each segment of frames, from its mean and the mean of all frames."""
        graph = self.graph
        context = graph.apply("MatMul", "means", inner)
        context = graph.apply("Relu", self._linear(context, f"{name}.linear1"))
        gate = graph.apply("Sigmoid", self._linear(context, f"{name}.linear2"))
        return graph.apply("MatMul", "members", gate)

    def _linear(self, values: str, name: str) -> str:
        constants = (self._weights.pop(f"{name}.weight")[..., 0].T, self._weights.pop(f"{name}.bias"))
        return self.graph.apply("Gemm", values, *map(self._constant, constants))

    def _constant(self, values: NDArray[np.floating[Any]]) -> str:
        return self.graph.constant(values.astype(np.float32))
