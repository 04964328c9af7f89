"""Local Voice ID over HTTP: its speed against moto's server, its evenness, and the growth of its memory."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http import HTTPStatus
from itertools import repeat
from typing import Any, Final

import attrs

from benchmarks.http_load import headers, request, send_all, send_at_rate
from benchmarks.measuring import Measure, Row, interleave, ratios

PAGE_SIZE: Final = 100
PATIENCE: Final = 60.0
"""Seconds until a server must have started."""

_KEY: Final = {"KmsKeyId": "alias/benchmark"}
_LIST: Final = "VoiceID.ListSpeakers"
_PORT: Final = re.compile(r"AWS_ENDPOINT_URL_VOICE_ID=http://\S+:(\d+)")
_KIBIBYTES: Final = 1024


def measure(*, quick: bool) -> Iterator[Row]:
    """Describe one speaker many times, then list a large domain."""
    with _local_voice_id() as ours, _moto() as motos:
        yield _against_moto(ours, motos, quick=quick)
    with _local_voice_id() as ours, _bare() as bare:
        yield from _evenness(ours, bare, quick=quick)
    with _local_voice_id() as ours:
        yield from _large_domain(ours, quick=quick)


@attrs.frozen
class _Server:
    """A server in a separate process."""

    process: "subprocess.Popen[str]"
    port: int

    def call(self, target: str, members: dict[str, object], **wording: str) -> dict[str, Any]:
        """Send one request."""
        with closing(self.connect()) as connection:
            return _exchange(connection, target, members, **wording)

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


@contextmanager
def _running(*command: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def _local_voice_id() -> Iterator[_Server]:
    with _running("voiceid_sdk.local", "--port", "0", "--no-access-log") as process:
        assert process.stdout is not None
        port = next((found[1] for line in process.stdout if (found := _PORT.search(line))), None)
        if port is None:
            raise RuntimeError("Local Voice ID did not start")
        yield _Server(process, int(port))


@contextmanager
def _moto() -> Iterator[_Server]:
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
        yield _Server(process, port)


@contextmanager
def _bare() -> Iterator[_Server]:
    with _running("benchmarks.bare_server") as process:
        assert process.stdout is not None
        yield _Server(process, int(process.stdout.readline()))


def _against_moto(ours: _Server, motos: _Server, *, quick: bool) -> Row:
    domain_id = ours.domain()
    send_all(ours.port, [ours.on_speaker("OptOutSpeaker", domain_id, 1)])
    describe = ours.on_speaker("DescribeSpeaker", domain_id, 1)
    ssm = {"service": "ssm", "version": "1.1"}
    parameter: dict[str, object] = {"Name": "load", "Value": "a value", "Type": "String"}
    motos.call("AmazonSSM.PutParameter", parameter, **ssm)
    get = request(motos.port, "AmazonSSM.GetParameter", {"Name": "load"}, **ssm)

    def each(server: _Server, sent: bytes, times: int) -> Measure:
        return lambda: send_all(server.port, repeat(sent, times)).each

    variants = {
        "ours": each(ours, describe, 200 if quick else 3_000),
        "moto's": each(motos, get, 50 if quick else 500),
    }
    return Row(
        what="seconds of a DescribeSpeaker, of those of moto's SSM GetParameter",
        figures=ratios(interleave(variants, 2 if quick else 9), "ours", "moto's"),
        must=0.2,
    )


def _evenness(ours: _Server, bare: _Server, *, quick: bool) -> Iterator[Row]:
    domain_id = ours.domain()
    send_all(ours.port, [ours.on_speaker("OptOutSpeaker", domain_id, 1)])
    describe = ours.on_speaker("DescribeSpeaker", domain_id, 1)
    capacity = 1 / send_all(ours.port, repeat(describe, 500 if quick else 5_000)).each

    def uneven(server: _Server) -> Measure:
        def measure() -> float:
            load = send_at_rate(server.port, repeat(describe, int(capacity)), capacity / 2)
            return load.percentile(99) / load.percentile(50)

        return measure

    found = interleave({"ours": uneven(ours), "bare": uneven(bare)}, 1 if quick else 9)
    yield Row(
        what="the 99th percentile of a DescribeSpeaker's time at half load, of the median",
        figures=tuple(found["ours"]),
        must=5,
    )
    yield Row(
        what="the same of a server that does nothing: the machine's own part", figures=tuple(found["bare"])
    )


def _large_domain(server: _Server, *, quick: bool) -> Iterator[Row]:
    speakers = 2_000 if quick else 100_000
    described = speakers // 10
    domain_id = server.domain()
    send_all(
        server.port, (server.on_speaker("OptOutSpeaker", domain_id, number) for number in range(speakers))
    )

    with closing(server.connect()) as connection:
        _page_requests(connection, domain_id)  # the first list allocates memory that later ones use again
        before = server.megabytes()
        pages = _page_requests(connection, domain_id)
        if len(pages) * PAGE_SIZE != speakers:
            raise RuntimeError("not everyone was listed")
        send_all(
            server.port,
            (server.on_speaker("DescribeSpeaker", domain_id, number) for number in range(described)),
        )
        yield Row(
            what=f"memory that grows while {speakers:,} speakers are listed and {described:,} described",
            figures=(server.megabytes() - before,),
            unit="MB",
            must=5,
        )

        def seconds(requests: Sequence[dict[str, object]]) -> float:
            began = time.perf_counter()
            for page in requests:
                _exchange(connection, _LIST, page)
            return time.perf_counter() - began

        variants = {"first": lambda: seconds(pages[:10]), "last": lambda: seconds(pages[-10:])}
        yield Row(
            what="seconds of a list's last pages, of those of its first",
            figures=ratios(interleave(variants, 2 if quick else 31), "last", "first"),
            must=1.25,
        )


def _page_requests(connection: http.client.HTTPConnection, domain_id: str) -> list[dict[str, object]]:
    """List all speakers of a domain, and return the requests that this took."""
    requests: list[dict[str, object]] = [{"DomainId": domain_id, "MaxResults": PAGE_SIZE}]
    while token := _exchange(connection, _LIST, requests[-1]).get("NextToken"):
        requests.append({**requests[0], "NextToken": token})
    return requests


def _exchange(
    connection: http.client.HTTPConnection, target: str, members: dict[str, object], **wording: str
) -> dict[str, Any]:
    connection.request("POST", "/", json.dumps(members), headers(target, **wording))
    response = connection.getresponse()
    body = response.read()
    if response.status != HTTPStatus.OK:
        raise RuntimeError(f"not a success: {body!r}")
    response_members: dict[str, Any] = json.loads(body)
    return response_members
