"""Lists: the cost of reading all speakers and keeping them, against boto3's paginator."""

import sys
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder

import boto3

from benchmarks.canned_service import DOMAIN_ID, session, speaker_pages
from benchmarks.measuring import Measure, Row, cpu, interleave, ratios
from voiceid_sdk import VoiceID
from voiceid_sdk._wire import decoding


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
    goals = {
        "voiceid_sdk": (f"list {speakers:,} speakers, kept", 0.35, 0.20),
        "orjson": ("the same, with the extra fast (orjson)", 0.30, 0.15),
        "brought": ("the same through a client of the caller's", 1.05, None),
        "brought, in UTC": ("the same, and that client parses timestamps in UTC", 0.60, 0.35),
    }
    if PathFinder.find_spec("orjson") is None:
        del variants["orjson"], goals["orjson"]
    found = interleave(variants, 2 if quick else 7)
    for variant, (what, must, aim) in goals.items():
        yield Row(what=what, figures=ratios(found, variant, "boto3"), must=must, aim=aim)


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
