"""Receiving the content of a request piece by piece, and checking it against its digests."""

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import attrs

from voiceid_sdk.local.s3 import checksums, xml
from voiceid_sdk.local.s3.chunked import STREAMING, ChunkedBody
from voiceid_sdk.local.s3.errors import S3Error, invalid_argument, invalid_request, malformed_xml
from voiceid_sdk.local.s3.messages import CHUNK, Readable, S3Request

MAX_CONTENT: Final = 5 * 1024**3
"""Bytes that one request may upload."""

MAX_DOCUMENT: Final = 4 * 1024**2
"""Bytes of an XML document."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MD5_SIZE: Final = 16
_SIGNED_OTHERWISE: Final = (
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
)


@attrs.frozen
class Received:
    """The size and digests of content that was received."""

    size: int
    md5: bytes
    checksums: Mapping[str, str]
    """The checksums of the content, by the names of their algorithms."""


def receive(request: S3Request, write: Callable[[bytes], object], wanted: Iterable[str] = ()) -> Received:
    """Write the content of a request, and check it.

    Args:
        request: the request.
        write: takes each piece.
        wanted: algorithms of further checksums.

    Raises:
        S3Error: the content is too large, incomplete, or differs from a digest.
    """
    headers = request.headers
    claims = _Claims.of(headers)
    content: Readable = request.body
    chunked: ChunkedBody | None = None
    if claims.sha256.startswith(STREAMING) or "aws-chunked" in _encodings(headers):
        content = chunked = ChunkedBody(
            request.body, with_trailers="x-amz-trailer" in headers, signatures=request.signatures
        )
    hashes = {name: checksums.ALGORITHMS[name]() for name in {*wanted, *filter(None, [claims.algorithm])}}
    md5 = hashlib.md5(usedforsecurity=False)
    sha256 = hashlib.sha256() if _SHA256.fullmatch(claims.sha256) else None
    everything = [md5, *hashes.values(), *([] if sha256 is None else [sha256])]
    size = 0
    while part := content.read(CHUNK):
        size += len(part)
        if size > MAX_CONTENT:
            raise too_large()
        for each in everything:
            each.update(part)
        write(part)
    if chunked is not None:
        claims = claims.with_trailers(chunked.trailers)
        _check_length(headers, size)
    if sha256 is not None and sha256.hexdigest() != claims.sha256:
        raise S3Error(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    if claims.md5 not in (None, md5.digest()):
        raise S3Error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    found = {name: checksums.encode(made.digest()) for name, made in hashes.items()}
    if claims.algorithm and found[claims.algorithm] != claims.checksum:
        raise checksums.bad_digest(claims.algorithm)
    return Received(size, md5.digest(), found)


def receive_document(request: S3Request, name: str, *, digest_needed: bool = False) -> xml.Element:
    """Return the root of the XML document in a request.

    Args:
        request: the request.
        name: the name of the root.
        digest_needed: whether a digest has to come with it.

    Raises:
        S3Error: it is not such a document, is too large, or differs from its digest.
    """
    if digest_needed and not ("content-md5" in request.headers or _Claims.of(request.headers).algorithm):
        raise invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    return xml.read(receive_small(request), name)


def receive_small(request: S3Request) -> bytes:
    """Return the content of a request that may hold an XML document at most; raises S3Error."""
    kept = io.BytesIO()

    def write(part: bytes) -> None:
        if kept.tell() + len(part) > MAX_DOCUMENT:
            raise malformed_xml()
        kept.write(part)

    receive(request, write)
    return kept.getvalue()


def too_large() -> S3Error:
    """Return the error for content above S3's limit for one request."""
    return S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")


@attrs.frozen
class _Claims:
    """The digests that a request claims for its content."""

    sha256: str
    md5: bytes | None
    algorithm: str
    """Empty when no checksum is claimed."""
    checksum: str
    """Empty while the trailer with the checksum has not arrived."""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "_Claims":
        given = [name for name in headers if name in checksums.HEADERS]
        trailer = headers.get("x-amz-trailer", "").lower()
        if trailer:
            if trailer not in checksums.HEADERS:
                raise invalid_request("The value specified in the x-amz-trailer header is not supported")
            given.append(trailer)
        if len(given) > 1:
            raise invalid_request(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
            )
        algorithm = checksums.HEADERS[given[0]] if given else ""
        named = headers.get("x-amz-sdk-checksum-algorithm")
        if named and checksums.check_algorithm(named) != algorithm:
            raise invalid_request(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                "x-amz-trailer headers were found."
            )
        checksum = headers.get(given[0], "") if given else ""
        if checksum:
            checksums.check_form(given[0], checksum, len(checksums.ALGORITHMS[algorithm]().digest()))
        return cls(_sha256(headers), _md5(headers), algorithm, checksum)

    def with_trailers(self, trailers: Mapping[str, str]) -> "_Claims":
        """Return the claims with the checksum in the trailers, of which there may be no other."""
        expected = (
            {checksums.header_of(self.algorithm)} if self.algorithm and not self.checksum else set[str]()
        )
        if set(trailers) != expected:
            raise S3Error(400, "MalformedTrailerError", "The trailers are not those that were announced.")
        return attrs.evolve(self, checksum=next(iter(trailers.values()), self.checksum))


def _encodings(headers: Mapping[str, str]) -> list[str]:
    return [part.strip().lower() for part in headers.get("content-encoding", "").split(",")]


def content_encoding(headers: Mapping[str, str]) -> str:
    """Return the content encoding of the object itself: without that of its transport."""
    given = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    return ",".join(part for part in given if part and part.lower() != "aws-chunked")


def _check_length(headers: Mapping[str, str], size: int) -> None:
    decoded = headers.get("x-amz-decoded-content-length")
    if decoded is None:
        raise S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    if decoded != str(size):
        raise S3Error(
            400,
            "IncompleteBody",
            "You did not provide the number of bytes specified by the x-amz-decoded-content-length header",
        )


def _sha256(headers: Mapping[str, str]) -> str:
    given = headers.get("x-amz-content-sha256", "")
    if given and not _SHA256.fullmatch(given) and given not in _SIGNED_OTHERWISE:
        raise invalid_argument(
            f"x-amz-content-sha256 must be {', '.join(_SIGNED_OTHERWISE)} or a valid sha256 value."
        )
    return given


def _md5(headers: Mapping[str, str]) -> bytes | None:
    given = headers.get("content-md5")
    if given is None:
        return None
    try:
        digest = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != _MD5_SIZE:
        raise S3Error(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    return digest
