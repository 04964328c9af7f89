"""Calls that are simulated from clean speech: a line, other voices, music, and a GSM codec."""

import importlib
import io
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.voices import mulaw
from voiceid_sdk.local.voices.telephone import to_pcm

Floats = NDArray[Any]

VOICES: Final = 4
"""Voices of a babble."""

_RATE: Final = 8000
_LEAST: Final = -(2**15)
"""The least 16-bit sample."""
_soundfile: Any = importlib.import_module("soundfile")


def level(audio: Floats) -> float:
    """Return the root mean square."""
    return max(1e-9, float(np.sqrt(np.mean(np.square(audio)))))


def with_noise(speech: Floats, noise: Floats, decibels: float) -> Floats:
    """Return speech with a noise whose level is lower by a number of decibels."""
    return speech + noise * np.float32(level(speech) / level(noise) * 10 ** (-decibels / 20))


def babble(length: int, others: Sequence[Floats], random: np.random.Generator) -> Floats:
    """Return four other voices at once, as loud as each other."""
    chosen = [others[number] for number in random.choice(len(others), VOICES, replace=False)]
    rolled = [np.resize(np.roll(voice, random.integers(len(voice))), length) for voice in chosen]
    mixed: Floats = np.sum([voice / level(voice) for voice in rolled], axis=0)
    return mixed.astype(np.float32)


def music(length: int, random: np.random.Generator) -> Floats:
    """Return plucked chords with a beat."""
    played = np.zeros(length)
    beat = int(_RATE * random.uniform(0.25, 0.6))
    root = random.choice([110, 131, 147, 165, 196])
    for start in range(0, length, beat):
        time = np.arange(min(2 * beat, length - start)) / _RATE
        for octave in (2, 4):
            frequency = root * octave * 2 ** (random.choice([0, 2, 4, 5, 7, 9, 11, 12, 14]) / 12)
            for harmonic in range(1, 7):
                wave = np.sin(2 * np.pi * frequency * harmonic * time + random.uniform(0, 6))
                played[start : start + len(time)] += np.exp(-time * 3) * wave / harmonic**1.2
        drum = min(_RATE // 10, length - start)
        played[start : start + drum] += random.standard_normal(drum) * np.exp(-np.arange(drum) / 200) * 0.8
    return played.astype(np.float32)


def mu_law(audio: Floats) -> bytes:
    """Return 16-bit samples as they come off a line."""
    samples = np.frombuffer(to_pcm(audio), "<i2").astype(np.int32)
    return _line()[samples - _LEAST].tobytes()


@cache
def _line() -> NDArray[np.int16]:
    """Return what a line makes of each possible sample, because the codec takes samples one by one."""
    every = np.arange(_LEAST, -_LEAST).astype("<i2")
    return np.frombuffer(mulaw.decode(mulaw.encode(every.tobytes())), "<i2")


def gsm(samples: bytes) -> bytes:
    """Return 16-bit samples as they come out of a mobile telephone."""
    content = io.BytesIO()
    audio = np.frombuffer(samples, "<i2")
    _soundfile.write(content, audio, _RATE, format="WAV", subtype="GSM610")
    content.seek(0)
    decoded, _ = _soundfile.read(content, dtype="int16")
    return bytes(decoded[: len(audio)].astype("<i2").tobytes())
