"""What must not be shown: which values are sensitive, and how text, data and log records lose them."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final, get_args, get_origin

import attrs

__all__ = ["REDACTED", "scrub"]

REDACTED: Final = "[redacted]"
"""What stands where a sensitive value was."""


class _Marker:
    """Marks a field in ``Annotated``; compared by identity."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


SENSITIVE: Final = _Marker("SENSITIVE")
"""Marks a field whose value is never shown."""

FREE_TEXT: Final = _Marker("FREE_TEXT")
"""Marks a field with text of the service, which is shown without the ids and S3 URIs in it."""

# Generated ids and S3 URIs have a form of their own, so they are found wherever they stand. An ARN's
# resource part is left: domain ids are no secret.
_RECOGNISABLE: Final = re.compile(r"id#[A-Za-z0-9]{1,22}|s3://[^\s'\"<>,;]+", re.IGNORECASE)


def scrub(text: str, values: Iterable[str] = ()) -> str:
    """Return ``text`` without generated ids, S3 URIs and the given sensitive values.

    Args:
        text: text of the service or of another library.
        values: sensitive values that may stand in it, such as those of the request it speaks of.
    """
    # The longest first, so that a value inside another leaves no rest behind.
    for value in sorted({value for value in values if value}, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", REDACTED, text)
    return _RECOGNISABLE.sub(REDACTED, text)


def _show_nothing(value: object) -> str:
    return "None" if value is None else REDACTED


def _show_scrubbed(value: object) -> str:
    return repr(scrub(value)) if isinstance(value, str) else "None"


_REPRS: Final = {SENSITIVE: _show_nothing, FREE_TEXT: _show_scrubbed}


def redact_marked_fields(_: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    """Keep the marked fields of an attrs class out of its ``repr``; an attrs ``field_transformer``."""
    return [field.evolve(repr=_REPRS[marker]) if (marker := marker_of(field)) else field for field in fields]


def marker_of(field: "attrs.Attribute[Any]") -> _Marker | None:
    """Return the privacy marker in a field's annotation, if it has one."""
    if get_origin(field.type) is not Annotated:
        return None
    return next((extra for extra in get_args(field.type)[1:] if isinstance(extra, _Marker)), None)
