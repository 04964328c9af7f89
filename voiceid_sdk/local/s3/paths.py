"""The file of an object.

It is the file ``key`` in the bucket's folder, if that is possible. So a folder that was filled by hand is
a bucket, and programs can open objects as files. A key that is not a valid path (``a//b``, ``../a``,
``a/``), or is too long for one, has a file in a folder that clients cannot reach, named after the digest
of the key. So has a key ``a/b`` if there is a file ``a``.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import Final

from voiceid_sdk._values import is_encodable

RESERVED: Final = ".local-s3"
"""The folder in a bucket's folder that holds all but the files of plain keys."""

_ON_WINDOWS: Final = sys.platform == "win32"
_MAX_NAME: Final = 255
_MAX_PATH: Final = 240 if _ON_WINDOWS else 1000
"""Bytes of a path that every file system of the platform takes."""

_WINDOWS_CHARACTERS: Final = frozenset('\\:*?"<>|') | frozenset(map(chr, range(32)))
_WINDOWS_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(10)))
)


class BucketPaths:
    """The files of one bucket.

    Args:
        folder: the bucket's folder, with no symbolic link in its path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self.reserved: Final = folder / RESERVED
        self.folds_case: Final = _folds_case(folder)
        """Whether the file system takes ``A`` and ``a`` for one name."""

    def plain(self, key: str) -> Path | None:
        """Return the file of a plain key, or None for any other key."""
        path = self._path(key)
        if path is None or (self.folds_case and not self._is_exact(key.split("/"))):
            return None
        return path

    def plain_key(self, name: str) -> str | None:
        """Return the key of a file, given by its path in the folder, or None if it is no object."""
        # Keys are UTF-8; names of files need not be.
        return name if is_encodable(name) and self._path(name) else None

    def other(self, key: str) -> Path:
        """Return the file of a key that is not plain, or whose place is taken."""
        return self.reserved / "objects" / _digest(key)

    def record(self, key: str) -> Path:
        """Return the file with the properties of an object."""
        digest = _digest(key)
        return self.reserved / "records" / digest[:2] / f"{digest}.json"

    def is_blocked(self, path: Path) -> bool:
        """Return whether a plain file cannot be written, because a folder or a file is in its way."""
        if path.is_dir() and not path.is_symlink():
            return True
        for parent in path.parents:
            if parent == self.folder:
                return False
            if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
                return True
        return False

    def real(self, path: Path) -> Path | None:
        """Return the file that a plain path means, or None if a link leads away from the bucket's objects."""
        if os.path.realpath(path.parent) != str(path.parent):
            return None
        if not path.is_symlink():
            return path
        target = Path(os.path.realpath(path))
        inside = target.is_relative_to(self.folder) and not target.is_relative_to(self.reserved)
        return target if inside else None

    def _path(self, key: str) -> Path | None:
        names = key.split("/")
        if names[0].lower() == RESERVED or not all(map(_is_name, names)):
            return None
        path = self.folder.joinpath(*names)
        return path if len(os.fsencode(path)) <= _MAX_PATH else None

    def _is_exact(self, names: list[str]) -> bool:
        """Return whether none of the names is on disk in another spelling."""
        folder = self.folder
        for name in names:
            try:
                found = [path.name for path in folder.iterdir()]
            except OSError:
                return True
            if name not in found and os.path.lexists(folder / name):
                return False
            folder /= name
        return True


def _is_name(name: str) -> bool:
    """Return whether a part of a key can be the name of a file."""
    if name in ("", ".", "..") or "\0" in name or len(name.encode()) > _MAX_NAME:
        return False
    if not _ON_WINDOWS:
        return True
    stem = name.partition(".")[0].rstrip().lower()
    return not (_WINDOWS_CHARACTERS & set(name) or name.endswith((".", " ")) or stem in _WINDOWS_DEVICES)


def _folds_case(folder: Path) -> bool:
    try:
        other = folder.with_name(folder.name.swapcase())
        return other != folder and other.samefile(folder)
    except (OSError, ValueError):
        return False


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
