"""The harness: measures variants in turns, and compares them round by round."""

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

import attrs

Measure = Callable[[], float]
"""Does a piece of work once, and returns what it cost."""

ENVIRONMENT: Final = {
    # The best case for boto3, which makes a time zone object for each timestamp.
    "TZ": "UTC",
    # Clients are the same everywhere: they hear nothing of the AWS settings of whoever measures.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_ACCESS_KEY_ID": "canned",
    "AWS_SECRET_ACCESS_KEY": "canned",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


WITHOUT_ORJSON: Final = "import sys; sys.modules['orjson'] = None"
"""Makes an extra that is installed look as if it were not: what it does is measured on its own."""

_BYTECODE: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


@attrs.frozen(kw_only=True)
class Row:
    """One line of the table: what was measured, what came out in each round, and the goals."""

    what: str
    """What was measured, and against what."""
    figures: tuple[float, ...]
    """One figure from each round; lower is better unless said otherwise."""
    unit: str = ""
    """The unit of the figures; none for a ratio."""
    must: float | None = None
    """The goal that must be reached."""
    aim: float | None = None
    """The goal to aim for."""
    higher_is_better: bool = False
    """Whether the goals are reached from above."""

    @property
    def median(self) -> float:
        """The figure that stands for all rounds."""
        return statistics.median(self.figures)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which two figures the middle half of the rounds lies."""
        if len(self.figures) == 1:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.figures, method="inclusive")
        return low, high

    @property
    def verdict(self) -> str:
        """Which goal was reached."""
        if self.must is None:
            return ""
        if self.aim is not None and self._reaches(self.aim):
            return "aim reached"
        return "reached" if self._reaches(self.must) else "MISSED"

    def _reaches(self, goal: float) -> bool:
        return self.median >= goal if self.higher_is_better else self.median <= goal


@attrs.frozen(kw_only=True)
class Curve:
    """One line of a plot."""

    plot: str
    """Which plot it belongs to: a name in ``plots.PLOTS``."""
    label: str
    """Who was measured."""
    points: tuple[tuple[float, float], ...]
    """Pairs of x and y, in the units of the plot."""


Result = Row | Curve
"""What a measurement gives."""


def isolate() -> None:
    """Give this process, and those that it starts, the same settings everywhere."""
    # Nobody compiles the modules anew at each start, so neither do the Pythons that are started here.
    for name in [name for name in os.environ if name.startswith("AWS_") or name in _BYTECODE]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT)
    exec(WITHOUT_ORJSON)  # noqa: S102 - it is ours
    if hasattr(time, "tzset"):
        time.tzset()


def interleave(variants: Mapping[str, Measure], rounds: int) -> dict[str, list[float]]:
    """Measure every variant once in each round, and return what each cost, round by round.

    A machine that others use is now slow and now fast, so variants are compared only with what ran in the
    same round. Each round begins with another variant. The first round warms up and does not count.
    """
    names = list(variants)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            cost = variants[name]()
            if number >= 0:
                found[name].append(cost)
    return found


def ratios(found: Mapping[str, list[float]], of: str, to: str) -> tuple[float, ...]:
    """Return what variant ``of`` cost as a share of what ``to`` cost, round by round."""
    return tuple(one / other for one, other in zip(found[of], found[to], strict=True))


def cpu(work: Callable[[], object]) -> Measure:
    """Return the measure of the CPU seconds that ``work`` takes; its result is dropped after that."""

    def measure() -> float:
        gc.collect()
        start = time.process_time()
        result = work()
        seconds = time.process_time() - start
        del result
        return seconds

    return measure


def cpu_in_new_process(code: str) -> Measure:
    """Return the measure of the CPU seconds that ``code`` takes in a Python that has just started.

    What the start of Python itself costs is not in it.
    """
    timed = f"import time; start = time.process_time()\n{code}\nprint(time.process_time() - start)"
    return lambda: float(new_process(timed))


def new_process(code: str) -> str:
    """Run ``code`` in a Python of its own and return what it prints."""
    return subprocess.run(  # noqa: S603 - the code is ours
        [sys.executable, "-c", f"{WITHOUT_ORJSON}\n{code}"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
