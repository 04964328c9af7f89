"""Whatever is sent, the service answers in its own way: never with a 500, never with nothing."""

import base64
import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.conformance.valid_requests import VALID
from tests.support.stage import KEY
from voiceid_sdk import service_model
from voiceid_sdk.local import LocalVoiceID, ManualClock, Timing
from voiceid_sdk.local.http.control import ACTIONS
from voiceid_sdk.local.http.control import respond as control_response
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.voices.recordings import RecordingError, read_wav, speech_seconds, tone, wav

RIFF = b"RIFF\0\0\0\0WAVE"

# More than elsewhere: a request is cheap, and there are many ways to break one.
thorough = settings(
    max_examples=4 * settings().max_examples,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

texts = st.text(max_size=40) | st.sampled_from(
    ["", "a", "id#" + "A" * 22, "A" * 22, "s3://bucket/key", "\0", "\ud83d\ude00"]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


class World:
    """A service with something of everything in it, and the ids of that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = LocalVoiceID(clock=ManualClock(), seed=1, s3_root=folder, timing=Timing.at_once())
        content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}
        domain = self.ask("CreateDomain", content)["Domain"]
        self.ids: dict[str, list[str]] = {
            "DomainId": [domain["DomainId"]],
            "ResourceArn": [domain["Arn"]],
            "WatchlistId": [domain["WatchlistDetails"]["DefaultWatchlistId"]],
            "SpeakerId": ["known", "new"],
            "SessionNameOrId": ["a-contact"],
        }
        about = {"DomainId": domain["DomainId"]}
        self.ids["WatchlistId"].append(
            self.ask("CreateWatchlist", {**about, "Name": "n"})["Watchlist"]["WatchlistId"]
        )
        self.ask("OptOutSpeaker", {**about, "SpeakerId": "known"})
        self.ids["NextToken"] = [self.ask("ListWatchlists", {**about, "MaxResults": 1})["NextToken"]]
        self.service.start_call(domain["DomainId"], "a-contact", "known").speak("known", seconds=20)

    def send(self, operation: str, body: bytes, headers: Mapping[str, str] = {}) -> Response:
        sent = {
            "X-Amz-Target": f"VoiceID.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            **headers,
        }
        return self.service.handle(sent, body)

    def ask(self, operation: str, members: Any) -> Any:
        return json.loads(self.send(operation, json.dumps(members).encode()).body)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.service.close()


def check(operation: str, response: Response) -> None:
    assert response.status < 500
    content = json.loads(response.body or b"{}")
    if response.status == 200:
        output = service_model.operation(operation).get("output")
        assert output is None or not service_model.shape_violations(output["shape"], content)
    else:
        assert content["__type"]
        assert content["Message"]


@thorough
@given(data=st.data())
def test_changed_requests_are_answered(world: World, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(service_model.operation_names()))
    members = {
        name: data.draw(st.sampled_from(world.ids[name])) if name in world.ids else value
        for name, value in VALID[operation].items()
    }
    known = service_model.shape(service_model.operation(operation)["input"]["shape"])["members"]
    for name in data.draw(st.lists(st.sampled_from([*known, "Unknown"]), max_size=3)):
        values = json_values | st.sampled_from(world.ids[name]) if name in world.ids else json_values
        members[name] = data.draw(values)
    check(operation, world.send(operation, json.dumps(members).encode("utf-8", "surrogatepass")))


@thorough
@given(operation=st.sampled_from(service_model.operation_names()), body=st.binary(max_size=200))
def test_bytes_are_answered(world: World, operation: str, body: bytes) -> None:
    check(operation, world.send(operation, body))


@thorough
@given(
    operation=st.sampled_from(service_model.operation_names()) | texts,
    headers=st.dictionaries(
        st.sampled_from(["X-Amz-Target", "content-type", "Content-Encoding", "Host"]), st.text(max_size=20)
    ),
)
def test_headers_are_answered(world: World, operation: str, headers: dict[str, str]) -> None:
    response = world.send(operation, b"{}", headers)
    assert response.status < 500


@thorough
@given(depth=st.integers(1, 20_000), opening=st.sampled_from(['{"a":', "[", '{"DomainId":[']))
def test_depth_is_answered(world: World, depth: int, opening: str) -> None:
    body = (opening * depth).encode()
    assert world.send("ListDomains", body).status == 400
    closing = {"[": "]"}.get(opening, "}" if opening == '{"a":' else "]}")
    nested = '{"Unknown":' + opening * depth + "1" + closing * depth + "}"
    check("CreateDomain", world.send("CreateDomain", nested.encode()))


CONTROL: dict[str, Any] = {
    "session_name_or_id": ("a-contact", "another"),
    "code": ("ThrottlingException", "ConflictException"),
    "conflict_type": ("SPEAKER_NOT_SET",),
    "kms_key_id": (KEY,),
    "operation": ("ListDomains", "EvaluateSession"),
    "performed": (True,),  # False is answered with a 500: it stands for the answer that never comes.
    "resource_type": ("SPEAKER",),
    "s3_uri": ("s3://jobs/in", "s3://jobs/../in"),
    "share": (0.5, 1),
    "wav": (base64.b64encode(wav(tone(1))).decode(),),
    **dict.fromkeys(("contact_id", "label", "message", "speaker_id"), ("", "a", "id#" + "A" * 22, "\0", "é")),
    **dict.fromkeys(("authentication", "fraud_detection"), (True, False, 50)),
}
"""What fits members of the control API, beside ids. The others are numbers."""

NUMBERS = (0, 1, -1, 0.5, 10, 90, 101, 2**63, 10**400, 1e300, 3e9, 5e-324)


def members_of(world: World, action: str) -> list[str]:
    """Return the members that an action takes, which it names when it is given another."""
    error = control(world, action, {"?": 1})
    return re.findall("'([a-z0-9_]+)'", error["message"].rpartition("none of")[2])


def control(world: World, action: str, members: Any) -> Any:
    body = json.dumps(members).encode("utf-8", "surrogatepass")
    response = control_response(world.service, action, body, request_id="r")
    assert response.status < 500, (action, members)
    return json.loads(response.body, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


@thorough
@given(data=st.data())
def test_whatever_is_asked_of_the_control_api_is_answered(world: World, data: st.DataObject) -> None:
    world.service.faults.clear()
    action = data.draw(st.sampled_from(sorted(ACTIONS)))
    ids = {"domain_id": world.ids["DomainId"], "watchlist_id": world.ids["WatchlistId"]}
    fitting = {**CONTROL, **ids}
    members = {
        name: data.draw(st.sampled_from(fitting.get(name, NUMBERS)))
        for name in members_of(world, action)
        if data.draw(st.booleans())
    }
    if members and not data.draw(st.integers(0, 4)):
        name = data.draw(st.sampled_from(sorted(members)))
        members[name] = data.draw(json_values.filter(lambda value: value is not False))
    control(world, action, members)
    for operation in ("ListDomains", "EvaluateSession"):
        response = world.send(
            operation, json.dumps({"DomainId": ids["domain_id"][0], "SessionNameOrId": "a-contact"}).encode()
        )
        assert response.status < 500, (action, members)


def run_job(world: World, manifest: bytes) -> None:
    (world.folder / "jobs").mkdir(exist_ok=True)
    (world.folder / "jobs/in").write_bytes(manifest)
    about = {"DomainId": world.ids["DomainId"][0]}
    started = world.ask("StartSpeakerEnrollmentJob", {**VALID["StartSpeakerEnrollmentJob"], **about})["Job"]
    job = world.ask("DescribeSpeakerEnrollmentJob", {**about, "JobId": started["JobId"]})["Job"]
    assert job["JobStatus"] in {"COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED"}
    assert job.get("FailureDetails", {}).get("StatusCode", 400) == 400


@thorough
@given(content=st.binary(max_size=120) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_manifest_ends_its_job(world: World, content: bytes) -> None:
    run_job(world, content)


members_of_a_request = st.fixed_dictionaries(
    {"RequestId": json_values | st.just("r"), "SpeakerId": json_values | st.just("s")},
    optional={"AudioSpecifications": json_values},
)


@thorough
@given(requests=st.lists(json_values | members_of_a_request, max_size=3))
def test_any_requests_in_a_manifest_end_their_job(world: World, requests: list[Any]) -> None:
    run_job(world, json.dumps({"Version": "1.0", "SpeakerEnrollmentRequests": requests}).encode())


@thorough
@given(content=st.binary(max_size=200), opening=st.sampled_from([b"", RIFF, RIFF + b"fmt \x10\0\0\0"]))
def test_any_recording_is_read_or_refused(content: bytes, opening: bytes) -> None:
    for channel in (0, 1):
        with contextlib.suppress(RecordingError):
            speech_seconds(read_wav(opening + content, channel).samples)
