"""Multipart uploads on disk: an upload is a folder, with a content file and a record for each part."""

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import attrs

from voiceid_sdk.local.s3 import files
from voiceid_sdk.local.s3.errors import no_such_upload
from voiceid_sdk.local.s3.objects import Bucket

MIN_PART_BYTES: Final = 5 * 1024**2
"""Bytes that each part but the last has at least."""

_ID: Final = re.compile(r"[0-9a-f]{64}")
_RECORD: Final = re.compile(r"part-[0-9]{5}\.json")
_UPLOAD: Final = "upload.json"

_RecordT = TypeVar("_RecordT", "Upload", "Part")


@attrs.frozen(kw_only=True)
class Upload:
    """A multipart upload: its object without content."""

    upload_id: str = attrs.field(repr=False)
    key: str = attrs.field(repr=False)
    initiated_ns: int
    headers: dict[str, str] = attrs.field(repr=False)
    metadata: dict[str, str] = attrs.field(repr=False)
    tags: dict[str, str] = attrs.field(repr=False)
    algorithm: str
    """Of its checksums; empty for none."""
    checksum_type: str


@attrs.frozen(kw_only=True)
class Part:
    """A part that was uploaded."""

    number: int
    size: int
    md5: str
    modified_ns: int
    checksums: dict[str, str]
    file: str
    """The name of its content file."""


class Uploads:
    """The multipart uploads of a bucket.

    Args:
        bucket: the bucket.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._folder = bucket.paths.reserved / "uploads"

    def begin(self, upload: Upload) -> None:
        """Keep a new upload."""
        _write(self._folder / upload.upload_id / _UPLOAD, upload)

    def get(self, key: str, upload_id: str) -> Upload:
        """Return the upload of an object; raises S3Error if there is none."""
        upload = self._upload(upload_id) if _ID.fullmatch(upload_id) else None
        if upload is None or upload.key != key:
            raise no_such_upload()
        return upload

    def all(self) -> list[Upload]:
        """Return all uploads, sorted by key and then by id."""
        names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
        found = [upload for name in names if (upload := self._upload(name)) is not None]
        return sorted(found, key=lambda upload: (upload.key.encode(), upload.upload_id))

    def add_part(self, upload: Upload, part: Part, content: files.UnfinishedFile) -> Part:
        """Keep a part, in place of one with the same number; raises S3Error if the upload is over."""
        part = attrs.evolve(
            part, modified_ns=content.finish(), file=f"{part.number:05}-{secrets.token_hex(8)}"
        )
        with self._bucket.locked():
            self.get(upload.key, upload.upload_id)
            folder = self._folder / upload.upload_id
            before = self._part(folder / _record_of(part.number))
            content.rename(folder / part.file)
            _write(folder / _record_of(part.number), part)
            if before is not None:
                files.remove_file(folder / before.file)
        return part

    def parts(self, upload: Upload, *, after: int = 0) -> Iterator[Part]:
        """Yield the parts of an upload after a number, in order; each is read when it is needed."""
        folder = self._folder / upload.upload_id
        try:
            names = [path.name for path in folder.iterdir()]
        except FileNotFoundError:  # The upload is over.
            return
        before = _record_of(after)
        for name in sorted(name for name in names if name > before and _RECORD.fullmatch(name)):
            if (part := self._part(folder / name)) is not None:
                yield part

    def content(self, upload: Upload, part: Part) -> Iterator[bytes]:
        """Return the content of a part piece by piece; raises S3Error if the upload is over."""
        descriptor = files.open_file(self._folder / upload.upload_id / part.file)
        if descriptor is None:
            raise no_such_upload()
        return files.pieces(descriptor)

    def remove(self, upload: Upload) -> None:
        """Forget an upload and its parts."""
        folder = self._folder / upload.upload_id
        files.remove_file(
            folder / _UPLOAD
        )  # This ends the upload, even if the rest of its folder cannot be removed.
        shutil.rmtree(folder, ignore_errors=True)

    def _upload(self, upload_id: str) -> Upload | None:
        return _read(self._folder / upload_id / _UPLOAD, Upload)

    def _part(self, path: Path) -> Part | None:
        return _read(path, Part)


def new_upload_id(initiated_ns: int) -> str:
    """Return a random id. Ids sort by the time of their uploads."""
    return f"{initiated_ns:016x}{secrets.token_hex(24)}"


def _record_of(number: int) -> str:
    return f"part-{number:05}.json"


def _write(path: Path, record: Upload | Part) -> None:
    files.write_file(path, json.dumps(attrs.asdict(record)).encode())


def _read(path: Path, kind: type[_RecordT]) -> _RecordT | None:
    content = files.read_file(path)
    if content is None:
        return None
    try:
        members: Any = json.loads(content)
        record = kind(**members)
        _check(record)
    except (ValueError, TypeError, RecursionError):
        return None
    return record


def _check(record: Upload | Part) -> None:
    """Raise TypeError or ValueError if another program has written other values than ours."""
    for field in attrs.fields(type(record)):
        value: object = getattr(record, field.name)
        if field.type in (str, int) and not isinstance(value, field.type):
            raise TypeError
        files.check_record(value)
