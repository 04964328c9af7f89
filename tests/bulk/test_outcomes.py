"""Runs: exactly one outcome for each item, in any order and despite errors, also when continued."""

import itertools
import json
import pickle
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bulk_runs import HOW, How, double, picky
from voiceid_sdk import bulk
from voiceid_sdk.bulk import Outcome, Report
from voiceid_sdk.bulk.schedule import PREFETCH, WINDOW
from voiceid_sdk.errors import BulkError, InternalServerError, RequestValidationError, ResourceNotFoundError
from voiceid_sdk.models import SpeakerInfo
from voiceid_sdk.progress import Progress

pytestmark = pytest.mark.usefixtures("no_thread_is_left")


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
    assert "test_outcomes.py, line" in str(outcome.error)
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
