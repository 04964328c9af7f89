"""What values must be that callers give: numbers of any library, and text that can be stored.

For the SDK and for Local Voice ID.
"""

import numbers
from typing import Final

NUMBER: Final = (numbers.Real,)
"""The types of numbers, also those of numpy."""

COUNT: Final = (numbers.Integral,)
"""The types of whole numbers."""


def has_type(value: object, types: tuple[type, ...]) -> bool:
    """Return whether a value has one of some types. A bool is no number, although it is an ``int``."""
    return isinstance(value, types) and (not isinstance(value, bool) or bool in types)


def is_encodable(text: str, encoding: str = "utf-8", errors: str = "strict") -> bool:
    """Return whether an encoding, by default UTF-8, can encode a text."""
    try:
        text.encode(encoding, errors)
    except UnicodeEncodeError:  # its text and its attributes have the value
        return False
    return True
