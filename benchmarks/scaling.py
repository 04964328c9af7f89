"""Scaling: CPU and memory of lists from 100 to 1,000,000 speakers, all kept, each in a new process."""

import gc
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks import memory
from benchmarks.canned_service import session, speaker_pages
from benchmarks.listing import boto3_list, typed_list
from benchmarks.measuring import Curve, Result, Row, new_process
from voiceid_sdk import VoiceID

SIZES: Final = (100, 1_000, 10_000, 100_000, 1_000_000)
READERS: Final = ("boto3", "voiceid_sdk")

MOST_TRACED: Final = 10_000
"""Tracing more would take minutes; for them, the growth of the process is close to the same figure."""


def measure(*, quick: bool) -> Iterator[Result]:
    """Read lists of increasing lengths."""
    sizes = SIZES[:2] if quick else SIZES
    found = {(reader, size): _measured(reader, size) for size in sizes for reader in READERS}
    for place, plot in enumerate(("cpu", "memory")):
        for reader in READERS:
            points = tuple((float(size), found[reader, size][place]) for size in sizes)
            yield Curve(plot=plot, label=reader, points=points)
    for place, what in enumerate(("CPU", "memory")):
        ours, boto3s = (found[reader, sizes[-1]][place] for reader in reversed(READERS))
        yield Row(what=f"list {sizes[-1]:,} speakers once, kept: {what}", figures=(ours / boto3s,))


def read(reader: str, size: int) -> tuple[float, float]:
    """Return the CPU seconds for a list of this size, and the growth of the process in bytes."""
    read_some, read_all = (_reading(reader, count) for count in (100, size))
    read_some()  # a first time, so that imports and caches are not measured
    gc.collect()
    before, start = _bytes_held(), time.process_time()
    kept = read_all()
    seconds = time.process_time() - start
    grown = _bytes_held() - before
    del kept
    return seconds, grown


def _reading(reader: str, count: int) -> Callable[[], list[object]]:
    canned = session(speaker_pages(count))
    return boto3_list(canned) if reader == "boto3" else typed_list(VoiceID(session=canned))


def _bytes_held() -> int:
    # Not the system's peak, because on Linux a process inherits the peak of its parent.
    command = ["ps", "-o", "rss=", "-p", str(os.getpid())]
    return 1024 * int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _measured(reader: str, size: int) -> tuple[float, float]:
    """Return CPU seconds and megabytes."""
    shown = new_process(f"from benchmarks import scaling; print(*scaling.read({reader!r}, {size}))")
    seconds, grown = map(float, shown.split())
    kept = memory.in_new_process(f"kept_by_{reader}({size})") if size <= MOST_TRACED else grown
    return seconds, kept / 1e6
