"""Runs that end before their last item: after errors, by an interrupt, or left unfinished."""

import itertools
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.bulk_runs import double
from tests.support.bulk_threads import threads_of_bulk
from tests.support.executors import Dying, Shuffling
from voiceid_sdk import bulk
from voiceid_sdk.errors import BulkError, ThrottlingError

if TYPE_CHECKING:
    from voiceid_sdk.bulk import Outcome

pytestmark = pytest.mark.usefixtures("no_thread_is_left")


def test_leaving_the_loop_ends_what_is_under_way_and_leaves_no_thread() -> None:
    begun, ended = [], []

    def call(index: int) -> None:
        begun.append(index)
        time.sleep(0.01)
        ended.append(index)

    run = bulk.run(call, range(1000), workers=4)
    for _ in run:
        break
    assert threads_of_bulk() == []
    assert len(begun) == len(ended) < 20
    assert not run.report.complete


def test_a_further_loop_goes_on_where_the_last_was_left() -> None:
    run = bulk.run(double, range(100), workers=4)
    first = list(itertools.islice(run, 7))
    rest = list(run)
    assert sorted(outcome.index for outcome in first + rest) == list(range(100))
    assert len(first) == 7
    assert run.report.complete


def test_an_exception_in_the_loop_loses_no_outcome() -> None:
    def look() -> None:
        for outcome in run:
            seen.append(outcome.index)
            raise ZeroDivisionError

    seen: list[int] = []
    run = bulk.run(double, range(50))
    with pytest.raises(ZeroDivisionError):
        look()
    assert threads_of_bulk() == []
    assert sorted(seen + [outcome.index for outcome in run]) == list(range(50))


def test_a_loop_that_is_left_before_the_error_of_the_source_came_can_be_continued() -> None:
    class Failing:
        def __init__(self) -> None:
            self._numbers = iter(range(4))

        def __iter__(self) -> Iterator[int]:
            return self

        def __next__(self) -> int:
            for number in self._numbers:
                return number
            raise LookupError

    run = bulk.run(double, Failing(), executor=Shuffling(0, []), workers=1)
    seen: list[int] = []
    for outcome in run:
        seen.append(outcome.index)
        if outcome.index == 3:
            break
    with pytest.raises(LookupError):
        seen.extend(outcome.index for outcome in run)
    assert seen == [0, 1, 2, 3]


def test_a_run_can_be_closed() -> None:
    with bulk.run(double, itertools.count()) as run:
        outcomes = iter(run)
        next(outcomes)
        assert threads_of_bulk() != []
    assert threads_of_bulk() == []
    assert list(outcomes) == []
    run.close()


def test_two_loops_at_a_time_are_refused() -> None:
    run = bulk.run(double, range(100))
    outcomes = iter(run)
    next(outcomes)
    with pytest.raises(BulkError, match="Another loop"):
        next(iter(run))
    assert len(list(outcomes)) == 99


def test_cancel_gives_the_outcomes_of_what_has_begun_and_begins_nothing_else() -> None:
    cancel = threading.Event()
    called: list[int] = []
    run = bulk.run(called.append, itertools.count(), workers=4, cancel=cancel)
    given: list[int] = []
    for outcome in run:
        given.append(outcome.index)
        if len(given) == 10:
            cancel.set()
    assert sorted(given) == sorted(called)
    assert list(run.report.succeeded) == sorted(given)
    assert not run.report.complete


def test_cancel_is_noticed_while_the_rate_limiter_waits() -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.05, cancel.set)
    timer.start()
    began = time.monotonic()
    assert len(list(bulk.run(double, range(5), rate=0.01, cancel=cancel))) == 1
    assert time.monotonic() - began < 5
    timer.join()


def test_a_run_that_was_cancelled_before_it_began_takes_no_item() -> None:
    cancel = threading.Event()
    cancel.set()
    items = iter(range(3))
    assert list(bulk.run(double, items, cancel=cancel)) == []
    assert list(items) == [0, 1, 2]


def test_ctrl_c_ends_the_run_and_loses_nothing() -> None:
    interrupts = iter([KeyboardInterrupt()])

    def items() -> Iterator[int]:
        yield from range(5)
        for interrupt in interrupts:
            raise interrupt

    run = bulk.run(double, items(), workers=2)
    given: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        given.extend(outcome.index for outcome in run)
    assert threads_of_bulk() == []
    rest = [outcome.index for outcome in run]
    assert sorted(set(given + rest)) == sorted(run.report.succeeded) == list(range(5))


def test_ctrl_c_while_calls_are_waited_for_loses_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    run = bulk.run(double, range(20), executor=Shuffling(3, []), workers=4)
    monkeypatch.setattr(run, "_leave", interrupt)
    outcomes = iter(run)
    given = [next(outcomes).index]
    with pytest.raises(KeyboardInterrupt):
        run.close()
    assert not run.report.complete
    rest = bulk.run(double, range(20), resume=run.report)
    assert sorted(given + [outcome.index for outcome in rest]) == list(range(20))


def test_when_the_source_fails_all_that_came_out_of_it_has_its_outcome_first() -> None:
    def items() -> Iterator[int]:
        yield from range(7)
        raise ZeroDivisionError

    given: list[int] = []
    run = bulk.run(double, items())
    with pytest.raises(ZeroDivisionError):
        given.extend(outcome.index for outcome in run)
    assert sorted(given) == list(range(7))
    assert not run.report.complete
    assert list(run) == []
    assert not run.report.complete


def test_a_source_that_can_go_on_after_its_failure_does() -> None:
    class Source:
        def __init__(self) -> None:
            self.steps: Iterator[int | None] = iter([1, 2, None, 3])

        def __iter__(self) -> "Source":
            return self

        def __next__(self) -> int:
            step = next(self.steps)
            if step is None:
                raise ThrottlingError("No.")
            return step

    run = bulk.run(double, Source())
    with pytest.raises(ThrottlingError):
        list(run)
    assert [outcome.item for outcome in run] == [3]
    assert list(run.report.succeeded) == [0, 1, 2]
    assert run.report.complete


def test_when_the_executor_dies_what_it_had_has_an_outcome_and_the_rest_is_not_done() -> None:
    run = bulk.run(double, range(20), executor=Dying(last=8))
    given: list[Outcome[int, int]] = []
    with pytest.raises(BulkError, match=r"accepts no more calls \(BrokenProcessPool\)"):
        given.extend(run)
    assert list(run.report.succeeded) == list(range(7))
    assert [(failed.error, list(failed.indices)) for failed in run.report.failed] == [("BulkError", [7])]
    rest = bulk.run(double, range(20), resume=run.report, retry_failed=True)
    assert sorted(outcome.index for outcome in rest) == list(range(7, 20))
