"""One spelling for the names of members, which the wire, events and the SDK's dumps write differently."""

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast

import attrs

from voiceid_sdk import models
from voiceid_sdk.migration.reading.facts import moment_of, resource_id_of, text_of
from voiceid_sdk.models import Structure

Members = dict[str, object]
"""The members of an object by their plain names."""

NO_MEMBERS: Final[Members] = {}

_DOMAIN_ARN: Final = re.compile(r":voiceid:[^:]*:[^:]*:domain/([a-zA-Z0-9]{22})")


@functools.lru_cache(maxsize=4_096)
def plain_name(name: str) -> str:
    """Return a name without its style: ``domainid`` for ``DomainId``, ``domainId`` and ``domain_id``."""
    return name.replace("_", "").replace("-", "").lower()


def plain(structure: Mapping[str, object]) -> Members:
    """Return the members of an object by their plain names."""
    return {plain_name(name): value for name, value in structure.items()}


def inner(members: Members, name: str) -> Members:
    """Return the members of an object inside another, none if it is missing or something else."""
    value = members.get(name)
    return plain(cast("Mapping[str, object]", value)) if isinstance(value, dict) else NO_MEMBERS


@functools.cache
def _field_names() -> Mapping[str, str]:
    classes = (getattr(models, name) for name in models.__all__)
    structures = [one for one in classes if isinstance(one, type) and issubclass(one, Structure)]
    names = {field.name for one in structures for field in attrs.fields(one) if field.name != "extra"}
    return {plain_name(name): name for name in names}


def fields_of(structure: Mapping[str, object]) -> dict[str, object]:
    """Return an object as the SDK's ``to_dict()`` writes it, without members that its data classes lack."""
    fields: dict[str, object] = {}
    known = _field_names()
    for name, value in structure.items():
        field = known.get(plain_name(name))
        if field is None or value is None:
            continue
        if field.endswith("_at"):
            fields[field] = _iso(value)
        elif isinstance(value, dict):
            fields[field] = fields_of(cast("Mapping[str, object]", value))
        else:
            fields[field] = value
    return fields


def _iso(value: object) -> object:
    """Return a time as ISO 8601; another value stays as it is, and the data class rejects it."""
    seconds = moment_of(value)
    return value if seconds is None else iso(seconds)


def iso(seconds: float) -> str:
    """Return a time in seconds since 1970 as ISO 8601."""
    return moment(seconds).isoformat()


def moment(seconds: float) -> datetime:
    """Return a time in seconds since 1970 as an aware datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def domain_in(members: Members) -> str:
    """Return the id of the domain that an object names by id or ARN; empty if it names none."""
    named = resource_id_of(members.get("domainid"))
    if named:
        return named
    for name in ("resourcearn", "domainarn", "arn"):
        found = _DOMAIN_ARN.search(text_of(members.get(name)))
        if found:
            return found[1]
    return ""
