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
"""Does some work once, and returns its cost."""

ENVIRONMENT: Final = {
    # The best case for boto3, which makes a time zone object for each timestamp.
    "TZ": "UTC",
    # The AWS settings of the machine must not change the clients.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_ACCESS_KEY_ID": "canned",
    "AWS_SECRET_ACCESS_KEY": "canned",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


WITHOUT_ORJSON: Final = "import sys; sys.modules['orjson'] = None"
"""Hides this extra, because only one row measures it."""

_BYTECODE: Final = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")


@attrs.frozen(kw_only=True)
class Row:
    """One line of the table: its title, the figures of all rounds, and the goals."""

    what: str
    """The measured variant, and the variant that it is compared with."""
    figures: tuple[float, ...]
    """One figure from each round; lower is better unless said otherwise."""
    unit: str = ""
    """The unit of the figures; none for a ratio."""
    must: float | None = None
    """The goal that must be reached."""
    aim: float | None = None
    """The goal to aim for."""
    higher_is_better: bool = False
    """Whether a goal is a lower bound."""
    summary: str = ""
    """Its clause in the sentence at the top of the page, with ``{}`` for the figures."""
    reason: str = ""
    """Why a goal is hard to reach; published while one is missed."""

    @property
    def median(self) -> float:
        """The median of all rounds."""
        return statistics.median(self.figures)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The bounds of the middle half of the rounds."""
        if len(self.figures) == 1:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.figures, method="inclusive")
        return low, high

    @property
    def verdict(self) -> str:
        """The goal that was reached."""
        if self.must is not None and not self._reaches(self.must):
            return "MISSED"
        if self.aim is not None and self._reaches(self.aim):
            return "aim reached"
        return "" if self.must is None else "reached"

    @property
    def misses_aim(self) -> bool:
        """Whether the goal to aim for was not reached."""
        return self.aim is not None and not self._reaches(self.aim)

    def _reaches(self, goal: float) -> bool:
        return self.median >= goal if self.higher_is_better else self.median <= goal


@attrs.frozen(kw_only=True)
class Curve:
    """One line of a plot."""

    plot: str
    """The name of its plot in ``plots.PLOTS``."""
    label: str
    """The measured variant."""
    points: tuple[tuple[float, float], ...]
    """Pairs of x and y, in the units of the plot."""


@attrs.frozen(kw_only=True)
class Drawing:
    """A complete picture."""

    name: str
    """The name of its file in ``docs/plots``, without ``.svg``."""
    svg: str
    """Its content."""


Result = Row | Curve | Drawing
"""A result of a measurement."""


class Skipped(Exception):  # noqa: N818 - it is no error
    """A measurement lacks what it needs; the message is the reason."""


def isolate() -> None:
    """Set the environment of this process and of its children to fixed values."""
    # Users' processes load compiled modules, so the measured processes must do so, too.
    for name in [name for name in os.environ if name.startswith("AWS_") or name in _BYTECODE]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT)
    exec(WITHOUT_ORJSON)  # noqa: S102 - it is ours
    if hasattr(time, "tzset"):
        time.tzset()


def interleave(variants: Mapping[str, Measure], rounds: int) -> dict[str, list[float]]:
    """Measure every variant once in each round, and return the costs of each variant, round by round.

    The speed of a busy machine changes, so variants are compared only within a round. Each round starts with
    a different variant. The first round is a warm-up and does not count.
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


def cheapest(found: Mapping[str, list[float]], parts: int) -> dict[str, list[float]]:
    """Return the lowest cost of each ``parts`` rounds of each variant, as those of one round.

    Other programs on the machine only add to the cost of a variant, because they empty the caches of the
    processor. So the lowest of many small costs varies least.
    """
    return {
        name: [min(costs[first : first + parts]) for first in range(0, len(costs), parts)]
        for name, costs in found.items()
    }


def ratios(found: Mapping[str, list[float]], of: str, to: str) -> tuple[float, ...]:
    """Return the cost of variant ``of`` divided by the cost of ``to``, round by round."""
    return tuple(one / other for one, other in zip(found[of], found[to], strict=True))


def cpu(work: Callable[[], object]) -> Measure:
    """Return a measure of the CPU seconds of ``work``, without the release of its result."""

    def measure() -> float:
        gc.collect()
        start = time.process_time()
        result = work()
        seconds = time.process_time() - start
        del result
        return seconds

    return measure


def cpu_in_new_process(code: str) -> Measure:
    """Return a measure of the CPU seconds of ``code`` in a new process, without the start of Python."""
    timed = f"import time; start = time.process_time()\n{code}\nprint(time.process_time() - start)"
    return lambda: float(new_process(timed))


def new_process(code: str) -> str:
    """Run ``code`` in a new Python process and return its output."""
    return subprocess.run(
        [sys.executable, "-c", f"{WITHOUT_ORJSON}\n{code}"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
