"""Verifying presigned URLs of Signature Version 2, which boto3 and the AWS CLI still make for S3 by default.

Source: "Signing and authenticating REST requests", query string request authentication alternative, in the S3
user guide.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from voiceid_sdk.local.http.signature_claims import WIRE, Fault, SignatureError, SignedRequest
from voiceid_sdk.local.http.sigv4 import Credential

PARAMETERS: Final = frozenset(("AWSAccessKeyId", "Expires", "Signature"))
"""The query parameters that make a presigned URL."""

_SECONDS: Final = re.compile(r"[0-9]{1,19}")

_POSITIONAL: Final = ("content-md5", "content-type")
"""Headers that are signed by their position."""

_SIGNED_PARAMETERS: Final = frozenset(
    (
        "acl",
        "delete",
        "location",
        "partNumber",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "tagging",
        "uploadId",
        "uploads",
        "versionId",
    )
)
"""The query parameters that are signed, of those that this S3 supports."""


def is_presigned(request: SignedRequest) -> bool:
    """Return whether the URL of a request is presigned with Signature Version 2."""
    return dict(request.parameters).keys() >= PARAMETERS


def verify(
    request: SignedRequest, bucket: str, credentials: Mapping[str, Credential], *, now: datetime
) -> None:
    """Return if the URL of a request was presigned with one of the credentials.

    Args:
        request: the request.
        bucket: the bucket that its host names, or an empty string.
        credentials: the credentials by access key id.
        now: the present moment.

    Raises:
        SignatureError: it was not.
    """
    parameters = dict(request.parameters)
    expires = parameters["Expires"]
    if not _SECONDS.fullmatch(expires):
        raise SignatureError(Fault.INCOMPLETE, "Expires must be a number of seconds.")
    credential = credentials.get(parameters["AWSAccessKeyId"])
    if credential is None:
        raise SignatureError(Fault.UNKNOWN_KEY, "The access key is not known.")
    # The URL may carry headers, which its client need not send again.
    headers = {name.lower(): value for name, value in parameters.items()} | dict(request.values)
    if not _is_same(headers.get("x-amz-security-token", ""), credential.session_token or ""):
        raise SignatureError(Fault.WRONG_TOKEN, "The security token is not that of the access key.")
    if not _is_same(parameters["Signature"], _signature(request, bucket, headers, expires, credential)):
        raise SignatureError(Fault.MISMATCH, "The signature does not match.")
    if int(expires) < now.timestamp():
        raise SignatureError(Fault.URL_EXPIRED, "The URL has expired.")
    if credential.expires_at is not None and credential.expires_at <= now:
        raise SignatureError(Fault.CREDENTIALS_EXPIRED, "The credentials have expired.")


def _signature(
    request: SignedRequest, bucket: str, headers: Mapping[str, str], expires: str, credential: Credential
) -> str:
    named = sorted(name for name in headers if name.startswith("x-amz-"))
    signed = sorted(pair for pair in _pairs(request) if pair.partition("=")[0] in _SIGNED_PARAMETERS)
    text = "\n".join(
        (
            request.method,
            *(headers.get(name, "") for name in _POSITIONAL),
            expires,
            *(f"{name}:{headers[name]}" for name in named),
            f"{_resource(request.path, bucket)}{'?' if signed else ''}{'&'.join(signed)}",
        )
    )
    key = credential.secret_access_key.encode()
    return base64.b64encode(hmac.new(key, text.encode(WIRE), hashlib.sha1).digest()).decode()


def _resource(path: str, bucket: str) -> str:
    """Return the path of a request with its bucket, and a slash behind a bucket that stands alone."""
    whole = f"/{bucket}{path}" if bucket else path
    return whole if "/" in whole[1:] or whole == "/" else f"{whole}/"


def _pairs(request: SignedRequest) -> list[str]:
    """Return the parameters as they are signed: decoded, and without an equals sign if they have no value."""
    written = [pair.partition("=")[1] for pair in request.query.split("&") if pair]
    decoded = request.parameters
    return [f"{name}{sign}{value}" for (name, value), sign in zip(decoded, written, strict=True)]


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
