"""Optional fields of data that a program needs: a value, or an error that says which field is missing."""

from typing import TypeVar

from voiceid_sdk.errors import ResponseError

ValueT = TypeVar("ValueT")


def required(value: ValueT | None, name: str = "a value") -> ValueT:
    """Return a value that must not be None, typed without None.

    The service may leave out nearly every member of a response, so nearly every field may be None.

    Args:
        value: the value of a field.
        name: the name of the field, for the error.

    Raises:
        ResponseError: the value is None.

    Example:
        >>> required(domain.describe().name).upper()
        'SUPPORT-LINE'
    """
    if value is None:
        raise ResponseError(
            f"The service left out {name}, which this program requires",
            next_step="Describe the resource, because lists have fewer fields; or handle None.",
        )
    return value
