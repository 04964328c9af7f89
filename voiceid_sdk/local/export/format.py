"""The format of an exported domain: one JSON file, with names and values as in the SDK's ``to_dict()``."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, cast

import attrs

from voiceid_sdk import service_model

VERSION: Final = 1

Members: TypeAlias = dict[str, Any]
"""The members of a valid structure, with the names of the wire."""

VOICEPRINT: Final = "voiceprint"
"""The member with a speaker's or fraudster's voiceprint in base64, which is not in the model."""


@attrs.frozen
class ItemList:
    """A list in the file."""

    name: str
    shape: str
    required: tuple[str, ...]
    ids: tuple[str, ...]
    """Members that identify an item; the first is the id that the service generated."""


LISTS: Final = (
    ItemList("watchlists", "Watchlist", ("WatchlistId", "Name"), ("WatchlistId",)),
    ItemList(
        "speakers",
        "Speaker",
        ("GeneratedSpeakerId", "CustomerSpeakerId", "Status"),
        ("GeneratedSpeakerId", "CustomerSpeakerId"),
    ),
    ItemList("fraudsters", "Fraudster", ("GeneratedFraudsterId", "WatchlistIds"), ("GeneratedFraudsterId",)),
)


def to_file(value: object, shape_name: str) -> object:
    """Return a value of a response as in the file: snake_case names, ISO 8601 times."""
    shape = service_model.shape(shape_name)
    if shape["type"] == "structure":
        members = shape.get("members", {})
        structure = cast("Members", value)
        return {snake(name): to_file(member, members[name]["shape"]) for name, member in structure.items()}
    if shape["type"] == "timestamp":
        return datetime.fromtimestamp(cast("float", value), UTC).isoformat()
    return value


def to_wire(value: object, shape_name: str | None) -> object:
    """Return a value of the file as on the wire: PascalCase names, epoch seconds, no nulls, no ``extra``."""
    shape = service_model.shape(shape_name) if shape_name else None
    if shape is None:
        return value
    if isinstance(value, Mapping):
        members = shape.get("members", {})
        given = {_pascal(str(name)): one for name, one in cast("Mapping[object, object]", value).items()}
        return {
            name: to_wire(one, members[name]["shape"] if name in members else None)
            for name, one in given.items()
            if one is not None and name != "Extra"
        }
    return _epoch(value) if shape["type"] == "timestamp" else value


def _epoch(value: object) -> float | str:
    """Return an ISO 8601 time in epoch seconds, or ``""`` for anything else, which is not a valid time."""
    try:
        moment = datetime.fromisoformat(str(value))
        return round(moment.astimezone(UTC).timestamp(), 3) if moment.tzinfo else ""
    except (ValueError, OverflowError):
        return ""


def snake(name: str) -> str:
    """Return the name of a member in the file: ``domain_id`` for ``DomainId``."""
    return re.sub("(?<=.)([A-Z])", r"_\1", name).lower()


def _pascal(name: str) -> str:
    return "".join(f"{part[:1].upper()}{part[1:]}" for part in name.split("_"))
