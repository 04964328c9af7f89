"""The values of data as short text, without the sensitive ones unless they are revealed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, cast

import attrs

from voiceid_sdk.enums import OpenEnum
from voiceid_sdk.privacy.marks import REDACTED, is_revealed, mark_of, shown_constant

LONGEST: Final = 80
"""The longest text in a cell, in characters."""


def cells_of(data: "attrs.AttrsInstance", prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each field that has a value; fields of inner structures have dots."""
    for field in attrs.fields(type(data)):
        value: object = getattr(data, field.name)
        if field.name.startswith("_") or field.name == "extra" or value is None or value == ():
            continue
        name = f"{prefix}{field.name}"
        if mark_of(field) is None and attrs.has(type(value)):
            yield from cells_of(cast("attrs.AttrsInstance", value), f"{name}.")
        else:
            yield name, shown(field, value)


def shown(field: "attrs.Attribute[Any]", value: object) -> str:
    """Return the text of a field's value: ``[redacted]`` if it is sensitive and not revealed."""
    if mark_of(field) is not None and not is_revealed():
        return REDACTED
    return text_of(value)


def text_of(value: object) -> str:
    """Return a value as short text."""
    match value:
        case None:
            text = ""
        case OpenEnum():
            text = shown_constant(value)
        case datetime():
            text = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        case bool():
            text = "yes" if value else "no"
        case tuple():
            text = ", ".join(map(text_of, cast("tuple[object, ...]", value)))
        case str() | int() | float():
            text = str(value)
        case _:
            text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
