"""Marks on fields whose values must not be shown, and the functions that read them."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, cast, get_args, get_origin

import attrs

REDACTED: Final = "[redacted]"
"""Replaces a sensitive value."""


class Mark:
    """Marks a field in ``Annotated``; compared by identity."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


SENSITIVE: Final = Mark("SENSITIVE")
"""Marks a field whose value is never shown."""

FREE_TEXT: Final = Mark("FREE_TEXT")
"""Marks a field with prose of the service, which may name what is sensitive in the data around it."""


def redact_marked_fields(_: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    """Keep the marked fields of an attrs class out of its ``repr``; an attrs ``field_transformer``."""
    return [field.evolve(repr=_show_nothing) if mark_of(field) else field for field in fields]


def _show_nothing(value: object) -> str:
    return "None" if value is None else REDACTED


def mark_of(field: "attrs.Attribute[Any]") -> Mark | None:
    """Return the privacy marker in a field's annotation, if it has one."""
    if get_origin(field.type) is not Annotated:
        return None
    return next((extra for extra in get_args(field.type)[1:] if isinstance(extra, Mark)), None)


def sensitive_values(data: "attrs.AttrsInstance") -> Iterator[str]:
    """Yield the strings in ``data``, and in the data inside it, whose fields are marked as sensitive."""
    for field in attrs.fields(type(data)):
        value: object = getattr(data, field.name)
        if attrs.has(type(value)):
            yield from sensitive_values(cast("attrs.AttrsInstance", value))
        elif mark_of(field) is SENSITIVE and isinstance(value, str):
            yield value


_CONSTANT: Final = re.compile(r"[A-Z][A-Z_]{0,63}")


def shown_constant(value: str) -> str:
    """Return a value that should be an enumeration's, or ``[redacted]`` when it has not even the form."""
    return value if _CONSTANT.fullmatch(value) else REDACTED
