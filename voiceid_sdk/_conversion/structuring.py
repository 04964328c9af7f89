"""Turns wire structures and dictionaries into data classes and back.

Names map mechanically (``DomainId`` on the wire is ``domain_id`` here), every value's type is checked,
unknown members are kept, and a message about bad data names the member, never the value.

A regular structure of the wire, with known members of the right types, is read directly. cattrs does the
rest: it keeps unknown members, finds every problem of bad data, reads other layouts, and writes. So a program
whose responses are regular never imports it.
"""

import contextlib
import enum
import functools
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from voiceid_sdk._conversion.errors import ConversionError, MismatchError
from voiceid_sdk._conversion.extra_fields import ExtraFields, thaw
from voiceid_sdk._conversion.timestamps import read_shared_timestamp, read_timestamp, to_epoch
from voiceid_sdk.service_model.names import camel_case, wire_name

if TYPE_CHECKING:
    import cattrs

# cattrs is imported when it is needed first, because it costs as much start-up time as a third of a client.

DataT = TypeVar("DataT")

Layout = Literal["wire", "event", "dict"]
"""``wire``: the service's JSON, with its names and epoch seconds. ``event``: EventBridge's, with camelCase
names and ISO 8601 times. ``dict``: ours, with ISO 8601 times."""

Hook = Callable[[Any, Any], Any]
"""Reads a value; the second argument is the type, which cattrs passes."""

SHARED: Final = object()
"""Marks a field that many items of a list have in common, such as ``domain_id``: equal values become one."""


def structure(data_class: type[DataT], data: object, layout: Layout = "wire") -> DataT:
    """Return ``data`` as an instance of ``data_class``.

    Raises:
        ConversionError: a member has the wrong type, or a required one is missing.
    """
    if layout == "wire":
        # After any error, cattrs reads the structure if it is unusual, or finds the problem.
        with contextlib.suppress(Exception):
            return cast("DataT", _reader(cast("Any", data_class))(data, data_class))
    try:
        return _converter(layout).structure(data, data_class)
    except Exception:  # any error means that the data does not fit
        # The fast converter stops at the first problem without its place; the slower one collects all.
        problems = tuple(_problems(data_class, data, layout))
    raise ConversionError(*problems)


def unstructure(instance: object, layout: Layout = "wire") -> dict[str, object]:
    """Return an instance of a data class as a dictionary in the given layout."""
    return cast("dict[str, object]", _converter(layout).unstructure(instance))


def _problems(data_class: type[object], data: object, layout: Layout) -> Iterator[tuple[str, str]]:
    import cattrs

    try:
        _converter(layout, explain=True).structure(data, data_class)
    except Exception as error:  # any error means that the data does not fit
        for explained in cattrs.transform_error(error, path="", format_exception=_explain):
            rule, _, member = explained.rpartition(" @ ")
            yield member.lstrip(".") or data_class.__name__, rule


def _explain(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    return str(error) if isinstance(error, MismatchError) else "must be a structure"


@functools.cache
def _converter(layout: Layout, *, explain: bool = False) -> "cattrs.Converter":
    import cattrs

    converter = cattrs.Converter(detailed_validation=explain)

    def structure_hook(data_class: type) -> Hook:
        return _structure_class(data_class, converter, layout)

    def unstructure_hook(data_class: type) -> Callable[[Any], dict[str, Any]]:
        return _unstructure_class(data_class, converter, layout)

    converter.register_structure_hook_factory(attrs.has, structure_hook)
    converter.register_unstructure_hook_factory(attrs.has, unstructure_hook)
    return converter


def _name(layout: Layout) -> Callable[[str], str]:
    names: Mapping[Layout, Callable[[str], str]] = {"wire": wire_name, "event": _event_name, "dict": str}
    return names[layout]


def _event_name(name: str) -> str:
    return camel_case(wire_name(name))


def _data_fields(data_class: type) -> dict[str, Any]:
    """Return the annotation of each field but ``extra``."""
    hints = get_type_hints(data_class, include_extras=True)
    return {field.name: hints[field.name] for field in attrs.fields(data_class) if field.name != "extra"}


@attrs.frozen
class Member:
    """A member of a structure, and how it is read."""

    field: str
    name: str
    """The name in the data; ``field`` is the name in the class."""
    kind: Any
    """The type of its values, without ``| None``."""
    is_shared: bool
    """Whether equal values become one, by ``SHARED``."""
    read: Hook
    """Reads one value: None for a member that is not there."""


def members(data_class: type) -> tuple[Member, ...]:
    """Return the members that a structure of this class has on the wire."""
    return _members(data_class, _NestedHooks(_reader), "wire")


@attrs.frozen
class _NestedHooks:
    """The hooks of the structures inside a structure."""

    hook_of: Callable[[Any], Hook]
    """Returns the hook of a data class."""
    explain: bool = False
    """Whether an error lists every bad item of a list."""


@functools.cache
def _reader(data_class: Any) -> Hook:
    """Return a hook that reads regular structures, and raises any error for others."""
    by_name = {member.name: member for member in members(data_class)}

    def read(data: Any, _: Any) -> Any:
        values: dict[str, Any] = {}
        for name, value in data.items():
            member = by_name[name]
            values[member.field] = member.read(value, member.kind)
        return data_class(**values)

    return read


def _members(data_class: type, nested: _NestedHooks, layout: Layout) -> tuple[Member, ...]:
    rename = _name(layout)
    return tuple(
        Member(
            field=field,
            name=rename(field),
            kind=_core(annotation)[0],
            is_shared=_is_shared(annotation),
            read=_structure_hook(annotation, nested),
        )
        for field, annotation in _data_fields(data_class).items()
    )


def _structure_class(data_class: Any, converter: "cattrs.Converter", layout: Layout) -> Hook:
    from cattrs.gen import make_dict_structure_fn, override

    nested = _NestedHooks(converter.get_structure_hook, converter.detailed_validation)
    described = _members(data_class, nested, layout)
    known = frozenset(member.name for member in described)
    overrides: dict[str, Any] = {
        member.field: override(rename=member.name, struct_hook=member.read) for member in described
    }
    build = make_dict_structure_fn(
        data_class,
        converter,
        _cattrs_detailed_validation=converter.detailed_validation,
        extra=override(omit=True),
        **overrides,
    )

    def hook(data: Any, cls: Any) -> Any:
        # Almost always a dict, and this check is much faster than the one for any mapping.
        if type(data) is not dict and not isinstance(data, Mapping):
            raise MismatchError("must be a structure")
        mapping = cast("Mapping[str, object]", data)
        instance = build(mapping, cls)
        if known.issuperset(mapping):
            return instance
        return attrs.evolve(instance, extra=_unknown(mapping, known, layout))

    return hook


def _unknown(data: Mapping[str, object], known: frozenset[str], layout: Layout) -> ExtraFields:
    unknown = {name: value for name, value in data.items() if name not in known}
    if layout != "dict":
        return ExtraFields(unknown)
    kept = unknown.pop("extra", {})
    if not isinstance(kept, Mapping):
        raise MismatchError("must have a structure in extra")
    # A dictionary of a newer version may have fields that this one lacks; they get their wire names.
    renamed = {wire_name(name): value for name, value in unknown.items()}
    return ExtraFields({**renamed, **cast("Mapping[str, object]", kept)})


class FieldTypeError(TypeError):
    """A field of an instance that a program made has a value of another type."""


_ABSENT: Final = (None, ())
"""The values of fields whose members the wire leaves out."""


def _unstructure_class(
    data_class: Any, converter: "cattrs.Converter", layout: Layout
) -> Callable[[Any], dict[str, Any]]:
    from cattrs.gen import make_dict_unstructure_fn, override

    rename = _name(layout)
    defaults = {field.name: field.default for field in attrs.fields(data_class)}
    annotations = _data_fields(data_class)
    hooks = {name: _unstructure_hook(kind, converter, layout) for name, kind in annotations.items()}
    overrides: dict[str, Any] = {
        name: override(
            rename=rename(name),
            unstruct_hook=field_hook,
            omit_if_default=layout == "wire" and defaults[name] in _ABSENT,
        )
        for name, field_hook in hooks.items()
    }
    build = make_dict_unstructure_fn(data_class, converter, extra=override(omit=True), **overrides)

    def check(instance: Any) -> None:
        """Raise an error that names the first field whose value cannot be written."""
        for name, field_hook in hooks.items():
            value = getattr(instance, name)
            try:
                field_hook(value)
            except (AttributeError, TypeError) as error:
                if isinstance(error, FieldTypeError):
                    raise
                kind, _ = _core(annotations[name])
                needed = getattr(kind, "__name__", "tuple")
                given = type(value).__name__
                raise FieldTypeError(f"{data_class.__name__}.{name} must be {needed}, not {given}") from None

    def hook(instance: Any) -> dict[str, Any]:
        try:
            result = build(instance)
        except (AttributeError, TypeError):
            check(instance)
            raise
        if instance.extra:
            extra = cast("dict[str, object]", thaw(instance.extra))
            result.update({"extra": extra} if layout == "dict" else extra)
        return result

    return hook


def _core(annotation: Any) -> tuple[Any, bool]:
    """Return the annotation's type, without marks and ``| None``, and whether None is allowed."""
    if get_origin(annotation) is Annotated:
        return _core(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return rest[0], True
    return annotation, False


def _is_shared(annotation: Any) -> bool:
    return get_origin(annotation) is Annotated and SHARED in get_args(annotation)[1:]


def _structure_hook(annotation: Any, nested: _NestedHooks, *, shared: bool = False) -> Hook:
    kind, optional = _core(annotation)
    shared = shared or _is_shared(annotation)
    if get_origin(kind) is tuple:
        return _list_hook(get_args(kind)[0], nested, shared=shared)
    hook: Hook
    if shared:
        hook = _SHARED_SCALARS[kind]
    elif kind in _STRUCTURE_SCALARS:
        hook = _STRUCTURE_SCALARS[kind]
    elif issubclass(kind, enum.Enum):
        hook = _enum_hook(kind)
    else:
        hook = nested.hook_of(kind)
        return _optional(hook) if optional else hook
    return hook if optional else _required(hook)


def _optional(hook: Hook) -> Hook:
    return lambda value, kind: None if value is None else hook(value, kind)


def _required(hook: Hook) -> Hook:
    # Most scalars are optional, so their hooks accept None themselves, which saves a call for each value.
    return lambda value, kind: hook(_MISSING if value is None else value, kind)


_MISSING: Final = object()
"""A value of no type, so that hooks reject it."""


def _list_hook(item: Any, nested: _NestedHooks, *, shared: bool) -> Hook:
    hook = _structure_hook(item, nested, shared=shared)

    def build(value: Any, _: Any) -> tuple[Any, ...]:
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            raise MismatchError("must be a list")
        items = cast("list[Any]", value)
        if nested.explain:
            return tuple(_explained(items, hook, item))
        return tuple([hook(one, item) for one in items])

    return build


def _explained(items: list[Any], hook: Hook, item: Any) -> Iterator[Any]:
    """Yield the items as they are read; at the end, raise one error with the index of each bad item."""
    from cattrs.errors import IterableValidationError, IterableValidationNote

    errors: list[Exception] = []
    for index, one in enumerate(items):
        try:
            yield hook(one, item)
        except Exception as error:  # any error means that the item does not fit
            error.add_note(IterableValidationNote("", index, item))
            errors.append(error)
    if errors:
        # typeshed's ExceptionGroup has an __init__ that lacks the third argument of this subclass.
        raise IterableValidationError("", errors, tuple)  # pyright: ignore[reportCallIssue]


def _enum_hook(kind: type[enum.Enum]) -> Hook:
    known: dict[Any, Any] = {None: None, **{choice.value: choice for choice in kind}}

    def build(value: Any, _: Any) -> Any:
        try:
            return known[value]
        except (KeyError, TypeError):
            if isinstance(value, str):
                return kind(value)
        raise MismatchError("must be a string")

    return build


def _string(value: Any, _: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise MismatchError("must be a string")


def _shared_string(value: Any, kind: Any) -> str | None:
    return sys.intern(value) if type(value) is str else _string(value, kind)


def _integer(value: Any, _: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise MismatchError("must be an integer")


def _boolean(value: Any, _: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise MismatchError("must be a boolean")


def _path(value: Any, kind: Any) -> Path | None:
    text = _string(value, kind)
    return None if text is None else Path(text)


_STRUCTURE_SCALARS: Final[dict[Any, Hook]] = {
    str: _string,
    int: _integer,
    bool: _boolean,
    datetime: read_timestamp,
    Path: _path,
}


_SHARED_SCALARS: Final[dict[Any, Hook]] = {str: _shared_string, datetime: read_shared_timestamp}


def _unstructure_hook(annotation: Any, converter: "cattrs.Converter", layout: Layout) -> Callable[[Any], Any]:
    kind, _ = _core(annotation)
    if get_origin(kind) is tuple:
        hook = _unstructure_hook(get_args(kind)[0], converter, layout)
        return lambda value: [hook(item) for item in value]
    write: Callable[[Any], Any]
    if kind is datetime:
        write = to_epoch if layout == "wire" else datetime.isoformat
    elif kind is Path:
        write = str
    elif kind in _STRUCTURE_SCALARS:
        return _as_it_is
    elif issubclass(kind, enum.Enum):
        write = _enum_value
    else:
        write = converter.get_unstructure_hook(kind)
    return lambda value: None if value is None else write(value)


def _as_it_is(value: Any) -> Any:
    return value


def _enum_value(member: str) -> str:
    # A plain string is written as well, because it compares like the member.
    return member.value if isinstance(member, enum.Enum) else str.__str__(member)
