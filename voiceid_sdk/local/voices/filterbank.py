"""Filterbank features of speech as Kaldi computes them: 80 for each frame of 25 ms, every 10 ms."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.voices.onnx_graph import Floats

SAMPLE_RATE: Final = 16_000
"""Samples of a second of the audio that features are computed from."""

SHIFT: Final = 160
"""Samples from one frame to the next."""

FRAME: Final = 400
"""Samples of a frame."""

_BINS: Final = 80
_POINTS: Final = 512
_LOWEST: Final = 20.0
_PREEMPHASIS: Final = 0.97
_WINDOW_EXPONENT: Final = 0.85


def filterbank(samples: Floats, *, floor: float) -> Floats:
    """Return the logarithms of the energies in 80 bands on the mel scale, an array of shape (frames, 80).

    Args:
        samples: 16 kHz audio of at least one frame.
        floor: the energy that every band has at least.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::SHIFT]
    frames = frames - frames.mean(axis=1, keepdims=True)
    emphasized = frames.copy()
    emphasized[:, 1:] -= np.float32(_PREEMPHASIS) * frames[:, :-1]
    emphasized[:, 0] *= np.float32(1 - _PREEMPHASIS)
    spectrum = np.fft.rfft(emphasized * _WINDOW, _POINTS)[:, : _POINTS // 2]
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    energies: Floats = np.log(np.maximum(power @ _BANDS, np.float32(floor)))
    return energies


def _mel(frequency: NDArray[Any]) -> NDArray[Any]:
    mel: NDArray[Any] = 1127 * np.log1p(frequency / 700)
    return mel


def _bands() -> Floats:
    """Return the weight of each spectral line in each band, triangles of equal width on the mel scale."""
    ends = _mel(np.array([_LOWEST, SAMPLE_RATE / 2]))
    edges: NDArray[Any] = np.linspace(float(ends[0]), float(ends[1]), _BINS + 2)
    lines = _mel(np.arange(_POINTS // 2) * SAMPLE_RATE / _POINTS)[:, None]
    rising = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    weights: Floats = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return weights


def _window() -> Floats:
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    window: Floats = (hann**_WINDOW_EXPONENT).astype(np.float32)
    return window


_BANDS: Final = _bands()
_WINDOW: Final = _window()
