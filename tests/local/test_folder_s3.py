"""A boto3 S3 client for the folder that Local Voice ID works on."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from voiceid_sdk.local import LocalVoiceID, folder_s3_client
from voiceid_sdk.local.storage.object_storage import FolderStorage


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


def test_what_cannot_be_written_is_denied(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="in-the-way", Body=b"")
    assert code_of(s3.put_object, Bucket="bucket", Key="in-the-way/a", Body=b"") == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("list_objects_v2", {}),
        ("delete_object", {"Key": "a"}),
        ("put_object_tagging", {"Key": "a", "Tagging": {"TagSet": []}}),
        ("create_multipart_upload", {"Key": "a"}),
        ("get_object_tagging", {"Key": "a"}),
    ],
)
def test_other_operations_are_refused(s3: Any, operation: str, request_: dict[str, object]) -> None:
    s3.put_object(Bucket="bucket", Key="a", Body=b"content")
    assert code_of(getattr(s3, operation), Bucket="bucket", **request_) == (501, "NotImplemented")
    assert s3.get_object(Bucket="bucket", Key="a")["Body"].read() == b"content"


def test_a_service_gives_a_client_for_its_folder(tmp_path: Path) -> None:
    with LocalVoiceID(s3_root=tmp_path) as service:
        s3 = service.s3_client()
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a", Body=json.dumps({}).encode())
    assert (tmp_path / "bucket/a").read_text() == "{}"


def test_a_service_without_a_folder_has_no_such_client() -> None:
    with LocalVoiceID() as service, pytest.raises(ValueError, match="s3_root"):
        service.s3_client()
