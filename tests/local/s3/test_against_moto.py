"""The same calls to the folder and to moto's S3: every response and every error is compared."""

import base64
import hashlib
import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from voiceid_sdk.local import folder_s3_client

pytestmark = pytest.mark.slow

CONTENT: Final = bytes(range(256)) * 40
PART: Final = CONTENT * 512  # 5 MiB, the least that a part but the last may have
PAST, FUTURE = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)

LEFT_OUT: Final = frozenset(
    (
        "AcceptRanges",
        "BucketArn",
        "BucketRegion",
        "ChecksumType",
        "DisplayName",
        "HostId",
        "ID",
        "Location",
        "RequestCharged",
        "RequestId",
        "ResponseMetadata",
        "UploadId",
        "VersionId",
        "NextContinuationToken",
        "ContinuationToken",
    )
)
"""Members that are random, or that one of the two leaves out where nothing depends on them."""

Call = Callable[..., Any]


def plain(value: Any) -> Any:
    """Return a value as it can be compared."""
    if isinstance(value, Mapping):
        members = {name: plain(member) for name, member in value.items() if name not in LEFT_OUT}
        return {name: member for name, member in members.items() if member not in ("", None)}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, datetime):
        return "a moment"
    if hasattr(value, "read"):
        return value.read()
    return value


class Log:
    """Calls a client and keeps what came of each call, in a form that can be compared."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.entries: list[tuple[str, Any]] = []

    def __call__(self, operation: str, **request: Any) -> Any:
        named = ", ".join(f"{name}={value!r:.60}" for name, value in request.items() if name != "UploadId")
        step = f"{operation}({named})"
        try:
            response = getattr(self._client, operation)(**request)
        except ClientError as error:
            found = error.response
            status = found["ResponseMetadata"]["HTTPStatusCode"]
            self.entries.append((step, (status, found["Error"]["Code"])))
            return {}
        except (KeyError, TypeError) as error:  # moto
            self.entries.append((step, type(error).__name__))
            return {}
        entry = plain(response)
        for each in entry.get("Contents", []):
            each.pop("ChecksumAlgorithm", None)  # moto has it in one of the two lists.
        entry.pop("Marker", None)  # moto never repeats it.
        entry["status"] = response["ResponseMetadata"]["HTTPStatusCode"]
        self.entries.append((step, entry))
        return response


def put_and_get(call: Call) -> None:
    call("create_bucket", Bucket="first-bucket")
    call("create_bucket", Bucket="first-bucket")
    call("create_bucket", Bucket="Not_Allowed")
    call("head_bucket", Bucket="first-bucket")
    call("head_bucket", Bucket="no-such-bucket")
    call("get_bucket_location", Bucket="first-bucket")
    call("list_buckets")
    call("put_object", Bucket="first-bucket", Key="a", Body=CONTENT, Metadata={"voice": "ana", "n": "1"})
    call("get_object", Bucket="first-bucket", Key="a")
    call("head_object", Bucket="first-bucket", Key="a")
    call("get_object", Bucket="first-bucket", Key="none")
    call("head_object", Bucket="first-bucket", Key="none")
    call("get_object", Bucket="no-such-bucket", Key="a")
    call("put_object", Bucket="no-such-bucket", Key="a", Body=b"")
    call("put_object", Bucket="first-bucket", Key="a", Body=b"other")
    call("head_object", Bucket="first-bucket", Key="a")
    call("put_object", Bucket="first-bucket", Key="empty", Body=b"")
    call("get_object", Bucket="first-bucket", Key="empty")
    call(
        "put_object",
        Bucket="first-bucket",
        Key="with everything",
        Body=CONTENT,
        ContentType="audio/wav",
        CacheControl="no-store",
        ContentDisposition="attachment",
        ContentEncoding="gzip",
        ContentLanguage="en",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId="a-key",
        StorageClass="STANDARD_IA",
        Tagging="one=1&two=2",
    )
    call("get_object", Bucket="first-bucket", Key="with everything")
    call(
        "get_object",
        Bucket="first-bucket",
        Key="with everything",
        ResponseContentType="text/plain",
        ResponseCacheControl="no-cache",
    )
    call("get_object_tagging", Bucket="first-bucket", Key="with everything")
    call("delete_object_tagging", Bucket="first-bucket", Key="with everything")
    call("get_object_tagging", Bucket="first-bucket", Key="with everything")
    call("delete_object", Bucket="first-bucket", Key="with everything")
    call("delete_object", Bucket="first-bucket", Key="with everything")
    call("get_object", Bucket="first-bucket", Key="with everything")
    call("delete_bucket", Bucket="first-bucket")
    call("delete_bucket", Bucket="no-such-bucket")


def odd_keys(call: Call) -> None:
    call("create_bucket", Bucket="odd-keys")
    keys = ["a/", "a/b", "a//b", "a", "a/b/c", "/a", "x" * 900, "ä ö+?#%", "UPPER", "upper", "a.voice"]
    keys += ["back\\slash", ".local-s3/lock", "tab\tkey", "é", "e\u0301", "\U0001f600"]
    for key in keys:
        call("put_object", Bucket="odd-keys", Key=key, Body=key.encode())
    for key in keys:
        call("get_object", Bucket="odd-keys", Key=key)
    call("list_objects_v2", Bucket="odd-keys")
    call("list_objects", Bucket="odd-keys", Delimiter="/")
    call("put_object", Bucket="odd-keys", Key="x" * 1025, Body=b"")
    for key in keys:
        call("delete_object", Bucket="odd-keys", Key=key)
    call("list_objects_v2", Bucket="odd-keys")


def ranges(call: Call) -> None:
    call("create_bucket", Bucket="ranges")
    call("put_object", Bucket="ranges", Key="a", Body=CONTENT)
    call("put_object", Bucket="ranges", Key="empty", Body=b"")
    for wanted in (
        "0-0",
        "0-9",
        "100-",
        "-5",
        "-99999",
        "10239-10239",
        "10239-20000",
        "10240-",
        "10240-10241",
        "-0",
    ):
        call("get_object", Bucket="ranges", Key="a", Range=f"bytes={wanted}")
    call("head_object", Bucket="ranges", Key="a", Range="bytes=5-9")
    call("get_object", Bucket="ranges", Key="empty", Range="bytes=0-9")


def conditions(call: Call) -> None:
    call("create_bucket", Bucket="conditions")
    tag = hashlib.md5(CONTENT).hexdigest()
    call("put_object", Bucket="conditions", Key="a", Body=CONTENT, IfNoneMatch="*")
    call("put_object", Bucket="conditions", Key="a", Body=b"other", IfNoneMatch="*")
    for operation in ("get_object", "head_object"):
        for condition in (
            {"IfMatch": tag},
            {"IfMatch": f'"{tag}"'},
            {"IfMatch": '"other"'},
            {"IfNoneMatch": f'"{tag}"'},
            {"IfNoneMatch": "other"},
            {"IfModifiedSince": PAST},
            {"IfModifiedSince": FUTURE},
            {"IfUnmodifiedSince": PAST},
            {"IfUnmodifiedSince": FUTURE},
        ):
            call(operation, Bucket="conditions", Key="a", **condition)
    call("put_object", Bucket="conditions", Key="a", Body=b"new", IfMatch=f'"{tag}"')
    call("put_object", Bucket="conditions", Key="a", Body=b"newer", IfMatch=f'"{tag}"')
    call("get_object", Bucket="conditions", Key="a")


def checksums(call: Call) -> None:
    call("create_bucket", Bucket="checksums")
    md5 = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    call("put_object", Bucket="checksums", Key="md5", Body=CONTENT, ContentMD5=md5)
    call("put_object", Bucket="checksums", Key="md5", Body=b"other", ContentMD5=md5)
    call("put_object", Bucket="checksums", Key="md5", Body=b"other", ContentMD5="nonsense")
    call("get_object", Bucket="checksums", Key="md5")
    for algorithm, name in (("CRC32", "CRC32"), ("SHA1", "SHA1"), ("SHA256", "SHA256")):
        call("put_object", Bucket="checksums", Key=name, Body=CONTENT, ChecksumAlgorithm=algorithm)
        call("head_object", Bucket="checksums", Key=name, ChecksumMode="ENABLED")
        call("get_object", Bucket="checksums", Key=name, ChecksumMode="ENABLED")
    sha256 = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    call("put_object", Bucket="checksums", Key="sha", Body=CONTENT, ChecksumSHA256=sha256)


def copies(call: Call) -> None:
    call("create_bucket", Bucket="copies")
    call("create_bucket", Bucket="copies-too")
    call(
        "put_object",
        Bucket="copies",
        Key="a b/ä",
        Body=CONTENT,
        Metadata={"voice": "ana"},
        ContentType="audio/wav",
        Tagging="one=1",
    )
    source = {"Bucket": "copies", "Key": "a b/ä"}
    call("copy_object", Bucket="copies-too", Key="b", CopySource=source)
    call("get_object", Bucket="copies-too", Key="b")
    call("get_object_tagging", Bucket="copies-too", Key="b")
    call(
        "copy_object",
        Bucket="copies",
        Key="c",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"new": "1"},
        ContentType="text/plain",
        TaggingDirective="REPLACE",
        Tagging="two=2",
    )
    call("get_object", Bucket="copies", Key="c")
    call("get_object_tagging", Bucket="copies", Key="c")
    call("copy_object", Bucket="copies", Key="a b/ä", CopySource=source)
    call("copy_object", Bucket="copies", Key="a b/ä", CopySource=source, MetadataDirective="REPLACE")
    call("get_object", Bucket="copies", Key="a b/ä")
    call("copy_object", Bucket="copies", Key="d", CopySource={"Bucket": "copies", "Key": "none"})
    call("copy_object", Bucket="copies", Key="d", CopySource={"Bucket": "no-such-bucket", "Key": "a"})
    call("copy_object", Bucket="no-such-bucket", Key="d", CopySource=source)


def listings(call: Call) -> None:
    call("create_bucket", Bucket="listings")
    call("list_objects_v2", Bucket="listings")
    for key in ("a", "a-b", "a.b", "a/b", "a/b/c", "a/c", "b/x", "b/y/z", "c", "A", "ä", "b x"):
        call("put_object", Bucket="listings", Key=key, Body=key.encode())
    for request in (
        {},
        {"Delimiter": "/"},
        {"Prefix": "a"},
        {"Prefix": "a/"},
        {"Prefix": "a/", "Delimiter": "/"},
        {"Prefix": "b", "Delimiter": "/"},
        {"Prefix": "none"},
        {"MaxKeys": 3},
        {"MaxKeys": 0},
        {"Delimiter": "b"},
        {"EncodingType": "url", "Prefix": "ä"},
    ):
        call("list_objects", Bucket="listings", **request)
        call("list_objects_v2", Bucket="listings", **request)
    call("list_objects_v2", Bucket="listings", StartAfter="a/b")
    call("list_objects_v2", Bucket="listings", FetchOwner=True, MaxKeys=1)
    for limit, delimiter in itertools.product((1, 2, 5), ("", "/")):
        token: dict[str, str] = {}
        for _ in range(12):
            page = call("list_objects_v2", Bucket="listings", MaxKeys=limit, Delimiter=delimiter, **token)
            if not page["IsTruncated"]:
                break
            token = {"ContinuationToken": page["NextContinuationToken"]}
    call("list_objects", Bucket="listings", Marker="a/c")
    call("list_objects", Bucket="no-such-bucket")


def deletions(call: Call) -> None:
    call("create_bucket", Bucket="deletions")
    for key in ("a", "b/c", "b/d", "e&<>\"'"):
        call("put_object", Bucket="deletions", Key=key, Body=b"x")
    keys = ("a", "b/c", "none", "e&<>\"'")
    call("delete_objects", Bucket="deletions", Delete={"Objects": [{"Key": key} for key in keys]})
    call("delete_objects", Bucket="deletions", Delete={"Objects": [{"Key": "b/d"}], "Quiet": True})
    call("list_objects_v2", Bucket="deletions")
    call("delete_bucket", Bucket="deletions")
    call("head_bucket", Bucket="deletions")


def multipart(call: Call) -> None:
    call("create_bucket", Bucket="multipart")
    begun = call("create_multipart_upload", Bucket="multipart", Key="big", Metadata={"voice": "ana"})
    upload = {"Bucket": "multipart", "Key": "big", "UploadId": begun["UploadId"]}
    tags = {
        number: call("upload_part", **upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, PART), (3, CONTENT), (2, PART[::-1]))
    }
    call("list_parts", **upload)
    call("list_parts", **upload, MaxParts=1)
    call("list_parts", **upload, PartNumberMarker=1)
    call("list_multipart_uploads", Bucket="multipart")
    parts = [{"PartNumber": number, "ETag": tags[number]} for number in sorted(tags)]
    call("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts[::-1]})
    wrong = [*parts[:2], {"PartNumber": 3, "ETag": tags[1]}]
    call("complete_multipart_upload", **upload, MultipartUpload={"Parts": wrong})
    call("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
    call("head_object", Bucket="multipart", Key="big")
    call("get_object", Bucket="multipart", Key="big")
    call("get_object", Bucket="multipart", Key="big", Range="bytes=5242870-5242889")
    call("list_objects_v2", Bucket="multipart")
    call("list_multipart_uploads", Bucket="multipart")

    begun = call("create_multipart_upload", Bucket="multipart", Key="copied")
    upload = {"Bucket": "multipart", "Key": "copied", "UploadId": begun["UploadId"]}
    source = {"Bucket": "multipart", "Key": "big"}
    copied = [
        call(
            "upload_part_copy", **upload, PartNumber=1, CopySource=source, CopySourceRange="bytes=0-5242879"
        ),
        call(
            "upload_part_copy",
            **upload,
            PartNumber=2,
            CopySource=source,
            CopySourceRange="bytes=5242880-5242889",
        ),
    ]
    parts = [{"PartNumber": n, "ETag": each["CopyPartResult"]["ETag"]} for n, each in enumerate(copied, 1)]
    call("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
    call("get_object", Bucket="multipart", Key="copied")

    begun = call("create_multipart_upload", Bucket="multipart", Key="small")
    upload = {"Bucket": "multipart", "Key": "small", "UploadId": begun["UploadId"]}
    tags = {number: call("upload_part", **upload, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)}
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in tags.items()]
    call("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
    call("abort_multipart_upload", **upload)
    call("upload_part", **upload, PartNumber=1, Body=b"x")
    call("list_parts", **upload)
    call("head_object", Bucket="multipart", Key="small")


SCENARIOS: Final = (
    put_and_get,
    odd_keys,
    ranges,
    conditions,
    checksums,
    copies,
    listings,
    deletions,
    multipart,
)


DIFFERENCES: Final[Mapping[str, str]] = {
    "create_bucket(Bucket='Not_Allowed')": "moto takes names that S3 refuses",
    "list_buckets()": "so it lists that bucket",
    "get_object(Bucket='odd-keys', Key='a')": "a.voice is the label of the voice on a",
    "KeyTooLongError": "moto takes keys of any length",
    "list_objects_v2(Bucket='odd-keys')": "so it lists that key",
    "Range='bytes=-99999'": "moto sends the checksum of all with what it says is a piece",
    "head_object(Bucket='conditions', Key='a', IfMatch='c3": "moto compares with the quotation marks",
    "ContentMD5='w80m4H5VXAEW2yN/vAbZnA==')": "moto does not look at Content-MD5",
    "ContentMD5='nonsense')": "nor whether it is one",
    "get_object(Bucket='checksums', Key='md5')": "so it has the wrong object",
    "ChecksumSHA256='6Wdg": "moto does not answer with a checksum that was computed by the client",
    "list_objects(Bucket='listings', MaxKeys=3)": "moto's NextMarker is an ETag",
    "EncodingType='url', Prefix='ä')": "moto encodes keys and not the prefix",
    "Quiet": "moto lists what was deleted all the same",
    "list_parts(": "moto forgets the checksums of parts",
    "InvalidPartOrder": "moto looks at sizes before it looks at the order",
    "KeyError": "moto fails where there is no such upload",
}
"""Where the two differ, by a piece of the step or of an answer, and why the folder is right.

Sources: "Bucket naming rules" and "Object key naming" in the S3 user guide; PutObject, ListObjects,
DeleteObjects and ListParts in the S3 API reference.
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Log, Log]]:
    """Return what the folder and moto answer in every scenario."""
    ours = folder_s3_client(tmp_path_factory.mktemp("s3"))
    with mock_aws():
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
        theirs = session.client("s3")
        return {scenario.__name__: (run(scenario, ours), run(scenario, theirs)) for scenario in SCENARIOS}


def run(scenario: Callable[[Call], None], client: Any) -> Log:
    log = Log(client)
    scenario(log)
    return log


def differing(logs: tuple[Log, Log]) -> list[str]:
    """Return the steps in which the two differ, each with both answers."""
    pairs = zip(logs[0].entries, logs[1].entries, strict=True)
    return [f"{step} {ours} {theirs}" for (step, ours), (_, theirs) in pairs if ours != theirs]


@pytest.mark.parametrize("scenario", [scenario.__name__ for scenario in SCENARIOS])
def test_the_folder_answers_as_moto_does(scenario: str, logs: dict[str, tuple[Log, Log]]) -> None:
    unexplained = [
        step for step in differing(logs[scenario]) if not any(known in step for known in DIFFERENCES)
    ]
    assert unexplained == []


def test_every_difference_that_is_explained_is_there(logs: dict[str, tuple[Log, Log]]) -> None:
    steps = [step for each in logs.values() for step in differing(each)]
    assert [known for known in DIFFERENCES if not any(known in step for step in steps)] == []
