"""Filterbank features of speech as Kaldi computes them: 80 for each frame of 25 ms, every 10 ms."""

import importlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.voices.onnx_graph import Floats, Graph, load

SAMPLE_RATE: Final = 16_000
"""Samples of a second of the audio that features are computed from."""

SHIFT: Final = 160
"""Samples from one frame to the next."""

FRAME: Final = 400
"""Samples of a frame."""

_BINS: Final = 80
_POINTS: Final = 512
_LINES: Final = _POINTS // 2

_HIGHEST: Final = 4150.0
"""Above it, there is nothing in audio of 8 kHz, so the bands there have the least energy."""
_LOWEST: Final = 20.0
_PREEMPHASIS: Final = 0.97
_WINDOW_EXPONENT: Final = 0.85


def frames(samples: Floats) -> Floats:
    """Return the frames of 16 kHz audio, of at least one frame, as a view of shape (frames, 400)."""
    return np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::SHIFT]


class Filterbank:
    """Computes the logarithms of the energies in 80 bands on the mel scale.

    The spectrum is a product with one matrix. onnxruntime computes it on one thread, because the threads of
    numpy's products wait busily for the next one, and so use more CPU than the product.

    Args:
        floor: the energy that every band has at least.
        bands: how many of the lowest bands are computed. The others have the least energy.
    """

    def __init__(self, *, floor: float, bands: int = _BINS) -> None:
        graph = Graph()
        weights = _bands()[:, :bands]
        lines = int(np.flatnonzero(weights.any(axis=1))[-1]) + 1
        spectrum = graph.apply("MatMul", "frames", graph.constant(_spectrum(lines)))
        squares = graph.apply("Mul", spectrum, spectrum)
        energies = graph.apply("MatMul", squares, graph.constant(np.tile(weights[:lines], (2, 1))))
        floored = graph.apply("Max", energies, graph.constant(np.array(floor, np.float32)))
        missing = graph.integers(0, 0, 0, _BINS - bands)
        least = graph.constant(np.array(np.log(floor), np.float32))
        features = graph.apply("Pad", graph.apply("Log", floored), missing, least)
        model = graph.model({"frames": ["frames", FRAME]}, {features: ["frames", _BINS]})
        self._session: Any = load(importlib.import_module("onnxruntime"), model)

    def features(self, frames: Floats) -> Floats:
        """Return the features of frames, an array of shape (frames, 80)."""
        features: Floats = self._session.run(None, {"frames": frames})[0]
        return features


def _spectrum(count: int) -> Floats:
    """Return the matrix from a frame to the first lines of its spectrum: real, then imaginary parts.

    It also takes away the frame's mean, emphasizes high frequencies and applies the window.
    """
    emphasis = np.eye(FRAME) - _PREEMPHASIS * np.eye(FRAME, k=1)
    emphasis[0, 0] = 1 - _PREEMPHASIS
    centered = np.eye(FRAME) - 1 / FRAME
    lines = np.fft.rfft((centered @ emphasis) * _window(), _POINTS)[:, :count]
    return np.concatenate([lines.real, lines.imag], axis=1).astype(np.float32)


def _window() -> NDArray[np.float64]:
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    window: NDArray[np.float64] = hann**_WINDOW_EXPONENT
    return window


def _bands() -> Floats:
    """Return the weight of each spectral line in each band, triangles of equal width on the mel scale."""
    ends = _mel(np.array([_LOWEST, SAMPLE_RATE / 2]))
    edges: NDArray[Any] = np.linspace(float(ends[0]), float(ends[1]), _BINS + 2)
    lines = _mel(np.arange(_LINES) * SAMPLE_RATE / _POINTS)[:, None]
    rising = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    weights: Floats = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return weights


def _mel(frequency: NDArray[Any]) -> NDArray[Any]:
    mel: NDArray[Any] = 1127 * np.log1p(frequency / 700)
    return mel
