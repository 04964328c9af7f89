"""Sends requests to a server as fast as it answers, or at a given rate, and takes the time of each answer."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

CONNECTIONS: Final = 8

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@attrs.frozen
class Load:
    """What came of sending requests."""

    seconds: float
    """From the first request to the last answer."""
    latencies: list[float]
    """Seconds of each request, from when it was to be sent, shortest first."""

    @property
    def each(self) -> float:
        """Seconds for each request, all connections together."""
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
    """Return a whole request; ``wording`` is that of ``headers``."""
    body = json.dumps(members).encode()
    named = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body)), **headers(target, **wording)}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body


def send_all(port: int, requests: Iterable[bytes]) -> Load:
    """Send each request as soon as a connection is free."""
    return asyncio.run(_Sender(port, iter(requests)).send(None))


def send_at_rate(port: int, requests: Iterable[bytes], rate: float) -> Load:
    """Send so many requests a second, whether or not the server keeps up; those that wait are late."""
    return asyncio.run(_Sender(port, iter(requests)).send(rate))


class _Sender:
    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self._port = port
        self._requests = requests
        self._latencies: list[float] = []

    async def send(self, rate: float | None) -> Load:
        began = time.perf_counter()
        if rate is None:
            await asyncio.gather(*(self._send_what_is_next() for _ in range(CONNECTIONS)))
        else:
            await self._send_on_time(rate)
        return Load(time.perf_counter() - began, sorted(self._latencies))

    async def _send_what_is_next(self) -> None:
        connection = _Connection(self._port)
        for request in self._requests:
            began = time.perf_counter()
            await connection.exchange(request)
            self._latencies.append(time.perf_counter() - began)
        connection.close()

    async def _send_on_time(self, rate: float) -> None:
        free = deque(_Connection(self._port) for _ in range(CONNECTIONS))
        sending: set[asyncio.Task[None]] = set()
        late: deque[tuple[float, bytes]] = deque()

        async def work(connection: _Connection) -> None:
            while late:
                due, request = late.popleft()
                await connection.exchange(request)
                self._latencies.append(time.perf_counter() - due)
            free.append(connection)

        began = time.perf_counter()
        for number, request in enumerate(self._requests):
            wait = began + number / rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            late.append((time.perf_counter() + min(wait, 0), request))
            if free:
                task = asyncio.create_task(work(free.popleft()))
                sending.add(task)
                task.add_done_callback(sending.discard)
        await asyncio.gather(*sending)
        for connection in free:
            connection.close()


class _Connection(asyncio.Protocol):
    """One connection, opened again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answered: asyncio.Future[None] | None = None

    async def exchange(self, request: bytes) -> None:
        """Send a request and wait for the whole answer, which must be a success."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            self._transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        self._received = b""
        self._answered = loop.create_future()
        self._transport.write(request)
        await self._answered

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        if not end or self._answered is None:
            return
        lower = head.lower()
        length = int(lower.partition(_LENGTH)[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        if b"\r\nconnection: close" in lower:
            self.close()
        if head.startswith(b"HTTP/1.1 200"):
            self._answered.set_result(None)
        else:
            self._answered.set_exception(RuntimeError(f"not a success: {self._received[:500]!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("the server hung up"))
