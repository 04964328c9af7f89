"""Objects in a folder, behind an S3 client, or nowhere."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from tests.support.botocore_errors import IN_CALLS, SYSTEM_ERRORS, WHILE_READING, failing_body, made
from tests.support.canned_responses import aws_response
from voiceid_sdk.local import LocalVoiceID, Timing, folder_s3_client
from voiceid_sdk.local.storage.choosing import NoStorage
from voiceid_sdk.local.storage.folder_storage import FolderStorage
from voiceid_sdk.local.storage.object_storage import ObjectStorageError
from voiceid_sdk.local.storage.s3_storage import S3Storage


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "other").mkdir()
    return FolderStorage(tmp_path)


def status_of(storage: Any, uri: str, limit: int = 100) -> int:
    with pytest.raises(ObjectStorageError) as caught:
        storage.read(uri, limit)
    return caught.value.status


def test_what_is_written_is_read(folder: FolderStorage) -> None:
    folder.write("s3://bucket/deep/in/a.json", b"{}", "a-key")
    assert folder.read("s3://bucket/deep/in/a.json", 100).content == b"{}"


def test_a_bucket_is_a_folder_and_a_key_a_path(folder: FolderStorage, tmp_path: Path) -> None:
    folder.write("s3://bucket/a/b", b"x", None)
    assert (tmp_path / "bucket/a/b").read_bytes() == b"x"
    assert [path.name for path in (tmp_path / "bucket/a").iterdir()] == ["b"]


def test_an_object_is_noted_to_be_encrypted_with_the_key_that_was_asked_for(tmp_path: Path) -> None:
    FolderStorage(tmp_path).write("s3://bucket/a", b"x", "a-key")
    found: Any = folder_s3_client(tmp_path).head_object(Bucket="bucket", Key="a")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "a-key")


def test_a_sidecar_holds_the_voice(folder: FolderStorage, tmp_path: Path) -> None:
    folder.write("s3://bucket/a.wav", b"x", None)
    assert folder.read("s3://bucket/a.wav", 100).voice is None
    (tmp_path / "bucket/a.wav.voice").write_text("alice\n")
    assert folder.read("s3://bucket/a.wav", 100).voice == "alice"


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/none",
        "s3://bucket",
        "s3://bucket/",
        "s3://bucket/../other/secret",
        "s3://bucket/../../secret",
        "s3://bucket//etc/passwd",
        "s3://bucket/a\0b",
        "s3://bucket/" + "long" * 300,
        "s3://missing-bucket/a",
    ],
)
def test_what_is_not_in_the_folder_is_not_found(folder: FolderStorage, tmp_path: Path, uri: str) -> None:
    (tmp_path / "other/secret").write_text("secret")
    (tmp_path.parent / "secret").write_text("secret")
    assert status_of(folder, uri) == 404


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_link_does_not_lead_out_of_the_folder(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path.parent / "outside").write_text("secret")
    (tmp_path / "bucket/link").symlink_to(tmp_path.parent / "outside")
    assert status_of(folder, "s3://bucket/link") == 404


def test_nothing_is_written_outside_the_folder(folder: FolderStorage, tmp_path: Path) -> None:
    folder.write("s3://bucket/../../escaped", b"x", None)
    assert folder.read("s3://bucket/../../escaped", 100).content == b"x"
    with pytest.raises(ObjectStorageError):
        folder.write("s3://../escaped", b"x", None)
    assert not (tmp_path.parent / "escaped").exists()


def test_an_object_that_is_too_large_is_not_read(folder: FolderStorage) -> None:
    folder.write("s3://bucket/a", b"x" * 101, None)
    assert status_of(folder, "s3://bucket/a") == 400


def test_what_cannot_be_written_says_so(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path / "bucket/.local-s3").write_text("in the way")
    with pytest.raises(ObjectStorageError) as caught:
        folder.write("s3://bucket/a", b"x", None)
    assert caught.value.status == 403


def test_without_storage_nothing_is_read_or_written() -> None:
    assert status_of(NoStorage(), "s3://bucket/a") == 400
    with pytest.raises(ObjectStorageError, match="s3_root"):
        NoStorage().write("s3://bucket/a", b"", None)


def test_s3_root_and_s3_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of them"):
        LocalVoiceID(s3_root=tmp_path, s3=boto3.client("s3", region_name="us-east-1"))


class FakeS3:
    """Answers a real S3 client from a dictionary, where it would open a connection."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.put_headers: dict[str, str] = {}
        self.status = 200

    def __call__(self, request: Any, **_: object) -> AWSResponse:
        key = request.url.partition(".invalid/")[2]
        if self.status != 200:
            return aws_response(request, self.status, {}, b"")
        if request.method == "PUT":
            body = request.body.read() if hasattr(request.body, "read") else request.body
            self.objects[key] = (body, {})
            self.put_headers = {
                name.lower(): os.fsdecode(value) for name, value in dict(request.headers).items()
            }
            return aws_response(request, 200, {}, b"")
        if key not in self.objects:
            return aws_response(request, 404, {}, b"<Error><Code>NoSuchKey</Code></Error>")
        content, metadata = self.objects[key]
        headers = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        return aws_response(request, 200, {**headers, "Content-Length": str(len(content))}, content)


@pytest.fixture
def fake() -> FakeS3:
    return FakeS3()


@pytest.fixture
def client(fake: FakeS3) -> Iterator[Any]:
    session: Any = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    session.events.register("before-send.s3", fake)
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    client = session.client("s3", endpoint_url="http://s3.invalid", config=config)
    yield client
    client.close()


def test_an_s3_object_is_read_with_its_voice(fake: FakeS3, client: Any) -> None:
    fake.objects["bucket/a.wav"] = (b"sound", {"voice": "alice"})
    stored = S3Storage(client).read("s3://bucket/a.wav", 100)
    assert (stored.content, stored.voice) == (b"sound", "alice")


def test_an_s3_object_is_written_and_encrypted_if_asked(fake: FakeS3, client: Any) -> None:
    storage = S3Storage(client)
    storage.write("s3://bucket/plain", b"x", None)
    assert "x-amz-server-side-encryption" not in fake.put_headers
    storage.write("s3://bucket/secret", b"y", "a-key")
    assert fake.put_headers["x-amz-server-side-encryption"] == "aws:kms"
    assert fake.put_headers["x-amz-server-side-encryption-aws-kms-key-id"] == "a-key"
    assert set(fake.objects) == {"bucket/plain", "bucket/secret"}


def test_s3_failures_have_their_status(fake: FakeS3, client: Any) -> None:
    storage = S3Storage(client)
    fake.objects["bucket/a"] = (b"x" * 101, {})
    assert status_of(storage, "s3://bucket/a") == 400
    assert status_of(storage, "s3://bucket/none") == 404
    assert status_of(storage, "s3://bucket") == 404
    for fake.status, status in ((403, 403), (503, 500)):
        assert status_of(storage, "s3://bucket/a") == status
        with pytest.raises(ObjectStorageError):
            storage.write("s3://bucket/a", b"", None)


def test_every_error_of_an_s3_client_is_one_of_the_storage(client: Any) -> None:
    storage = S3Storage(client)
    for error in map(made, [*IN_CALLS, *SYSTEM_ERRORS, RuntimeError]):
        with (
            mock.patch.object(client, "get_object", side_effect=error),
            mock.patch.object(client, "put_object", side_effect=error),
        ):
            assert status_of(storage, "s3://bucket/a") == 500
            with pytest.raises(ObjectStorageError):
                storage.write("s3://bucket/a", b"", None)


def test_every_error_while_a_body_is_read_is_one_of_the_storage(client: Any) -> None:
    for error in WHILE_READING:
        output = {"Body": failing_body(error), "ContentLength": 5, "Metadata": {}}
        with mock.patch.object(client, "get_object", return_value=output):
            assert status_of(S3Storage(client), "s3://bucket/a") == 500


def test_a_job_reads_and_writes_through_the_s3_client(fake: FakeS3, client: Any) -> None:
    fake.objects["jobs/in.json"] = (b'{"Version": "1.0", "SpeakerEnrollmentRequests": []}', {})
    with LocalVoiceID(s3=client, timing=Timing.at_once()) as service:
        voice_id: Any = service.boto3_client()
        domain = voice_id.create_domain(Name="n", ServerSideEncryptionConfiguration={"KmsKeyId": "k"})[
            "Domain"
        ]
        job = voice_id.start_speaker_enrollment_job(
            DomainId=domain["DomainId"],
            DataAccessRoleArn="arn:aws:iam::123456789012:role/VoiceID",
            InputDataConfig={"S3Uri": "s3://jobs/in.json"},
            OutputDataConfig={"S3Uri": "s3://jobs/out", "KmsKeyId": "out-key"},
        )["Job"]
        about = {"DomainId": domain["DomainId"], "JobId": job["JobId"]}
        assert voice_id.describe_speaker_enrollment_job(**about)["Job"]["JobStatus"] == "COMPLETED"
    assert f"jobs/out/{job['JobId']}/in.json.out" in fake.objects
    assert fake.put_headers["x-amz-server-side-encryption-aws-kms-key-id"] == "out-key"
