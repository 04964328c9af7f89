"""Tells which text can be stored.

For the SDK and for Local Voice ID.
"""


def is_encodable(text: str, encoding: str = "utf-8", errors: str = "strict") -> bool:
    """Return whether an encoding, by default UTF-8, can encode a text."""
    try:
        text.encode(encoding, errors)
    except UnicodeEncodeError:  # its text and its attributes have the value
        return False
    return True
