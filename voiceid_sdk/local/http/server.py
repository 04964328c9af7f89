"""Runs the application on uvicorn, of the extra ``server``, with limits for slow and endless requests."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from voiceid_sdk.local.http.application import HttpApplication

REQUEST_SECONDS: Final = 30.0
"""How long a client may take from the connection, or from a request's first byte, to its last byte."""

IDLE_SECONDS: Final = 60
"""How long an idle connection is kept open."""

SHUTDOWN_SECONDS: Final = 10
"""How long requests in progress may take after the server is stopped."""

MAX_HEAD_BYTES: Final = 64 * 1024
"""Bytes of a request line and its headers."""


class _LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits of the time of a request, and of the size of its head."""

    request_seconds = REQUEST_SECONDS

    _deadline: asyncio.TimerHandle | None = None
    _head_is_coming = True
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does this only for sockets that were made with the protocol's number. Without it, the body
        # of each response waits until the client acknowledges the headers, which takes 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._head_size = self._head_size + len(data) if self._head_is_coming else 0
        if self._head_size > MAX_HEAD_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        self._head_is_coming = True
        self._set_deadline()
        super().on_message_begin()
        state = self.scope.setdefault("state", {})
        state["hang_up"] = self.transport.close
        state["allow_more_time"] = self._set_deadline

    def on_headers_complete(self) -> None:
        self._head_is_coming = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._clear_deadline()
        super().on_message_complete()

    def _set_deadline(self) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(self.request_seconds, self.transport.close)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def tls_context(certificate: str | os.PathLike[str], key: str | os.PathLike[str]) -> ssl.SSLContext:
    """Return the TLS settings with a certificate and its key, both in PEM.

    Raises:
        OSError: a file cannot be read, or is not a certificate or its key (``ssl.SSLError``).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key, password="")  # or OpenSSL asks for one on the terminal
    return context


def make_server(
    application: HttpApplication,
    *,
    request_seconds: float = REQUEST_SECONDS,
    tls: ssl.SSLContext | None = None,
) -> uvicorn.Server:
    """Return the server; its ``run`` serves until its ``should_exit`` is set."""
    seconds = request_seconds

    class Protocol(_LimitedProtocol):
        request_seconds = seconds

    config = uvicorn.Config(
        application,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    config.load()
    config.ssl = tls  # uvicorn itself makes one from files only
    return uvicorn.Server(config)


def serve(application: HttpApplication, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then respond to the requests in progress and return."""
    server = make_server(application, tls=tls)
    with _stopping(server):
        server.run(sockets=[listener])


@contextmanager
def _stopping(server: uvicorn.Server) -> Generator[None]:
    """Let signals stop the server only, because uvicorn raises them again in the process at the end."""

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
