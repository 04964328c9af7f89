"""The WAV format: chunks, the format header, the label of a voice, and the length of sound.

It contains no rule of the service, so both sides of the wire read files with it.
"""

import itertools
import math
import struct
from collections.abc import Iterator
from io import SEEK_END, BytesIO
from typing import BinaryIO, Final

import attrs

PCM: Final = 0x0001
BYTES_PER_SAMPLE: Final = 2
"""The bytes of a sample in 16-bit PCM."""
SOUND_LEVEL: Final = 0.01
"""-40 dB of full scale."""
QUIET_SPEECH_LEVEL: Final = 0.001
"""-60 dB of full scale, below which even quiet speech hardly falls."""

_EXTENSIBLE: Final = 0xFFFE
# The first two bytes are the format; the others of the GUID are the same for every format.
_GUID_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")
_HEADER: Final = struct.Struct("<HHIIHH")
_CHUNK: Final = struct.Struct("<4sI")

# No valid file has more. A long tail of zeros reads as empty chunks, so reading stops here.
_MAX_CHUNKS: Final = 1000

# The sizes that programs write before they know the size of the audio: SoX, libsndfile, arecord and FFmpeg.
_PLACEHOLDERS: Final = (0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
# Some programs subtract the size of the headers, or round the size down to whole blocks.
_LESS_THAN_PLACEHOLDER: Final = 4096

_FRAMES_PER_SECOND: Final = 50
_FULL_SCALE: Final = 32768
# The energy of a frame is first computed from one in 16 samples.
_STEP: Final = 16


@attrs.frozen
class Chunk:
    """A chunk as its header describes it; the file may end earlier."""

    name: bytes
    start: int
    """Where its content begins in the file."""
    size: int
    """The bytes of its content."""
    is_left_open: bool = False
    """Whether the header has a placeholder, so that ``size`` is the distance to the end of the file."""

    @property
    def end(self) -> int:
        """Where its content ends."""
        return self.start + self.size

    def read(self, file: BinaryIO) -> bytes:
        """Return its content, up to the end of the file."""
        file.seek(self.start)
        return file.read(self.size)


@attrs.frozen
class Header:
    """The format header, which describes the samples."""

    coding: int
    """The number of the coding; ``PCM`` also for the extensible format with PCM samples."""
    channels: int
    sample_rate: int
    byte_rate: int
    block_align: int
    bits: int

    @classmethod
    def parse(cls, content: bytes) -> "Header | None":
        """Return the header in a ``fmt`` chunk, or None when the chunk is too short."""
        if len(content) < _HEADER.size:
            return None
        coding, *rest = _HEADER.unpack_from(content)
        if coding == _EXTENSIBLE and content[26:40] == _GUID_TAIL:
            coding = int.from_bytes(content[24:26], "little")
        return cls(coding, *rest)

    @property
    def is_pcm_16(self) -> bool:
        """Whether the samples are 16-bit PCM."""
        return self.coding == PCM and self.bits == 8 * BYTES_PER_SAMPLE


def announced_size(file: BinaryIO) -> int:
    """Return the size of a RIFF file, in bytes, by its header."""
    file.seek(0)
    _, size = _CHUNK.unpack(file.read(_CHUNK.size))
    return int(size) + _CHUNK.size


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the chunks of a RIFF/WAVE file, in their order, and nothing for any other file.

    Audio whose size is a placeholder extends to the end of the file.
    """
    end = file.seek(0, SEEK_END)
    file.seek(0)
    start = file.read(12)
    if start[:4] == b"RIFF" and start[8:] == b"WAVE":
        for chunk in _chunks_from(12, file):
            if chunk.name == b"data" and _is_left_open(chunk, file, end):
                yield attrs.evolve(chunk, size=end - chunk.start, is_left_open=True)
                return
            yield chunk


def artist(file: BinaryIO) -> str | None:
    """Return the artist of a RIFF/WAVE file: the tag ``IART`` in a list of type ``INFO``."""
    for chunk in chunks(file):
        if chunk.name == b"LIST" and (content := chunk.read(file)).startswith(b"INFO"):
            tags = BytesIO(content)
            for tag in _chunks_from(len(b"INFO"), tags):
                if tag.name == b"IART":
                    return tag.read(tags).rstrip(b"\0").decode("utf-8", "replace") or None
    return None


def label_of_channel(label: str | None, channel: int) -> str | None:
    """Return the label of a channel's voice, from one label for all or one for each: ``left;right``."""
    labels = (label or "").split(";")
    place = channel if len(labels) > 1 else 0
    return (labels[place].strip() or None) if place < len(labels) else None


def one_channel(samples: bytes, channel: int, channels: int) -> bytes:
    """Return one channel of 16-bit samples, without the bytes after the last whole block."""
    block = channels * BYTES_PER_SAMPLE
    end = len(samples) // block * block
    if channels == 1:
        return samples[:end]  # without a copy, where nothing is cut off
    return memoryview(samples)[:end].cast("h")[channel::channels].tobytes()


def non_silent_seconds(samples: bytes, sample_rate: int, *, level: float = SOUND_LEVEL) -> float:
    """Return the seconds in which 16-bit samples of one channel are not silent.

    A frame of 20 ms counts when its energy (root mean square) is above ``level``, a share of full scale. This
    separates sound from silence, not speech from music.
    """
    frame = sample_rate // _FRAMES_PER_SECOND
    if not frame:
        return 0.0
    size = frame * BYTES_PER_SAMPLE
    whole = memoryview(samples)[: len(samples) // size * size]
    # hypot() computes the root of the sum of squares of a frame in one call, in a third of the time of a sum.
    threshold = level * _FULL_SCALE * math.sqrt(frame)
    # Some samples of a frame have at most the energy of the frame, so where they exceed the threshold, as in
    # most sound, the frame does. Only the other frames are computed in full.
    step = math.gcd(frame, _STEP)
    some = whole.cast("h")[::step].tobytes()
    energies = itertools.starmap(math.hypot, struct.iter_unpack(f"<{frame // step}h", some))
    unpack_frame = struct.Struct(f"<{frame}h").unpack_from
    frames = sum(
        is_loud or math.hypot(*unpack_frame(whole, start)) > threshold
        for start, is_loud in zip(itertools.count(0, size), map(threshold.__lt__, energies), strict=False)
    )
    return frames * frame / sample_rate


def wav(
    samples: bytes | bytearray, *, sample_rate: int, channels: int = 1, label: str | None = None
) -> bytes:
    """Return a WAV file of 16-bit samples, with a voice's label in its INFO list if one is given."""
    block = channels * BYTES_PER_SAMPLE
    header = _HEADER.pack(PCM, channels, sample_rate, sample_rate * block, block, 8 * BYTES_PER_SAMPLE)
    parts = [b"WAVE", *_chunk(b"fmt ", header)]
    if label is not None:
        parts += _chunk(b"LIST", b"".join([b"INFO", *_chunk(b"IART", label.encode() + b"\0")]))
    parts += _chunk(b"data", samples)
    return b"".join([_CHUNK.pack(b"RIFF", sum(map(len, parts))), *parts])


def _chunks_from(position: int, file: BinaryIO) -> Iterator[Chunk]:
    for _ in range(_MAX_CHUNKS):
        if len(start := _read_at(position, file)) < _CHUNK.size:
            return
        name, size = _CHUNK.unpack(start)
        chunk = Chunk(name, position + _CHUNK.size, size)
        yield chunk
        position = chunk.end + size % 2


def _is_left_open(data: Chunk, file: BinaryIO, end: int) -> bool:
    """Return whether the size of the audio is a placeholder."""
    if data.size:
        less = (placeholder - data.size for placeholder in _PLACEHOLDERS)
        return data.end > end and any(0 <= difference < _LESS_THAN_PLACEHOLDER for difference in less)
    # Behind audio of size 0 are either other chunks, up to the end of the file, or the audio.
    place = data.start
    for chunk in _chunks_from(place, file):
        place = chunk.end + chunk.size % 2
        if not (chunk.name.isascii() and chunk.name.decode().isprintable()) or chunk.end > end:
            return True
    return place < end


def _read_at(position: int, file: BinaryIO) -> bytes:
    file.seek(position)
    return file.read(_CHUNK.size)


def _chunk(name: bytes, content: bytes | bytearray) -> tuple[bytes | bytearray, ...]:
    """Return the parts of a chunk, to be joined."""
    return _CHUNK.pack(name, len(content)), content, b"\0" * (len(content) % 2)
