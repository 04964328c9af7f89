"""S3 over HTTP, beside Voice ID: boto3 and raw requests, with and without signatures."""

import errno
import functools
import hashlib
import http.client
import json
import logging
import random
import re
import resource
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import boto3
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.servers import PATIENCE, ask, call, connect, control, exchange, raw, serving
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.http import s3 as s3_over_http
from voiceid_sdk.local.http import s3_access
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.application import ACCESS_LOG
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.http.sigv4 import Credential
from voiceid_sdk.local.s3.application import FolderS3
from voiceid_sdk.local.s3.errors import S3Error

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "a-long-secret", "a-token"
RULES: Final = AccessRules(
    credentials={
        KEY: Credential(KEY, SECRET),
        "ASIATOKEN": Credential("ASIATOKEN", SECRET, TOKEN),
        "ASIAOLD": Credential("ASIAOLD", SECRET, TOKEN, datetime(2020, 1, 1, tzinfo=UTC)),
    },
    host_names=["voice.test"],
)


@functools.cache
def data_loader() -> Any:
    """Return one loader for all sessions, because each would load the large model of S3 again."""
    session: Any = boto3.Session()
    return session._session.get_component("data_loader")


def client_of(url: str, key: str = KEY, secret: str = SECRET, token: str | None = None, **config: Any) -> Any:
    session: Any = boto3.Session(key, secret, token, region_name="eu-west-2")
    session._session.register_component("data_loader", data_loader())
    given: dict[str, Any] = {
        "retries": {"total_max_attempts": 1},
        "s3": {"addressing_style": "path"},
        **config,
    }
    return session.client("s3", endpoint_url=url, config=Config(**given))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s3")


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    """Return the address of a server that checks signatures, with the bucket ``bucket``."""
    (root / "bucket").mkdir()
    with (
        LocalVoiceID() as service,
        serving(service, RULES, s3_folder=FolderS3(root, host_names=["voice.test"])) as url,
    ):
        yield url


@pytest.fixture
def names_under_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let names under ``localhost`` mean this machine, as they do on most systems, but not on all."""
    look_up = socket.getaddrinfo

    def look_up_locally(host: Any, *rest: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if str(host).endswith("localhost") else host, *rest, **options)

    monkeypatch.setattr("socket.getaddrinfo", look_up_locally)


@pytest.fixture(scope="module")
def s3(url: str) -> Iterator[Any]:
    client = client_of(url)
    yield client
    client.close()


def code_of(call: Callable[..., object], **request: object) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    response: Any = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_boto3_puts_gets_lists_copies_and_deletes(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="ä b/c+d?e", Body=b"content", Metadata={"voice": "ana"})
    found = s3.get_object(Bucket="bucket", Key="ä b/c+d?e", Range="bytes=3-")
    assert (found["Body"].read(), found["Metadata"]) == (b"tent", {"voice": "ana"})
    s3.copy_object(Bucket="bucket", Key="copy", CopySource={"Bucket": "bucket", "Key": "ä b/c+d?e"})
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["copy", "ä b/c+d?e"]
    objects = [{"Key": "copy"}, {"Key": "ä b/c+d?e"}]
    assert s3.delete_objects(Bucket="bucket", Delete={"Objects": objects})["Deleted"] == objects
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
    assert code_of(s3.get_object, Bucket="bucket", Key="copy") == (404, "NoSuchKey")
    assert code_of(s3.head_object, Bucket="bucket", Key="copy") == (404, "404")


@pytest.mark.slow
def test_boto3_moves_a_recording_of_19_mb_in_parts_and_back(s3: Any, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(19_000_000)
    s3.upload_fileobj(BytesIO(content), "bucket", "large")
    back = BytesIO()
    s3.download_fileobj("bucket", "large", back)
    assert back.getvalue() == content
    s3.delete_object(Bucket="bucket", Key="large")


@pytest.mark.slow
@pytest.mark.usefixtures("names_under_localhost")
def test_a_bucket_is_named_by_the_host(url: str, root: Path) -> None:
    (root / "bucket/by-host").write_bytes(b"content")
    client = client_of(url.replace("127.0.0.1", "localhost"), s3={"addressing_style": "virtual"})
    seen: list[str] = []
    client.meta.events.register("before-send.s3", lambda request, **_: seen.append(request.url))
    assert client.get_object(Bucket="bucket", Key="by-host")["Body"].read() == b"content"
    assert "//bucket.localhost" in seen[0]
    client.close()
    (root / "bucket/by-host").unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "secret", "token", "expected"),
    [
        (KEY, "wrong", None, (403, "SignatureDoesNotMatch")),
        ("AKIDUNKNOWN", SECRET, None, (403, "InvalidAccessKeyId")),
        ("ASIATOKEN", SECRET, "other", (400, "InvalidToken")),
        ("ASIAOLD", SECRET, TOKEN, (400, "ExpiredToken")),
    ],
)
def test_who_signs_with_anything_else_is_refused(
    url: str, key: str, secret: str, token: str | None, expected: tuple[int, str]
) -> None:
    client = client_of(url, key, secret, token)
    assert code_of(client.list_buckets) == expected
    client.close()


def test_a_session_token_is_part_of_the_signature(url: str) -> None:
    client = client_of(url, "ASIATOKEN", SECRET, TOKEN)
    assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["bucket"]
    client.close()


def signed(
    method: str,
    url: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    service: str = "s3",
    signer: type[SigV4Auth] = S3SigV4Auth,
) -> AWSRequest:
    request = AWSRequest(method, url, headers or {}, body)
    signer(Credentials(KEY, SECRET), service, "us-east-1").add_auth(request)
    return request


def send(request: AWSRequest, **changed: str) -> tuple[int, bytes]:
    """Send a request, with some of its headers changed after it was signed."""
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
    headers: dict[str, Any] = dict(prepared.headers.items())
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    body: Any = prepared.body
    connection.request(prepared.method, f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def code(body: bytes) -> str:
    return ET.fromstring(body).findtext("Code") or ""


def test_content_that_was_not_signed_is_refused(url: str) -> None:
    request = signed("PUT", f"{url}/bucket/a", b"content")
    request.data = b"kontent"
    status, body = send(request)
    assert (status, code(body)) == (400, "XAmzContentSHA256Mismatch")
    status, body = send(signed("PUT", f"{url}/bucket/a", b"content"), x_amz_meta_voice="mallory")
    assert (status, code(body)) == (403, "AccessDenied")
    status, body = send(signed("PUT", f"{url}/bucket/a", b"content"), x_amz_date="20200101T000000Z")
    assert (status, code(body)) == (400, "AuthorizationHeaderMalformed")


def test_a_request_without_a_signature_is_refused(url: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/bucket/a"), ("PUT", "/bucket/a"), ("DELETE", "/bucket/a")):
        with closing(connect(url)) as connection:
            answer = ask(connection, path, method=method)
        assert (answer.status, code(answer.body)) == (403, "AccessDenied")


def test_a_signature_without_a_digest_of_the_content_is_refused(url: str) -> None:
    class WithoutDigest(SigV4Auth):
        def payload(self, request: object) -> str:
            return "UNSIGNED-PAYLOAD"

    status, body = send(signed("GET", f"{url}/bucket/a", signer=WithoutDigest))
    assert (status, code(body)) == (400, "InvalidRequest")


def test_a_signature_for_voice_id_opens_no_bucket(url: str, root: Path) -> None:
    status, body = send(signed("PUT", f"{url}/bucket/a", b"content", service="voiceid", signer=SigV4Auth))
    assert status == 404
    assert json.loads(body)["__type"].endswith("#UnknownOperationException")
    assert not (root / "bucket/a").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("names_under_localhost")
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_needs_no_headers(url: str, root: Path, style: str, version: str) -> None:
    client = client_of(
        url.replace("127.0.0.1", "localhost"),
        "ASIATOKEN",
        token=TOKEN,
        s3={"addressing_style": style},
        signature_version=version,
    )
    params = {"Bucket": "bucket", "Key": "ä presigned"}
    put = client.generate_presigned_url("put_object", Params=params)
    parts = urlsplit(put)
    with closing(connect(put)) as connection:
        assert ask(connection, f"{parts.path}?{parts.query}", b"content", method="PUT").status == 200
    get = client.generate_presigned_url("get_object", Params={**params, "ResponseContentType": "text/plain"})
    with urllib.request.urlopen(get, timeout=PATIENCE) as response:
        assert (response.read(), response.headers["content-type"]) == (b"content", "text/plain")
    expires = re.search(r"Expires=([0-9]+)", get)
    assert expires is not None
    later = f"Expires={int(expires[1]) + 1}"
    for changed in (
        get.replace("text", "wrong"),
        get.replace(expires[0], later),
        get.replace("localhost", "x.localhost"),
    ):
        with pytest.raises(HTTPError) as caught:
            urllib.request.urlopen(changed, timeout=PATIENCE)
        assert (caught.value.code, code(caught.value.read())) == (403, "SignatureDoesNotMatch")
        caught.value.close()
    client.close()
    (root / "bucket/ä presigned").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_expires(version: str) -> None:
    client = client_of("http://localhost", signature_version=version)
    parts = urlsplit(client.generate_presigned_url("list_objects", Params={"Bucket": "bucket"}, ExpiresIn=60))
    client.close()
    request = SignedRequest("GET", parts.path, parts.query, [("Host", "localhost")], b"")
    now = datetime.now(UTC)
    assert s3_access.verify(request, RULES.credentials, now=now) is None
    with pytest.raises(S3Error) as caught:
        s3_access.verify(request, RULES.credentials, now=now + timedelta(seconds=62))
    assert (caught.value.status, caught.value.message) == (403, "Request has expired")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"AWSAccessKeyId={KEY}&Expires=9999999999&Signature=AAAA", "SignatureDoesNotMatch"),
        (f"AWSAccessKeyId={KEY}&Expires=soon&Signature=AAAA", "AuthorizationHeaderMalformed"),
        ("AWSAccessKeyId=UNKNOWN&Expires=9999999999&Signature=AAAA", "InvalidAccessKeyId"),
        ("AWSAccessKeyId=ASIATOKEN&Expires=9999999999&Signature=AAAA", "InvalidToken"),
        (f"AWSAccessKeyId={KEY}&Expires=9999999999", "AccessDenied"),
    ],
)
def test_a_url_with_an_older_signature_that_is_wrong_is_refused(query: str, code: str) -> None:
    request = SignedRequest("GET", "/bucket/a", query, [("Host", "localhost")], b"")
    with pytest.raises(S3Error) as caught:
        s3_access.verify(request, RULES.credentials, now=datetime.now(UTC))
    assert caught.value.code == code


def test_an_older_signature_in_the_headers_is_refused() -> None:
    headers = [("Host", "localhost"), ("Authorization", f"AWS {KEY}:AAAA")]
    with pytest.raises(S3Error) as caught:
        s3_access.verify(
            SignedRequest("GET", "/", "", headers, b""), RULES.credentials, now=datetime.now(UTC)
        )
    assert (caught.value.code, "AWS4-HMAC-SHA256" in caught.value.message) == ("InvalidRequest", True)


class Chunks:
    """A request that is signed chunk by chunk, as the SDKs for Java do over HTTP."""

    def __init__(self, url: str, *parts: bytes, trailer: str = "") -> None:
        form = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
        headers = {
            "Content-Encoding": "aws-chunked",
            "x-amz-decoded-content-length": str(sum(map(len, parts))),
            **({"x-amz-trailer": trailer.partition(":")[0]} if trailer else {}),
        }
        self._signer = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1")
        self._signer.payload = lambda request: form  # type: ignore[method-assign] # only of this instance
        self.request = AWSRequest("PUT", url, headers, b"")
        self._signer.add_auth(self.request)
        self._last = self.request.headers["Authorization"].rpartition("Signature=")[2]
        lines = [line for part in (*parts, b"") for line in self._chunk(part)]
        if trailer:
            digest = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
            lines += [trailer.encode(), f"x-amz-trailer-signature:{self._sign('TRAILER', digest)}".encode()]
        self.request.data = b"\r\n".join((*lines, b"", b""))

    def _chunk(self, part: bytes) -> list[bytes]:
        nothing = hashlib.sha256(b"").hexdigest()
        signature = self._sign("PAYLOAD", nothing, hashlib.sha256(part).hexdigest())
        return [b"%x;chunk-signature=%b" % (len(part), signature.encode()), *([part] if part else [])]

    def _sign(self, kind: str, *digests: str) -> str:
        scope = self._signer.credential_scope(self.request)
        parts = (f"AWS4-HMAC-SHA256-{kind}", self.request.context["timestamp"], scope, self._last, *digests)
        self._last = self._signer.signature("\n".join(parts), self.request)
        return self._last


TRAILER: Final = "x-amz-checksum-crc32:/sUwqQ=="


@pytest.mark.parametrize("trailer", ["", TRAILER])
def test_content_whose_chunks_are_signed_is_taken(url: str, root: Path, trailer: str) -> None:
    assert send(Chunks(f"{url}/bucket/chunks", b"con", b"tent", trailer=trailer).request) == (200, b"")
    assert (root / "bucket/chunks").read_bytes() == b"content"
    (root / "bucket/chunks").unlink()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"con\r\n", b"CON\r\n"),
        (b"tent", b"TENT"),
        (b"trailer-signature:", b"trailer-signature:0"),
        (b"/sUwqQ==", b"AAAAAA=="),
        (b";chunk-signature=", b""),
    ],
)
def test_content_whose_chunks_are_signed_otherwise_is_refused(
    url: str, root: Path, old: bytes, new: bytes
) -> None:
    request = Chunks(f"{url}/bucket/chunks", b"con", b"tent", trailer=TRAILER).request
    assert isinstance(request.data, bytes)
    assert old in request.data
    request.data = request.data.replace(old, new)
    status, body = send(request)
    assert (status, code(body)) in ((403, "SignatureDoesNotMatch"), (400, "IncompleteBody"))
    assert not (root / "bucket/chunks").exists()


@pytest.fixture
def open_url(tmp_path: Path) -> Iterator[str]:
    """Return the address of a server that checks no signatures."""
    (tmp_path / "bucket").mkdir()
    with LocalVoiceID(s3_root=tmp_path) as service, serving(service, s3_folder=FolderS3(tmp_path)) as url:
        yield url


def test_without_credentials_anyone_on_the_machine_may_come(open_url: str) -> None:
    with closing(connect(open_url)) as connection:
        assert ask(connection, "/bucket/a", b"content", method="PUT").status == 200
        assert ask(connection, "/bucket/a", method="GET").body == b"content"
        assert ask(connection, "/", method="GET").body.count(b"<Name>bucket</Name>") == 1
    client = client_of(open_url, "any", "key")
    assert client.get_object(Bucket="bucket", Key="a")["Body"].read() == b"content"
    client.close()


@pytest.mark.parametrize("full", ["write", "rollover"])
def test_a_full_disk_is_a_response_and_one_line_of_log(
    open_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, full: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left for a-customer.wav")

    with closing(connect(open_url)) as connection, monkeypatch.context() as patched:
        patched.setattr(tempfile.SpooledTemporaryFile, full, fail)
        for _ in range(2):
            refused = ask(connection, "/bucket/a", bytes(100_000), method="PUT")
            assert (refused.status, code(refused.body)) == (503, "ServiceUnavailable")
    logged = [record.levelname for record in caplog.records if record.levelno > logging.INFO]
    assert logged == ["WARNING", "WARNING"]
    assert "customer" not in caplog.text
    with closing(connect(open_url)) as connection:
        assert ask(connection, "/bucket/a", bytes(100_000), method="PUT").status == 200


def test_voice_id_and_its_other_paths_are_served_beside_s3(open_url: str) -> None:
    with closing(connect(open_url)) as connection:
        assert call(connection, "ListDomains").json() == {"DomainSummaries": []}
        assert ask(connection, "/ready", method="GET").json() == {"status": "ready"}
        assert control(connection, "nothing").status == 404
        assert ask(connection, "/").json()["__type"].endswith("#UnknownOperationException")
    client = client_of(open_url)
    for name in ("ready", "control"):
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        client.put_object(Bucket=name, Key="a", Body=b"content")
    assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["bucket", "control", "ready"]
    client.close()


def test_a_server_without_a_folder_says_what_it_lacks() -> None:
    with LocalVoiceID() as service, serving(service) as url:
        status, body = send(signed("GET", f"{url}/bucket/a"))
        assert (status, code(body)) == (501, "NotImplemented")
        assert b"--s3-root" in body
        with closing(connect(url)) as connection:
            assert (
                ask(connection, "/bucket/a", method="GET")
                .json()["__type"]
                .endswith("#UnknownOperationException")
            )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "elsewhere.test"}, 421),
        ({"Host": "bucket.elsewhere.test"}, 421),
        ({"Host": "not-voice.test"}, 421),
        ({"Host": "localhost", "Origin": "http://localhost"}, 403),
        ({"Host": "bucket.voice.test"}, 403),
        ({"Host": "voice.test"}, 403),
    ],
)
def test_web_pages_and_other_hosts_do_not_come_in(url: str, headers: dict[str, str], status: int) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    answer = exchange(url, f"GET /a HTTP/1.1\r\nConnection: close\r\n{lines}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    expected = {421: b"ForeignHost", 403: b"OriginRefused" if "Origin" in headers else b"AccessDenied"}
    assert expected[status] in answer


def test_what_the_head_decides_is_refused_before_the_body_comes(url: str) -> None:
    head = b"PUT /bucket/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000000\r\n"
    answer = exchange(url, head + b"Expect: 100-continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"connection: close" in answer.lower()


def test_a_go_ahead_is_given_to_what_the_head_allows(open_url: str) -> None:
    with raw(open_url) as connection:
        connection.sendall(
            b"PUT /bucket/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"content")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_hangs_up_leaves_nothing(open_url: str, tmp_path: Path) -> None:
    with raw(open_url) as connection:
        connection.sendall(b"PUT /bucket/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 700\r\n\r\nhalf")
    with closing(connect(open_url)) as connection_:
        assert ask(connection_, "/bucket/a", method="GET").status == 404
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.slow
def test_a_large_body_to_an_operation_that_does_not_exist_is_answered(open_url: str) -> None:
    with closing(connect(open_url)) as connection:
        answer = ask(connection, "/bucket/a?acl", b"x" * 1_000_000, method="PUT")
        assert (answer.status, code(answer.body)) == (501, "NotImplemented")
        assert ask(connection, "/bucket/a", method="GET").status == 404
    with closing(connect(open_url)) as connection, suppress(ConnectionError):
        assert ask(connection, "/bucket/a?acl", b"x" * 20_000_000, method="PUT").status == 501


def test_bodies_of_all_clients_together_have_a_limit(open_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_over_http, "MAX_BODIES", 100)
    with closing(connect(open_url)) as connection:
        answer = ask(connection, "/bucket/a", b"x" * 101, method="PUT")
        assert (answer.status, code(answer.body)) == (503, "SlowDown")
        assert ask(connection, "/bucket/a", b"x" * 100, method="PUT").status == 200


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs measurements of POSIX")
def test_bodies_and_objects_stay_beside_memory(open_url: str) -> None:
    content = random.Random(2).randbytes(1024 * 1024)

    def pieces() -> Iterator[bytes]:
        yield from [content] * 64

    with closing(connect(open_url)) as connection:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        connection.request("PUT", "/bucket/a", pieces(), {"Content-Length": str(64 * len(content))})
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
        connection.request("GET", "/bucket/a")
        response = connection.getresponse()
        size = sum(map(len, iter(lambda: response.read(65536), b"")))
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert size == 64 * len(content)
    assert grown < 32 * 1024  # KiB on Linux, and far less in bytes than that on macOS


def test_the_access_log_names_operations_and_nothing_of_the_client(
    open_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, ACCESS_LOG.name), closing(connect(open_url)) as connection:
        ask(connection, "/bucket/caller-7", b"content", method="PUT")
        ask(connection, "/bucket/caller-7?caller-8", method="GET")
    lines = [record.getMessage() for record in caplog.records if record.name == ACCESS_LOG.name]
    assert [line.split()[:2] for line in lines] == [["s3/PutObject", "200"], ["s3/-", "501"]]
    assert "caller" not in " ".join(lines)
