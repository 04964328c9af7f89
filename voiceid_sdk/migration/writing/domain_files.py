"""Writes the domains of an inventory as files that Local Voice ID imports.

Local Voice ID requires both ids and a status of every speaker, and a name and a key of every domain. Missing
values get placeholders that are derived from the known ids, so that no opt-out is left out. So do ids, names
and keys that the service does not allow, because it would import none of the domain's speakers. Other values
that it does not allow are left out.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from voiceid_sdk._files import writing_whole
from voiceid_sdk.local.rules.keys import is_key
from voiceid_sdk.migration.joining.entities import entities
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.facts import moment_of
from voiceid_sdk.migration.reading.members import iso, plain_name
from voiceid_sdk.migration.writing.folders import naming_folder
from voiceid_sdk.service_model import shape, shape_violations

_VERSION: Final = 1
_MOST_TAGS: Final = 200

_KEY: Final = "server_side_encryption_configuration"
_UNKNOWN_KEY: Final = {"kms_key_id": "alias/unknown"}


def domain_ids(store: Store) -> list[str]:
    """Return the ids of the domains that the sources name."""
    rows = store.execute("SELECT domain FROM known_domains ORDER BY domain")
    return [str(domain) for (domain,) in rows]


def write_domain(store: Store, domain_id: str, path: Path) -> None:
    """Write a domain to a file that only its owner may read, whole or not at all."""
    with naming_folder(), writing_whole(path, private=True) as file:
        described = next((one for one in entities(store, facts.DOMAIN) if one.entity_id == domain_id), None)
        domain = _domain(domain_id, {} if described is None else described.fields)
        watchlists = _watchlists(store, domain_id, domain)
        default_id = next(str(one["watchlist_id"]) for one in watchlists if one["default_watchlist"])
        domain["watchlist_details"] = {"default_watchlist_id": default_id}
        file.write(f'{{"version": {_VERSION},\n"domain": {json.dumps(domain)},\n')
        file.write(f'"tags": {json.dumps(_tags(store, domain_id))}')
        _write_list(file, "watchlists", watchlists)
        _write_list(file, "speakers", _speakers(store, domain_id))
        _write_list(file, "fraudsters", _fraudsters(store, domain_id, default_id))
        file.write("}\n")


def _write_list(file: IO[str], name: str, items: Iterable[Mapping[str, object]]) -> None:
    file.write(f',\n"{name}": [')
    separator = "\n"
    for item in items:
        file.write(separator)
        file.write(json.dumps(item))
        separator = ",\n"
    file.write("]")


def _domain(domain_id: str, fields: Mapping[str, object]) -> dict[str, object]:
    domain: dict[str, object] = {
        "name": f"domain-{domain_id}",
        _KEY: _UNKNOWN_KEY,
        **_allowed("Domain", fields),
        "domain_id": domain_id,
    }
    if not is_key(cast("dict[str, str]", domain[_KEY])["kms_key_id"]):
        domain[_KEY] = _UNKNOWN_KEY
    # A change of the key that was in progress is left out, because it cannot continue.
    domain.pop("server_side_encryption_update_details", None)
    return domain


def _watchlists(store: Store, domain_id: str, domain: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the watchlists, with the default one and those that only fraudsters name."""
    listed = {
        one.entity_id: _allowed("Watchlist", one.fields)
        for one in entities(store, facts.WATCHLIST)
        if one.domain == domain_id
    }
    named = store.execute("SELECT watchlist FROM known_watchlists WHERE domain = ?", domain_id)
    for (watchlist_id,) in named.fetchall():
        listed.setdefault(_watchlist_id(watchlist_id), {})
    details = domain.get("watchlist_details")
    default_id = ""
    if isinstance(details, dict):
        default_id = str(cast("dict[str, object]", details).get("default_watchlist_id", ""))
    marked = (one for one, fields in listed.items() if fields.get("default_watchlist"))
    default_id = default_id or next(marked, None) or _stand_in(domain_id)
    listed.setdefault(default_id, {"name": "DefaultWatchlist"})
    for watchlist_id, fields in listed.items():
        fields |= {"domain_id": domain_id, "watchlist_id": watchlist_id}
        fields.setdefault("name", f"watchlist-{watchlist_id}")
        fields["default_watchlist"] = watchlist_id == default_id
    return [listed[watchlist_id] for watchlist_id in sorted(listed)]


def _speakers(store: Store, domain_id: str) -> Iterator[dict[str, object]]:
    """Yield the speakers whose status is known and who were not deleted, and all who opted out."""
    seen: set[bytes] = set()
    rows = store.execute(
        """
        SELECT customer, generated, status, at, created_at, accessed_at FROM speakers
        WHERE domain = ? AND status IN ('ENROLLED', 'EXPIRED', 'OPTED_OUT', 'PENDING')
        ORDER BY status != 'OPTED_OUT', speaker
        """,
        domain_id,
    )
    for kept_id, generated, status, at, created_at, accessed_at in rows:
        customer = kept_id
        if not customer or shape_violations("CustomerSpeakerId", customer):
            customer = f"unknown-{_stand_in(customer or generated)}"
        generated_id = generated or f"id#{_stand_in(customer)}"
        if _digest(generated_id) in seen:
            # One id with several customers: each of them is a speaker here.
            generated_id = f"id#{_stand_in(customer + generated_id)}"
        seen.add(_digest(generated_id))
        yield {
            "domain_id": domain_id,
            "customer_speaker_id": customer,
            "generated_speaker_id": generated_id,
            "status": status,
            **_times(created_at=created_at or at, updated_at=at, last_accessed_at=accessed_at),
        }


def _digest(generated_id: str) -> bytes:
    return hashlib.sha256(generated_id.encode()).digest()[:12]


def _times(**moments: float | None) -> dict[str, str]:
    return {name: iso(moment) for name, moment in moments.items() if moment is not None}


def _fraudsters(store: Store, domain_id: str, default_id: str) -> Iterator[Mapping[str, object]]:
    """Yield the fraudsters who were not deleted; those on no known watchlist are on the default one."""
    for entity in entities(store, facts.FRAUDSTER):
        if entity.domain == domain_id and entity.deleted_at is None:
            on_watchlists = cast("list[str]", entity.fields.get("watchlist_ids") or [default_id])
            yield {
                **_allowed("Fraudster", entity.fields),
                "domain_id": domain_id,
                "generated_fraudster_id": entity.entity_id,
                "watchlist_ids": sorted(set(map(_watchlist_id, on_watchlists))),
            }


def _tags(store: Store, domain_id: str) -> dict[str, str]:
    tags = store.execute("SELECT key, MAX(value) FROM tags WHERE domain = ? GROUP BY key", domain_id)
    allowed = (
        (key, tag)
        for key, tag in tags
        if not shape_violations("TagKey", key) and not shape_violations("TagValue", tag)
    )
    return dict(islice(allowed, _MOST_TAGS))


def _allowed(structure: str, fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields that a structure of the service has, with values that it allows."""
    members = {plain_name(name): one["shape"] for name, one in shape(structure).get("members", {}).items()}
    allowed: dict[str, object] = {}
    for name, value in fields.items():
        member = members.get(plain_name(name))
        if member is None:
            continue
        if isinstance(value, dict):
            if kept := _allowed(member, cast("dict[str, object]", value)):
                allowed[name] = kept
        elif name.endswith("_at"):
            if (at := moment_of(value)) is not None:
                allowed[name] = iso(at)
        elif not shape_violations(member, value):
            allowed[name] = value
    return allowed


def _watchlist_id(known: str) -> str:
    """Return the id of a watchlist, or a placeholder if the service does not allow it."""
    return _stand_in(known) if shape_violations("WatchlistId", known) else known


def _stand_in(known: str) -> str:
    """Return 22 letters and digits that follow from an id, and do not show it."""
    digest = hashlib.sha256(f"voiceid migration {known}".encode()).digest()
    return base64.b64encode(digest, altchars=b"xy").decode()[:22]
