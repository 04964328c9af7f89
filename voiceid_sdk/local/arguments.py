"""Checks of arguments: an error names the argument and what it must be, and never has its value."""

import numbers
from typing import Final

from voiceid_sdk._values import has_type, is_encodable

BYTES: Final = (bytes, bytearray, memoryview)

TEXT: Final = (str,)
OPTIONAL_TEXT: Final = (str, type(None))

_NAMES: Final[dict[type, str]] = {
    numbers.Real: "a number",
    numbers.Integral: "a whole number",
    type(None): "None",
}


def check_arguments(**arguments: tuple[object, tuple[type, ...]]) -> None:
    """Check the types of arguments, given by their names with the types that each may have.

    Raises:
        TypeError: an argument has another type. A bool is no number, although it is an ``int``.
        ValueError: a string is not text that UTF-8 can encode, so it could not be stored.
    """
    for name, (value, types) in arguments.items():
        if not has_type(value, types):
            expected = " or ".join(_NAMES.get(one, f"a {one.__name__}") for one in types)
            raise TypeError(f"{name} must be {expected}, not {type(value).__name__}")
        if isinstance(value, str) and not is_encodable(value):
            raise ValueError(f"{name} must be text that UTF-8 can encode")
