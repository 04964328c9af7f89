"""The speech and the model that voices are measured with: VOICEID_SDK_SPEECH names a folder with speech.

Speech is no part of the project.
"""

import os
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.measuring import Skipped
from benchmarks.simulated_calls import Floats
from voiceid_sdk.local import ModelNotFoundError, PretrainedRecognizer, pretrained_recognizer
from voiceid_sdk.local.voices.evaluation import read_audio

LONG: Final = "librispeech-test-other"
SHORT: Final = "librispeech-train-clean-100"


def recognizer() -> PretrainedRecognizer:
    """Return the recognizer with the downloaded model."""
    try:
        return pretrained_recognizer()
    except ModelNotFoundError as error:
        raise Skipped(str(error)) from error


@cache
def voices(name: str) -> list[Floats]:
    """Return all speech of each speaker of a set, as it sounds over a telephone."""
    if not (folder := os.environ.get("VOICEID_SDK_SPEECH")):
        raise Skipped("VOICEID_SDK_SPEECH names no folder with speech")
    found: list[Floats] = []
    for place in sorted(Path(folder, name).iterdir()):
        files = sorted(place.glob("*.flac")) if place.is_dir() else [place]
        samples = b"".join(read_audio(file, over_telephone=True) for file in files)
        found.append(np.frombuffer(samples, "<i2").astype(np.float32) / 32768)
    return found
