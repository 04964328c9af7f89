"""Lists: the cost of reading all speakers and keeping them, against boto3's paginator."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import PathFinder
from typing import Final

import boto3

from benchmarks.canned_service import DOMAIN_ID, session, speaker_pages
from benchmarks.measuring import Measure, Row, cpu, interleave, ratios
from voiceid_sdk import VoiceID
from voiceid_sdk._wire import decoding

_REASON: Final = (
    "The requests alone take 0.06 to 0.10 of raw boto3's time. Fewer checks of the values would save time."
)


def measure(*, quick: bool) -> Iterator[Row]:
    """Read all speakers of a domain, through a client that the SDK made and through clients of a caller."""
    speakers = 500 if quick else 100_000
    plain = session(speaker_pages(speakers))
    in_utc = session(speaker_pages(speakers), timestamps_in_utc=True)
    ours = cpu(typed_list(VoiceID(session=plain)))
    variants = {
        "boto3": cpu(boto3_list(plain)),
        "voiceid_sdk": ours,
        "orjson": _with_orjson(ours),
        "brought": cpu(typed_list(VoiceID(client=plain.client("voice-id")))),
        "brought, in UTC": cpu(typed_list(VoiceID(client=in_utc.client("voice-id")))),
    }
    rows = {
        "voiceid_sdk": partial(
            Row,
            what=f"list {speakers:,} speakers, kept",
            must=0.35,
            aim=0.20,
            summary=f"a list of {speakers:,} speakers takes {{}} of the CPU time",
            reason=_REASON,
        ),
        "orjson": partial(
            Row,
            what=f"list {speakers:,} speakers with the extra fast (orjson), kept",
            must=0.30,
            aim=0.15,
            reason=_REASON,
        ),
        "brought": partial(
            Row, what=f"list {speakers:,} speakers through a client of the caller's, kept", must=1.05
        ),
        "brought, in UTC": partial(
            Row,
            what=f"list {speakers:,} speakers through such a client that parses timestamps in UTC, kept",
            must=0.60,
            aim=0.35,
        ),
    }
    if PathFinder.find_spec("orjson") is None:
        del variants["orjson"], rows["orjson"]
    found = interleave(variants, 1 if quick else 3)
    for variant, row in rows.items():
        yield row(figures=ratios(found, variant, "boto3"))


def _with_orjson(measure: Measure) -> Measure:
    def measure_with_orjson() -> float:
        hidden = sys.modules.pop("orjson", None)
        decoding.reader.cache_clear()
        try:
            return measure()
        finally:
            sys.modules["orjson"] = hidden  # type: ignore[assignment] # None hides it
            decoding.reader.cache_clear()

    return measure_with_orjson


def boto3_list(canned: boto3.Session) -> Callable[[], list[object]]:
    """Read all speakers with boto3's paginator."""
    paginator = canned.client("voice-id").get_paginator("list_speakers")

    def read() -> list[object]:
        return [item for page in paginator.paginate(DomainId=DOMAIN_ID) for item in page["SpeakerSummaries"]]

    return read


def typed_list(voiceid: VoiceID) -> Callable[[], list[object]]:
    """Read all speakers with voiceid_sdk."""
    pager = voiceid.domain(DOMAIN_ID).speakers()
    return lambda: list(pager)
