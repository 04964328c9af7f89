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

    found = interleave({"boto3": cpu(call_boto3), "voiceid_sdk": cpu(call_voiceid_sdk)}, 3 if quick else 101)
    yield Row(
        what="describe a speaker, in process",
        figures=ratios(found, "voiceid_sdk", "boto3"),
        must=1.00,
        aim=0.90,
        summary="a single call takes {} of the CPU time",
        reason="The rest is botocore's own work on the request. A fixed user agent would save 3 to 4 %, but "
        "AWS uses it for its statistics.",
    )
