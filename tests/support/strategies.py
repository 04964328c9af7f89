"""Random requests, responses and data that fit the model, and requests that break one of its rules."""

import functools
import re
import string
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import attrs
from hypothesis import seed, settings
from hypothesis import strategies as st

from voiceid_sdk import service_model
from voiceid_sdk._conversion.extra_fields import ExtraFields
from voiceid_sdk.enums import OpenEnum
from voiceid_sdk.models import Structure
from voiceid_sdk.service_model import Rule, Shape
from voiceid_sdk.service_model.constraints import Path, compile_pattern
from voiceid_sdk.service_model.names import wire_name

TestT = TypeVar("TestT", bound=Callable[..., None])

_S = TypeVar("_S", bound=Structure)

Wire = dict[str, Any]

MOST_ITEMS: Final = 4
LATEST: Final = 4_102_444_800
"""The year 2100, in epoch seconds."""

UNKNOWN_MEMBER: Final = "MemberOfTomorrow"


def share_of_examples(divisor: int) -> Callable[[TestT], TestT]:
    """Return a decorator for a property of many classes: each gets a share of the examples."""
    default: Any = settings.default  # never None

    def decorate(test: TestT) -> TestT:
        if default.derandomize:
            # Otherwise Hypothesis makes the seed from the test's source, again for each class.
            test = seed(zlib.crc32(test.__qualname__.encode()))(test)
        return settings(max_examples=max(2, default.max_examples // divisor))(test)

    return decorate


# --- Values that fit ------------------------------------------------------------------------------------


def requests(operation: str, *, full: bool = False) -> st.SearchStrategy[Wire]:
    """Return requests of an operation that break no rule; ``full`` ones have every member."""
    return values(service_model.operation(operation)["input"]["shape"], full=full)


def responses(operation: str) -> st.SearchStrategy[Wire]:
    """Return bodies of an operation's success.

    The model requires none of an output's members, but an answer without its content is none: where an
    output has one member beside the token of the next page, it is always there.
    """
    output = service_model.operation(operation).get("output")
    if output is None:
        return st.just({})
    members = service_model.shape(output["shape"]).get("members", {})
    content = [name for name in members if name != "NextToken"]
    always = content if len(content) == 1 else content[:1]
    return _structures({name: members[name]["shape"] for name in members}, frozenset(always), full=False)


@functools.cache
def values(name: str, *, full: bool = False) -> st.SearchStrategy[Any]:
    """Return values of the shape called ``name``, as they stand in JSON."""
    shape = service_model.shape(name)
    match shape["type"]:
        case "string":
            return _strings(shape)
        case "integer":
            return st.integers(shape.get("min", -(2**31)), shape.get("max", 2**31 - 1))
        case "boolean":
            return st.booleans()
        case "timestamp":
            whole = st.integers(0, LATEST)
            return whole | st.integers(0, LATEST * 1000).map(lambda milliseconds: milliseconds / 1000)
        case "list":
            most = min(shape.get("max", MOST_ITEMS), MOST_ITEMS)
            item = values(shape["member"]["shape"], full=full)
            return st.lists(item, min_size=max(shape.get("min", 0), int(full)), max_size=most)
        case _:
            members = {member: reference["shape"] for member, reference in shape.get("members", {}).items()}
            return _structures(members, frozenset(shape.get("required", [])), full=full)


_GENERATED_ID: Final = re.compile(r"\^(?P<prefix>(?:id#)?)\[a-zA-Z0-9\]\{22\}\$")


def _strings(shape: Shape) -> st.SearchStrategy[str]:
    low, high = shape.get("min", 0), shape.get("max", 60)
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if "pattern" not in shape:
        return st.text(min_size=low, max_size=min(high, 60))
    if is_id := _GENERATED_ID.fullmatch(shape["pattern"]):
        # The most frequent pattern; letters are drawn sooner than what matches a pattern.
        letters = st.text(string.ascii_letters + string.digits, min_size=22, max_size=22)
        return letters.map(is_id["prefix"].__add__)
    matching = st.from_regex(compile_pattern(shape["pattern"]), fullmatch=True)
    return matching.filter(lambda text: low <= len(text) <= high)


def _structures(members: dict[str, str], always: frozenset[str], *, full: bool) -> st.SearchStrategy[Wire]:
    strategies = {member: values(shape, full=full) for member, shape in members.items()}
    required = {name: strategy for name, strategy in strategies.items() if full or name in always}
    optional = {name: strategy for name, strategy in strategies.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


# Unknown members are what JSON can hold; NaN is left out because it equals nothing.
json_values: Final[st.SearchStrategy[Any]] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


# --- Data classes ---------------------------------------------------------------------------------------


def instances(data_class: type[_S]) -> st.SearchStrategy[_S]:
    """Return instances of a data class, made from its annotations without the conversion."""
    key: Any = data_class  # to mypy, a type variable's class is not hashable
    strategy: st.SearchStrategy[_S] = _instances(key)
    return strategy


@functools.cache
def _instances(data_class: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(data_class)
    names = {field.name: wire_name(field.name) for field in attrs.fields(data_class)}
    extra = st.dictionaries(st.text(max_size=8), json_values, max_size=2)
    fields = {name: _of_annotation(hints[name]) for name in names if name != "extra"}
    unknown = extra.filter(lambda members: members.keys().isdisjoint(names.values())).map(ExtraFields)
    return st.builds(data_class, **fields, extra=unknown)


def _of_annotation(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        return st.lists(_of_annotation(arguments[0]), max_size=MOST_ITEMS).map(tuple)
    if arguments:
        return st.none() | _of_annotation(arguments[0])
    if issubclass(annotation, OpenEnum):
        return st.sampled_from(annotation) | st.text(max_size=8).map(annotation)
    return instances(annotation)


_SCALARS: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: st.text(max_size=30),
    int: st.integers(),
    bool: st.booleans(),
    FilePath: st.text(max_size=30).map(FilePath),
    datetime: st.datetimes(
        min_value=datetime(1970, 1, 1),
        max_value=datetime(2100, 1, 1),
        timezones=st.just(UTC),
    ),
}


# --- Rules to break -------------------------------------------------------------------------------------


@attrs.frozen
class Breakage:
    """A rule of the model at one place of a request, and how to break it."""

    path: Path
    rule: Rule
    shape: str

    def apply(self, request: Wire) -> Wire:
        """Return a full request with this rule broken."""
        changed: Wire = _replaced(request, self.path, self)
        return changed

    @property
    def broken_path(self) -> Path:
        """Where the violation is reported."""
        return (*self.path, UNKNOWN_MEMBER) if self.rule is Rule.UNKNOWN else self.path


def breakages(operation: str) -> list[Breakage]:
    """Return every rule that a full request of an operation can break, wherever in the request it is."""
    return list(_breakages(service_model.operation(operation)["input"]["shape"], ()))


def _breakages(name: str, path: Path) -> Iterator[Breakage]:
    shape = service_model.shape(name)
    kind = shape["type"]
    if path:
        yield Breakage(path, Rule.TYPE, name)
    by_value = kind == "integer"
    if by_value or shape.get("min", 0) > 0:
        yield Breakage(path, Rule.MINIMUM_VALUE if by_value else Rule.MINIMUM_LENGTH, name)
    if "max" in shape:
        yield Breakage(path, Rule.MAXIMUM_VALUE if by_value else Rule.MAXIMUM_LENGTH, name)
    if "pattern" in shape:
        yield Breakage(path, Rule.PATTERN, name)
    if "enum" in shape:
        yield Breakage(path, Rule.ENUM, name)
    if "member" in shape:
        yield from _breakages(shape["member"]["shape"], (*path, 0))
    if kind == "structure":
        yield Breakage(path, Rule.UNKNOWN, name)
        for member, reference in shape.get("members", {}).items():
            if member in shape.get("required", []):
                yield Breakage((*path, member), Rule.REQUIRED, reference["shape"])
            yield from _breakages(reference["shape"], (*path, member))


def _replaced(value: Any, path: Path, breakage: Breakage) -> Any:
    """Return a copy of ``value`` in which the part at ``path`` breaks the rule."""
    if not path:
        return _broken(value, breakage)
    step, *rest = path
    changed = value.copy()
    if breakage.rule is Rule.REQUIRED and not rest:
        del changed[step]
    else:
        changed[step] = _replaced(value[step], tuple(rest), breakage)
    return changed


def _broken(value: Any, breakage: Breakage) -> Any:
    return _BREAKING[breakage.rule](value, service_model.shape(breakage.shape))


def _lengthened(value: Any, shape: Shape) -> Any:
    some = value or "x"
    return (some * (shape["max"] // len(some) + 1))[: shape["max"] + 1]


_BREAKING: Final[dict[Rule, Callable[[Any, Shape], Any]]] = {
    Rule.TYPE: lambda _, shape: 1 if shape["type"] == "string" else "one",
    Rule.MINIMUM_LENGTH: lambda value, shape: value[: shape["min"] - 1],
    Rule.MAXIMUM_LENGTH: _lengthened,
    Rule.MINIMUM_VALUE: lambda _, shape: shape["min"] - 1,
    Rule.MAXIMUM_VALUE: lambda _, shape: shape["max"] + 1,
    # Neither character is in any of the patterns; the length stays within its limits.
    Rule.PATTERN: lambda value, shape: (value + "☃\n")[-max(2, shape.get("min", 0)) :],
    Rule.ENUM: lambda _value, _shape: "NO_SUCH_VALUE",
    Rule.UNKNOWN: lambda value, _: {**value, UNKNOWN_MEMBER: 1},
}
