"""All state of Local Voice ID in one SQLite database: in memory, or a file that survives a kill."""

import functools
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeAlias, TypeVar

import attrs

_SCHEMA_VERSION: Final = "1"
_PRIMARY_CODE: Final = 0xFF  # The further bits of an SQLite error code give details.

Value: TypeAlias = str | int | float | bytes | None


class StoreInUseError(RuntimeError):
    """Another process, or another LocalVoiceID in this process, has the file open."""


class StoreFormatError(RuntimeError):
    """The file is not a store of Local Voice ID, or one of another version."""


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
    """

    def __init__(
        self,
        name: str,
        record: type[RecordT],
        *,
        unique: Iterable[tuple[str, ...]],
        indexes: Iterable[tuple[str, ...]] = (),
    ) -> None:
        self.name: str = name
        self.record: Callable[..., RecordT] = record
        self.columns: tuple[str, ...] = tuple(
            field.name for field in attrs.fields(record) if field.name != "sequence"
        )
        self.unique: tuple[tuple[str, ...], ...] = tuple(unique)
        self.indexes: tuple[tuple[str, ...], ...] = tuple(indexes)

    def values(self, record: RecordT) -> tuple[Value, ...]:
        """Return a record's values in the order of the columns."""
        return tuple(getattr(record, column) for column in self.columns)

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


_FACTS: Final = Table("facts", _Fact, unique=[("name",)])


class Store:
    """A connection to the database, for one thread at a time; its owner holds a lock.

    Args:
        path: the database file, created if missing; None keeps the state in memory.
        tables: all tables.

    Raises:
        StoreInUseError: the file is open in another store.
        StoreFormatError: the file is not a store of this version.
    """

    def __init__(self, path: str | os.PathLike[str] | None, tables: Iterable[Table[Any]]) -> None:
        self._tables: tuple[Table[Any], ...] = (*tables, _FACTS)
        self._connection = sqlite3.connect(
            ":memory:" if path is None else os.fspath(path),
            isolation_level=None,
            check_same_thread=False,
            timeout=0,
        )
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY:
                raise StoreInUseError("another LocalVoiceID has this file open; close it first") from None
            raise StoreFormatError(f"not a Local Voice ID store: {error}") from None
        except StoreFormatError:
            self._connection.close()
            raise

    def _open(self) -> None:
        execute = self._connection.execute
        # EXCLUSIVE: the first write locks the file until the connection or the process ends. A second store
        # gets an error, and a killed process leaves no lock behind.
        # FULL: a write is on disk before its response is sent.
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
            execute(f"PRAGMA {setting}")
        with self.transaction(exclusive=True):
            if not execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                for table in self._tables:
                    for statement in table.schema():
                        execute(statement)
                self.set_fact("schema", _SCHEMA_VERSION)
            schema = self.get_fact("schema")
        if schema != _SCHEMA_VERSION:
            raise StoreFormatError("this file belongs to another version of Local Voice ID")

    def close(self) -> None:
        """Close the database and unlock the file."""
        self._connection.close()

    @contextmanager
    def transaction(self, *, exclusive: bool = False) -> Generator[None, None, None]:
        """Commit the writes of the block, or roll them back if it raises."""
        self._connection.execute("BEGIN EXCLUSIVE" if exclusive else "BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Generator[None, None, None]:
        """Inside a transaction, roll back only the writes of the block if it raises."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._connection.execute("RELEASE attempt")

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
        found = self.select(table, f"{_where(tuple(key))} LIMIT 1", *key.values())
        return found[0] if found else None

    def all(self, table: Table[RecordT], **key: Value) -> list[RecordT]:
        """Return the records whose columns have these values, oldest first."""
        return self.select(table, f"{_where(tuple(key))} ORDER BY sequence", *key.values())

    def page(self, table: Table[RecordT], after: int, limit: int, **key: Value) -> list[RecordT]:
        """Return up to ``limit`` records like ``all``, from the first one after sequence number ``after``."""
        tail = f"{_where(tuple(key))} AND sequence > ? ORDER BY sequence LIMIT ?"
        return self.select(table, tail, *key.values(), after, limit)

    def select(self, table: Table[RecordT], tail: str, *values: Value) -> list[RecordT]:
        """Return the records that a SELECT finds, given its text from WHERE on."""
        rows = self._connection.execute(f"{_select(table)} {tail}", values)
        record = table.record
        return [record(*row[1:], sequence=row[0]) for row in rows]

    def count(self, table: Table[RecordT], tail: str, *values: Value) -> int:
        """Return how many records a SELECT finds, given its text from WHERE on."""
        row: tuple[int] = self._connection.execute(
            f"SELECT COUNT(*) FROM {table.name} {tail}",
            values,
        ).fetchone()
        return row[0]

    def total(self, table: Table[Any], expression: str, **key: Value) -> int:
        """Return the sum of an SQL expression over the records whose columns have these values."""
        row: tuple[int] = self._connection.execute(
            f"SELECT COALESCE(SUM({expression}), 0) FROM {table.name} {_where(tuple(key))}",
            tuple(key.values()),
        ).fetchone()
        return row[0]

    def add(self, table: Table[RecordT], record: RecordT) -> RecordT:
        """Add a record, and return it with its sequence number."""
        cursor = self._connection.execute(_insert(table), table.values(record))
        return attrs.evolve(record, sequence=cursor.lastrowid or 0)

    def save(self, table: Table[RecordT], record: RecordT) -> RecordT:
        """Replace the record with the same sequence number."""
        self._connection.execute(_update(table), (*table.values(record), record.sequence))
        return record

    def remove(self, table: Table[RecordT], **key: Value) -> None:
        """Delete the records whose columns have these values."""
        self.delete_where(table, _where(tuple(key)), *key.values())

    def delete_where(self, table: Table[RecordT], tail: str, *values: Value) -> None:
        """Delete the records that a DELETE finds, given its text from WHERE on."""
        self._connection.execute(f"DELETE FROM {table.name} {tail}", values)

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
def _insert(table: Table[Any]) -> str:
    places = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"


@functools.cache
def _update(table: Table[Any]) -> str:
    assignments = ", ".join(f"{column} = ?" for column in table.columns)
    return f"UPDATE {table.name} SET {assignments} WHERE sequence = ?"
