"""Async runs that are cancelled or interrupted at any line: nothing lost, nothing doubled, nothing stuck."""

import asyncio
import contextlib
import gc
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

import pytest

from tests.support.attacks import SOAK
from tests.support.clocks import FakeClock
from tests.support.interrupts import Interrupted, each_line, raise_interrupt
from tests.support.own_thread import on_its_own_thread
from tests.support.worlds import PATIENCE
from voiceid_sdk import bulk
from voiceid_sdk.aio import _event_loops
from voiceid_sdk.bulk import async_running, attempts, report, schedule
from voiceid_sdk.errors import BulkError, ThrottlingError
from voiceid_sdk.waiting import clock_in_use

MODULES = (async_running, schedule, attempts, report, _event_loops)
MAX_LOOPS = 4
COUNT = 6
STEP = 1 if SOAK else 97
"""Every line is interrupted in `nox -s soak`, every 97th one elsewhere."""


@pytest.fixture(autouse=True, scope="module")
def earlier_objects_stay() -> None:
    """Leave what other tests have made out of the collections, because that is most of the objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_garbage_stays() -> Iterator[None]:
    """Let the tasks of ended event loops be collected here, because asyncio then logs their interrupts.

    Python 3.11 fails to parse a program (gh-106905) if this happens in the middle of it, in another test.
    """
    yield
    gc.collect()


class Work:
    """Counts the calls for each item; one is throttled at first, and one fails."""

    def __init__(self) -> None:
        self.calls: Counter[int] = Counter()
        self.completed: Counter[int] = Counter()

    async def perform(self, item: int) -> int:
        self.calls[item] += 1
        await asyncio.sleep(0)
        if item == 1 and self.calls[item] == 1:
            raise ThrottlingError("Too fast.")
        self.completed[item] += 1
        if item == 3:
            raise BulkError("No.")
        return 2 * item


async def generator() -> AsyncIterator[int]:
    for number in range(COUNT):
        await asyncio.sleep(0)
        yield number


class Counting(AsyncIterator[int]):
    """An asynchronous source that an interrupt does not end."""

    def __init__(self) -> None:
        self._numbers = iter(range(COUNT))

    async def __anext__(self) -> int:
        await asyncio.sleep(0)
        for number in self._numbers:
            return number
        raise StopAsyncIteration


SOURCES: dict[str, Callable[[], Iterable[int] | AsyncIterator[int]]] = {
    "list": lambda: range(COUNT),
    "iterator": lambda: iter(range(COUNT)),
    "iterator of the caller": Counting,
    "generator": generator,
}


class Loops:
    """Loops over a run, each in an event loop of its own, until one of them comes to the end."""

    def __init__(self, run: bulk.AsyncRun[int, int]) -> None:
        self.run = run
        self.given: list[bulk.Outcome[int, int]] = []
        self.task: asyncio.Task[object] | None = None

    def finish(self) -> None:
        for _ in range(MAX_LOOPS):
            with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError), asyncio.Runner() as runner:
                runner.run(self._loop())
                return
        raise AssertionError("the run does not end")

    async def _loop(self) -> None:
        self.task = asyncio.current_task()
        async with asyncio.timeout(PATIENCE):
            async for outcome in self.run:
                self.given.append(outcome)

    def cancel(self) -> None:
        """Cancel the task that iterates, wherever it is."""
        if self.task is not None:
            self.task.cancel()


def check(loops: Loops, work: Work, *, source: str) -> None:
    indices = sorted(outcome.index for outcome in loops.given)
    assert indices == list(range(len(indices)))
    assert loops.run.report.done == len(indices)
    if source == "generator":
        # The end of an event loop ends an asynchronous generator that waits, and the report says so.
        assert len(indices) == COUNT or not loops.run.report.complete
    else:
        assert len(indices) == COUNT
        assert loops.run.report.complete or source == "iterator of the caller"
    for outcome in loops.given:
        if outcome.ok:
            assert outcome.value == 2 * outcome.item
            assert work.completed[outcome.item] == 1
        else:
            # The end of an event loop ends the calls in it, and their errors say so.
            assert outcome.index == 3 or "may have been carried out" in str(outcome.error)
        assert work.completed[outcome.item] <= 1
        assert work.calls[outcome.item] <= 1 + (outcome.item == 1)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", ["cancelled", "interrupted"])
@on_its_own_thread
def test_an_async_run_performs_and_gives_each_item_once_wherever_it_is_stopped(
    tries: Counter[str], source: str, kind: str
) -> None:
    current: list[Loops] = []

    def cancel() -> None:
        current[-1].cancel()

    def scenario(interrupted: Interrupted) -> None:
        work = Work()
        with clock_in_use(FakeClock()):
            loops = Loops(bulk.run(work.perform, SOURCES[source](), workers=2, rate=None))
            current[:] = [loops]
            with interrupted():
                loops.finish()
        check(loops, work, source=source)

    lines = each_line(
        scenario, *MODULES, step=STEP, interrupt=cancel if kind == "cancelled" else raise_interrupt
    )
    tries[f"Async bulk runs {kind} at a line"] += (count := len(list(lines)))
    assert count > 300 / STEP


def test_a_generator_that_was_interrupted_leaves_an_async_run_incomplete() -> None:
    def source() -> Iterator[int]:
        yield 0
        raise KeyboardInterrupt

    loops = Loops(bulk.run(Work().perform, source(), workers=1))
    loops.finish()
    assert [outcome.index for outcome in loops.given] == [0]
    assert not loops.run.report.complete
