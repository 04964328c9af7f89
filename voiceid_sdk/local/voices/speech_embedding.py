"""From recordings to embeddings: finds the speech, computes its features and runs the network on them."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.voices.campplus import CamPlusPlus
from voiceid_sdk.local.voices.filterbank import FRAME, SHIFT, Filterbank, frames
from voiceid_sdk.local.voices.filterbank import SAMPLE_RATE as FEATURE_RATE
from voiceid_sdk.local.voices.onnx_graph import Floats
from voiceid_sdk.local.voices.recordings import RecordingError
from voiceid_sdk.local.voices.speech_detection import WINDOW, SpeechDetector
from voiceid_sdk.local.voices.torch_weights import read_weights
from voiceid_sdk.service_model.limits import SAMPLE_RATE

MAX_SECONDS: Final = 60.0
"""Seconds of speech that are embedded; what comes after them in a recording is not looked at."""

FRAMES_PER_SECOND: Final = FEATURE_RATE // SHIFT

_WINDOW_SECONDS: Final = WINDOW / SAMPLE_RATE
_WINDOW_FRAMES: Final = WINDOW * FEATURE_RATE // SAMPLE_RATE
_MAX_WINDOWS: Final = int(MAX_SECONDS / _WINDOW_SECONDS)
_WINDOWS_AT_ONCE: Final = 512

_LEVEL: Final = 0.1
"""The level that speech is brought to, so that its features do not depend on the line's."""

_FLOOR: Final = 1e-3
"""The least energy of a band: the noise of a quiet line and the empty bands above it lie below."""

_BANDS: Final = 61
"""The bands with a part below 4.15 kHz: above, resampled telephone speech is empty."""

# Frames that the network takes at a time, because the memory that it needs grows with them.
_MAX_FRAMES: Final = 1000
_MIN_FRAMES: Final = 50


class SpeechEmbedder:
    """The network with all that it needs. May be used by several threads at a time.

    Args:
        path: the file with the network's weights.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Final = Path(path).absolute()
        """The file with the weights."""
        self._soxr: Any = importlib.import_module("soxr")
        self._network = CamPlusPlus(read_weights(path))
        self._detector = SpeechDetector()
        self._filterbank = Filterbank(floor=_FLOOR, bands=_BANDS)

    def speech_seconds(self, samples: bytes) -> float:
        """Return the seconds of speech in 16-bit samples at 8 kHz, at most 60."""
        windows = self._detector.windows(samples, most=_MAX_WINDOWS)
        return min(MAX_SECONDS, int(windows.sum()) * _WINDOW_SECONDS)

    def features(self, samples: bytes) -> Floats:
        """Return the features of the frames with speech, an array of shape (frames, 80).

        Raises:
            RecordingError: there is no speech.
        """
        windows = self._detector.windows(samples, most=_MAX_WINDOWS)
        windows &= np.cumsum(windows) <= _MAX_WINDOWS
        if not windows.any():
            raise RecordingError("There is no speech in the audio.")
        audio = np.frombuffer(samples, "<i2", count=windows.size * WINDOW)
        gain = np.float32(_LEVEL / _level(audio, windows))
        parts: list[Floats] = []
        for start in range(0, windows.size, _WINDOWS_AT_ONCE):
            speech = windows[start : start + _WINDOWS_AT_ONCE]
            if speech.any():
                piece = audio[start * WINDOW : (start + speech.size) * WINDOW]
                parts.append(self._speech_frames(piece.astype(np.float32) * gain, speech))
        return np.concatenate(parts)

    def embed(self, features: Floats) -> Floats:
        """Return the embedding of frames, at length one."""
        parts = np.array_split(features - features.mean(axis=0), -(-len(features) // _MAX_FRAMES))
        return unit(np.mean([unit(self._embed(part)) for part in parts], axis=0))

    def embed_each(self, parts: Sequence[Floats]) -> Floats:
        """Return the embeddings of parts of a recording, each at length one, a row for each."""
        return np.array([unit(self._embed(part - part.mean(axis=0))) for part in parts])

    def _embed(self, features: Floats) -> Floats:
        if len(features) < _MIN_FRAMES:
            features = np.resize(features, (_MIN_FRAMES, features.shape[1]))
        return self._network.embed(features)

    def _speech_frames(self, audio: Floats, windows: NDArray[np.bool_]) -> Floats:
        wide: Floats = self._soxr.resample(audio, SAMPLE_RATE, FEATURE_RATE)
        every = frames(wide)
        middles = (np.arange(len(every)) * SHIFT + FRAME // 2) // _WINDOW_FRAMES
        return self._filterbank.features(every[windows[np.minimum(middles, windows.size - 1)]])


def unit(vector: Floats) -> Floats:
    """Return a vector, or each row of an array, at length one."""
    scaled: Floats = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
    return scaled


def _level(audio: NDArray[np.int16], windows: NDArray[np.bool_]) -> float:
    """Return the root mean square of the windows with speech."""
    speech = audio.reshape(-1, WINDOW)[windows].astype(np.float32)
    return max(1.0, float(np.sqrt(np.mean(np.square(speech)))))
