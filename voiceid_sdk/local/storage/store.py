"""All state of Local Voice ID in one SQLite database: in memory, or a file that survives a kill."""

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

import attrs

from voiceid_sdk.local.storage.database import (
    AttemptBlock,
    Database,
    StoreFormatError,
    TransactionBlock,
    Value,
)

_SCHEMA_VERSION: Final = "3"

_RECALLED: Final = 256
"""How many records are kept in memory until something is written."""


@attrs.frozen
class Record:
    """A row. The store assigns ``sequence``, which grows with every row and is the order of all lists."""

    sequence: int = attrs.field(default=0, kw_only=True)


RecordT = TypeVar("RecordT", bound=Record)


class Table(Generic[RecordT]):
    """The table of the records of one class; its columns are the fields of the class.

    Args:
        name: the table's name.
        record: the attrs class of its rows.
        unique: sets of columns that identify a row; rows are listed by the first.
        indexes: further sets of columns by which rows are selected.
        is_personal: whether rows may hold data of people, so that deleted ones must not be left in any file.
    """

    def __init__(
        self,
        name: str,
        record: type[RecordT],
        *,
        unique: Iterable[tuple[str, ...]],
        indexes: Iterable[tuple[str, ...]] = (),
        is_personal: bool = True,
    ) -> None:
        self.name: str = name
        self.record: Callable[..., RecordT] = record
        self.columns: tuple[str, ...] = tuple(
            field.name for field in attrs.fields(record) if field.name != "sequence"
        )
        self.unique: tuple[tuple[str, ...], ...] = tuple(unique)
        self.indexes: tuple[tuple[str, ...], ...] = tuple(indexes)
        self.is_personal: bool = is_personal

    def values(self, record: RecordT) -> tuple[Value, ...]:
        """Return a record's values in the order of the columns."""
        return tuple(getattr(record, column) for column in self.columns)

    def from_row(self, row: Sequence[Any]) -> RecordT:
        """Return the record of a row that has the sequence number and then the columns."""
        return self.record(*row[1:], sequence=row[0])

    def schema(self) -> list[str]:
        """Return the statements that create the table.

        Columns have no type, because SQLite then stores values unchanged.
        """
        # AUTOINCREMENT: no sequence number is assigned twice, so a page token never points to a newer row.
        columns = ", ".join(("sequence INTEGER PRIMARY KEY AUTOINCREMENT", *self.columns))
        statements = [f"CREATE TABLE {self.name} ({columns})"]
        for kind, groups in (("UNIQUE INDEX", self.unique), ("INDEX", self.indexes)):
            for group in groups:
                name = "_".join((self.name, *group))
                statements.append(f"CREATE {kind} {name} ON {self.name} ({', '.join(group)})")
        return statements


@attrs.frozen
class _Fact(Record):
    """A named value of the store itself."""

    name: str
    value: str


_FACTS: Final = Table("facts", _Fact, unique=[("name",)], is_personal=False)

_EMPTY_STORES: Final[dict[tuple[Table[Any], ...], bytes | None]] = {}
"""The database of an empty store, by its tables."""


class Store:
    """The records of all tables, for one thread at a time.

    Args:
        path: the database file, created if missing; None keeps the state in memory.
        tables: all tables.

    Raises:
        StoreInUseError: the file is open in another store.
        StoreFormatError: the file is not a store of this version, or damaged.
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None, tables: Iterable[Table[Any]]) -> None:
        self._tables: tuple[Table[Any], ...] = (*tables, _FACTS)
        self._database = Database(path)
        self._recalled: dict[tuple[str, str, Value], Any] = {}
        self._recalled_at = -1
        """The number of changes at which these records were read."""
        try:
            if path is None:
                self._open_in_memory()
            else:
                self._open()
        except BaseException:
            self._database.close()
            raise

    def _open_in_memory(self) -> None:
        """Open a copy of an empty store, which takes a fifth of the time of creating the tables again."""
        content = _EMPTY_STORES.get(self._tables)
        if content is None:
            self._open()
            _EMPTY_STORES[self._tables] = self._database.content()
        else:
            self._database.load(content)

    def _open(self) -> None:
        with self.transaction():
            self._database.execute("BEGIN EXCLUSIVE")  # locks the file
            if not self._database.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
                for table in self._tables:
                    for statement in table.schema():
                        self._database.execute(statement)
                self.set_fact("schema", _SCHEMA_VERSION)
            schema = self.get_fact("schema")
        if schema != _SCHEMA_VERSION:
            raise StoreFormatError("path: this file belongs to another version of Local Voice ID")

    def close(self) -> None:
        """Close the database and unlock the file; in a forked child, do nothing."""
        self._database.close()

    @property
    def is_inherited(self) -> bool:
        """Whether this is a process that was forked from the one that opened the store."""
        return self._database.is_inherited

    def check(self) -> None:
        """Return if the store can be used; raises StoreInheritedError in a forked child."""
        self._database.check()

    def transaction(self) -> TransactionBlock:
        """Commit the writes of the block, or roll them back if it raises."""
        return self._database.transaction()

    def begin_reading(self) -> None:
        """Roll back what an interrupt has left open. Until the next transaction, writes raise WriteNeeded."""
        self._database.roll_back()

    def begin_writing(self) -> None:
        """Raise WriteNeeded outside a transaction, before work that would be repeated."""
        self._database.begin_writing()

    @property
    def changes(self) -> int:
        """How many rows were written since the store was opened."""
        return self._database.changes

    def attempt(self) -> AttemptBlock:
        """Inside a transaction, roll back only the writes of the block if it raises."""
        return self._database.attempt()

    def get_fact(self, name: str) -> str | None:
        """Return the value of a fact, or None."""
        fact = self.get(_FACTS, name=name)
        return None if fact is None else fact.value

    def set_fact(self, name: str, value: str) -> None:
        """Set the value of a fact."""
        self.remove(_FACTS, name=name)
        self.add(_FACTS, _Fact(name, value))

    def get(self, table: Table[RecordT], **key: Value) -> RecordT | None:
        """Return the record whose columns have these values, or None."""
        rows = self._database.rows(_select_one(table, tuple(key)), tuple(key.values()))
        return table.from_row(rows[0]) if rows else None

    def recall(self, table: Table[RecordT], column: str, value: Value) -> RecordT | None:
        """Return the record that ``get`` returns, from memory while nothing is written.

        It is for the few records that nearly every request needs.
        """
        if self._database.is_in_transaction:
            return self.get(table, **{column: value})
        # Without an open transaction, the state is the same as long as the number of changes is.
        if self._recalled_at != self._database.changes or len(self._recalled) >= _RECALLED:
            self._recalled.clear()
            self._recalled_at = self._database.changes
        place = (table.name, column, value)
        if place not in self._recalled:
            self._recalled[place] = self.get(table, **{column: value})
        record: RecordT | None = self._recalled[place]
        return record

    def all(self, table: Table[RecordT], **key: Value) -> list[RecordT]:
        """Return the records whose columns have these values, oldest first."""
        return self.select(table, f"{_where(tuple(key))} ORDER BY sequence", *key.values())

    def page(self, table: Table[RecordT], after: int, limit: int, **key: Value) -> list[RecordT]:
        """Return up to ``limit`` records like ``all``, from the first one after sequence number ``after``."""
        tail = f"{_where(tuple(key))} AND sequence > ? ORDER BY sequence LIMIT ?"
        return self.select(table, tail, *key.values(), after, limit)

    def select(self, table: Table[RecordT], tail: str, *values: Value) -> list[RecordT]:
        """Return the records that a SELECT finds, given its text from WHERE on."""
        return list(map(table.from_row, self._database.rows(f"{_select(table)} {tail}", values)))

    def count(self, table: Table[Any], tail: str, *values: Value) -> int:
        """Return how many records a SELECT finds, given its text from WHERE on."""
        (row,) = self._database.rows(f"SELECT COUNT(*) FROM {table.name} {tail}", values)
        return int(row[0])

    def total(self, table: Table[Any], expression: str, **key: Value) -> int:
        """Return the sum of an SQL expression over the records whose columns have these values."""
        statement = f"SELECT COALESCE(SUM({expression}), 0) FROM {table.name} {_where(tuple(key))}"
        (row,) = self._database.rows(statement, tuple(key.values()))
        return int(row[0])

    def add(self, table: Table[RecordT], record: RecordT) -> RecordT:
        """Add a record, and return it with its sequence number."""
        cursor = self._database.write(_insert(table), table.values(record))
        return attrs.evolve(record, sequence=cursor.lastrowid or 0)

    def add_all(self, table: Table[RecordT], records: Iterable[RecordT]) -> None:
        """Add many records, which takes a fraction of the time of adding each."""
        self._database.execute_for_each(_insert(table), map(table.values, records))

    def save(self, table: Table[RecordT], record: RecordT, *, erases: bool = False) -> RecordT:
        """Replace the record with the same sequence number.

        Args:
            table: its table.
            record: the new record.
            erases: whether data of people in the old record must not be left in any file.
        """
        self._database.write(_update(table), (*table.values(record), record.sequence))
        if erases:
            self._database.erase_at_commit()
        return record

    def remove(self, table: Table[RecordT], **key: Value) -> None:
        """Delete the records whose columns have these values."""
        self.delete_where(table, _where(tuple(key)), *key.values())

    def delete_where(self, table: Table[RecordT], tail: str, *values: Value) -> None:
        """Delete the records that a DELETE finds, given its text from WHERE on."""
        cursor = self._database.write(f"DELETE FROM {table.name} {tail}", values)
        if cursor.rowcount and table.is_personal:
            self._database.erase_at_commit()

    def remove_everywhere(self, **key: Value) -> None:
        """Delete the records with these values from every table that has these columns."""
        for table in self._tables:
            if set(key) <= set(table.columns):
                self.remove(table, **key)


@functools.cache
def _where(columns: tuple[str, ...]) -> str:
    return "WHERE " + (" AND ".join(f"{column} = ?" for column in columns) or "TRUE")


@functools.cache
def _select(table: Table[Any]) -> str:
    return f"SELECT {', '.join(('sequence', *table.columns))} FROM {table.name}"


@functools.cache
def _select_one(table: Table[Any], columns: tuple[str, ...]) -> str:
    return f"{_select(table)} {_where(columns)} LIMIT 1"


@functools.cache
def _insert(table: Table[Any]) -> str:
    places = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"


@functools.cache
def _update(table: Table[Any]) -> str:
    assignments = ", ".join(f"{column} = ?" for column in table.columns)
    return f"UPDATE {table.name} SET {assignments} WHERE sequence = ?"
