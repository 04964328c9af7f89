"""Nothing that a client sends breaks the service: each answer is one of its own, and tells nothing."""

import http.client
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.support import store_invariants
from tests.support.attacks import SOAK, size
from tests.support.hostile_requests import Request, Storm
from tests.support.process_memory import CAN_BE_READ, own_memory
from tests.support.request_damage import CANARY
from tests.support.servers import ask, connect, serving
from voiceid_sdk import service_model
from voiceid_sdk.local.http.application import ACCESS_LOG
from voiceid_sdk.local.protocol.aws_json import CONTENT_TYPE, MAX_BODY_BYTES, Response
from voiceid_sdk.local.protocol.errors import CODES

pytestmark = pytest.mark.uncovered

STORMS: Final = size(1, 167)
REQUESTS: Final = 5_000 if SOAK else 1_000
REQUESTS_OVER_HTTP: Final = 1_000 if SOAK else 200
"""In each storm. There are as many storms of either kind, so at most 1,002,000 requests."""

HEADERS: Final = ("Content-Type", "Content-Length", "x-amzn-RequestId")
"""What the service sends; a server adds its own."""

WARM_UP: Final = 6
MOST_GROWTH: Final = 32 * 1024**2
"""The growth of this process's memory, in bytes, that is allowed after the storms of the warm-up."""

NO_HTTP: Final = b"Invalid HTTP request received."
"""What the server says before the service hears of a request."""

GENERATED_ID: Final = re.compile("id#[a-zA-Z0-9]{22}")


MEMORY: Final[list[int]] = []


@pytest.fixture(autouse=True)
def level_memory() -> Iterator[None]:
    yield
    if CAN_BE_READ:
        MEMORY.append(own_memory())
        assert MEMORY[-1] - MEMORY[:WARM_UP][-1] < MOST_GROWTH


@pytest.mark.parametrize("seed", range(STORMS))
def test_hostile_requests_are_answered_and_leave_the_service_whole(
    seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, tries: Counter[str]
) -> None:
    seen: Counter[str] = Counter()
    storm = Storm(seed, tmp_path)
    with storm.service as service, caplog.at_level(logging.DEBUG, "voiceid_sdk"):
        for request, response in storm.blow(REQUESTS):
            tries["Hostile requests in the process"] += 1
            seen[check(request, response)] += 1
        storm.settle()
        store_invariants.check_service(service)
        store_invariants.check_store(service._store.opened())
    assert not caplog.records
    # Requests must reach the rules: a storm of which all requests are malformed would prove nothing.
    assert set(service_model.operation_names()) <= set(seen)
    assert set(seen) >= EXPECTED, EXPECTED - set(seen)


class CountingHandler(logging.Handler):
    """Counts the records of each logger, and checks that their text tells nothing of a request.

    It keeps no text, unlike pytest, which keeps all of it until the run ends.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: Counter[str] = Counter()
        self.tells_of_requests = False

    def emit(self, record: logging.LogRecord) -> None:
        self.records[record.name] += 1
        self.tells_of_requests |= CANARY in self.format(record)


@contextmanager
def counted_logs() -> Iterator[CountingHandler]:
    """Give the records of the package and of uvicorn to one handler, and to no other."""
    handler = CountingHandler()
    with pytest.MonkeyPatch.context() as patch, ExitStack() as levels:
        for logger in map(logging.getLogger, ("voiceid_sdk", "uvicorn.error")):
            patch.setattr(logger, "propagate", False)
            patch.setattr(logger, "handlers", [handler])
            levels.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        yield handler


@pytest.mark.parametrize("seed", range(STORMS))
def test_hostile_requests_are_answered_over_http(seed: int, tmp_path: Path, tries: Counter[str]) -> None:
    seen: Counter[str] = Counter()
    storm = Storm(seed, tmp_path)
    with (
        storm.service as service,
        serving(service) as url,
        closing(connect(url)) as connection,
        counted_logs() as logs,
    ):
        storm.send = lambda request: over_http(connection, request) or storm.hand_in(request)
        for request, response in storm.blow(REQUESTS_OVER_HTTP):
            tries["Hostile requests over HTTP"] += 1
            seen[check(request, response)] += 1
    assert set(logs.records) <= {ACCESS_LOG.name, "uvicorn.error"}
    assert logs.records[ACCESS_LOG.name] > 0.9 * REQUESTS_OVER_HTTP
    assert not logs.tells_of_requests
    assert len(set(service_model.operation_names()) & set(seen)) > 20


def over_http(connection: http.client.HTTPConnection, request: Request) -> Response | None:
    """Return the answer to a request, or None for one that is no HTTP or gets no body back."""
    if request.method == "HEAD":
        return None
    headers = {name: value for name, value in request.headers.items() if name != "Host"}
    try:
        response = ask(connection, request.path, request.body, method=request.method, **headers)
    except ConnectionError:
        # The server refuses a body that is too large by its head, and closes the connection.
        assert len(request.body) > MAX_BODY_BYTES
        connection.close()
        return None
    except (ValueError, http.client.InvalidURL):
        connection.close()
        return None
    if response.body == NO_HTTP:
        return None
    return Response(
        response.status, {name: response.headers[name.lower()] for name in HEADERS}, response.body
    )


EXPECTED: Final = {
    "AccessDeniedException",
    "ConflictException",
    "RequestEntityTooLargeException",
    "ResourceNotFoundException",
    "SerializationException",
    "ServiceQuotaExceededException",
    "UnknownOperationException",
    "UnsupportedMediaTypeException",
    "ValidationException",
}


def check(request: Request, response: Response) -> str:
    """Return what kind of answer it is: the operation that was done, or the code of the error."""
    assert tuple(response.headers) == HEADERS
    assert response.headers["Content-Type"] == CONTENT_TYPE
    assert response.headers["Content-Length"] == str(len(response.body))
    if response.status == 200:
        output = service_model.operation(request.operation).get("output")
        if output is None:
            assert response.body == b"", request
        else:
            assert not service_model.shape_violations(output["shape"], json.loads(response.body)), request
        return request.operation
    content = json.loads(response.body)
    namespace, _, code = str(content["__type"]).partition("#")
    assert code != "InternalServerException", request
    assert (response.status, namespace) == (CODES[code].status, CODES[code].namespace)
    assert content["Message"]
    assert set(content) - {"__type", "Message"} == {
        "ConflictException": {"ConflictType"},
        "ResourceNotFoundException": {"ResourceType"},
    }.get(code, set()), request
    assert CANARY not in response.body.decode(), request
    assert not GENERATED_ID.search(content["Message"]), request
    if not request.changed:
        assert code not in NEVER_FOR_VALID_REQUESTS, request
        assert "validation error" not in content["Message"], request
    return code


NEVER_FOR_VALID_REQUESTS: Final = {
    "RequestEntityTooLargeException",
    "SerializationException",
    "UnknownOperationException",
    "UnsupportedMediaTypeException",
}
