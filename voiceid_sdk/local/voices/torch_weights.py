"""Reads the weights in a PyTorch checkpoint without PyTorch, and without running code from the file."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

_STORAGES: Final[Mapping[tuple[str, str], str]] = {
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}


class WeightsError(ValueError):
    """The file does not hold weights, or holds something else as well."""


def read_weights(path: str | os.PathLike[str]) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a checkpoint by name; counters, which are whole numbers, are left out.

    Raises:
        WeightsError: the file is not a zip file of tensors and names alone.
        OSError: the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (names,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
            unpickler = _Unpickler(archive, names.removesuffix("data.pkl"))
            weights: Any = unpickler.load()
    except OSError:
        raise
    except Exception as error:
        raise WeightsError("the file does not hold the weights of a model") from error
    if not isinstance(weights, dict):
        raise WeightsError("the file does not hold the weights of a model")
    tensors = cast("dict[str, NDArray[Any]]", weights)
    return {name: value for name, value in tensors.items() if value.dtype == np.float32}


class _Unpickler(pickle.Unpickler):
    """Takes ordered dicts and tensors, and rejects every other class, because a pickle can name any."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{folder}data.pkl")))
        self._archive = archive
        self._folder = folder

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # as its base class
        if (module_name, global_name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module_name, global_name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module_name, global_name) in _STORAGES:
            return _STORAGES[module_name, global_name]
        raise pickle.UnpicklingError("a class that weights do not need")

    def persistent_load(self, pid: Any) -> NDArray[Any]:  # as its base class
        _, data_type, key, _, count = pid
        return np.frombuffer(self._archive.read(f"{self._folder}data/{key}"), data_type, count)


def _tensor(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> NDArray[Any]:
    if stride != _contiguous(shape):
        raise pickle.UnpicklingError("a tensor that is a view of another")
    size = int(np.prod(shape, dtype=np.int64))
    return storage[offset : offset + size].reshape(shape)


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return tuple(strides)
