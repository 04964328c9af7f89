"""Memory: the memory of each kept speaker, and the growth while a list is streamed.

This is the memory of Python objects (``tracemalloc``), which differs by a few bytes between runs. Each figure
comes from a new process.
"""

import gc
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator

from benchmarks.canned_service import DOMAIN_ID, session, speaker_pages
from benchmarks.listing import boto3_list, typed_list
from benchmarks.measuring import Row, new_process
from voiceid_sdk import VoiceID


def measure(*, quick: bool) -> Iterator[Row]:
    """Read speakers in new processes that trace their memory."""
    kept = 500 if quick else 20_000
    streamed = 500 if quick else 100_000
    by_boto3, by_voiceid_sdk = (
        in_new_process(f"kept_by_{name}({kept})") for name in ("boto3", "voiceid_sdk")
    )
    yield Row(
        what="memory per kept speaker",
        figures=(by_voiceid_sdk / by_boto3,),
        must=0.25,
        aim=0.19,
        summary="kept speakers take {} of the memory",
        reason="Objects take much less memory from Python 3.13 on, so raw boto3's dictionaries with their "
        "time zones take half of their memory on 3.11. A quarter of it would be 249 bytes for each speaker. "
        "Two ids, an instance with eight fields and its place in the list take 226 bytes, and two datetimes "
        "take 48 bytes each.",
    )
    yield Row(
        what=f"memory growth while streaming {streamed:,} speakers",
        figures=(in_new_process(f"streamed({streamed})") / 1e6,),
        unit="MB",
        must=2.0,
        aim=1.0,
    )


def kept_by_boto3(count: int) -> int:
    """Return the bytes in use after boto3 read ``count`` speakers, with all of them kept."""
    return traced(boto3_list(session(speaker_pages(count))))[0]


def kept_by_voiceid_sdk(count: int) -> int:
    """Return the bytes in use after voiceid_sdk read ``count`` speakers, with all of them kept."""
    return traced(typed_list(VoiceID(session=session(speaker_pages(count)))))[0]


def streamed(count: int) -> int:
    """Return the peak of the bytes in use while ``count`` speakers are streamed."""
    speakers = VoiceID(session=session(speaker_pages(count))).domain(DOMAIN_ID).speakers()
    return traced(lambda: deque(speakers, maxlen=0))[1]


def traced(work: Callable[[], object]) -> tuple[int, int]:
    """Return how many more bytes are in use after ``work`` than before it, and the peak during it."""
    work()  # a first time, so that imports and caches are not measured
    gc.collect()
    tracemalloc.start()
    result = work()
    gc.collect()
    in_use, peak = tracemalloc.get_traced_memory()
    del result
    return in_use, peak


def in_new_process(call: str) -> int:
    """Call a function of this module in a new process, and return its result."""
    return int(new_process(f"from benchmarks import memory; print(memory.{call})"))
