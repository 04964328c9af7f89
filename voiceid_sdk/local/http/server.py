"""Runs the application on uvicorn, of the extra ``server``, with limits for slow and endless requests."""

import asyncio
import logging
import os
import signal
import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

from voiceid_sdk.local.http.application import HttpApplication
from voiceid_sdk.local.http.asgi import Application
from voiceid_sdk.local.http.protocol import (
    MAX_CONNECTIONS,
    REQUEST_SECONDS,
    WRITE_SECONDS,
    limited_protocol,
)

IDLE_SECONDS: Final = 60
"""How long an idle connection is kept open."""

SHUTDOWN_SECONDS: Final = 10
"""How long requests in progress may take after the server is stopped."""

CATCH_UP_SECONDS: Final = 60.0
"""How often expired data is deleted when no request comes."""

_DESCRIPTORS_BESIDE: Final = 32
"""File descriptors that are needed for other things than connections."""

_LOGGER: Final = logging.getLogger("voiceid_sdk.local")


class _Server(uvicorn.Server):
    """uvicorn's server, which also logs errors of connections in one line, and deletes expired data."""

    def __init__(self, config: uvicorn.Config, application: HttpApplication) -> None:
        super().__init__(config)
        self._application = application

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until ``should_exit`` is set."""
        asyncio.get_running_loop().set_exception_handler(_ErrorLog().log)
        catching_up = asyncio.ensure_future(self._catch_up())
        try:
            await super().serve(sockets)
        finally:
            catching_up.cancel()

    async def _catch_up(self) -> None:
        while True:
            await asyncio.sleep(CATCH_UP_SECONDS)
            await self._application.catch_up()


def tls_context(certificate: str | os.PathLike[str], key: str | os.PathLike[str]) -> ssl.SSLContext:
    """Return the TLS settings with a certificate and its key, both in PEM.

    Raises:
        OSError: a file cannot be read, or is not a certificate or its key (``ssl.SSLError``).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key, password="")  # or OpenSSL asks for one on the terminal
    return context


class _ErrorLog:
    """Logs errors of connections, such as too many open files: one line for each kind in a second."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def log(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        """Log an error without its text and its traceback, which may show data of callers."""
        kind = type(context.get("exception")).__name__
        now = loop.time()
        if now - self._last.get(kind, -1.0) >= 1.0:
            self._last[kind] = now
            _LOGGER.error("a connection failed: %s", kind)


def uvicorn_config(application: Application, protocol: type[asyncio.Protocol] | str) -> uvicorn.Config:
    """Return the settings of the HTTP server, which the benchmark of an empty application uses as well."""
    return uvicorn.Config(
        application,
        http=protocol,
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


def make_server(
    application: HttpApplication,
    *,
    request_seconds: float = REQUEST_SECONDS,
    write_seconds: float = WRITE_SECONDS,
    max_connections: int = MAX_CONNECTIONS,
    tls: ssl.SSLContext | None = None,
) -> uvicorn.Server:
    """Return the server; its ``run`` serves until its ``should_exit`` is set."""
    protocol = limited_protocol(
        request_seconds=request_seconds,
        write_seconds=write_seconds,
        max_connections=min(max_connections, _available_descriptors()),
    )
    config = uvicorn_config(application, protocol)
    config.load()
    config.ssl = tls  # uvicorn itself makes one from files only
    return _Server(config, application)


def _available_descriptors() -> int:
    """Return how many connections the limit of open files leaves room for."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit.
        return MAX_CONNECTIONS
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if limit == resource.RLIM_INFINITY else max(1, limit - _DESCRIPTORS_BESIDE)


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
