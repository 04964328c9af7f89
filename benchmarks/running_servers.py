"""Servers in processes of their own: Local Voice ID, moto's, and those that do nothing."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import Any, Final

import attrs

from benchmarks.http_load import headers, request

PATIENCE: Final = 60.0
"""Seconds until a server must have started."""

_KEY: Final = {"KmsKeyId": "alias/benchmark"}
_PORT: Final = re.compile(r"AWS_ENDPOINT_URL_VOICE_ID=http://\S+:(\d+)")
_KIBIBYTES: Final = 1024
_PROCESS_CPU: Final = 2
"""The kind of a CPU clock in Linux's numbers of the clocks of other processes: see clock_getcpuclockid(3)."""


@attrs.frozen
class Server:
    """A server in a separate process."""

    process: "subprocess.Popen[str]"
    port: int

    def call(self, target: str, members: dict[str, object], **wording: str) -> dict[str, Any]:
        """Send one request."""
        with closing(self.connect()) as connection:
            return exchange(connection, target, members, **wording)

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection for one request at a time."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def domain(self) -> str:
        """Create a domain of Voice ID and return its id."""
        content: dict[str, object] = {"Name": "load", "ServerSideEncryptionConfiguration": _KEY}
        return str(self.call("VoiceID.CreateDomain", content)["Domain"]["DomainId"])

    def on_speaker(self, operation: str, domain_id: str, number: int) -> bytes:
        """Return a request about a speaker."""
        members = {"DomainId": domain_id, "SpeakerId": f"customer-{number:06d}"}
        return request(self.port, f"VoiceID.{operation}", members)

    def megabytes(self) -> float:
        """Return the resident memory of the process."""
        command = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return int(shown.stdout) / _KIBIBYTES

    def cpu_seconds(self) -> float:
        """Return the CPU time of the process, of user and system, on Linux."""
        return time.clock_gettime(~self.process.pid << 3 | _PROCESS_CPU)


@contextmanager
def _running(
    *command: str, environment: Mapping[str, str] | None = None
) -> Generator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def local_voice_id(*options: str, environment: Mapping[str, str] | None = None) -> Generator[Server]:
    """Run Local Voice ID with further options of its command, and further environment variables."""
    command = ("voiceid_sdk.local", "--port", "0", "--no-access-log", *options)
    with _running(*command, environment=environment) as process:
        assert process.stdout is not None
        port = next((found[1] for line in process.stdout if (found := _PORT.search(line))), None)
        if port is None:
            raise RuntimeError("Local Voice ID did not start")
        yield Server(process, int(port))


@contextmanager
def moto() -> Generator[Server]:
    """Run moto's server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with _running("moto.server", "--host", "127.0.0.1", "--port", str(port)) as process:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield Server(process, port)


@contextmanager
def bare(module: str = "benchmarks.bare_server") -> Generator[Server]:
    """Run a server that does nothing, and prints its port: on asyncio alone, or that of another module."""
    with _running(module) as process:
        assert process.stdout is not None
        yield Server(process, int(process.stdout.readline()))


def exchange(
    connection: http.client.HTTPConnection, target: str, members: dict[str, object], **wording: str
) -> dict[str, Any]:
    """Send one request on a connection, and return the members of the response."""
    connection.request("POST", "/", json.dumps(members), headers(target, **wording))
    response = connection.getresponse()
    body = response.read()
    if response.status != HTTPStatus.OK:
        raise RuntimeError(f"not a success: {body!r}")
    response_members: dict[str, Any] = json.loads(body)
    return response_members
