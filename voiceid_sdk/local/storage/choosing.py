"""The storage that the arguments of a service choose: a folder, what a boto3 client reaches, or none."""

import os

from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.storage.object_storage import ObjectStorage, ObjectStorageError, StoredObject


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


def choose_storage(s3_root: str | os.PathLike[str] | None, s3: S3Client | None) -> ObjectStorage:
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
