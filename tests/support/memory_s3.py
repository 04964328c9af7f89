"""S3 in a dictionary, with the methods and errors of boto3's client; quick enough for thousands of calls."""

import io
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError


class MemoryS3:
    """Objects by bucket and key; ``calls`` has the operations and keys in the order of the calls."""

    def __init__(self, *buckets: str) -> None:
        self.objects: dict[str, dict[str, tuple[bytes, Mapping[str, str]]]] = {name: {} for name in buckets}
        self.calls: list[tuple[str, str]] = []
        self.denied: set[str] = set()

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        """Return an object."""
        content, metadata = self._find("GetObject", Bucket, Key)
        return {"Body": io.BytesIO(content), "ContentLength": len(content), "Metadata": metadata}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        """Return what is known of an object."""
        content, metadata = self._find("HeadObject", Bucket, Key)
        return {"ContentLength": len(content), "Metadata": metadata}

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, Metadata: Mapping[str, str] | None = None, **_: object
    ) -> dict[str, Any]:
        """Write an object."""
        self._bucket("PutObject", Bucket, Key)[Key] = Body, Metadata or {}
        return {}

    def _find(self, operation: str, bucket: str, key: str) -> tuple[bytes, Mapping[str, str]]:
        objects = self._bucket(operation, bucket, key)
        if key not in objects:
            raise _error(operation, 404, "404" if operation == "HeadObject" else "NoSuchKey")
        return objects[key]

    def _bucket(self, operation: str, bucket: str, key: str) -> dict[str, tuple[bytes, Mapping[str, str]]]:
        self.calls.append((operation, key))
        if operation in self.denied:
            raise _error(operation, 403, "AccessDenied")
        if bucket not in self.objects:
            raise _error(operation, 404, "NoSuchBucket")
        return self.objects[bucket]


def _error(operation: str, status: int, code: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, operation)
