"""SDKs of other languages and ages are answered: by what they once sent, and by themselves where they are."""

import http.client
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.support.sdk_scenario import DESCRIPTION, SIGNED, STEPS, let, make_service, running
from tests.support.servers import OPEN, raw, serving
from voiceid_sdk.local import ManualClock
from voiceid_sdk.local.http.access import AccessRules

RECORDS: Final = sorted(Path(__file__).with_name("requests").glob("*.http"))
CLIENTS: Final = Path(__file__).with_name("clients")

NODE_MODULES: Final = os.environ.get("VOICEID_SDK_NODE_MODULES")
"""The folder with the SDKs for JavaScript, in `nox -s interoperability`."""

WAYS_IN: Final = pytest.mark.parametrize("signed", [False, True], ids=["open", "signed"])


# --- What SDKs sent -------------------------------------------------------------------------------------


def requests_in(record: bytes) -> Iterator[bytes]:
    """Yield the requests that were sent one after the other."""
    while record:
        head, end, rest = record.partition(b"\r\n\r\n")
        headers = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + end))
        length = int(headers["Content-Length"])
        yield head + end + rest[:length]
        record = rest[length:]


def when_sent(request: bytes) -> datetime:
    headers = http.client.parse_headers(io.BytesIO(request.partition(b"\r\n")[2]))
    return datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def send(url: str, request: bytes) -> tuple[int, bytes]:
    """Send a request as it is, and return the status and the body of the answer."""
    with raw(url) as connection:
        connection.sendall(request)
        with closing(http.client.HTTPResponse(connection)) as response:
            response.begin()
            return response.status, response.read()


def access_rules(request: bytes, *, signed: bool) -> AccessRules:
    """Return the access rules, with a clock at the time at which the request was signed."""
    return attrs.evolve(SIGNED, clock=ManualClock(when_sent(request))) if signed else OPEN


@WAYS_IN
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_recorded_requests_are_answered(record: Path, *, signed: bool) -> None:
    requests = list(requests_in(record.read_bytes()))
    with make_service() as service, serving(service, access_rules(requests[0], signed=signed)) as url:
        responses = [send(url, request) for request in requests]
    assert [status for status, _ in responses] == [step.status for step in STEPS]
    for step, (_, body) in zip(STEPS, responses, strict=True):
        assert step.code is None or json.loads(body)["__type"].endswith(f"#{step.code}")
        if step.operation == "CreateDomain":
            assert json.loads(body)["Domain"]["Description"] == DESCRIPTION


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_recorded_request_that_was_changed_is_refused(record: Path) -> None:
    request = list(requests_in(record.read_bytes()))[2]
    changed = request[:-1] + bytes([request[-1] ^ 1])
    with make_service() as service, serving(service, access_rules(request, signed=True)) as url:
        assert send(url, request)[0] == 200
        status, body = send(url, changed)
    assert (status, json.loads(body)["__type"].rpartition("#")[2]) == (403, "InvalidSignatureException")


# --- The SDKs themselves --------------------------------------------------------------------------------


JAVASCRIPT: Final = ["node", str(CLIENTS / "javascript.mjs")]
LIVE: Final = {
    "javascript-v3": [*JAVASCRIPT, "v3"],
    "javascript-v3-gzip": [*JAVASCRIPT, "v3", "gzip"],
    "javascript-v3-older": [*JAVASCRIPT, "v3-older"],
    "javascript-v2": [*JAVASCRIPT, "v2"],
    "javascript-v2-older": [*JAVASCRIPT, "v2-older"],
    "aiobotocore": [sys.executable, str(CLIENTS / "python.py"), "aiobotocore"],
}


@pytest.mark.slow
@WAYS_IN
@pytest.mark.parametrize("client", LIVE)
def test_an_sdk_is_answered(client: str, tmp_path: Path, *, signed: bool) -> None:
    if NODE_MODULES is None and client.startswith("javascript"):
        pytest.skip("the SDKs for JavaScript are not installed here")
    if client == "aiobotocore" and find_spec(client) is None:
        pytest.skip("aiobotocore is not installed here")
    with running(tmp_path, signed=signed) as settings:
        outcomes = let(LIVE[client], settings, folder=NODE_MODULES)
    assert [(outcome["status"], outcome.get("code")) for outcome in outcomes] == [
        (step.status, step.code) for step in STEPS
    ]
    _, created, listed, *_ = (outcome.get("output") for outcome in outcomes)
    assert created["Domain"]["Description"] == DESCRIPTION
    assert [speaker["CustomerSpeakerId"] for speaker in listed["SpeakerSummaries"]] == ["s0", "s1", "s2"]
    assert listed["NextToken"]


@pytest.mark.slow
@pytest.mark.skipif(NODE_MODULES is None, reason="the SDKs for JavaScript are not installed here")
@WAYS_IN
def test_the_sdk_for_javascript_uses_s3(tmp_path: Path, *, signed: bool) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with running(tmp_path, signed=signed) as settings:
        done = subprocess.run(
            ["node", str(CLIENTS / "s3.mjs")],
            cwd=NODE_MODULES,
            env={**own, **settings, "AWS_EC2_METADATA_DISABLED": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
