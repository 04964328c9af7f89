"""Members that the service sent and this version of the SDK has no field for."""

from collections.abc import Iterator, Mapping
from typing import Final, cast


def _check_is_mapping(fields: object) -> None:
    if not isinstance(fields, Mapping):
        raise TypeError(f"fields must be a mapping, such as a dictionary, not {type(fields).__name__}")


class ExtraFields(Mapping[str, object]):
    """The members that the service sent and this version has no field for: read-only, hashable, picklable.

    Its ``repr`` shows only their number, because any of them may be sensitive.

    Args:
        fields: the members, by their wire names.

    Raises:
        TypeError: ``fields`` is not a mapping.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, object] | None = None) -> None:
        _check_is_mapping({} if fields is None else fields)
        self._fields = {name: _freeze(value) for name, value in (fields or {}).items()}

    def __getitem__(self, name: str) -> object:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __hash__(self) -> int:
        return hash(frozenset(self._fields.items()))

    def __repr__(self) -> str:
        # Names are left out as well: inside an unknown member they may be data, such as the keys of tags.
        return f"<{len(self)} unknown member{'' if len(self) == 1 else 's'}>"


NO_EXTRA: Final = ExtraFields()
"""Shared by all data without unknown members."""


def _freeze(value: object) -> object:
    if isinstance(value, Mapping):
        return ExtraFields(cast("Mapping[str, object]", value))
    if isinstance(value, (list, tuple)):
        return tuple(_freeze(item) for item in cast("list[object]", value))
    return value


def thaw(value: object) -> object:
    """Return a value of ``ExtraFields`` as plain dictionaries and lists."""
    if isinstance(value, ExtraFields):
        return {name: thaw(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in cast("tuple[object, ...]", value)]
    return value
