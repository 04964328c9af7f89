"""A boto3 S3 client for the folder that Local Voice ID has in place of S3."""

import os
from collections.abc import Mapping
from typing import Protocol

from voiceid_sdk.boto3_typing import S3Client


class FolderS3Client(S3Client, Protocol):
    """A boto3 S3 client for a folder. Besides these methods it has all of boto3's."""

    def create_bucket(self, *, Bucket: str) -> Mapping[str, object]:
        """Create a bucket, which is a folder in the folder."""
        ...


def folder_s3_client(root: str | os.PathLike[str]) -> FolderS3Client:
    """Return a boto3 S3 client for which ``s3://bucket/key`` is ``bucket/key`` in a folder.

    A Local Voice ID with this ``s3_root`` reads the objects that the client writes, in this process or in
    another, and the other way round. boto3 itself is at work, up to the point where it would open a
    connection. Objects are put, got, copied, listed and deleted, whole or in parts; a request that needs
    anything else of S3 fails with ``NotImplemented``.

    Args:
        root: the folder.

    Raises:
        FileAccessError: it is there, and is no folder that can be used.
    """
    from voiceid_sdk.local.clients.s3_hook import make_s3_client  # imports boto3, which takes long
    from voiceid_sdk.local.s3.buckets import as_root  # imports the S3 operations, which takes long

    client: FolderS3Client = make_s3_client(as_root(root, "root"))
    return client
