"""Memory: what each kept speaker takes, and how much a list takes that is only passed through.

It is what Python's objects ask for (``tracemalloc``), nearly the same to the byte in every run; each figure
comes from a process of its own.
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
    yield Row(what="memory per kept speaker", figures=(by_voiceid_sdk / by_boto3,), must=0.25, aim=0.19)
    yield Row(
        what=f"memory growth while streaming {streamed:,} speakers",
        figures=(in_new_process(f"streamed({streamed})") / 1e6,),
        unit="MB",
        must=2.0,
        aim=1.0,
    )


def kept_by_boto3(count: int) -> int:
    """Return the bytes in use after boto3 read ``count`` speakers and all are kept."""
    return traced(boto3_list(session(speaker_pages(count))))[0]


def kept_by_voiceid_sdk(count: int) -> int:
    """Return the bytes in use after voiceid_sdk read ``count`` speakers and all are kept."""
    return traced(typed_list(VoiceID(session=session(speaker_pages(count)))))[0]


def streamed(count: int) -> int:
    """Return the most bytes that were in use at a time while ``count`` speakers passed through."""
    speakers = VoiceID(session=session(speaker_pages(count))).domain(DOMAIN_ID).speakers()
    return traced(lambda: deque(speakers, maxlen=0))[1]


def traced(work: Callable[[], object]) -> tuple[int, int]:
    """Return how many bytes more are in use after ``work`` than before, and at most while it ran."""
    work()  # what is loaded and built at the first time is not what is asked for
    gc.collect()
    tracemalloc.start()
    result = work()
    gc.collect()
    in_use, peak = tracemalloc.get_traced_memory()
    del result
    return in_use, peak


def in_new_process(call: str) -> int:
    """Return what a function of this module returns in a process of its own."""
    return int(new_process(f"from benchmarks import memory; print(memory.{call})"))
