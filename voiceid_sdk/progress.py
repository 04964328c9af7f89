"""Progress of long work: shown as a bar, as lines of the log, or by a function of the caller's."""

import contextlib
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, NoReturn

import attrs

from voiceid_sdk.waiting import Clock, process_clock

if TYPE_CHECKING:
    # An extra.
    from tqdm import tqdm

__all__ = ["Progress", "ProgressOption"]

SECONDS_BETWEEN_LINES: Final = 5.0
"""How far apart lines of the log are at least, but for the last."""


@attrs.frozen(kw_only=True)
class Progress:
    """How far a piece of work has come, without any sensitive value; ``print`` shows it as a sentence."""

    what: str
    """What is being done: ``"opting out speakers"``."""
    done: int
    """How many have ended, those that failed among them."""
    total: int | None = None
    """How many there are; None while nobody knows."""
    failed: int = 0
    """How many of those that have ended failed."""
    elapsed: float
    """How long it has taken so far, in seconds."""

    @property
    def rate(self) -> float:
        """How many ended in a second, on average; 0 at the very beginning."""
        return self.done / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will take from now on at this rate; None where nobody can say."""
        return None if self.total is None or not self.rate else max(0, self.total - self.done) / self.rate

    def __str__(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.what}: {self.done:,}{of} done{failed}, {self.elapsed:.0f} s"


ProgressOption = bool | Callable[[Progress], object]
"""How progress is shown: True for a bar or lines of the log, False for not at all, or what is given it."""

_Show = Callable[[Progress], object]


@attrs.define(eq=False)
class Meter:
    """Counts what has ended, from any thread, and shows each step; ``showing`` makes it."""

    _what: str
    _total: int | None
    _clock: Clock
    _show: _Show
    _done: int = attrs.field(init=False, default=0)
    _failed: int = attrs.field(init=False, default=0)
    _started: float = attrs.field(init=False)
    # Reentrant, so that what is shown may count, too.
    _lock: threading.RLock = attrs.field(init=False, factory=threading.RLock)

    def __attrs_post_init__(self) -> None:
        self._started = self._clock.monotonic()

    @property
    def total(self) -> int | None:
        """How many there are; may be set as soon as somebody knows."""
        return self._total

    @total.setter
    def total(self, total: int | None) -> None:
        self._total = total

    def advance(self, done: int = 1, *, failed: int = 0) -> None:
        """Count ``done`` more, ``failed`` of which failed; raises what the caller's function raises."""
        with self._lock:
            self._done += done
            self._failed += failed
            self._show(self.progress)

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(
            what=self._what,
            done=self._done,
            total=self._total,
            failed=self._failed,
            elapsed=self._clock.monotonic() - self._started,
        )


@contextlib.contextmanager
def showing(
    option: ProgressOption,
    *,
    what: str,
    unit: str = "it",
    total: int | None = None,
    clock: Clock | None = None,
) -> Generator[Meter]:
    """Show the progress of what is done inside; counts go to the ``Meter`` that this gives.

    Args:
        option: True for a bar of ``tqdm`` where it is installed (the extra ``progress``) and there is a
            terminal or notebook, and for lines at INFO of the logger ``voiceid_sdk`` elsewhere; False for
            nothing; a function to be given each step, one at a time.
        what: what is being done, without sensitive values.
        unit: what is counted, for the bar.
        total: how many there are; None while nobody knows.
        clock: the time to go by; the process's when None.
    """
    with _shower(option, what, unit, total) as show:
        yield Meter(what, total, clock or process_clock(), show)


def _shower(option: ProgressOption, what: str, unit: str, total: int | None) -> AbstractContextManager[_Show]:
    if callable(option):
        return contextlib.nullcontext(option)
    if not option:
        return contextlib.nullcontext(lambda _: None)
    if _can_show_bars():
        with contextlib.suppress(ImportError):
            from tqdm import auto

            return _bar(auto.tqdm(desc=what, unit=unit, total=total))
    return _lines()


def _can_show_bars() -> bool:
    """Return whether somebody looks on: at a terminal, or in a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if "IPKernelApp" in getattr(shell, "config", ()):
        return True
    # A program without a console has no stderr at all.
    return bool(sys.stderr) and sys.stderr.isatty()


@contextlib.contextmanager
def _bar(bar: "tqdm[NoReturn]") -> Generator[_Show]:
    def show(progress: Progress) -> None:
        bar.total = progress.total
        if progress.failed:
            bar.set_postfix_str(f"{progress.failed:,} failed", refresh=False)
        bar.update(progress.done - bar.n)

    with bar:
        yield show


@contextlib.contextmanager
def _lines() -> Generator[_Show]:
    lines = _Lines()
    try:
        yield lines
    finally:
        lines.write()


@attrs.define(eq=False)
class _Lines:
    """Shows progress as lines of the log: one every few seconds, and the last."""

    _due: float = SECONDS_BETWEEN_LINES
    _last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        if progress.elapsed >= self._due:
            self.write()

    def write(self) -> None:
        """Write what has not been written yet."""
        # Imported here because it costs start-up time.
        import logging

        if self._last is not None:
            logging.getLogger("voiceid_sdk").info("%s", self._last)
            self._due = self._last.elapsed + SECONDS_BETWEEN_LINES
            self._last = None
