"""Resampling: the CPU time of ``convert``, compared with scipy's ``resample_poly``."""

from collections.abc import Iterator
from functools import partial

from benchmarks.measuring import Row, cpu, interleave, ratios
from benchmarks.resampling import RATES, by_scipy, minute
from voiceid_sdk.batch.recordings import convert


def measure(*, quick: bool) -> Iterator[Row]:
    """Resample a minute from each rate."""
    for rate in RATES:
        recording = minute(rate)
        variants = {"convert": cpu(partial(convert, recording)), "scipy": cpu(partial(by_scipy, recording))}
        found = interleave(variants, 2 if quick else 7)
        yield Row(
            what=f"{rate} Hz, a minute: against scipy", figures=ratios(found, "convert", "scipy"), must=1.0
        )
