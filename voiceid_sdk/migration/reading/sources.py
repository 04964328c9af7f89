"""The files that an archive consists of: finds them, and reads their text. Nothing is ever written."""

import bz2
import codecs
import gzip
import lzma
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol, cast

import attrs

from voiceid_sdk._files import as_path, check_is_path
from voiceid_sdk.errors import Problem, RequestValidationError

CUT_SHORT: Final = "cannot be read further"
"""What is wrong with a file that could be read in part."""

StrPath = str | os.PathLike[str]

_COMPRESSIONS: Final = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)

_CHUNK: Final = 1 << 16

_RECORDING_SUFFIXES: Final = (".wav", ".mp3", ".flac", ".ogg")

_READ_ERRORS: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)


@attrs.frozen
class SourceFile:
    """A file of the archive."""

    name: str = attrs.field(repr=False)
    """Its path as the caller wrote it, or as it follows from the folder that the caller wrote."""
    path: Path = attrs.field(repr=False)


def source_files(sources: StrPath | Iterable[StrPath]) -> list[SourceFile]:
    """Return the files among the sources and in the folders among them, each once, sorted by name.

    Recordings and hidden files are left out.

    Raises:
        RequestValidationError: a source does not exist. The error gives its position, because its name may
            be a caller's id.
    """
    found: dict[str, SourceFile] = {}
    for position, source in enumerate(_each(sources)):
        place = f"sources[{position}]"
        check_is_path(source, place)
        path = Path(source)
        if rule := _broken_rule(path):
            problem = Problem(parameter=place, rule=rule, file=str(path))
            raise RequestValidationError.of("Inventory.read", (problem,))
        for file in _files_in(path):
            one = SourceFile(name=str(file), path=file)
            key = os.path.realpath(file)
            earlier = found.setdefault(key, one)
            if one.name < earlier.name:
                found[key] = one
    return sorted(found.values(), key=lambda file: file.name)


def _each(sources: object) -> Iterable[StrPath]:
    is_one = isinstance(sources, (str, os.PathLike)) or not isinstance(sources, Iterable)
    return cast("Iterable[StrPath]", [sources] if is_one else sources)


def _broken_rule(path: Path) -> str | None:
    try:
        as_path(path, "sources").stat()
    except FileNotFoundError:
        return "must exist"
    except OSError as error:
        return f"must be readable ({error.strerror})"
    return None


def _files_in(path: Path) -> Iterator[Path]:
    """Yield the files of a source, which may be a file itself.

    A folder that cannot be read counts as a file, which cannot be opened, so that it is reported.
    """
    unreadable: list[Path] = []
    for folder, folders, names in os.walk(
        path, onerror=lambda error: unreadable.append(Path(error.filename))
    ):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.lower().endswith(_RECORDING_SUFFIXES):
                yield Path(folder, name)
    yield from unreadable


class _Chunked(Protocol):
    """An open file, compressed or not."""

    def read1(self, size: int = ..., /) -> bytes: ...
    def close(self) -> None: ...


class SourceText:
    """The text of a file, uncompressed and decoded as it is read.

    Args:
        path: the file.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            start = file.read(8)
        opener = next((opener for magic, opener in _COMPRESSIONS if start.startswith(magic)), None)
        self._file: _Chunked = path.open("rb") if opener is None else cast("_Chunked", opener(path, "rb"))
        self._decoder: codecs.IncrementalDecoder | None = None
        self.failure: str | None = None
        """Why reading stopped before the end, if it did."""

    def read(self, _: int = -1) -> str:
        """Return some further characters, and an empty text at the end or where reading fails."""
        while self.failure is None:
            try:
                # read1 returns available bytes: read would lose them when the compressed data ends early.
                content = self._file.read1(_CHUNK)
            except _READ_ERRORS:
                self.failure = CUT_SHORT
                break
            if self._decoder is None:
                self._decoder = _decoder_for(content)
            text = self._decoder.decode(content, final=not content)
            if text or not content:
                return text
        return ""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _decoder_for(start: bytes) -> codecs.IncrementalDecoder:
    """Return a decoder that never fails; what it could not decode can be seen in the text."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")("replace")
    return codecs.getincrementaldecoder("utf-8")("surrogateescape")
