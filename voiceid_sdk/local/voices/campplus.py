"""CAM++, a network that turns speech into an embedding of the speaker.

A densely connected time-delay network with context-aware masking: H. Wang, S. Zheng, Y. Chen, L. Cheng and
Q. Chen, "CAM++: a fast and efficient network for speaker verification using context-aware masking" (2023).
The graph is built from the paper and from the names and shapes of the weights, and run by onnxruntime.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

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
        self._head: Any = load(runtime, _Builder(weights).head())
        body = _Builder(weights).body()
        weights.clear()
        self._body: Any = load(runtime, body)

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

    The first has a row for each segment, with 1 for its frames. The second has a column for each segment,
    whose product with frames is the mean of the segment plus the mean of all frames.
    """
    members = np.arange(frames) // _SEGMENT == np.arange(-(-frames // _SEGMENT))[:, None]
    means = (members / members.sum(axis=1, keepdims=True)).T + 1 / frames
    return members.astype(np.float32), means.astype(np.float32)


class _Builder:
    """Builds the two halves of the network."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = weights
        self._graph = Graph()

    def head(self) -> bytes:
        """Return the head: two-dimensional convolutions over time and frequency, laid out as channels."""
        self._graph = graph = Graph()
        maps = graph.apply("Relu", self._convolution_2d("frames", "head.conv1", "head.bn1", 1))
        for stage in (1, 2):
            maps = self._residual(maps, f"head.layer{stage}.0", stride=2)
            maps = self._residual(maps, f"head.layer{stage}.1", stride=1)
        maps = graph.apply("Relu", self._convolution_2d(maps, "head.conv2", "head.bn2", 2))
        channels = graph.apply("Reshape", maps, graph.integers(1, _MAPS_BINS, -1))
        return graph.model({"frames": [1, 1, FEATURES, "frames"]}, {channels: [1, _MAPS_BINS, "frames"]})

    def body(self) -> bytes:
        """Return the body: dense blocks over time, the statistics over all frames, and the embedding."""
        self._graph = graph = Graph()
        first = self._convolution("maps", "xvector.tdnn.linear", strides=[2], pads=[2, 2])
        frames = self._activated(first, "xvector.tdnn.nonlinear.batchnorm")
        for block, (layers, dilation) in enumerate(_BLOCKS, start=1):
            for layer in range(1, layers + 1):
                frames = self._dense_layer(frames, f"xvector.block{block}.tdnnd{layer}", dilation)
            transition = f"xvector.transit{block}"
            frames = self._activated(frames, f"{transition}.nonlinear.batchnorm")
            frames = self._convolution(frames, f"{transition}.linear")
        frames = self._activated(frames, "xvector.out_nonlinear.batchnorm")
        embedding = self._convolution(self._statistics(frames), "xvector.dense.linear")
        embedding = self._normalized(embedding, "xvector.dense.nonlinear.batchnorm")
        embedding = graph.apply("Reshape", embedding, graph.integers(DIMENSION))
        inputs = {
            "maps": (1, _MAPS_BINS, "frames"),
            "members": ("segments", "half the frames"),
            "means": ("half the frames", "segments"),
        }
        return graph.model(inputs, {embedding: [DIMENSION]})

    def _residual(self, maps: str, name: str, *, stride: int) -> str:
        graph = self._graph
        inner = graph.apply("Relu", self._convolution_2d(maps, f"{name}.conv1", f"{name}.bn1", stride))
        inner = self._convolution_2d(inner, f"{name}.conv2", f"{name}.bn2", 1)
        if f"{name}.shortcut.0.weight" in self._weights:
            maps = self._convolution_2d(maps, f"{name}.shortcut.0", f"{name}.shortcut.1", stride)
        return graph.apply("Relu", graph.apply("Add", inner, maps))

    def _dense_layer(self, frames: str, name: str, dilation: int) -> str:
        """Add what a layer finds to the channels that it was given."""
        graph = self._graph
        inner = self._activated(frames, f"{name}.nonlinear1.batchnorm")
        inner = self._convolution(inner, f"{name}.linear1")
        inner = self._activated(inner, f"{name}.nonlinear2.batchnorm")
        found = self._convolution(
            inner, f"{name}.cam_layer.linear_local", pads=[dilation, dilation], dilations=[dilation]
        )
        gate = self._gate(inner, f"{name}.cam_layer")
        return graph.apply("Concat", frames, graph.apply("Mul", found, gate), axis=1)

    def _gate(self, inner: str, name: str) -> str:
        """Return the mask: one for each segment of frames, from its mean and the mean of all frames."""
        graph = self._graph
        context = self._convolution(graph.apply("MatMul", inner, "means"), f"{name}.linear1")
        gate = self._convolution(graph.apply("Relu", context), f"{name}.linear2")
        return graph.apply("MatMul", graph.apply("Sigmoid", gate), "members")

    def _statistics(self, frames: str) -> str:
        """Return the mean and the unbiased standard deviation over time."""
        graph = self._graph
        mean = graph.apply("ReduceMean", frames, axes=[2], keepdims=1)
        deviation = graph.apply("Sub", frames, mean)
        squares = graph.apply("ReduceSum", graph.apply("Mul", deviation, deviation), graph.integers(2))
        count = graph.apply("Gather", graph.apply("Shape", frames), graph.integers(2))
        freedom = graph.apply("Sub", graph.apply("Cast", count, to=1), graph.constant(np.ones(1, np.float32)))
        spread = graph.apply("Sqrt", graph.apply("Div", squares, freedom))
        return graph.apply("Concat", mean, spread, axis=1)

    def _convolution_2d(self, maps: str, name: str, norm: str, stride: int) -> str:
        weight = self._weights[f"{name}.weight"]
        pads = [weight.shape[-1] // 2] * 4
        convolved = self._graph.apply(
            "Conv", maps, self._graph.constant(weight), pads=pads, strides=[stride, 1]
        )
        return self._normalized(convolved, norm)

    def _convolution(self, frames: str, name: str, **attributes: list[int]) -> str:
        parameters = [
            self._graph.constant(self._weights[f"{name}.{part}"])
            for part in ("weight", "bias")
            if f"{name}.{part}" in self._weights
        ]
        return self._graph.apply("Conv", frames, *parameters, **attributes)

    def _activated(self, frames: str, norm: str) -> str:
        return self._graph.apply("Relu", self._normalized(frames, norm))

    def _normalized(self, values: str, name: str) -> str:
        mean = self._weights[f"{name}.running_mean"]
        scale = self._weights.get(f"{name}.weight", np.ones_like(mean))
        offset = self._weights.get(f"{name}.bias", np.zeros_like(mean))
        parameters = (scale, offset, mean, self._weights[f"{name}.running_var"])
        constants = [self._graph.constant(one) for one in parameters]
        return self._graph.apply("BatchNormalization", values, *constants, epsilon=_EPSILON)
