"""Tables of recordings: CSV with a row for each recording, and the columns' names in the first row."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from voiceid_sdk.batch.requests import AudioSpecification
from voiceid_sdk.batch.text_files import Source, Text
from voiceid_sdk.errors import Problem, RequestValidationError

_DELIMITERS: Final = (",", ";", "\t")
_CHANNELS: Final = {"": 0, "0": 0, "1": 1}
_COLUMNS: Final = ("request_id", "speaker_id", "s3_uri", "path", "channel_id")


@attrs.frozen
class Row:
    """A recording, and what the table says about its request; what is empty was not said."""

    number: int
    request_id: str
    speaker_id: str
    audio: AudioSpecification


class Table:
    """A CSV file, separated by commas, semicolons or tabs.

    Args:
        source: the file.
        columns: what the columns are called that are not called ``request_id``, ``speaker_id``, ``s3_uri``,
            ``path`` or ``channel_id``.
        with_speakers: whether there must be a column with speaker ids.
    """

    def __init__(self, source: Source, columns: Mapping[str, str] | None, *, with_speakers: bool) -> None:
        self.text = Text("The CSV file", source)
        self.problems: list[Problem] = []
        self._names = {name: name for name in _COLUMNS} | dict(columns or {})
        if unknown := self._names.keys() - set(_COLUMNS):
            rule = f"must have only the keys {', '.join(_COLUMNS)}; it has {len(unknown)} others"
            raise RequestValidationError.of("from_csv", (Problem(parameter="columns", rule=rule),))
        self._required = ("speaker_id",) if with_speakers else ()
        self._asked_for = frozenset(columns or ())

    def rows(self) -> Iterator[Row]:
        """Yield the rows that can be used; what is wrong with the others is in ``problems`` afterwards.

        Raises:
            ManifestError: the file cannot be read, or columns are missing.
        """
        lines = self.text.lines()
        delimiter, header = self._header(next(lines, ""))
        # What has no column is found in an empty cell behind the last one.
        places = {
            name: header.index(column) if column in header else len(header)
            for name, column in self._names.items()
        }
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 1
        try:
            for number, cells in enumerate(rows, 2):
                if len(cells) != len(header):
                    if cells:  # an empty line has no cells
                        rule = f"must have {len(header)} columns, as the first row has"
                        self.complain(f"row {number}", rule)
                    continue
                cells.append("")
                row = self._row(number, {name: cells[place] for name, place in places.items()})
                if row is not None:
                    yield row
        except csv.Error as error:
            # csv's own messages have no content in them.
            self.complain(f"row {number + 1}", f"must be CSV: {error}")

    def complain(self, place: str, rule: str, request_id: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(attrs.evolve(self.text.problem(place, rule), request_id=request_id or None))

    def raise_problems(self) -> None:
        """Raise ManifestError if anything is wrong with a row."""
        if self.problems:
            raise self.text.refuse(*self.problems)

    def _header(self, line: str) -> tuple[str, Sequence[str]]:
        """Return the delimiter with which the first row has the columns that are needed, and its cells."""
        best: list[str] = []
        no_columns: list[str] = []
        for delimiter in _DELIMITERS:
            header = next(csv.reader([line], delimiter=delimiter), no_columns)
            missing = list(self._missing_from(header))
            if not missing:
                return delimiter, header
            best = best or missing
        raise self.text.refuse(*(self.text.problem("row 1", f"must have a column {name}") for name in best))

    def _missing_from(self, header: Sequence[str]) -> Iterator[str]:
        for name in _COLUMNS:
            wanted = name in self._required or name in self._asked_for
            if wanted and self._names[name] not in header:
                yield self._names[name]
        if not {self._names["s3_uri"], self._names["path"]} & set(header):
            yield self._recordings()

    def _row(self, number: int, cells: Mapping[str, str]) -> Row | None:
        place = f"row {number}, column {{}}"
        before = len(self.problems)
        if self._required and not cells["speaker_id"]:
            self.complain(place.format(self._names["speaker_id"]), "must not be empty", cells["request_id"])
        if not cells["s3_uri"] and not cells["path"]:
            self.complain(place.format(self._recordings()), "must not be empty", cells["request_id"])
        channel_id = _CHANNELS.get(cells["channel_id"])
        if channel_id is None:
            self.complain(place.format(self._names["channel_id"]), "must be 0 or 1", cells["request_id"])
        if channel_id is None or len(self.problems) > before:
            return None
        audio = AudioSpecification(
            s3_uri=cells["s3_uri"] or None, path=cells["path"] or None, channel_id=channel_id
        )
        return Row(number, cells["request_id"], cells["speaker_id"], audio)

    def _recordings(self) -> str:
        return f"{self._names['s3_uri']} or {self._names['path']}"
