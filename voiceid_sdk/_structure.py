"""Structure, the base of the data classes: conversion, and the members that this version has no field for."""

from collections.abc import Mapping
from typing import Any, Final, Self

import attrs

from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.extra_fields import NO_EXTRA, ExtraFields
from voiceid_sdk._conversion.structuring import structure, unstructure
from voiceid_sdk._display.displayed import Displayed
from voiceid_sdk.errors import Problem, RequestValidationError

_PUBLIC_MODULE: Final = "voiceid_sdk.models"
"""The module that documents the data classes and that pickles name, whatever file a class is in."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Structure(Displayed):
    """The base of all data classes: conversion, and the members that this version has no field for."""

    extra: ExtraFields = attrs.field(default=NO_EXTRA, repr=False)
    """Members that the service sent and this version of the SDK has no field for, by their wire names."""

    def __init_subclass__(cls, **arguments: Any) -> None:  # noqa: ANN401 - those of any base class
        super().__init_subclass__(**arguments)
        if cls.__module__.startswith(f"{_PUBLIC_MODULE}."):
            cls.__module__ = _PUBLIC_MODULE

    def to_dict(self) -> dict[str, object]:
        """Return the data as plain, JSON-ready Python: snake_case names, ISO 8601 timestamps, lists, strings.

        The result contains the sensitive values. ``from_dict`` reads it again.
        """
        return unstructure(self, "dict")

    def to_wire(self) -> dict[str, object]:
        """Return the data as the service writes it: its names, epoch seconds, no absent members."""
        return unstructure(self, "wire")

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Return the data that ``to_dict`` wrote.

        Args:
            data: the result of ``to_dict``, also read from JSON. Unknown names are kept in ``extra``.

        Raises:
            RequestValidationError: a value has the wrong type or a required one is missing.
        """
        try:
            return structure(cls, data, "dict")
        except ConversionError as error:
            problems = tuple(
                Problem(parameter="data" if name == cls.__name__ else name, rule=rule)
                for name, rule in error.problems
            )
        raise RequestValidationError.of(f"{cls.__name__}.from_dict", problems)

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> Any:  # noqa: ANN401 - pydantic's, which is optional
        from voiceid_sdk._conversion.pydantic_schemas import core_schema

        return core_schema(cls, cls.from_dict, cls.to_dict)

    @classmethod
    def __get_pydantic_json_schema__(cls, *_: object) -> dict[str, object]:
        from voiceid_sdk._conversion.pydantic_schemas import json_schema

        return json_schema(cls)


Structure.__module__ = _PUBLIC_MODULE
