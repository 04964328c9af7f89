"""Object storage through a boto3 S3 client: AWS, moto or MinIO."""

from http import HTTPStatus
from typing import Protocol, TypedDict, cast

from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.storage.object_storage import (
    VOICE_KEY,
    ObjectStorageError,
    StoredObject,
    missing,
    split_uri,
    too_large,
)


class _Readable(Protocol):
    def read(self) -> bytes: ...


class _GetObjectOutput(TypedDict):
    Body: _Readable
    ContentLength: int
    Metadata: dict[str, str]


class S3Storage:
    """Reads and writes objects through a boto3 S3 client. Every error of the client is an ObjectStorageError.

    Another error would fail a whole job, where one recording cannot be read.

    The label of a recording's voice is in the object's metadata, under ``voice``.

    Args:
        client: the client.
    """

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def read(self, uri: str, limit: int) -> StoredObject:
        """Return an object's content."""
        bucket, key = split_uri(uri)
        if not key:
            raise missing()
        try:
            output = cast("_GetObjectOutput", self._client.get_object(Bucket=bucket, Key=key))
            is_too_large = output["ContentLength"] > limit
            content = b"" if is_too_large else output["Body"].read()
            voice = output["Metadata"].get(VOICE_KEY)
        except Exception as error:  # noqa: BLE001 - of urllib3, the system, or a client of any kind
            raise _from_s3(error) from None
        if is_too_large:
            raise too_large()
        return StoredObject(content, voice)

    def write(self, uri: str, content: bytes, kms_key_id: str | None) -> None:
        """Write an object, encrypted with a KMS key if one is given."""
        bucket, key = split_uri(uri)
        try:
            if kms_key_id is None:
                self._client.put_object(Bucket=bucket, Key=key, Body=content)
            else:
                self._client.put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=content,
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=kms_key_id,
                )
        except Exception as error:  # noqa: BLE001 - of urllib3, the system, or a client of any kind
            raise _from_s3(error) from None


def _from_s3(error: Exception) -> ObjectStorageError:
    # botocore's errors of connections have a response of None.
    output: dict[str, dict[str, object]] = getattr(error, "response", None) or {}
    status = output.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status == HTTPStatus.NOT_FOUND:
        return missing()
    if status == HTTPStatus.FORBIDDEN:
        return ObjectStorageError(403, "Access to the object is denied.")
    return ObjectStorageError(500, "The object storage does not respond.")
