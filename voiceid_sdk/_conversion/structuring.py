"""Turns wire structures and dictionaries into data classes and back.

cattrs does the work. Names map mechanically (``DomainId`` on the wire is ``domain_id`` here), every value's
type is checked, unknown members are kept, and a message about bad data names the member, never the value.
"""

import enum
import functools
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import (
    TYPE_CHECKING,
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

if TYPE_CHECKING:
    import cattrs

# cattrs is imported with the first conversion: a program that only imports the package should not wait.

T = TypeVar("T")

Form = Literal["wire", "event", "dict"]
"""``wire``: the service's JSON, with its names and epoch seconds. ``event``: EventBridge's, with camelCase
names and ISO 8601 times. ``dict``: ours, with ISO 8601 times."""

Hook = Callable[[Any, Any], Any]
"""Reads a value; the second argument is what cattrs passes along, the type."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ConversionError(ValueError):
    """The data does not fit the class. ``problems`` has pairs of a member and the rule it breaks."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{member} {rule}" for member, rule in self.problems)


class ExtraFields(Mapping[str, object]):
    """The members that the service sent and this version does not know: read-only, hashable, picklable.

    Its ``repr`` shows how many there are and not what they say: nobody knows what is sensitive in them.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, object] | None = None) -> None:
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
        # No names either: inside an unknown member they may be data, such as the keys of tags.
        return f"<{len(self)} unknown member{'' if len(self) == 1 else 's'}>"


NO_EXTRA: Final = ExtraFields()
"""Shared by all data without unknown members."""


def _freeze(value: object) -> object:
    if isinstance(value, Mapping):
        return ExtraFields(cast("Mapping[str, object]", value))
    if isinstance(value, (list, tuple)):
        return tuple(_freeze(item) for item in cast("list[object]", value))
    return value


def _thaw(value: object) -> object:
    if isinstance(value, ExtraFields):
        return {name: _thaw(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_thaw(item) for item in cast("tuple[object, ...]", value)]
    return value


@functools.cache
def wire_name(name: str) -> str:
    """Return the wire's name of a field: ``DomainId`` for ``domain_id``."""
    return "".join(f"{part[:1].upper()}{part[1:]}" for part in name.split("_"))


def event_name(name: str) -> str:
    """Return the name that a field has in events: ``domainId`` for ``domain_id``."""
    return f"{name[:1]}{wire_name(name)[1:]}"


def structure(data_class: type[T], data: object, form: Form = "wire") -> T:
    """Return ``data`` as an instance of ``data_class``.

    Raises:
        ConversionError: a member has the wrong type, or a required one is missing.
    """
    try:
        return _converter(form).structure(data, data_class)
    except Exception:  # noqa: BLE001 - whatever it is, the data does not fit
        # The fast converter stops at the first problem and does not say where; the careful one collects.
        problems = tuple(_problems(data_class, data, form))
    raise ConversionError(*problems)


def unstructure(instance: object, form: Form = "wire") -> dict[str, object]:
    """Return an instance of a data class as a dictionary in the given form."""
    return cast("dict[str, object]", _converter(form).unstructure(instance))


def _problems(data_class: type[object], data: object, form: Form) -> Iterator[tuple[str, str]]:
    import cattrs

    try:
        _converter(form, explain=True).structure(data, data_class)
    except Exception as error:  # noqa: BLE001 - whatever it is, the data does not fit
        for explained in cattrs.transform_error(error, path="", format_exception=_explain):
            rule, _, member = explained.rpartition(" @ ")
            yield member.lstrip(".") or data_class.__name__, rule


def _explain(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    return str(error) if isinstance(error, _MismatchError) else "must be a structure"


class _MismatchError(TypeError):
    """A value is not of its member's type. The text is ours and never holds the value."""


@functools.cache
def _converter(form: Form, *, explain: bool = False) -> "cattrs.Converter":
    import cattrs

    converter = cattrs.Converter(detailed_validation=explain)

    def structure_hook(data_class: type) -> Hook:
        return _structure_class(data_class, converter, form)

    def unstructure_hook(data_class: type) -> Callable[[Any], dict[str, Any]]:
        return _unstructure_class(data_class, converter, form)

    converter.register_structure_hook_factory(attrs.has, structure_hook)
    converter.register_unstructure_hook_factory(attrs.has, unstructure_hook)
    return converter


def _name(form: Form) -> Callable[[str], str]:
    names: Mapping[Form, Callable[[str], str]] = {"wire": wire_name, "event": event_name, "dict": str}
    return names[form]


def _data_fields(data_class: type) -> dict[str, Any]:
    """Return the annotation of each field but ``extra``, without its privacy marker and ``| None``."""
    hints = get_type_hints(data_class)
    return {field.name: hints[field.name] for field in attrs.fields(data_class) if field.name != "extra"}


@attrs.frozen
class Member:
    """A member of a structure, as it is read."""

    field: str
    name: str
    """The name in the data; ``field`` is ours."""
    kind: Any
    """The type of its values, without ``| None``."""
    is_shared: bool
    """Whether equal values become one, as many items of a list have them in common."""
    read: Hook
    """Reads one value: None for a member that is not there."""


def members(data_class: type) -> tuple[Member, ...]:
    """Return the members that a structure of this class has on the wire."""
    return _members(data_class, _converter("wire"), "wire")


def _members(data_class: type, converter: "cattrs.Converter", form: Form) -> tuple[Member, ...]:
    rename = _name(form)
    return tuple(
        Member(
            field=field,
            name=rename(field),
            kind=_core(annotation)[0],
            is_shared=field in _SHARED,
            read=_structure_hook(annotation, converter, field),
        )
        for field, annotation in _data_fields(data_class).items()
    )


def _structure_class(data_class: Any, converter: "cattrs.Converter", form: Form) -> Hook:
    from cattrs.gen import make_dict_structure_fn, override

    described = _members(data_class, converter, form)
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
        # Nearly always a dict, and to ask for that first is much quicker.
        if type(data) is not dict and not isinstance(data, Mapping):
            raise _MismatchError("must be a structure")
        mapping = cast("Mapping[str, object]", data)
        instance = build(mapping, cls)
        if known.issuperset(mapping):
            return instance
        return attrs.evolve(instance, extra=_unknown(mapping, known, form))

    return hook


def _unknown(data: Mapping[str, object], known: frozenset[str], form: Form) -> ExtraFields:
    unknown = {name: value for name, value in data.items() if name not in known}
    if form != "dict":
        return ExtraFields(unknown)
    kept = unknown.pop("extra", {})
    if not isinstance(kept, Mapping):
        raise _MismatchError("must have a structure in extra")
    # A newer version's dictionary may have fields that this one lacks; they get their wire names.
    renamed = {wire_name(name): value for name, value in unknown.items()}
    return ExtraFields({**renamed, **cast("Mapping[str, object]", kept)})


_ABSENT: Final = (None, ())
"""What stands here for a member that the wire leaves out."""


def _unstructure_class(
    data_class: Any, converter: "cattrs.Converter", form: Form
) -> Callable[[Any], dict[str, Any]]:
    from cattrs.gen import make_dict_unstructure_fn, override

    rename = _name(form)
    defaults = {field.name: field.default for field in attrs.fields(data_class)}
    overrides: dict[str, Any] = {
        name: override(
            rename=rename(name),
            unstruct_hook=_unstructure_hook(annotation, converter, form),
            omit_if_default=form == "wire" and defaults[name] in _ABSENT,
        )
        for name, annotation in _data_fields(data_class).items()
    }
    build = make_dict_unstructure_fn(data_class, converter, extra=override(omit=True), **overrides)

    def hook(instance: Any) -> dict[str, Any]:
        result = build(instance)
        if instance.extra:
            extra = cast("dict[str, object]", _thaw(instance.extra))
            result.update({"extra": extra} if form == "dict" else extra)
        return result

    return hook


def _core(annotation: Any) -> tuple[Any, bool]:
    """Return the annotation's type and whether None is allowed."""
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return rest[0], True
    return annotation, False


_SHARED: Final = frozenset({"domain_id", "watchlist_ids", "last_accessed_at"})
"""Fields that many items of a list have in common: ids, and times to the hour. Equal ones become one."""


def _structure_hook(annotation: Any, converter: "cattrs.Converter", field: str = "") -> Hook:
    kind, optional = _core(annotation)
    if get_origin(kind) is tuple:
        return _list_hook(get_args(kind)[0], converter, field)
    hook: Hook
    if field in _SHARED:
        hook = _SHARED_SCALARS[kind]
    elif kind in _STRUCTURE_SCALARS:
        hook = _STRUCTURE_SCALARS[kind]
    elif issubclass(kind, enum.Enum):
        hook = _enum_hook(kind)
    else:
        hook = converter.get_structure_hook(kind)
        return _optional(hook) if optional else hook
    return hook if optional else _required(hook)


def _optional(hook: Hook) -> Hook:
    return lambda value, kind: None if value is None else hook(value, kind)


def _required(hook: Hook) -> Hook:
    # Scalars are mostly optional and there are many, so their hooks let None pass without a call around them.
    return lambda value, kind: hook(_OF_NO_TYPE if value is None else value, kind)


_OF_NO_TYPE: Final = object()


def _list_hook(item: Any, converter: "cattrs.Converter", field: str) -> Hook:
    hook = _structure_hook(item, converter, field)

    def build(value: Any, _: Any) -> tuple[Any, ...]:
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            raise _MismatchError("must be a list")
        items = cast("list[Any]", value)
        if converter.detailed_validation:
            return tuple(_explained(items, hook, item))
        return tuple([hook(one, item) for one in items])

    return build


def _explained(items: list[Any], hook: Hook, item: Any) -> Iterator[Any]:
    """Yield the items as they are read, and at the end say of each that does not fit which one it is."""
    from cattrs.errors import IterableValidationError, IterableValidationNote

    errors: list[Exception] = []
    for index, one in enumerate(items):
        try:
            yield hook(one, item)
        except Exception as error:  # noqa: BLE001 - each is tried; what raises anything does not fit
            noted: Any = error  # Python 3.10 has no add_note
            noted.__notes__ = [IterableValidationNote("", index, item)]
            errors.append(error)
    if errors:
        raise IterableValidationError("", errors, tuple)


def _enum_hook(kind: type[enum.Enum]) -> Hook:
    known: dict[Any, Any] = {None: None, **{choice.value: choice for choice in kind}}

    def build(value: Any, _: Any) -> Any:
        try:
            return known[value]
        except (KeyError, TypeError):
            if isinstance(value, str):
                return kind(value)
        raise _MismatchError("must be a string")

    return build


def _string(value: Any, _: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _MismatchError("must be a string")


def _shared_string(value: Any, kind: Any) -> str | None:
    return sys.intern(value) if type(value) is str else _string(value, kind)


def _integer(value: Any, _: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _MismatchError("must be an integer")


def _boolean(value: Any, _: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise _MismatchError("must be a boolean")


def _path(value: Any, kind: Any) -> Path | None:
    text = _string(value, kind)
    return None if text is None else Path(text)


_UTC: Final = UTC
_from_timestamp: Final = datetime.fromtimestamp


def _timestamp(value: Any, _: Any) -> datetime | None:
    # First what the service writes, then what botocore makes of it. A page of a list has hundreds of them, so
    # even finding the names is felt.
    try:
        if type(value) is float:
            return _from_timestamp(value, _UTC)
        if type(value) is datetime and value.tzinfo is not None:
            return value.astimezone(_UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None if value is None else _any_timestamp(value)


_HOURS: Final = 2_000
"""How many hours are kept to be shared, those of 83 days: 400 kB at most."""

from_hour: Final = functools.lru_cache(_HOURS)(_timestamp)
"""Reads a time to the hour; equal ones become one."""


def _shared_timestamp(value: Any, kind: Any) -> datetime | None:
    # Anything but a float may be no key, or one that is equal to a key of another kind.
    return from_hour(value, None) if type(value) is float else _timestamp(value, kind)


def _any_timestamp(value: Any) -> datetime:
    """Read what the service may send (epoch seconds, ISO 8601, RFC 822) and what botocore makes of it."""
    try:
        if isinstance(value, datetime):
            return in_utc(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _from_epoch(value)
        if isinstance(value, str):
            return in_utc(_from_text(value))
    except (ValueError, OverflowError, OSError):
        pass
    raise _MismatchError("must be a timestamp")


def in_utc(time: datetime) -> datetime:
    """Return a time in UTC; one without a zone is in UTC already, whatever the machine's zone is."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _to_epoch(time: datetime) -> float:
    return in_utc(time).timestamp()


def _from_epoch(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        # Some platforms' C libraries do not reach as far as datetime does.
        return EPOCH + timedelta(seconds=seconds)


_FRACTION: Final = re.compile(r"\.\d+")


def _from_text(text: str) -> datetime:
    try:
        return _from_epoch(float(text))
    except ValueError:
        pass
    try:
        # Python 3.10 reads neither the Z nor fractions of other than three or six digits.
        whole = _FRACTION.sub(lambda digits: digits[0][:7].ljust(7, "0"), text)
        return datetime.fromisoformat(f"{whole[:-1]}+00:00" if whole[-1:] in "Zz" else whole)
    except ValueError:
        # Imported here because it brings half of the network modules along, and this form is rare.
        from email.utils import parsedate_to_datetime

        return parsedate_to_datetime(text)


_STRUCTURE_SCALARS: Final[dict[Any, Hook]] = {
    str: _string,
    int: _integer,
    bool: _boolean,
    datetime: _timestamp,
    Path: _path,
}


_SHARED_SCALARS: Final[dict[Any, Hook]] = {str: _shared_string, datetime: _shared_timestamp}


def _unstructure_hook(annotation: Any, converter: "cattrs.Converter", form: Form) -> Callable[[Any], Any]:
    kind, _ = _core(annotation)
    if get_origin(kind) is tuple:
        hook = _unstructure_hook(get_args(kind)[0], converter, form)
        return lambda value: [hook(item) for item in value]
    write: Callable[[Any], Any]
    if kind is datetime:
        write = _to_epoch if form == "wire" else datetime.isoformat
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


def _enum_value(member: enum.Enum) -> Any:
    return member.value
