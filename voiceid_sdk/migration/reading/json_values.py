"""Finds JSON values in a text of any layout, and names the lines that are damaged.

A text may have one value on each line, values one after the other, or pages that go over many lines, in any
mixture. A value that is too large to be decoded as a whole, or a list over many lines, is read piece by
piece. After damage, reading continues with the next value that can be recognized.
"""

import re
from collections.abc import Callable, Generator, Iterator
from typing import Final, NamedTuple, cast

from voiceid_sdk.migration.reading.damaged_parts import IsRecord, damaged_lines, whole_records
from voiceid_sdk.migration.reading.json_text import (
    WINDOW,
    CutOffError,
    DamagedError,
    JsonText,
    is_undecodable,
)


class Value(NamedTuple):
    """A value that was found."""

    line: int
    """The line that it begins on."""
    document: int
    """The line on which the outermost value around it begins."""
    name: str
    """The name of the member that holds it, or holds the list that it is in; empty for an outermost value."""
    value: object
    """The decoded value. In an object that was read piece by piece, ``TAKEN_APART`` replaces the pieces."""


class Damage(NamedTuple):
    """A line that cannot be read."""

    line: int
    reason: str
    text: str
    """The part of the text that was not decoded; empty when the damage of an earlier line has it."""


TAKEN_APART: Final[tuple[object, ...]] = ()
"""Replaces a member of an object whose content was read separately."""

_LOG_PREFIX: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-][\d:]+)[ \t]+(?=[{\[])")
"""What CloudWatch Logs writes before each exported record."""

_LIST_OF_RECORDS: Final = re.compile(
    r'\s*\[\s*\{|"(?:\w+Summaries|\w+Requests|Successful\w+|Errors|Records|'
    r'domains|watchlists|speakers|fraudsters|outcomes|items|events)"\s*:\s*\[\s*\{'
)
"""A page of records, which is read record by record if it is damaged."""

_NEXT_ON_LINE: Final = re.compile(r"\}\s*,?\s*(?=\{)|\}\s*(?=\])")
"""The end of a record in a list on one line."""

_SEPARATORS: Final = " \t\r\n,{}[]"
"""Characters between records, which contain no data."""

_EXTRA_COMMA: Final = "there is a comma too many"

_TOO_LONG: Final = "a value is too long"

_DEEPEST: Final = 20
"""How many objects may stand around a record."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*("|$)|[{}\[\]]')
_CLOSED_BY: Final = {"}": "{", "]": "["}


def values_in(text: JsonText, is_record: IsRecord, *, is_by_line: bool) -> Iterator[Value | Damage]:
    """Yield every value in a text, and every damaged line.

    Args:
        text: the text.
        is_record: returns whether an object is one record.
        is_by_line: whether most lines of the text hold a whole value each. It decides about a line that could
            be cut off, or could be the beginning of a value over many lines.
    """
    reader = _Reader(text, is_record, is_by_line=is_by_line)
    return reader.documents()


def is_by_line(sample: str) -> bool:
    """Return whether most lines in the beginning of a text hold a whole value each."""
    lines = [line.strip() for line in sample.splitlines()]
    filled = [line for line in lines if line]
    whole = sum(_is_whole(_LOG_PREFIX.sub("", line, count=1)) for line in filled)
    return whole * 2 > len(filled)


def has_values(sample: str) -> bool:
    """Return whether any line in the beginning of a text could begin a JSON object or list."""
    lines = (_LOG_PREFIX.sub("", line.lstrip(" \t\ufeff"), count=1) for line in sample.splitlines())
    return any(line.startswith(("{", "[")) for line in lines)


def _is_whole(line: str) -> bool:
    return line.startswith(("{", "[")) and line.endswith(("}", "]")) and not _open_brackets(line)


def _open_brackets(line: str) -> str | None:
    """Return the brackets that a line leaves open, or None if it ends inside a string or has a mistake."""
    opened: list[str] = []
    for token in _TOKEN.finditer(line):
        found = token[0]
        if found in _CLOSED_BY:
            if not opened or opened.pop() != _CLOSED_BY[found]:
                return None
        elif found in "{[":
            opened.append(found)
        elif not token[1]:
            return None
    return "".join(opened)


class _Reader:
    """Reads one text."""

    def __init__(self, text: JsonText, is_record: IsRecord, *, is_by_line: bool) -> None:
        self._text = text
        self._is_record = is_record
        self._is_by_line = is_by_line
        self._document = 1

    # --- Outermost values -------------------------------------------------------------------------------

    def documents(self) -> Iterator[Value | Damage]:
        text = self._text
        while first := text.next_character():
            self._document = text.line
            end = text.line_end()
            if first not in "{[":
                prefix = _LOG_PREFIX.match(text.text, text.at)
                if prefix is None:
                    yield from self._pass_line(end, "is not a JSON object")
                    continue
                text.advance(prefix.end())
            try:
                value, stop = text.decode()
            except CutOffError:
                yield from self._take_apart("")
            except DamagedError as damage:
                yield from self._damaged_document(damage)
            else:
                yield from self._decoded(value, stop, "")

    def _damaged_document(self, damage: DamagedError) -> Iterator[Value | Damage]:
        text = self._text
        end = text.line_end()
        if end is None:
            yield from self._take_apart("")
            return
        while not text.text[end:].strip() and text.fill():
            end = text.line_end() or 0
        line = text.text[text.at : end]
        following = text.text[end : end + 4_096]
        if self._goes_on(line, following):
            if _LIST_OF_RECORDS.search(text.text, text.at, damage.position) or line.startswith("["):
                yield from self._take_apart("")
            else:
                yield from self._skip(damage, text.column or 0)
        else:
            yield from self._pass_line(end, damage.reason)

    def _goes_on(self, line: str, following: str) -> bool:
        """Return whether a line begins a value over many lines, and is not simply cut off."""
        opened = _open_brackets(line)
        if not opened:
            return False
        line = line.rstrip()
        after = following.lstrip()[:1]
        if opened[-1] == "[":
            begins_item = line.endswith(("[", ",")) and after not in ("", "}", ",", ":")
            # In a text of one value a line, the next value looks like an item of a list that is cut off.
            is_next_value = self._is_by_line and re.match(r"\s*\n[{\[]", following) is not None
            return (
                after == "]"
                or (after == "," and not line.endswith(("[", ",")))
                or (begins_item and not is_next_value)
            )
        if line.endswith(("{", ",")):
            return after == '"' or (line.endswith("{") and after == "}")
        return after in ("}", ",") or (line.endswith(":") and not self._is_by_line)

    def _pass_line(self, end: int | None, reason: str) -> Iterator[Value | Damage]:
        """Name the current line as damaged, and yield the whole records in it."""
        text = self._text
        number, passed = text.line, text.at
        if end is None:
            # A line without an end in sight: its beginning is kept, and the rest passed.
            line = text.text[passed:]
            while end is None:
                text.advance(len(text.text))
                end = text.line_end()
        else:
            line = text.text[passed:end]
        text.advance(min(end + 1, len(text.text)))
        yield from self._damaged(line, number, [0], reason)

    # --- Values inside others -----------------------------------------------------------------------------

    def _decoded(self, value: object, stop: int, name: str) -> Iterator[Value | Damage]:
        """Yield a value that was decoded, or its pieces if it is a list of records over many lines."""
        text = self._text
        is_on_one_line = text.text.find("\n", text.at, stop) < 0
        if is_on_one_line or not self._holds_records(value):
            line, part = text.line, text.text[text.at : stop] if text.has_undecodable else ""
            text.advance(stop)
            if is_undecodable(part):
                lines = [number for number, one in enumerate(part.split("\n")) if is_undecodable(one)]
                yield from self._damaged(part, line, lines, "is not in the encoding of the text")
            else:
                yield Value(line, self._document, name, value)
        else:
            yield from self._take_apart(name)

    def _holds_records(self, value: object, depth: int = 0) -> bool:
        """Return whether a value is something around records, such as a page of a list."""
        if isinstance(value, list):
            return any(isinstance(item, (dict, list)) for item in cast("list[object]", value))
        if not isinstance(value, dict):
            return False
        members = cast("dict[str, object]", value)
        if self._is_record(members):
            return depth > 0
        return depth < _DEEPEST and any(self._holds_records(member, depth + 1) for member in members.values())

    def _take_apart(self, name: str) -> Iterator[Value | Damage]:
        """Yield what is in the object or list that begins here."""
        text = self._text
        opener = text.text[text.at]
        start = text.line
        text.advance(text.at + 1)
        if opener == "[":
            yield from self._items(name)
        else:
            yield from self._members(name, start)

    def _items(self, name: str) -> Iterator[Value | Damage]:
        column: int | None = None

        def item() -> Generator[Value | Damage, None, bool]:
            nonlocal column
            column = self._text.column if self._text.column is not None else column
            return (yield from self._value(name, column))

        yield from self._parts("]", "}", "a list is not closed", self._text.line, item)

    def _members(self, name: str, start: int) -> Iterator[Value | Damage]:
        members: dict[str, object] = {}
        yield from self._parts("}", "]{[", "an object is not closed", start, lambda: self._member(members))
        if members:
            yield Value(start, self._document, name, members)

    def _parts(
        self,
        closer: str,
        wrong: str,
        unclosed: str,
        start: int,
        read: Callable[[], Generator[Value | Damage, None, bool]],
    ) -> Iterator[Value | Damage]:
        """Read the parts of a list or an object, and the commas between them, up to its end.

        Args:
            closer: the bracket that ends it.
            wrong: brackets that cannot begin a part.
            unclosed: the reason of the damage where the closing bracket is missing.
            start: the line where it begins.
            read: reads the part that begins here; returns whether a separator may have been passed, too.
        """
        text = self._text
        separated, has_comma = True, False
        last = start
        while True:
            character = text.next_character()
            if character == closer:
                if has_comma:
                    yield Damage(last, _EXTRA_COMMA, "")
                text.advance(text.at + 1)
                return
            if not character or character in wrong:
                yield Damage(text.line, unclosed, "")
                return
            if character == ",":
                if has_comma:
                    yield Damage(text.line, _EXTRA_COMMA, "")
                separated = has_comma = True
                last = text.line
                text.advance(text.at + 1)
                continue
            if not separated:
                yield Damage(last, "a comma is missing", "")
            separated = yield from read()
            has_comma = False
            last = text.line

    def _member(self, members: dict[str, object]) -> Generator[Value | Damage, None, bool]:
        """Read the member that begins here; return whether a separator may have been passed, too."""
        text = self._text
        column = text.column
        key = self._key()
        if key is None:
            yield from self._skip(DamagedError(text.at, "a name is expected"), column)
            return True
        if text.next_character() in ("{", "["):
            members[key] = TAKEN_APART
            return (yield from self._value(key, column))
        try:
            members[key], stop = text.decode()
        except ValueError as error:
            damage = error if isinstance(error, DamagedError) else DamagedError(text.at, _TOO_LONG)
            yield from self._skip(damage, column)
            return True
        text.advance(stop)
        return False

    def _key(self) -> str | None:
        """Return the name of the member that begins here, and advance behind its colon."""
        text = self._text
        if text.text[text.at] != '"':
            return None
        try:
            key, stop = text.decode()
        except ValueError:
            return None
        text.advance(stop)
        if text.next_character() != ":":
            return None
        text.advance(text.at + 1)
        return str(key)

    def _value(self, name: str, column: int | None) -> Generator[Value | Damage, None, bool]:
        """Yield the value that begins here; return whether a separator may have been passed, too."""
        text = self._text
        try:
            value, stop = text.decode()
        except CutOffError:
            if text.text[text.at] in "{[":
                yield from self._take_apart(name)
                return False
            yield from self._skip(DamagedError(text.at, _TOO_LONG), column)
        except DamagedError as damage:
            if text.text[text.at] == "[" or (
                text.text[text.at] == "{" and _LIST_OF_RECORDS.search(text.text, text.at, damage.position)
            ):
                yield from self._take_apart(name)
                return False
            yield from self._skip(damage, column)
        else:
            yield from self._decoded(value, stop, name)
            return False
        return True

    # --- Damage inside others -----------------------------------------------------------------------------

    def _skip(self, damage: DamagedError, column: int | None) -> Iterator[Value | Damage]:
        """Pass a damaged part, name its lines, and yield the whole records in it.

        Args:
            damage: what is wrong.
            column: how far the part is indented, or None when it begins in the middle of a line.
        """
        text = self._text
        distance = damage.position - text.at
        end = self._end_on_line() if column is None else self._end_by_indentation(column)
        part = text.text[text.at : end]
        lines = damaged_lines(part, distance)
        number = text.line
        text.advance(end)
        yield from self._damaged(part, number, lines, damage.reason)

    def _damaged(self, part: str, number: int, lines: list[int], reason: str) -> Iterator[Value | Damage]:
        """Yield the records that are whole inside a damaged part, and name its damaged lines.

        Args:
            part: the text of the part.
            number: the number of its first line.
            lines: its damaged lines, from 0.
            reason: what is wrong.
        """
        lost: list[str] = []
        at = 0
        for start, stop, record in whole_records(part, self._is_record):
            yield Value(number + part.count("\n", 0, start), self._document, "", record)
            lost.append(part[at:start])
            at = stop
        lost.append(part[at:])
        pieces = [piece for piece in lost if piece.strip(_SEPARATORS)] or [""]
        for piece in pieces:
            yield Damage(number + lines[0], reason, piece)
        for line in lines[1:]:
            yield Damage(number + line, reason, "")

    def _end_by_indentation(self, column: int) -> int:
        """Return where a part ends that begins its line: with the next line that is indented no further."""
        text = self._text
        pattern = re.compile(rf"\n[ \t]{{0,{column}}}(?=[{{}}\[\]\"])")
        searched, is_all = 0, False
        while True:
            found = pattern.search(text.text, text.at + searched)
            # The rest of the line has to be there, too, because a comma in it belongs to the part.
            if found is not None and (is_all or text.text.find("\n", found.end()) >= 0):
                break
            if is_all:
                return len(text.text)
            searched = 0 if found is not None else max(0, len(text.text) - text.at - column - 2)
            is_all = len(text.text) - text.at > WINDOW or not text.fill()
        first_line = text.text[text.at : found.start() if found.start() > text.at else text.at + 1]
        first_line = first_line.partition("\n")[0].rstrip()
        closer = {"{": "}", "[": "]"}.get(first_line[-1:], "") if first_line else ""
        closer = closer or {"{": "}", "[": "]"}.get(text.text[text.at], "")
        is_own_closer = len(found[0]) - 1 == column and text.text[found.end()] == closer
        if not is_own_closer:
            return found.start() + 1
        behind = re.compile(r"[}\]][ \t]*,?").match(text.text, found.end())
        return behind.end() if behind else found.end()

    def _end_on_line(self) -> int:
        """Return where a part ends that shares its line with others: with the next item, or the line."""
        text = self._text
        end = text.line_end()
        limit = len(text.text) if end is None else end
        found = _NEXT_ON_LINE.search(text.text, text.at + 1, limit)
        return limit if found is None else found.end()
