"""Recordings: reading WAV files, and measuring how long someone speaks in one."""

import array
import math
import operator
import struct
import sys
from collections.abc import Iterator
from typing import Final

import attrs

SAMPLE_RATE: Final = 8000
"""Samples a second that the service takes."""

MAXIMUM_BYTES: Final = 20 * 1024 * 1024
"""The largest recording that a job takes: 20 MB, read as mebibytes."""

_PCM: Final = 0x0001
_EXTENSIBLE: Final = 0xFFFE
# After the first two bytes, which hold the format itself, every PCM sub-format has the same GUID.
_PCM_GUID_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")
_FORMAT: Final = struct.Struct("<HHIIHH")
_CHUNK: Final = struct.Struct("<4sI")
_BYTES_PER_SAMPLE: Final = 2

_FRAME: Final = SAMPLE_RATE // 50
_SPEECH_LEVEL: Final = 0.01
_FULL_SCALE: Final = 32768


class RecordingError(ValueError):
    """A file is not a recording that the service takes; the message says why."""


@attrs.frozen(kw_only=True)
class Recording:
    """One channel of speech: samples from a file, or only the label of a voice and the seconds it spoke."""

    samples: bytes = attrs.field(default=b"", repr=False)
    """16-bit little-endian samples, 8000 a second; empty when the speech was only announced."""

    label: str | None = attrs.field(default=None, repr=False)
    """Whose voice it is, when someone wrote that down."""

    announced_seconds: float | None = None
    """How long the voice speaks, when that was said outright."""


def read_wav(content: bytes, channel: int, label: str | None = None) -> Recording:
    """Read one channel of a WAV file.

    The label is looked for in the file's INFO list under ``IART``: one label for the whole file, or one for
    each channel, separated by semicolons.

    Args:
        content: the file.
        channel: 0 or 1.
        label: a label that was written down elsewhere; it goes before the file's own.

    Raises:
        RecordingError: the file is not 8 kHz, 16-bit PCM with one or two channels, or lacks the channel.
            Source: the administrator guide's job schemas.
    """
    chunks = dict(_chunks(content))
    if b"fmt " not in chunks or b"data" not in chunks:
        raise RecordingError("The audio is not a WAV file.")
    channels = _checked_channels(chunks[b"fmt "])
    if channel >= channels:
        raise RecordingError("The audio does not have the channel.")
    samples = array.array("h")
    whole = len(chunks[b"data"]) // (channels * _BYTES_PER_SAMPLE) * channels * _BYTES_PER_SAMPLE
    samples.frombytes(chunks[b"data"][:whole])
    labels = (label or _info_artist(chunks.get(b"LIST", b"")) or "").split(";")
    own_label = labels[channel if len(labels) > 1 else 0] if channel < max(len(labels), 2) else ""
    return Recording(samples=samples[channel::channels].tobytes(), label=own_label.strip() or None)


def speech_seconds(samples: bytes) -> float:
    """Return the seconds of net speech in 16-bit samples: of frames of 20 ms, those that are loud enough.

    A frame counts when its energy (root mean square) is above 1 % of full scale, -40 dB. That tells sound
    from silence, not speech from music: a measure for tests. A ``Recognizer`` can bring a better one.
    """
    values = array.array("h")
    values.frombytes(samples[: len(samples) // _BYTES_PER_SAMPLE * _BYTES_PER_SAMPLE])
    if sys.byteorder == "big":  # pragma: no cover
        values.byteswap()
    least = (_SPEECH_LEVEL * _FULL_SCALE) ** 2 * _FRAME
    loud = 0
    for start in range(0, len(values) - _FRAME + 1, _FRAME):
        frame = values[start : start + _FRAME]
        loud += sum(map(operator.mul, frame, frame)) > least
    return loud * _FRAME / SAMPLE_RATE


def wav(
    samples: bytes, *, channels: int = 1, label: str | None = None, sample_rate: int = SAMPLE_RATE
) -> bytes:
    """Return a WAV file of 16-bit samples, with a voice's label in its INFO list if one is given."""
    block = channels * _BYTES_PER_SAMPLE
    form = _FORMAT.pack(_PCM, channels, sample_rate, sample_rate * block, block, 8 * _BYTES_PER_SAMPLE)
    chunks = _chunk(b"fmt ", form)
    if label is not None:
        chunks += _chunk(b"LIST", b"INFO" + _chunk(b"IART", label.encode() + b"\0"))
    return _chunk(b"RIFF", b"WAVE" + chunks + _chunk(b"data", samples))


def tone(seconds: float) -> bytes:
    """Return samples that count as that many seconds of speech: a 200 Hz tone."""
    period = [round(_FULL_SCALE / 4 * math.sin(2 * math.pi * step / 40)) for step in range(40)]
    return struct.pack("<40h", *period) * round(seconds * SAMPLE_RATE / 40)


def _chunk(name: bytes, content: bytes) -> bytes:
    return _CHUNK.pack(name, len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a RIFF file or list; one that ends too early is cut off, as in a broken upload."""
    if content[:4] not in (b"RIFF", b"LIST") or content[8:12] not in (b"WAVE", b"INFO"):
        return
    position = 12
    while position + _CHUNK.size <= len(content):
        name, size = _CHUNK.unpack_from(content, position)
        position += _CHUNK.size
        yield name, content[position : position + size]
        position += size + size % 2


def _checked_channels(form: bytes) -> int:
    if len(form) < _FORMAT.size:
        raise RecordingError("The audio is not a WAV file.")
    coding, channels, rate, _, _, bits = _FORMAT.unpack_from(form)
    if coding == _EXTENSIBLE and form[26:40] == _PCM_GUID_TAIL:
        coding = int.from_bytes(form[24:26], "little")
    if coding != _PCM or bits != 8 * _BYTES_PER_SAMPLE:
        raise RecordingError("The audio is not 16-bit PCM.")
    if rate != SAMPLE_RATE:
        raise RecordingError("The audio is not sampled at 8 kHz.")
    if channels not in (1, 2):
        raise RecordingError("The audio has more than two channels.")
    return int(channels)


def _info_artist(info: bytes) -> str | None:
    whole = _CHUNK.pack(b"LIST", len(info)) + info
    artist = dict(_chunks(whole)).get(b"IART", b"")
    return artist.rstrip(b"\0").decode("utf-8", "replace") or None
