"""Runs all measurements, or the named ones: ``python -m benchmarks [--quick] [describe ...]``."""

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from benchmarks import plots, publish, report
from benchmarks.measuring import Curve, Result, Row, isolate


class Measurement(Protocol):
    """The function ``measure`` of a file."""

    def __call__(self, *, quick: bool) -> Iterator[Result]:
        """Measure and yield rows and curves; with ``quick``, only test in seconds that it runs."""
        ...


MEASUREMENTS: Final = (
    "describe", "listing", "memory", "scaling", "startup", "second_client", "polling", "bulk", "async_client",
    "checking", "resampling", "local_service", "voices",
    "pydantic_models", "aiobotocore_client",
)  # fmt: skip

PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"


def main() -> int:
    """Measure, print the table, write the JSON and plots; return 1 if a goal in "must reach" is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against raw boto3.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one or more of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--quick", action="store_true", help="only test that everything runs, in seconds")
    parser.add_argument("--json", type=Path, help="the file to write")
    given = parser.parse_args()
    if unknown := set(given.names).difference(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")

    isolate()
    results: dict[str, list[Result]] = {}
    for name in given.names or MEASUREMENTS:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        try:
            results[name] = list(_measurement(name)(quick=given.quick))
        except ModuleNotFoundError as error:  # of an extra, or of the group `bench`
            print(f"skipped: {error.name} is not installed", file=sys.stderr)
    found = [result for several in results.values() for result in several]
    rows = [result for result in found if isinstance(result, Row)]
    print(report.headline())
    print(report.table(rows))
    # Only complete runs write a file that `publish` reads.
    file = given.json or publish.RESULTS / f"{'latest' if given.quick or given.names else PYTHON}.json"
    report.save(file, results, quick=given.quick)
    plots.draw([result for result in found if isinstance(result, Curve)], file.with_suffix(""))
    if given.quick:
        print("This was the quick run: everything runs, but its figures mean nothing.")
        return 0
    return 1 if any(row.verdict == "MISSED" for row in rows) else 0


def _measurement(name: str) -> Measurement:
    measure: Measurement = importlib.import_module(f"benchmarks.{name}").measure
    return measure


if __name__ == "__main__":
    sys.exit(main())
