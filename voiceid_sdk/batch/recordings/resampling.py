"""Decodes recordings and resamples them to the rate of the service; needs the extra ``audio``."""

import importlib
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any, BinaryIO, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk import _wav
from voiceid_sdk.batch.recordings.correcting import end_of_tags
from voiceid_sdk.batch.recordings.inspecting import (
    MAX_CHANNELS,
    WHOLE,
    WITH_AUDIO,
    ChannelChoice,
    InvalidRecordingError,
    RecordingRule,
)
from voiceid_sdk.service_model.limits import RECORDING_BYTES, SAMPLE_RATE

# Neither has types.
_soundfile: Any = importlib.import_module("soundfile")
_soxr: Any = importlib.import_module("soxr")

_Floats = NDArray[np.float32]


class _Sound(Protocol):
    """An open ``soundfile.SoundFile``."""

    format: str
    channels: int
    samplerate: int
    frames: int
    artist: str

    def read(self, frames: int, *, dtype: str, always_2d: bool) -> _Floats: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...


_BLOCK: Final = 1 << 16
_UNKNOWN_LENGTH: Final = 2**63 - 1
_FULL_SCALE: Final = 32768
_FIRST_MP3_FRAME: Final = 4096

_AUDIO: Final = RecordingRule(
    "must be audio that libsndfile reads", "Save it as WAV, FLAC, Ogg or MP3 first."
)
_WIDE: Final = RecordingRule(
    "must be sampled at 8 kHz or more", "Record it again: missing frequencies cannot be computed."
)
_FEW_CHANNELS: Final = RecordingRule(
    "must have one or two channels, or one must be chosen", "Choose with channel=."
)
_CHANNEL: Final = RecordingRule(
    "must be a channel of the recording, counted from 0", "Give a smaller number."
)
_LENGTH: Final = RecordingRule(
    "must say how long it is, which an MP3 file does in a Xing or Info header", "Save it as WAV or FLAC."
)
_NUMBERS: Final = RecordingRule("must have finite samples", "Record it again.")
_SHORT: Final = RecordingRule(
    "must not be larger than 20 MB when converted: 21.8 minutes of one channel, half of that of two",
    "Take one channel with channel=, or only the beginning with max_seconds=.",
)


def resample(
    file: BinaryIO, *, channel: ChannelChoice, max_seconds: float | None, block: int = _BLOCK
) -> bytes:
    """Return a recording as a WAV file in the format of the service.

    Args:
        file: the recording, in any format that libsndfile reads.
        channel: the channel to keep; all channels, at most two, for None.
        max_seconds: how many seconds to keep, from the beginning; all for None.
        block: how many samples of all channels are decoded at a time.

    Raises:
        InvalidRecordingError: the recording breaks a rule.
    """
    try:
        with _opened(file) as sound:
            _check(sound, channel)
            if sound.format == "MP3":
                _check_length(file)
            kept = sound.channels if channel is None else 1
            decoded = _decoded(sound, max(1, block // sound.channels))
            picked = (_picked(part, channel) for part in decoded)
            samples = _taken(_samples(_resampled(picked, sound.samplerate, kept)), kept, max_seconds)
            label = _label(sound.artist, channel, sound.channels)
    except _soundfile.LibsndfileError:
        raise InvalidRecordingError(WHOLE) from None
    content = _wav.wav(samples, sample_rate=SAMPLE_RATE, channels=kept, label=label)
    if not samples:
        raise InvalidRecordingError(WITH_AUDIO)
    if len(content) > RECORDING_BYTES:
        raise InvalidRecordingError(_SHORT)
    return content


def _opened(file: BinaryIO) -> _Sound:
    # Without a name, because soundfile would treat call.raw as a file without a header.
    nameless = SimpleNamespace(read=file.read, seek=file.seek, tell=file.tell)
    try:
        sound: _Sound = _soundfile.SoundFile(nameless)
    except _soundfile.LibsndfileError:
        raise InvalidRecordingError(_AUDIO) from None
    return sound


def _check(sound: _Sound, channel: ChannelChoice) -> None:
    if sound.samplerate < SAMPLE_RATE:
        raise InvalidRecordingError(_WIDE)
    if channel is None and sound.channels > MAX_CHANNELS:
        raise InvalidRecordingError(_FEW_CHANNELS)
    if isinstance(channel, int) and channel >= sound.channels:
        raise InvalidRecordingError(_CHANNEL, parameter="channel")


def _check_length(mp3: BinaryIO) -> None:
    """Reject an MP3 file without a length, which libsndfile guesses from the first bit rate, and cuts off."""
    place = mp3.tell()
    mp3.seek(end_of_tags(mp3))
    first_frame = mp3.read(_FIRST_MP3_FRAME)
    mp3.seek(place)
    if b"Xing" not in first_frame and b"Info" not in first_frame:
        raise InvalidRecordingError(_LENGTH)


def _decoded(sound: _Sound, frames: int) -> Iterator[_Floats]:
    """Yield a recording's samples, between -1 and 1, in blocks with one column for each channel."""
    decoded = 0
    while len(block := sound.read(frames, dtype="float32", always_2d=True)):
        if not np.isfinite(block).all():
            raise InvalidRecordingError(_NUMBERS)
        decoded += len(block)
        yield block
    if decoded < sound.frames != _UNKNOWN_LENGTH:
        raise InvalidRecordingError(WHOLE)


def _picked(block: _Floats, channel: ChannelChoice) -> _Floats:
    if channel is None:
        return block
    if channel == "mix":
        mixed: _Floats = block.mean(axis=1, keepdims=True, dtype=np.float32)
        return mixed
    return block[:, channel : channel + 1]


def _resampled(blocks: Iterable[_Floats], rate: int, channels: int) -> Iterator[_Floats]:
    """Yield blocks at the service's sample rate.

    ``HQ`` keeps frequencies below 3.65 kHz. Aliases of frequencies above 4 kHz are 120 dB lower, below the
    resolution of 16 bits.
    """
    if rate == SAMPLE_RATE:
        yield from blocks
        return
    stream = _soxr.ResampleStream(rate, SAMPLE_RATE, channels, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.empty((0, channels), np.float32), last=True)


def _samples(blocks: Iterable[_Floats]) -> Iterator[bytes]:
    """Yield 16-bit samples, rounded and clipped at full scale.

    There is no dither: it would change samples that have 16 bits already, and speech masks rounding errors.
    """
    for block in blocks:
        rounded = np.rint(block * np.float32(_FULL_SCALE))
        yield rounded.clip(-_FULL_SCALE, _FULL_SCALE - 1).astype("<i2").tobytes()


def _taken(samples: Iterable[bytes], channels: int, max_seconds: float | None) -> bytearray:
    """Join samples up to ``max_seconds``, and stop when they exceed the limit of the service."""
    frame = channels * _wav.BYTES_PER_SAMPLE
    too_many = RECORDING_BYTES // frame + 1
    frames = too_many if max_seconds is None else round(min(max_seconds * SAMPLE_RATE, too_many))
    taken = bytearray()
    for block in samples:
        taken += block
        if len(taken) >= frames * frame:
            break
    del taken[frames * frame :]
    return taken


def _label(artist: str, channel: ChannelChoice, channels: int) -> str | None:
    """Return the label of the voice in the result: the channel's, or the one that all channels share."""
    if channel is None:
        return artist or None
    mixed = range(channels) if channel == "mix" else (channel,)
    labels = {_wav.label_of_channel(artist, number) for number in mixed}
    return labels.pop() if len(labels) == 1 else None
