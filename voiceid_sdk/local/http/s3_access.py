"""Signatures of requests to S3: the path is signed as it is, the content by a header or chunk by chunk.

Source: "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import unquote_to_bytes

from voiceid_sdk.local.http import sigv2
from voiceid_sdk.local.http.signature_claims import (
    ALGORITHM,
    WIRE,
    Fault,
    SignatureError,
    SignedRequest,
)
from voiceid_sdk.local.http.sigv4 import Credential, SigningRules, VerifiedSignature, encode, verify_by
from voiceid_sdk.local.s3.addressing import bucket_of_host
from voiceid_sdk.local.s3.errors import S3Error, invalid_request

SERVICE: Final = "s3"

_PAYLOAD: Final = "x-amz-content-sha256"
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_SIGNED_CHUNKS: Final = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
_NOTHING: Final = hashlib.sha256().hexdigest()

_ERRORS: Final[Mapping[Fault, tuple[int, str, str]]] = {
    Fault.MISSING: (403, "AccessDenied", "Access Denied"),
    Fault.INCOMPLETE: (
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header or the query string that you provided is not valid.",
    ),
    Fault.UNKNOWN_KEY: (
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    Fault.WRONG_TOKEN: (400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
    Fault.WRONG_SCOPE: (
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the credential is for another service or day.",
    ),
    Fault.NOT_YET: (
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    ),
    Fault.TOO_OLD: (
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    ),
    Fault.URL_EXPIRED: (403, "AccessDenied", "Request has expired"),
    Fault.UNSIGNED_HEADERS: (
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
    ),
    Fault.MISMATCH: (
        403,
        "SignatureDoesNotMatch",
        "The signature that you provided does not match. Check your key and signing method.",
    ),
    Fault.CREDENTIALS_EXPIRED: (400, "ExpiredToken", "The provided token has expired."),
}


class SignedChunks:
    """Verifies the signatures of the chunks of one request. Each signature covers the previous one.

    Args:
        verified: the signature of the request's head, which the first chunk covers.
    """

    def __init__(self, verified: VerifiedSignature) -> None:
        self._verified = verified
        self._last = verified.signature

    def check_chunk(self, content_sha256: str, signature: str) -> None:
        """Return if a chunk with this digest was signed so; raises S3Error otherwise."""
        self._check(signature, f"{ALGORITHM}-PAYLOAD", _NOTHING, content_sha256)

    def check_trailers(self, content_sha256: str, signature: str) -> None:
        """Return if trailers with this digest were signed so; raises S3Error otherwise."""
        self._check(signature, f"{ALGORITHM}-TRAILER", content_sha256)

    def _check(self, signature: str, algorithm: str, *digests: str) -> None:
        if not self._verified.is_signature(signature, algorithm, self._last, *digests):
            raise _error(Fault.MISMATCH)
        self._last = signature


def verify(
    request: SignedRequest,
    credentials: Mapping[str, Credential],
    *,
    now: datetime,
    host_names: Collection[str] = (),
) -> SignedChunks | None:
    """Return if the head of a request to S3 was signed with one of the credentials.

    The digest of the content that the head names is compared with the content when that arrives.

    Args:
        request: the request, whose body is not looked at.
        credentials: the credentials by access key id.
        now: the present moment.
        host_names: the names of the server, under which there are buckets.

    Returns:
        The verifier of the body's chunks, if they are signed.

    Raises:
        S3Error: it was not.
    """
    headers = request.values
    if headers.get("authorization", "").startswith("AWS "):
        raise invalid_request(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )
    try:
        if sigv2.is_presigned(request):
            bucket = bucket_of_host(headers.get("host", ""), host_names)
            sigv2.verify(request, bucket, credentials, now=now)
            return None
        verified = verify_by(_RULES, request, credentials, now=now)
    except SignatureError as error:
        raise _error(error.fault) from None
    return SignedChunks(verified) if headers.get(_PAYLOAD) in _SIGNED_CHUNKS else None


def _canonical_path(path: str) -> str:
    """Return the path percent-encoded once, however its sender encoded it."""
    return encode(unquote_to_bytes(path.encode(WIRE)).decode(WIRE), "/")


def _payload_hash(request: SignedRequest, is_presigned: bool) -> str:  # noqa: FBT001 - called by position
    given = request.values.get(_PAYLOAD) or dict(request.parameters).get("X-Amz-Content-Sha256")
    if given is None and not is_presigned:
        raise invalid_request(f"Missing required header for this request: {_PAYLOAD}")
    return given or _UNSIGNED


def _error(fault: Fault) -> S3Error:
    return S3Error(*_ERRORS[fault])


_RULES: Final = SigningRules(
    service=SERVICE,
    region_of_host=lambda _: None,
    canonical_path=_canonical_path,
    payload_hash=_payload_hash,
    signs_every_amz_header=True,
)
