"""Recordings, read from WAV files."""

import math
import struct
from io import BytesIO
from typing import Final

import attrs

from voiceid_sdk import _wav
from voiceid_sdk._values import COUNT, NUMBER
from voiceid_sdk.local.arguments import BYTES, OPTIONAL_TEXT, check_arguments
from voiceid_sdk.service_model.limits import SAMPLE_RATE

_MAX_SECONDS: Final = 86400
"""The longest tone, a day."""

_MAX_CHANNELS: Final = 2**15 - 1
_MAX_RATE: Final = 2**32 - 1
"""The limits of the fields of a WAV header."""


class RecordingError(ValueError):
    """A file is not a recording that the service accepts; the message says why."""


@attrs.frozen(kw_only=True)
class Recording:
    """One channel of speech: samples of a file, or only the label of a voice and its seconds of speech."""

    samples: bytes = attrs.field(default=b"", repr=False)
    """16-bit little-endian samples, 8000 a second; empty if ``announced_seconds`` is set."""

    label: str | None = attrs.field(default=None, repr=False)
    """The label of the voice, if there is one."""

    announced_seconds: float | None = None
    """Seconds of speech without samples, as ``Call.speak`` announces them."""

    def __attrs_post_init__(self) -> None:
        check_arguments(
            samples=(self.samples, BYTES),
            label=(self.label, OPTIONAL_TEXT),
            announced_seconds=(self.announced_seconds, (*NUMBER, type(None))),
        )


def read_wav(content: bytes, channel: int, label: str | None = None) -> Recording:
    """Read one channel of a WAV file.

    The label is in the file's INFO list under ``IART``: one for the whole file, or one for each channel,
    separated by semicolons.

    Args:
        content: the file.
        channel: 0 or 1.
        label: a label from another place, which takes precedence over the file's own.

    Raises:
        TypeError: an argument has another type.
        RecordingError: the file is not 8 kHz, 16-bit PCM with one or two channels, or lacks the channel.
            Source: the administrator guide's job schemas.
    """
    check_arguments(content=(content, BYTES), channel=(channel, COUNT), label=(label, OPTIONAL_TEXT))
    file = BytesIO(content)
    chunks = {chunk.name: chunk for chunk in _wav.chunks(file)}
    if b"fmt " not in chunks or b"data" not in chunks:
        raise RecordingError("The audio is not a WAV file.")
    channels = _checked_channels(chunks[b"fmt "].read(file))
    if not 0 <= channel < channels:
        raise RecordingError("The audio does not have the channel.")
    samples = _wav.one_channel(chunks[b"data"].read(file), channel, channels)
    label = _wav.label_of_channel(label or _wav.artist(file), channel)
    return Recording(samples=samples, label=label)


def speech_seconds(samples: bytes) -> float:
    """Return the seconds of net speech in 16-bit samples: those that are not silent.

    A simple measure for tests; a ``Recognizer`` may have a better one.
    """
    return _wav.non_silent_seconds(samples, SAMPLE_RATE)


def wav(
    samples: bytes, *, channels: int = 1, label: str | None = None, sample_rate: int = SAMPLE_RATE
) -> bytes:
    """Return a WAV file of 16-bit samples, with the label of a voice in its INFO list if there is one.

    Raises:
        TypeError: an argument has another type.
        ValueError: a number does not fit into the header of a WAV file.
    """
    check_arguments(
        samples=(samples, BYTES),
        channels=(channels, COUNT),
        label=(label, OPTIONAL_TEXT),
        sample_rate=(sample_rate, COUNT),
    )
    if not 1 <= channels <= _MAX_CHANNELS:
        raise ValueError(f"channels must be from 1 to {_MAX_CHANNELS}")
    most = _MAX_RATE // (channels * _wav.BYTES_PER_SAMPLE)
    if not 1 <= sample_rate <= most:
        raise ValueError(f"sample_rate must be from 1 to {most} with this number of channels")
    return _wav.wav(samples, sample_rate=sample_rate, channels=channels, label=label)


def tone(seconds: float) -> bytes:
    """Return samples that count as speech of this many seconds: a 200 Hz tone.

    Raises:
        TypeError: ``seconds`` is no number.
        ValueError: it is negative, or more than a day.
    """
    check_arguments(seconds=(seconds, NUMBER))
    if not 0 <= seconds <= _MAX_SECONDS:
        raise ValueError("seconds must be from 0 to a day")
    period = [round(8192 * math.sin(2 * math.pi * step / 40)) for step in range(40)]
    return struct.pack("<40h", *period) * round(seconds * SAMPLE_RATE / 40)


def _checked_channels(content: bytes) -> int:
    header = _wav.Header.parse(content)
    if header is None:
        raise RecordingError("The audio is not a WAV file.")
    if not header.is_pcm_16:
        raise RecordingError("The audio is not 16-bit PCM.")
    if header.sample_rate != SAMPLE_RATE:
        raise RecordingError("The audio is not sampled at 8 kHz.")
    if header.channels not in (1, 2):
        raise RecordingError("The audio has more than two channels.")
    return header.channels
