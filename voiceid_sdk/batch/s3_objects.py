"""Objects in S3, read, written and found through the caller's boto3 client."""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar, cast

from voiceid_sdk._arguments import check_types
from voiceid_sdk._wire.s3_errors import translate_s3
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import (
    AccessDeniedError,
    Problem,
    RequestValidationError,
    ResourceNotFoundError,
)

ResultT = TypeVar("ResultT")

_DIGEST: Final = "sha256"
"""The metadata that holds the digest of an object's content.

The ETag of a multipart upload, or of an object encrypted with a KMS key, is no digest of its content.
Source: the ETag of Object in the S3 API reference.
"""


class _Readable(Protocol):
    def read(self) -> bytes: ...


def read_object(s3: S3Client, uri: str) -> bytes:
    """Return the content of an object. Calls GetObject of S3.

    Args:
        s3: a boto3 S3 client.
        uri: ``s3://bucket/key``.

    Raises:
        RequestValidationError: ``uri`` names no object, or ``s3`` is no S3 client.
        ResourceNotFoundError: there is no such bucket or object.
        AccessDeniedError: the object may not be read.
        TransportError: S3 was not reached, or the object is incomplete.
        ServiceError: S3 returned another error.
    """

    def read(bucket: str, key: str) -> bytes:
        response = s3.get_object(Bucket=bucket, Key=key)
        return cast("_Readable", response["Body"]).read()

    return _invoke(s3, "GetObject", uri, read)


def write_object(s3: S3Client, uri: str, content: bytes, *, kms_key_id: str | None = None) -> None:
    """Write an object with its digest, whole or not at all. Calls PutObject of S3.

    Args:
        s3: a boto3 S3 client.
        uri: ``s3://bucket/key``.
        content: what to write.
        kms_key_id: the KMS key that encrypts it; the bucket's default encryption when None.

    Raises:
        RequestValidationError: ``uri`` names no object, or ``s3`` is no S3 client.
        ResourceNotFoundError: there is no such bucket.
        AccessDeniedError: the object may not be written.
        TransportError: S3 was not reached.
        ServiceError: S3 returned another error.
    """
    metadata = {_DIGEST: digest_of(content)}

    def write(bucket: str, key: str) -> None:
        if kms_key_id is None:
            s3.put_object(Bucket=bucket, Key=key, Body=content, Metadata=metadata)
        else:
            s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=content,
                Metadata=metadata,
                ServerSideEncryption="aws:kms",
                SSEKMSKeyId=kms_key_id,
            )

    _invoke(s3, "PutObject", uri, write)


def has_object(s3: S3Client, uri: str, digest: str) -> bool:
    """Return whether ``write_object`` wrote the content with that digest there. Calls HeadObject of S3.

    Without permission to list the bucket, S3 responds with "access denied" for a missing object as well. So
    this counts as missing, and the write that follows reports a real lack of access.
    Source: the permissions of HeadObject in the S3 API reference.

    Args:
        s3: a boto3 S3 client.
        uri: ``s3://bucket/key``.
        digest: the result of ``digest_of`` for the content.

    Raises:
        RequestValidationError: ``uri`` names no object, or ``s3`` is no S3 client.
        TransportError: S3 was not reached.
        ServiceError: S3 returned another error.
    """
    try:
        response = _invoke(s3, "HeadObject", uri, lambda bucket, key: s3.head_object(Bucket=bucket, Key=key))
    except (ResourceNotFoundError, AccessDeniedError):
        return False
    return cast("Mapping[str, str]", response.get("Metadata") or {}).get(_DIGEST) == digest


def digest_of(content: bytes) -> str:
    """Return the SHA-256 digest of content, in 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def split_uri(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of ``s3://bucket/key``.

    Raises:
        RequestValidationError: ``uri`` is no such URI.
    """
    rule = "must name an object, such as s3://bucket/key"
    check_types("S3", uri=(uri, (str,), rule))
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise RequestValidationError.of("S3", (Problem(parameter="uri", rule=rule),))
    return bucket, key


def _invoke(s3: S3Client, operation: str, uri: str, work: Callable[[str, str], ResultT]) -> ResultT:
    """Call a client for one object; errors are raised outside the handler, so that they have no context."""
    if not hasattr(s3, "put_object"):
        rule = "must be a boto3 client for S3, such as boto3.client('s3')"
        raise RequestValidationError.of(operation, (Problem(parameter="s3", rule=rule),))
    make_api_call = getattr(s3, "_make_api_call", None)
    if inspect.iscoroutinefunction(make_api_call or s3.put_object):
        rule = "must be a client of boto3, which AsyncVoiceID calls on threads; this one is asynchronous"
        raise RequestValidationError.of(operation, (Problem(parameter="s3", rule=rule),))
    bucket, key = split_uri(uri)
    try:
        return work(bucket, key)
    except Exception as error:
        failure = translate_s3(error, operation, uri)
        if failure is None:
            raise
    raise failure
