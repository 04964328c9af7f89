"""Writing files whole or not at all, for the SDK and for Local Voice ID."""

import contextlib
import errno
import os
from collections.abc import Generator
from io import TextIOWrapper
from pathlib import Path


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
    unfinished = target.with_name(f".{os.urandom(8).hex()}.part")

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    try:
        _check_replaceable(target)
        with open(unfinished, "x", encoding="utf-8", newline="", opener=opener) as file:
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
