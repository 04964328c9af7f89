"""Runs that are throttled, and the rate of their calls."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bulk_runs import double
from tests.support.clocks import FakeClock
from tests.support.executors import Shuffling
from voiceid_sdk import bulk
from voiceid_sdk.bulk.schedule import MAX_REQUEUES
from voiceid_sdk.errors import InternalServerError, ThrottlingError
from voiceid_sdk.waiting import clock_in_use

pytestmark = pytest.mark.usefixtures("no_thread_is_left")


IDS: Final = [f"caller-{number}" for number in range(40)]


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
