"""Resampling: how true ``convert`` is to signals that are known exactly, beside scipy's ``resample_poly``.

A sum of sines has exact samples at every rate, so what a resampler makes of it can be compared with what it
should be. scipy serves as the reference: it is in the dependency group ``bench``.
"""

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Row, cpu, interleave, ratios
from voiceid_sdk.batch.recordings import convert

Samples = NDArray[np.float64]

_soundfile: Any = importlib.import_module("soundfile")
_signal: Any = importlib.import_module("scipy.signal")

RATE: Final = 8000
RATES: Final = (16000, 44100, 48000)
SPEECH: Final = (100, 300, 1000, 2100, 3000, 3390)
"""Frequencies that speech has on the telephone, in Hz."""
ABOVE: Final = (4050, 4400, 5000, 6500, 7900)
"""Frequencies that 8000 samples a second cannot hold, in Hz; they must not come back as others."""
PEAK: Final = 0.5
EDGE: Final = 400
"""Samples at each end that are not compared: filters begin and end there."""


def measure(*, quick: bool) -> Iterator[Row]:
    """Resample from each rate, with ``convert`` and with scipy."""
    for rate in RATES:
        yield from _quality(rate, "convert", convert, must=True)
        yield from _quality(rate, "scipy", _by_scipy, must=False)
        minute = _file(np.resize(_sines(SPEECH, rate), 60 * rate), rate)
        found = interleave(
            {"convert": cpu(lambda: convert(minute)), "scipy": cpu(lambda: _by_scipy(minute))},  # noqa: B023 - run at once
            2 if quick else 21,
        )
        yield Row(
            what=f"{rate} Hz, a minute: against scipy", figures=ratios(found, "convert", "scipy"), must=1.0
        )


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


def _by_scipy(recording: bytes) -> bytes:
    signal, rate = _soundfile.read(BytesIO(recording), dtype="float32")
    shared = math.gcd(rate, RATE)
    resampled = _signal.resample_poly(signal, RATE // shared, rate // shared)
    return _file(np.clip(np.rint(resampled * 32768), -32768, 32767).astype(np.int16), RATE, "PCM_16")


def _sines(frequencies: Sequence[float], rate: int) -> Samples:
    """Return a second of sines that together go up to half of full scale."""
    angles = 2 * np.pi * np.outer(np.arange(rate) / rate, frequencies) + np.arange(len(frequencies))
    return np.asarray(PEAK / len(frequencies) * np.sin(angles).sum(axis=1))


def _found(signal: Samples, frequencies: Sequence[float]) -> tuple[Samples, Samples]:
    """Return the peak of each sine in a signal at 8 kHz, and what else is in it."""
    angles = 2 * np.pi * np.outer(np.arange(len(signal)) / RATE, frequencies)
    waves = np.hstack([np.sin(angles), np.cos(angles)])
    shares = np.linalg.lstsq(waves, signal, rcond=None)[0]
    return np.hypot(*shares.reshape(2, -1)), signal - waves @ shares


def _level(signal: Samples) -> float:
    """Return the energy of a signal in dB of full scale; 200 dB below it is silence."""
    return 10 * math.log10(float(np.mean(signal**2)) + 1e-20)


def _file(samples: NDArray[Any], rate: int, encoding: str = "FLOAT") -> bytes:
    file = BytesIO()
    _soundfile.write(file, samples, rate, format="WAV", subtype=encoding)
    return file.getvalue()


def _samples(recording: bytes) -> Samples:
    """Return what is in a recording, without its beginning and end."""
    return np.asarray(_soundfile.read(BytesIO(recording))[0])[EDGE:-EDGE]
