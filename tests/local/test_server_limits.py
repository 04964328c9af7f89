"""What a stranger can send, keep waiting or leave unread has a limit, and costs no memory."""

import contextlib
import functools
import http.client
import json
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.support import servers
from tests.support.attacks import SOAK
from tests.support.process_memory import CAN_BE_READ, peak_memory
from tests.support.servers import PATIENCE, ask, call, connect, exchange, pour, raw, rest, running, serving
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.http import application, protocol
from voiceid_sdk.local.http.protocol import MAX_HEAD_BYTES

HEAD = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: VoiceID.ListDomains\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\n"
)
ONE = HEAD + b"Content-Length: 2\r\n\r\n{}"
FAR_ABOVE = 40 * 1024**2
MEMORY_LIMIT = 200 * 1024**2


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    with LocalVoiceID() as service:
        yield service


@pytest.fixture
def url(service: LocalVoiceID) -> Iterator[str]:
    with serving(service) as url:
        yield url


def statuses(response: bytes) -> list[bytes]:
    return [part[:3] for part in response.split(b"HTTP/1.1 ")[1:]]


# Heads


@pytest.mark.parametrize("size", [MAX_HEAD_BYTES + 1, 100 * 1024, 1000 * 1024])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_head_above_the_limit_is_refused(url: str, size: int, *, at_once: bool) -> None:
    head = HEAD + b"X-Filling: " + b"x" * size + b"\r\nContent-Length: 2\r\n\r\n{}"
    parts = [head] if at_once else [head[start : start + 9000] for start in range(0, len(head), 9000)]
    with raw(url) as connection:
        for part in parts:
            connection.sendall(part)
        assert statuses(rest(connection)) == [b"431"]


def test_a_head_just_below_the_limit_is_read(url: str) -> None:
    filling = MAX_HEAD_BYTES - len(HEAD) - 200
    request = HEAD + b"X-Filling: " + b"x" * filling + b"\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    assert statuses(exchange(url, request)) == [b"200"]


@pytest.mark.parametrize("split", range(1, 30))
def test_a_head_may_come_in_any_pieces(url: str, split: int) -> None:
    head = HEAD + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 2\r\n\r\n{}"
    start = len(HEAD) - 10 + split
    with raw(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head[:start])
        time.sleep(0.005)
        connection.sendall(head[start:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


# Bodies


def test_headers_after_a_body_are_dropped_and_limited(url: str) -> None:
    begun = HEAD + b"Transfer-Encoding: chunked\r\nTrailer: x-a\r\n\r\n2\r\n{}\r\n0\r\n"
    with raw(url) as connection:
        connection.sendall(begun + b"X-A: b\r\n\r\n" + ONE)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    with raw(url) as connection:
        connection.sendall(begun)
        poured = pour(connection, b"X-A: " + b"b" * 90 + b"\r\n", 100 * MAX_HEAD_BYTES)
    assert poured < 100 * MAX_HEAD_BYTES


def test_what_comes_between_chunks_is_limited(url: str) -> None:
    with raw(url) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;")
        assert pour(connection, b"x" * 4096, 100 * MAX_HEAD_BYTES) < 100 * MAX_HEAD_BYTES


def test_a_body_in_the_smallest_chunks_is_read(url: str) -> None:
    body = b"{}".ljust(30_000)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    request = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    assert statuses(exchange(url, request)) == [b"200"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"X_Amz_Target": "VoiceID.Unknown"}, 404),
        ("/", {"X_Amz_Target": "VoiceID.ListDomains", "Content_Type": "text/xml"}, 415),
        ("/control/nothing", {"Content_Type": "application/json"}, 404),
        ("/control/play", {"Content_Type": "text/plain"}, 415),
    ],
)
def test_what_is_refused_by_its_head_has_no_body_in_memory(
    url: str, path: str, headers: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application.HttpApplication, "_read", None)
    with closing(connect(url)) as connection:
        assert ask(connection, path, b"x" * 100_000, **headers).status == status
        assert ask(connection, path, b"x", **headers).status == status


def test_a_client_gets_the_response_to_a_body_far_above_the_limit(url: str) -> None:
    with raw(url) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % FAR_ABOVE)
        connection.sendall(bytes(FAR_ABOVE))
        assert statuses(rest(connection)) == [b"413"]


def test_a_client_that_sends_on_after_its_response_is_cut_off(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MAX_DISCARDED_BODY", 1024**2)
    with raw(url) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        assert pour(connection, bytes(65536), 50 * 1024**2) < 50 * 1024**2


def test_a_client_that_neither_sends_nor_closes_after_its_response_is_cut_off(service: LocalVoiceID) -> None:
    with serving(service, request_seconds=0.3) as url, raw(url) as connection:
        connection.sendall(HEAD + b"X-Filling: " + b"x" * 2 * MAX_HEAD_BYTES)
        assert statuses(rest(connection)) == [b"431"]
        # The closed end resets the connection when it gets bytes.
        assert pour(connection, b"x", 500, pause=0.02) < 500


def test_bodies_together_have_a_limit(service: LocalVoiceID, monkeypatch: pytest.MonkeyPatch) -> None:
    served = application.HttpApplication(service, servers.OPEN)
    monkeypatch.setattr(servers, "HttpApplication", lambda *_, **__: served)
    monkeypatch.setattr(application, "MAX_BODIES", 300_000)
    begun = b"POST /control/play HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

    with serving(service) as url, raw(url) as one, closing(connect(url)) as other:
        play = functools.partial(ask, other, "/control/play", Content_Type="application/json")
        one.sendall(begun + b"Content-Length: 200001\r\n\r\n" + b"x" * 200_000)
        deadline = time.monotonic() + PATIENCE
        while served._received < 200_000 and time.monotonic() < deadline:
            time.sleep(0.001)
        response = play(b"x" * 200_000)
        assert (response.status, response.json()["code"]) == (503, "ServiceUnavailable")
        one.sendall(b"x")
        assert one.recv(65536).startswith(b"HTTP/1.1 400 ")
        assert play(b"x" * 300_000).status == 400  # No other body counts any more.


# Pipelining


def test_a_burst_that_ends_in_half_a_request_has_all_its_answers(url: str) -> None:
    count = 500
    with raw(url) as connection:
        connection.sendall(ONE * count + ONE[:50])
        received = b""
        while len(statuses(received)) < count:
            part = connection.recv(65536)
            assert part, len(statuses(received))
            received += part
        connection.sendall(ONE[50:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert set(statuses(received)) == {b"200"}


def test_a_client_that_reads_nothing_is_cut_off(service: LocalVoiceID) -> None:
    client: Any = service.boto3_client()
    key = {"KmsKeyId": "k"}
    for number in range(20):
        client.create_domain(Name=f"n{number}", Description="d" * 1000, ServerSideEncryptionConfiguration=key)
    with (
        serving(service, write_seconds=0.1, send_buffer=4096) as url,
        socket.socket() as connection,
    ):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        # Nobody reads the answers, so they fill the buffers of both ends, and then the connection ends.
        body = b'{"MaxResults": 100}'
        request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
        assert pour(connection, request * 10, 50 * 1024**2) < 50 * 1024**2


def test_a_client_that_leaves_the_last_response_unread_is_cut_off(service: LocalVoiceID) -> None:
    client: Any = service.boto3_client()
    key = {"KmsKeyId": "k"}
    for number in range(20):
        client.create_domain(Name=f"n{number}", Description="d" * 1000, ServerSideEncryptionConfiguration=key)
    with (
        serving(service, write_seconds=0.1, max_connections=1, send_buffer=4096) as url,
        socket.socket() as connection,
    ):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        # A part of the response stays in the server's memory, but too little to pause writing.
        connection.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        deadline = time.monotonic() + PATIENCE / 4
        while statuses(exchange(url, b"GET /ready HTTP/1.0\r\n\r\n")) != [b"200"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_response_leaves_in_one_send(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from asyncio import selector_events

    sends: list[bytes] = []
    transport_class: Any = vars(selector_events)["_SelectorSocketTransport"]
    write = transport_class.write

    def record(transport: object, data: bytes) -> None:
        sends.append(bytes(data))
        write(transport, data)

    monkeypatch.setattr(transport_class, "write", record)
    with closing(connect(url)) as connection:
        for _ in range(3):
            assert call(connection, "ListDomains").status == 200
    assert len(sends) == 3
    assert all(send.endswith(b"}") for send in sends)


# Connections


def test_connections_above_the_limit_are_closed_with_an_answer(service: LocalVoiceID) -> None:
    with serving(service, max_connections=3) as url, ExitStack() as stack:
        kept = [stack.enter_context(closing(connect(url))) for _ in range(3)]
        assert [call(one, "ListDomains").status for one in kept] == [200] * 3
        with closing(connect(url)) as other, contextlib.suppress(ConnectionError, http.client.HTTPException):
            assert call(other, "ListDomains").status == 503
        assert [call(one, "ListDomains").status for one in kept] == [200] * 3


def test_errors_of_connections_are_one_line_of_log_a_second(caplog: pytest.LogCaptureFixture) -> None:
    from types import SimpleNamespace

    from voiceid_sdk.local.http import server

    now = 100.0
    log = server._ErrorLog()
    with caplog.at_level(logging.ERROR):
        for _ in range(50):
            loop: Any = SimpleNamespace(time=lambda: now)
            log.log(loop, {"exception": OSError("an address")})
            now += 0.05
    assert [record.getMessage() for record in caplog.records] == ["a connection failed: OSError"] * 3
    assert not any(record.exc_info for record in caplog.records)


# Methods, versions and expectations


def test_a_request_for_a_tunnel_is_refused_in_one_line_of_log(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert statuses(exchange(url, b"CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n")) == [b"400"]
    assert len(caplog.records) == 1


def test_a_client_of_http_1_0_gets_no_response_before_the_final_one(url: str) -> None:
    request = HEAD.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    assert statuses(exchange(url, request)) == [b"200"]


def test_a_client_of_http_1_0_cannot_stream_audio(url: str) -> None:
    head = b"POST /control/hear HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
    response = exchange(url, head + b"Content-Length: 0\r\n\r\n")
    assert statuses(response) == [b"505"]
    assert b"chunked" not in response


def test_a_body_that_is_refused_by_its_head_is_not_invited(url: str) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: no\r\nExpect: 100-continue\r\n"
    response = exchange(url, head + b"Content-Length: 1000000\r\n\r\n")
    assert statuses(response) == [b"404"]
    assert b"connection: close" in response.lower()


def test_an_unforeseen_error_ends_the_connection_without_its_text_in_the_log(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(application, "_action", lambda request: request.headers[request.path])
    assert exchange(url, ONE) == b""
    assert [record.getMessage().partition("\n")[0] for record in caplog.records] == ["unexpected TypeError"]
    assert not any(record.exc_info for record in caplog.records)


# Upgrades


@pytest.mark.parametrize("body", [b"{}", b'{"MaxResults": 5}'])
def test_a_request_that_offers_http_2_is_served_with_its_body(url: str, body: bytes) -> None:
    offered = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    request = HEAD + offered + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with raw(url) as connection:
        for _ in range(2):
            connection.sendall(request)
            received = connection.recv(65536)
            assert received.startswith(b"HTTP/1.1 200 ")
            assert json.loads(received.partition(b"\r\n\r\n")[2]) == {"DomainSummaries": []}
    bad = HEAD + offered + b"Connection: close\r\nContent-Length: 1\r\n\r\n{"
    assert statuses(exchange(url, bad)) == [b"400"]


# Memory


def trailers(url: str) -> None:
    with raw(url) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        pour(connection, b"X-A: " + b"b" * 1000 + b"\r\n", 100 * 1024**2)


def unsigned_bodies(url: str) -> None:
    head = (
        b"POST /control/play HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 28000000\r\n\r\n"
    )
    with ExitStack() as stack:
        connections = [stack.enter_context(raw(url)) for _ in range(40)]
        for connection in connections:
            connection.settimeout(0)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.send(head)
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.send(b"x" * 65536)


def pipelines(url: str) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(raw(url)) for _ in range(250)]
        for connection in connections:
            connection.settimeout(0)
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.send(ONE * 400)


def half_heads(url: str) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(raw(url)) for _ in range(250)]
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(HEAD + b"X-A: " + b"a" * (MAX_HEAD_BYTES - 1000))


ATTACKS: dict[str, Callable[[str], None]] = {
    "trailers": trailers,
    "bodies": unsigned_bodies,
    "pipelines": pipelines,
    "heads": half_heads,
}


@pytest.mark.slow
@pytest.mark.skipif(not CAN_BE_READ, reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("attack", ATTACKS if SOAK else ["trailers"])
def test_the_memory_of_the_server_stays_below_200_mib_under_attack(attack: str, tries: Counter[str]) -> None:
    with running("--no-access-log") as server:
        ATTACKS[attack](server.url)
        tries[f"Floods of the server: {attack}"] += 1
        peak = peak_memory(server.process.pid)
        with closing(connect(server.url)) as connection:
            assert call(connection, "ListDomains").status in {200, 503}
    assert peak < MEMORY_LIMIT, peak
