"""The content encoding ``aws-chunked``: chunks with their sizes and perhaps signatures, and trailers behind.

Source: "Signature calculations for the authorization header: transferring a payload in multiple chunks", with
and without trailing headers, in the S3 API reference.
"""

import hashlib
import re
from typing import Final

from voiceid_sdk.local.s3.errors import S3Error
from voiceid_sdk.local.s3.messages import CHUNK, ChunkSignatures, Readable

STREAMING: Final = "STREAMING-"
"""How ``x-amz-content-sha256`` begins when the content is in chunks."""

_TRAILER_SIGNATURE: Final = "x-amz-trailer-signature"
_HEAD: Final = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
_MAX_LINE: Final = 1024
_MAX_TRAILERS: Final = 8


class ChunkedBody:
    """The content of a body in chunks: it is read like any other, and has ``trailers`` when it has ended.

    Args:
        body: the encoded body.
        with_trailers: whether trailers may follow the last chunk.
        signatures: verifies the signatures of the chunks, if they must be signed.
    """

    def __init__(
        self, body: Readable, *, with_trailers: bool, signatures: ChunkSignatures | None = None
    ) -> None:
        self._body = body
        self._with_trailers = with_trailers
        self._signatures = signatures
        self._buffer: bytes = b""
        self._position = 0
        self._remaining = 0
        self._signature = ""
        self._sha256 = hashlib.sha256()
        self._ended = False
        self.trailers: dict[str, str] = {}
        """Names in lower case."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes of content; nothing at the end."""
        if self._ended:
            return b""
        if not self._remaining:
            self._begin_chunk()
            if not self._remaining:
                self._check_chunk()
                self._end()
                return b""
        part = self._take(min(size, self._remaining))
        self._remaining -= len(part)
        if self._signatures is not None:
            self._sha256.update(part)
        if not self._remaining:
            if self._line() != b"":
                raise _incomplete()
            self._check_chunk()
        return part

    def _begin_chunk(self) -> None:
        head = _HEAD.fullmatch(self._line())
        if head is None:
            raise _incomplete()
        self._remaining = int(head[1], 16)
        self._signature = (head[2] or b"").decode()
        self._sha256 = hashlib.sha256()

    def _check_chunk(self) -> None:
        if self._signatures is not None:
            self._signatures.check_chunk(self._sha256.hexdigest(), self._signature)

    def _end(self) -> None:
        """Read the end of the body behind the last chunk: trailers and an empty line."""
        self._ended = True
        trailers: dict[str, str] = {}
        while line := self._line():
            name, colon, value = line.decode("latin-1").partition(":")
            name = name.strip().lower()
            if not self._with_trailers or not colon or name in trailers or len(trailers) == _MAX_TRAILERS:
                raise S3Error(400, "MalformedTrailerError", "The trailers of the request are malformed.")
            trailers[name] = value.strip()
        if self._position < len(self._buffer) or self._body.read(1):
            raise _incomplete()
        signature = trailers.pop(_TRAILER_SIGNATURE, "")
        if self._signatures is not None and self._with_trailers:
            signed = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
            digest = hashlib.sha256(signed.encode("latin-1")).hexdigest()
            self._signatures.check_trailers(digest, signature)
        self.trailers = trailers

    def _line(self) -> bytes:
        end = self._buffer.find(b"\r\n", self._position)
        while end < 0:
            more = self._body.read(CHUNK) if len(self._buffer) - self._position <= _MAX_LINE else b""
            if not more:
                raise _incomplete()
            self._buffer = self._buffer[self._position :] + more
            self._position = 0
            end = self._buffer.find(b"\r\n")
        line = self._buffer[self._position : end]
        self._position = end + 2
        if len(line) > _MAX_LINE:
            raise _incomplete()
        return line

    def _take(self, size: int) -> bytes:
        if self._position == len(self._buffer):
            self._buffer, self._position = self._body.read(CHUNK), 0
            if not self._buffer:
                raise _incomplete()
        part = self._buffer[self._position : self._position + size]
        self._position += len(part)
        return part


def _incomplete() -> S3Error:
    return S3Error(
        400,
        "IncompleteBody",
        "The request body terminated unexpectedly, or is not encoded as its headers say.",
    )
