"""A service inside the process that gives prepared answers: botocore's own code runs without a network."""

import copy
import functools
import importlib
import inspect
import io
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import boto3
import botocore.endpoint
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.support.worlds import AIOBOTOCORE, world_in_use
from voiceid_sdk import AsyncVoiceID, VoiceID, service_model
from voiceid_sdk._wire import operations
from voiceid_sdk._wire.operations.rows import Operation
from voiceid_sdk._wire.response_ids import _places

EVENT: Final = "before-send.voice-id"

REGION: Final = "us-west-2"
DOMAIN_ID: Final = "Abcdefghijklmnopqrst01"
DOMAIN_ARN: Final = f"arn:aws:voiceid:{REGION}:111122223333:domain/{DOMAIN_ID}"
ROLE_ARN: Final = "arn:aws:iam::111122223333:role/voice-id"
REQUEST_ID: Final = "5f0ab8a0-3a6f-4f0e-9d1c-1c2d3e4f5a6b"

SPEAKER_ID: Final = "id#Abcdefghijklmnopqrst02"
FRAUDSTER_ID: Final = "id#Abcdefghijklmnopqrst03"
WATCHLIST_ID: Final = "Abcdefghijklmnopqrst04"
JOB_ID: Final = "Abcdefghijklmnopqrst05"

_DOMAIN: Final = {
    "Arn": DOMAIN_ARN,
    "CreatedAt": 1_700_000_000.123,
    "Description": "for tests",
    "DomainId": DOMAIN_ID,
    "DomainStatus": "ACTIVE",
    "Name": "callers",
    "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/voice"},
    "UpdatedAt": 1_700_000_001,
    "WatchlistDetails": {"DefaultWatchlistId": WATCHLIST_ID},
}
_SPEAKER: Final = {
    "CustomerSpeakerId": "caller-1",
    "DomainId": DOMAIN_ID,
    "GeneratedSpeakerId": SPEAKER_ID,
    "Status": "ENROLLED",
}
_FRAUDSTER: Final = {
    "DomainId": DOMAIN_ID,
    "GeneratedFraudsterId": FRAUDSTER_ID,
    "WatchlistIds": [WATCHLIST_ID],
}
_WATCHLIST: Final = {"DomainId": DOMAIN_ID, "Name": "known", "WatchlistId": WATCHLIST_ID}
_JOB: Final = {"DomainId": DOMAIN_ID, "JobId": JOB_ID, "JobStatus": "COMPLETED"}

TYPICAL: Final[Mapping[str, Mapping[str, object]]] = {
    "AssociateFraudster": {"Fraudster": _FRAUDSTER},
    "CreateDomain": {"Domain": _DOMAIN},
    "CreateWatchlist": {"Watchlist": _WATCHLIST},
    "DescribeDomain": {"Domain": _DOMAIN},
    "DescribeFraudster": {"Fraudster": _FRAUDSTER},
    "DescribeFraudsterRegistrationJob": {"Job": _JOB},
    "DescribeSpeaker": {"Speaker": _SPEAKER},
    "DescribeSpeakerEnrollmentJob": {"Job": _JOB},
    "DescribeWatchlist": {"Watchlist": _WATCHLIST},
    "DisassociateFraudster": {"Fraudster": _FRAUDSTER},
    "EvaluateSession": {
        "AuthenticationResult": {"Decision": "ACCEPT", "Score": 97},
        "DomainId": DOMAIN_ID,
        "SessionName": "call-1",
        "StreamingStatus": "ENDED",
    },
    "ListDomains": {"DomainSummaries": [_DOMAIN]},
    "ListFraudsterRegistrationJobs": {"JobSummaries": [_JOB]},
    "ListFraudsters": {"FraudsterSummaries": [_FRAUDSTER]},
    "ListSpeakerEnrollmentJobs": {"JobSummaries": [_JOB]},
    "ListSpeakers": {"SpeakerSummaries": [_SPEAKER]},
    "ListTagsForResource": {"Tags": [{"Key": "team", "Value": "fraud"}]},
    "ListWatchlists": {"WatchlistSummaries": [_WATCHLIST]},
    "OptOutSpeaker": {"Speaker": {**_SPEAKER, "Status": "OPTED_OUT"}},
    "StartFraudsterRegistrationJob": {"Job": _JOB},
    "StartSpeakerEnrollmentJob": {"Job": _JOB},
    "UpdateDomain": {"Domain": _DOMAIN},
    "UpdateWatchlist": {"Watchlist": _WATCHLIST},
}
"""A plain answer of each operation; those that are not here answer with nothing in it."""

_MEMBERS: Final[Mapping[str, object]] = {
    "ClientToken": "token-1",
    "DataAccessRoleArn": ROLE_ARN,
    "DomainId": DOMAIN_ID,
    "FraudsterId": FRAUDSTER_ID,
    "InputDataConfig": {"S3Uri": "s3://bucket/in.json"},
    "JobId": JOB_ID,
    "Name": "callers",
    "OutputDataConfig": {"S3Uri": "s3://bucket/out"},
    "ResourceArn": DOMAIN_ARN,
    "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/voice"},
    "SessionNameOrId": "call-1",
    "SpeakerId": "caller-1",
    "TagKeys": ["team"],
    "Tags": [{"Key": "team", "Value": "fraud"}],
    "WatchlistId": WATCHLIST_ID,
}


def request_of(operation: str) -> dict[str, object]:
    """Return a plain request of an operation, with a token where it takes one."""
    members = service_model.shape(service_model.operation(operation)["input"]["shape"]).get("members", {})
    return {name: value for name, value in _MEMBERS.items() if name in members}


SHOWS_BODIES: Final = "before-parse" in inspect.getsource(botocore.endpoint)
"""Whether this botocore has the event on which our own clients read the raw body."""

READS_BODIES: Final = pytest.mark.skipif(not SHOWS_BODIES, reason="this botocore does not show raw bodies")

TABLE: Final[Mapping[str, Operation[Any]]] = {
    row.name: row for row in (getattr(operations, constant) for constant in operations.__all__)
}
"""The rows of all operations, by their names."""

_HEADERS: Final = {"x-amzn-RequestId": REQUEST_ID, "Content-Type": "application/x-amz-json-1.0"}


@attrs.frozen
class Answer:
    """One HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = _HEADERS


@attrs.frozen
class Sent:
    """One request as it would have gone over the network."""

    operation: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    url: str


def success(**members: object) -> Answer:
    """Return a 200 with these members of the wire."""
    return Answer(200, json.dumps(members).encode())


def failure(code: str, message: str = "No.", *, status: int = 400, **members: object) -> Answer:
    """Return an error as the service writes it."""
    return Answer(status, json.dumps({"__type": code, "Message": message, **members}).encode())


def typical(sent: Sent) -> Answer:
    """Return a plain success of whatever operation was called, with the ids of the request."""
    return success(**with_ids_of(sent.operation, sent.body, TYPICAL.get(sent.operation, {})))


def with_ids_of(
    operation: str, request: Mapping[str, object], response: Mapping[str, object]
) -> dict[str, Any]:
    """Return a response whose ids are those of the request, as the service's are."""
    changed: dict[str, Any] = copy.deepcopy(dict(response))
    for place in _places(operation):
        for structure in place.structures(changed):
            for repeated in place.ids:
                given = request.get(repeated.requested)
                if isinstance(structure, dict) and repeated.member in structure and repeated.can_be(given):
                    structure[repeated.member] = given
    return changed


def web_page(status: int) -> Answer:
    """Return what a load balancer or proxy answers."""
    body = b"<html><body><h1>An Error Has Occurred</h1></body></html>"
    return Answer(status, body, {"Content-Type": "text/html"})


Reply = Answer | Exception | Callable[[Sent], Answer]
"""An answer, an error to raise where botocore would send, or what makes an answer of a request."""


class Canned:
    """Gives its replies in order, then the default again and again; ``sent`` is what it was asked."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.default: Reply = AssertionError("no answer was prepared")
        self._replies: deque[Reply] = deque()

    def answer(self, *replies: Reply) -> None:
        """Give these replies to the next requests."""
        self._replies.extend(replies)

    def attach(self, client: Any) -> None:
        """Answer what a boto3 client sends from now on."""
        client.meta.events.register(EVENT, self)

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Handle botocore's ``before-send`` event."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        body: Any = request.body
        sent = Sent(headers["X-Amz-Target"].rpartition(".")[2], json.loads(body), headers, request.url)
        self.sent.append(sent)
        reply = self._replies.popleft() if self._replies else self.default
        if isinstance(reply, Exception):
            raise reply
        answer = reply if isinstance(reply, Answer) else reply(sent)
        return aws_response(request, answer.status, answer.headers, answer.body)


def aws_response(
    request: AWSPreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> AWSResponse:
    """Return a response as botocore gets it from a connection."""
    given: Any = headers  # botocore copies any mapping; its stubs ask for a class of its own
    return AWSResponse(request.url, status, given, _Stream(body))


class _Stream(io.BytesIO):
    """A body in the form in which botocore reads it from a connection."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def aws_session() -> boto3.Session:
    """Return a new session with credentials; the fixture ``no_aws_settings`` keeps the user's files away."""
    return boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name=REGION)


@functools.cache
def shared_session() -> boto3.Session:
    """Return one session for the many tests that only need a client: its second client costs little."""
    return aws_session()


def raw_client(canned: Canned, **options: Any) -> Any:
    """Return a plain boto3 client that ``canned`` answers."""
    client = shared_session().client("voice-id", **options)
    canned.attach(client)
    return client


def typed_client(canned: Canned, **options: Any) -> VoiceID:
    """Return a client of the world in use, on a boto3 client of its own, that ``canned`` answers."""
    world = world_in_use()
    if world.is_async:
        blocking: VoiceID = world.enter(async_client(canned, **options))
        return blocking
    client = VoiceID(session=shared_session(), **options)
    canned.attach(client.boto3_client)
    return client


def async_client(canned: Canned, **options: Any) -> AsyncVoiceID:
    """Return an async client, on a boto3 client of its own, that ``canned`` answers."""
    if world_in_use() is AIOBOTOCORE:
        return AsyncVoiceID(client=AIOBOTOCORE.run(_aiobotocore_client, canned), **options)
    client = AsyncVoiceID(session=shared_session(), **options)
    canned.attach(client.boto3_client)
    return client


async def _aiobotocore_client(canned: Canned) -> Any:
    """Return a client of aiobotocore that ``canned`` answers, which opens no connections."""
    awsrequest: Any = importlib.import_module("aiobotocore.awsrequest")

    def respond(request: AWSPreparedRequest, **_: object) -> object:
        response = canned(request)
        body = _AsyncStream(response.content)
        return awsrequest.AioAWSResponse(response.url, response.status_code, response.headers, body)

    client = await _aiobotocore_session().create_client("voice-id", region_name=REGION)._coro
    client.meta.events.register(EVENT, respond)
    return client


@functools.cache
def _aiobotocore_session() -> Any:
    """Return one session for all tests: its second client costs little."""
    session: Any = importlib.import_module("aiobotocore.session").get_session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    return session


class _AsyncStream(io.BytesIO):
    """A body in the form in which aiobotocore reads it from a connection."""

    async def read(self, *_: object) -> bytes:  # type: ignore[override] # aiobotocore awaits it
        return super().read()
