"""The lock of a data file's owner: a file beside it, locked for as long as the owner lives."""

import contextlib
import os
import sys
from io import FileIO
from pathlib import Path
from typing import Final

_FLAGS: Final = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)
_ATTEMPTS: Final = 100


class FileLock:
    """A lock that one process holds until it releases it, or ends.

    SQLite locks its file with ``fcntl``. The system drops that lock as soon as anything in the process closes
    the file, for example after reading it. This lock belongs to one opening of a file of its own, so that
    nothing else in the process can drop it.

    Args:
        path: the locked file, created if missing.

    Raises:
        BlockingIOError: another process, or another FileLock in this process, holds it.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        for _ in range(_ATTEMPTS):
            self._file = FileIO(path, "r+", opener=_open)
            try:
                _lock(self._file.fileno())
                if self._is_current():
                    return
            except BaseException:
                self._file.close()
                raise
            self._file.close()  # The last owner has removed the file after it was opened here.
        raise BlockingIOError

    def release(self) -> None:
        """Remove the file, and release the lock."""
        if self._file.closed:
            return
        with contextlib.suppress(OSError):  # Windows removes no open file, so it stays there.
            self._path.unlink()
        self._file.close()

    def disown(self) -> None:
        """Close a forked child's copy of the opening, which leaves the lock to the parent."""
        self._file.close()

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), os.lstat(self._path))
        except FileNotFoundError:
            return False


def _open(path: str, _: int) -> int:
    return os.open(path, _FLAGS, 0o600)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            raise BlockingIOError from None

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
