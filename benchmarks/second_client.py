"""A second client: the cost of another ``VoiceID`` on the same session."""

from collections.abc import Iterator

import boto3

from benchmarks.measuring import Row, cpu
from voiceid_sdk import VoiceID


def measure(*, quick: bool) -> Iterator[Row]:
    """Make two clients on each of many sessions, and compare their costs."""
    yield Row(
        what="a second VoiceID on the same session, against the first",
        figures=tuple(_second_to_first() for _ in range(2 if quick else 41)),
        must=0.06,
        aim=0.05,
        reason="All but 3 % of the time is spent in botocore, which makes the client.",
    )


def _second_to_first() -> float:
    session = boto3.Session()
    make = cpu(lambda: VoiceID(session=session))
    first, second = make(), make()
    return second / first
