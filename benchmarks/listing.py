"""Lists: what each speaker costs when all are read and kept, against boto3's paginator."""

from collections.abc import Callable, Iterator

import boto3

from benchmarks.canned_service import DOMAIN_ID, session, speaker_pages
from benchmarks.measuring import Row, cpu, interleave, ratios
from voiceid_sdk import VoiceID


def measure(*, quick: bool) -> Iterator[Row]:
    """Read all speakers of a domain, through our own client and through clients that a caller brings."""
    speakers = 500 if quick else 100_000
    plain = session(speaker_pages(speakers))
    in_utc = session(speaker_pages(speakers), timestamps_in_utc=True)
    found = interleave(
        {
            "boto3": cpu(boto3_list(plain)),
            "voiceid_sdk": cpu(typed_list(VoiceID(session=plain))),
            "brought": cpu(typed_list(VoiceID(client=plain.client("voice-id")))),
            "brought, in UTC": cpu(typed_list(VoiceID(client=in_utc.client("voice-id")))),
        },
        2 if quick else 7,
    )
    goals = {
        "voiceid_sdk": (f"list {speakers:,} speakers, kept, per speaker", 0.35, 0.20),
        "brought": ("the same through a client of the caller's", 1.05, None),
        "brought, in UTC": ("the same, and that client parses timestamps in UTC", 0.60, 0.35),
    }
    for variant, (what, must, aim) in goals.items():
        yield Row(what=what, figures=ratios(found, variant, "boto3"), must=must, aim=aim)


def boto3_list(answering: boto3.Session) -> Callable[[], list[object]]:
    """Read all speakers with boto3's paginator."""
    paginator = answering.client("voice-id").get_paginator("list_speakers")

    def read() -> list[object]:
        return [item for page in paginator.paginate(DomainId=DOMAIN_ID) for item in page["SpeakerSummaries"]]

    return read


def typed_list(voiceid: VoiceID) -> Callable[[], list[object]]:
    """Read all speakers with voiceid_sdk."""
    pager = voiceid.domain(DOMAIN_ID).speakers()
    return lambda: list(pager)
