"""Recognizes records by their members, independent of what is around them, and reads their facts."""

import json
from collections.abc import Callable
from typing import Final, cast

from voiceid_sdk.migration.reading import contact_records, event_records, structures
from voiceid_sdk.migration.reading.facts import DocumentFact, Fact, PageFact, TagFact, damage_of, text_of
from voiceid_sdk.migration.reading.json_values import TAKEN_APART, Value
from voiceid_sdk.migration.reading.members import Members, domain_in, plain, plain_name
from voiceid_sdk.migration.reading.salvage import mentions_opt_out

_Read = Callable[[Members, Members, Value, list[Fact]], None]
"""Reads a record, given its members by their plain names and as they are."""

_DEEPEST: Final = 20
"""How many objects and lists may stand around a record."""

_LISTS: Final = {
    "domainsummaries": "domains",
    "speakersummaries": "speakers",
    "fraudstersummaries": "fraudsters",
    "watchlistsummaries": "watchlists",
    "jobsummaries": "jobs",
}
"""The members that hold the items of a page, by what the items are."""

_AROUND: Final = frozenset({"responsemetadata", "nexttoken", "version"})
"""Members around records that are no records."""


_NONE: Final[frozenset[str]] = frozenset()

_READERS: Final[tuple[tuple[frozenset[str], frozenset[str], _Read], ...]] = (
    (frozenset({"detailtype", "detail"}), _NONE, event_records.read_event),
    (frozenset({"eventsource", "eventname"}), _NONE, event_records.read_trail),
    (
        frozenset({"contactid"}),
        frozenset({"voiceidresult", "initiationmethod"}),
        contact_records.read_contact,
    ),
    (frozenset({"requestid", "audiospecifications"}), _NONE, structures.read_request),
    (
        frozenset({"requestid"}),
        frozenset({"errorcode", "generatedspeakerid", "generatedfraudsterid"}),
        structures.read_outcome,
    ),
    (frozenset({"sessionid", "streamingstatus"}), _NONE, structures.read_evaluation),
    (frozenset({"jobid"}), frozenset({"jobstatus", "inputdataconfig"}), structures.read_job),
    (
        frozenset({"generatedfraudsterid"}),
        frozenset({"watchlistids", "createdat"}),
        structures.read_fraudster,
    ),
    (frozenset({"generatedspeakerid"}), frozenset({"status", "createdat"}), structures.read_speaker),
    (frozenset({"customerspeakerid"}), frozenset({"status", "createdat"}), structures.read_speaker),
    (frozenset({"watchlistid"}), frozenset({"name", "defaultwatchlist"}), structures.read_watchlist),
    (
        frozenset({"domainid"}),
        frozenset({"domainstatus", "serversideencryptionconfiguration"}),
        structures.read_domain,
    ),
)
"""For each kind of record: members that it has all of, members that it has some of, and its reader."""


def is_record(structure: dict[str, object]) -> bool:
    """Return whether an object is one record."""
    return _reader_of(plain(structure)) is not None


def facts_in(found: Value) -> list[Fact]:
    """Return the facts of every record in a value, or a damage if it has no known record."""
    into: list[Fact] = []
    if not _read(found.value, plain_name(found.name), found, into, 0):
        is_mention = mentions_opt_out(json.dumps(found.value))
        into.append(damage_of(found.line, "is not a known kind of record", mentions_opt_out=is_mention))
    return into


def _reader_of(members: Members) -> _Read | None:
    for every, some, reader in _READERS:
        if every <= members.keys() and (not some or not some.isdisjoint(members)):
            return reader
    return None


def _read(node: object, name: str, found: Value, into: list[Fact], depth: int) -> bool:
    """Read the records in a value; return whether it is known what the value is."""
    if depth > _DEEPEST:
        return False
    if isinstance(node, dict):
        return _read_object(cast("Members", node), name, found, into, depth)
    if isinstance(node, list):
        items = [_read(item, name, found, into, depth + 1) for item in cast("list[object]", node)]
        return any(items) or not items
    if isinstance(node, str) and node.startswith("{"):
        # A record inside a message, as queues and logs wrap it.
        try:
            message: object = json.loads(node)
        except (ValueError, RecursionError):
            return False
        return _read(message, name, found, into, depth + 1)
    return False


def _read_object(raw: Members, name: str, found: Value, into: list[Fact], depth: int) -> bool:
    members = plain(raw)
    reader = _reader_of(members)
    if reader is not None:
        reader(members, raw, found, into)
        return True
    if name == "tags":
        is_pair = members.keys() == {"key", "value"}
        pairs = [(members["key"], members["value"])] if is_pair else list(raw.items())
        into += (TagFact("", text_of(key), text_of(tag), found.document, found.line) for key, tag in pairs)
        return True
    domain = domain_in(members)
    if domain:
        into.append(DocumentFact(domain, found.document))
    is_known = name in _AROUND or members.keys() <= _AROUND
    for member, value in members.items():
        if value == TAKEN_APART or _read(value, member, found, into, depth + 1):
            is_known = True
    return _read_page(members, found, into) or is_known


def _read_page(members: Members, found: Value, into: list[Fact]) -> bool:
    """Read which list an object is a page of, if it is one."""
    for member, listed in _LISTS.items():
        if member in members:
            items = members[member]
            first: object = cast("list[object]", items)[0] if isinstance(items, list) and items else None
            domain = domain_in(plain(cast("Members", first))) if isinstance(first, dict) else ""
            is_last = not members.get("nexttoken")
            into.append(PageFact(listed, domain, is_last, found.line))
            return True
    return False
