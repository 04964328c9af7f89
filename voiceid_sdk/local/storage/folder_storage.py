"""The storage in a folder in place of S3."""

import os

from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import S3Error
from voiceid_sdk.local.s3.objects import VOICE
from voiceid_sdk.local.s3.properties import encryption_with
from voiceid_sdk.local.storage.object_storage import (
    ObjectStorageError,
    StoredObject,
    missing,
    split_uri,
    too_large,
)


class FolderStorage:
    """A folder, in which ``s3://bucket/key`` is the file ``bucket/key``; files outside it are not accessible.

    Args:
        root: the folder.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._buckets = Buckets(root)

    def read(self, uri: str, limit: int) -> StoredObject:
        """Return an object's content."""
        bucket, key = split_uri(uri)
        try:
            folder = self._buckets.bucket(bucket)
            with folder.open(key) as opened:
                if opened.info.size > limit:
                    raise too_large()
                content = opened.body.read()
            return StoredObject(content, folder.metadata(key, opened.info).get(VOICE))
        except (S3Error, OSError):
            raise missing() from None

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Write an object and, if need be, its bucket; the key is noted, because folders cannot encrypt."""
        bucket, key = split_uri(uri)
        try:
            encryption = {} if kms_key_id is None else encryption_with(kms_key_id)
            self._buckets.ensure(bucket).write(key, content, encryption)
        except (S3Error, OSError):
            raise ObjectStorageError(403, "The object cannot be written.") from None
