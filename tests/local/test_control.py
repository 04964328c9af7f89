"""The control API: a call as Amazon Connect makes it, faults, keys and the clock, over HTTP."""

import base64
import http.client
import inspect
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.local.conftest import KEY, Send
from tests.support.servers import Response, ask, connect, serving
from tests.support.servers import control as control_over_http
from voiceid_sdk.local import Call, Faults, LocalVoiceID, ManualClock
from voiceid_sdk.local.http import control, hearing
from voiceid_sdk.local.http.errors import JSON, HttpError, error_response
from voiceid_sdk.local.protocol.aws_json import MAX_BODY_BYTES
from voiceid_sdk.local.voices.recordings import tone, wav

Act: TypeAlias = Callable[..., Any]

CONTACT: Final = "a-contact"


def send(
    service: LocalVoiceID, action: str, body: bytes, *, method: str = "POST", content_type: str = JSON
) -> Response:
    try:
        control.check_head(action, method, content_type)
        given = control.respond(service, action, body, request_id="an-id")
    except HttpError as error:
        given = error_response(error, "an-id")
    return Response(given.status, given.headers, given.body)


@pytest.fixture
def act(service: LocalVoiceID) -> Act:
    """Ask for an action that must be done, and return its answer."""

    def act(action: str, **members: Any) -> Any:
        given = send(service, action, json.dumps(members).encode())
        assert given.status == 200, given.body
        return given.json()

    return act


@pytest.fixture
def failure(service: LocalVoiceID) -> Act:
    """Ask for an action that must be refused, and return the status and the error."""

    def failure(action: str, **members: Any) -> Any:
        given = send(service, action, json.dumps(members).encode())
        return given.status, given.json()

    return failure


@pytest.fixture
def call(act: Act, domain_id: str) -> dict[str, str]:
    """Start a call and return what names it."""
    act("start_call", domain_id=domain_id, contact_id=CONTACT, speaker_id="anna")
    return {"domain_id": domain_id, "session_name_or_id": CONTACT}


@pytest.fixture
def connection(service: LocalVoiceID) -> Iterator[http.client.HTTPConnection]:
    with serving(service) as url, closing(connect(url)) as connection:
        yield connection


def decision(send: Send, call: dict[str, str]) -> str:
    members = {"DomainId": call["domain_id"], "SessionNameOrId": CONTACT}
    return str(json.loads(send("EvaluateSession", members).body)["AuthenticationResult"]["Decision"])


# Calls


def test_a_started_call_shows_its_state(act: Act, domain_id: str) -> None:
    state = act("start_call", domain_id=domain_id, contact_id=CONTACT)
    assert state == {
        "domain_id": domain_id,
        "session_id": state["session_id"],
        "streaming_status": "PENDING_CONFIGURATION",
        "enrollment_status": None,
        "seconds_heard": 0,
    }


def test_a_call_is_found_again_by_its_session_id(act: Act, domain_id: str) -> None:
    state = act("start_call", domain_id=domain_id, contact_id=CONTACT)
    assert act("call", domain_id=domain_id, session_name_or_id=state["session_id"]) == state


def test_a_caller_enrolls_by_speaking(act: Act, call: dict[str, str]) -> None:
    assert act("enroll", **call)["enrollment_status"] == "NOT_ENOUGH_SPEECH"
    state = act("speak", **call, label="anna", seconds=30)
    assert (state["enrollment_status"], state["streaming_status"]) == ("COMPLETED", "ENDED")


def test_a_call_that_ended_is_streamed_again(act: Act, call: dict[str, str]) -> None:
    act("speak", **call, label="anna", seconds=1)
    assert act("end", **call)["streaming_status"] == "ENDED"
    assert act("restart_stream", **call)["streaming_status"] == "PENDING_CONFIGURATION"


def test_a_call_is_updated(act: Act, call: dict[str, str], send: Send) -> None:
    act("score", **call, authentication=50)
    act("enroll", **call)
    act("speak", **call, label="anna", seconds=30)
    act("restart_stream", **call)
    act("speak", **call, label="anna", seconds=10.5)
    assert decision(send, call) == "REJECT"
    act("update", **call, acceptance_threshold=50)
    assert decision(send, call) == "ACCEPT"


def test_a_recording_is_played_from_the_request(act: Act, call: dict[str, str]) -> None:
    recording = base64.b64encode(wav(tone(2), label="anna")).decode()
    assert act("play", **call, wav=recording)["seconds_heard"] == 2


def test_a_recording_is_played_from_s3(act: Act, call: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "s3" / "recordings"
    folder.mkdir(parents=True)
    silence = bytes(len(tone(3)))
    stereo = b"".join(left + right for left, right in zip(_samples(silence), _samples(tone(3)), strict=True))
    (folder / "call.wav").write_bytes(wav(stereo, channels=2))
    assert act("play", **call, s3_uri="s3://recordings/call.wav", channel=0)["seconds_heard"] == 0
    assert act("play", **call, s3_uri="s3://recordings/call.wav", channel=1)["seconds_heard"] == 3


def _samples(content: bytes) -> list[bytes]:
    return [content[place : place + 2] for place in range(0, len(content), 2)]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"wav": "", "s3_uri": "s3://recordings/call.wav"},
        {"wav": "not base64"},
        {"wav": "AAAA"},
        {"s3_uri": "/etc/passwd"},
        {"s3_uri": "s3://recordings/missing.wav"},
        {"s3_uri": "s3://recordings/../../../etc/passwd"},
    ],
)
def test_what_is_no_recording_is_refused(failure: Act, call: dict[str, str], members: dict[str, str]) -> None:
    status, error = failure("play", **call, **members)
    assert (status, error["code"]) in {(400, "InvalidRequest"), (400, "ValidationException")}
    assert "passwd" not in error["message"]


def test_what_the_service_refuses_keeps_its_type(failure: Act, call: dict[str, str]) -> None:
    status, error = failure("start_call", domain_id=call["domain_id"], contact_id=CONTACT)
    assert (status, error["code"], error["conflict_type"]) == (
        409,
        "ConflictException",
        "ANOTHER_ACTIVE_STREAM",
    )


def test_a_call_that_never_was_is_not_found(failure: Act, domain_id: str) -> None:
    status, error = failure("end", domain_id=domain_id, session_name_or_id="another")
    assert (status, error["resource_type"]) == (404, "SESSION")


# Faults, keys and the clock


def test_requests_fail_as_they_are_told(act: Act, send: Send) -> None:
    act("fail_next", operation="ListDomains", code="ThrottlingException", times=2)
    assert [send("ListDomains").status for _ in range(3)] == [429, 429, 200]


def test_faults_are_cleared(act: Act, send: Send) -> None:
    act("fail_next", operation="ListDomains", code="ExpiredTokenException")
    act("clear_faults")
    assert send("ListDomains").status == 200


def test_a_fault_that_the_service_does_not_have_is_refused(failure: Act) -> None:
    status, error = failure("fail_next", operation="ListDomains", code="NoSuchException")
    assert (status, error["code"]) == (400, "InvalidRequest")
    assert "ThrottlingException" in error["message"]


@pytest.mark.parametrize(
    ("action", "members"),
    [
        ("fail_share", {"share": 1, "code": "ThrottlingException"}),
        ("throttle", {"rate": 0.001, "operation": "ListDomains"}),
    ],
)
def test_a_share_fails_or_a_rate_is_kept(act: Act, send: Send, action: str, members: dict[str, Any]) -> None:
    act(action, **members)
    assert [send("ListDomains").status for _ in range(2)][-1] == 429


def test_a_key_is_disabled_and_enabled(act: Act, send: Send, domain_id: str) -> None:
    members = {"DomainId": domain_id}
    act("disable_key", kms_key_id=KEY)
    assert send("ListSpeakers", members).status == 403
    act("enable_key", kms_key_id=KEY)
    assert send("ListSpeakers", members).status == 200


def test_a_deleted_domain_is_restored(act: Act, send: Send, domain_id: str) -> None:
    members = {"DomainId": domain_id}
    send("DeleteDomain", members)
    act("restore_domain", domain_id=domain_id)
    assert send("ListSpeakers", members).status == 200


def test_the_consent_of_an_account_is_registered() -> None:
    with LocalVoiceID(compliance_consent=False) as service:
        client: Any = service.boto3_client()
        domain = {"Name": "a", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.create_domain(**domain)
        assert send(service, "register_compliance_consent", b"{}").status == 200
        assert client.create_domain(**domain)["Domain"]["DomainStatus"] == "ACTIVE"


def test_the_service_ends(act: Act, send: Send) -> None:
    act("end_of_service")
    response = send("ListDomains")
    assert (response.status, json.loads(response.body)["Message"]) == (
        403,
        "New customer access is no longer available",
    )


def test_a_held_clock_is_read_and_moved(act: Act, clock: ManualClock) -> None:
    assert act("clock") == {"now": "2026-01-01T00:00:00+00:00", "manual": True}
    assert act("advance_clock", seconds=90.5)["now"] == "2026-01-01T00:01:30.500000+00:00"
    assert clock.now().second == 30


@pytest.mark.parametrize("seconds", [-1, 1e300])
def test_the_clock_takes_no_impossible_step(failure: Act, seconds: float) -> None:
    status, error = failure("advance_clock", seconds=seconds)
    assert (status, error["code"]) == (400, "InvalidRequest")


def test_a_running_clock_is_read_and_not_moved() -> None:
    with LocalVoiceID() as service:
        assert send(service, "clock", b"{}").json()["manual"] is False
        error = send(service, "advance_clock", b'{"seconds": 1}')
    assert (error.status, error.json()["code"]) == (409, "ClockNotManual")


# The form of requests


def test_every_method_of_a_call_and_of_the_faults_has_its_action() -> None:
    methods = [*inspect.getmembers(Call, inspect.isfunction), *inspect.getmembers(Faults, inspect.isfunction)]
    names = {name for name, _ in methods if not name.startswith("_")}
    # The first is an action under another name, the second is for the service, the third takes no JSON.
    assert names - {"clear", "next_for", hearing.ACTION} <= set(control.ACTIONS)


def test_an_unknown_action_is_refused_with_the_known_ones(failure: Act) -> None:
    status, error = failure("hang_up")
    assert (status, error["code"]) == (404, "UnknownAction")
    assert "restart_stream" in error["message"]


def test_only_post_is_taken(service: LocalVoiceID) -> None:
    given = send(service, "clock", b"", method="GET")
    assert (given.status, given.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/json"]
)
def test_only_json_is_taken(service: LocalVoiceID, content_type: str) -> None:
    assert send(service, "clock", b"{}", content_type=content_type).status == 415


def test_json_may_name_its_charset(service: LocalVoiceID) -> None:
    assert send(service, "clock", b"{}", content_type="Application/JSON; charset=utf-8").status == 200


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"\xff", b'{"seconds": NaN}', b'{"seconds": "\\ud800"}']
)
def test_what_is_no_json_object_is_refused(service: LocalVoiceID, body: bytes) -> None:
    given = send(service, "advance_clock", body)
    assert (given.status, given.json()["code"]) == (400, "SerializationException")


@pytest.mark.parametrize("filling", [b"{},", b"[],", b"1,", b'"",'], ids=str)
def test_a_large_body_of_many_values_is_refused(service: LocalVoiceID, filling: bytes) -> None:
    body = b'{"domain_id": [' + filling * (MAX_BODY_BYTES // len(filling)) + b'""]}'
    assert send(service, "call", body).json()["code"] == "SerializationException"


@pytest.mark.parametrize("text", ["😀".encode(), b"\\ud83d\\ude00"])
def test_a_large_body_with_a_text_that_takes_four_times_its_size_is_refused(
    service: LocalVoiceID, text: bytes
) -> None:
    body = b'{"wav": "' + text + b"A" * MAX_BODY_BYTES + b'"}'
    assert send(service, "call", body).json()["code"] == "SerializationException"


def test_every_problem_of_a_request_is_named(failure: Act) -> None:
    status, error = failure("speak", domain_id=1, label=None, seconds=True, volume=11)
    assert status == 400
    for problem in (
        "'session_name_or_id' is missing",
        "'label' is missing",
        "'domain_id' is not a string",
        "'seconds' is not a number",
        "there is an unknown member; the members are",
    ):
        assert problem in error["message"]
    assert "volume" not in error["message"]


@pytest.mark.parametrize("value", [1.5, "1", True, [1], {}])
def test_a_whole_number_is_asked_for_as_one(failure: Act, call: dict[str, str], value: object) -> None:
    _, error = failure("score", **call, authentication=value)
    assert "'authentication' is not a whole number" in error["message"]


def test_a_switch_is_true_or_false(failure: Act, domain_id: str) -> None:
    _, error = failure("start_call", domain_id=domain_id, contact_id=CONTACT, fraud_detection=1)
    assert "'fraud_detection' is not true or false" in error["message"]


def test_an_unexpected_failure_is_an_answer_too(
    service: LocalVoiceID, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service, "clock", None)
    given = send(service, "clock", b"{}")
    assert (given.status, given.json()["code"]) == (500, "InternalServerException")
    assert "AttributeError" in caplog.text


def test_a_whole_call_is_made_over_http(
    connection: http.client.HTTPConnection, domain_id: str, send: Send
) -> None:
    call = {"domain_id": domain_id, "session_name_or_id": CONTACT}
    started = control_over_http(
        connection, "start_call", domain_id=domain_id, contact_id=CONTACT, speaker_id="anna"
    )
    assert started.headers["content-type"] == JSON
    for action, members in (
        ("enroll", {}),
        ("speak", {"label": "anna", "seconds": 30}),
        ("restart_stream", {}),
        ("speak", {"label": "anna", "seconds": 10}),
    ):
        assert control_over_http(connection, action, **call, **members).status == 200
    assert decision(send, call) == "ACCEPT"


def test_the_path_alone_is_no_action(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "/control/", b"{}", Content_Type=JSON).json()["code"] == "UnknownAction"


@pytest.mark.parametrize("channel", [-1, 1, 2, 10**30])
def test_a_channel_that_the_recording_lacks_is_named(
    failure: Act, call: dict[str, str], channel: int
) -> None:
    recording = base64.b64encode(wav(tone(1))).decode()
    status, error = failure("play", **call, wav=recording, channel=channel)
    assert (status, error["code"]) == (400, "ValidationException")
    assert "channel" in error["message"]


def test_a_recording_takes_less_than_four_times_its_size_in_memory(
    service: LocalVoiceID, call: dict[str, str]
) -> None:
    recording = wav(bytes(4_000_000))
    body = json.dumps({**call, "wav": base64.b64encode(recording).decode()}).encode()
    tracemalloc.start()
    try:
        bodies = [bytes(bytearray(body))]
        tracemalloc.reset_peak()
        response = control.respond(service, "play", bodies.pop(), request_id="an-id")
        assert response.status == 200
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(recording)
