"""Verifying AWS Signature Version 4: who sent a request, and is it as they sent it?

Both forms are read: the ``Authorization`` header, which every SDK sends, and the query string of a presigned
URL. Source: "AWS Signature Version 4 for API requests", IAM User Guide; codes and messages are those of AWS's
web framework as other JSON services send them.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import quote, unquote

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.protocol.errors import ServiceException

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SERVICE: Final = service_model.load_service()["metadata"]["signingName"]

CLOCK_SKEW: Final = timedelta(minutes=15)
"""How far the date of a request may be from the present."""

_TERMINATOR: Final = "aws4_request"
_TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"
_MAX_LIFETIME_SECONDS: Final = 7 * 24 * 3600
"""Seconds for which a presigned URL may be made."""

_SECONDS: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_UNRESERVED: Final = "-_.~"
_WIRE: Final = "latin-1"


@attrs.frozen
class Credential:
    """What a client signs with."""

    access_key_id: str
    secret_access_key: str = attrs.field(repr=False)
    session_token: str | None = attrs.field(default=None, repr=False)
    expires_at: datetime | None = None


@attrs.frozen
class SignedRequest:
    """A request as it came over the wire; text is the bytes of the wire, decoded as Latin-1."""

    method: str
    path: str
    """Still percent-encoded."""
    query: str
    """Still percent-encoded, without the question mark."""
    headers: Sequence[tuple[str, str]] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    def values(self) -> dict[str, str]:
        """Return the headers by name in lower case, in the form in which they are signed."""
        values: dict[str, str] = {}
        for written, value in self.headers:
            name, trimmed = written.lower(), " ".join(value.split())
            values[name] = f"{values[name]},{trimmed}" if name in values else trimmed
        return values

    def parameters(self) -> list[tuple[str, str]]:
        """Return the names and values of the query string, decoded."""
        pairs = (pair.partition("=") for pair in self.query.split("&") if pair)
        return [(unquote(name, _WIRE), unquote(value, _WIRE)) for name, _, value in pairs]


@attrs.frozen(kw_only=True)
class _Claim:
    """What a request says of its signature."""

    access_key_id: str
    day: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: datetime
    lifetime: timedelta | None
    """How long a presigned URL is good for."""
    token: str | None

    @property
    def timestamp(self) -> str:
        return self.moment.strftime(_TIMESTAMP)

    @property
    def scope(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/{self.terminator}"


def verify(
    request: SignedRequest, credentials: Mapping[str, Credential], *, now: datetime, region_name: str
) -> None:
    """Return if the request was signed with one of the credentials, and refuse it otherwise.

    Args:
        request: the request.
        credentials: the credentials by access key id.
        now: the present moment.
        region_name: the only region that a signature may be for.

    Raises:
        ServiceException: ``MissingAuthenticationTokenException`` without a signature,
            ``IncompleteSignatureException`` when a part of it is missing or cannot be read,
            ``UnrecognizedClientException`` for unknown credentials, ``ExpiredTokenException`` for expired
            ones, ``InvalidSignatureException`` otherwise.
    """
    headers = request.values()
    parameters = request.parameters()
    if "authorization" in headers:
        claim = _claim_of_headers(headers)
    elif "X-Amz-Algorithm" in dict(parameters):
        claim = _claim_of_url(dict(parameters))
        parameters = [(name, value) for name, value in parameters if name != "X-Amz-Signature"]
    else:
        raise ServiceException(
            "MissingAuthenticationTokenException", "Request is missing Authentication Token"
        )
    credential = credentials.get(claim.access_key_id)
    if credential is None or not _same(claim.token or "", credential.session_token or ""):
        raise ServiceException(
            "UnrecognizedClientException", "The security token included in the request is invalid."
        )
    _check_scope(claim, region_name)
    _check_time(claim, now)
    _check_headers(claim, headers)
    if not _same(claim.signature, _signature(request, claim, headers, parameters, credential)):
        raise _invalid(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method."
        )
    if credential.expires_at is not None and credential.expires_at <= now:
        raise ServiceException(
            "ExpiredTokenException", "The security token included in the request is expired"
        )


def _claim_of_headers(headers: Mapping[str, str]) -> _Claim:
    algorithm, _, rest = headers["authorization"].partition(" ")
    if algorithm != ALGORITHM:
        raise _incomplete(f"Authorization header requires the algorithm {ALGORITHM}.")
    parts = {name.strip(): value for name, _, value in (part.partition("=") for part in rest.split(","))}
    date, parse = headers.get("x-amz-date"), _parse_timestamp
    if date is None:
        date, parse = headers.get("date"), _parse_http_date
    missing = [name for name in ("Credential", "SignedHeaders", "Signature") if not parts.get(name)]
    problems = [f"Authorization header requires '{name}' parameter." for name in missing]
    if not date:
        problems.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if problems or not date:
        raise _incomplete(" ".join(problems))
    return _claim(
        credential=parts["Credential"],
        signed_headers=parts["SignedHeaders"],
        signature=parts["Signature"],
        moment=_moment(date, parse),
        lifetime=None,
        token=headers.get("x-amz-security-token"),
    )


def _claim_of_url(parameters: Mapping[str, str]) -> _Claim:
    if parameters["X-Amz-Algorithm"] != ALGORITHM:
        raise _incomplete(f"AWS query-string parameters must include the algorithm {ALGORITHM}.")
    needed = ("Credential", "Date", "Expires", "SignedHeaders", "Signature")
    missing = [name for name in needed if not parameters.get(f"X-Amz-{name}")]
    if missing:
        raise _incomplete(
            " ".join(f"AWS query-string parameters must include 'X-Amz-{name}'." for name in missing)
        )
    seconds = parameters["X-Amz-Expires"]
    if not _SECONDS.fullmatch(seconds) or not 1 <= int(seconds) <= _MAX_LIFETIME_SECONDS:
        raise _incomplete(f"X-Amz-Expires must be a number of seconds from 1 to {_MAX_LIFETIME_SECONDS}.")
    return _claim(
        credential=parameters["X-Amz-Credential"],
        signed_headers=parameters["X-Amz-SignedHeaders"],
        signature=parameters["X-Amz-Signature"],
        moment=_moment(parameters["X-Amz-Date"], _parse_timestamp),
        lifetime=timedelta(seconds=int(seconds)),
        token=parameters.get("X-Amz-Security-Token"),
    )


def _claim(
    *,
    credential: str,
    signed_headers: str,
    signature: str,
    moment: datetime,
    lifetime: timedelta | None,
    token: str | None,
) -> _Claim:
    scope = credential.rsplit("/", 4)
    if len(scope) != 5:  # noqa: PLR2004 - named one by one just below
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
    access_key_id, day, region, service, terminator = scope
    return _Claim(
        access_key_id=access_key_id,
        day=day,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=tuple(signed_headers.split(";")),
        signature=signature,
        moment=moment,
        lifetime=lifetime,
        token=token,
    )


def _check_scope(claim: _Claim, region_name: str) -> None:
    if claim.region != region_name:
        raise _invalid("Credential should be scoped to a valid region.")
    if claim.service != SERVICE:
        raise _invalid(f"Credential should be scoped to correct service: '{SERVICE}'.")
    if claim.terminator != _TERMINATOR:
        raise _invalid(f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'.")
    if claim.day != claim.timestamp[:8]:
        raise _invalid("Date in Credential scope does not match YYYYMMDD of the request's date.")


def _check_time(claim: _Claim, now: datetime) -> None:
    if claim.moment > now + CLOCK_SKEW:
        raise _invalid("Signature not yet current.")
    if claim.moment + (claim.lifetime or CLOCK_SKEW) < now:
        raise _invalid("Signature expired.")


def _check_headers(claim: _Claim, headers: Mapping[str, str]) -> None:
    """Refuse a request in which something that decides what is done could be changed unnoticed."""
    if "host" not in claim.signed_headers:
        raise _invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    if any(name.startswith("x-amz-") and name not in claim.signed_headers for name in headers):
        raise _invalid("Every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization.")


def _signature(
    request: SignedRequest,
    claim: _Claim,
    headers: Mapping[str, str],
    parameters: Sequence[tuple[str, str]],
    credential: Credential,
) -> str:
    """Return the signature that the request would have if the owner of the credential had signed it."""
    canonical = "\n".join(
        (
            request.method,
            # All AWS services but S3 sign the path encoded once more.
            _encoded(request.path, "/"),
            "&".join(map("=".join, sorted((_encoded(name), _encoded(value)) for name, value in parameters))),
            *(f"{name}:{headers.get(name, '')}" for name in claim.signed_headers),
            "",
            ";".join(claim.signed_headers),
            # Always of the body that came: "UNSIGNED-PAYLOAD" is S3's, and so is a digest that no one checks.
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    text = "\n".join(
        (
            ALGORITHM,
            claim.timestamp,
            claim.scope,
            hashlib.sha256(canonical.encode(_WIRE)).hexdigest(),
        )
    )
    key = f"AWS4{credential.secret_access_key}".encode()
    for part in (claim.day, claim.region, claim.service, claim.terminator):
        key = _hmac(key, part).digest()
    return _hmac(key, text).hexdigest()


def _hmac(key: bytes, text: str) -> hmac.HMAC:
    return hmac.new(key, text.encode(_WIRE), hashlib.sha256)


def _encoded(text: str, unchanged: str = "") -> str:
    return quote(text, safe=_UNRESERVED + unchanged, encoding=_WIRE)


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not tell where two texts differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _moment(date: str, parse: Callable[[str], datetime]) -> datetime:
    try:
        return parse(date)
    except (ValueError, OverflowError):
        raise _incomplete("The request's date cannot be read.") from None


def _parse_timestamp(text: str) -> datetime:
    return datetime.strptime(text, _TIMESTAMP).replace(tzinfo=UTC)


def _parse_http_date(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _incomplete(message: str) -> ServiceException:
    return ServiceException("IncompleteSignatureException", message)


def _invalid(message: str) -> ServiceException:
    return ServiceException("InvalidSignatureException", message)
