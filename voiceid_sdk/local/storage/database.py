"""The connection to the SQLite database: its file, its owner, its transactions, and its errors."""

import contextlib
import ctypes
import os
import sqlite3
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeAlias

from voiceid_sdk._files import as_path
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk.local.storage.file_lock import FileLock

Value: TypeAlias = str | int | float | bytes | None

_PRIMARY_CODE: Final = 0xFF  # The further bits of an SQLite error code give details.
_FAILURES: Final = (sqlite3.Error, UnicodeDecodeError)
"""What statements raise; the second where the text of an error, or of a damaged row, is not UTF-8."""

_NOT_A_STORE: Final = frozenset((sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR))
_CREATE: Final = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)

_SETTINGS: Final = (
    # The first write locks the file until the connection or the process ends. A second connection gets an
    # error, and a killed process leaves no lock behind.
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    # A write is on disk before its response is sent.
    "synchronous = FULL",
    # Deleted data is overwritten in the file, and nothing is written to other files.
    "secure_delete = ON",
    "temp_store = MEMORY",
)


_MIN_PAGE: Final = 512
"""The smallest page, in bytes, and so the smallest file of SQLite."""


class StoreError(RuntimeError):
    """The state of a LocalVoiceID cannot be read or written."""


class StoreInUseError(StoreError):
    """Another process, or another LocalVoiceID in this process, has the file open."""


class StoreFormatError(StoreError):
    """The file is not a store of Local Voice ID, or one of another version, or it is damaged."""


class WriteNeeded(BaseException):
    """A write is in no block that is a transaction, so work that was to read only has to write.

    It is not an ``Exception``, because a rule that handles every error must not handle this.
    """


class StoreInheritedError(StoreError):
    """The process was forked from the one that opened the LocalVoiceID, and cannot use it."""


_INHERITED: Final[set[tuple[int, int]]] = set()
"""The files, by device and number, that were open in a process from which this one was forked."""


class Database:
    """A connection to a database in memory, or to a file that survives a kill; for one thread at a time.

    In a forked child, every use raises an error, and nothing touches the file: SQLite does not support
    connections that were opened by another process.

    Args:
        path: the database file, created if missing and readable by its owner only; None for memory.

    Raises:
        StoreInUseError: the file is open in another store.
        StoreFormatError: the file is not a database, or damaged.
        StoreInheritedError: this process was forked from one that had the file open.
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._connection: sqlite3.Connection | None = None
        self._lock: FileLock | None = None
        self._file: tuple[int, int] | None = None
        self.is_inherited: bool = False
        self._may_write = False
        self._has_traces = True
        """Whether data that was deleted may still be in the write-ahead log."""
        after_fork_in_child(self._disown)
        try:
            name = ":memory:" if path is None else self._prepare(path)
            self._connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=0)
            for setting in _SETTINGS:
                self.execute(f"PRAGMA {setting}")
            self.erase_traces()  # of a process that was killed
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the database and unlock the file; in a forked child, do nothing."""
        if self._connection is not None:
            self._connection.close()  # rolls back an open transaction; may be called twice
            self._connection = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def check(self) -> None:
        """Return if the database can be used; raises StoreInheritedError in a forked child."""
        if self.is_inherited:
            raise StoreInheritedError(
                "this LocalVoiceID belongs to the process that this one was forked from; make another one in "
                "the child, on another file, or start processes with 'spawn' and connect to a server"
            )

    def content(self) -> bytes | None:
        """Return all of a database in memory, or None where SQLite was built without this."""
        connection = self._opened()
        return connection.serialize() if hasattr(connection, "serialize") else None

    def load(self, content: bytes) -> None:
        """Replace all of a database in memory; raises StoreError."""
        try:
            with contextlib.closing(sqlite3.connect(":memory:")) as source:
                source.deserialize(content)
                source.backup(self._opened())
        except sqlite3.Error as error:
            raise _store_error(error) from None

    def execute(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Execute a statement; raises StoreError."""
        try:
            return self._opened().execute(statement, values)
        except _FAILURES as error:
            raise _store_error(error) from None

    def execute_for_each(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Execute a statement with each of some values; raises StoreError."""
        try:
            self._opened().executemany(statement, rows)
        except _FAILURES as error:
            raise _store_error(error) from None

    def rows(self, statement: str, values: Sequence[Value] = ()) -> list[Any]:
        """Return all rows that a statement finds; raises StoreError."""
        try:
            return self._opened().execute(statement, values).fetchall()
        except _FAILURES as error:
            raise _store_error(error) from None

    def write(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Execute a statement that writes, in a transaction; raises StoreError, or WriteNeeded."""
        self.begin_writing()
        return self.execute(statement, values)

    def begin_writing(self) -> None:
        """Begin the transaction of the present block; raises WriteNeeded if there is none."""
        if not self._may_write:
            raise WriteNeeded
        if not self._opened().in_transaction:
            self.execute("BEGIN")

    def begin_block(self) -> None:
        """Begin a block; its transaction begins with its first write, as there is no other connection."""
        self.roll_back()  # a transaction that an interrupt has left open
        self._may_write = True

    @property
    def changes(self) -> int:
        """How many rows were written since the database was opened, also in transactions that failed."""
        return self._opened().total_changes

    def transaction(self) -> "TransactionBlock":
        """Return a block that commits its writes, or rolls them back if it raises."""
        return TransactionBlock(self)

    def attempt(self) -> "AttemptBlock":
        """Return a block inside a transaction that rolls back only its own writes if it raises."""
        return AttemptBlock(self)

    def erase_at_commit(self) -> None:
        """Let the end of the transaction erase the write-ahead log, because it has data that was deleted."""
        self._has_traces = True

    def erase_traces(self) -> None:
        """Erase the write-ahead log if it may have data that was deleted.

        An error changes nothing about what was committed. The next transaction tries again.
        """
        if self._has_traces:
            with contextlib.suppress(StoreError):
                ((is_busy, _, _),) = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
                self._has_traces = bool(is_busy)

    def commit(self) -> None:
        """Commit the writes of the block, if there are any."""
        if self._opened().in_transaction:
            self.execute("COMMIT")
        self.erase_traces()

    def roll_back(self) -> None:
        """Roll back the open transaction, if there is one; further writes need a block."""
        self._may_write = False
        if self._connection is not None and self._connection.in_transaction:
            self.execute("ROLLBACK")

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection is not None and self._connection.in_transaction

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self.check()
            raise StoreError("this LocalVoiceID is closed")
        return self._connection

    def _prepare(self, path: str | os.PathLike[str]) -> str:
        """Return the name of the file, which is there and belongs to this process."""
        try:
            file = Path(os.path.realpath(as_path(path, "path")))
            self._lock = FileLock(file.with_name(f"{file.name}-lock"))
            descriptor = os.open(file, _CREATE, 0o600)
            try:
                status = os.fstat(descriptor)
            finally:
                os.close(descriptor)
        except BlockingIOError:
            raise _in_use() from None
        except OSError as error:
            raise StoreError(f"path: the data file cannot be opened: {error.strerror}") from None
        self._file = (status.st_dev, status.st_ino)
        if self._file in _INHERITED:
            # SQLite itself would go on to take the file for one that is open.
            raise StoreInheritedError(
                "path: a process that was forked from the one that had this file open cannot open it again, "
                "even if it is closed there; start a process with 'spawn' instead"
            )
        if not stat.S_ISREG(status.st_mode):
            raise StoreFormatError("path: the data file is not a regular file")
        if 0 < status.st_size < _MIN_PAGE:  # SQLite would take it for an empty file, and overwrite it.
            raise StoreFormatError("path: not a Local Voice ID store")
        return str(file)

    def _disown(self) -> None:
        self.is_inherited = True
        if self._connection is not None:
            # Closing it would write to the file of the parent, and so would collecting it at any moment until
            # the end of the process. A further reference that is never given back prevents both.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
            self._connection = None
            if self._file is not None:
                _INHERITED.add(self._file)
        if self._lock is not None:
            self._lock.disown()
            self._lock = None


class TransactionBlock:
    """A block whose writes are a transaction.

    It begins by rolling back a transaction that an interrupt has left open. It is no generator, because one
    that was interrupted would be finished later, in the middle of another transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.begin_block()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._database.commit()
        finally:
            self._database.roll_back()  # Nothing to do after a commit.


class AttemptBlock:
    """A block inside a transaction that is a savepoint."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.begin_writing()  # or the savepoint itself would be a transaction
        self._database.execute("SAVEPOINT attempt")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._database.is_in_transaction:
            return  # SQLite has rolled back the whole transaction, because of an error.
        if kind is not None:
            self._database.execute("ROLLBACK TO attempt")
        self._database.execute("RELEASE attempt")


def _in_use() -> StoreInUseError:
    return StoreInUseError("path: another LocalVoiceID has this file open; close it first")


def _store_error(error: Exception) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & _PRIMARY_CODE
    if primary == sqlite3.SQLITE_BUSY:
        return _in_use()
    if primary in _NOT_A_STORE or isinstance(error, UnicodeError):
        # SQLite's own text may have bytes of the file, and so data of callers.
        name = getattr(error, "sqlite_errorname", "not UTF-8")
        return StoreFormatError(f"path: not a Local Voice ID store, or a damaged one ({name})")
    return StoreError(f"path: the data file cannot be used: {error}")
