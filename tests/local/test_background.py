"""A background thread goes on after each of its calls has failed."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.servers import PATIENCE
from voiceid_sdk.local.core import background
from voiceid_sdk.local.core.background import BackgroundThread
from voiceid_sdk.local.protocol.aws_json import log_unexpected

ERRORS = (ValueError("a value"), OSError("the system"), MemoryError(), SystemExit(1), KeyboardInterrupt())


class FailsOnce:
    """A function of which the first call raises an error."""

    def __init__(self, function: Callable[..., Any], error: BaseException) -> None:
        self.has_failed = False
        self._function = function
        self._error = error

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if not self.has_failed:
            self.has_failed = True
            raise self._error
        return self._function(*arguments, **named)


class Signals:
    """The queue of signals, of which the first call of one method fails."""

    def __init__(self, method: str, error: BaseException) -> None:
        signals: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.put, self.get, self.get_nowait = signals.put, signals.get, signals.get_nowait
        self.failing = FailsOnce(getattr(signals, method), error)
        setattr(self, method, self.failing)


class Work:
    """Counts its pieces, and lets a test wait for them."""

    def __init__(self) -> None:
        self.pieces = 0
        self._done = threading.Condition()

    def __call__(self) -> float | None:
        with self._done:
            self.pieces += 1
            self._done.notify_all()
        return None

    def wait_for(self, pieces: int) -> bool:
        with self._done:
            return self._done.wait_for(lambda: self.pieces >= pieces, PATIENCE)


@pytest.fixture(autouse=True)
def _no_pause_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AFTER_AN_ERROR", 0.0)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def stopping() -> Iterator[list[BackgroundThread]]:
    """Stop the threads in the list at the end of a test."""
    threads: list[BackgroundThread] = []
    yield threads
    for thread in threads:
        thread.stop(PATIENCE)


def goes_on(thread: BackgroundThread, work: Work) -> bool:
    """Return whether a thread does another piece of work when it is woken, and is still the same thread."""
    before, pieces = thread._thread, work.pieces
    thread.wake()
    return work.wait_for(pieces + 1) and thread._thread is before


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_it_works_again_after_its_work_has_failed(
    error: BaseException, work: Work, stopping: list[BackgroundThread]
) -> None:
    failing = FailsOnce(work, error)
    thread = BackgroundThread("test", failing)
    stopping.append(thread)
    thread.wake()
    assert work.wait_for(1)
    assert failing.has_failed
    assert goes_on(thread, work)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_it_works_again_after_the_log_of_a_failure_has_failed(
    error: BaseException, work: Work, stopping: list[BackgroundThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FailsOnce(log_unexpected, error)
    monkeypatch.setattr(background, "log_unexpected", log)
    thread = BackgroundThread("test", FailsOnce(work, ValueError("a value")))
    stopping.append(thread)
    thread.wake()
    assert work.wait_for(1)
    assert log.has_failed
    assert goes_on(thread, work)


@pytest.mark.parametrize("method", ["get", "get_nowait"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_it_works_again_after_a_wait_has_failed(
    error: BaseException, method: str, work: Work, stopping: list[BackgroundThread]
) -> None:
    thread = BackgroundThread("test", work)
    stopping.append(thread)
    signals = Signals(method, error)
    thread._signals = signals  # type: ignore[assignment]  # has the methods that the thread calls
    thread.wake()
    assert work.wait_for(2)
    assert signals.failing.has_failed
    assert goes_on(thread, work)


def test_it_works_again_after_a_time_that_is_no_number(work: Work, stopping: list[BackgroundThread]) -> None:
    times: list[Any] = [float("nan"), "soon"]

    def return_bad_times() -> Any:
        work()
        return times.pop() if times else None

    thread = BackgroundThread("test", return_bad_times)
    stopping.append(thread)
    thread.wake()
    assert work.wait_for(2)
    assert goes_on(thread, work)


def test_a_failure_of_the_last_work_lets_the_thread_end_in_peace(work: Work) -> None:
    stopped = False

    def fail_at_the_end() -> float | None:
        if stopped:
            work()
            raise SystemExit(1)
        return work()

    thread = BackgroundThread("test", fail_at_the_end, works_at_the_end=True)
    thread.wake()
    assert work.wait_for(1)
    stopped = True
    thread.stop(PATIENCE)
    assert work.pieces >= 2
    assert thread._thread is not None
    assert not thread._thread.is_alive()


def test_a_thread_that_the_system_did_not_start_is_started_by_the_next_wake(
    work: Work, stopping: list[BackgroundThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = BackgroundThread("test", work)
    stopping.append(thread)
    with monkeypatch.context() as context:
        context.setattr(threading.Thread, "start", FailsOnce(print, RuntimeError("can't start new thread")))
        with pytest.raises(RuntimeError, match="can't start"):
            thread.wake()
    thread.wake()
    assert work.wait_for(1)


def test_a_thread_that_the_system_did_not_start_can_be_stopped(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = BackgroundThread("test", work)
    with monkeypatch.context() as context:
        context.setattr(threading.Thread, "start", FailsOnce(print, RuntimeError("can't start new thread")))
        with pytest.raises(RuntimeError, match="can't start"):
            thread.wake()
    thread.stop(PATIENCE)
    assert work.pieces == 0
