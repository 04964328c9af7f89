"""JSON objects by their names on the wire."""

from typing import TypeAlias

Document: TypeAlias = dict[str, object]
"""A JSON object by its names on the wire."""


def document(**members: object) -> Document:
    """Return the members that have a value: what the service does not know, it leaves out."""
    return {name: value for name, value in members.items() if value is not None}
