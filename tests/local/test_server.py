"""The HTTP server: real sockets, any AWS SDK, and malicious clients."""

import asyncio
import gzip
import http.client
import json
import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.servers import (
    PATIENCE,
    Response,
    ask,
    call,
    connect,
    control,
    exchange,
    pour,
    raw,
    rest,
    serving,
)
from voiceid_sdk.local import Faults, LocalVoiceID
from voiceid_sdk.local.http import application
from voiceid_sdk.local.http import control as local_control
from voiceid_sdk.local.http import protocol as local_protocol
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.application import ACCESS_LOG
from voiceid_sdk.local.http.asgi import MAX_DRAINED_BYTES
from voiceid_sdk.local.http.protocol import MAX_HEAD_BYTES
from voiceid_sdk.local.http.sigv4 import Credential
from voiceid_sdk.local.protocol.aws_json import MAX_BODY_BYTES

KEY: Final = {"KmsKeyId": "alias/voice-id"}
CREDENTIAL: Final = Credential("AKIDEXAMPLE", "secret")
GUARDED: Final = AccessRules(credentials={CREDENTIAL.access_key_id: CREDENTIAL})
LIST_DOMAINS: Final = {
    "X-Amz-Target": "VoiceID.ListDomains",
    "Content-Type": "application/x-amz-json-1.0",
}
REQUEST: Final = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: VoiceID.ListDomains\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\n"
)


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalVoiceID]:
    with LocalVoiceID() as service:
        yield service


@pytest.fixture(scope="module")
def url(shared: LocalVoiceID) -> Iterator[str]:
    with serving(shared) as url:
        yield url


@pytest.fixture
def connection(url: str) -> Iterator[http.client.HTTPConnection]:
    with closing(connect(url)) as connection:
        yield connection


def client(url: str, credential: Credential = CREDENTIAL, **config: Any) -> Any:
    session = boto3.Session(
        aws_access_key_id=credential.access_key_id,
        aws_secret_access_key=credential.secret_access_key,
        aws_session_token=credential.session_token,
        region_name="us-east-1",
    )
    once = Config(retries={"total_max_attempts": 1}, **config)
    return session.client("voice-id", endpoint_url=url, config=once)


def error(client: Any) -> str:
    with pytest.raises(ClientError) as caught:
        client.list_domains()
    return str(caught.value.response["Error"]["Code"])


# What a boto3 client sees


def test_a_boto3_client_works_from_end_to_end(url: str) -> None:
    with closing(client(url)) as voice_id:
        domain = voice_id.create_domain(Name="a-domain", ServerSideEncryptionConfiguration=KEY)["Domain"]
        assert voice_id.describe_domain(DomainId=domain["DomainId"])["Domain"] == domain
        assert (
            voice_id.delete_domain(DomainId=domain["DomainId"])["ResponseMetadata"]["HTTPStatusCode"] == 200
        )


def test_a_refusal_is_the_clients_own_exception(url: str) -> None:
    with (
        closing(client(url)) as voice_id,
        pytest.raises(voice_id.exceptions.ResourceNotFoundException) as caught,
    ):
        voice_id.describe_domain(DomainId="N" * 22)
    assert caught.value.response["ResourceType"] == "DOMAIN"


def test_every_answer_has_a_request_id(connection: http.client.HTTPConnection) -> None:
    responses = [
        call(connection, "ListDomains"),
        call(connection, "Nothing"),
        control(connection, "clock"),
        ask(connection, "/ready", method="GET"),
        ask(connection, Origin="https://example.com"),
    ]
    assert len({response.headers["x-amzn-requestid"] for response in responses}) == len(responses)


# HTTP


def test_one_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    connection.connect()
    kept = connection.sock
    for _ in range(3):
        assert call(connection, "ListDomains").status == 200
    assert connection.sock is kept


def test_no_answer_waits_for_the_client_to_acknowledge_its_beginning(
    connection: http.client.HTTPConnection,
) -> None:
    def seconds() -> float:
        start = time.perf_counter()
        assert call(connection, "ListDomains").status == 200
        return time.perf_counter() - start

    taken = [seconds() for _ in range(60)]  # clients acknowledge at once at first, and only later after 40 ms
    assert min(taken[-20:]) < 0.03


def test_a_body_packed_with_gzip_is_unpacked(connection: http.client.HTTPConnection) -> None:
    packed = gzip.compress(b'{"MaxResults": 1}')
    assert call(connection, "ListDomains", packed, Content_Encoding="gzip").status == 200


def test_a_body_in_chunks_is_put_together(url: str) -> None:
    sent = REQUEST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    response = exchange(url, sent, b"1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 200 ")


def test_requests_sent_at_once_are_answered_in_order(url: str) -> None:
    listed = REQUEST + b"Content-Length: 2\r\n\r\n{}"
    unknown = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    response = exchange(url, listed + listed + unknown)
    assert [part[:3] for part in response.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"404"]


def test_another_path_is_no_operation(connection: http.client.HTTPConnection) -> None:
    response = ask(connection, "/elsewhere", b"{}", X_Amz_Target="VoiceID.ListDomains")
    assert (response.status, response.json()["__type"].rpartition("#")[2]) == (
        404,
        "UnknownOperationException",
    )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_readiness_path_says_that_the_server_is_ready(
    connection: http.client.HTTPConnection, method: str
) -> None:
    assert ask(connection, "/ready", method=method, Host="10.0.0.1").status == 200


def test_the_server_says_that_it_is_ready_while_the_service_is_busy(
    shared: LocalVoiceID, url: str, connection: http.client.HTTPConnection
) -> None:
    def list_domains() -> None:
        with closing(connect(url)) as other:
            responses.append(call(other, "ListDomains"))

    responses: list[Response] = []
    asking = threading.Thread(target=list_domains)
    with shared._store._lock._lock:
        asking.start()
        assert ask(connection, "/ready", method="GET").status == 200
        assert not responses
    asking.join(PATIENCE)
    assert responses[0].status == 200


# Who may come in


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "voice.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8787"],
)
def test_the_loopback_names_are_answered(connection: http.client.HTTPConnection, host: str) -> None:
    assert call(connection, "ListDomains", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "10.0.0.1:8787", "[fe80::1]", "", "[", "127.0.0.1.evil"],
)
@pytest.mark.parametrize("path", ["/", "/control/clock"])
def test_a_foreign_host_is_refused(connection: http.client.HTTPConnection, host: str, path: str) -> None:
    response = ask(connection, path, b"{}", Host=host)
    assert (response.status, response.json()["code"]) == (421, "ForeignHost")


def test_a_second_host_is_refused(url: str) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert exchange(url, sent).startswith((b"HTTP/1.1 421 ", b"HTTP/1.1 400 "))


def test_a_request_without_a_host_is_refused(url: str) -> None:
    assert exchange(url, b"POST / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("host", ["voice-id", "Voice-ID:8787", "192.0.2.7:8787", "[2001:db8::1]:8787"])
def test_a_name_that_was_configured_is_answered(service: LocalVoiceID, host: str) -> None:
    access_rules = AccessRules(host_names={"voice-id", "192.0.2.7", "2001:db8::1"})
    with serving(service, access_rules) as url, closing(connect(url)) as connection:
        assert call(connection, "ListDomains", Host=host).status == 200


@pytest.mark.parametrize("path", ["/", "/control/clock"])
def test_a_web_page_is_refused(connection: http.client.HTTPConnection, path: str) -> None:
    response = ask(connection, path, b"{}", Origin="http://localhost:3000")
    assert (response.status, response.json()["code"]) == (403, "OriginRefused")


def test_a_preflight_gets_no_permission(connection: http.client.HTTPConnection) -> None:
    response = ask(connection, method="OPTIONS", Origin="null", Access_Control_Request_Method="POST")
    assert not any(name.startswith("access-control-") for name in response.headers)


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """The URL of a server that takes signatures of one credential."""
    with LocalVoiceID() as service, serving(service, GUARDED) as url:
        yield url


def test_a_good_signature_is_let_in(guarded: str) -> None:
    with closing(client(guarded)) as voice_id:
        assert voice_id.list_domains()["DomainSummaries"] == []


def test_a_wrong_secret_is_not_let_in(guarded: str) -> None:
    with closing(client(guarded, Credential("AKIDEXAMPLE", "guessed"))) as voice_id:
        assert error(voice_id) == "InvalidSignatureException"


def test_an_unknown_key_is_not_let_in(guarded: str) -> None:
    with closing(client(guarded, Credential("AKIDSTRANGER", "secret"))) as voice_id:
        assert error(voice_id) == "UnrecognizedClientException"


def test_a_request_without_a_signature_is_not_let_in(guarded: str) -> None:
    with closing(client(guarded, signature_version=botocore.UNSIGNED)) as voice_id:
        assert error(voice_id) == "MissingAuthenticationTokenException"


def test_a_presigned_url_is_let_in(guarded: str) -> None:
    with closing(client(guarded)) as voice_id:
        parts = urlsplit(voice_id.generate_presigned_url("list_domains"))
    with closing(connect(guarded)) as connection:
        assert call(connection, "ListDomains", b"").status == 403
        response = ask(
            connection,
            f"/?{parts.query}",
            X_Amz_Target="VoiceID.ListDomains",
            Content_Type="application/x-amz-json-1.0",
        )
    assert response.json() == {"DomainSummaries": []}


def test_the_control_api_is_guarded_as_well(guarded: str) -> None:
    with closing(connect(guarded)) as connection:
        response = control(connection, "clock")
    assert (response.status, response.json()["code"]) == (403, "MissingAuthenticationTokenException")


def test_the_readiness_path_is_open_to_all(guarded: str) -> None:
    with closing(connect(guarded)) as connection:
        assert ask(connection, "/ready", method="GET").json() == {"status": "ready"}


# Clients that send too much, too slowly, or nonsense


def test_a_body_as_large_as_allowed_is_read(connection: http.client.HTTPConnection) -> None:
    response = call(connection, "ListDomains", b"{}".ljust(MAX_BODY_BYTES))
    assert response.status == 200


def test_a_larger_body_is_refused(connection: http.client.HTTPConnection) -> None:
    response = call(connection, "ListDomains", b"{}".ljust(MAX_BODY_BYTES + 1))
    assert (response.status, response.headers["connection"]) == (413, "close")
    assert response.json()["__type"].endswith("#RequestEntityTooLargeException")


def test_the_control_api_takes_larger_bodies(connection: http.client.HTTPConnection) -> None:
    body = b"{}".ljust(MAX_BODY_BYTES + 1)
    assert ask(connection, "/control/clock", body, Content_Type="application/json").status == 200


def test_a_body_too_large_for_the_control_api_is_refused_as_well(
    connection: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_control, "MAX_BODY_BYTES", 10)
    response = ask(connection, "/control/clock", b"{}".ljust(11), Content_Type="application/json")
    assert (response.status, response.json()["code"]) == (413, "RequestEntityTooLargeException")
    assert "10 bytes" in response.json()["message"]


def test_a_body_without_an_end_is_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_protocol, "MAX_DISCARDED_BODY", 1024**2)
    most = MAX_BODY_BYTES + MAX_DRAINED_BYTES
    with raw(url) as connection:
        connection.sendall(REQUEST + b"Transfer-Encoding: chunked\r\n\r\n")
        # What the system keeps in its buffers, some 10 MB for both ends, counts as poured.
        assert pour(connection, b"10000\r\n" + bytes(0x10000) + b"\r\n", 10 * most) < 4 * most


def test_headers_without_an_end_are_cut_off(url: str) -> None:
    with raw(url) as connection:
        connection.sendall(REQUEST)
        assert pour(connection, b"x" * 4096, 1000 * MAX_HEAD_BYTES) < 100 * MAX_HEAD_BYTES


@pytest.mark.parametrize(
    "part",
    [b"", b"POST / HT", REQUEST, REQUEST + b"Content-Length: 2\r\n\r\n{"],
    ids=["nothing", "half a line", "half the headers", "half the body"],
)
def test_a_client_that_takes_too_long_is_cut_off(service: LocalVoiceID, part: bytes) -> None:
    with serving(service, request_seconds=0.1) as url:
        assert exchange(url, part) == b""


def test_the_time_for_a_request_begins_with_the_request(service: LocalVoiceID) -> None:
    with serving(service, request_seconds=0.2) as url, closing(connect(url)) as connection:
        assert call(connection, "ListDomains").status == 200
        kept = connection.sock
        with serving(service, request_seconds=0.2) as other:
            assert exchange(other, b"") == b""  # as long as a request may take
        assert call(connection, "ListDomains").status == 200
        assert connection.sock is kept


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"POST http:// HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /%ff%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: local\xffhost\r\nConnection: close\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_nonsense_gets_no_traceback(url: str, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    response = exchange(url, sent)
    assert not response or response.startswith(b"HTTP/1.1 4")
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


def test_another_protocol_is_not_changed_to(url: str) -> None:
    with raw(url) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
        )
        assert connection.recv(13) == b"HTTP/1.1 404 "


def test_a_client_that_hangs_up_leaves_no_trace(
    url: str, connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    with raw(url) as other:
        other.sendall(REQUEST + b"Content-Length: 2\r\n\r\n{")
    assert call(connection, "ListDomains").status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_failure_at_the_door_is_an_answer_too(
    shared: LocalVoiceID,
    connection: http.client.HTTPConnection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caller = "anna"

    def fail(*_: object, **__: object) -> NoReturn:
        raise sqlite3.OperationalError(caller)

    monkeypatch.setattr(shared, "accept", fail)
    response = call(connection, "ListDomains")
    assert (response.status, response.json()["__type"].rpartition("#")[2]) == (500, "InternalServerException")
    assert "OperationalError" in caplog.text
    assert caller not in caplog.text


# Faults


@pytest.fixture
def faults(shared: LocalVoiceID) -> Iterator[Faults]:
    yield shared.faults
    shared.faults.clear()


def test_a_dropped_answer_never_comes(
    faults: Faults, connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    faults.drop_next("ListDomains")
    with pytest.raises(http.client.RemoteDisconnected):
        call(connection, "ListDomains")
    assert call(connection, "ListDomains").status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_truncated_answer_ends_in_the_middle(
    faults: Faults, connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    whole = call(connection, "ListDomains").body
    faults.truncate_next("ListDomains")
    with pytest.raises(http.client.IncompleteRead) as caught:
        call(connection, "ListDomains")
    assert caught.value.partial == whole[: len(whole) // 2]
    connection.close()
    assert call(connection, "ListDomains").body == whole
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("delay", [None, 0.02])
def test_a_client_that_sends_no_more_gets_its_response(faults: Faults, url: str, delay: float | None) -> None:
    if delay is not None:
        faults.delay(delay)
    with raw(url) as client:
        client.sendall(REQUEST + b"Content-Length: 2\r\n\r\n{}")
        client.shutdown(socket.SHUT_WR)
        assert rest(client).startswith(b"HTTP/1.1 200")


def test_a_client_that_sends_no_more_waits_as_long_as_a_request_may_take(
    faults: Faults, shared: LocalVoiceID
) -> None:
    faults.delay(0.3)
    with serving(shared, request_seconds=0.02) as url, raw(url) as client:
        client.sendall(REQUEST + b"Content-Length: 2\r\n\r\n{}")
        client.shutdown(socket.SHUT_WR)
        assert rest(client) == b""


def test_a_late_answer_holds_up_no_other(
    faults: Faults, url: str, connection: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = threading.Event(), threading.Event()

    async def sleep(seconds: float) -> None:
        assert seconds == 20
        begun.set()
        assert await asyncio.to_thread(over.wait, PATIENCE)

    monkeypatch.setattr(application, "asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": sleep}))
    faults.delay(20, operation="ListDomains")
    with closing(connect(url)) as other:
        other.request("POST", "/", b"{}", LIST_DOMAINS)
        assert begun.wait(PATIENCE)
        assert call(connection, "DescribeDomain", b'{"DomainId": "%b"}' % (b"N" * 22)).status == 404
        over.set()
        assert other.getresponse().status == 200


# The access log


def test_the_access_log_names_operation_status_time_and_request(
    connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, ACCESS_LOG.name):
        response = call(
            connection, "DescribeSpeaker", json.dumps({"DomainId": "N" * 22, "SpeakerId": "anna"}).encode()
        )
        control(connection, "clock")
        ask(connection, "/ready", method="GET")
    first, second = (record.getMessage().split(" ") for record in caplog.records)
    assert (first[0], first[1], first[3], first[4]) == (
        "DescribeSpeaker",
        "404",
        "ms",
        response.headers["x-amzn-requestid"],
    )
    assert 0 < float(first[2]) < PATIENCE * 1000
    assert second[:2] == ["control/clock", "200"]


def test_the_access_log_repeats_nothing_that_a_client_made_up(
    connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        call(connection, "anna")
        ask(connection, "/control/anna", b"{}")
        ask(connection, "/anna?anna", b"anna", User_Agent="anna", X_Amz_Target="anna.anna")
        ask(connection, Host="anna")
    assert len(caplog.records) >= 4
    assert not any("anna" in record.getMessage() for record in caplog.records)
