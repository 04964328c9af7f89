"""Verifying AWS Signature Version 4: the sender of a request, and that nobody has changed it since.

Both forms are read: the ``Authorization`` header, which every SDK sends, and the query string of a presigned
URL. Source: "AWS Signature Version 4 for API requests", IAM User Guide; codes and messages are those of AWS's
web framework as other JSON services send them.
"""

import functools
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.core.scope import region_of_host
from voiceid_sdk.local.http.signature_claims import (
    ALGORITHM,
    WIRE,
    Claim,
    Fault,
    SignatureError,
    SignedRequest,
)
from voiceid_sdk.local.protocol.errors import ServiceException

SERVICE: Final = service_model.load_service()["metadata"]["signingName"]

CLOCK_SKEW: Final = timedelta(minutes=15)
"""How far the date of a request may be from the present."""

_TERMINATOR: Final = "aws4_request"

_SIGNING_KEYS: Final = 64
"""How many keys are kept."""

_UNRESERVED: Final = "-_.~"


@attrs.frozen
class Credential:
    """The keys that a client signs with, and the account that they stand for."""

    access_key_id: str
    secret_access_key: str = attrs.field(repr=False)
    session_token: str | None = attrs.field(default=None, repr=False)
    expires_at: datetime | None = None
    account_id: str | None = None
    """The account that the credential stands for; None for the service's."""


@attrs.frozen(kw_only=True)
class SigningRules:
    """The parts of a request that the clients of a service sign."""

    service: str
    """The service in the scope of a signature."""
    region_of_host: Callable[[str], str | None]
    """Makes of a host the only region that the signature may be for; None for any."""
    canonical_path: Callable[[str], str]
    """Makes of the path of a request the path that is signed."""
    payload_hash: Callable[[SignedRequest, bool], str]
    """Makes of a request, and whether its URL is presigned, the digest of the content that is signed."""
    signs_every_amz_header: bool
    """Whether each header that starts with ``x-amz-`` must be signed, as S3 requires; Host always must."""


@attrs.frozen(kw_only=True)
class VerifiedSignature:
    """A signature that was verified, and what further signatures of the same request are made with."""

    signing_key: bytes = attrs.field(repr=False)
    timestamp: str
    scope: str
    signature: str = attrs.field(repr=False)

    def is_signature(self, signature: str, algorithm: str, *parts: str) -> bool:
        """Return whether parts in a row, at the time and in the scope of the request, are signed so."""
        text = "\n".join((algorithm, self.timestamp, self.scope, *parts))
        return _same(signature, _hmac(self.signing_key, text).hex())


_EXCEPTIONS: Final[Mapping[Fault, str]] = {
    Fault.MISSING: "MissingAuthenticationTokenException",
    Fault.INCOMPLETE: "IncompleteSignatureException",
    Fault.UNKNOWN_KEY: "UnrecognizedClientException",
    Fault.WRONG_TOKEN: "UnrecognizedClientException",
    Fault.CREDENTIALS_EXPIRED: "ExpiredTokenException",
}
"""The service exception for each fault; that for the others is ``InvalidSignatureException``."""


def verify_head(
    request: SignedRequest, credentials: Mapping[str, Credential], *, now: datetime
) -> Credential:
    """Return the credential that a request to Voice ID claims to be signed with, which its body may disprove.

    The signature may be for any region, unless the host is the endpoint of a region.

    Args:
        request: the request, whose body is not looked at.
        credentials: the credentials by access key id.
        now: the present moment.

    Raises:
        ServiceException: ``MissingAuthenticationTokenException`` without a signature,
            ``IncompleteSignatureException`` when a part of it is missing or cannot be read,
            ``UnrecognizedClientException`` for unknown credentials, ``InvalidSignatureException`` otherwise.
    """
    try:
        return _check_claim(_RULES, request, credentials, now)
    except SignatureError as error:
        raise _service_exception(error) from None


def verify_signature(request: SignedRequest, credential: Credential, *, now: datetime) -> None:
    """Raise a ServiceException unless a whole request to Voice ID is signed with a credential.

    Args:
        request: the request.
        credential: the credential that ``verify_head`` returned.
        now: the present moment.

    Raises:
        ServiceException: ``ExpiredTokenException`` for an expired credential, ``InvalidSignatureException``
            for another signature than its own.
    """
    try:
        _check_signature(_RULES, request, credential, now)
    except SignatureError as error:
        raise _service_exception(error) from None


def verify_by(
    rules: SigningRules, request: SignedRequest, credentials: Mapping[str, Credential], *, now: datetime
) -> VerifiedSignature:
    """Return the signature of a request, if it was made with one of the credentials.

    Args:
        rules: those of the service.
        request: the request.
        credentials: the credentials by access key id.
        now: the present moment.

    Raises:
        SignatureError: it was not.
    """
    return _check_signature(rules, request, _check_claim(rules, request, credentials, now), now)


def _check_signature(
    rules: SigningRules, request: SignedRequest, credential: Credential, now: datetime
) -> VerifiedSignature:
    claim = request.claim
    verified = VerifiedSignature(
        signing_key=_signing_key(
            credential.secret_access_key, claim.day, claim.region, claim.service, claim.terminator
        ),
        timestamp=claim.timestamp,
        scope=claim.scope,
        signature=claim.signature,
    )
    if not any(
        verified.is_signature(claim.signature, ALGORITHM, _canonical_digest(rules, request, host))
        for host in _signed_hosts(request.values.get("host", ""))
    ):
        raise SignatureError(
            Fault.MISMATCH,
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )
    if credential.expires_at is not None and credential.expires_at <= now:
        raise SignatureError(
            Fault.CREDENTIALS_EXPIRED, "The security token included in the request is expired"
        )
    return verified


def _check_claim(
    rules: SigningRules, request: SignedRequest, credentials: Mapping[str, Credential], now: datetime
) -> Credential:
    claim = request.claim
    credential = credentials.get(claim.access_key_id)
    if credential is None or not _same(claim.token or "", credential.session_token or ""):
        fault = Fault.UNKNOWN_KEY if credential is None else Fault.WRONG_TOKEN
        raise SignatureError(fault, "The security token included in the request is invalid.")
    _check_scope(claim, rules, rules.region_of_host(request.values.get("host", "")))
    _check_time(claim, now)
    _check_headers(claim, request.values, rules)
    return credential


def _check_scope(claim: Claim, rules: SigningRules, region_name: str | None) -> None:
    if not claim.region or region_name not in (None, claim.region):
        raise _wrong_scope("Credential should be scoped to a valid region.")
    if claim.service != rules.service:
        raise _wrong_scope(f"Credential should be scoped to correct service: '{rules.service}'.")
    if claim.terminator != _TERMINATOR:
        raise _wrong_scope(f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'.")
    if claim.day != claim.timestamp[:8]:
        raise _wrong_scope("Date in Credential scope does not match YYYYMMDD of the request's date.")


def _check_time(claim: Claim, now: datetime) -> None:
    if claim.moment > now + CLOCK_SKEW:
        raise SignatureError(Fault.NOT_YET, "Signature not yet current.")
    if claim.moment + (claim.lifetime or CLOCK_SKEW) < now:
        fault = Fault.TOO_OLD if claim.lifetime is None else Fault.URL_EXPIRED
        raise SignatureError(fault, "Signature expired.")


def _check_headers(claim: Claim, headers: Mapping[str, str], rules: SigningRules) -> None:
    """Reject a request whose signature leaves out a header that the service requires in it."""
    if "host" not in claim.signed_headers:
        raise SignatureError(
            Fault.UNSIGNED_HEADERS, "'Host' must be a 'SignedHeader' in the AWS Authorization."
        )
    if rules.signs_every_amz_header and any(
        name.startswith("x-amz-") and name not in claim.signed_headers for name in headers
    ):
        raise SignatureError(
            Fault.UNSIGNED_HEADERS, "Every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization."
        )


def _signed_hosts(host: str) -> list[str]:
    """Return the values of Host that a signature may cover: with the port, or the name alone.

    Endpoints of AWS have no port in their Host, so some signers leave it out.
    """
    name, colon, port = host.rpartition(":")
    return [host, name] if colon and port.isdecimal() else [host]


def _canonical_digest(rules: SigningRules, request: SignedRequest, host: str) -> str:
    """Return the digest of the form of a request that is signed, with this value of Host."""
    claim = request.claim
    is_presigned = claim.lifetime is not None
    parameters = sorted(
        (encode(name), encode(value))
        for name, value in request.parameters
        if not (is_presigned and name == "X-Amz-Signature")
    )
    headers = request.values
    canonical = "\n".join(
        (
            request.method,
            rules.canonical_path(request.path),
            "&".join(map("=".join, parameters)),
            *(f"{name}:{host if name == 'host' else headers.get(name, '')}" for name in claim.signed_headers),
            "",
            ";".join(claim.signed_headers),
            rules.payload_hash(request, is_presigned),
        )
    )
    return hashlib.sha256(canonical.encode(WIRE)).hexdigest()


@functools.lru_cache(maxsize=_SIGNING_KEYS)
def _signing_key(secret_access_key: str, *scope: str) -> bytes:
    """Return the key of a secret for a scope, which is the same all day."""
    key = f"AWS4{secret_access_key}".encode()
    for part in scope:
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(WIRE), "sha256")


def encode(text: str, unchanged: str = "") -> str:
    """Return a text percent-encoded as signatures have it."""
    return quote(text, safe=_UNRESERVED + unchanged, encoding=WIRE)


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not depend on where two texts differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _wrong_scope(message: str) -> SignatureError:
    return SignatureError(Fault.WRONG_SCOPE, message)


def _service_exception(error: SignatureError) -> ServiceException:
    return ServiceException(_EXCEPTIONS.get(error.fault, "InvalidSignatureException"), error.message)


_RULES: Final = SigningRules(
    service=SERVICE,
    region_of_host=region_of_host,
    # All AWS services but S3 sign the path encoded once more.
    canonical_path=lambda path: encode(path, "/"),
    # Always of the body that came: "UNSIGNED-PAYLOAD" is S3's, and so is a digest that no one checks.
    payload_hash=lambda request, _: hashlib.sha256(request.body).hexdigest(),
    # Source: dynalite, which records the checks of DynamoDB. Some signers leave out X-Amz-Target.
    signs_every_amz_header=False,
)
