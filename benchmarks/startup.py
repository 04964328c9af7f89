"""Start-up: the cost of the import, of the import and a client, and of both and a first call.

Each figure comes from a new process. CPU time is without the start of Python itself; memory is with it.
"""

from collections.abc import Iterator
from functools import partial

from benchmarks.measuring import Row, cpu_in_new_process, interleave, new_process, ratios

BOTO3_CLIENT = "import boto3; client = boto3.client('voice-id')"
CLIENT = "from voiceid_sdk import VoiceID; voiceid = VoiceID()"

CALL_OF_BOTO3 = """
import boto3
from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, handler, one_speaker
client = boto3.client("voice-id")
client.meta.events.register("before-send.voice-id", handler(one_speaker()))
client.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)
"""
CALL = """
from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, handler, one_speaker
from voiceid_sdk import VoiceID
voiceid = VoiceID()
voiceid.boto3_client.meta.events.register("before-send.voice-id", handler(one_speaker()))
voiceid.domain(DOMAIN_ID).speaker(SPEAKER_ID).describe()
"""
MEMORY = """
from benchmarks.peak_memory import peak_megabytes
print(peak_megabytes())
"""
COUNT_BOTO3_MODULES = """
import sys, voiceid_sdk
print(sum(name.partition(".")[0] in ("boto3", "botocore") for name in sys.modules))
"""


def measure(*, quick: bool) -> Iterator[Row]:
    """Start new processes, one after the other."""
    found = interleave(
        {
            name: cpu_in_new_process(code)
            for name, code in {
                "import boto3": "import boto3",
                "import": "from voiceid_sdk import VoiceID",
                "client of boto3": BOTO3_CLIENT,
                "client": CLIENT,
                "call of boto3": CALL_OF_BOTO3,
                "call": CALL,
            }.items()
        },
        1 if quick else 11,
    )
    yield Row(
        what="import VoiceID, against import boto3",
        figures=ratios(found, "import", "import boto3"),
        must=0.26,
        aim=0.22,
    )
    yield Row(
        what="modules of boto3 and botocore that it imports",
        figures=(float(new_process(COUNT_BOTO3_MODULES)),),
        unit="modules",
        must=0,
        aim=0,
    )
    yield Row(
        what="import and client ready, against boto3's",
        figures=ratios(found, "client", "client of boto3"),
        must=1.00,
        aim=0.90,
    )
    yield Row(
        what="import, client and first response, against boto3's",
        figures=ratios(found, "call", "call of boto3"),
        must=1.10,
        aim=1.00,
    )
    found = interleave(
        {
            name: partial(_megabytes, code)
            for name, code in {"call of boto3": CALL_OF_BOTO3, "call": CALL}.items()
        },
        1 if quick else 5,
    )
    yield Row(
        what="memory of a process after the first response, against boto3's",
        figures=ratios(found, "call", "call of boto3"),
        must=1.10,
        aim=1.00,
    )


def _megabytes(code: str) -> float:
    return float(new_process(code + MEMORY))
