"""A text that is read once, in pieces, and decoded as JSON at the current position."""

import json
import re
from collections.abc import Callable
from typing import Final, cast

WINDOW: Final = 1 << 20
"""The longest value, in characters, that is decoded as a whole."""

_CHUNK: Final = 1 << 16
"""How many characters are read at once."""

_LONGEST_TOKEN: Final = 16
"""An error this close to the end of what was read may come from a word or number that is cut off there."""

_SPACE: Final = re.compile(r"[ \t\r\n\ufeff]*")

_UNDECODABLE: Final = re.compile("[\udc80-\udcff]")
"""Characters for undecodable bytes, from the error handler ``surrogateescape``."""

_decode: Final = json.JSONDecoder().raw_decode


def is_undecodable(text: str) -> bool:
    """Return whether some of the bytes of a text were not in its encoding."""
    return not text.isascii() and _UNDECODABLE.search(text) is not None


class CutOffError(ValueError):
    """A value does not end within the window."""


class DamagedError(ValueError):
    """The text is not JSON. ``position`` is where decoding failed."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class JsonText:
    """A text and a current position in it.

    Args:
        read: returns at most as many further characters as its argument says; an empty string at the end.
        line: the number of the first line.
    """

    def __init__(self, read: Callable[[int], str], line: int = 1) -> None:
        self._read = read
        self._has_ended = False
        self.text: str = ""
        """What was read and not yet passed. ``fill`` changes the positions in it."""
        self.at: int = 0
        """The place that was reached."""
        self.line: int = line
        """The number of the line that ``at`` is in."""
        self._line_start = 0
        self.has_undecodable: bool = False
        """Whether some bytes of what was read were not in the encoding of the text."""

    def fill(self) -> bool:
        """Read more, and return whether there was more. What was passed is dropped; ``at`` becomes 0."""
        if self._has_ended:
            return False
        chunk = self._read(_CHUNK)
        self._has_ended = not chunk
        self.has_undecodable = self.has_undecodable or is_undecodable(chunk)
        self.text = self.text[self.at :] + chunk
        self._line_start -= self.at
        self.at = 0
        return bool(chunk)

    def advance(self, position: int) -> None:
        """Go on to a later position in the text."""
        newlines = self.text.count("\n", self.at, position)
        if newlines:
            self.line += newlines
            self._line_start = self.text.rfind("\n", self.at, position) + 1
        self.at = position

    @property
    def column(self) -> int | None:
        """How far the line is indented, if the place that was reached is where its content begins."""
        start = self._line_start
        if start < 0:
            return None
        return self.at - start if not self.text[start : self.at].strip(" \t\ufeff") else None

    def next_character(self) -> str:
        """Pass white space, and return the character behind it; an empty string at the end of the text."""
        while True:
            match = cast("re.Match[str]", _SPACE.match(self.text, self.at))
            self.advance(match.end())
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill():
                return ""

    def line_end(self) -> int | None:
        """Return where the current line ends, or None when it ends beyond the window."""
        searched = self.at
        while True:
            end = self.text.find("\n", searched)
            if end >= 0:
                return end
            if len(self.text) - self.at > WINDOW:
                return None
            searched = len(self.text) - self.at
            if not self.fill():
                return len(self.text)

    def decode(self) -> tuple[object, int]:
        """Return the value that begins here, and the position behind it.

        Raises:
            DamagedError: it is not JSON.
            CutOffError: it does not end within the window.
        """
        while True:
            try:
                return _decode(self.text, self.at)
            except json.JSONDecodeError as error:
                position, reason = error.pos, error.msg.partition(":")[0]
            except RecursionError:
                position, reason = self.at, "Nested too deeply"
            # An open string would have ended at a line feed, which a JSON string cannot contain.
            may_go_on = reason.startswith("Unterminated") or position >= len(self.text) - _LONGEST_TOKEN
            if may_go_on and len(self.text) - self.at > WINDOW:
                raise CutOffError
            distance = position - self.at
            if not may_go_on or not self.fill():
                # A failed fill has moved the text.
                raise DamagedError(self.at + distance, reason)
