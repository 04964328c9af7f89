"""Sends requests to a server as fast as it responds, or at a given rate, and measures the response times."""

import asyncio
import json
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import attrs

CONNECTIONS: Final = 8

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@attrs.frozen
class Load:
    """The response times of a series of requests."""

    seconds: float
    """From the first request to the last response."""
    latencies: list[float]
    """Seconds of each request since it was due, in ascending order."""

    @property
    def each(self) -> float:
        """Seconds per request, over all connections."""
        return self.seconds / len(self.latencies)

    def percentile(self, percent: float) -> float:
        """Return the latency that this share of the requests did not exceed."""
        return self.latencies[min(int(len(self.latencies) * percent / 100), len(self.latencies) - 1)]


def headers(target: str, *, service: str = "voiceid", version: str = "1.0") -> dict[str, str]:
    """Return the headers of a request of AWS's JSON protocol, as boto3 sends them."""
    return {
        "X-Amz-Target": target,
        "Content-Type": f"application/x-amz-json-{version}",
        "User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + "0" * 64,
    }


def request(port: int, target: str, members: Mapping[str, object], **wording: str) -> bytes:
    """Return a complete request; ``wording`` goes to ``headers``."""
    return message(port, headers(target, **wording), json.dumps(members).encode())


def message(port: int, given: Mapping[str, str], body: bytes) -> bytes:
    """Return a complete request with these headers and this body."""
    named = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body)), **given}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body


def send_all(port: int, requests: Iterable[bytes]) -> Load:
    """Send each request as soon as a connection is free."""
    return asyncio.run(_Sender(port, iter(requests)).send(None))


def send_at_rate(port: int, requests: Iterable[bytes], rate: float) -> Load:
    """Send ``rate`` requests a second, even if the server is slower; latencies then include the delay."""
    return asyncio.run(_Sender(port, iter(requests)).send(rate))


class Lockstep:
    """Sends one request on all connections, waits for all responses, and does so again.

    The server always has the same number of requests before it, however fast or busy the machine is.

    Args:
        port: the port of the server.
        request: a complete request, whose response always has the same length.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self._request = request
        self._connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        self._size = self._response_size()

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.close()

    def send(self, times: int) -> None:
        """Send the request ``times`` on each connection; raise RuntimeError if a response was no success."""
        for _ in range(times):
            for connection in self._connections:
                connection.sendall(self._request)
            for connection in self._connections:
                _check(connection.recv(self._size, socket.MSG_WAITALL))

    def _response_size(self) -> int:
        received = b""
        self._connections[0].sendall(self._request)
        while _is_incomplete(received) and (part := self._connections[0].recv(65536)):
            received += part
        _check(received)
        return len(received)


class _Sender:
    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._due: deque[tuple[float, bytes]] = deque()
        self._latencies: list[float] = []
        self._connections = [_Connection(port, self._take_response) for _ in range(CONNECTIONS)]
        self._free = deque(self._connections)
        self._all_free = asyncio.Event()

    async def send(self, rate: float | None) -> Load:
        for connection in self._connections:
            await connection.open()
        began = time.perf_counter()
        if rate is not None:
            await self._send_at(rate)
        else:
            while self._free and self._send_next():
                pass
        while len(self._free) < CONNECTIONS:
            self._all_free.clear()
            await self._all_free.wait()
        seconds = time.perf_counter() - began
        for connection in self._connections:
            connection.check()
        return Load(seconds, sorted(self._latencies))

    async def _send_at(self, rate: float) -> None:
        requests, self._requests = self._requests, iter(())
        began = time.perf_counter()
        for number, request in enumerate(requests):
            wait = began + number / rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            self._due.append((time.perf_counter() + min(wait, 0), request))
            if self._free:
                self._send_next()

    def _send_next(self) -> bool:
        """Send the oldest due request, or else the next one; return False if there is none."""
        if self._due:
            due, request = self._due.popleft()
        elif (following := next(self._requests, None)) is not None:
            due, request = time.perf_counter(), following
        else:
            return False
        self._free.popleft().send(due, request)
        return True

    def _take_response(self, connection: "_Connection", due: float) -> None:
        self._latencies.append(time.perf_counter() - due)
        self._free.append(connection)
        if not self._send_next() and len(self._free) == CONNECTIONS:
            self._all_free.set()


class _Connection(asyncio.Protocol):
    """A connection for one request at a time; it is opened again if the server closes it."""

    def __init__(self, port: int, responded: Callable[["_Connection", float], None]) -> None:
        self._port = port
        self._responded = responded
        self._transport: asyncio.Transport | None = None
        self._opening: asyncio.Task[None] | None = None
        self._received = b""
        self._due: float | None = None
        self._closing = False
        self._failure = ""

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)

    def check(self) -> None:
        """Close the connection; raise RuntimeError if a response was no success."""
        if self._transport is not None:
            self._transport.close()
        if self._failure:
            raise RuntimeError(self._failure)

    def send(self, due: float, request: bytes) -> None:
        self._due = due
        self._received = b""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(request)
        else:
            self._opening = asyncio.create_task(self._open_and_send(request))

    async def _open_and_send(self, request: bytes) -> None:
        await self.open()
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if _is_incomplete(self._received):
            return
        lower = self._received.partition(_END_OF_HEAD)[0].lower()
        if b"\r\nconnection: close" in lower and self._transport is not None:
            self._closing = True
            self._transport.close()
        self._end(_failure(self._received))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closing:
            self._end(f"the server closed the connection: {exc}")
        self._closing = False

    def _end(self, failure: str) -> None:
        """Finish the present request, with a message if it failed."""
        if self._due is not None:
            due, self._due = self._due, None
            self._failure = self._failure or failure
            self._responded(self, due)


def _is_incomplete(received: bytes) -> bool:
    head, end, body = received.partition(_END_OF_HEAD)
    return not end or len(body) < int(head.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0])


def _failure(response: bytes) -> str:
    """Return a message if a response is no success, or else an empty string."""
    return "" if response.startswith(b"HTTP/1.1 200") else f"not a success: {response[:500]!r}"


def _check(response: bytes) -> None:
    if failure := _failure(response):
        raise RuntimeError(failure)
