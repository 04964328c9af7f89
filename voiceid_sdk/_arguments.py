"""Reads arguments that may have several types, and ids in responses."""

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING

from voiceid_sdk.errors import Problem, RequestValidationError, ResponseError

if TYPE_CHECKING:
    from voiceid_sdk.models import Structure


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
        RequestValidationError: it is one string, which Python would take for a list of its characters.
    """
    if isinstance(given, str):
        rule = "must be several strings, such as a list; it is one string"
        raise RequestValidationError.of(parameter, (Problem(parameter=parameter, rule=rule),))
    return list(given)
