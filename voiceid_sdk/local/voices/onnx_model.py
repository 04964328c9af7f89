"""An ONNX file as an embedding model; needs the extra ``onnx``."""

import importlib
import os
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from voiceid_sdk._files import as_path, naming_argument
from voiceid_sdk.local.voices.embeddings import Embed, Samples

Prepare: TypeAlias = Callable[[Samples, int], object]
"""Returns the input of the model, as an argument of ``numpy.asarray``, from samples and their rate."""


def onnx_embedding(path: str | os.PathLike[str], *, prepare: Prepare | None = None) -> Embed:
    """Return the model in an ONNX file, for an ``EmbeddingRecognizer``.

    The model has one input, and its first output is the embedding. It runs on the CPU, on one thread.

    Args:
        path: the file.
        prepare: returns the input of the model, such as a spectrogram or another sample rate, from samples
            between -1 and 1 and their rate (8000 a second). Without it, the input is the samples, in as many
            dimensions as the model requires.

    Raises:
        ModuleNotFoundError: the extra ``onnx`` is not installed.
        ValueError: the file is not a model with one input.
        FileAccessError: the file cannot be read.
    """
    numpy, runtime = _module("numpy"), _module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    with naming_argument("path", action="read"):
        content = as_path(path, "path").read_bytes()
    try:
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        (taken,) = session.get_inputs()
    except Exception:  # noqa: BLE001 - the runtime raises many types, and the remedy is the same
        raise ValueError("the file is not an ONNX model with one input") from None
    dimensions = [1] * (len(taken.shape) - 1)

    def embed(samples: Samples, rate: int) -> Iterable[float]:
        if prepare is None:
            given = numpy.asarray(samples, numpy.float32).reshape(*dimensions, -1)
        else:
            given = numpy.asarray(prepare(samples, rate), numpy.float32)
        vector: list[float] = session.run(None, {taken.name: given})[0].ravel().tolist()
        return vector

    return embed


def _module(name: str) -> Any:  # a module that may be missing has no type
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        message = f"{name} is not installed; it comes with the extra: pip install 'voiceid-sdk[onnx]'"
        raise ModuleNotFoundError(message, name=name) from None
