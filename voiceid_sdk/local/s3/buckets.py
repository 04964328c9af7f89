"""The buckets of a folder: a bucket is a folder in it."""

import errno
import json
import logging
import os
import re
import shutil
import stat
import time
from pathlib import Path
from typing import Any, Final

import attrs

from voiceid_sdk._files import as_path, naming_argument
from voiceid_sdk.local.s3 import files
from voiceid_sdk.local.s3.errors import S3Error, no_such_bucket
from voiceid_sdk.local.s3.listing import keys_of
from voiceid_sdk.local.s3.objects import Bucket

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9])){1,61}[a-z0-9]")
"""The names that new buckets may have."""

_FOLDER_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}")
"""The names of folders that are buckets. S3 allowed such names of buckets before 2018."""

_ADDRESS: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_RESERVED_PREFIXES: Final = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES: Final = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

_logger: Final = logging.getLogger(__name__)
_SECOND: Final = 1_000_000_000


def as_root(value: str | os.PathLike[str], parameter: str) -> Path:
    """Return the folder that an argument names; it need not exist yet.

    Raises:
        TypeError: the value is no path.
        FileAccessError: it is there, and is no folder that can be used.
    """
    with naming_argument(parameter):
        root = as_path(value, parameter)
        try:
            if not stat.S_ISDIR(root.stat().st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        except FileNotFoundError:
            pass
    return root


@attrs.frozen
class BucketInfo:
    """A bucket without its objects."""

    name: str
    region_name: str
    created_ns: int


class Buckets:
    """The buckets of a folder.

    Args:
        root: the folder.
        region_name: the region of buckets for which none is named.
    """

    def __init__(self, root: str | os.PathLike[str], region_name: str = "us-east-1") -> None:
        self._root = Path(os.path.realpath(root))
        self.region_name: Final = region_name

    def bucket(self, name: str) -> Bucket:
        """Return a bucket; raises S3Error if there is none."""
        folder = self._root / name
        if not _FOLDER_NAME.fullmatch(name) or folder.is_symlink() or not folder.is_dir():
            raise no_such_bucket()
        return Bucket(folder)

    def ensure(self, name: str) -> Bucket:
        """Return a bucket, made if there is none; raises S3Error if no folder may have its name."""
        if _FOLDER_NAME.fullmatch(name):
            files.make_folder(self._root / name)
        return self.bucket(name)

    def info(self, name: str) -> BucketInfo:
        """Return the properties of a bucket; raises S3Error if there is none."""
        bucket = self.bucket(name)
        content = files.read_file(bucket.paths.reserved / "bucket.json")
        if content is not None:
            try:
                members: Any = json.loads(content)
                region, created_ns = str(members["region"]), int(members["created_ns"])
                files.check_record(region, created_ns)
                return BucketInfo(name, region, created_ns)
            except (ValueError, TypeError, KeyError, RecursionError):
                _logger.warning("the properties of a bucket in the folder for S3 are damaged and are ignored")
        return BucketInfo(name, self.region_name, bucket.paths.folder.stat().st_mtime_ns)

    def all(self) -> list[BucketInfo]:
        """Return all buckets, sorted by name."""
        try:
            names = sorted(path.name for path in self._root.iterdir())
        except FileNotFoundError:
            return []
        found: list[BucketInfo] = []
        for name in names:
            try:
                found.append(self.info(name))
            except S3Error:
                continue
        return found

    def create(self, name: str, region_name: str | None = None) -> None:
        """Make a bucket.

        Args:
            name: its name.
            region_name: its region.

        Raises:
            S3Error: S3 allows no such name, or the bucket exists, which is no error in us-east-1.
        """
        if (
            not _NAME.fullmatch(name)
            or _ADDRESS.fullmatch(name)
            or name.startswith(_RESERVED_PREFIXES)
            or name.endswith(_RESERVED_SUFFIXES)
        ):
            raise S3Error(400, "InvalidBucketName", "The specified bucket is not valid.")
        region = region_name or self.region_name
        try:
            existing = self.info(name)
        except S3Error:
            existing = None
        if existing is not None:
            if existing.region_name == region == "us-east-1":
                return
            raise S3Error(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
        files.make_folder(self._root / name)
        bucket = self.bucket(name)
        members = {"region": region, "created_ns": time.time_ns() // _SECOND * _SECOND}
        files.write_file(bucket.paths.reserved / "bucket.json", json.dumps(members).encode())

    def delete(self, name: str) -> None:
        """Remove a bucket; raises S3Error if there is none, or there are objects in it."""
        bucket = self.bucket(name)
        with bucket.locked():
            if next(keys_of(bucket.paths), None) is not None:
                raise S3Error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
            shutil.rmtree(bucket.paths.folder, ignore_errors=True)
        # On Windows, the lock cannot be removed while it is held.
        files.remove_file(bucket.paths.reserved / "lock")
        files.remove_empty_folders(bucket.paths.reserved, self._root)
