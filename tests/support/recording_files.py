"""Makes recordings: signals that are known exactly, sounds like speech, and files of them in many formats."""

import functools
import importlib
import itertools
import struct
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]
"""Between -1 and 1; one column for each channel, or of one channel."""

_soundfile: Any = importlib.import_module("soundfile")

EXACT: Final = (
    "WAV PCM_16",
    "WAV PCM_24",
    "WAV PCM_32",
    "WAV FLOAT",
    "WAV DOUBLE",
    "WAVEX PCM_16",
    "FLAC PCM_16",
)
"""Formats that keep 16 bits, each with its encoding."""

COARSE: Final = ("WAV PCM_U8", "WAV ULAW", "WAV ALAW", "OGG VORBIS", "MP3 MPEG_LAYER_III")
"""Formats that change what they store."""

FORMATS: Final = EXACT + COARSE
PCM_16: Final = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
"""The format header of one channel as the service takes it."""


def recording(
    samples: Samples, rate: int = 8000, format_: str = "WAV PCM_16", *, artist: str | None = None
) -> bytes:
    """Return a file of samples, in a format and encoding of ``FORMATS``."""
    container, encoding = format_.split()
    channels = samples.shape[1] if samples.ndim > 1 else 1
    file = BytesIO()
    with _soundfile.SoundFile(file, "w", rate, channels, format=container, subtype=encoding) as sound:
        if artist is not None:
            sound.artist = artist
        sound.write(samples)
    return file.getvalue()


def sines(frequencies: Sequence[float], seconds: float, rate: int, *, peak: float = 0.5) -> Samples:
    """Return sines that together go up to ``peak``; at another rate, it is the same signal."""
    times = np.arange(round(seconds * rate)) / rate
    phases = itertools.count()
    waves = [np.sin(2 * np.pi * frequency * times + next(phases)) for frequency in frequencies]
    return np.asarray(peak / len(frequencies) * np.sum(waves, axis=0))


def found(signal: Samples, frequencies: Sequence[float]) -> tuple[Samples, Samples]:
    """Return the peak of each sine of ``frequencies`` in a signal at 8 kHz, and what else is in it."""
    angles = 2 * np.pi * np.outer(np.arange(len(signal)) / 8000, frequencies)
    waves = np.hstack([np.sin(angles), np.cos(angles)])
    shares = np.linalg.lstsq(waves, signal, rcond=None)[0]
    return np.hypot(*shares.reshape(2, -1)), signal - waves @ shares


@functools.cache
def speech(seconds: float, rate: int = 8000, *, voice: int = 0) -> Samples:
    """Return what sounds like speech: a voice with a pitch and two formants, in syllables with pauses.

    Each number of a voice gives another one, and the same each time. The array is shared, and read-only.
    """
    random = np.random.default_rng(voice)
    times = np.arange(round(seconds * rate)) / rate
    pitch = random.uniform(90, 240)
    formants = random.uniform((350, 1000), (800, 2400))
    phase = 2 * np.pi * pitch * (times + 0.004 * np.sin(2 * np.pi * 2.5 * times))
    signal = np.zeros_like(times)
    for number in range(1, int(3400 / pitch)):
        nearness = np.exp(-(((number * pitch - formants) / 180) ** 2)).sum()
        signal += (nearness + 0.05) * np.sin(number * phase)
    syllables = np.clip(np.sin(2 * np.pi * random.uniform(3, 5) * times), 0, 1)
    words = np.sin(2 * np.pi * 0.4 * times + random.uniform(0, 3)) > -0.7
    signal *= syllables * words
    signal *= 0.5 / (np.abs(signal).max() or 1)
    signal.flags.writeable = False
    return signal


def beside(*channels: Samples) -> Samples:
    """Return one signal in each channel."""
    return np.stack(channels, axis=1)


def decoded(content: bytes) -> Samples:
    """Return the samples of a 16-bit WAV file, one column for each channel, between -1 and 1."""
    samples, _ = _soundfile.read(BytesIO(content), dtype="int16", always_2d=True)
    return np.asarray(samples, np.float64) / 32768


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a WAV file."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def riff(*chunks: bytes) -> bytes:
    """Return a WAV file of chunks, which need not make sense."""
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks))


UNFILLED_SIZES: Final = (0, 0x7FFFF000, 0x7FFFEFFC, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFDB)
"""Sizes of audio that programs write into a header before they know the size."""


def with_size(wav: bytes, size: int) -> bytes:
    """Return a WAV file whose headers announce another size of the audio."""
    place = wav.index(b"data") + 4
    total = struct.pack("<I", min(size + 36, 0xFFFFFFFF))
    return wav[:4] + total + wav[8:place] + struct.pack("<I", size) + wav[place + 4 :]


def level(signal: Samples) -> float:
    """Return the energy of a signal in dB of full scale; silence is as low as it gets."""
    return 10 * float(np.log10(np.mean(signal**2) + 1e-20))
