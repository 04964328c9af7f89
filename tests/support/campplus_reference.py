"""CAM++ in plain numpy, operator by operator, to hold the graph against."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.campplus_weights import LAYERS

Array = NDArray[Any]


def embed(weights: Mapping[str, Array], features: Array) -> Array:
    return _Network(weights).embed(features)


class _Network:
    def __init__(self, weights: Mapping[str, Array]) -> None:
        self.weights = weights

    def embed(self, features: Array) -> Array:
        maps = relu(self.norm(self.conv2d(features.T[None], "head.conv1", 1), "head.bn1"))
        for stage in (1, 2):
            for block in (0, 1):
                maps = self.residual(maps, f"head.layer{stage}.{block}", 2 if block == 0 else 1)
        maps = relu(self.norm(self.conv2d(maps, "head.conv2", 2), "head.bn2"))
        frames = maps.reshape(-1, maps.shape[-1])
        frames = self.act(
            self.conv1d(frames, "xvector.tdnn.linear", stride=2), "xvector.tdnn.nonlinear.batchnorm"
        )
        for block, layers in enumerate(LAYERS, start=1):
            for layer in range(1, layers + 1):
                found = self.dense(frames, f"xvector.block{block}.tdnnd{layer}", 1 if block == 1 else 2)
                frames = np.concatenate([frames, found])
            frames = self.act(frames, f"xvector.transit{block}.nonlinear.batchnorm")
            frames = self.conv1d(frames, f"xvector.transit{block}.linear")
        frames = self.act(frames, "xvector.out_nonlinear.batchnorm")
        statistics = np.concatenate([frames.mean(axis=1), frames.std(axis=1, ddof=1)])[:, None]
        dense = self.conv1d(statistics, "xvector.dense.linear")
        return self.norm(dense, "xvector.dense.nonlinear.batchnorm")[:, 0]

    def residual(self, maps: Array, name: str, stride: int) -> Array:
        inner = relu(self.norm(self.conv2d(maps, f"{name}.conv1", stride), f"{name}.bn1"))
        inner = self.norm(self.conv2d(inner, f"{name}.conv2", 1), f"{name}.bn2")
        if stride == 2:
            maps = self.norm(self.conv2d(maps, f"{name}.shortcut.0", stride), f"{name}.shortcut.1")
        return relu(inner + maps)

    def dense(self, frames: Array, name: str, dilation: int) -> Array:
        inner = self.conv1d(self.act(frames, f"{name}.nonlinear1.batchnorm"), f"{name}.linear1")
        inner = self.act(inner, f"{name}.nonlinear2.batchnorm")
        context = np.empty_like(inner)
        for start in range(0, inner.shape[1], 100):
            context[:, start : start + 100] = inner[:, start : start + 100].mean(axis=1, keepdims=True)
        context = context + inner.mean(axis=1, keepdims=True)
        gate = self.conv1d(
            relu(self.conv1d(context, f"{name}.cam_layer.linear1")), f"{name}.cam_layer.linear2"
        )
        local = self.conv1d(inner, f"{name}.cam_layer.linear_local", dilation=dilation)
        return np.asarray(local / (1 + np.exp(-gate)))

    def conv1d(self, frames: Array, name: str, *, stride: int = 1, dilation: int = 1) -> Array:
        kernel = self.weights[f"{name}.weight"]
        width = kernel.shape[2]
        padding = (width // 2) * dilation
        padded = np.pad(frames, ((0, 0), (padding, padding)))
        count = (padded.shape[1] - (width - 1) * dilation - 1) // stride + 1
        total = sum(
            kernel[:, :, tap] @ padded[:, tap * dilation : tap * dilation + (count - 1) * stride + 1 : stride]
            for tap in range(width)
        )
        bias = self.weights.get(f"{name}.bias")
        return np.asarray(total if bias is None else total + bias[:, None])

    def conv2d(self, maps: Array, name: str, stride: int) -> Array:
        kernel = self.weights[f"{name}.weight"]
        size = kernel.shape[-1]
        padded = np.pad(maps, ((0, 0), (size // 2,) * 2, (size // 2,) * 2))
        rows = (padded.shape[1] - size) // stride + 1
        columns = padded.shape[2] - size + 1
        return np.asarray(
            sum(
                np.tensordot(
                    kernel[:, :, row, column],
                    padded[:, row : row + (rows - 1) * stride + 1 : stride, column : column + columns],
                    axes=1,
                )
                for row in range(size)
                for column in range(size)
            )
        )

    def act(self, values: Array, name: str) -> Array:
        return relu(self.norm(values, name))

    def norm(self, values: Array, name: str) -> Array:
        shape = (-1,) + (1,) * (values.ndim - 1)
        mean, variance = (self.weights[f"{name}.running_{part}"].reshape(shape) for part in ("mean", "var"))
        scaled = (values - mean) / np.sqrt(variance + 1e-5)
        if f"{name}.weight" in self.weights:
            scaled = scaled * self.weights[f"{name}.weight"].reshape(shape)
            scaled = scaled + self.weights[f"{name}.bias"].reshape(shape)
        return np.asarray(scaled)


def relu(values: Array) -> Array:
    return np.maximum(values, 0)
