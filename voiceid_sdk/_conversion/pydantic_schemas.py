"""Lets pydantic, and so FastAPI, take data classes: as fields, as requests and as responses."""

import enum
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

import attrs


def core_schema(
    data_class: type,
    read: Callable[[Mapping[str, object]], object],
    write: Callable[[Any], dict[str, object]],
) -> Any:
    """Return pydantic's schema of a data class: it reads and writes the dictionaries of ``to_dict``."""
    from pydantic_core import core_schema as schemas  # Only pydantic calls this.

    def validate(value: object) -> object:
        if isinstance(value, data_class):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"must be an object with the fields of {data_class.__name__}")  # noqa: TRY004 - pydantic expects it
        return read(cast("Mapping[str, object]", value))

    return schemas.no_info_plain_validator_function(
        validate, serialization=schemas.plain_serializer_function_ser_schema(write)
    )


_TYPES: Final[Mapping[type, Mapping[str, object]]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
}


def json_schema(data_class: type) -> dict[str, object]:
    """Return the JSON schema of what ``to_dict`` returns, for OpenAPI."""
    hints = get_type_hints(data_class)
    fields = [field for field in attrs.fields(data_class) if field.name != "extra"]
    return {
        "title": data_class.__name__,
        "type": "object",
        "properties": {field.name: _schema(hints[field.name]) for field in fields},
        "required": [field.name for field in fields if field.default is attrs.NOTHING],
    }


def _schema(hint: Any) -> dict[str, object]:
    arguments = get_args(hint)
    match get_origin(hint):
        case None:
            return _schema_of_class(hint)
        case origin if origin in (Union, types.UnionType):
            return {"anyOf": [_schema(one) for one in arguments]}
        case origin if origin is tuple:
            return {"type": "array", "items": _schema(arguments[0])}
        case _:  # Annotated
            return _schema(arguments[0])


def _schema_of_class(data_class: type) -> dict[str, object]:
    if data_class is types.NoneType:
        return {"type": "null"}
    if attrs.has(data_class):
        return json_schema(data_class)
    if issubclass(data_class, enum.StrEnum):
        # The enumerations are open, so known values are examples and no restriction.
        return {"type": "string", "examples": list(map(str, data_class))}
    found = [schema for kind, schema in _TYPES.items() if issubclass(data_class, kind)]
    return {**found[0]} if found else {}
