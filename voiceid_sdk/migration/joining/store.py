"""The private, temporary database in which an inventory is joined."""

import sqlite3
from collections import defaultdict
from typing import Final

from voiceid_sdk.migration.reading.facts import (
    DamageFact,
    DocumentFact,
    EntityFact,
    Fact,
    OutcomeFact,
    PageFact,
    RequestFact,
    StatementFact,
    TagFact,
)

_SCHEMA: Final = """
CREATE TABLE sources (
    source INTEGER PRIMARY KEY, name TEXT, folder TEXT, file TEXT, domain TEXT DEFAULT '');
CREATE TABLE words (source INTEGER, word TEXT);
CREATE TABLE statements (
    source INTEGER, domain TEXT, customer TEXT, generated TEXT, kind TEXT, status TEXT, at REAL,
    created_at REAL, accessed_at REAL, origin TEXT, origin_id TEXT, line INTEGER);
CREATE TABLE entities (
    source INTEGER, kind TEXT, domain TEXT, entity_id TEXT, at REAL, body TEXT, line INTEGER);
CREATE TABLE tags (source INTEGER, domain TEXT, key TEXT, value TEXT, document INTEGER, line INTEGER);
CREATE TABLE requests (
    source INTEGER, kind TEXT, request_id TEXT, customer TEXT, recordings TEXT, line INTEGER);
CREATE TABLE outcomes (
    source INTEGER, kind TEXT, request_id TEXT, customer TEXT, generated TEXT, status TEXT,
    error_code INTEGER, line INTEGER);
CREATE TABLE pages (source INTEGER, list_name TEXT, domain TEXT, is_last INTEGER, line INTEGER);
CREATE TABLE documents (source INTEGER, domain TEXT, document INTEGER);
CREATE TABLE damage (
    source INTEGER, line INTEGER, reason TEXT, mentions_opt_out INTEGER, is_resolved INTEGER);
"""

_INSERTS: Final[dict[type, str]] = {
    kind: f"INSERT INTO {table} VALUES (?, {', '.join('?' * len(kind._fields))})"
    for kind, table in (
        (StatementFact, "statements"),
        (EntityFact, "entities"),
        (TagFact, "tags"),
        (RequestFact, "requests"),
        (OutcomeFact, "outcomes"),
        (PageFact, "pages"),
        (DocumentFact, "documents"),
        (DamageFact, "damage"),
    )
}

_AT_ONCE: Final = 5_000
"""How many rows are written at once."""

_CACHE: Final = -24_000
"""How much of the database is kept in memory: 24 MB, as SQLite's cache_size counts."""


class Store:
    """The database of one inventory.

    SQLite keeps it in the system's folder for temporary files (``TMPDIR``), in a file of mode 0600 that is
    deleted when it is closed; on POSIX systems the file has no name from the beginning, so that nothing stays
    behind even if the process is killed. It needs room for about three times the size of the sources.
    """

    def __init__(self) -> None:
        # An empty name makes such a database. Autocommit, because nothing has to be recovered.
        self.connection: sqlite3.Connection = sqlite3.connect("", isolation_level=None)
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "temp_store = FILE",
            f"cache_size = {_CACHE}",
        ):
            self.connection.execute(f"PRAGMA {setting}").close()
        self.connection.executescript(_SCHEMA)
        self.connection.execute("BEGIN")
        self._rows: defaultdict[type, list[tuple[object, ...]]] = defaultdict(list)
        self._waiting = 0

    def add(self, source: int, fact: Fact) -> None:
        """Add a fact from a source."""
        self._rows[type(fact)].append((source, *fact))
        self._waiting += 1
        if self._waiting >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait."""
        for kind, rows in self._rows.items():
            self.connection.executemany(_INSERTS[kind], rows)
            rows.clear()
        self._waiting = 0

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run a statement."""
        return self.connection.execute(statement, values)

    def value(self, statement: str, *values: object) -> object:
        """Return the first column of the first row of a query, or None."""
        row = self.execute(statement, *values).fetchone()
        return None if row is None else row[0]

    def count(self, table: str, where: str = "") -> int:
        """Return how many rows a table has, or how many of them meet a condition."""
        return int(str(self.value(f"SELECT COUNT(*) FROM {table} {where}")))

    def close(self) -> None:
        """Delete the database."""
        self.connection.close()
