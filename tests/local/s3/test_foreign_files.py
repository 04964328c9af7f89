"""Whatever stands in place of the files beside the objects of a folder, no request ends in a server error."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from voiceid_sdk.local import folder_s3_client

OPERATIONS: list[Callable[[Any], object]] = [
    lambda s3: s3.list_buckets(),
    lambda s3: s3.list_objects_v2(Bucket="abc"),
    lambda s3: s3.list_multipart_uploads(Bucket="abc"),
    lambda s3: s3.get_object(Bucket="abc", Key="k.wav"),
    lambda s3: s3.copy_object(Bucket="abc", Key="other", CopySource="abc/k.wav"),
    lambda s3: s3.put_object(Bucket="abc", Key="k.wav", Body=b"again"),
    lambda s3: s3.delete_object(Bucket="abc", Key="k.wav"),
]

VALUES: tuple[object, ...] = (None, -1, 10**30, "\ud800", [], {}, 1.5)


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def with_values(value: object) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        members = json.loads(path.read_bytes())
        path.write_text(json.dumps(dict.fromkeys(members, value)))

    return put


DAMAGES: list[Callable[[Path], None]] = [
    put_folder,
    put_pipe,
    lambda path: void(path.write_bytes(b"\xff[")),
    lambda path: void(path.write_bytes(b"[" * 100_000)),
    *map(with_values, VALUES),
]


def code_of(operation: Callable[[Any], object], s3: object) -> str | None:
    """Return the code of the error of an operation, or None if it succeeds."""
    try:
        operation(s3)
    except ClientError as error:
        response: Any = error.response
        return str(response["Error"]["Code"])
    return None


def void(_: object) -> None:
    """Return nothing."""


@pytest.mark.parametrize("damage", range(len(DAMAGES)))
def test_no_foreign_file_makes_a_server_error(tmp_path: Path, damage: int) -> None:
    s3: Any = folder_s3_client(tmp_path)
    s3.create_bucket(Bucket="abc")
    s3.put_object(Bucket="abc", Key="k.wav", Body=b"hello", Metadata={"voice": "ana"})
    s3.create_multipart_upload(Bucket="abc", Key="k.wav")
    files = [path for path in (tmp_path / "abc" / ".local-s3").rglob("*.json") if path.is_file()]
    assert len(files) == 3
    for path in files:
        DAMAGES[damage](path)
    for operation in OPERATIONS:
        assert code_of(operation, s3) != "InternalError"
