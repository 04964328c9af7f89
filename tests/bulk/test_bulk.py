"""Runs: exactly one outcome for each item, in any order and despite errors, also when continued."""

import itertools
import json
import pickle
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bulk_threads import threads_of_bulk
from tests.support.clocks import FakeClock
from tests.support.executors import Dying, Shuffling
from voiceid_sdk import bulk
from voiceid_sdk.bulk import Outcome, Report
from voiceid_sdk.bulk.schedule import MAX_REQUEUES, PREFETCH, WINDOW
from voiceid_sdk.errors import (
    BulkError,
    InternalServerError,
    RequestValidationError,
    ResourceNotFoundError,
    ThrottlingError,
)
from voiceid_sdk.models import SpeakerInfo
from voiceid_sdk.progress import Progress
from voiceid_sdk.waiting import clock_in_use

IDS: Final = [f"caller-{number}" for number in range(40)]


def double(number: int) -> int:
    return 2 * number


def picky(number: int) -> int:
    """Fail for every third number."""
    if number % 3 == 0:
        raise ResourceNotFoundError("The speaker does not exist.", code="ResourceNotFoundException")
    return number


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert threads_of_bulk() == []


@attrs.frozen
class How:
    """How a run goes, and in which order its calls end."""

    workers: int
    held: int
    choices: list[int]
    order: Literal["completion", "input"]

    def run(self, function: Any, items: Iterable[Any], **options: Any) -> tuple[Any, Shuffling]:
        """Return a run of its kind, and the executor that it has."""
        executor = Shuffling(min(self.held, PREFETCH * self.workers - 1), self.choices)
        options = {"workers": self.workers, "order": self.order, **options}
        return bulk.run(function, executor.source(items), executor=executor, **options), executor


HOW: Final = st.builds(
    How,
    st.integers(1, 8),
    st.integers(0, 15),
    st.lists(st.integers(0, 20)),
    st.sampled_from(["completion", "input"]),
)


# --- One outcome for each -------------------------------------------------------------------------------


def test_each_item_gives_one_outcome() -> None:
    outcomes = list(bulk.run(double, range(100)))
    assert sorted(outcome.index for outcome in outcomes) == list(range(100))
    assert all(outcome.item == outcome.index for outcome in outcomes)
    assert all(outcome.value == 2 * outcome.index for outcome in outcomes)


def test_nothing_gives_nothing() -> None:
    run = bulk.run(double, list[int]())
    assert list(run) == []
    assert run.report.complete


def test_an_item_that_fails_has_its_error_and_the_others_their_values() -> None:
    good, bad = list[int](), list[int]()
    for outcome in bulk.run(picky, range(9), order="input"):
        (good if outcome.ok else bad).append(outcome.index)
        if not outcome.ok:
            assert isinstance(outcome.error, ResourceNotFoundError)
            with pytest.raises(ResourceNotFoundError):
                outcome.unwrap()
        else:
            assert outcome.unwrap() == outcome.item
    assert (good, bad) == ([1, 2, 4, 5, 7, 8], [0, 3, 6])


def test_an_error_that_is_not_of_the_package_is_an_outcome_too_and_says_nothing_of_the_item() -> None:
    def break_down(item: str) -> None:
        raise KeyError(item)

    (outcome,) = bulk.run(break_down, ["caller-7"])
    assert isinstance(outcome.error, BulkError)
    assert "KeyError" in str(outcome.error)
    assert "test_bulk.py, line" in str(outcome.error)
    assert "caller-7" not in str(outcome.error)
    assert outcome.error.__cause__ is outcome.error.__context__ is None


def test_errors_keep_nothing_of_the_call_alive() -> None:
    (outcome,) = bulk.run(picky, [3])
    assert outcome.error is not None
    assert outcome.error.__traceback__ is None


def test_an_outcome_does_not_show_the_item_or_a_value_of_an_unknown_kind() -> None:
    shown = repr(Outcome(3, "caller-7", {"SpeakerId": "caller-7"}))
    assert shown == "Outcome(index=3, item=[redacted], value=[redacted], error=None)"
    assert "domain_id='d'" in repr(Outcome(3, "caller-7", SpeakerInfo(domain_id="d")))


def test_outcomes_pickle() -> None:
    for outcome in bulk.run(picky, range(2)):
        again = pickle.loads(pickle.dumps(outcome))
        assert (again.index, again.item, again.value) == (outcome.index, outcome.item, outcome.value)
        assert type(again.error) is type(outcome.error)


@given(st.integers(0, 40), st.sets(st.integers(0, 39)), HOW)
def test_whatever_the_order_and_whatever_fails_each_item_has_exactly_one_outcome(
    count: int, failing: set[int], how: How
) -> None:
    def call(index: int) -> int:
        if index in failing:
            raise InternalServerError("No.", code="InternalServerException")
        return -index

    run, executor = how.run(call, range(count))
    outcomes = list(run)
    if how.order == "input":
        assert [outcome.index for outcome in outcomes] == list(range(count))
    assert {outcome.index: outcome.value for outcome in outcomes if outcome.ok} == {
        index: -index for index in range(count) if index not in failing
    }
    assert len(outcomes) == count
    assert list(run.report.succeeded) == [index for index in range(count) if index not in failing]
    assert run.report.failures == len(failing & set(range(count)))
    assert run.report.complete
    assert executor.most_at_a_time <= PREFETCH * how.workers


# --- Order and laziness ---------------------------------------------------------------------------------


def test_outcomes_come_as_calls_end() -> None:
    first_may_end = threading.Event()

    def call(index: int) -> None:
        if index == 0:
            assert first_may_end.wait(5)

    order: list[int] = []
    for outcome in bulk.run(call, range(3), workers=3):
        order.append(outcome.index)
        if len(order) == 2:
            first_may_end.set()
    assert sorted(order[:2]) == [1, 2]
    assert order[2] == 0


def test_outcomes_come_in_the_order_of_the_items_where_that_is_asked_for() -> None:
    second_has_ended = threading.Event()

    def call(index: int) -> None:
        if index == 0:
            assert second_has_ended.wait(5)
        if index == 1:
            second_has_ended.set()

    assert [outcome.index for outcome in bulk.run(call, range(9), order="input")] == list(range(9))


@pytest.mark.parametrize("order", ["completion", "input"])
def test_items_are_taken_as_they_are_needed(order: Any) -> None:
    taken = itertools.count()
    run = bulk.run(double, (next(taken) for _ in range(1_000_000)), workers=3, order=order)
    assert next(taken) == 0
    for number, _ in enumerate(run):
        if number == 20:
            break
    assert next(taken) <= 21 + WINDOW * 3 + 1


def test_one_slow_item_does_not_let_the_others_pile_up() -> None:
    taken: list[int] = []
    may_end = threading.Event()

    def items() -> Iterator[int]:
        for index in itertools.count():
            taken.append(index)
            yield index

    def call(index: int) -> None:
        if index == 0:
            assert may_end.wait(5)

    run = bulk.run(call, items(), workers=2, order="input")
    timer = threading.Timer(0.2, may_end.set)
    timer.start()
    assert next(iter(run)).index == 0
    timer.join()
    assert len(taken) <= WINDOW * 2 + PREFETCH * 2


def test_no_more_calls_go_on_at_a_time_than_there_are_workers() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def call(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.001)
        with lock:
            running -= 1

    list(bulk.run(call, range(60), workers=5))
    assert most == 5


def test_making_a_run_does_nothing() -> None:
    def call(_: int) -> None:
        raise AssertionError

    run = bulk.run(call, iter([1]))
    iter(run)
    assert repr(run) == "Run(calling a function: 0 done, 0 failed)"


# --- Stopping -------------------------------------------------------------------------------------------


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


# --- Throttling -----------------------------------------------------------------------------------------


class Throttling:
    """Is throttled the first ``times`` that an item comes."""

    def __init__(self, times: dict[str, int]) -> None:
        self.times = times
        self.calls: list[str] = []

    def __call__(self, item: str) -> str:
        self.calls.append(item)
        if self.times.get(item, 0) >= self.calls.count(item):
            raise ThrottlingError("Slow down.", code="ThrottlingException")
        return item


def test_a_throttled_item_is_requeued(clock: FakeClock) -> None:
    service = Throttling({"caller-3": 2, "caller-5": 1})
    outcomes = list(bulk.run(service, IDS, rate=10))
    assert sorted(outcome.unwrap() for outcome in outcomes) == sorted(IDS)
    assert len(service.calls) == len(IDS) + 3


def test_an_item_that_was_requeued_too_often_fails(clock: FakeClock) -> None:
    service = Throttling({"caller-0": 99})
    (outcome,) = bulk.run(service, IDS[:1])
    assert isinstance(outcome.error, ThrottlingError)
    assert len(service.calls) == 1 + MAX_REQUEUES


def test_a_requeued_item_waits_longer_each_time(clock: FakeClock) -> None:
    list(bulk.run(Throttling({"caller-0": 3}), IDS[:1], rate=1000))
    assert sum(clock.slept) == pytest.approx(1 + 2 + 4, abs=0.2)


def test_other_errors_are_not_tried_again() -> None:
    calls: list[int] = []

    def call(index: int) -> None:
        calls.append(index)
        raise InternalServerError("No.")

    assert len(list(bulk.run(call, range(5)))) == len(calls) == 5


@given(
    st.dictionaries(st.sampled_from(IDS), st.integers(0, MAX_REQUEUES + 1)),
    st.integers(1, 8),
    st.sampled_from(["completion", "input"]),
)
def test_throttling_loses_no_item(times: dict[str, int], workers: int, order: Any) -> None:
    with clock_in_use(FakeClock()):
        executor = Shuffling(0, [])
        run = bulk.run(Throttling(times), iter(IDS), rate=5, workers=workers, order=order, executor=executor)
        outcomes = list(run)
    assert sorted(outcome.item for outcome in outcomes) == sorted(IDS)
    assert {outcome.item for outcome in outcomes if not outcome.ok} == {
        item for item, count in times.items() if count > MAX_REQUEUES
    }


def test_a_requeued_item_keeps_its_place_where_order_is_asked_for(clock: FakeClock) -> None:
    service = Throttling({"caller-0": 2, "caller-7": 1, "caller-8": 3})
    outcomes = list(bulk.run(service, IDS, rate=50, order="input", workers=2))
    assert [outcome.unwrap() for outcome in outcomes] == IDS


# --- The rate -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({"operation": "DescribeSpeaker"}, 3.9),
        ({"operation": "DescribeSpeaker", "rate": 39}, 1.0),
        ({"operation": "EvaluateSession"}, 0.65),
        ({"operation": "DescribeSpeaker", "rate": None}, 0.0),
        ({"operation": "ListFraudsters"}, 0.0),
        ({}, 0.0),
    ],
    ids=str,
)
def test_calls_are_made_at_the_published_rate_or_another(
    options: Any, seconds: float, clock: FakeClock
) -> None:
    list(bulk.run(double, range(40), **options))
    assert sum(clock.slept) == pytest.approx(seconds, abs=0.3)


# --- The report, and going on from it -------------------------------------------------------------------


@given(stop=st.integers(0, 40), first=HOW, second=HOW, retry_failed=st.booleans())
def test_from_any_point_a_resumed_run_does_the_rest_and_nothing_twice(
    stop: int, first: How, second: How, *, retry_failed: bool
) -> None:
    run, executor = first.run(picky, range(40))
    before: list[int] = []
    for outcome in run:
        before.append(outcome.index)
        if len(before) > stop:
            executor.release()
            break
    report = Report.from_dict(json.loads(json.dumps(run.report.to_dict())))
    rest, _ = second.run(picky, range(40), resume=report, retry_failed=retry_failed)
    after = [outcome.index for outcome in rest]
    again = [index for index in before if index % 3 == 0] if retry_failed else []
    assert sorted(before + after) == sorted([*range(40), *again])
    assert list(rest.report.succeeded) == [index for index in range(40) if index % 3]
    assert rest.report.failures == 14
    assert rest.report.complete


def test_a_complete_run_leaves_nothing_to_resume() -> None:
    run = bulk.run(double, range(10))
    list(run)
    assert list(bulk.run(double, range(10), resume=run.report)) == []


# --- Progress -------------------------------------------------------------------------------------------


def test_progress_counts_outcomes_and_failures() -> None:
    seen: list[Progress] = []
    list(bulk.run(picky, range(9), operation="DescribeSpeaker", rate=None, progress=seen.append))
    assert [progress.done for progress in seen] == list(range(1, 10))
    assert (seen[-1].failed, seen[-1].total) == (3, 9)
    assert seen[-1].what == "calling DescribeSpeaker"


def test_the_total_is_what_is_left_to_do_where_that_is_known() -> None:
    seen: list[Progress] = []
    run = bulk.run(double, range(9), progress=seen.append)
    next(iter(run))
    list(bulk.run(double, range(9), resume=run.report, progress=seen.append))
    list(bulk.run(double, iter(range(9)), progress=seen.append))
    assert [progress.total for progress in seen] == [9] + [8] * 8 + [None] * 9


def test_a_function_for_progress_that_fails_loses_no_outcome() -> None:
    def fail(progress: Progress) -> None:
        if progress.done == 3:
            raise ZeroDivisionError

    run = bulk.run(double, range(9), progress=fail, workers=2)
    given: list[int] = []
    for _ in range(5):
        try:
            given.extend(outcome.index for outcome in run)
        except ZeroDivisionError:
            continue
        break
    assert sorted(run.report.succeeded) == list(range(9))


# --- What is refused ------------------------------------------------------------------------------------

WRONG: Final[dict[str, tuple[Any, dict[str, Any]]]] = {
    "items must be several": ("caller-1", {}),
    "workers must be at least 1": ([], {"workers": 0}),
    "order must be 'completion' or 'input'": ([], {"order": "random"}),
    "rate must be more than 0": ([], {"rate": 0}),
    "resume must be the report of a run of the same operation": (
        [],
        {"resume": Report(operation="DeleteSpeaker"), "operation": "OptOutSpeaker"},
    ),
    "operation must be an operation of the API": ([], {"operation": "OptOut"}),
}


@pytest.mark.parametrize(("says", "wrong"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_refused_before_anything_is_called(says: str, wrong: Any) -> None:
    items, options = wrong
    with pytest.raises(RequestValidationError, match=says):
        bulk.run(double, items, **options)


def test_a_run_does_not_pickle_and_says_what_does() -> None:
    with pytest.raises(BulkError, match="Pickle its report"):
        pickle.dumps(bulk.run(double, []))
