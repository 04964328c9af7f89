"""The claims of a request about its signature, in its headers or in the query string of a presigned URL."""

import enum
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import unquote

import attrs

ALGORITHM: Final = "AWS4-HMAC-SHA256"
WIRE: Final = "latin-1"
"""The encoding in which the bytes of a request are text here."""

_AUTHORIZATION: Final = "authorization"
_TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"
_MAX_LIFETIME_SECONDS: Final = 7 * 24 * 3600
"""Seconds for which a presigned URL may be made."""

_SCOPE_PARTS: Final = 5
_BASIC_FORMAT: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SECONDS: Final = re.compile(r"[0-9]{1,6}", re.ASCII)


@attrs.define(slots=False)  # for the cached properties
class SignedRequest:
    """A request as it came over the wire; text is the bytes of the wire, decoded as Latin-1."""

    method: str
    path: str
    """Still percent-encoded."""
    query: str
    """Still percent-encoded, without the question mark."""
    headers: Sequence[tuple[str, str]] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    """Empty until it was received. Nothing else changes."""

    def take_body(self) -> bytes:
        """Return the body, and do not keep it: a recording takes much memory."""
        body, self.body = self.body, b""
        return body

    @functools.cached_property
    def values(self) -> Mapping[str, str]:
        """The headers by name in lower case, in the form in which they are signed."""
        values: dict[str, str] = {}
        for written, value in self.headers:
            name, trimmed = written.lower(), " ".join(value.split())
            values[name] = f"{values[name]},{trimmed}" if name in values else trimmed
        return values

    @functools.cached_property
    def parameters(self) -> Sequence[tuple[str, str]]:
        """The names and values of the query string, decoded."""
        pairs = (pair.partition("=") for pair in self.query.split("&") if pair)
        return [(unquote(name, WIRE), unquote(value, WIRE)) for name, _, value in pairs]

    @functools.cached_property
    def claim(self) -> "Claim":
        """The claims about the signature; raises SignatureError if they are missing or incomplete."""
        if _AUTHORIZATION in self.values:
            return _claim_of_headers(self.values, self._authorization)
        parameters = dict(self.parameters)
        if "X-Amz-Algorithm" in parameters:
            return _claim_of_url(parameters)
        raise SignatureError(Fault.MISSING, "Request is missing Authentication Token")

    @functools.cached_property
    def credential_scope(self) -> "CredentialScope | None":
        """The claims about the scope of the signature, which may be wrong, or None without a signature.

        They are read from the same place as those of ``claim``: else a request could be signed with one key
        and be carried out for the account of another.
        """
        if _AUTHORIZATION in self.values:
            text = self._authorization.get("Credential", "")
        else:
            text = dict(self.parameters).get("X-Amz-Credential", "")
        parts = text.rsplit("/", 4)
        return CredentialScope(*parts) if len(parts) == _SCOPE_PARTS else None

    @functools.cached_property
    def _authorization(self) -> Mapping[str, str]:
        """The names and values in the header Authorization, after the algorithm."""
        pairs = (part.partition("=") for part in self.values[_AUTHORIZATION].partition(" ")[2].split(","))
        return {name.strip(): value for name, _, value in pairs}

    @property
    def waits_to_send(self) -> bool:
        """Whether the client may send the body only after a response that invites it."""
        return "expect" in self.values


@attrs.frozen(kw_only=True)
class Claim:
    """The claims of a request about its signature."""

    access_key_id: str
    day: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: datetime
    timestamp: str
    """The moment as it is signed."""
    lifetime: timedelta | None
    """How long a presigned URL is good for."""
    token: str | None

    @property
    def scope(self) -> str:
        """The day, region and service that the signature is for."""
        return f"{self.day}/{self.region}/{self.service}/{self.terminator}"


class Fault(enum.Enum):
    """The reasons for which a signature is rejected."""

    MISSING = enum.auto()
    INCOMPLETE = enum.auto()
    """A part of it is missing or cannot be read."""
    UNKNOWN_KEY = enum.auto()
    WRONG_TOKEN = enum.auto()
    """The session token is not that of the credentials."""
    WRONG_SCOPE = enum.auto()
    """It is for another region, service or day."""
    NOT_YET = enum.auto()
    TOO_OLD = enum.auto()
    URL_EXPIRED = enum.auto()
    UNSIGNED_HEADERS = enum.auto()
    MISMATCH = enum.auto()
    CREDENTIALS_EXPIRED = enum.auto()


class SignatureError(Exception):
    """A request is not signed with one of the credentials.

    Args:
        fault: the reason.
        message: the same in words.
    """

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(fault, message)
        self.fault = fault
        self.message = message


class CredentialScope(NamedTuple):
    """The day, region and service that a signature names, which may be wrong."""

    access_key_id: str
    day: str
    region: str
    service: str
    terminator: str


def signed_service(request: SignedRequest) -> str | None:
    """Return the service in the scope of a request's signature, or None without one."""
    return request.credential_scope.service if request.credential_scope else None


def _claim_of_headers(headers: Mapping[str, str], parts: Mapping[str, str]) -> Claim:
    if headers[_AUTHORIZATION].partition(" ")[0] != ALGORITHM:
        raise _incomplete(f"Authorization header requires the algorithm {ALGORITHM}.")
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
        moment=(moment := _moment(date, parse)),
        timestamp=date if parse is _parse_timestamp else moment.strftime(_TIMESTAMP),
        lifetime=None,
        token=headers.get("x-amz-security-token"),
    )


def _claim_of_url(parameters: Mapping[str, str]) -> Claim:
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
        timestamp=parameters["X-Amz-Date"],
        lifetime=timedelta(seconds=int(seconds)),
        token=parameters.get("X-Amz-Security-Token"),
    )


def _claim(
    *,
    credential: str,
    signed_headers: str,
    signature: str,
    moment: datetime,
    timestamp: str,
    lifetime: timedelta | None,
    token: str | None,
) -> Claim:
    scope = credential.rsplit("/", 4)
    if len(scope) != _SCOPE_PARTS:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
    access_key_id, day, region, service, terminator = scope
    names = tuple(signed_headers.split(";"))
    if len(set(names)) < len(names):  # A large header, many times, would fill the memory.
        raise _incomplete("Every header must be named once in 'SignedHeaders'.")
    return Claim(
        access_key_id=access_key_id,
        day=day,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=names,
        signature=signature,
        moment=moment,
        timestamp=timestamp,
        lifetime=lifetime,
        token=token,
    )


def _moment(date: str, parse: Callable[[str], datetime]) -> datetime:
    try:
        return parse(date)
    except (ValueError, OverflowError):
        raise _incomplete("The request's date cannot be read.") from None


def _parse_timestamp(text: str) -> datetime:
    if not _BASIC_FORMAT.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(text)


def _parse_http_date(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _incomplete(message: str) -> SignatureError:
    return SignatureError(Fault.INCOMPLETE, message)
