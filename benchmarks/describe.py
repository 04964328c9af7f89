"""One call: the cost of ``Speaker.describe``, against boto3's ``describe_speaker``."""

from collections.abc import Iterator

from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, one_speaker, session
from benchmarks.measuring import Row, cpu, interleave, ratios
from voiceid_sdk import VoiceID

CALLS_PER_ROUND = 50


def measure(*, quick: bool) -> Iterator[Row]:
    """Describe one speaker many times."""
    canned = session(one_speaker())
    raw = canned.client("voice-id")
    typed = VoiceID(session=canned).domain(DOMAIN_ID).speaker(SPEAKER_ID)

    def call_boto3() -> None:
        for _ in range(CALLS_PER_ROUND):
            raw.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)

    def call_voiceid_sdk() -> None:
        for _ in range(CALLS_PER_ROUND):
            typed.describe()

    found = interleave({"boto3": cpu(call_boto3), "voiceid_sdk": cpu(call_voiceid_sdk)}, 3 if quick else 201)
    yield Row(
        what="describe a speaker, in process",
        figures=ratios(found, "voiceid_sdk", "boto3"),
        must=1.00,
        aim=0.90,
    )
