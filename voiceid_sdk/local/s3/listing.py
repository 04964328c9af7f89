"""Keys in the order of their UTF-8 bytes, and the pages of a list of them, with prefixes in common."""

import os
from collections.abc import Callable, Iterator
from heapq import merge
from pathlib import Path
from typing import Final

import attrs

from voiceid_sdk.local.s3 import files, records
from voiceid_sdk.local.s3.paths import RESERVED, BucketPaths
from voiceid_sdk.local.s3.records import DamagedRecordError

MAX_KEYS: Final = 1000
"""The most items of a page."""


@attrs.frozen(kw_only=True)
class Page:
    """A page of a list."""

    keys: list[str]
    prefixes: list[str]
    is_truncated: bool
    last: str
    """Its last key or prefix, where the next page goes on."""


class KeyWalk(Iterator[str]):
    """The keys of a bucket in order, of which any beginning can be skipped without looking into its folders.

    Args:
        paths: the bucket.
        prefix: how keys begin.
    """

    def __init__(self, paths: BucketPaths, prefix: str = "") -> None:
        self._paths = paths
        self._prefix = prefix.encode()
        self._skipped = b""
        self._from = b""
        self._last: str | None = None
        self._keys = merge(self._plain(), sorted(self._others()), key=str.encode)

    def skip_to(self, key: str) -> None:
        """Leave out all keys before one."""
        self._from = key.encode()

    def skip_prefix(self, prefix: str) -> None:
        """Leave out all keys that begin like this."""
        self._skipped = prefix.encode()

    def __next__(self) -> str:
        while True:
            key = next(self._keys)
            if key == self._last:
                continue  # The key has two files: a plain one, which was put there by hand, and another one.
            self._last = key
            encoded = key.encode()
            if encoded >= self._from and not (self._skipped and encoded.startswith(self._skipped)):
                return key

    def _others(self) -> Iterator[str]:
        """Return the keys that are no paths."""
        folder = self._paths.reserved / "objects"
        try:
            digests = [path.name for path in folder.iterdir()]
        except FileNotFoundError:
            return
        for digest in digests:
            content = files.read_file(self._paths.reserved / "records" / digest[:2] / f"{digest}.json")
            try:
                key = None if content is None else records.load(content)[0]
            except DamagedRecordError:
                key = None
            if key is not None and key.encode().startswith(self._prefix):
                yield key

    def _plain(self, folder: str = "") -> Iterator[str]:
        """Return the keys that are paths, of a folder, given with a slash behind it, and those in it."""
        try:
            with os.scandir(self._paths.folder / folder) as entries:
                found = [(_encoded(folder, entry), entry) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
        for encoded, entry in sorted(found, key=lambda pair: pair[0]):
            if not encoded.startswith(self._prefix) and not self._prefix.startswith(encoded):
                continue
            if not folder and entry.name.lower() == RESERVED:
                continue
            if entry.is_dir(follow_symlinks=False):
                if not self._is_left_out(encoded):
                    yield from self._plain(f"{folder}{entry.name}/")
            elif encoded.startswith(self._prefix) and not self._is_left_out(encoded):
                key = self._paths.plain_key(f"{folder}{entry.name}")
                if key is not None and (entry.is_file(follow_symlinks=False) or self._is_linked_file(entry)):
                    yield key

    def _is_left_out(self, encoded: bytes) -> bool:
        """Return whether no key that begins so is wanted."""
        if self._skipped and encoded.startswith(self._skipped):
            return True
        return encoded < self._from and not self._from.startswith(encoded)

    def _is_linked_file(self, entry: "os.DirEntry[str]") -> bool:
        if not entry.is_symlink():
            return False
        target = self._paths.real(Path(entry.path))
        return target is not None and target.is_file()


def _encoded(folder: str, entry: "os.DirEntry[str]") -> bytes:
    """Return the key of a file, or how the keys in a folder begin: so both sort among each other."""
    return os.fsencode(
        f"{folder}{entry.name}/" if entry.is_dir(follow_symlinks=False) else f"{folder}{entry.name}"
    )


def keys_of(paths: BucketPaths, prefix: str = "", after: str = "") -> KeyWalk:
    """Return the keys that begin with ``prefix`` and stand behind ``after``, in order."""
    walk = KeyWalk(paths, prefix)
    if after:
        walk.skip_to(f"{after}\0")
    return walk


def page(
    walk: KeyWalk,
    *,
    prefix: str,
    delimiter: str,
    after: str,
    limit: int,
    is_there: Callable[[str], bool] = lambda _: True,
) -> Page:
    """Return a page of keys, and of the prefixes that keys have in common up to a delimiter.

    Args:
        walk: the keys, in order.
        prefix: how they begin.
        delimiter: ends a common prefix behind ``prefix``; empty for no common prefixes.
        after: the last key or common prefix of the page before.
        limit: the most keys and common prefixes.
        is_there: whether a key still has an object.
    """
    keys: list[str] = []
    prefixes: list[str] = []
    last = ""
    if after.startswith(prefix) and common_prefix(after, prefix, delimiter) == after:
        walk.skip_prefix(after)
    for key in walk:
        common = common_prefix(key, prefix, delimiter)
        if common is None and not is_there(key):
            continue
        if len(keys) + len(prefixes) == limit:
            return Page(keys=keys, prefixes=prefixes, is_truncated=limit > 0, last=last)
        if common is None:
            keys.append(key)
            last = key
        else:
            prefixes.append(common)
            walk.skip_prefix(common)
            last = common
    return Page(keys=keys, prefixes=prefixes, is_truncated=False, last=last)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """Return a key up to the first delimiter behind a prefix, or None if there is no delimiter."""
    end = key.find(delimiter, len(prefix)) if delimiter else -1
    return None if end < 0 else key[: end + len(delimiter)]
