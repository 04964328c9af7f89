"""A slow service: responds to every request alike after a given time, in a separate process."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.canned_service import DOMAIN_ID, one_speaker

UNDECIDED: Final = json.dumps(
    {
        "AuthenticationResult": {"Decision": "NOT_ENOUGH_SPEECH"},
        "DomainId": DOMAIN_ID,
        "SessionName": "contact-1",
        "StreamingStatus": "ONGOING",
    }
)
"""The body of a response to EvaluateSession, while there is no decision yet."""

_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@contextmanager
def running(seconds: float, body: str | None = None) -> Iterator[str]:
    """Run the service until the block ends, and return its URL; by default, it describes a speaker."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.slow_service",
        str(seconds),
        *([] if body is None else [body]),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


class _Connection(asyncio.Protocol):
    """A connection for one request at a time, with a delayed response."""

    def __init__(self, seconds: float, response: bytes) -> None:
        self._seconds = seconds
        self._response = response
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        if end and len(body) >= int(head.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0]):
            self._received = b""
            asyncio.get_running_loop().call_later(self._seconds, self._reply)

    def _reply(self) -> None:
        if isinstance(self._transport, asyncio.Transport) and not self._transport.is_closing():
            self._transport.write(self._response)


async def _serve(seconds: float, body: bytes) -> None:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"x-amzn-RequestId: 8d9c0a4e-0c8e-4c1e-9f59-3f4f1f6a7b60\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    response = head.encode() + body
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(seconds, response), "127.0.0.1", 0
    )
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("body", nargs="?")
    given = parser.parse_args()
    asyncio.run(_serve(given.seconds, one_speaker()(b"") if given.body is None else given.body.encode()))
