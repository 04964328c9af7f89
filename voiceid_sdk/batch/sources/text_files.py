"""Text files: UTF-8, with or without a byte order mark, or UTF-16 with one."""

import codecs
import os
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Final, TypeVar, cast

import attrs

from voiceid_sdk.batch.requests import AudioSpecification
from voiceid_sdk.errors import ManifestError, Problem

TextSource = str | os.PathLike[str] | IO[str] | IO[bytes] | Iterable[str]
"""A file's path, an open file, or lines."""

ContentT = TypeVar("ContentT")

_MUST_BE_TEXT: Final = "source must be a path, an open file or lines of text"
_MUST_BE_UNICODE: Final = "must be UTF-8, or UTF-16 with a byte order mark"


@attrs.frozen
class Text:
    """A text, and the errors about it."""

    what: str
    """The subject of error messages: ``The CSV file``."""
    source: TextSource = attrs.field(repr=False)

    @property
    def file(self) -> str | None:
        """The path, if the source is one."""
        return os.fspath(self.source) if isinstance(self.source, (str, os.PathLike)) else None

    def located(self, audio: AudioSpecification) -> AudioSpecification:
        """Return a recording with its path resolved against the folder of the text."""
        if audio.path is None or self.file is None:
            return audio
        return attrs.evolve(audio, path=Path(self.file).parent / audio.path)

    def problem(self, place: str, rule: str) -> Problem:
        """Return a problem at a place in the text."""
        return Problem(parameter=place, rule=rule, file=self.file)

    def error(self, *problems: Problem) -> ManifestError:
        """Return the error for problems of the text."""
        return ManifestError.of(self.what, problems)

    def lines(self) -> Iterator[str]:
        """Yield the lines, with their line ends.

        Raises:
            ManifestError: the file cannot be read, or is not Unicode.
        """
        source = self.source if self.file is None else self._read(Path(self.file).read_bytes)
        read = getattr(source, "read", None)
        if read is not None and isinstance(self._read(lambda: read(0)), bytes):
            source = self._read(read)
        if isinstance(source, bytes):
            yield from self._decoded(source)
        elif isinstance(source, Iterable):
            yield from self._as_they_are(cast("Iterable[object]", source), is_file=read is not None)
        else:
            raise TypeError(f"{_MUST_BE_TEXT}, not {type(source).__name__}")

    def _as_they_are(self, lines: Iterable[object], *, is_file: bool) -> Iterator[str]:
        number = 0
        rule = "must be in the encoding that the file was opened with"
        try:
            for number, line in enumerate(lines, 1):
                if not isinstance(line, str):
                    raise TypeError(f"{_MUST_BE_TEXT}; item {number} is {type(line).__name__}")
                yield line if number > 1 else line.removeprefix("\ufeff")
        except UnicodeDecodeError:
            pass
        except OSError as error:
            if not is_file:  # an error of the caller's own iterator
                raise
            rule = f"cannot be read ({error.strerror})"
        else:
            return
        raise self.error(self.problem(f"after line {number}", rule))

    def _read(self, read: Callable[[], ContentT]) -> ContentT:
        try:
            return read()
        except OSError as error:
            # The text of the error has the name of the file.
            reason = error.strerror or "it is not open for reading"
        except ValueError:
            reason = "no file has such a name" if self.file is not None else "it is closed or not text"
        raise self.error(self.problem("file", f"cannot be read ({reason})"))

    def _decoded(self, content: bytes) -> Iterator[str]:
        is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if is_utf_16 else "utf-8-sig"
        # UTF-16 without a mark is mostly valid UTF-8 with null characters.
        undecodable = -1 if is_utf_16 else content.find(b"\0")
        if undecodable < 0:
            try:
                # Decoded in pieces, to save the memory of a second copy.
                yield from TextIOWrapper(BytesIO(content), encoding, newline="")
            except UnicodeDecodeError:
                undecodable = _first_undecodable(content, encoding)
        if undecodable >= 0:
            line = content[:undecodable].decode(encoding, "ignore").count("\n") + 1
            raise self.error(self.problem(f"line {line}", _MUST_BE_UNICODE))


def _first_undecodable(content: bytes, encoding: str) -> int:
    start = len(content)
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start
    return start
