"""A request to S3 and its response, as parts, and a body that is a piece of an open file."""

import os
import re
from collections.abc import Mapping
from typing import Final, Protocol, Self

import attrs

CHUNK: Final = 256 * 1024
"""Bytes of content that are in memory at a time."""

_FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def are_fields(headers: Mapping[str, str]) -> bool:
    """Return whether names and values can be those of headers (RFC 9110, section 5)."""
    names, values = map(_FIELD_NAME.fullmatch, headers), map(_FIELD_VALUE.fullmatch, headers.values())
    return all(names) and all(values)


class Readable(Protocol):
    """A body that is read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; nothing at the end."""
        ...


class ChunkSignatures(Protocol):
    """Checks the signatures of chunks, each of which covers the one before it."""

    def check_chunk(self, content_sha256: str, signature: str) -> None:
        """Return if a chunk with this digest was signed so; raises S3Error otherwise."""
        ...

    def check_trailers(self, content_sha256: str, signature: str) -> None:
        """Return if trailers with this digest were signed so; raises S3Error otherwise."""
        ...


class FileBody:
    """A piece of an open file, which is closed when the piece was read, with ``close``, or with this object.

    It holds the file itself and not its name: the file is read to its end even if another takes its name.

    Args:
        descriptor: the file.
        start: where the piece begins.
        length: the bytes of the piece.
    """

    def __init__(self, descriptor: int, start: int = 0, length: int = 0) -> None:
        self._descriptor = descriptor
        self._is_open = False
        self.select(start, length)
        self._is_open = True

    def select(self, start: int, length: int) -> None:
        """Make it another piece of the file."""
        os.lseek(self._descriptor, start, os.SEEK_SET)
        self._remaining = length

    def read(self, size: int | None = None, /) -> bytes:
        """Return at most ``size`` bytes, or all that is left; nothing at the end."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(CHUNK), b""))
        wanted = min(size, self._remaining)
        part = os.read(self._descriptor, wanted) if wanted and self._is_open else b""
        self._remaining -= len(part)
        if wanted and not part:
            self._remaining = 0  # The file was truncated.
        if not self._remaining:
            self.close()
        return part

    def close(self) -> None:
        """Close the file."""
        if self._is_open:
            self._is_open = False
            os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


@attrs.frozen(kw_only=True)
class S3Request:
    """A request that was split into its parts."""

    method: str
    bucket: str = attrs.field(repr=False)
    """Empty for the service itself."""
    key: str = attrs.field(repr=False)
    """Empty for a bucket."""
    query: Mapping[str, str] = attrs.field(repr=False)
    """Decoded."""
    headers: Mapping[str, str] = attrs.field(repr=False)
    """Names in lower case; several of one name are joined with a comma."""
    body: Readable = attrs.field(repr=False)
    signatures: ChunkSignatures | None = attrs.field(default=None, repr=False)
    """Verifies the signatures of the body's chunks, if they must be signed."""


@attrs.frozen
class S3Response:
    """A response; a body that is a file has to be read or closed."""

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: bytes | FileBody = attrs.field(default=b"", repr=False)
