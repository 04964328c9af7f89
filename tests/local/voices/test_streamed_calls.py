"""Audio of a call over HTTP as it comes, with the state of the call while it runs."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.servers import PATIENCE, serving
from voiceid_sdk.local import LocalVoiceID, tone, wav

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
AUDIO = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    with LocalVoiceID() as service:
        yield service


@pytest.fixture
def domain(service: LocalVoiceID) -> str:
    client: Any = service.boto3_client()
    created = client.create_domain(Name="d", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})
    return str(created["Domain"]["DomainId"])


@pytest.fixture
def connection(service: LocalVoiceID) -> Iterator[http.client.HTTPConnection]:
    with (
        serving(service, request_seconds=1.0) as url,
        closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)) as connection,
    ):
        yield connection


def path_of(domain: str, session: str, **members: str) -> str:
    return f"/control/hear?{urlencode({'domain_id': domain, 'session_name_or_id': session, **members})}"


def lines(response: http.client.HTTPResponse) -> list[Any]:
    return [json.loads(line) for line in response.read().splitlines()]


def test_the_state_of_a_call_comes_back_while_its_audio_is_sent(
    service: LocalVoiceID, domain: str, connection: http.client.HTTPConnection
) -> None:
    call = service.start_call(domain, "a-call", "alice")
    connection.putrequest("POST", path_of(domain, call.session_id))
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    stream: Any = connection.sock
    for _ in range(3):
        stream.sendall(b"3e80\r\n" + tone(1) + b"\r\n")
    reader = stream.makefile("rb")
    while b"seconds_heard" not in (line := reader.readline()):
        pass
    assert json.loads(line)["streaming_status"] == "ONGOING"
    assert call.seconds_heard >= 1
    stream.sendall(b"0\r\n\r\n")
    rest = [line for line in iter(reader.readline, b"0\r\n") if b"seconds_heard" in line]
    assert json.loads(rest[-1])["seconds_heard"] == 3
    reader.close()


def test_all_audio_of_a_request_is_heard(
    service: LocalVoiceID, domain: str, connection: http.client.HTTPConnection
) -> None:
    service.start_call(domain, "a-call", "alice").enroll()
    chunks = iter([tone(1)] * 31)
    connection.request("POST", path_of(domain, "a-call"), chunks, AUDIO, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Type"]) == (200, "application/x-ndjson")
    states = lines(response)
    assert [state["seconds_heard"] for state in states] == sorted(state["seconds_heard"] for state in states)
    assert states[-1]["enrollment_status"] == "COMPLETED"
    assert states[-1]["streaming_status"] == "ENDED"


def test_a_body_that_is_not_streamed_is_heard_as_well(
    service: LocalVoiceID, domain: str, connection: http.client.HTTPConnection
) -> None:
    service.start_call(domain, "a-call")
    silence_and_noise = bytes([0xFF, 0x7F]) * 4000 + bytes([0x00, 0x80]) * 4000
    connection.request("POST", path_of(domain, "a-call", encoding="mulaw"), silence_and_noise, AUDIO)
    assert lines(connection.getresponse())[-1]["seconds_heard"] == 1


@pytest.mark.slow
def test_a_call_may_take_longer_than_any_other_request(
    service: LocalVoiceID, domain: str, connection: http.client.HTTPConnection
) -> None:
    service.start_call(domain, "a-call")

    def slow() -> Iterator[bytes]:
        for _ in range(3):
            time.sleep(0.5)
            yield tone(0.5)

    connection.request("POST", path_of(domain, "a-call"), slow(), AUDIO, encode_chunked=True)
    assert lines(connection.getresponse())[-1]["seconds_heard"] == 1.5


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (("GET", {}, AUDIO), (405, "MethodNotAllowed")),
        (("POST", {}, {"Content-Type": "audio/wav"}), (415, "UnsupportedMediaType")),
        (("POST", {"encoding": "opus"}, AUDIO), (400, "InvalidRequest")),
        (("POST", {"loudness": "1"}, AUDIO), (400, "InvalidRequest")),
        (("POST", {"session_name_or_id": "other"}, AUDIO), (404, "ResourceNotFoundException")),
    ],
)
def test_a_request_that_is_not_for_audio_is_refused(
    domain: str,
    connection: http.client.HTTPConnection,
    request_: tuple[str, dict[str, str], dict[str, str]],
    refusal: tuple[int, str],
) -> None:
    method, members, headers = request_
    connection.request(method, path_of(domain, "a-call") + "&" + urlencode(members), tone(0.1), headers)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["code"]) == refusal


def test_a_call_that_was_hung_up_hears_no_more(
    service: LocalVoiceID, domain: str, connection: http.client.HTTPConnection
) -> None:
    call = service.start_call(domain, "a-call")
    call.play(wav(tone(1)))
    call.end()
    connection.request("POST", path_of(domain, "a-call"), tone(1), AUDIO)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["code"]) == (400, "ValidationException")
