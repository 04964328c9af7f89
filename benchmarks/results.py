"""The results of a run in a file, written after each measurement, so that another run can complete them."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import cattrs

from benchmarks.measurements import MEASUREMENTS
from benchmarks.measuring import Curve, Drawing, Result, Row
from benchmarks.state import State
from voiceid_sdk._files import write_whole

FOLDER: Final = Path(__file__).with_name("results")


@attrs.frozen(kw_only=True)
class Measured:
    """The results of one measurement, and what it took."""

    results: list[Result] = attrs.field(factory=list)
    skipped: str = ""
    """The reason for having no results."""
    seconds: float = 0.0
    """The time that it took."""
    cpu_seconds: float = 0.0
    """The CPU time that it took, with its child processes."""
    others: float | None = None
    """The share of the processor's time that other programs used meanwhile; None if unknown."""

    @property
    def rows(self) -> list[Row]:
        """The rows of the tables."""
        return [result for result in self.results if isinstance(result, Row)]

    @property
    def curves(self) -> list[Curve]:
        """The curves of the plots."""
        return [result for result in self.results if isinstance(result, Curve)]

    @property
    def drawings(self) -> list[Drawing]:
        """The complete pictures."""
        return [result for result in self.results if isinstance(result, Drawing)]


@attrs.frozen(kw_only=True)
class Results:
    """The measurements of one Python, all of one state."""

    state: State
    day: str
    """The day of the last measurement, as YYYY-MM-DD."""
    quick: bool
    """Whether the figures mean nothing."""
    measured: dict[str, Measured]
    """The measurements by their names."""

    def save(self, path: Path) -> None:
        """Write everything as JSON; an interrupted write leaves the last file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{json.dumps(cattrs.unstructure(self), indent=1)}\n", private=False)

    @classmethod
    def load(cls, path: Path) -> "Results":
        """Read a file of ``save``."""
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return cattrs.structure(content, cls)


def by_python(folder: Path) -> dict[str, Results]:
    """Return the results that can be published, by the version of Python, the oldest first."""
    found: dict[str, Results] = {}
    for path in sorted(folder.glob("3.*.json"), key=lambda path: int(path.stem.partition(".")[2])):
        try:
            found[path.stem] = Results.load(path)
        except (KeyError, ValueError, cattrs.BaseValidationError):
            print(f"{path} is no file of results of this version, so it does not count", file=sys.stderr)
    return {python: results for python, results in found.items() if not results.quick}


def missing(python: str, found: Mapping[str, Results], state: State) -> list[str]:
    """Return the measurements that a Python still needs, in this state, to be complete."""
    same = {other: it for other, it in found.items() if it.state.equals_but_for_python(state)}
    own = same[python].measured if python in same and same[python].state == state else {}
    done = {name for name, measured in own.items() if not measured.skipped}
    for results in same.values():
        done.update(
            name
            for name, measured in results.measured.items()
            if MEASUREMENTS[name].any_python and not measured.skipped
        )
    return [name for name in MEASUREMENTS if name not in done]
