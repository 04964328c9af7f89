"""Corrects files around the audio: a tag in front of it, and a length that was never filled in."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, Final

from voiceid_sdk import _wav

if TYPE_CHECKING:
    from typing_extensions import Buffer

_TAG_HEADER: Final = 10
_HAS_FOOTER: Final = 0x10
_SIZE_BYTES: Final = 4
_MAX_SIZE: Final = 0xFFFFFFFF
_MAX_TAGS: Final = 100


def corrected(file: BinaryIO) -> BinaryIO:
    """Return a recording without an ID3 tag in front, and with the true length in a WAV file's header.

    With a tag in front, libsndfile mistakes the places of the samples in most formats, and reads other bytes.
    Only MP3 files keep the tag, because it belongs to their format.
    """
    start = end_of_tags(file)
    end = file.seek(0, io.SEEK_END)
    if start and _is_mp3(file, start):
        start = 0
    part: BinaryIO = io.BufferedReader(_Part(file, start, end, {})) if start else file
    found = {chunk.name: chunk for chunk in _wav.chunks(part)}
    form, data = found.get(b"fmt "), found.get(b"data")
    if data is None or not data.is_left_open:
        return part
    header = _wav.Header.parse(form.read(part)) if form else None
    size = data.size - data.size % (header.block_align or 1) if header else data.size
    length = data.start + size
    sizes = {4: _size(length - 8), data.start - _SIZE_BYTES: _size(size)}
    return io.BufferedReader(_Part(file, start, start + length, sizes))


def end_of_tags(file: BinaryIO) -> int:
    """Return where the ID3 tags at the beginning of a file end; 0 without one."""
    end = 0
    for _ in range(_MAX_TAGS):
        file.seek(end)
        tag = file.read(_TAG_HEADER)
        if len(tag) < _TAG_HEADER or not tag.startswith(b"ID3"):
            break
        # Source: section 3.1 of ID3v2.4. Each byte of the size has seven bits.
        seven_bits = (byte << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))
        end += sum(seven_bits, _TAG_HEADER) + (_TAG_HEADER if tag[5] & _HAS_FOOTER else 0)
    return end


def _is_mp3(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    frame = file.read(2)
    return len(frame) == 2 and frame[0] == 0xFF and frame[1] & 0xE0 == 0xE0  # noqa: PLR2004 - eleven set bits


def _size(size: int) -> bytes:
    return min(size, _MAX_SIZE).to_bytes(_SIZE_BYTES, "little")


class _Part(io.RawIOBase):
    """A part of a file, read without a copy of the file, with other bytes at some places."""

    def __init__(self, file: BinaryIO, start: int, end: int, replaced: Mapping[int, bytes]) -> None:
        self._file = file
        self._start = start
        self._length = max(0, end - start)
        self._replaced = replaced
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence]
        self._place = max(0, origin + offset)
        return self._place

    def readinto(self, buffer: "Buffer") -> int:
        target = memoryview(buffer)
        self._file.seek(self._start + self._place)
        content = bytearray(self._file.read(min(len(target), max(0, self._length - self._place))))
        for place, value in self._replaced.items():
            for at, byte in enumerate(value, place - self._place):
                if 0 <= at < len(content):
                    content[at] = byte
        target[: len(content)] = content
        self._place += len(content)
        return len(content)
