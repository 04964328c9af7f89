"""Importing a domain: one that was exported, or put together from what AWS listed, with the ids it has."""

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, cast

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.export.format import LISTS, VERSION, VOICEPRINT, ItemList, Members, snake, wire
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.protocol.validation import constraint
from voiceid_sdk.local.rules import domains, keys
from voiceid_sdk.local.rules.domain_access import ACTIVE, DOMAINS, IN_PROGRESS, PENDING, SUSPENDED, Domain
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS, Fraudster
from voiceid_sdk.local.rules.speakers import ENROLLED, EXPIRED, SPEAKERS, Speaker
from voiceid_sdk.local.rules.tags import TAGS, TagRecord
from voiceid_sdk.local.rules.watchlists import DEFAULT_NAME, MEMBERSHIPS, WATCHLISTS, Membership, Watchlist
from voiceid_sdk.service_model import Rule, Violation

_DOMAIN_REQUIRED: Final = ("DomainId", "Name", "ServerSideEncryptionConfiguration")
_PARTS: Final = ("version", "domain", "tags", *(part.name for part in LISTS))
_SHOWN_PROBLEMS: Final = 20


class DomainFileError(ValueError):
    """What was given is not a domain that can be imported; the text names places and rules.

    Args:
        problems: everything that is wrong, without any value.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        shown = list(self.problems[:_SHOWN_PROBLEMS])
        if len(shown) < len(self.problems):
            shown.append(f"and {len(self.problems) - len(shown)} more problems")
        return "; ".join(shown)


@attrs.frozen
class Content:
    """What is in a file whose every part meets the rules."""

    domain: Members
    tags: list[Members]
    watchlists: list[Members]
    speakers: list[Members]
    fraudsters: list[Members]


def read(source: str | os.PathLike[str] | Mapping[str, object]) -> Content:
    """Return the content of a file, or of the same as a dictionary.

    Raises:
        DomainFileError: it is not an exported domain.
        OSError: the file cannot be read.
    """
    given: object = source
    if not isinstance(source, Mapping):
        try:
            given = json.loads(Path(source).read_bytes())
        except (ValueError, RecursionError):
            raise DomainFileError("the file is not JSON") from None
    if not isinstance(given, Mapping):
        raise DomainFileError("the file is not a JSON object")
    parts = cast("Mapping[str, object]", given)
    problems = [] if parts.keys() <= set(_PARTS) else [f"there is a part that is none of {', '.join(_PARTS)}"]
    if parts.get("version", VERSION) != VERSION:
        problems.append(f"version is not {VERSION}")
    domain = _checked(parts.get("domain"), "Domain", ("domain",), _DOMAIN_REQUIRED, problems)
    tags = _tags(parts.get("tags"), problems)
    lists = [_items(parts.get(part.name), part, problems) for part in LISTS]
    content = Content(domain, tags, *lists)
    if not problems:
        problems += _contradictions(content)
    if problems:
        raise DomainFileError(*problems)
    return content


def _items(value: object, part: ItemList, problems: list[str]) -> list[Members]:
    """Return the items of a list, and add what is wrong with them to the problems."""
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        problems.append(f"{part.name} is not a list")
        return []
    items: list[Members] = []
    for position, given in enumerate(cast("list[object]", value)):
        place = (part.name, position)
        voiceprint = None
        if isinstance(given, Mapping):
            members = dict(cast("Mapping[str, object]", given))
            voiceprint = _decoded(members.pop(VOICEPRINT, None), (*place, VOICEPRINT), problems)
            given = members  # noqa: PLW2901 - the same without what the model does not have
        item = _checked(given, part.shape, place, part.required, problems)
        items.append({**item, VOICEPRINT: voiceprint})
    return items


def _decoded(value: object, place: tuple[str | int, ...], problems: list[str]) -> bytes | None:
    if value is None:
        return None
    try:
        return base64.b64decode(cast("str", value), validate=True)
    except (ValueError, TypeError):
        problems.append(f"{_written(place)} is not base64")
        return None


def _tags(value: object, problems: list[str]) -> list[Members]:
    if not isinstance(value, Mapping):
        if value is not None:
            problems.append("tags is not an object of strings")
        return []
    tags = [{"Key": key, "Value": tag} for key, tag in cast("Mapping[str, object]", value).items()]
    found = service_model.shape_violations("TagList", tags, ("tags",))
    problems += map(_sentence, found)
    return cast("list[Members]", tags)


def _checked(
    value: object,
    shape: str,
    place: tuple[str | int, ...],
    required: Iterable[str],
    problems: list[str],
) -> Members:
    """Return a structure by its names on the wire, and add what is wrong with it to the problems."""
    members = wire({} if value is None else value, shape)
    found = service_model.shape_violations(shape, members, place)
    problems += map(_sentence, found)
    if not isinstance(members, dict):
        return {}
    structure = cast("Members", members)
    problems += [f"{_written((*place, name))} is missing" for name in required if name not in structure]
    return structure


def _contradictions(content: Content) -> Iterator[str]:
    """Yield what is wrong between the parts of a file, each of which meets the rules."""
    domain_id = content.domain["DomainId"]
    lists = (content.watchlists, content.speakers, content.fraudsters)
    for part, items in zip(LISTS, lists, strict=True):
        yield from _strangers_and_twins(part, items, domain_id)
    default_id = _default_watchlist_id(content)
    for position, watchlist in enumerate(content.watchlists):
        is_default = watchlist["WatchlistId"] == default_id
        if watchlist.get("DefaultWatchlist", is_default) != is_default:
            yield f"watchlists[{position}].default_watchlist contradicts the domain or another watchlist"
    for position, speaker in enumerate(content.speakers):
        if speaker[VOICEPRINT] is not None and speaker["Status"] not in {ENROLLED, EXPIRED}:
            yield f"speakers[{position}].voiceprint is of a speaker who can have none"
    watchlist_ids = {default_id, *(watchlist["WatchlistId"] for watchlist in content.watchlists)}
    for position, fraudster in enumerate(content.fraudsters):
        on_watchlists: list[str] = fraudster["WatchlistIds"]
        if not on_watchlists or len(set(on_watchlists)) < len(on_watchlists):
            yield f"fraudsters[{position}].watchlist_ids is empty, or has an id more than once"
        if not watchlist_ids.issuperset(on_watchlists):
            yield f"fraudsters[{position}].watchlist_ids has one that is not in watchlists"


def _strangers_and_twins(part: ItemList, items: list[Members], domain_id: str) -> Iterator[str]:
    """Yield which items are of another domain, or have an id that an earlier one has."""
    seen: set[tuple[str, str]] = set()
    for position, item in enumerate(items):
        if item.get("DomainId", domain_id) != domain_id:
            yield f"{part.name}[{position}].domain_id is not the domain's"
        ids = {(name, item[name]) for name in part.ids}
        yield from (
            f"{part.name}[{position}].{snake(name)} stands in the list more than once"
            for name, _ in sorted(ids & seen)
        )
        seen |= ids


def _default_watchlist_id(content: Content) -> str | None:
    details = content.domain.get("WatchlistDetails")
    if details is not None:
        return cast("str", details["DefaultWatchlistId"])
    defaults = (one["WatchlistId"] for one in content.watchlists if one.get("DefaultWatchlist"))
    return next(defaults, None)


def add(context: RequestContext, content: Content) -> str:
    """Add a domain to a service and return its id; raises a DomainFileError if it is there already."""
    domain = _domain(context, content)
    domain_id = domain.domain_id
    if context.store.get(DOMAINS, domain_id=domain_id):
        raise DomainFileError("domain.domain_id is a domain of this service already")
    context.store.add(DOMAINS, domain)
    for tag in content.tags:
        context.store.add(TAGS, TagRecord(domain_id, tag["Key"], tag["Value"]))
    for watchlist in _watchlists(content, domain):
        context.store.add(WATCHLISTS, watchlist)
    for speaker in content.speakers:
        context.store.add(SPEAKERS, _speaker(context, domain_id, speaker))
    for fraudster in content.fraudsters:
        fraudster_id = fraudster["GeneratedFraudsterId"]
        created_at = _moment(fraudster, "CreatedAt", context.now)
        context.store.add(FRAUDSTERS, Fraudster(domain_id, fraudster_id, fraudster[VOICEPRINT], created_at))
        for watchlist_id in fraudster["WatchlistIds"]:
            context.store.add(MEMBERSHIPS, Membership(domain_id, watchlist_id, fraudster_id))
    _go_on(context, domain)
    return domain_id


def _domain(context: RequestContext, content: Content) -> Domain:
    given = content.domain
    update = given.get("ServerSideEncryptionUpdateDetails", {})
    place = "domain.server_side_encryption_configuration.kms_key_id"
    old_place = "domain.server_side_encryption_update_details.old_kms_key_id"
    old_key = update.get("OldKmsKeyId")
    created_at = _moment(given, "CreatedAt", context.now)
    return Domain(
        domain_id=given["DomainId"],
        name=given["Name"],
        description=given.get("Description"),
        status=given.get("DomainStatus", ACTIVE),
        default_watchlist_id=_default_watchlist_id(content) or context.settings.identifiers.resource(),
        key_arn=_key_arn(context, given["ServerSideEncryptionConfiguration"]["KmsKeyId"], place),
        old_key_arn=old_key and _key_arn(context, old_key, old_place),
        encryption_status=update.get("UpdateStatus"),
        encryption_message=update.get("Message"),
        encryption_started_at=context.now if update else None,
        encryption_attempts=0,
        created_at=created_at,
        updated_at=_moment(given, "UpdatedAt", created_at),
    )


def _key_arn(context: RequestContext, key_id: str, place: str) -> str:
    try:
        return keys.resolve(context.settings, key_id)
    except ServiceException:
        problem = f"{place} is not a key id, key ARN or alias"
    raise DomainFileError(problem)


def _watchlists(content: Content, domain: Domain) -> Iterator[Watchlist]:
    """Yield the watchlists of the file, and the default one if it is not among them."""
    default_id = domain.default_watchlist_id
    given = content.watchlists
    if all(watchlist["WatchlistId"] != default_id for watchlist in given):
        given = [{"WatchlistId": default_id, "Name": DEFAULT_NAME}, *given]
    for watchlist in given:
        created_at = _moment(watchlist, "CreatedAt", domain.created_at)
        yield Watchlist(
            domain_id=domain.domain_id,
            watchlist_id=watchlist["WatchlistId"],
            name=watchlist["Name"],
            description=watchlist.get("Description"),
            is_default=watchlist["WatchlistId"] == default_id,
            created_at=created_at,
            updated_at=_moment(watchlist, "UpdatedAt", created_at),
        )


def _speaker(context: RequestContext, domain_id: str, given: Members) -> Speaker:
    created_at = _moment(given, "CreatedAt", context.now)
    return Speaker(
        domain_id=domain_id,
        generated_id=given["GeneratedSpeakerId"],
        customer_id=given["CustomerSpeakerId"],
        stored_status=given["Status"],
        voiceprint=given[VOICEPRINT],
        created_at=created_at,
        updated_at=_moment(given, "UpdatedAt", created_at),
        last_accessed_at=given.get("LastAccessedAt"),
    )


def _moment(given: Members, name: str, otherwise: float) -> float:
    moment: float = given.get(name, otherwise)
    return moment


def _go_on(context: RequestContext, domain: Domain) -> None:
    """Have done what was still to be done to a domain when it was exported; it starts anew."""
    timing = context.settings.timing
    if domain.status == PENDING:
        tasks.schedule(context, domains.ACTIVATE, domain.domain_id, context.now + timing.domain_activation)
    if domain.status == SUSPENDED:
        tasks.schedule(context, domains.ERASE, domain.domain_id, context.now + domains.ERASED_AFTER)
    elif domain.encryption_status == IN_PROGRESS:
        tasks.schedule(context, domains.REENCRYPT, domain.domain_id, context.now + timing.encryption_update)


def _sentence(violation: Violation) -> str:
    """Return what is wrong and where; a member that is not known is not named: it may be anything."""
    if violation.rule is Rule.UNKNOWN:
        known = ", ".join(map(snake, cast("tuple[str, ...]", violation.expected)))
        return f"{_written(violation.path[:-1])} has a member that is none of {known}"
    place = _written(violation.path)
    if violation.rule is Rule.REQUIRED:
        return f"{place} is missing"
    if violation.rule is Rule.TYPE:
        return f"{place} is not {violation.expected}"
    return f"{place}: {constraint(violation)}"


def _written(place: Iterable[str | int]) -> str:
    """Return a place in the file: ``speakers[3].status``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{snake(part)}" for part in place)
    return "".join(parts).lstrip(".")
