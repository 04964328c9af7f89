"""The table of operations: the name of each, and how its response becomes typed data."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar, cast

import attrs

from voiceid_sdk._conversion.columns import structure_all
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._wire.requests import Body
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    FraudsterInfo,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SessionEvaluation,
    SpeakerInfo,
    Structure,
    Tag,
    WatchlistInfo,
)

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")
StructureT = TypeVar("StructureT", bound=Structure)


@attrs.frozen(eq=False)
class Operation(Generic[ResultT]):
    """One row: an operation of the API, and how to read its response."""

    name: str
    """The operation's name in the API: ``"DescribeSpeaker"``."""

    read: Callable[[Body], ResultT]
    """Turns the body of the response into typed data; raises ConversionError when it does not fit."""

    item_class: type[Structure] | None = None
    """The class of the items, if it is a list operation."""

    def __reduce__(self) -> "tuple[Callable[[str], Operation[object]], tuple[str]]":
        return _row_of, (self.name,)


@attrs.frozen
class ListPage(Generic[ItemT]):
    """The typed content of one response to a list operation."""

    items: tuple[ItemT, ...]
    next_token: str | None = attrs.field(repr=False)


class TagDict(dict[str, str]):
    """Tags by key: a dictionary whose ``repr`` shows only their number."""

    def __repr__(self) -> str:
        return f"<{len(self)} tag{'' if len(self) == 1 else 's'}>"

    def __rich_repr__(self) -> Iterator[str]:
        # Otherwise the package rich prints the items of the dictionary.
        yield repr(self)


_ROWS: Final[dict[str, Operation[Any]]] = {}


def _row(
    name: str, read: Callable[[Body], ResultT], item_class: type[Structure] | None = None
) -> Operation[ResultT]:
    row = _ROWS[name] = Operation(name, read, item_class)
    return row


def _row_of(name: str) -> Operation[object]:
    """Return the row of the operation called ``name``; rows pickle as their names."""
    return _ROWS[name]


def _one(name: str, member: str, data_class: type[StructureT]) -> Operation[StructureT]:
    def read(body: Body) -> StructureT:
        return structure(data_class, _required(body, member))

    return _row(name, read)


def _list(name: str, member: str, data_class: type[StructureT]) -> Operation[ListPage[StructureT]]:
    def read(body: Body) -> ListPage[StructureT]:
        items = _required(body, member)
        if not isinstance(items, list):
            raise ConversionError((member, "must be a list"))
        token = body.get("NextToken")
        if token is not None and not isinstance(token, str):
            raise ConversionError(("NextToken", "must be a string"))
        return ListPage(structure_all(data_class, cast("list[object]", items)), token or None)

    return _row(name, read, data_class)


def _nothing(name: str) -> Operation[None]:
    return _row(name, lambda _: None)


def _required(body: Body, member: str) -> object:
    value = body.get(member)
    if value is None:
        raise ConversionError((member, "is missing"))
    return value


def _evaluation(body: Body) -> SessionEvaluation:
    # Each member may be left out, but not all: botocore returns no members for a body it cannot read.
    if not body:
        raise ConversionError(("SessionId", "is missing"))
    return structure(SessionEvaluation, body)


def _tags(body: Body) -> dict[str, str]:
    tags = _required(body, "Tags")
    if not isinstance(tags, list):
        raise ConversionError(("Tags", "must be a list"))
    read = [structure(Tag, tag) for tag in cast("list[object]", tags)]
    return TagDict({tag.key: tag.value for tag in read})


CREATE_DOMAIN: Final = _one("CreateDomain", "Domain", DomainInfo)
DESCRIBE_DOMAIN: Final = _one("DescribeDomain", "Domain", DomainInfo)
UPDATE_DOMAIN: Final = _one("UpdateDomain", "Domain", DomainInfo)
DELETE_DOMAIN: Final = _nothing("DeleteDomain")
LIST_DOMAINS: Final = _list("ListDomains", "DomainSummaries", DomainInfo)

TAG_RESOURCE: Final = _nothing("TagResource")
UNTAG_RESOURCE: Final = _nothing("UntagResource")
LIST_TAGS_FOR_RESOURCE: Final = _row("ListTagsForResource", _tags)

DESCRIBE_SPEAKER: Final = _one("DescribeSpeaker", "Speaker", SpeakerInfo)
OPT_OUT_SPEAKER: Final = _one("OptOutSpeaker", "Speaker", SpeakerInfo)
DELETE_SPEAKER: Final = _nothing("DeleteSpeaker")
LIST_SPEAKERS: Final = _list("ListSpeakers", "SpeakerSummaries", SpeakerInfo)

DESCRIBE_FRAUDSTER: Final = _one("DescribeFraudster", "Fraudster", FraudsterInfo)
ASSOCIATE_FRAUDSTER: Final = _one("AssociateFraudster", "Fraudster", FraudsterInfo)
DISASSOCIATE_FRAUDSTER: Final = _one("DisassociateFraudster", "Fraudster", FraudsterInfo)
DELETE_FRAUDSTER: Final = _nothing("DeleteFraudster")
LIST_FRAUDSTERS: Final = _list("ListFraudsters", "FraudsterSummaries", FraudsterInfo)

CREATE_WATCHLIST: Final = _one("CreateWatchlist", "Watchlist", WatchlistInfo)
DESCRIBE_WATCHLIST: Final = _one("DescribeWatchlist", "Watchlist", WatchlistInfo)
UPDATE_WATCHLIST: Final = _one("UpdateWatchlist", "Watchlist", WatchlistInfo)
DELETE_WATCHLIST: Final = _nothing("DeleteWatchlist")
LIST_WATCHLISTS: Final = _list("ListWatchlists", "WatchlistSummaries", WatchlistInfo)

START_ENROLLMENT_JOB: Final = _one("StartSpeakerEnrollmentJob", "Job", EnrollmentJobInfo)
DESCRIBE_ENROLLMENT_JOB: Final = _one("DescribeSpeakerEnrollmentJob", "Job", EnrollmentJobInfo)
LIST_ENROLLMENT_JOBS: Final = _list("ListSpeakerEnrollmentJobs", "JobSummaries", EnrollmentJobSummary)

START_REGISTRATION_JOB: Final = _one("StartFraudsterRegistrationJob", "Job", RegistrationJobInfo)
DESCRIBE_REGISTRATION_JOB: Final = _one("DescribeFraudsterRegistrationJob", "Job", RegistrationJobInfo)
LIST_REGISTRATION_JOBS: Final = _list("ListFraudsterRegistrationJobs", "JobSummaries", RegistrationJobSummary)

EVALUATE_SESSION: Final = _row("EvaluateSession", _evaluation)
