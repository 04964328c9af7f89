"""Merges the descriptions of one domain, watchlist, fraudster or job."""

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, cast

import attrs

from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.event_records import FRAUDSTER_DELETED

_WATCHLISTS: Final = "watchlist_ids"


class Description(NamedTuple):
    """One description of an entity."""

    kind: str
    domain: str
    entity_id: str
    at: float | None
    body: str
    source: int
    line: int


@attrs.frozen(kw_only=True)
class Entity:
    """An entity, merged from all its descriptions."""

    domain: str
    entity_id: str
    fields: dict[str, object] = attrs.field(repr=False)
    """The fields of the SDK's data class."""
    deleted_at: float | None = None
    contradicted: tuple[str, ...] = ()
    """The fields for which descriptions of the same time have different values."""
    places: tuple[tuple[int, int], ...] = ()
    """Source and line of each description."""


def entities(store: Store, kind: str) -> Iterator[Entity]:
    """Yield the entities of a kind, in the order of their domains and ids."""
    kinds = (kind, FRAUDSTER_DELETED) if kind == facts.FRAUDSTER else (kind, kind)
    rows = store.execute(
        """
        SELECT kind, domain, entity_id, at, body, source, line FROM entities WHERE kind IN (?, ?)
        ORDER BY domain, entity_id, at IS NOT NULL, at, body, source, line
        """,
        *kinds,
    )
    descriptions = map(Description._make, rows)
    for (domain, entity_id), group in itertools.groupby(descriptions, key=lambda one: one[1:3]):
        yield merge(domain, entity_id, list(group))


def merge(domain: str, entity_id: str, descriptions: Sequence[Description]) -> Entity:
    """Return an entity with the newest value of each field.

    Args:
        domain: the id of the domain.
        entity_id: the id of the entity.
        descriptions: the oldest first; of the same time, in the order of what they say.
    """
    fields: dict[str, object] = {}
    times: dict[str, float | None] = {}
    contradicted: set[str] = set()
    watchlists: set[str] = set()
    deleted_at: float | None = None
    for one in descriptions:
        if one.kind == FRAUDSTER_DELETED:
            deleted_at = one.at
            continue
        deleted_at = None
        for name, value in cast("dict[str, object]", json.loads(one.body)).items():
            if name == _WATCHLISTS and one.kind == facts.FRAUDSTER:
                watchlists.update(cast("list[str]", value))
            if name in fields and fields[name] != value and times[name] == one.at:
                contradicted.add(name)
            fields[name] = value
            times[name] = one.at
    if watchlists:
        # A fraudster's descriptions have no time of their own: AWS gives only that of the registration.
        if set(cast("list[str]", fields[_WATCHLISTS])) != watchlists:
            contradicted.add(_WATCHLISTS)
        fields[_WATCHLISTS] = sorted(watchlists)
    return Entity(
        domain=domain,
        entity_id=entity_id,
        fields=fields,
        deleted_at=deleted_at,
        contradicted=tuple(sorted(contradicted)),
        places=tuple((one.source, one.line) for one in descriptions),
    )
