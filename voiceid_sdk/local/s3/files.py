"""Files of a bucket: written under a random name first, owner-only, and opened without following links."""

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from voiceid_sdk._files import write_whole
from voiceid_sdk.local.s3.errors import access_denied, no_such_bucket
from voiceid_sdk.local.s3.messages import CHUNK, FileBody

_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # Opening a pipe does not block.
)
_CREATE: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_MAX_NANOSECONDS: Final = 1 << 63
_OLD_SECONDS: Final = 24 * 3600
_ABSENT: Final = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO)
)


def open_file(path: Path) -> int | None:
    """Return a descriptor of a regular file, or None if there is none; raises S3Error if it is unreadable."""
    try:
        descriptor = os.open(path, _READ)
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) or error.errno in _ABSENT or path.is_dir():
            return None
        raise access_denied() from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return descriptor


def read_file(path: Path) -> bytes | None:
    """Return the content of a regular file, or None if there is none; raises S3Error if it is unreadable."""
    descriptor = open_file(path)
    if descriptor is None:
        return None
    return b"".join(pieces(descriptor))


def pieces(descriptor: int) -> Iterator[bytes]:
    """Return the content of an open file piece by piece, and close the file."""
    with FileBody(descriptor, 0, os.fstat(descriptor).st_size) as body:
        while part := body.read(CHUNK):
            yield part


class UnfinishedFile:
    """A file that gets its name after it was written, or is removed when its block ends.

    Args:
        folder: the folder of the file until then, on the same file system.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._path = folder / secrets.token_hex(16)
        self._file = os.fdopen(os.open(self._path, _CREATE | os.O_EXCL, 0o600), "r+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def write(self, part: bytes) -> None:
        """Write further content."""
        self._file.write(part)

    def finish(self) -> int:
        """Put the content on the disk; return the time in epoch nanoseconds; raises S3Error."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            raise no_such_bucket() from None  # The file was removed with its bucket.

    def rename(self, path: Path) -> None:
        """Give the file its name. A file that has that name is replaced."""
        self._path.replace(path)


def write_file(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, that only its owner can read, and the missing folders above it."""
    make_folder(path.parent)
    with _denying_foreign(path):
        write_whole(path, content, private=True)


def remove_file(path: Path) -> None:
    """Remove a file if it is there."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), _denying_foreign(path):
        path.unlink()


@contextmanager
def _denying_foreign(path: Path) -> Generator[None]:
    """Raise S3Error if another program has put a folder or a device in the place of a file."""
    try:
        yield
    except OSError:
        if not path.exists() or path.is_file():
            raise
        raise access_denied() from None


def check_record(*values: object) -> None:
    """Raise ValueError for values that dates and documents cannot have, in a file that others wrote."""
    for value in values:
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, int) and not 0 <= value < _MAX_NANOSECONDS:
            raise ValueError


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may read, and those above it."""
    missing = [path]
    while not missing[-1].exists():
        missing.append(missing[-1].parent)
    for folder in reversed(missing[:-1]):
        folder.mkdir(0o700, exist_ok=True)


def remove_empty_folders(path: Path, stop: Path) -> None:
    """Remove a folder and those above it up to ``stop``, as long as they are empty."""
    with contextlib.suppress(OSError):
        while path != stop:
            path.rmdir()
            path = path.parent


def remove_old_files(folder: Path) -> None:
    """Remove the files that killed processes left in a folder of unfinished files."""
    before = time.time() - _OLD_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat().st_mtime < before:
                remove_file(Path(entry.path))


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock that excludes other threads and other processes, for as long as the block lasts.

    Each holder opens the file for itself, so the lock belongs to that opening: nothing else in the process
    can release it, and it ends with the process.

    Raises:
        FileNotFoundError: the folder of the file does not exist, or was removed by the former holder.
    """
    while True:
        descriptor = os.open(path, _CREATE, 0o600)
        try:
            _lock(descriptor)
            try:
                if os.path.samestat(path.stat(), os.fstat(descriptor)):
                    yield
                    return
            finally:
                # A forked child inherits the descriptor, so the lock is released explicitly.
                _unlock(descriptor)
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EDEADLK):
                    raise
                time.sleep(0.002)
            else:
                return

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
