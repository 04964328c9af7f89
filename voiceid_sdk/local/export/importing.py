"""Import of a domain that was exported, or assembled from lists of AWS; all ids are kept."""

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias, cast

import attrs

from voiceid_sdk import service_model
from voiceid_sdk._files import as_path, naming_argument
from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.export.format import LISTS, VERSION, VOICEPRINT, ItemList, Members, snake, to_wire
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.protocol.validation import constraint
from voiceid_sdk.local.rules import domains, keys
from voiceid_sdk.local.rules.domain_access import DOMAINS, Domain
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS, Fraudster
from voiceid_sdk.local.rules.speakers import SPEAKERS, Speaker, schedule_expiry
from voiceid_sdk.local.rules.statuses import DomainStatus, ServerSideEncryptionUpdateStatus, SpeakerStatus
from voiceid_sdk.local.rules.tags import TAGS, TagRecord
from voiceid_sdk.local.rules.watchlists import (
    DEFAULT_DESCRIPTION,
    DEFAULT_NAME,
    MEMBERSHIPS,
    WATCHLISTS,
    Membership,
    Watchlist,
)
from voiceid_sdk.service_model import Rule, Violation

_Place: TypeAlias = tuple[str | int, ...]

_DOMAIN_REQUIRED: Final = ("DomainId", "Name", "ServerSideEncryptionConfiguration")
_PARTS: Final = ("version", "domain", "tags", *(part.name for part in LISTS))
_SHOWN_PROBLEMS: Final = 20
_WITH_VOICEPRINT: Final = (SpeakerStatus.ENROLLED, SpeakerStatus.EXPIRED)


class DomainFileError(ValueError):
    """The source is not a domain that can be imported; the text names places and rules.

    Args:
        problems: all problems of the source, without any value.
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
    """The content of a valid file."""

    domain: Members
    tags: list[Members]
    watchlists: list[Members]
    speakers: list[Members]
    fraudsters: list[Members]


def read(source: str | os.PathLike[str] | Mapping[str, object]) -> Content:
    """Return the content of a file, or of the same object as a mapping.

    Raises:
        DomainFileError: the source is not an exported domain.
        FileAccessError: the file cannot be read.
    """
    value: object = source
    if not isinstance(source, Mapping):
        with naming_argument("source", action="read"):
            text = as_path(source, "source").read_bytes()
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise DomainFileError("the file is not JSON") from None
    if not isinstance(value, Mapping):
        raise DomainFileError("the file is not a JSON object")
    reader = _Reader()
    content = reader.content(cast("Mapping[str, object]", value))
    problems = reader.problems or list(_contradictions(content))
    if problems:
        raise DomainFileError(*problems)
    return content


class _Reader:
    """Reads the parts of a file, and collects all problems instead of stopping at the first one."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def content(self, parts: Mapping[str, object]) -> Content:
        if not parts.keys() <= set(_PARTS):
            self.problems.append(f"there is an unknown part; the parts are {', '.join(_PARTS)}")
        if parts.get("version", VERSION) != VERSION:
            self.problems.append(f"version is not {VERSION}")
        domain = self._structure(parts.get("domain"), "Domain", ("domain",), _DOMAIN_REQUIRED)
        tags = self._tags(parts.get("tags"))
        return Content(domain, tags, *(self._items(parts.get(part.name), part) for part in LISTS))

    def _items(self, value: object, item_list: ItemList) -> list[Members]:
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.problems.append(f"{item_list.name} is not a list")
            return []
        items: list[Members] = []
        for position, item in enumerate(cast("list[object]", value)):
            place = (item_list.name, position)
            # The voiceprint is read apart, because it is not in the model.
            voiceprint = None
            members = item
            if isinstance(item, Mapping):
                members = dict(cast("Mapping[str, object]", item))
                voiceprint = self._voiceprint(members.pop(VOICEPRINT, None), (*place, VOICEPRINT))
            structure = self._structure(members, item_list.shape, place, item_list.required)
            items.append({**structure, VOICEPRINT: voiceprint})
        return items

    def _voiceprint(self, value: object, place: _Place) -> bytes | None:
        if value is None:
            return None
        try:
            return base64.b64decode(cast("str", value), validate=True)
        except (ValueError, TypeError):
            self.problems.append(f"{_written(place)} is not base64")
            return None

    def _tags(self, value: object) -> list[Members]:
        if value is None:
            return []
        if not isinstance(value, Mapping):
            self.problems.append("tags is not an object of strings")
            return []
        tags = [{"Key": key, "Value": tag} for key, tag in cast("Mapping[str, object]", value).items()]
        self.problems += map(_sentence, service_model.shape_violations("TagList", tags, ("tags",)))
        return cast("list[Members]", tags)

    def _structure(self, value: object, shape: str, place: _Place, required: Iterable[str]) -> Members:
        """Return a structure with the names of the wire."""
        members = to_wire({} if value is None else value, shape)
        self.problems += map(_sentence, service_model.shape_violations(shape, members, place))
        if not isinstance(members, dict):
            return {}
        structure = cast("Members", members)
        missing = (name for name in required if name not in structure)
        self.problems += (f"{_written((*place, name))} is missing" for name in missing)
        return structure


def _contradictions(content: Content) -> Iterator[str]:
    """Yield the contradictions between parts that are valid by themselves."""
    domain_id = content.domain["DomainId"]
    lists = (content.watchlists, content.speakers, content.fraudsters)
    for item_list, items in zip(LISTS, lists, strict=True):
        yield from _identity_problems(item_list, items, domain_id)
    default_id = _default_watchlist_id(content)
    for position, watchlist in enumerate(content.watchlists):
        is_default = watchlist["WatchlistId"] == default_id
        if watchlist.get("DefaultWatchlist", is_default) != is_default:
            yield f"watchlists[{position}].default_watchlist contradicts the domain or another watchlist"
    for position, speaker in enumerate(content.speakers):
        if speaker[VOICEPRINT] is not None and speaker["Status"] not in _WITH_VOICEPRINT:
            yield f"speakers[{position}].voiceprint does not fit the status"
    watchlist_ids = {default_id, *(watchlist["WatchlistId"] for watchlist in content.watchlists)}
    for position, fraudster in enumerate(content.fraudsters):
        on_watchlists: list[str] = fraudster["WatchlistIds"]
        if not on_watchlists or len(set(on_watchlists)) < len(on_watchlists):
            yield f"fraudsters[{position}].watchlist_ids is empty, or has an id more than once"
        if not watchlist_ids.issuperset(on_watchlists):
            yield f"fraudsters[{position}].watchlist_ids has an id that is not in watchlists"


def _identity_problems(item_list: ItemList, items: list[Members], domain_id: str) -> Iterator[str]:
    """Yield the items of another domain, and those with the id of an earlier item."""
    seen: set[tuple[str, str]] = set()
    for position, item in enumerate(items):
        if item.get("DomainId", domain_id) != domain_id:
            yield f"{item_list.name}[{position}].domain_id is not the domain's"
        ids = {(name, item[name]) for name in item_list.ids}
        yield from (
            f"{item_list.name}[{position}].{snake(name)} is in the list more than once"
            for name, _ in sorted(ids & seen)
        )
        seen |= ids


def _default_watchlist_id(content: Content) -> str | None:
    details = content.domain.get("WatchlistDetails")
    if details is not None:
        return cast("str", details["DefaultWatchlistId"])
    defaults = (one["WatchlistId"] for one in content.watchlists if one.get("DefaultWatchlist"))
    return next(defaults, None)


def add(context: RequestContext, content: Content, scope: Scope) -> str:
    """Add a domain to an account and region and return its id.

    Raises:
        DomainFileError: the service has a domain with this id, in any account and region.
    """
    domain = _domain(context, content, scope)
    domain_id = domain.domain_id
    if context.store.get(DOMAINS, domain_id=domain_id):
        raise DomainFileError("domain.domain_id is the id of a domain of this service")
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
    _schedule_tasks(context, domain)
    return domain_id


def _domain(context: RequestContext, content: Content, scope: Scope) -> Domain:
    given = content.domain
    update = given.get("ServerSideEncryptionUpdateDetails", {})
    place = "domain.server_side_encryption_configuration.kms_key_id"
    old_place = "domain.server_side_encryption_update_details.old_kms_key_id"
    old_key = update.get("OldKmsKeyId")
    created_at = _moment(given, "CreatedAt", context.now)
    return Domain(
        domain_id=given["DomainId"],
        **attrs.asdict(scope),
        name=given["Name"],
        description=given.get("Description"),
        status=given.get("DomainStatus", DomainStatus.ACTIVE),
        default_watchlist_id=_default_watchlist_id(content) or context.settings.identifiers.resource(),
        key_arn=_key_arn(scope, given["ServerSideEncryptionConfiguration"]["KmsKeyId"], place),
        old_key_arn=old_key and _key_arn(scope, old_key, old_place),
        encryption_status=update.get("UpdateStatus"),
        encryption_message=update.get("Message"),
        encryption_started_at=context.now if update else None,
        encryption_attempts=0,
        created_at=created_at,
        updated_at=_moment(given, "UpdatedAt", created_at),
    )


def _key_arn(scope: Scope, key_id: str, place: str) -> str:
    try:
        return keys.resolve(scope, key_id)
    except ServiceException:
        problem = f"{place} is not a key id, key ARN or alias"
    raise DomainFileError(problem)


def _watchlists(content: Content, domain: Domain) -> Iterator[Watchlist]:
    """Yield the watchlists of the file, and a default one if the file has none."""
    default_id = domain.default_watchlist_id
    given = content.watchlists
    if all(watchlist["WatchlistId"] != default_id for watchlist in given):
        default = {"WatchlistId": default_id, "Name": DEFAULT_NAME, "Description": DEFAULT_DESCRIPTION}
        given = [default, *given]
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
        voiceprint=None if given["Status"] == SpeakerStatus.EXPIRED else given[VOICEPRINT],
        created_at=created_at,
        updated_at=_moment(given, "UpdatedAt", created_at),
        last_accessed_at=given.get("LastAccessedAt"),
    )


def _moment(given: Members, name: str, otherwise: float) -> float:
    moment: float = given.get(name, otherwise)
    return moment


def _schedule_tasks(context: RequestContext, domain: Domain) -> None:
    """Schedule the background tasks that the domain had when it was exported, from their start."""
    schedule_expiry(context, domain.domain_id)
    timing = context.settings.timing
    if domain.status == DomainStatus.PENDING:
        tasks.schedule(context, domains.ACTIVATE, domain.domain_id, context.now + timing.domain_activation)
    if domain.status == DomainStatus.SUSPENDED:
        tasks.schedule(context, domains.ERASE, domain.domain_id, context.now + domains.ERASED_AFTER)
    elif domain.encryption_status == ServerSideEncryptionUpdateStatus.IN_PROGRESS:
        tasks.schedule(context, domains.REENCRYPT, domain.domain_id, context.now + timing.encryption_update)


def _sentence(violation: Violation) -> str:
    """Return the problem and its place; an unknown member is not named, because its name is data."""
    if violation.rule is Rule.UNKNOWN:
        known = ", ".join(map(snake, cast("tuple[str, ...]", violation.expected)))
        return f"{_written(violation.path[:-1])} has an unknown member; the members are {known}"
    place = _written(violation.path)
    if violation.rule is Rule.REQUIRED:
        return f"{place} is missing"
    if violation.rule is Rule.TYPE:
        return f"{place} is not {violation.expected}"
    return f"{place}: {constraint(violation)}"


def _written(place: Iterable[str | int]) -> str:
    """Return a place in the file, such as ``speakers[3].status``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{snake(part)}" for part in place)
    return "".join(parts).lstrip(".")
