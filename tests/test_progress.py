"""Progress: what is counted, and how it is shown."""

import contextlib
import io
import logging
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.clocks import FakeClock
from tests.support.worlds import PATIENCE
from voiceid_sdk import progress as progress_module
from voiceid_sdk.progress import SECONDS_BETWEEN_LINES, Meter, Progress, ProgressOption, track_progress

WHAT = "opting out speakers"
SHOWN: ProgressOption = True
HIDDEN: ProgressOption = False


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "voiceid_sdk"]


@pytest.fixture(autouse=True)
def every_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "voiceid_sdk")


class Terminal(io.StringIO):
    """A terminal to write on."""

    def isatty(self) -> bool:
        return True


def terminal() -> contextlib.redirect_stderr[Terminal]:
    """Let stderr be a terminal; pytest puts its own in place of what a fixture puts there."""
    return contextlib.redirect_stderr(Terminal())


class Bar:
    """What ``tqdm`` is used for."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.total = options["total"]
        self.n = 0
        self.postfix = ""
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True

    def update(self, count: int) -> None:
        self.n += count

    def set_postfix_str(self, postfix: str, *, refresh: bool) -> None:
        assert not refresh
        self.postfix = postfix


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Bar]:
    """Return the bars that were made instead of those of tqdm."""
    made: list[Bar] = []

    def make(**options: Any) -> Bar:
        made.append(Bar(**options))
        return made[-1]

    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(auto=SimpleNamespace(tqdm=make)))
    return made


# --- Counting -------------------------------------------------------------------------------------------


def test_a_function_is_given_each_step() -> None:
    clock, seen = FakeClock(), list[Progress]()
    with track_progress(seen.append, what=WHAT, total=10, clock=clock) as meter:
        clock.sleep(2, None)
        meter.advance()
        meter.advance(3, failed=1)
    assert seen == [
        Progress(what=WHAT, done=1, total=10, elapsed=2.0),
        Progress(what=WHAT, done=4, total=10, failed=1, elapsed=2.0),
    ]


def test_the_total_may_come_later() -> None:
    seen: list[Progress] = []
    with track_progress(seen.append, what=WHAT) as meter:
        meter.advance()
        meter.total = 5
        meter.advance()
    assert [progress.total for progress in seen] == [None, 5]


def test_a_step_is_counted_even_when_the_function_that_is_given_it_fails() -> None:
    def fail(_: Progress) -> None:
        raise ZeroDivisionError

    with track_progress(fail, what=WHAT) as meter:
        with pytest.raises(ZeroDivisionError):
            meter.advance()
        assert meter.progress.done == 1


def test_the_function_may_count_too() -> None:
    def once_more(progress: Progress) -> None:
        if progress.done == 1:
            meters[0].advance()

    meters: list[Meter] = []
    with track_progress(once_more, what=WHAT) as meter:
        meters.append(meter)
        meter.advance()
    assert meter.progress.done == 2


def test_steps_of_many_threads_are_all_counted_and_shown_one_at_a_time() -> None:
    seen: list[int] = []
    together = threading.Barrier(4)

    def work(meter: Meter) -> None:
        together.wait()
        for _ in range(500):
            meter.advance()

    show = track_progress(lambda progress: seen.append(progress.done), what=WHAT)
    with show as meter, ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(work, meter)
    assert seen == list(range(1, 2001))


def test_waits_and_progress_go_by_the_same_clock_unless_told_otherwise(clock: FakeClock) -> None:
    seen: list[float] = []
    with track_progress(lambda progress: seen.append(progress.elapsed), what=WHAT) as meter:
        clock.sleep(7, None)
        meter.advance()
    assert seen == [7.0]


# --- What it says ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("progress", "sentence"),
    [
        (Progress(what=WHAT, done=1200, elapsed=3.4), "opting out speakers: 1,200 done, 3 s"),
        (
            Progress(what=WHAT, done=1200, total=100_000, failed=3, elapsed=61),
            "opting out speakers: 1,200 of 100,000 done, 3 failed, 61 s",
        ),
    ],
)
def test_progress_reads_as_a_sentence(progress: Progress, sentence: str) -> None:
    assert str(progress) == sentence


def test_progress_tells_the_rate_and_what_is_left_of_the_time() -> None:
    progress = Progress(what=WHAT, done=20, total=100, elapsed=2.0)
    assert (progress.rate, progress.seconds_left) == (10.0, 8.0)


@pytest.mark.parametrize(
    "progress",
    [
        Progress(what=WHAT, done=20, elapsed=2.0),
        Progress(what=WHAT, done=0, total=100, elapsed=2.0),
        Progress(what=WHAT, done=1, total=100, elapsed=0.0),
    ],
)
def test_what_nobody_can_know_is_none(progress: Progress) -> None:
    assert progress.seconds_left is None


def test_more_than_the_total_leaves_no_time() -> None:
    assert Progress(what=WHAT, done=12, total=10, elapsed=1.0).seconds_left == 0


def test_progress_pickles() -> None:
    progress = Progress(what=WHAT, done=1, elapsed=2.0)
    assert pickle.loads(pickle.dumps(progress)) == progress


# --- Lines of the log -----------------------------------------------------------------------------------


def test_without_a_terminal_there_is_a_line_every_few_seconds_and_a_last_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    with track_progress(SHOWN, what=WHAT, total=12, clock=clock) as meter:
        for _ in range(12):
            clock.sleep(SECONDS_BETWEEN_LINES / 4, None)
            meter.advance()
        meter.total = 13
        meter.advance(failed=1)
    assert lines(caplog) == [
        "opting out speakers: 4 of 12 done, 5 s",
        "opting out speakers: 8 of 12 done, 10 s",
        "opting out speakers: 12 of 12 done, 15 s",
        "opting out speakers: 13 of 13 done, 1 failed, 15 s",
    ]


def test_the_last_line_is_written_when_the_work_fails_too(caplog: pytest.LogCaptureFixture) -> None:
    with contextlib.suppress(ZeroDivisionError), track_progress(SHOWN, what=WHAT, clock=FakeClock()) as meter:
        meter.advance()
        raise ZeroDivisionError
    assert lines(caplog) == ["opting out speakers: 1 done, 0 s"]


def test_no_line_is_written_twice_or_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    with track_progress(SHOWN, what=WHAT, clock=clock) as meter:
        clock.sleep(SECONDS_BETWEEN_LINES, None)
        meter.advance()
    with track_progress(SHOWN, what=WHAT, clock=clock):
        pass
    assert lines(caplog) == ["opting out speakers: 1 done, 5 s"]


def test_false_shows_nothing(caplog: pytest.LogCaptureFixture, bars: list[Bar]) -> None:
    with terminal(), track_progress(HIDDEN, what=WHAT) as meter:
        meter.advance()
    assert (lines(caplog), bars, meter.progress.done) == ([], [], 1)


def test_a_program_without_a_console_gets_lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, bars: list[Bar]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with track_progress(SHOWN, what=WHAT, clock=FakeClock()) as meter:
        meter.advance()
    assert (len(lines(caplog)), bars) == (1, [])


def test_a_terminal_without_tqdm_is_told_once_how_to_get_bars(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    progress_module._say_how_to_get_bars.cache_clear()
    with terminal() as written:
        for _ in range(2):
            with track_progress(SHOWN, what=WHAT, clock=FakeClock()) as meter:
                meter.advance()
    assert written.getvalue().count("pip install 'voiceid-sdk[progress]'") == 1
    assert len(lines(caplog)) == 2


# --- A bar ----------------------------------------------------------------------------------------------


def test_at_a_terminal_there_is_a_bar(caplog: pytest.LogCaptureFixture, bars: list[Bar]) -> None:
    with terminal(), track_progress(SHOWN, what=WHAT, unit="speaker") as meter:
        meter.advance(2, failed=1)
        meter.total = 3
        meter.advance()
        assert not bars[0].is_closed
    (bar,) = bars
    assert bar.options == {"desc": WHAT, "unit": "speaker", "total": None}
    assert (bar.n, bar.total, bar.postfix, bar.is_closed) == (3, 3, "1 failed", True)
    assert lines(caplog) == []


def test_in_a_notebook_there_is_a_bar(monkeypatch: pytest.MonkeyPatch, bars: list[Bar]) -> None:
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with track_progress(SHOWN, what=WHAT) as meter:
        meter.advance()
    assert bars[0].n == 1


def test_ipython_itself_is_not_a_notebook(monkeypatch: pytest.MonkeyPatch, bars: list[Bar]) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    with track_progress(SHOWN, what=WHAT):
        assert bars == []


def test_without_tqdm_there_are_lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with terminal(), track_progress(SHOWN, what=WHAT, clock=FakeClock()) as meter:
        meter.advance()
    assert len(lines(caplog)) == 1


def test_the_bar_of_tqdm_itself_is_drawn() -> None:
    with terminal() as stderr, track_progress(SHOWN, what=WHAT, unit="speaker", total=4) as meter:
        meter.advance(4, failed=1)
    drawn = stderr.getvalue()
    assert "opting out speakers: 100%" in drawn
    assert "4/4" in drawn
    assert "1 failed" in drawn


def test_lines_after_the_first_take_no_lock_of_the_whole_process() -> None:
    def track() -> None:
        with track_progress(SHOWN, what=WHAT) as meter:
            meter.advance()

    track()
    # An interrupt in logging.getLogger leaves the lock like this.
    lock: Any = logging._lock  # type: ignore[attr-defined]
    with lock, ThreadPoolExecutor(1) as pool:
        written = pool.submit(track)
        try:
            written.result(PATIENCE)
        finally:
            lock.release()
            written.exception()
            lock.acquire()
