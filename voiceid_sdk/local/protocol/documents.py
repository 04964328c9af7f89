"""JSON objects with the names of the wire."""

from typing import TypeAlias

Document: TypeAlias = dict[str, object]
"""A JSON object with the names of the wire."""


def document(**members: object) -> Document:
    """Return the members that are not None, because the service leaves out absent values."""
    return {name: value for name, value in members.items() if value is not None}
