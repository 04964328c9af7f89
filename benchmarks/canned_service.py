"""Stands in for the service: boto3 sessions whose clients are answered in the process, with canned bodies.

So what is measured is the client's own work, all of botocore's included, and no network.
"""

import functools
import io
import itertools
import json
import random
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

PAGE_SIZE: Final = 100
"""The most that the service gives in a page."""

DOMAIN_ID: Final = "GilyV5Xkq2CbtRtRKSMBmL"

SPEAKER_ID: Final = "customer-000001"

HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    "x-amzn-RequestId": "8d9c0a4e-0c8e-4c1e-9f59-3f4f1f6a7b60",
}
_NOW: Final = 1_735_689_600.0
"""The last hour in which somebody called."""
_TOKEN: Final = "AAMA" * 50
"""What a page's token begins with, so that it is as long as a real one."""
_STATUSES: Final = ("ENROLLED", "ENROLLED", "OPTED_OUT", "PENDING")

Answer = Callable[[bytes], bytes]
"""Makes the body of an answer from the body of a request; raises Refused instead of a success."""


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """An answer that is an error of the service."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status
        self.body = json.dumps({"__type": code, "Message": "No."}).encode()


class _Stream(io.BytesIO):
    """A body in the form in which botocore reads it from a connection."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def session(answer: Answer, *, timestamps_in_utc: bool = False) -> boto3.Session:
    """Return a session whose clients are answered by ``answer``.

    Args:
        answer: makes the bodies.
        timestamps_in_utc: whether its owner had timestamps parsed as UTC, which spares botocore much work.
    """

    def respond(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        asked = request.body if isinstance(request.body, bytes) else b""
        headers: Any = HEADERS  # botocore takes any mapping; its stubs ask for a class of its own
        try:
            return AWSResponse(request.url, 200, headers, _Stream(answer(asked)))
        except Refused as refused:
            return AWSResponse(request.url, refused.status, headers, _Stream(refused.body))

    core = botocore.session.get_session()
    if timestamps_in_utc:
        core.get_component("response_parser_factory").set_parser_defaults(
            timestamp_parser=lambda seconds: datetime.fromtimestamp(seconds, UTC)
        )
    made = boto3.Session(botocore_session=core)
    handler: Callable[..., Any] = respond  # the stubs know no handler that returns something
    made.events.register("before-send.voice-id", handler)
    return made


def speaker(number: int, status: str | None = None) -> dict[str, object]:
    """Return a speaker as the service writes it, who called within the last 60 days."""
    drawn = random.Random(number)  # noqa: S311 - no secret
    called = _NOW - 3600 * drawn.randrange(24 * 60)
    return {
        "CreatedAt": called - drawn.randrange(10**10) / 1000,
        "CustomerSpeakerId": f"customer-{number:06d}",
        "DomainId": DOMAIN_ID,
        "GeneratedSpeakerId": f"id#{''.join(drawn.choices(string.ascii_letters + string.digits, k=22))}",
        # To the hour, as the service has it.
        "LastAccessedAt": called,
        "Status": status or _STATUSES[number % len(_STATUSES)],
        "UpdatedAt": called + drawn.randrange(3_600_000) / 1000,
    }


def one_speaker(*statuses: str) -> Answer:
    """Answer DescribeSpeaker with a speaker who goes through ``statuses``, again and again."""
    bodies = [json.dumps({"Speaker": speaker(1, status)}).encode() for status in statuses or _STATUSES[:1]]
    following = itertools.cycle(bodies)
    return lambda _: next(following)


def speaker_pages(count: int) -> Answer:
    """Answer ListSpeakers with ``count`` speakers in full pages; after 5,000 they are the same again."""
    pages = count // PAGE_SIZE
    contents = _contents()

    def answer(request: bytes) -> bytes:
        page = int(json.loads(request).get("NextToken", _TOKEN)[len(_TOKEN) :] or 0) + 1
        token = f', "NextToken": "{_TOKEN}{page}"'.encode() if page < pages else b""
        return b'{"SpeakerSummaries": %b%b}' % (contents[page % len(contents)], token)

    return answer


@functools.cache
def _contents() -> list[bytes]:
    numbers = range(5_000)
    return [
        json.dumps([speaker(number) for number in numbers[first : first + PAGE_SIZE]]).encode()
        for first in numbers[::PAGE_SIZE]
    ]
