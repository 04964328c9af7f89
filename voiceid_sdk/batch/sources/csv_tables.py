"""CSV tables with one recording a row, and the names of the columns in the first row."""

import csv
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import attrs

from voiceid_sdk._arguments import check_types
from voiceid_sdk.batch.requests import AudioSpecification
from voiceid_sdk.batch.sources.text_files import Text, TextSource
from voiceid_sdk.errors import Problem, RequestValidationError

_DELIMITERS: Final = (",", ";", "\t")
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*[\r\n]*', re.IGNORECASE)
"""The first line that Excel takes for the delimiter, not for a row."""

_CHANNELS: Final = {"": 0, "0": 0, "1": 1}
_COLUMNS: Final = ("request_id", "speaker_id", "s3_uri", "path", "channel_id")


@attrs.frozen
class Row:
    """A recording and its request; an empty string stands for an empty cell."""

    number: int
    request_id: str
    speaker_id: str
    audio: AudioSpecification


class RequestTable:
    """A CSV file, separated by commas, semicolons or tabs, or as Excel's first line ``sep=`` says.

    The case of column names is ignored unless a name is there as it is written.

    Args:
        source: the file.
        columns: the names of columns in the file, by ``request_id``, ``speaker_id``, ``s3_uri``, ``path`` or
            ``channel_id``, where they differ.
        with_speakers: whether there must be a column with speaker ids.
    """

    def __init__(self, source: TextSource, columns: Mapping[str, str] | None, *, with_speakers: bool) -> None:
        rule = "must be a dictionary with the names of columns"
        check_types("from_csv", columns=(columns, (Mapping, type(None)), rule))
        self.text: Text = Text("The CSV file", source)
        self.problems: list[Problem] = []
        self._names = {name: name for name in _COLUMNS} | dict(columns or {})
        if unknown := self._names.keys() - set(_COLUMNS):
            rule = f"must have only the keys {', '.join(_COLUMNS)}; it has {len(unknown)} others"
            raise RequestValidationError.of("from_csv", (Problem(parameter="columns", rule=rule),))
        self._with_speakers = with_speakers
        asked_for = {"speaker_id", *(columns or ())} if with_speakers else set(columns or ())
        self._needed = [name for name in _COLUMNS if name in asked_for]

    def rows(self) -> Iterator[Row]:
        """Yield the valid rows; ``problems`` has the problems of the others afterwards.

        Raises:
            ManifestError: the file cannot be read, or columns are missing.
        """
        number = 0
        try:
            lines = self.text.lines()
            delimiter, header, rest = self._header(lines)
            # A missing column is read from an extra empty cell at the end of the row.
            places = {
                name: [*_places(header, column), len(header)][0] for name, column in self._names.items()
            }
            number = 1
            for number, cells in enumerate(csv.reader(rest, delimiter=delimiter, strict=True), 2):
                # Spreadsheets save empty cells beyond the table, and rows that were emptied.
                while len(cells) > len(header) and not cells[-1]:
                    cells.pop()
                if not any(cells):
                    continue
                if len(cells) == len(header):
                    cells.append("")
                    row = self._row(number, {name: cells[place] for name, place in places.items()})
                    if row is not None:
                        yield row
                else:
                    self.add_problem(number, None, f"must have {len(header)} columns, as the first row has")
        except csv.Error as error:
            # The messages of csv have no content of the file.
            self.add_problem(number + 1, None, f"must be CSV: {error}")

    def add_problem(self, number: int, name: str | None, rule: str, request_id: str | None = None) -> None:
        """Add a problem of a row, or of one of its columns."""
        place = f"row {number}" if name is None else f"row {number}, column {self._names.get(name, name)}"
        self.problems.append(replace(self.text.problem(place, rule), request_id=request_id or None))

    def raise_problems(self) -> None:
        """Raise ManifestError if a row has a problem."""
        if self.problems:
            raise self.text.error(*self.problems)

    def _header(self, lines: Iterator[str]) -> tuple[str, list[str], Iterator[str]]:
        """Return the delimiter, the columns of the first row, and the lines behind it."""
        taken = list(itertools.islice(lines, 1))
        separator = _SEPARATOR_LINE.fullmatch(taken[0]) if taken else None
        if separator:
            taken.clear()
        delimiters = separator.groups() if separator else _DELIMITERS
        ways = [_first_row(taken, lines, delimiter) for delimiter in delimiters]
        delimiter, header, end = min(ways, key=lambda way: len(self._missing_from(way[1])))
        rules = [f"must have a column {name}" for name in self._missing_from(header)]
        rules += [
            f"must have one column {name}" for name in self._names.values() if len(_places(header, name)) > 1
        ]
        if rules:
            raise self.text.error(*(self.text.problem("row 1", rule) for rule in rules))
        return delimiter, header, itertools.chain(taken[end:], lines)

    def _missing_from(self, header: Sequence[str]) -> list[str]:
        names = [self._names[name] for name in self._needed]
        missing = [name for name in names if not _places(header, name)]
        if not any(_places(header, self._names[name]) for name in ("s3_uri", "path")):
            missing.append(self._recordings)
        return missing

    def _row(self, number: int, cells: Mapping[str, str]) -> Row | None:
        before, request_id = len(self.problems), cells["request_id"]
        if self._with_speakers and not cells["speaker_id"]:
            self.add_problem(number, "speaker_id", "must not be empty", request_id)
        if not cells["s3_uri"] and not cells["path"]:
            self.add_problem(number, self._recordings, "must not be empty", request_id)
        channel_id = _CHANNELS.get(cells["channel_id"])
        if channel_id is None:
            self.add_problem(number, "channel_id", "must be 0 or 1", request_id)
        if channel_id is None or len(self.problems) > before:
            return None
        audio = AudioSpecification(
            s3_uri=cells["s3_uri"] or None, path=cells["path"] or None, channel_id=channel_id
        )
        return Row(number, request_id, cells["speaker_id"], audio)

    @property
    def _recordings(self) -> str:
        return f"{self._names['s3_uri']} or {self._names['path']}"


def _first_row(taken: list[str], lines: Iterator[str], delimiter: str) -> tuple[str, list[str], int]:
    """Return a delimiter, the first row that it gives, and the number of lines in this row.

    Args:
        taken: the lines that were read before, and those that this function reads.
        lines: the lines behind them.
        delimiter: the delimiter.
    """

    def again() -> Iterator[str]:
        yield from taken[:]
        for line in lines:
            taken.append(line)
            yield line

    reader = csv.reader(again(), delimiter=delimiter)
    header = next(reader, [""])
    while len(header) > 1 and not header[-1].strip():  # spreadsheets save empty columns beyond the table
        header.pop()
    return delimiter, header, reader.line_num


def _places(header: Sequence[str], name: str) -> list[int]:
    """Return the places of a column: those with its very name, or else with its name in another case."""
    columns, wanted = [_one_line(cell) for cell in header], _one_line(name)
    exact = [place for place, column in enumerate(columns) if column == wanted]
    return exact or [place for place, column in enumerate(columns) if column.casefold() == wanted.casefold()]


def _one_line(name: str) -> str:
    """Return the name of a column without line breaks and without space around it."""
    return " ".join(name.split())
