"""A server on a thread or in a process, for as long as a test needs it, and the simplest clients for it."""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.local.dispatch import AcceptedRequest
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.application import HttpApplication
from voiceid_sdk.local.http.protocol import MAX_CONNECTIONS, REQUEST_SECONDS, WRITE_SECONDS
from voiceid_sdk.local.http.server import make_server
from voiceid_sdk.local.s3.application import FolderS3

PATIENCE: Final = 20.0
"""Seconds after which something that should have happened never will."""

OPEN: Final = AccessRules()


@contextmanager
def serving(
    service: LocalVoiceID,
    access_rules: AccessRules = OPEN,
    *,
    s3_folder: FolderS3 | None = None,
    request_seconds: float = REQUEST_SECONDS,
    write_seconds: float = WRITE_SECONDS,
    max_connections: int = MAX_CONNECTIONS,
    tls: ssl.SSLContext | None = None,
    has_page: bool = False,
    send_buffer: int | None = None,
) -> Iterator[str]:
    """Serve on a free port of the loopback interface, and return the URL."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        closing(HttpApplication(service, access_rules, s3_folder, has_page=has_page)) as application,
    ):
        if send_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)  # also of its connections
        server = make_server(
            application,
            request_seconds=request_seconds,
            write_seconds=write_seconds,
            max_connections=max_connections,
            tls=tls,
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"{'http' if tls is None else 'https'}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()


class CurrentService:
    """One service after the other, as a server sees them: it serves the current one."""

    service: LocalVoiceID | None = None

    @property
    def current(self) -> LocalVoiceID:
        """The current service."""
        assert self.service is not None
        return self.service

    @property
    def account_id(self) -> str:
        """The account of requests that name none."""
        return self.current.account_id

    @property
    def calls_models(self) -> bool:
        """Whether requests may wait for a model."""
        return self.current.calls_models

    def accept(self, headers: Mapping[str, str], body: bytes, **parts: Any) -> AcceptedRequest:
        """Accept a request of the server."""
        return self.current.accept(headers, body, **parts)


@attrs.frozen
class Server:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    url: str
    settings: Mapping[str, str]

    def stop(self, number: int) -> tuple[int, str]:
        """Send a signal; return the exit code and what stood on standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@contextmanager
def running(*arguments: str) -> Iterator[Server]:
    """Run the module with a command line until the block ends."""
    command = [sys.executable, "-m", "voiceid_sdk.local", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("export "))
        settings = dict(setting.split("=", 1) for setting in line.split()[1:])
        yield Server(process, settings["AWS_ENDPOINT_URL_VOICE_ID"], settings)
    finally:
        process.kill()
        process.communicate()


@attrs.frozen
class Response:
    """An HTTP response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return what the JSON in the body says."""
        return json.loads(self.body)


def connect(url: str) -> http.client.HTTPConnection:
    """Return a connection that sends one request after the other."""
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)


def ask(
    connection: http.client.HTTPConnection,
    path: str = "/",
    body: bytes | None = None,
    *,
    method: str = "POST",
    **headers: str,
) -> Response:
    """Send a request on a connection; ``_`` in the name of a header stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    response = connection.getresponse()
    given = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, given, response.read())


def call(
    connection: http.client.HTTPConnection, operation: str, body: bytes = b"{}", **headers: str
) -> Response:
    """Call an operation of the AWS API without a signature."""
    usual = {"X_Amz_Target": f"VoiceID.{operation}", "Content_Type": "application/x-amz-json-1.0"}
    return ask(connection, "/", body, **{**usual, **headers})


def control(connection: http.client.HTTPConnection, action: str, **members: object) -> Response:
    """Ask the control API for an action without a signature."""
    return ask(
        connection, f"/control/{action}", json.dumps(members).encode(), Content_Type="application/json"
    )


def raw(url: str) -> socket.socket:
    """Return a connection for bytes that no HTTP client would send."""
    address = urlsplit(url)
    assert address.port is not None
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def exchange(url: str, *parts: bytes) -> bytes:
    """Send raw bytes and return everything that comes back until the server hangs up."""
    with raw(url) as connection:
        for part in parts:
            connection.sendall(part)
        return rest(connection)


def rest(connection: socket.socket) -> bytes:
    """Return everything that comes until the server hangs up."""
    parts: list[bytes] = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def pour(connection: socket.socket, part: bytes, most: int, *, pause: float = 0.0) -> int:
    """Send the same bytes again and again until the server hangs up; return how many it took, of ``most``.

    ``pause`` is the number of seconds between them.
    """
    sent = 0
    with suppress(ConnectionError):
        while sent < most:
            connection.sendall(part)
            sent += len(part)
            if pause:
                time.sleep(pause)
    return sent
