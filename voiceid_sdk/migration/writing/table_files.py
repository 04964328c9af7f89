"""Writes the tables of an inventory as CSV, JSON lines or pandas data frames."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from voiceid_sdk._files import writing_whole
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.writing.folders import naming_folder
from voiceid_sdk.migration.writing.tables import TABLES, Row, Table

if TYPE_CHECKING:
    import pandas as pd

TableFormat = Literal["csv", "jsonl"]

_INTEGERS: Final = frozenset({"line", "error_code", "channel_id"})
_BOOLEANS: Final = frozenset({"enrolled", "mentions_opt_out", "resolved", "default_watchlist"})


def write_table(store: Store, table: Table, path: Path, form: TableFormat) -> None:
    """Write a table to a file that only its owner may read, whole or not at all."""
    with naming_folder(), writing_whole(path, private=True) as file:
        if form == "csv":
            writer = csv.writer(file)
            writer.writerow(table.columns)
            writer.writerows(map(_typed(table), table.rows(store)))
            return
        for row in map(_typed(table), table.rows(store)):
            members = {
                name: value for name, value in zip(table.columns, row, strict=True) if value is not None
            }
            file.write(f"{json.dumps(members)}\n")


def write_tables(store: Store, folder: Path, form: TableFormat) -> None:
    """Write every table to a file of its name in a folder."""
    for name, table in TABLES.items():
        write_table(store, table, folder / f"{name}.{form}", form)


def _typed(table: Table) -> Callable[[Row], Row]:
    """Return the function that converts a row's booleans, which SQLite stores as numbers."""
    positions = [position for position, name in enumerate(table.columns) if name in _BOOLEANS]
    if not positions:
        return lambda row: row

    def convert(row: Row) -> Row:
        cells = list(row)
        for position in positions:
            cells[position] = None if cells[position] is None else bool(cells[position])
        return tuple(cells)

    return convert


def data_frame(store: Store, table: Table) -> "pd.DataFrame":
    """Return a table as a data frame.

    Raises:
        ConfigurationError: pandas is not installed.
    """
    from voiceid_sdk._display.data_frames import import_pandas

    pandas = import_pandas()
    rows = list(map(_typed(table), table.rows(store)))
    series: dict[str, pd.Series[Any]] = {}
    for position, name in enumerate(table.columns):
        cells = [row[position] for row in rows]
        if name.endswith(("_at", "_since")):
            texts = pandas.Series(cells, dtype="object")
            series[name] = pandas.to_datetime(texts, utc=True, format="ISO8601")
        elif name in _INTEGERS:
            series[name] = pandas.Series(cells, dtype="Int64")
        elif name in _BOOLEANS:
            series[name] = pandas.Series(cells, dtype="boolean")
        else:
            series[name] = pandas.Series(cells, dtype="string")
    frame: pd.DataFrame = pandas.DataFrame(series)
    return frame
