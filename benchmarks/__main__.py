"""Runs all measurements, or the named ones: ``python -m benchmarks [--quick] [--join] [describe ...]``."""

import argparse
import sys
import tempfile
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import plots, report, results
from benchmarks.measurements import MEASUREMENTS, measure_function
from benchmarks.measuring import Skipped, isolate
from benchmarks.results import Measured, Results
from benchmarks.spending import Spending
from benchmarks.state import State
from voiceid_sdk.local.storage.file_lock import FileLock

PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
LOCK: Final = Path(tempfile.gettempdir(), "voiceid-sdk-benchmarks.lock")


def main() -> int:
    """Measure, print the tables, write the JSON and plots; return 1 if a goal was missed."""
    given = _arguments()
    isolate()
    state = State.present()
    file = _file(given)
    names = given.names or _names(state, quick=given.quick, join=given.join)
    measured = _kept(file, state) if given.join else {}
    failed: list[str] = []
    with _alone(quick=given.quick):
        for name in names:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            try:
                measured[name] = _measured(name, quick=given.quick)
            except Exception:  # noqa: BLE001 - the other measurements are worth their time all the same
                traceback.print_exc()
                measured.pop(name, None)
                failed.append(name)
            today = datetime.now(UTC).date().isoformat()
            Results(state=state, day=today, quick=given.quick, measured=measured).save(file)
    print(f"{state}; ratios of CPU time unless a unit is given\n")
    rows = [row for name in names if name in measured for row in measured[name].rows]
    print(report.table(rows))
    print()
    print(report.times({name: measured[name] for name in names if name in measured}))
    plots.draw([curve for found in measured.values() for curve in found.curves], file.with_suffix(""))
    if failed:
        print(f"failed: {', '.join(failed)}")
        return 1
    if given.quick:
        print("This was the quick run: everything runs, but its figures mean nothing.")
        return 0
    return 1 if any(row.verdict == "MISSED" for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against raw boto3.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one or more of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--quick", action="store_true", help="only test that everything runs, in seconds")
    parser.add_argument(
        "--join",
        action="store_true",
        help="add to the results of an earlier run of the same code; without names, measure what it lacks",
    )
    parser.add_argument("--json", type=Path, help="the file to write")
    given = parser.parse_args()
    if unknown := set(given.names).difference(MEASUREMENTS):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    if given.quick and given.join:
        parser.error("the figures of a quick run mean nothing, so they are not joined to others")
    return given


def _file(given: argparse.Namespace) -> Path:
    """Return the file to write; ``publish`` reads only those of complete and of joined runs."""
    if given.json is not None:
        named: Path = given.json
        return named
    is_published = given.join or not (given.quick or given.names)
    return results.FOLDER / f"{PYTHON if is_published else 'latest'}.json"


def _names(state: State, *, quick: bool, join: bool) -> list[str]:
    """Return the measurements of a complete run, or those that an earlier run lacks."""
    if quick:
        return list(MEASUREMENTS)
    found = results.by_python(results.FOLDER)
    if not join:
        found.pop(PYTHON, None)
    return results.missing(PYTHON, found, state)


def _kept(file: Path, state: State) -> dict[str, Measured]:
    """Return the measurements that a run is joined to."""
    if not file.exists():
        return {}
    earlier = Results.load(file)
    if earlier.state != state:
        raise SystemExit(
            f"{file.name} was measured in another state, so nothing can be joined to it:\n{earlier.state}\n"
            f"The present state is:\n{state}\nWithout --join, a new run replaces it."
        )
    return earlier.measured


def _measured(name: str, *, quick: bool) -> Measured:
    spending = Spending()
    found, skipped = [], ""
    try:
        found = list(measure_function(name)(quick=quick))
    except Skipped as reason:
        skipped = str(reason)
    except ModuleNotFoundError as error:  # of an extra, or of the group `bench`
        skipped = f"{error.name} is not installed"
    if skipped:
        print(f"skipped: {skipped}", file=sys.stderr)
    return Measured(
        results=found,
        skipped=skipped,
        seconds=spending.seconds(),
        cpu_seconds=spending.cpu_seconds(),
        others=spending.others(),
    )


@contextmanager
def _alone(*, quick: bool) -> Generator[None]:
    """Let no two runs measure at the same time on a machine, because each would disturb the other."""
    if quick:
        yield
        return
    try:
        lock = FileLock(LOCK)
    except BlockingIOError:
        raise SystemExit("another run is measuring on this machine; start again when it has ended") from None
    try:
        yield
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main())
