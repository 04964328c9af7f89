"""Stands in for the service: boto3 sessions whose clients are answered in the process, with canned bodies.

So what is measured is the client's own work, all of botocore's included, and no network.
"""

import io
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any, Final

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

PAGE_SIZE: Final = 100
"""The most that the service gives in a page."""

DOMAIN_ID: Final = "GilyV5Xkq2CbtRtRKSMBmL"

SPEAKER_ID: Final = "customer-000001"

_HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.0",
    "x-amzn-RequestId": "8d9c0a4e-0c8e-4c1e-9f59-3f4f1f6a7b60",
}
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
        headers: Any = _HEADERS  # botocore takes any mapping; its stubs ask for a class of its own
        try:
            return AWSResponse(request.url, 200, headers, _Stream(answer(asked)))
        except Refused as refused:
            return AWSResponse(request.url, refused.status, headers, _Stream(refused.body))

    core = botocore.session.get_session()
    if timestamps_in_utc:
        core.get_component("response_parser_factory").set_parser_defaults(
            timestamp_parser=lambda seconds: datetime.fromtimestamp(seconds, timezone.utc)
        )
    made = boto3.Session(botocore_session=core)
    handler: Callable[..., Any] = respond  # the stubs know no handler that returns something
    made.events.register("before-send.voice-id", handler)
    return made


def speaker(number: int, status: str | None = None) -> dict[str, object]:
    """Return a speaker as the service writes it."""
    return {
        "CreatedAt": 1669852800.0 + number + 0.123,
        "CustomerSpeakerId": f"customer-{number:06d}",
        "DomainId": DOMAIN_ID,
        "GeneratedSpeakerId": f"id#{number:022d}",
        "LastAccessedAt": 1672531200.0,
        "Status": status or _STATUSES[number % len(_STATUSES)],
        "UpdatedAt": 1670000000.0 + number + 0.456,
    }


def one_speaker(*statuses: str) -> Answer:
    """Answer DescribeSpeaker with a speaker who goes through ``statuses``, again and again."""
    bodies = [json.dumps({"Speaker": speaker(1, status)}).encode() for status in statuses or _STATUSES[:1]]
    following = itertools.cycle(bodies)
    return lambda _: next(following)


def speaker_pages(count: int) -> Answer:
    """Answer ListSpeakers with ``count`` speakers in full pages; the tokens are as long as real ones."""
    pages = count // PAGE_SIZE
    summaries = json.dumps([speaker(number) for number in range(PAGE_SIZE)]).encode()

    def answer(request: bytes) -> bytes:
        page = int(json.loads(request).get("NextToken", 0)) + 1
        token = b', "NextToken": "%0200d"' % page if page < pages else b""
        return b'{"SpeakerSummaries": %b%b}' % (summaries, token)

    return answer
