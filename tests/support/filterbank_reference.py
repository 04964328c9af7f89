"""Kaldi's filterbank in plain numpy, step by step, to hold the graph against."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAME, SHIFT, POINTS, BINS, RATE = 400, 160, 512, 80, 16_000


def filterbank(samples: NDArray[Any]) -> NDArray[Any]:
    """Return the logarithms of the energies of each band, a row for each frame."""
    return np.array([frame(samples[at : at + FRAME]) for at in range(0, len(samples) - FRAME + 1, SHIFT)])


def frame(samples: NDArray[Any]) -> NDArray[Any]:
    centered = samples.astype(np.float64) - samples.mean()
    emphasized = centered - 0.97 * np.concatenate([centered[:1], centered[:-1]])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / (FRAME - 1))
    power = np.abs(np.fft.rfft(emphasized * hann**0.85, POINTS)) ** 2
    edges = np.linspace(mel(20.0), mel(RATE / 2), BINS + 2)
    lines = mel(np.arange(len(power)) * RATE / POINTS)
    bands = [np.interp(lines, edges[band : band + 3], [0, 1, 0]) for band in range(BINS)]
    energies: NDArray[Any] = np.log(np.array(bands) @ power)
    return energies


def mel(frequency: Any) -> Any:
    return 1127 * np.log1p(frequency / 700)
