"""boto3 sessions whose clients get canned responses in the process.

So measurements contain the client's own work, including all of botocore's, and no network.
"""

import functools
import io
import itertools
import json
import random
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

if TYPE_CHECKING:
    import boto3

PAGE_SIZE: Final = 100
"""The largest page of the service."""

DOMAIN_ID: Final = "GilyV5Xkq2CbtRtRKSMBmL"

SPEAKER_ID: Final = "customer-000001"

HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    "x-amzn-RequestId": "8d9c0a4e-0c8e-4c1e-9f59-3f4f1f6a7b60",
}
_NOW: Final = 1_735_689_600.0
"""The last hour of a call."""
_TOKEN: Final = "AAMA" * 50
"""The beginning of a page token, which makes it as long as a real one."""
_STATUSES: Final = ("ENROLLED", "ENROLLED", "OPTED_OUT", "PENDING")

Respond = Callable[[bytes], bytes]
"""Makes the body of a response from the body of a request, or raises CannedError."""


class CannedError(Exception):
    """A response that is an error of the service."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status
        self.body = json.dumps({"__type": code, "Message": "No."}).encode()


class _Stream(io.BytesIO):
    """A body with the interface that botocore reads it through."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def handler(respond: Respond) -> Callable[..., Any]:
    """Return a handler of ``before-send`` that responds in the place of the network."""

    def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        sent = request.body if isinstance(request.body, bytes) else b""
        headers: Any = HEADERS  # botocore accepts any mapping; its stubs require a class of its own
        try:
            return AWSResponse(request.url, 200, headers, _Stream(respond(sent)))
        except CannedError as error:
            return AWSResponse(request.url, error.status, headers, _Stream(error.body))

    return before_send


def session(respond: Respond, *, timestamps_in_utc: bool = False) -> "boto3.Session":
    """Return a session whose clients get their responses from ``respond``.

    Args:
        respond: makes the bodies.
        timestamps_in_utc: parse timestamps as UTC, which saves botocore much work.
    """
    # Imported lazily, because start-up is measured without it.
    import boto3
    import botocore.session

    core = botocore.session.get_session()
    if timestamps_in_utc:
        core.get_component("response_parser_factory").set_parser_defaults(
            timestamp_parser=lambda seconds: datetime.fromtimestamp(seconds, UTC)
        )
    made = boto3.Session(botocore_session=core)
    made.events.register("before-send.voice-id", handler(respond))
    return made


def speaker(number: int, status: str | None = None) -> dict[str, object]:
    """Return a speaker in the service's JSON format, with a call in the last 60 days."""
    drawn = random.Random(number)
    called = _NOW - 3600 * drawn.randrange(24 * 60)
    return {
        "CreatedAt": called - drawn.randrange(10**10) / 1000,
        "CustomerSpeakerId": f"customer-{number:06d}",
        "DomainId": DOMAIN_ID,
        "GeneratedSpeakerId": f"id#{''.join(drawn.choices(string.ascii_letters + string.digits, k=22))}",
        # The service rounds this to the hour.
        "LastAccessedAt": called,
        "Status": status or _STATUSES[number % len(_STATUSES)],
        "UpdatedAt": called + drawn.randrange(3_600_000) / 1000,
    }


def one_speaker(*statuses: str) -> Respond:
    """Return responses of DescribeSpeaker, with each of ``statuses`` in turn, without end."""
    bodies = [json.dumps({"Speaker": speaker(1, status)}).encode() for status in statuses or _STATUSES[:1]]
    following = itertools.cycle(bodies)
    return lambda _: next(following)


def speaker_pages(count: int) -> Respond:
    """Return responses of ListSpeakers, with ``count`` speakers in full pages, which repeat after 5,000."""
    pages = count // PAGE_SIZE
    contents = _contents()

    def respond(request: bytes) -> bytes:
        page = int(json.loads(request).get("NextToken", _TOKEN)[len(_TOKEN) :] or 0) + 1
        token = f', "NextToken": "{_TOKEN}{page}"'.encode() if page < pages else b""
        return b'{"SpeakerSummaries": %b%b}' % (contents[page % len(contents)], token)

    return respond


@functools.cache
def _contents() -> list[bytes]:
    numbers = range(5_000)
    return [
        json.dumps([speaker(number) for number in numbers[first : first + PAGE_SIZE]]).encode()
        for first in numbers[::PAGE_SIZE]
    ]
