"""Bulk runs and pagers that are interrupted at any line: nothing lost, nothing doubled, nothing stuck."""

import contextlib
import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.attacks import SOAK, size
from tests.support.bulk_threads import threads_that_stay
from tests.support.canned_responses import (
    DOMAIN_ID,
    Canned,
    Sent,
    success,
    typed_client,
)
from tests.support.clocks import FakeClock
from tests.support.forks import in_child
from tests.support.interrupts import Interrupted, each_line
from tests.support.own_thread import on_its_own_thread
from tests.support.tracebacks import shown_frames
from tests.support.worlds import PATIENCE
from voiceid_sdk import _list_positions, bulk, paging
from voiceid_sdk.bulk import attempts, report, running, schedule, sending
from voiceid_sdk.errors import BulkError, ThrottlingError
from voiceid_sdk.waiting import clock_in_use

pytestmark = pytest.mark.uncovered  # a tracer interrupts the lines, and coverage would be a second one

MODULES = (running, schedule, sending, attempts, report)
MAX_LOOPS = 4
STEP = 1 if SOAK else 13
"""Every line is interrupted in `nox -s soak`, every 13th one elsewhere: lines run for several items."""

STEP_OF_TWO = 1 if SOAK else 29
"""The same for two interrupts, of which the second comes soon after the first."""


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    yield
    assert threads_that_stay() == []


class Work:
    """Counts the calls for each item; some are throttled at first, and one fails."""

    def __init__(self, throttled: frozenset[int] = frozenset()) -> None:
        self.calls: Counter[int] = Counter()
        self._throttled = throttled
        self._lock = threading.Lock()

    def __call__(self, item: int) -> int:
        with self._lock:
            self.calls[item] += 1
            if item in self._throttled and self.calls[item] == 1:
                raise ThrottlingError("Too fast.")
        if item == 3:
            raise BulkError("No.")
        return 2 * item


def finish(run: bulk.Run[int, int]) -> list[bulk.Outcome[int, int]]:
    """Return all outcomes that loops over a run give, one loop after each interrupt."""
    given: list[bulk.Outcome[int, int]] = []
    for _ in range(MAX_LOOPS):
        try:
            for outcome in run:
                given.append(outcome)  # noqa: PERF402 - extend() would lose them at an interrupt
        except KeyboardInterrupt:
            continue
        return given
    raise AssertionError("the run does not end")


def check(run: bulk.Run[int, int], given: list[bulk.Outcome[int, int]], count: int) -> None:
    assert sorted(outcome.index for outcome in given) == list(range(count))
    assert [outcome.index for outcome in given if not outcome.ok] == [3]
    assert all(outcome.value == 2 * outcome.item for outcome in given if outcome.ok)
    assert run.report.complete
    assert run.report.done == count


@pytest.mark.parametrize("order", ["completion", "input"])
@on_its_own_thread
def test_a_run_that_is_interrupted_at_any_line_performs_and_gives_each_item_once(
    tries: Counter[str], order: Any
) -> None:
    def scenario(interrupted: Interrupted) -> None:
        work = Work()
        run = bulk.run(work, iter(range(5)), workers=2, order=order)
        with interrupted():
            given = finish(run)
        check(run, given, 5)
        assert set(work.calls.values()) == {1}

    interrupts = len(list(each_line(scenario, *MODULES, step=STEP)))
    tries["Interrupts at a line of a bulk run"] += interrupts
    assert interrupts > 120 / STEP


@on_its_own_thread
def test_the_threads_end_and_the_items_are_done_once_wherever_close_is_interrupted(
    tries: Counter[str],
) -> None:
    def scenario(interrupted: Interrupted) -> None:
        work = Work()
        run = bulk.run(work, range(5), workers=2)
        loop = iter(run)
        given = [next(loop)]
        with contextlib.suppress(KeyboardInterrupt), interrupted():
            run.close()
        del loop
        assert threads_that_stay() == []
        given += finish(run)
        check(run, given, 5)
        assert set(work.calls.values()) == {1}

    interrupts = len(list(each_line(scenario, *MODULES, step=STEP)))
    tries["Interrupts at a line of a bulk run"] += interrupts
    assert interrupts > 30 / STEP


@pytest.mark.parametrize("again", [1, 4, 16])
@on_its_own_thread
def test_a_second_interrupt_soon_after_the_first_loses_and_doubles_nothing_either(
    tries: Counter[str], again: int
) -> None:
    def scenario(interrupted: Interrupted) -> None:
        work = Work()
        run = bulk.run(work, iter(range(5)), workers=2)
        with interrupted():
            given = finish(run)
        check(run, given, 5)
        assert set(work.calls.values()) == {1}

    interrupts = 2 * len(list(each_line(scenario, *MODULES, step=STEP_OF_TWO, again=again)))
    tries["Interrupts at a line of a bulk run"] += interrupts
    assert interrupts > 120 / STEP


@on_its_own_thread
def test_a_throttled_item_is_tried_again_once_wherever_the_run_is_interrupted(
    tries: Counter[str],
) -> None:
    def scenario(interrupted: Interrupted) -> None:
        work = Work(frozenset({1}))
        with clock_in_use(FakeClock()):
            run = bulk.run(work, range(4), workers=1)
            with interrupted():
                given = finish(run)
        check(run, given, 4)
        assert work.calls == {0: 1, 1: 2, 2: 1, 3: 1}

    interrupts = len(list(each_line(scenario, *MODULES, step=STEP)))
    tries["Interrupts at a line of a bulk run"] += interrupts
    assert interrupts > 120 / STEP


@on_its_own_thread
def test_an_executor_of_the_caller_loses_and_doubles_nothing_either(tries: Counter[str]) -> None:
    def scenario(interrupted: Interrupted) -> None:
        work = Work()
        run = bulk.run(work, range(4), workers=1, executor=executor)
        with interrupted():
            given = finish(run)
        assert sorted(outcome.index for outcome in given) == list(range(4))
        assert max(work.calls.values()) == 1
        # An item whose submission was interrupted may not have been carried out, and its error says so.
        lost = [outcome for outcome in given if not work.calls[outcome.index]]
        assert len(lost) <= 1
        assert all("may have been carried out" in str(outcome.error) for outcome in lost)
        assert run.report.complete

    with ThreadPoolExecutor(2) as executor:
        interrupts = len(list(each_line(scenario, *MODULES, step=STEP)))
        tries["Interrupts at a line of a bulk run"] += interrupts
        assert interrupts > 120 / STEP


def test_a_generator_that_was_interrupted_leaves_the_run_incomplete() -> None:
    def source() -> Iterator[int]:
        yield 0
        raise KeyboardInterrupt

    run = bulk.run(Work(), source(), workers=1)
    assert [outcome.index for outcome in finish(run)] == [0]
    assert not run.report.complete


@pytest.mark.parametrize("again", [None, 1])
@on_its_own_thread
def test_no_interrupt_hides_that_a_generator_ended_with_an_error(
    tries: Counter[str], again: int | None
) -> None:
    def source() -> Iterator[int]:
        yield from range(3)
        raise LookupError

    def scenario(interrupted: Interrupted) -> None:
        raised = 0
        run = bulk.run(Work(), source(), workers=1)
        with interrupted():
            for _ in range(MAX_LOOPS):
                try:
                    for _ in run:
                        pass
                except KeyboardInterrupt:
                    continue
                except LookupError:
                    raised += 1
                else:
                    break
        assert raised <= 1
        assert not run.report.complete

    interrupts = len(
        list(each_line(scenario, *MODULES, again=again, step=STEP if again is None else STEP_OF_TWO))
    )
    tries["Interrupts at a line of a bulk run"] += interrupts * (1 if again is None else 2)
    assert interrupts > 110 / STEP_OF_TWO


def test_a_loop_that_is_collected_in_one_of_its_own_threads_does_not_wait_for_itself() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(item: int) -> int:
        if item == 0:
            begun.wait(PATIENCE)
        if item == 1:
            begun.set()
            go_on.wait(PATIENCE)
            left.clear()
        return item

    run = bulk.run(work, range(3), workers=2)
    left = [iter(run)]
    assert next(left[0]).index == 0
    go_on.set()
    assert threads_that_stay() == []
    assert sorted(outcome.index for outcome in run) == [1, 2]


def test_notebooks_show_no_frame_of_a_run_whose_pause_is_interrupted() -> None:
    go_on = threading.Event()

    class InterruptedOnce:
        """The queue of calls that have ended, in which the pause is interrupted, and no other wait."""

        def __init__(self, queue: Any) -> None:
            self.put, self.empty, self._get = queue.put, queue.empty, queue.get

        def get(self, *, timeout: float | None = None) -> object:
            if timeout is None:
                return self._get()
            go_on.set()
            raise KeyboardInterrupt

    run = bulk.run(lambda _: go_on.wait(10), range(3), workers=1)
    run._ended = InterruptedOnce(run._ended)  # type: ignore[assignment] # has the methods that the run calls
    with pytest.raises(KeyboardInterrupt) as caught:
        next(iter(run))
    assert shown_frames(caught.value, "voiceid_sdk/bulk/") == []


def test_a_second_interrupt_while_calls_end_loses_none_of_them() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(item: int) -> int:
        begun.set()
        go_on.wait(10)
        return item

    class Impatient:
        """The queue of calls that have ended, of which the next wait is interrupted."""

        def __init__(self, queue: Any) -> None:
            self.put, self.empty = queue.put, queue.empty

        def get(self, **_: object) -> int:
            raise KeyboardInterrupt

    run = bulk.run(work, range(3), workers=1)
    outcomes = iter(run)
    queue = run._ended
    run._ended = Impatient(queue)  # type: ignore[assignment] # has the methods that the run calls
    # The first interrupt comes in the pause; the loop is left when the call has ended.
    threading.Timer(0.05, go_on.set).start()
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)
    run._ended = queue
    assert begun.is_set()
    assert sorted(outcome.index for outcome in run) == [0, 1, 2]
    assert run.report.complete


@on_its_own_thread
def test_the_source_may_be_a_list_of_the_service_that_is_interrupted(
    canned: Canned, tries: Counter[str]
) -> None:
    def scenario(interrupted: Interrupted) -> None:
        speakers = pages_of(5).domain(DOMAIN_ID).speakers()
        run = bulk.run(lambda speaker: speaker.customer_speaker_id, speakers, workers=1)
        given: list[str | None] = []
        with interrupted():
            for _ in range(MAX_LOOPS):
                try:
                    for outcome in run:
                        given.append(outcome.unwrap())  # noqa: PERF401 - keeps the items before the interrupt
                    break
                except KeyboardInterrupt:
                    continue
        assert sorted(map(str, given)) == [f"caller-{number}" for number in range(5)]
        assert run.report.complete

    interrupts = len(list(each_line(scenario, paging, _list_positions, step=STEP)))
    tries["Interrupts at a line of a list"] += interrupts
    assert interrupts > 30 / STEP


# --- Lists ----------------------------------------------------------------------------------------------


def pages_of(count: int) -> Any:
    """Return a client whose domain has some speakers, two on each page."""

    def page(sent: Sent) -> Any:
        begin = int(sent.body.get("NextToken", 0))
        names = [f"caller-{number}" for number in range(begin, min(begin + 2, count))]
        following = {"NextToken": str(begin + 2)} if begin + 2 < count else {}
        return success(SpeakerSummaries=[{"CustomerSpeakerId": name} for name in names], **following)

    canned = Canned()
    canned.default = page
    return typed_client(canned)


@on_its_own_thread
def test_a_list_that_is_interrupted_at_any_line_gives_each_item_once(tries: Counter[str]) -> None:
    client = pages_of(5)

    def scenario(interrupted: Interrupted) -> None:
        items = client.domain(DOMAIN_ID).speakers().items()
        given: list[str | None] = []
        with interrupted():
            for _ in range(MAX_LOOPS):
                try:
                    for item in items:
                        given.append(item.customer_speaker_id)  # noqa: PERF401 - keeps the items before the interrupt
                    break
                except KeyboardInterrupt:
                    continue
        assert given == [f"caller-{number}" for number in range(5)]
        assert items.resume_token is None

    interrupts = len(list(each_line(scenario, paging, _list_positions, step=STEP)))
    tries["Interrupts at a line of a list"] += interrupts
    assert interrupts > 30 / STEP


@on_its_own_thread
def test_the_resume_token_of_an_interrupted_list_is_where_the_next_item_is(
    tries: Counter[str],
) -> None:
    client = pages_of(5)

    def scenario(interrupted: Interrupted) -> None:
        speakers = client.domain(DOMAIN_ID).speakers()
        items = speakers.items()
        given: list[str | None] = []
        try:
            with interrupted():
                for item in items:
                    given.append(item.customer_speaker_id)  # noqa: PERF401 - keeps the items before the interrupt
        except KeyboardInterrupt:
            if items.resume_token is not None:
                given += [item.customer_speaker_id for item in speakers.items(items.resume_token)]
        assert given == [f"caller-{number}" for number in range(5)]

    interrupts = len(list(each_line(scenario, paging, _list_positions, step=STEP)))
    tries["Interrupts at a line of a list"] += interrupts
    assert interrupts > 30 / STEP


@on_its_own_thread
def test_pages_that_are_interrupted_at_any_line_come_once_and_are_numbered(tries: Counter[str]) -> None:
    client = pages_of(5)

    def scenario(interrupted: Interrupted) -> None:
        pages = client.domain(DOMAIN_ID).speakers().pages()
        given: list[tuple[int, str | None]] = []
        with interrupted():
            for _ in range(MAX_LOOPS):
                try:
                    for page in pages:
                        given.extend((page.number, item.customer_speaker_id) for item in page.items)
                    break
                except KeyboardInterrupt:
                    continue
        assert given == [(1 + number // 2, f"caller-{number}") for number in range(5)]

    interrupts = len(list(each_line(scenario, paging, _list_positions, step=STEP)))
    tries["Interrupts at a line of a list"] += interrupts
    assert interrupts > 30 / STEP


# --- Forks ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("no_earlier_clients")
class TestForks:
    def test_a_run_that_the_parent_began_is_an_error_in_the_child_and_does_not_hang(self) -> None:
        run = bulk.run(Work(), range(3), workers=1)
        outcomes = iter(run)
        next(outcomes)

        def continues() -> None:
            for loop in (outcomes, run):
                with pytest.raises(BulkError, match="Another process began this run"):
                    next(iter(loop))
            run.close()
            assert run.report.done == 1

        assert in_child(continues) is None
        assert [outcome.index for outcome in outcomes] == [1, 2]

    def test_a_run_that_was_not_begun_works_in_the_child(self) -> None:
        run = bulk.run(Work(), range(3), workers=1)
        assert in_child(lambda: check_all(run)) is None


def check_all(run: bulk.Run[int, int]) -> None:
    assert [outcome.index for outcome in run] == [0, 1, 2]


# --- Real signals ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.usefixtures("no_earlier_clients")
def test_real_signals_at_any_moment_lose_and_double_nothing(tries: Counter[str], tmp_path: Path) -> None:
    wanted = size(30, 5_000)
    counts = tmp_path / "counts"
    # In a child: a signal can come between two steps of the standard library, such as those that take a lock
    # of logging and remember to give it back. A later test would then wait for that lock.
    failure = in_child(lambda: counts.write_text(json.dumps(signalled_runs(wanted))), patience=20 + wanted)
    assert failure is None
    interrupts, failures = json.loads(counts.read_text())
    tries["Signals during a bulk run"] = interrupts
    assert failures == 0
    assert interrupts >= wanted


def signalled_runs(wanted: int) -> tuple[int, int]:
    """Run until the wanted number of interrupts has come; return it, and how many runs went wrong."""
    # Python reports an interrupt in a destructor or in the callback of a weak reference, and goes on.
    report_others = sys.unraisablehook
    sys.unraisablehook = lambda args: None if args.exc_type is KeyboardInterrupt else report_others(args)
    failures = interrupts = 0
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    # A run often ends before its signal comes.
    for number in range(20 * wanted):
        if interrupts >= wanted:
            break
        # A signal may come between two loops, where nothing catches it.
        with contextlib.suppress(KeyboardInterrupt):
            came, is_right = run_with_signals(0.0002 + (number % 97) * 0.00005)
            interrupts += came
            failures += not is_right
        signal.setitimer(signal.ITIMER_REAL, 0)
    assert threads_that_stay() == []
    return interrupts, failures


def run_with_signals(delay: float) -> tuple[int, bool]:
    """Interrupt the loops over a run; return how often that was done, and whether each item was done once."""
    work = Work()
    run = bulk.run(work, iter(range(12)), workers=3)
    given: list[bulk.Outcome[int, int]] = []
    interrupts = 0
    # The last loop is not interrupted.
    for seconds in (delay, 0.0005, 0.001, 0):
        with contextlib.suppress(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            # extend() is implemented in C, so it stores each outcome that it is given.
            given.extend(run)
            signal.setitimer(signal.ITIMER_REAL, 0)
            break
        interrupts += 1
    performed_once = set(work.calls.values()) == {1} and len(work.calls) == 12
    given_once = sorted(outcome.index for outcome in given) == list(range(12))
    return interrupts, performed_once and given_once and run.report.complete
