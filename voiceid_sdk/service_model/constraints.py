"""Checks a request against the model's constraints, and reports broken rules, never values."""

import enum
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from typing import Final, cast

from voiceid_sdk.service_model import model

Path = tuple[str | int, ...]


class Rule(enum.StrEnum):
    """The kinds of rule that a value can break."""

    REQUIRED = "required"
    TYPE = "type"
    MINIMUM_LENGTH = "minimum length"
    MAXIMUM_LENGTH = "maximum length"
    MINIMUM_VALUE = "minimum value"
    MAXIMUM_VALUE = "maximum value"
    PATTERN = "pattern"
    ENUM = "enum"
    UNKNOWN = "unknown member"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: the place, the rule, and what the model expects. It does not have the value."""

    path: Path
    """The members and list positions that lead to the value: ``("Tags", 0, "Key")``."""

    rule: Rule
    """The kind of rule."""

    expected: int | str | tuple[str, ...]
    """The limit, type name, pattern as the model prints it, or the allowed values."""

    shape: str
    """The model's name of the value's shape, such as ``DomainId``."""

    is_arn: bool = False
    """Whether the value is an ARN in the place of an id, the most common mistake with ids."""


_Check = Callable[[object, Path, list[Violation]], None]

# Python's re has no \p classes. \w is letters, numbers and the underscore, and each pattern that names
# \p{L} or \p{N} allows the underscore too; the tests compare the result over all of Unicode.
_UNICODE_CLASSES: Final = {
    r"\p{ASCII}": "[\\x00-\\x7f]",
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": "\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000",
}

_TYPES: Final[dict[str, tuple[str, Callable[[object], bool]]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "integer": ("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "boolean": ("a boolean", lambda value: isinstance(value, bool)),
    "list": ("a list", lambda value: isinstance(value, Sequence) and not isinstance(value, (str, bytes))),
    "timestamp": (
        "a timestamp",
        lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    ),
    # A dict is found at once, and the check of an abstract class takes long.
    "structure": ("a structure", lambda value: isinstance(value, (dict, Mapping))),
}


def violations(operation: str, request: Mapping[str, object]) -> list[Violation]:
    """Return every rule of the model that ``request`` breaks, in the order of the model's members.

    Args:
        operation: the name of an operation, such as ``"DescribeDomain"``.
        request: the request's members by their names on the wire. A member that is None counts as absent.
            A member of an ``enum.Enum`` passes, whether or not the model has its value.
    """
    found: list[Violation] = []
    _checker(model.operation(operation)["input"]["shape"])(request, (), found)
    return found


def shape_violations(shape: str, value: object, path: Path = ()) -> list[Violation]:
    """Return every rule of the shape called ``shape`` that ``value`` breaks, such as an output's.

    Args:
        shape: the name of a shape, such as ``"CustomerSpeakerId"``.
        value: the value on the wire; None breaks the rule of every type.
        path: where the value is, for the violations.
    """
    found: list[Violation] = []
    _checker(shape)(value, path, found)
    return found


@functools.cache
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the model's ``pattern`` as a Python one; match it with ``fullmatch``."""
    for name, replacement in _UNICODE_CLASSES.items():
        pattern = pattern.replace(name, replacement)
    return re.compile(pattern)


@functools.cache
def _checker(name: str) -> _Check:
    """Return the check for the shape called ``name``, built once."""
    shape = model.shape(name)
    kind, has_type = _TYPES[shape["type"]]
    checks: tuple[_Check, ...] = tuple(
        build(name, shape)
        for build, applies in (
            (_limits, "min" in shape or "max" in shape),
            (_pattern, "pattern" in shape),
            (_enum, "enum" in shape),
            (_members, "members" in shape),
            (_items, "member" in shape),
        )
        if applies
    )

    def check(value: object, path: Path, found: list[Violation]) -> None:
        if not has_type(value):
            found.append(Violation(path, Rule.TYPE, kind, name))
            return
        for one in checks:
            one(value, path, found)

    return check


def _limits(name: str, shape: model.Shape) -> _Check:
    by_value = shape["type"] == "integer"
    low_rule = Rule.MINIMUM_VALUE if by_value else Rule.MINIMUM_LENGTH
    high_rule = Rule.MAXIMUM_VALUE if by_value else Rule.MAXIMUM_LENGTH
    low, high = shape.get("min", 0), shape.get("max")
    is_id = _is_id(name, shape)

    def check(value: object, path: Path, found: list[Violation]) -> None:
        size = cast("int", value) if by_value else len(cast("Sized", value))
        if size < low:
            found.append(Violation(path, low_rule, low, name))
        if high is not None and size > high:
            found.append(Violation(path, high_rule, high, name, is_id and _is_arn(value)))

    return check


def _pattern(name: str, shape: model.Shape) -> _Check:
    printed = shape.get("pattern", "")
    pattern = compile_pattern(printed)
    is_id = _is_id(name, shape)

    def check(value: object, path: Path, found: list[Violation]) -> None:
        if not pattern.fullmatch(cast("str", value)):
            found.append(Violation(path, Rule.PATTERN, printed, name, is_id and _is_arn(value)))

    return check


def _is_id(name: str, shape: model.Shape) -> bool:
    # KmsKeyId has no pattern, because an ARN will do as well.
    return name.endswith("Id") and "pattern" in shape


def _is_arn(value: object) -> bool:
    return isinstance(value, str) and value.startswith("arn:")


def _enum(name: str, shape: model.Shape) -> _Check:
    allowed = tuple(shape.get("enum", ()))

    def check(value: object, path: Path, found: list[Violation]) -> None:
        if value not in allowed and not isinstance(value, enum.Enum):
            found.append(Violation(path, Rule.ENUM, allowed, name))

    return check


def _members(name: str, shape: model.Shape) -> _Check:
    members = {member: reference["shape"] for member, reference in shape.get("members", {}).items()}
    required = shape.get("required", [])

    def check(value: object, path: Path, found: list[Violation]) -> None:
        request = cast("Mapping[str, object]", value)
        found += [
            Violation((*path, member), Rule.REQUIRED, member, members[member])
            for member in required
            if request.get(member) is None
        ]
        for member, sent in request.items():
            if sent is None:
                continue
            if member in members:
                _checker(members[member])(sent, (*path, member), found)
            else:
                found.append(Violation((*path, member), Rule.UNKNOWN, tuple(members), name))

    return check


def _items(_: str, shape: model.Shape) -> _Check:
    item = shape.get("member", {"shape": ""})["shape"]
    most = shape.get("max")

    def check(value: object, path: Path, found: list[Violation]) -> None:
        # The items of a list that is too long are not checked to its end: each could add several violations.
        for position, sent in enumerate(islice(cast("Sequence[object]", value), most)):
            _checker(item)(sent, (*path, position), found)

    return check


def sensitive_values(operation: str, request: Mapping[str, object], shapes: frozenset[str]) -> Iterator[str]:
    """Yield the strings in ``request`` whose shape the model marks as sensitive, or is one of ``shapes``."""
    return _strings(model.operation(operation)["input"]["shape"], request, shapes)


def _strings(name: str, value: object, shapes: frozenset[str]) -> Iterator[str]:
    shape = model.shape(name)
    if isinstance(value, str):
        if shape.get("sensitive") or name in shapes:
            yield value
    elif isinstance(value, Mapping):
        members = shape.get("members", {})
        for member, sent in cast("Mapping[str, object]", value).items():
            if member in members:
                yield from _strings(members[member]["shape"], sent, shapes)
    elif isinstance(value, Sequence) and "member" in shape:
        for sent in cast("Sequence[object]", value):
            yield from _strings(shape["member"]["shape"], sent, shapes)
