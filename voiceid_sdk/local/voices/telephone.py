"""A telephone line, simulated: what it leaves of a wide-band recording."""

import importlib
from typing import Any, Final

import numpy as np

from voiceid_sdk.local.voices import mulaw
from voiceid_sdk.local.voices.onnx_graph import Floats
from voiceid_sdk.service_model.limits import SAMPLE_RATE

_PASSED: Final = (300.0, 3400.0)
_TAPS: Final = 129
_FULL_SCALE: Final = 32767


def telephone(samples: Floats, sample_rate: int) -> bytes:
    """Return 16-bit samples at 8 kHz as they come off a line: 300 to 3400 Hz, through mu-law."""
    return mulaw.decode(mulaw.encode(to_pcm(np.convolve(narrow(samples, sample_rate), _band_pass(), "same"))))


def narrow(samples: Floats, sample_rate: int) -> Floats:
    """Return samples at 8 kHz."""
    if sample_rate == SAMPLE_RATE:
        return samples
    soxr: Any = importlib.import_module("soxr")
    resampled: Floats = soxr.resample(samples, sample_rate, SAMPLE_RATE)
    return resampled


def to_pcm(samples: Floats) -> bytes:
    """Return samples between -1 and 1 as 16-bit little-endian PCM; what is beyond stays at full scale."""
    return np.rint(np.clip(samples, -1, 1) * _FULL_SCALE).astype("<i2").tobytes()


def _band_pass() -> Floats:
    """Return a filter with a linear phase: a windowed difference of two low-passes."""
    places = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * edge / SAMPLE_RATE for edge in _PASSED)
    ideal = high * np.sinc(high * places) - low * np.sinc(low * places)
    taps: Floats = (ideal * np.hamming(_TAPS)).astype(np.float32)
    return taps
