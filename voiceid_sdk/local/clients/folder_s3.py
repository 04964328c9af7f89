"""A folder as S3, for the caller's side: a boto3 S3 client for the folder that Local Voice ID works on."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final, Protocol, cast
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.storage.object_storage import VOICE_KEY, FolderStorage, ObjectStorageError

METADATA_SUFFIX: Final = "metadata"
"""Behind the name of an object, the file with its metadata in JSON; the label of a voice has its own."""

_HEADER: Final = "x-amz-meta-"
_BUCKET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class FolderS3Client(S3Client, Protocol):
    """A boto3 S3 client for a folder. Besides these methods it has all of boto3's, which are refused."""

    def create_bucket(self, *, Bucket: str) -> Mapping[str, object]:  # noqa: N803 - boto3's name
        """Make a bucket: a folder in the folder."""
        ...


def folder_s3_client(root: str | os.PathLike[str]) -> FolderS3Client:
    """Return a boto3 S3 client for which ``s3://bucket/key`` is ``bucket/key`` in a folder.

    So what the client writes, a Local Voice ID with this ``s3_root`` reads, in this process or in another,
    and the other way round. boto3 itself is at work, up to where it would open a connection. Objects are
    written, read and looked at, buckets are made; S3's other operations are refused with ``NotImplemented``.

    Metadata is kept beside the object: under ``voice`` that of the voice's label, in ``<key>.voice``, and
    the rest in ``<key>.metadata``.

    Args:
        root: the folder.
    """
    from voiceid_sdk.local.clients.botocore_hook import make_s3_client  # boto3 is slow to import

    client: FolderS3Client = make_s3_client(FolderS3(root).handle)
    return client


class FolderS3:
    """Answers the requests of S3 from a folder: REST with paths as ``/bucket/key``.

    Args:
        root: the folder.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._objects = FolderStorage(root)

    def handle(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer the parts of an HTTP request; the names of headers are in lower case."""
        parts = urlsplit(url)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        try:
            if not parts.query and (method, bool(key)) == ("PUT", False):
                return self._make_bucket(bucket)
            if parts.query or not key or method not in ("GET", "HEAD", "PUT"):
                return _error(501, "NotImplemented", "The folder does not do this.")
            if not self._objects.has_bucket(bucket):
                return _error(404, "NoSuchBucket", "The specified bucket does not exist.")
            uri = f"s3://{bucket}/{key}"
            if method == "PUT":
                return self._put(uri, headers, body)
            return self._get(uri)
        except ObjectStorageError as error:
            return _error(error.status, _CODES[error.status], error.message)

    def _make_bucket(self, bucket: str) -> Response:
        if not _BUCKET_NAME.fullmatch(bucket):
            return _error(400, "InvalidBucketName", "The specified bucket is not valid.")
        self._objects.make_bucket(bucket)
        return Response(200, {}, b"")

    def _put(self, uri: str, headers: Mapping[str, str], body: bytes) -> Response:
        metadata = {
            name.removeprefix(_HEADER): value for name, value in headers.items() if name.startswith(_HEADER)
        }
        # Whenever this is interrupted, no content stands beside the metadata of another.
        for suffix in (VOICE_KEY, METADATA_SUFFIX):
            self._objects.remove(f"{uri}.{suffix}")
        self._objects.write(uri, body, None)
        if voice := metadata.pop(VOICE_KEY, None):
            self._objects.write(f"{uri}.{VOICE_KEY}", voice.encode(), None)
        if metadata:
            self._objects.write(f"{uri}.{METADATA_SUFFIX}", json.dumps(metadata).encode(), None)
        return Response(200, {"ETag": _etag(body)}, b"")

    def _get(self, uri: str) -> Response:
        found = self._objects.read(uri, sys.maxsize)
        metadata = self._metadata(uri)
        if found.voice is not None:
            metadata[VOICE_KEY] = found.voice
        headers = {
            "Content-Length": str(len(found.content)),
            "Content-Type": "binary/octet-stream",
            "ETag": _etag(found.content),
            "Last-Modified": formatdate(self._objects.modified(uri), usegmt=True),
        }
        headers |= {f"{_HEADER}{name}": value for name, value in metadata.items()}
        return Response(200, headers, found.content)

    def _metadata(self, uri: str) -> dict[str, str]:
        try:
            found = self._objects.read(f"{uri}.{METADATA_SUFFIX}", sys.maxsize).content
        except ObjectStorageError:
            return {}
        return cast("dict[str, str]", json.loads(found))


_CODES: Final = {403: "AccessDenied", 404: "NoSuchKey"}


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str, message: str) -> Response:
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()
    return Response(status, {"Content-Type": "application/xml"}, body)
