"""Files that arguments name: their errors, and writing them whole or not at all.

For the SDK and for Local Voice ID.
"""

import contextlib
import errno
import os
from collections.abc import Generator
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Protocol

from voiceid_sdk._cleanup import EndingWith


class FileAccessError(OSError):
    """A file or folder that an argument names cannot be used.

    The text has the name of the argument, and never that of the file, which may be a caller's id.

    Args:
        message: what went wrong.
        parameter: the argument.
        errno: the number of the error of the system.
    """

    def __init__(self, message: str = "", *, parameter: str | None = None, errno: int | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter
        """The argument that names the file."""
        self.errno = errno

    def __reduce__(self) -> tuple[object, ...]:
        # OSError does not pickle a number that was set after its construction.
        return type(self), self.args, {**self.__dict__, "errno": self.errno}


class FileFailure(Protocol):
    """Makes an error about the file that an argument names."""

    def __call__(self, message: str, /, *, parameter: str, errno: int | None) -> Exception:
        """Return the error."""
        ...


def check_is_path(value: object, parameter: str) -> None:
    """Raise a TypeError that names the argument unless its value is a path."""
    name = type(value).__name__
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        raise TypeError(f"{parameter} must be a path, a str or os.PathLike[str], not {name}")


def as_path(value: str | os.PathLike[str], parameter: str) -> Path:
    """Return the path that an argument names.

    Raises:
        TypeError: the value is no path; the text names the argument.
        OSError: no file can have such a name.
    """
    check_is_path(value, parameter)
    if not is_file_name(os.fspath(value)):
        raise OSError(errno.EINVAL, "no file can have such a name")
    return Path(value)


def is_file_name(path: str) -> bool:
    """Return whether a file can have such a name."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return False


def read_regular(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        OSError: the file cannot be read, or is a pipe or a device, whose content may never end.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is no regular file")
    return path.read_bytes()


class NamingBlock:
    """A block in which errors of the system become one that names the argument with the file."""

    def __init__(self, parameter: str, failure: FileFailure, action: str) -> None:
        self._parameter = parameter
        self._failure = failure
        self._action = action

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OSError) or hasattr(error, "parameter"):
            return
        reason = error.strerror or type(error).__name__
        message = f"{self._parameter} names a file or folder that cannot be {self._action} ({reason})"
        failure = self._failure(message, parameter=self._parameter, errno=error.errno)
        try:
            raise failure
        except type(failure):
            # The error of the system has the name of the file. A bare raise keeps the context removed.
            failure.__context__ = None
            raise


def naming_argument(
    parameter: str, failure: FileFailure = FileAccessError, action: str = "used"
) -> NamingBlock:
    """Return a block in which errors of the system become one that names the argument with the file.

    Args:
        parameter: the argument.
        failure: makes the error from its message.
        action: what cannot be done with the file: ``"read"`` or ``"written"``.
    """
    return NamingBlock(parameter, failure, action)


def write_whole(path: str | os.PathLike[str], content: bytes | str, *, private: bool) -> None:
    """Write a file whole or not at all.

    Args:
        path: the file. A file or a symbolic link that stands there is replaced; the link is not followed.
        content: bytes, or text to encode as UTF-8.
        private: True for a file that only its owner may read; otherwise the umask decides.

    Raises:
        OSError: the file cannot be written. The error has no file name, because that may be a caller's id.
    """
    with writing_whole(path, private=private) as file:
        if isinstance(content, str):
            file.write(content)
        else:
            file.buffer.write(content)


@contextlib.contextmanager
def writing_whole(path: str | os.PathLike[str], *, private: bool) -> Generator[TextIOWrapper]:
    """Open a new file that replaces ``path`` when the block ends, and is removed when the block fails.

    The file takes UTF-8 text, with line ends as given, or bytes through its ``buffer``. Arguments and errors
    are those of ``write_whole``.
    """
    target = Path(path)
    mode = 0o600 if private else 0o666
    # The name is random, so that two writers never share a file and nobody can put a link there beforehand.
    unfinished = target.parent / f".{os.urandom(8).hex()}.part"

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    try:
        _check_replaceable(target)
        file = open(unfinished, "x", encoding="utf-8", newline="", opener=opener)  # noqa: SIM115 - see below
        # It writes what is left, which may fail after an interrupt.
        with EndingWith(file.close):
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        if isinstance(error, OSError):
            del error.filename, error.filename2
        raise


def _check_replaceable(target: Path) -> None:
    # Replacing a device such as /dev/null would put a regular file in its place.
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "The path must name a regular file, or no file yet")
