"""The storage of manifests, recordings and output files: its protocol and its errors."""

import os
from typing import TYPE_CHECKING, Final, Protocol

import attrs

if TYPE_CHECKING:
    from voiceid_sdk.boto3_typing import S3Client

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


class NoStorage:
    """No object storage: every job fails with a message that says so."""

    def read(self, uri: str, limit: int) -> StoredObject:
        """Raise an ObjectStorageError."""
        del uri, limit
        raise ObjectStorageError(400, "Local Voice ID has no object storage: make it with s3_root= or s3=.")

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Raise an ObjectStorageError."""
        del content, kms_key_id
        self.read(uri, 0)


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


def object_storage(s3_root: str | os.PathLike[str] | None, s3: "S3Client | None") -> ObjectStorage:
    """Return the storage in a folder, or behind a boto3 S3 client; without either, a ``NoStorage``.

    Raises:
        ValueError: both are given.
        FileAccessError: ``s3_root`` is there, and is no folder that can be used.
    """
    if s3_root is not None and s3 is not None:
        raise ValueError("s3_root and s3 exclude each other; give one of them")
    if s3_root is not None:
        from voiceid_sdk.local.s3.buckets import as_root  # late, because it takes long
        from voiceid_sdk.local.storage.folder_storage import FolderStorage

        return FolderStorage(as_root(s3_root, "s3_root"))
    if s3 is None:
        return NoStorage()
    from voiceid_sdk.local.storage.s3_storage import S3Storage  # needs botocore

    return S3Storage(s3)
