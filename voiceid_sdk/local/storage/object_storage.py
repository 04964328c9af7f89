"""The storage of manifests, recordings and output files: its protocol and its errors."""

from typing import Final, Protocol

import attrs

VOICE_KEY: Final = "voice"
"""The object metadata that holds the label of the voice on a recording."""


class ObjectStorageError(Exception):
    """An object cannot be read or written.

    Args:
        status: the HTTP status: 400, 403, 404 or 500.
        message: the reason, without the object's name.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


@attrs.frozen
class StoredObject:
    """An object's content, and the label of its voice if there is one."""

    content: bytes = attrs.field(repr=False)
    voice: str | None = attrs.field(default=None, repr=False)


class ObjectStorage(Protocol):
    """Reads and writes the objects at ``s3://bucket/key``."""

    def read(self, uri: str, limit: int) -> StoredObject:
        """Return an object of at most ``limit`` bytes; raises ObjectStorageError."""
        ...

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Write an object; raises ObjectStorageError."""
        ...


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and key of ``s3://bucket/key``."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def missing() -> ObjectStorageError:
    """Return the error for an object that does not exist."""
    return ObjectStorageError(404, "The object cannot be found.")


def too_large() -> ObjectStorageError:
    """Return the error for an object that is larger than its reader accepts."""
    return ObjectStorageError(400, "The object is too large.")
