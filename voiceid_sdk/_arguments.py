"""Reads arguments that may have several types, and ids in responses."""

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from voiceid_sdk._values import has_type
from voiceid_sdk.errors import Problem, RequestValidationError, ResponseError

if TYPE_CHECKING:
    from voiceid_sdk.models import Structure

ItemT = TypeVar("ItemT")


def check_types(function: str, **arguments: tuple[object, tuple[type, ...], str]) -> None:
    """Check the types of arguments before anything is done with them.

    Args:
        function: the name of the function, for the error.
        arguments: by the names of the arguments, the value, the types that it may have, and the rule for the
            error. A bool is no number, although it is an ``int``.

    Raises:
        RequestValidationError: a value has another type; the text never has the value.
    """
    problems = tuple(
        Problem(parameter=name, rule=rule)
        for name, (value, types, rule) in arguments.items()
        if not has_type(value, types)
    )
    if problems:
        raise RequestValidationError.of(function, problems)


def check_callable(value: object, parameter: str) -> None:
    """Raise a RequestValidationError unless a value is None or can be called."""
    if value is not None and not callable(value):
        rule = f"must be a function, not {type(value).__name__}"
        raise RequestValidationError.of(parameter, (Problem(parameter=parameter, rule=rule),))


class Unset(enum.Enum):
    """Stands for an argument that was left out, where None has a meaning of its own."""

    UNSET = "unset"


def is_id(given: object) -> bool:
    """Return whether an argument is an id itself, so that the class of the data need not be imported."""
    return isinstance(given, str)


def resolve_id(given: object, parameter: str, *attributes: str) -> str:
    """Return the id in an argument: a string itself, else the first attribute that is set.

    Args:
        given: an id, or data or a handle that has one.
        parameter: the argument's name, for the error.
        attributes: the attributes that may have the id.

    Raises:
        RequestValidationError: there is no id in it.
    """
    if isinstance(given, str):
        return given
    for attribute in attributes:
        if isinstance(found := getattr(given, attribute, None), str):
            return found
    rule = f"must be an id, or data or a handle that has one ({' or '.join(attributes)})"
    raise RequestValidationError.of(parameter, (Problem(parameter=parameter, rule=rule),))


def created_id(info: "Structure", operation: str, attribute: str) -> str:
    """Return the id of a resource that an operation has just created.

    Raises:
        ResponseError: the response has no id, so no handle can be made.
    """
    found: object = getattr(info, attribute)
    if not isinstance(found, str):
        raise ResponseError(
            f"{operation} succeeded, but its response has no {attribute}",
            operation=operation,
            next_step="List to find the new resource.",
        )
    return found


def as_list(given: Iterable[str], parameter: str) -> list[str]:
    """Return the strings as a list.

    Raises:
        RequestValidationError: it is one string, which Python would take for a list of its characters, or
            not iterable.
    """
    if isinstance(given, str):
        rule = "must be several strings, such as a list; it is one string"
        raise RequestValidationError.of(parameter, (Problem(parameter=parameter, rule=rule),))
    check_types(parameter, **{parameter: (given, (Iterable,), "must be several strings, such as a list")})
    return list(given)


def as_tuple(
    given: Iterable[ItemT], parameter: str, *, item_class: type[ItemT], function: str
) -> tuple[ItemT, ...]:
    """Return the items as a tuple.

    Args:
        given: the items.
        parameter: the argument's name, for the error.
        item_class: the class of the items.
        function: the name of the function, for the error.

    Raises:
        RequestValidationError: it is not iterable, or an item is of another class; the error names the first.
    """
    name = item_class.__name__
    check_types(function, **{parameter: (given, (Iterable,), f"must be several of {name}, such as a list")})
    items = tuple(given)
    for position, item in enumerate(items):
        if not isinstance(item, item_class):
            rule = f"must be of the class {name}"
            problem = Problem(parameter=f"{parameter}[{position}]", rule=rule)
            raise RequestValidationError.of(function, (problem,))
    return items
