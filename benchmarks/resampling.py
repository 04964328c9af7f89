"""Resampling: the errors of ``convert`` for exactly known signals, compared with scipy's ``resample_poly``.

The exact samples of a sum of sines are known at every rate, so the output of a resampler can be compared with
them. scipy is the reference, from the dependency group ``bench``.
"""

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Row
from voiceid_sdk.batch.recordings import convert

Samples = NDArray[np.float64]

_soundfile: Any = importlib.import_module("soundfile")
_signal: Any = importlib.import_module("scipy.signal")

RATE: Final = 8000
RATES: Final = (16000, 44100, 48000)
SPEECH: Final = (100, 300, 1000, 2100, 3000, 3390)
"""Frequencies of telephone speech, in Hz."""
ABOVE: Final = (4050, 4400, 5000, 6500, 7900)
"""Frequencies in Hz that 8000 samples a second cannot represent; they must not turn into others."""
PEAK: Final = 0.5
EDGE: Final = 400
"""Samples at each end that are not compared, because filters settle there."""


def measure(*, quick: bool) -> Iterator[Row]:
    """Resample from each rate, with ``convert`` and with scipy."""
    for rate in RATES[: 1 if quick else None]:
        yield from _quality(rate, "convert", convert, must=True)
        yield from _quality(rate, "scipy", by_scipy, must=False)


def _quality(rate: int, name: str, resample: Callable[[bytes], bytes], *, must: bool) -> Iterator[Row]:
    peaks, rest = _found(_samples(resample(_file(_sines(SPEECH, rate), rate))), SPEECH)
    yield Row(
        what=f"{rate} Hz, {name}: most that a tone below 3.4 kHz changes",
        figures=(float(np.abs(20 * np.log10(peaks * len(SPEECH) / PEAK)).max()),),
        unit="dB",
        must=0.01 if must else None,
    )
    yield Row(
        what=f"{rate} Hz, {name}: noise and distortion",
        figures=(_level(rest),),
        unit="dBFS",
        must=-100 if must else None,
    )
    yield Row(
        what=f"{rate} Hz, {name}: what comes back from above 4 kHz",
        figures=(_level(_samples(resample(_file(_sines(ABOVE, rate), rate)))),),
        unit="dBFS",
        must=-100 if must else None,
    )


def minute(rate: int) -> bytes:
    """Return a minute of sines as a file."""
    return _file(np.resize(_sines(SPEECH, rate), 60 * rate), rate)


def by_scipy(recording: bytes) -> bytes:
    """Resample a file as ``convert`` does."""
    signal, rate = _soundfile.read(BytesIO(recording), dtype="float32")
    shared = math.gcd(rate, RATE)
    resampled = _signal.resample_poly(signal, RATE // shared, rate // shared)
    return _file(np.clip(np.rint(resampled * 32768), -32768, 32767).astype(np.int16), RATE, "PCM_16")


def _sines(frequencies: Sequence[float], rate: int) -> Samples:
    """Return a second of sines whose sum has a peak of at most half of full scale."""
    angles = 2 * np.pi * np.outer(np.arange(rate) / rate, frequencies) + np.arange(len(frequencies))
    return np.asarray(PEAK / len(frequencies) * np.sin(angles).sum(axis=1))


def _found(signal: Samples, frequencies: Sequence[float]) -> tuple[Samples, Samples]:
    """Return the peak of each sine in a signal at 8 kHz, and the rest of the signal."""
    angles = 2 * np.pi * np.outer(np.arange(len(signal)) / RATE, frequencies)
    waves = np.hstack([np.sin(angles), np.cos(angles)])
    shares = np.linalg.lstsq(waves, signal, rcond=None)[0]
    return np.hypot(*shares.reshape(2, -1)), signal - waves @ shares


def _level(signal: Samples) -> float:
    """Return the energy of a signal in dBFS; silence is -200 dBFS."""
    return 10 * math.log10(float(np.mean(signal**2)) + 1e-20)


def _file(samples: NDArray[Any], rate: int, encoding: str = "FLOAT") -> bytes:
    file = BytesIO()
    _soundfile.write(file, samples, rate, format="WAV", subtype=encoding)
    return file.getvalue()


def _samples(recording: bytes) -> Samples:
    """Return the samples of a recording, without its beginning and end."""
    return np.asarray(_soundfile.read(BytesIO(recording))[0])[EDGE:-EDGE]
