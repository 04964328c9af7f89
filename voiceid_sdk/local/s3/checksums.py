"""Checksums of content: which there are, how they are computed piece by piece, and how they are written.

Source: "Checking object integrity" in the S3 user guide.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from voiceid_sdk.local.s3 import crc
from voiceid_sdk.local.s3.errors import S3Error, invalid_request

PREFIX: Final = "x-amz-checksum-"

FULL_OBJECT: Final = "FULL_OBJECT"
COMPOSITE: Final = "COMPOSITE"


class Hash(Protocol):
    """The methods of hashlib's objects."""

    def update(self, data: bytes, /) -> None:
        """Take further content."""
        ...

    def digest(self) -> bytes:
        """Return the digest of the content so far."""
        ...


class _Cyclic:
    """A CRC with the methods of hashlib."""

    def __init__(self, crc_: crc.Crc | crc.Crc32) -> None:
        self._crc = crc_
        self._checksum = 0

    def update(self, data: bytes, /) -> None:
        self._checksum = self._crc.update(self._checksum, data)

    def digest(self) -> bytes:
        return self._checksum.to_bytes(self._crc.digest_size, "big")


ALGORITHMS: Final[Mapping[str, Callable[[], Hash]]] = {
    "CRC32": lambda: _Cyclic(crc.Crc32()),
    "CRC32C": lambda: _Cyclic(crc.crc32c()),
    "CRC64NVME": lambda: _Cyclic(crc.crc64nvme()),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
}
"""The hash of each algorithm, by its name in ``x-amz-sdk-checksum-algorithm``."""

TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "CRC32": (COMPOSITE, FULL_OBJECT),
    "CRC32C": (COMPOSITE, FULL_OBJECT),
    "CRC64NVME": (FULL_OBJECT,),
    "SHA1": (COMPOSITE,),
    "SHA256": (COMPOSITE,),
}
"""The types that the checksum of an object in parts may have; the first unless the upload says otherwise."""

HEADERS: Final[Mapping[str, str]] = {f"{PREFIX}{name.lower()}": name for name in ALGORITHMS}
"""The algorithm of each header."""


def header_of(algorithm: str) -> str:
    """Return the header that carries the checksum of an algorithm."""
    return f"{PREFIX}{algorithm.lower()}"


def element_of(algorithm: str) -> str:
    """Return the XML element that carries the checksum of an algorithm."""
    return f"Checksum{algorithm}"


def encode(digest: bytes) -> str:
    """Return a digest as it is written on the wire."""
    return base64.b64encode(digest).decode()


def check_form(header: str, value: str, size: int) -> None:
    """Return if a value is a digest of ``size`` bytes in base64; raises S3Error."""
    try:
        found = len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        found = -1
    if found != size:
        raise invalid_request(f"Value for {header} header is invalid.")


def check_algorithm(name: str) -> str:
    """Return an algorithm's name in capitals; raises S3Error if there is none."""
    if name.upper() not in ALGORITHMS:
        raise invalid_request(f"The checksum algorithm must be one of {', '.join(ALGORITHMS)}.")
    return name.upper()


def bad_digest(what: str) -> S3Error:
    """Return the error for content that differs from its digest."""
    return S3Error(400, "BadDigest", f"The {what} you specified did not match the calculated checksum.")


def composite(algorithm: str, parts: Iterable[bytes]) -> str:
    """Return the checksum of the checksums of an object's parts, with the number of parts behind it."""
    made = ALGORITHMS[algorithm]()
    count = 0
    for part in parts:
        made.update(part)
        count += 1
    return f"{encode(made.digest())}-{count}"
