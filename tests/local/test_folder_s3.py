"""A boto3 S3 client for the folder that Local Voice ID works on."""

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from voiceid_sdk.local import LocalVoiceID, folder_s3_client
from voiceid_sdk.local.storage.folder_storage import FolderStorage


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return one client for all tests: boto3 takes its time to make one."""
    return folder_s3_client(tmp_path_factory.mktemp("s3"))


@pytest.fixture
def s3(client: Any) -> Any:
    client.create_bucket(Bucket="bucket")
    return client


def code_of(call: Any, **request: object) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_what_is_put_is_got(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="deep/Schöne Datei?.json", Body=b"content")
    response = s3.get_object(Bucket="bucket", Key="deep/Schöne Datei?.json")
    assert (response["Body"].read(), response["ContentLength"]) == (b"content", 7)


def test_a_file_can_be_put(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="file", Body=io.BytesIO(b"content"))
    assert s3.get_object(Bucket="bucket", Key="file")["Body"].read() == b"content"


def test_boto3_uploads_a_small_file(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    s3.upload_file(str(tmp_path / "file"), "bucket", "uploaded")
    assert s3.get_object(Bucket="bucket", Key="uploaded")["Body"].read() == b"content"


def test_metadata_comes_back(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"", Metadata={"sha256": "d", "voice": "alice"})
    head = s3.head_object(Bucket="bucket", Key="a")
    assert head["Metadata"] == {"sha256": "d", "voice": "alice"}
    assert s3.get_object(Bucket="bucket", Key="a")["Metadata"] == head["Metadata"]
    assert (head["ContentLength"], head["ETag"]) == (0, '"d41d8cd98f00b204e9800998ecf8427e"')


def test_metadata_is_replaced_with_the_object(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"1", Metadata={"sha256": "d", "voice": "alice"})
    s3.put_object(Bucket="bucket", Key="a", Body=b"2")
    assert s3.head_object(Bucket="bucket", Key="a")["Metadata"] == {}


def test_the_service_reads_the_voice_that_was_put(tmp_path: Path) -> None:
    s3 = folder_s3_client(tmp_path)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a.wav", Body=b"x", Metadata={"voice": "alice"})
    stored = FolderStorage(tmp_path).read("s3://bucket/a.wav", 100)
    assert (stored.content, stored.voice) == (b"x", "alice")


def test_what_is_not_there_is_not_found(s3: Any) -> None:
    assert code_of(s3.get_object, Bucket="bucket", Key="none") == (404, "NoSuchKey")
    assert code_of(s3.head_object, Bucket="bucket", Key="none") == (404, "404")
    assert code_of(s3.get_object, Bucket="bucket", Key="../bucket/none/../../x") == (404, "NoSuchKey")


def test_a_bucket_that_was_not_made_does_not_exist(s3: Any) -> None:
    assert code_of(s3.put_object, Bucket="no-bucket", Key="a", Body=b"") == (404, "NoSuchBucket")
    assert code_of(s3.get_object, Bucket="no-bucket", Key="a") == (404, "NoSuchBucket")


def test_a_bucket_has_a_name_that_s3_allows(s3: Any) -> None:
    assert code_of(s3.create_bucket, Bucket="Not_Allowed") == (400, "InvalidBucketName")


def test_an_object_may_have_a_key_that_begins_with_another_key(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="first", Body=b"1")
    s3.put_object(Bucket="bucket", Key="first/second", Body=b"2")
    assert s3.get_object(Bucket="bucket", Key="first/second")["Body"].read() == b"2"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("put_object_acl", {"Key": "a", "ACL": "private"}),
        ("list_object_versions", {}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("put_object", {"Key": "a", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}),
        ("restore_object", {"Key": "a", "RestoreRequest": {"Days": 1}}),
        ("get_object_attributes", {"Key": "a", "ObjectAttributes": ["ETag"]}),
    ],
)
def test_other_operations_are_refused(s3: Any, operation: str, request_: dict[str, object]) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"content")
    assert code_of(getattr(s3, operation), Bucket="bucket", **request_) == (501, "NotImplemented")
    assert s3.get_object(Bucket="bucket", Key="a")["Body"].read() == b"content"


@pytest.mark.slow
def test_boto3_moves_a_recording_of_19_mb_in_parts_and_back(s3: Any, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(19_000_000)
    (tmp_path / "file").write_bytes(content)
    s3.upload_file(str(tmp_path / "file"), "bucket", "large", ExtraArgs={"Metadata": {"voice": "ana"}})
    assert s3.head_object(Bucket="bucket", Key="large")["ETag"].endswith('-3"')
    s3.copy({"Bucket": "bucket", "Key": "large"}, "bucket", "copied")
    s3.download_file("bucket", "copied", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content
    assert s3.head_object(Bucket="bucket", Key="copied")["Metadata"] == {"voice": "ana"}


def test_a_paginator_goes_through_all_pages(s3: Any) -> None:
    s3.create_bucket(Bucket="many")
    keys = [f"folder {number % 3}/ä&{number}" for number in range(7)]
    for key in keys:
        s3.put_object(Bucket="many", Key=key, Body=b"")
    pages = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket="many", PaginationConfig={"PageSize": 3})
    )
    assert [each["Key"] for page in pages for each in page["Contents"]] == sorted(keys)
    assert len(pages) == 3


def test_a_body_that_nobody_reads_is_closed(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"content")
    for _ in range(3):
        s3.get_object(Bucket="bucket", Key="a")
    with s3.get_object(Bucket="bucket", Key="a")["Body"] as body:
        assert body.read(3) == b"con"


def test_a_body_is_read_piece_by_piece(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"1\n2\n3")
    assert list(s3.get_object(Bucket="bucket", Key="a")["Body"].iter_lines()) == [b"1", b"2", b"3"]


def test_a_service_gives_a_client_for_its_folder(tmp_path: Path) -> None:
    with LocalVoiceID(s3_root=tmp_path) as service:
        s3 = service.s3_client()
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a", Body=json.dumps({}).encode())
    assert (tmp_path / "bucket/a").read_text() == "{}"


def test_a_service_without_a_folder_has_no_such_client() -> None:
    with LocalVoiceID() as service, pytest.raises(ValueError, match="s3_root"):
        service.s3_client()
