"""The facts in a record, as rows of the database.

Unknown ids and texts are empty strings, because for SQLite's joins NULL differs from itself. Times are
seconds since 1970.
"""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

LISTED: Final = "LISTED"
EVENT: Final = "EVENT"
CONTACT: Final = "CONTACT"
SESSION: Final = "SESSION"
OUTPUT: Final = "OUTPUT"
REQUEST: Final = "REQUEST"
DAMAGED: Final = "DAMAGED"

ENROLLED: Final = "ENROLLED"
EXPIRED: Final = "EXPIRED"
OPTED_OUT: Final = "OPTED_OUT"
PENDING: Final = "PENDING"
DELETED: Final = "DELETED"
OPT_OUT_FAILED: Final = "OPT_OUT_FAILED"
UNREADABLE: Final = "UNREADABLE"

ENROLLMENT: Final = "ENROLLMENT"
REGISTRATION: Final = "REGISTRATION"

DOMAIN: Final = "DOMAIN"
WATCHLIST: Final = "WATCHLIST"
FRAUDSTER: Final = "FRAUDSTER"
JOB: Final = "JOB"


class StatementFact(NamedTuple):
    """A statement of a record about a speaker."""

    domain: str
    customer: str
    generated: str
    kind: str
    """The kind of source."""
    status: str
    """The status of the speaker, or what was done; empty when the record only joins the two ids."""
    at: float | None
    created_at: float | None
    accessed_at: float | None
    origin: str
    """For an enrollment: ``SESSION`` or ``BATCH_JOB``, in the source's own word."""
    origin_id: str
    line: int


class EntityFact(NamedTuple):
    """A domain, watchlist, fraudster or job, as a record describes it."""

    kind: str
    domain: str
    entity_id: str
    at: float | None
    body: str
    """The fields of the SDK's data class, as JSON with sorted names."""
    line: int


class TagFact(NamedTuple):
    """A tag. Its domain is known only from its surroundings."""

    domain: str
    key: str
    value: str
    document: int
    line: int


class RequestFact(NamedTuple):
    """A request in a manifest."""

    kind: str
    request_id: str
    customer: str
    recordings: str
    """Pairs of S3 URI and channel, as JSON."""
    line: int


class OutcomeFact(NamedTuple):
    """A request in the output of a job."""

    kind: str
    """Empty for an error: the outputs of both kinds of job have the same."""
    request_id: str
    customer: str
    generated: str
    status: str
    error_code: int | None
    line: int


class PageFact(NamedTuple):
    """A page of a list."""

    list_name: str
    domain: str
    is_last: bool
    line: int


class DocumentFact(NamedTuple):
    """The domain that a document is about."""

    domain: str
    document: int


class DamageFact(NamedTuple):
    """A line that could not be read, or a record that is of no known kind."""

    line: int | None
    reason: str
    mentions_opt_out: bool
    is_resolved: bool
    """Whether the ids and the status of a speaker were still readable."""


NO_SPEAKER: Final = "is an opt-out that names no speaker"
"""What is wrong with an opt-out that cannot be given to a speaker."""


def damage_of(line: int | None, reason: str, *, mentions_opt_out: bool = False) -> DamageFact:
    """Return a damage in which no speaker was readable."""
    return DamageFact(line, reason, mentions_opt_out, is_resolved=False)


Fact: TypeAlias = (
    StatementFact | EntityFact | TagFact | RequestFact | OutcomeFact | PageFact | DocumentFact | DamageFact
)

GENERATED_ID: Final = re.compile(r"id#[a-zA-Z0-9]{22}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

RESOURCE_ID: Final = re.compile(r"[a-zA-Z0-9]{22}")


def text_of(value: object) -> str:
    """Return a text, or an empty one for anything else, such as a text that no encoding can express."""
    if not isinstance(value, str) or (not value.isascii() and _SURROGATE.search(value)):
        return ""
    return value


def generated_id_of(value: object) -> str:
    """Return an id that the service chose, or an empty text for anything else."""
    return value if isinstance(value, str) and GENERATED_ID.fullmatch(value) else ""


def resource_id_of(value: object) -> str:
    """Return the id of a domain, watchlist or job, or an empty text for anything else."""
    return value if isinstance(value, str) and RESOURCE_ID.fullmatch(value) else ""


_MILLISECONDS_FROM: Final = 1e11
"""A number this large counts milliseconds: in seconds it would be the year 5138."""

_LATEST: Final = _MILLISECONDS_FROM * 1000


def moment_of(value: object) -> float | None:
    """Return a time, in whichever form programs write it, in seconds since 1970; None for anything else."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            return round(moment.timestamp(), 3)
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _LATEST:
        return None
    return round(value / 1000 if value >= _MILLISECONDS_FROM else float(value), 3)
