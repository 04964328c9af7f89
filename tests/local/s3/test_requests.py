"""The requests that are supported; all others are refused by name."""

import base64
import hashlib
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.s3_requests import Wire
from voiceid_sdk.local.s3 import reading


@pytest.mark.parametrize(
    ("method", "target", "headers", "named"),
    [
        ("GET", "/bucket?versions", {}, "versions"),
        ("GET", "/bucket?acl", {}, "acl"),
        ("GET", "/bucket/a?acl", {}, "acl"),
        ("GET", "/bucket/a?torrent", {}, "torrent"),
        ("PUT", "/bucket?versioning", {}, "versioning"),
        ("PUT", "/bucket/a?acl", {}, "acl"),
        (
            "PUT",
            "/bucket/a",
            {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
            "customer-algorithm",
        ),
        ("PUT", "/bucket/a", {"x-amz-object-lock-mode": "GOVERNANCE"}, "x-amz-object-lock-mode"),
        ("PUT", "/bucket/a", {"x-amz-grant-read": "id=1"}, "x-amz-grant-read"),
        ("PUT", "/bucket/a", {"x-amz-website-redirect-location": "/b"}, "x-amz-website-redirect-location"),
        ("PUT", "/bucket/a", {"x-amz-write-offset-bytes": "5"}, "x-amz-write-offset-bytes"),
        ("PUT", "/bucket/a", {"x-amz-checksum-xxhash64": "AAAA"}, "x-amz-checksum-xxhash64"),
        ("PUT", "/bucket/a", {"If-Modified-Since": "Sat, 28 Nov 2026 00:00:00 GMT"}, "if-modified-since"),
        ("PUT", "/bucket/a", {"Content-Range": "bytes 0-1/2"}, "content-range"),
        ("PUT", "/bucket/a", {"Range": "bytes=0-1"}, "range"),
        ("PUT", "/bucket/a", {"x-amz-storage-class": "GLACIER"}, "x-amz-storage-class"),
        ("DELETE", "/bucket/a", {"x-amz-mfa": "1 2"}, "x-amz-mfa"),
        ("DELETE", "/bucket/a", {"x-amz-bypass-governance-retention": "true"}, "governance"),
        ("GET", "/bucket/a", {"x-amz-server-side-encryption-customer-key": "k"}, "customer-key"),
        ("GET", "/bucket?list-type=2", {"If-None-Match": '"x"'}, "if-none-match"),
        ("GET", "/bucket?list-type=2&metadata=true", {}, "metadata"),
        ("POST", "/bucket/a?restore", {}, ""),
        ("POST", "/bucket", {}, ""),
        ("PATCH", "/bucket/a", {}, ""),
        ("GET", "/bucket/a", {"Range": "bytes=0-1,3-4"}, "one range"),
    ],
)
def test_what_would_change_a_request_and_is_not_understood_is_refused(
    wire: Wire, method: str, target: str, headers: dict[str, str], named: str
) -> None:
    wire("PUT", "/bucket/a", b"content")
    answer = wire(method, target, b"other", headers)
    assert (answer.status, answer.code) == (501, "NotImplemented")
    assert named in answer.text("Message")
    assert wire("GET", "/bucket/a").body == b"content"


def test_what_changes_nothing_is_taken(wire: Wire) -> None:
    harmless = {
        "User-Agent": "x",
        "Accept-Encoding": "gzip",
        "Amz-Sdk-Request": "attempt=1",
        "X-Amzn-Trace-Id": "Root=1",
        "X-Forwarded-For": "10.0.0.1",
        "x-amz-acl": "private",
        "x-amz-request-payer": "requester",
        "x-amz-expected-bucket-owner": "123456789012",
        "Expect": "100-continue",
    }
    assert wire("PUT", "/bucket/a?x-id=PutObject", b"content", harmless).status == 200
    assert wire("GET", "/bucket/a?x-id=GetObject&versionId=null").body == b"content"


def test_a_message_repeats_no_name_that_a_client_made_up(wire: Wire) -> None:
    answer = wire("GET", "/bucket/a?Ana%20Example")
    assert answer.code == "NotImplemented"
    assert "Ana" not in answer.body.decode()


def test_another_owner_of_the_bucket_is_not_there(wire: Wire) -> None:
    answer = wire("PUT", "/bucket/a", b"", {"x-amz-expected-bucket-owner": "210987654321"})
    assert (answer.status, answer.code) == (403, "AccessDenied")


def test_access_for_others_is_refused(wire: Wire) -> None:
    answer = wire("PUT", "/bucket/a", b"", {"x-amz-acl": "public-read"})
    assert (answer.status, answer.code) == (400, "AccessControlListNotSupported")


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("bucket.localhost:8787", "/a/b"),
        ("bucket.s3.localhost", "/a/b"),
        ("bucket.s3.amazonaws.com", "/a/b"),
        ("bucket.s3.eu-west-2.amazonaws.com", "/a/b"),
        ("bucket.s3-eu-west-2.amazonaws.com", "/a/b"),
        ("bucket.s3.dualstack.us-east-1.amazonaws.com", "/a/b"),
        ("bucket.voice.test:80", "/a/b"),
        ("s3.us-east-1.amazonaws.com", "/bucket/a/b"),
        ("s3.amazonaws.com", "/bucket/a/b"),
        ("127.0.0.1:8787", "/bucket/a/b"),
        ("[::1]:8787", "/bucket/a/b"),
        ("voice.test", "/bucket/a/b"),
        ("localhost", "/bucket/a%2Fb"),
    ],
)
def test_a_bucket_is_named_by_host_or_path(root: Path, host: str, target: str) -> None:
    wire = Wire(root, host_names=["voice.test"])
    wire("PUT", "/bucket")
    wire("PUT", "/bucket/a/b", b"content")
    assert wire("GET", target, host=host).body == b"content"


def test_a_bucket_of_a_host_may_have_points_in_its_name(root: Path) -> None:
    wire = Wire(root)
    assert wire("PUT", "/", host="my.own.bucket.localhost").status == 200
    assert wire("GET", "/").texts("Name") == ["my.own.bucket"]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/bucket/%ff", "InvalidURI"),
        ("/bucket?prefix=%ff", "InvalidURI"),
        ("/bucket?prefix=a&prefix=b", "InvalidArgument"),
        ("/bucket/" + "k" * 1025, "KeyTooLongError"),
        ("/bucket?list-type=2&max-keys=-1", "InvalidArgument"),
        ("/bucket?list-type=2&max-keys=many", "InvalidArgument"),
        ("/bucket?list-type=2&max-keys=" + "9" * 5000, "InvalidArgument"),
        ("/bucket?list-type=2&continuation-token=%2e%2e", "InvalidArgument"),
        ("/bucket?encoding-type=base64", "InvalidArgument"),
        ("/bucket/a?versionId=1", "InvalidArgument"),
        ("/bucket/a?partNumber=0", "InvalidArgument"),
        ("/bucket/a?partNumber=" + "9" * 5000, "InvalidArgument"),
        ("/bucket/a?response-content-type=a%0ab", "InvalidArgument"),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(wire: Wire, target: str, code: str) -> None:
    wire("PUT", "/bucket/a", b"content")
    answer = wire("GET", target)
    assert (answer.status, answer.code) == (400, code)


def test_a_presigned_url_carries_headers_in_its_query(wire: Wire) -> None:
    signed = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Expires=60"
    target = f"/bucket/a?{signed}&x-amz-meta-voice=ana&x-amz-checksum-crc32=AAAAAA%3D%3D"
    assert wire("PUT", target, b"content").code == "BadDigest"
    assert wire("PUT", target, b"").status == 200
    assert wire("HEAD", "/bucket/a").headers["x-amz-meta-voice"] == "ana"


@pytest.mark.parametrize(
    "carried",
    [
        "x-amz-meta-a%0d%0aX-Other:1=b",
        "x-amz-meta-a%20b=c",
        "x-amz-meta-%E6%97%A5=b",
        "x-amz-server-side-encryption=aws:kms&x-amz-server-side-encryption-aws-kms-key-id=a%0d%0aX-Other:1",
        "x-amz-server-side-encryption=aws:kms&x-amz-server-side-encryption-aws-kms-key-id=%E6%97%A5",
        "AWSAccessKeyId=a&Expires=9999999999&Signature=x&content-type=a%0d%0aX-Other:1",
    ],
)
def test_a_header_that_http_does_not_allow_is_refused_in_a_query(wire: Wire, carried: str) -> None:
    assert wire("PUT", f"/bucket/a?{carried}", b"content").code == "InvalidArgument"
    assert wire("GET", "/bucket/a").status == 404


@pytest.mark.parametrize("value", ["%E6%97%A5", "a%0d%0aX-Other:1", "%00"])
def test_a_header_that_http_does_not_allow_is_refused_for_a_response(wire: Wire, value: str) -> None:
    wire("PUT", "/bucket/a", b"content")
    answer = wire("GET", f"/bucket/a?response-content-disposition={value}")
    assert (answer.status, answer.code) == (400, "InvalidArgument")


def test_a_header_in_utf_8_is_returned_as_it_came(wire: Wire) -> None:
    name = 'attachment; filename="日本.wav"'.encode().decode("latin-1")
    wire("PUT", "/bucket/a", b"content", {"Content-Disposition": name})
    assert wire("GET", "/bucket/a").headers["content-disposition"] == name


def test_metadata_may_have_an_empty_name(wire: Wire) -> None:
    assert wire("PUT", "/bucket/a", b"content", {"x-amz-meta-": "b"}).status == 200
    assert wire("GET", "/bucket/a").headers["x-amz-meta-"] == "b"


@pytest.mark.parametrize("number", ["0", "10001", "009999999", "009999" + "9" * 5000, "٣", ""])
def test_a_part_has_a_number_from_1_to_10000(wire: Wire, number: str) -> None:
    wire("PUT", "/bucket/a", b"content")
    assert wire("GET", f"/bucket/a?partNumber={quote(number)}").code == "InvalidArgument"


def test_a_response_is_given_the_headers_that_its_url_names(wire: Wire) -> None:
    wire("PUT", "/bucket/a", b"content")
    query = "&".join(f"{name}=x%20y" for name in reading.OVERRIDES)
    headers = wire("GET", f"/bucket/a?{query}").headers
    assert [headers[name.lower()] for name in reading.OVERRIDES.values()] == ["x y"] * 6


def test_an_answer_to_head_has_no_body(wire: Wire) -> None:
    wire("PUT", "/bucket/a", b"content")
    found, missing = wire("HEAD", "/bucket/a"), wire("HEAD", "/bucket/none")
    assert (found.status, found.headers["content-length"], found.body) == (200, "7", b"")
    assert (missing.status, missing.body) == (404, b"")


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no XML",
        b"<Delete>",
        b"<Other/>",
        b"<Delete/>",
        b"<Delete><Object/></Delete>",
        b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
        b'<!DOCTYPE Delete [<!ENTITY e "a">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        b'<!DOCTYPE Delete SYSTEM "file:///etc/passwd"><Delete><Object><Key>a</Key></Object></Delete>',
        b"<Delete>" + b"<a>" * 100_000,
        b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
        b'<?xml version="1.0" encoding="x"?><Delete><Object><Key>a</Key></Object></Delete>',
        b"<Delete><Object><Key>a</Key></Object></Delete>" + b" " * 5_000_000,
    ],
    ids=range(13),
)
def test_a_document_that_is_not_as_it_should_be_changes_nothing(wire: Wire, document: bytes) -> None:
    wire("PUT", "/bucket/a", b"content")
    sha256 = {"x-amz-checksum-sha256": digest(document)}
    answer = wire("POST", "/bucket?delete", document, sha256)
    assert (answer.status, answer.code) == (400, "MalformedXML")
    assert wire("GET", "/bucket/a").body == b"content"


@pytest.mark.parametrize(
    "content",
    [
        b"<a/>" * 100_001,
        b"<Object " + b"".join(b'a%x="" ' % number for number in range(40_000)) + b"/>",
        b"<!--" + bytes(range(32, 45)) * 20_000 + b"-->",
    ],
    ids=["elements", "attributes", "a comment"],
)
def test_a_document_that_takes_much_more_memory_than_its_text_is_refused(wire: Wire, content: bytes) -> None:
    document = b"<CompleteMultipartUpload>" + content + b"</CompleteMultipartUpload>"
    assert wire("POST", "/bucket/a?uploadId=x", document).code == "MalformedXML"


def test_deletions_come_with_a_digest(wire: Wire) -> None:
    document = b"<Delete><Object><Key>a</Key></Object></Delete>"
    assert wire("POST", "/bucket?delete", document).code == "InvalidRequest"
    assert (
        wire("POST", "/bucket?delete", document, {"x-amz-checksum-sha256": digest(b"")}).code == "BadDigest"
    )


def test_what_a_deletion_does_not_understand_is_refused_for_that_object_alone(wire: Wire) -> None:
    wire("PUT", "/bucket/a", b"content")
    wire("PUT", "/bucket/b", b"content")
    document = (
        b"<Delete><Object><Key>a</Key><Size>7</Size></Object><Object><Key>b</Key></Object>"
        b"<Object><Key>c</Key><VersionId>1</VersionId></Object></Delete>"
    )
    answer = wire("POST", "/bucket?delete", document, {"x-amz-checksum-sha256": digest(document)})
    assert answer.texts("Code") == ["NotImplemented", "InvalidArgument"]
    assert (wire("GET", "/bucket/a").status, wire("GET", "/bucket/b").status) == (200, 404)


def test_an_unexpected_failure_is_an_internal_error(
    wire: Wire, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wire("PUT", "/bucket/caller-7", b"content")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error", str(next(root.glob("bucket/c*"))))

    monkeypatch.setattr("os.lseek", fail)
    answer = wire("GET", "/bucket/caller-7")
    assert (answer.status, answer.code) == (500, "InternalError")
    assert "caller" not in caplog.text + answer.body.decode()


def test_a_bucket_has_the_region_that_it_was_made_with(wire: Wire) -> None:
    constraint = b"<LocationConstraint>eu-west-2</LocationConstraint>"
    document = b"<CreateBucketConfiguration>" + constraint + b"</CreateBucketConfiguration>"
    assert wire("PUT", "/other", document).status == 200
    assert wire("GET", "/other?location").text("LocationConstraint") == "eu-west-2"
    assert wire("HEAD", "/other").headers["x-amz-bucket-region"] == "eu-west-2"
    assert wire("PUT", "/other", document).code == "BucketAlreadyOwnedByYou"
    assert wire("GET", "/?bucket-region=eu-west-2").texts("Name") == ["other"]


@pytest.mark.parametrize("name", ["abc", "a.b-c9", "a" * 63])
def test_a_bucket_may_have_a_name_of_letters_digits_hyphens_and_points(root: Path, name: str) -> None:
    assert Wire(root)("PUT", f"/{name}").status == 200


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "A-bucket",
        "a..b",
        "-ab",
        "ab-",
        "192.168.1.1",
        "xn--bucket",
        "bucket-s3alias",
        "..",
        ".local-s3",
    ],
)
def test_a_bucket_has_no_other_name(root: Path, name: str) -> None:
    assert Wire(root)("PUT", f"/{name}").code == "InvalidBucketName"


def test_buckets_are_listed_page_by_page(root: Path) -> None:
    wire = Wire(root)
    for name in ("bucket-c", "bucket-a", "bucket-b", "other"):
        wire("PUT", f"/{name}")
    first = wire("GET", "/?max-buckets=2&prefix=bucket")
    assert first.texts("Name") == ["bucket-a", "bucket-b"]
    token = first.text("ContinuationToken")
    assert wire("GET", f"/?prefix=bucket&continuation-token={token}").texts("Name") == ["bucket-c"]


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
