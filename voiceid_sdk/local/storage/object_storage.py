"""Where manifests, recordings and output files are: the protocol, and a folder that stands in for S3."""

import os
from pathlib import Path
from typing import Final, Protocol

import attrs

from voiceid_sdk._files import write_whole

VOICE_KEY: Final = "voice"
"""The object metadata, and the suffix of the file beside a recording, that hold the label of its voice."""


class ObjectStorageError(Exception):
    """An object cannot be read or written.

    Args:
        status: what S3 would say: 400, 403, 404 or 500.
        message: why, without the object's name.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


@attrs.frozen
class StoredObject:
    """An object's content, and the label of the voice on it if one stands beside it."""

    content: bytes = attrs.field(repr=False)
    voice: str | None = attrs.field(default=None, repr=False)


class ObjectStorage(Protocol):
    """Reads and writes objects by ``s3://bucket/key``."""

    def read(self, uri: str, limit: int) -> StoredObject:
        """Return an object of at most ``limit`` bytes; raises ObjectStorageError."""
        ...

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Write an object; raises ObjectStorageError."""
        ...


class NoStorage:
    """There is no object storage: every job fails and says so."""

    def read(self, uri: str, limit: int) -> StoredObject:
        """Refuse."""
        del uri, limit
        raise ObjectStorageError(
            400, "Local Voice ID was made without s3_root= or s3=, so it has no objects."
        )

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Refuse."""
        del content, kms_key_id
        self.read(uri, 0)


class FolderStorage:
    """A folder: ``s3://bucket/key`` is the file ``bucket/key`` in it, and nothing outside it can be reached.

    A text file with the name of a recording and ``.voice`` behind it holds the label of the voice on it.

    Args:
        root: the folder.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = Path(root).resolve()

    def read(self, uri: str, limit: int) -> StoredObject:
        """Return a file's content."""
        path = self._path(uri)
        try:
            if path.stat().st_size > limit:
                raise too_large()
            content = path.read_bytes()
        except OSError:
            raise missing() from None
        return StoredObject(content, self._voice(uri))

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Write a file, whole or not at all; folders cannot encrypt, so the key is not used."""
        del kms_key_id
        path = self._path(uri)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content, private=False)
        except OSError:
            raise ObjectStorageError(403, "The object cannot be written.") from None

    def remove(self, uri: str) -> None:
        """Remove a file if it is there."""
        try:
            self._path(uri).unlink(missing_ok=True)
        except OSError:
            raise ObjectStorageError(403, "The object cannot be removed.") from None

    def modified(self, uri: str) -> float:
        """Return when a file was written, in epoch seconds."""
        try:
            return self._path(uri).stat().st_mtime
        except OSError:
            raise missing() from None

    def has_bucket(self, bucket: str) -> bool:
        """Return whether a bucket is there."""
        return (self._root / bucket).is_dir()

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket."""
        (self._root / bucket).mkdir(parents=True, exist_ok=True)

    def _voice(self, uri: str) -> str | None:
        try:
            return self._path(f"{uri}.{VOICE_KEY}").read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError, ObjectStorageError):
            return None

    def _path(self, uri: str) -> Path:
        bucket, key = split_uri(uri)
        try:
            path = (self._root / bucket / key).resolve()
        except (ValueError, OSError):
            raise missing() from None
        if not path.is_relative_to(self._root / bucket) or not key:
            raise missing()
        return path


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and key of ``s3://bucket/key``."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def missing() -> ObjectStorageError:
    """Return the error for an object that is not there."""
    return ObjectStorageError(404, "The object cannot be found.")


def too_large() -> ObjectStorageError:
    """Return the error for an object that is larger than its reader takes."""
    return ObjectStorageError(400, "The object is too large.")
