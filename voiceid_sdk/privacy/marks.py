"""Marks on fields whose values must not be shown, and the functions that read them."""

import contextlib
import re
from collections.abc import Generator, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated, Any, Final, cast, get_args, get_origin

if TYPE_CHECKING:
    # Only data classes need it, and errors do without them.
    import attrs

REDACTED: Final = "[redacted]"
"""Replaces a sensitive value."""


class Mark:
    """A mark on a field, for ``Annotated``; compared by identity."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


SENSITIVE: Final = Mark("SENSITIVE")
"""Marks a field whose value is never shown."""

FREE_TEXT: Final = Mark("FREE_TEXT")
"""Marks a field with text of the service, which may contain sensitive values of other fields."""


def redact_marked_fields(_: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    """Keep the marked fields of an attrs class out of its ``repr``; an attrs ``field_transformer``."""
    return [field.evolve(repr=_show_nothing) if mark_of(field) else field for field in fields]


def _show_nothing(value: object) -> str:
    return repr(value) if value is None or is_revealed() else REDACTED


_revealed: Final = ContextVar("voiceid_sdk_revealed", default=False)


def is_revealed() -> bool:
    """Return whether this thread or task shows sensitive values, because it is in ``reveal_values``."""
    return _revealed.get()


@contextlib.contextmanager
def reveal_values() -> Generator[None]:
    """Show the sensitive values of data in ``repr`` and in tables of notebooks, inside the ``with`` block.

    It is for looking at one's own domain, in a notebook or a terminal, and applies to this thread or task
    alone. Errors and log records stay without sensitive values.

    Example:
        >>> with privacy.reveal_values():
        ...     print(domain.describe().name, "support-line" in repr(domain.describe()))
        support-line True
    """
    token = _revealed.set(True)
    try:
        yield
    finally:
        _revealed.reset(token)


def mark_of(field: "attrs.Attribute[Any]") -> Mark | None:
    """Return the privacy mark in a field's annotation, if it has one."""
    if get_origin(field.type) is not Annotated:
        return None
    return next((extra for extra in get_args(field.type)[1:] if isinstance(extra, Mark)), None)


def sensitive_values(data: "attrs.AttrsInstance") -> Iterator[str]:
    """Yield the strings of all fields marked as sensitive, in ``data`` and in the data inside it."""
    import attrs

    for field in attrs.fields(type(data)):
        value: object = getattr(data, field.name)
        if attrs.has(type(value)):
            yield from sensitive_values(cast("attrs.AttrsInstance", value))
        elif mark_of(field) is SENSITIVE and isinstance(value, str):
            yield value


_CONSTANT: Final = re.compile(r"[A-Z][A-Z_]{0,63}")


def shown_constant(value: str) -> str:
    """Return the value of an enumeration, or ``[redacted]`` when it does not look like a constant."""
    return value if _CONSTANT.fullmatch(value) else REDACTED
