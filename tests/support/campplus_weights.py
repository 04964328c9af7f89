"""Random weights in the shapes of CAM++, and a checkpoint of them as PyTorch writes it."""

import functools
import io
import pickle
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYERS = (12, 24, 16)


def random_weights() -> dict[str, NDArray[np.float32]]:
    """Return the same weights each time, in a new dictionary of arrays that are shared and read-only."""
    return dict(_random_weights())


@functools.cache
def _random_weights() -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(0)
    weights: dict[str, NDArray[np.float32]] = {}
    for name, shape in _shapes():
        values = random.standard_normal(shape, np.float32)
        values /= np.float32(np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 10))
        if name.endswith("running_var") or (len(shape) == 1 and name.endswith("weight")):
            values = 1 + np.float32(0.1) * np.abs(values)
        values.flags.writeable = False
        weights[name] = values
    return weights


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _norm("head.bn1", 32)
    yield "head.conv1.weight", (32, 1, 3, 3)
    for stage in (1, 2):
        for block in (0, 1):
            name = f"head.layer{stage}.{block}"
            for number in (1, 2):
                yield f"{name}.conv{number}.weight", (32, 32, 3, 3)
                yield from _norm(f"{name}.bn{number}", 32)
        yield f"head.layer{stage}.0.shortcut.0.weight", (32, 32, 1, 1)
        yield from _norm(f"head.layer{stage}.0.shortcut.1", 32)
    yield "head.conv2.weight", (32, 32, 3, 3)
    yield from _norm("head.bn2", 32)
    yield "xvector.tdnn.linear.weight", (128, 320, 5)
    yield from _norm("xvector.tdnn.nonlinear.batchnorm", 128)
    channels = 128
    for block, layers in enumerate(LAYERS, start=1):
        for layer in range(1, layers + 1):
            name = f"xvector.block{block}.tdnnd{layer}"
            yield from _norm(f"{name}.nonlinear1.batchnorm", channels)
            yield f"{name}.linear1.weight", (128, channels, 1)
            yield from _norm(f"{name}.nonlinear2.batchnorm", 128)
            yield f"{name}.cam_layer.linear_local.weight", (32, 128, 3)
            yield f"{name}.cam_layer.linear1.weight", (64, 128, 1)
            yield f"{name}.cam_layer.linear1.bias", (64,)
            yield f"{name}.cam_layer.linear2.weight", (32, 64, 1)
            yield f"{name}.cam_layer.linear2.bias", (32,)
            channels += 32
        yield from _norm(f"xvector.transit{block}.nonlinear.batchnorm", channels)
        channels //= 2
        yield f"xvector.transit{block}.linear.weight", (channels, 2 * channels, 1)
    yield from _norm("xvector.out_nonlinear.batchnorm", channels)
    yield "xvector.dense.linear.weight", (192, 2 * channels, 1)
    yield "xvector.dense.nonlinear.batchnorm.running_mean", (192,)
    yield "xvector.dense.nonlinear.batchnorm.running_var", (192,)


def _norm(name: str, channels: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (channels,)


class _Global:
    """Pickled as a name in a module that is not there."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


# The one in Python, which can be extended; it is in no stub.
_PythonPickler: Any = vars(pickle)["_Pickler"]


class _Pickler(_PythonPickler):  # type: ignore[misc] # its base has no type
    """Writes names of PyTorch's classes without PyTorch."""

    def save(self, value: Any, save_persistent_id: bool = True) -> Any:  # noqa: FBT001, FBT002 - overrides
        if isinstance(value, _Global):
            self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())
            return None
        if isinstance(value, _Storage):
            self.save(value.pid, save_persistent_id=False)
            self.write(pickle.BINPERSID)
            return None
        if isinstance(value, np.ndarray):
            strides = tuple(stride // value.itemsize for stride in value.strides)
            self.save(_Global("torch._utils", "_rebuild_tensor_v2"))
            self.save((_Storage(value), 0, value.shape, strides, False, {}))
            self.write(pickle.REDUCE)
            return None
        return super().save(value, save_persistent_id)


class _Storage:
    def __init__(self, values: NDArray[Any]) -> None:
        kind = "FloatStorage" if values.dtype == np.float32 else "LongStorage"
        self.pid = ("storage", _Global("torch", kind), str(id(values)), "cpu", values.size)


def checkpoint(weights: object) -> bytes:
    """Return the weights as ``torch.save`` writes them."""
    content = io.BytesIO()
    names = io.BytesIO()
    _Pickler(names, protocol=2).dump(weights)
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", names.getvalue())
        for values in weights.values() if isinstance(weights, dict) else ():
            if isinstance(values, np.ndarray):
                archive.writestr(f"archive/data/{id(values)}", values.tobytes())
    return content.getvalue()
