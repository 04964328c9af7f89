"""Progress of long work: shown as a bar, as lines of the log, or by the caller's function."""

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

import attrs

from voiceid_sdk._arguments import check_callable, check_types
from voiceid_sdk._cleanup import EndingWith
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk.waiting import Clock, Stopwatch, process_clock

if TYPE_CHECKING:
    import logging

    # From the extra `progress`.
    from tqdm import tqdm

    from voiceid_sdk.models import EnrollmentJobInfo, RegistrationJobInfo

    JobInfoT = TypeVar("JobInfoT", EnrollmentJobInfo, RegistrationJobInfo)

__all__ = ["Progress", "ProgressOption"]

SECONDS_BETWEEN_LINES: Final = 5.0
"""The shortest time between two lines of the log; the last line may come sooner."""


@attrs.frozen(kw_only=True)
class Progress:
    """The progress of one piece of work, without sensitive values; ``str`` makes it a sentence."""

    what: str
    """The work: ``"opting out speakers"``."""
    done: int
    """How many items have ended, failures included."""
    total: int | None = None
    """How many items there are; None while that is unknown."""
    failed: int = 0
    """How many items have failed."""
    elapsed: float
    """The time since the beginning, in seconds."""

    @property
    def rate(self) -> float:
        """The average number of items that ended in a second; 0 at the very beginning."""
        return self.done / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The time that the other items will take at this rate; None when that is unknown."""
        return None if self.total is None or not self.rate else max(0, self.total - self.done) / self.rate

    def __str__(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.what}: {self.done:,}{of} done{failed}, {self.elapsed:.0f} s"


ProgressOption = bool | Callable[[Progress], object]
"""True for a bar or lines of the log, False for nothing, or a function to call with each ``Progress``."""

_Renderer = Callable[[Progress], object]


@attrs.define(eq=False)
class Meter:
    """Counts items that have ended, from any thread, and shows each step; ``track_progress`` makes it."""

    _what: str
    total: int | None
    """How many items there are; it may be set later."""
    _stopwatch: Stopwatch
    _render: _Renderer
    _done: int = attrs.field(init=False, default=0)
    _failed: int = attrs.field(init=False, default=0)
    # Reentrant, because the renderer may call `advance`.
    _lock: threading.RLock = attrs.field(init=False, factory=threading.RLock)

    def __attrs_post_init__(self) -> None:
        after_fork_in_child(self._renew)

    def advance(self, done: int = 1, *, failed: int = 0) -> None:
        """Count ``done`` more items, of which ``failed`` failed; raises the errors of the renderer."""
        with self._lock:
            self._done += done
            self._failed += failed
            self._render(self.progress)

    def _renew(self) -> None:
        self._lock = threading.RLock()

    @property
    def progress(self) -> Progress:
        """The current progress."""
        with self._lock:
            return Progress(
                what=self._what,
                done=self._done,
                total=self.total,
                failed=self._failed,
                elapsed=self._stopwatch.elapsed,
            )


@contextlib.contextmanager
def track_progress(
    option: ProgressOption,
    *,
    what: str,
    unit: str = "it",
    total: int | None = None,
    clock: Clock | None = None,
) -> Generator[Meter]:
    """Show the progress of the work in the block, which counts items with the ``Meter`` that it gets.

    Args:
        option: True for a bar of ``tqdm`` where it is installed (the extra ``progress``) and there is a
            terminal or notebook, and for lines at INFO of the logger ``voiceid_sdk`` elsewhere; False for
            nothing; a function to call with each ``Progress``, one call at a time.
        what: the work, without sensitive values.
        unit: the unit that the bar counts.
        total: how many items there are; None while that is unknown.
        clock: measures the time; the process's clock when None.
    """
    with _renderer(option, what, unit, total) as render:
        yield Meter(what, total, Stopwatch(clock or process_clock()), render)


@contextlib.contextmanager
def track_job(
    option: ProgressOption,
    on_progress: "Callable[[JobInfoT], object] | None",
    *,
    what: str,
    unit: str = "%",
    total: int = 100,
    clock: Clock | None = None,
) -> "Generator[Callable[[JobInfoT], object]]":
    """Show the progress of a job; the block gets a function to call with each description of the job.

    Args:
        option: as for ``track_progress``.
        on_progress: called with each description as well; its result is that of the function.
        what: the work, without sensitive values.
        unit: the unit that the bar counts.
        total: how many units are 100 %.
        clock: measures the time; the process's clock when None.
    """
    check_callable(on_progress, "on_progress")
    with track_progress(option, what=what, unit=unit, total=total, clock=clock) as meter:

        def update(info: "JobInfoT") -> object:
            percent = None if info.job_progress is None else info.job_progress.percent_complete
            meter.advance(total * (percent or 0) // 100 - meter.progress.done)
            return None if on_progress is None else on_progress(info)

        yield update


def _renderer(
    option: ProgressOption, what: str, unit: str, total: int | None
) -> AbstractContextManager[_Renderer]:
    if callable(option):
        return contextlib.nullcontext(option)
    check_types("progress", progress=(option, (bool,), "must be True, False or a function"))
    if not option:
        return contextlib.nullcontext(lambda _: None)
    if _can_show_bars():
        try:
            from tqdm import auto
        except ImportError:
            _say_how_to_get_bars()
        else:
            return _bar(auto.tqdm(desc=what, unit=unit, total=total))
    return _log_lines()


@functools.cache
def _say_how_to_get_bars() -> None:
    """Say, once in a process, why a terminal or notebook shows no bar."""
    if sys.stderr:
        sys.stderr.write(
            "voiceid_sdk: for progress bars, pip install 'voiceid-sdk[progress]'; progress=False hides this\n"
        )


def _can_show_bars() -> bool:
    """Return whether the process writes to a terminal, or to a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if "IPKernelApp" in getattr(shell, "config", ()):
        return True
    # A program without a console has None for stderr.
    return bool(sys.stderr) and sys.stderr.isatty()


@contextlib.contextmanager
def _bar(bar: "tqdm[NoReturn]") -> Generator[_Renderer]:
    def render(progress: Progress) -> None:
        bar.total = progress.total
        if progress.failed:
            bar.set_postfix_str(f"{progress.failed:,} failed", refresh=False)
        bar.update(progress.done - bar.n)

    with EndingWith(bar.close):
        yield render


@contextlib.contextmanager
def _log_lines() -> Generator[_Renderer]:
    lines = _LogLines()
    with EndingWith(lines.write):
        yield lines


@attrs.define(eq=False)
class _LogLines:
    """Shows progress as lines of the log: one every few seconds, and a last one."""

    _due: float = SECONDS_BETWEEN_LINES
    _last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        if progress.elapsed >= self._due:
            self.write()

    def write(self) -> None:
        """Write the newest progress unless it is written already."""
        if self._last is not None:
            _logger().info("%s", self._last)
            self._due = self._last.elapsed + SECONDS_BETWEEN_LINES
            self._last = None


@functools.cache
def _logger() -> "logging.Logger":
    # Found only once, because getLogger takes a lock of the whole process, which stays locked for other
    # threads if an interrupt comes there. The garbage collector may end the lines of a lost loop in a thread.
    import logging

    return logging.getLogger("voiceid_sdk")
