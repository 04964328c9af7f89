"""The objects of one bucket on disk: read, written and removed as a whole, with their properties.

An object has a content file and a record of its properties. A write changes them in this order: the record
holds the new version beside the old, the content file is replaced, the record holds the new version alone.
A version has the size and time of its content file. So after an interruption, and for a concurrent reader,
the content is matched with its own version. A content file without a version, such as one that was put
there by hand, is an object without metadata.
"""

import functools
import hashlib
import logging
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Self

import attrs

from voiceid_sdk.local.s3 import files, records
from voiceid_sdk.local.s3.errors import no_such_bucket, no_such_key, slow_down
from voiceid_sdk.local.s3.messages import CHUNK, FileBody
from voiceid_sdk.local.s3.paths import BucketPaths
from voiceid_sdk.local.s3.records import DamagedRecordError, ObjectInfo

VOICE: Final = "voice"
"""The name of the metadata, and the suffix of the object beside a recording, with its voice label."""

_MAX_LABEL: Final = 1024
_TRIES: Final = 5

_logger: Final = logging.getLogger(__name__)

Check = Callable[[ObjectInfo | None], None]
"""Raises S3Error unless the present object, or its absence, is as expected."""


@attrs.define
class OpenObject:
    """An object, and its content file, open; the file is closed with the body or with ``close``."""

    info: ObjectInfo
    body: FileBody = attrs.field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.body.close()


class Bucket:
    """One bucket.

    Args:
        folder: its folder, with no symbolic link in its path.
    """

    def __init__(self, folder: Path) -> None:
        self.paths: Final = BucketPaths(folder)
        self.unfinished: Final = self.paths.reserved / "unfinished"
        """The folder of files that are being written."""

    def open(self, key: str) -> OpenObject:
        """Return an object; raises S3Error if there is none."""
        opened = self._find(key)
        if opened is None:
            raise no_such_key()
        return opened

    def open_info(self, key: str) -> ObjectInfo:
        """Return an object without its content; raises S3Error if there is none."""
        with self.open(key) as opened:
            return opened.info

    def info(self, key: str) -> ObjectInfo | None:
        """Return an object without its content, or None if there is none."""
        opened = self._find(key)
        if opened is None:
            return None
        opened.body.close()
        return opened.info

    def metadata(self, key: str, info: ObjectInfo) -> dict[str, str]:
        """Return the metadata of an object, with the voice label from the object beside it."""
        if VOICE in info.metadata:
            return dict(info.metadata)
        label = self._label(key)
        return {**info.metadata, **({VOICE: label} if label else {})}

    def new_file(self) -> files.UnfinishedFile:
        """Return a file for the content of an object."""
        files.remove_old_files(self.unfinished)
        return files.UnfinishedFile(self.unfinished)

    def write(self, key: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Write an object that is in memory; raises S3Error."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        info = ObjectInfo(size=len(content), modified_ns=0, md5=md5, etag=md5, headers=headers)
        with self.new_file() as file:
            file.write(content)
            self.commit(key, file, info, lambda _: None)

    def commit(self, key: str, file: files.UnfinishedFile, info: ObjectInfo, check: Check) -> ObjectInfo:
        """Make a file the content of an object.

        Args:
            key: the object's key.
            file: its content.
            info: its properties.
            check: is called with the present object while other writers are excluded.

        Returns:
            The object as it is now.

        Raises:
            S3Error: as ``check`` says, or the object cannot be written.
        """
        info = attrs.evolve(info, modified_ns=file.finish())
        with self.locked():
            check(self.info(key))
            path = self._place(key)
            files.make_folder(path.parent)
            before = self._versions(key)
            if before:
                self._record(key, info, *before)
            else:
                self._record(key, info)
            file.rename(path)
            if before:
                self._record(key, info)
        return info

    def change(self, key: str, change: Callable[[ObjectInfo], ObjectInfo]) -> ObjectInfo:
        """Change the properties of an object but not its content; raises S3Error if there is none."""
        with self.locked():
            info = self.info(key)
            if info is None:
                raise no_such_key()
            info = change(info)
            self._record(key, info)
            return info

    def remove(self, key: str, check: Check) -> None:
        """Remove an object if there is one; raises S3Error as ``check`` says."""
        if self._open_path(key) is None and not self.paths.record(key).exists():
            check(None)
            return
        with self.locked():
            check(self.info(key))
            plain = self.paths.plain(key)
            for path in (self.paths.other(key), plain):
                if path is not None and path.is_file() and self.paths.real(path) is not None:
                    files.remove_file(path)
                    files.remove_empty_folders(path.parent, self.paths.folder)
            files.remove_file(self.paths.record(key))

    @contextmanager
    def locked(self) -> Generator[None]:
        """Exclude other writers of the bucket; raises S3Error if the bucket was removed."""
        if not self.paths.folder.is_dir():
            raise no_such_bucket()
        files.make_folder(self.paths.reserved)
        with ExitStack() as stack:
            try:
                stack.enter_context(files.locked(self.paths.reserved / "lock"))
            except FileNotFoundError:
                raise no_such_bucket() from None
            yield

    def _find(self, key: str) -> OpenObject | None:
        for _ in range(_TRIES):
            descriptor = self._open(key)
            if descriptor is None:
                return None
            try:
                info, is_certain = self._info(key, descriptor)
                # A writer may have replaced the file and then its record since the file was opened.
                if is_certain or self._is_still(key, descriptor):
                    return OpenObject(info, FileBody(descriptor, 0, info.size))
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        raise slow_down()

    def _place(self, key: str) -> Path:
        """Return the file that an object is in, or goes to."""
        plain, other = self.paths.plain(key), self.paths.other(key)
        if plain is None or other.exists() or self.paths.is_blocked(plain):
            return other
        return plain

    def _open_path(self, key: str) -> Path | None:
        """Return the file that an object is in, or None if there is none."""
        plain, other = self.paths.plain(key), self.paths.other(key)
        real = plain and self.paths.real(plain)
        for path in (other, real):
            if path is not None and path.is_file():
                return path
        return None

    def _open(self, key: str) -> int | None:
        path = self._open_path(key)
        return None if path is None else files.open_file(path)

    def _is_still(self, key: str, descriptor: int) -> bool:
        path = self._open_path(key)
        try:
            return path is not None and os.path.samestat(path.stat(), os.fstat(descriptor))
        except FileNotFoundError:
            return False

    def _info(self, key: str, descriptor: int) -> tuple[ObjectInfo, bool]:
        """Return the properties of an open file, and whether they are those of its record."""
        status = os.fstat(descriptor)
        versions = self._versions(key)
        state = (status.st_size, status.st_mtime_ns)
        matching = [version for version in versions if (version.size, version.modified_ns) == state]
        if len(matching) == 1:
            return matching[0], True
        # The clock of a file system is coarse, so two versions may have the same time.
        md5 = _md5(descriptor, status)
        modified = status.st_mtime_ns
        for version in versions:
            if (version.size, version.md5) == (status.st_size, md5):
                # A copy of the folder has the same content with another time.
                return attrs.evolve(version, modified_ns=modified), True
        return ObjectInfo(size=status.st_size, modified_ns=modified, md5=md5, etag=md5), not versions

    def _versions(self, key: str) -> list[ObjectInfo]:
        content = files.read_file(self.paths.record(key))
        if content is None:
            return []
        try:
            return records.load(content)[1]
        except DamagedRecordError:
            _logger.warning("a record of an object in the folder for S3 is damaged and is ignored")
            return []

    def _record(self, key: str, *versions: ObjectInfo) -> None:
        files.write_file(self.paths.record(key), records.dump(key, versions))

    def _label(self, key: str) -> str:
        descriptor = self._open(f"{key}.{VOICE}")
        if descriptor is None:
            return ""
        with FileBody(descriptor, 0, _MAX_LABEL) as body:
            content = body.read()
        try:
            return content.decode().strip()
        except UnicodeDecodeError:
            return ""


def _md5(descriptor: int, status: os.stat_result) -> str:
    """Return the digest of an open file, which is computed once for as long as the file stays the same."""
    return _digest(_File(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, descriptor))


@attrs.frozen
class _File:
    """A state of a file, and a descriptor of it, which is no part of its identity."""

    device: int
    number: int
    size: int
    modified_ns: int
    descriptor: int = attrs.field(eq=False)


@functools.lru_cache(maxsize=65536)
def _digest(file: _File) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    os.lseek(file.descriptor, 0, os.SEEK_SET)
    while part := os.read(file.descriptor, CHUNK):
        md5.update(part)
    return md5.hexdigest()
