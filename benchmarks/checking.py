"""Checking: the time to check the largest recording that the service accepts."""

import random
import struct
from collections.abc import Iterator

from benchmarks.measuring import Row, cpu, interleave
from voiceid_sdk import _wav
from voiceid_sdk.batch.recordings import check_recording

LARGEST = 20 * 1024 * 1024 - 64
"""Bytes of samples, without the header."""


def measure(*, quick: bool) -> Iterator[Row]:
    """Check 20 MB of noise without silence, so that the check reads every sample."""
    noise = struct.pack("<8000h", *(random.randint(-8000, 8000) for _ in range(8000)))
    samples = (noise * (LARGEST // len(noise) + 1))[:LARGEST]
    recording = _wav.wav(samples, sample_rate=8000)
    found = interleave({"check": cpu(lambda: check_recording(recording))}, 2 if quick else 9)
    yield Row(
        what="check a recording of 20 MB, 21.8 minutes",
        figures=tuple(1000 * seconds for seconds in found["check"]),
        unit="ms",
        must=1000,
        aim=300,
    )
