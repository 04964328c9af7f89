"""Clocks that jump, stand still or go at another pace: figures stay in range, and nothing waits for long."""

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_lists import Polls, connection
from tests.support.worlds import World, in_each_world, use, world_in_use
from voiceid_sdk import WaitPolicy, bulk, errors
from voiceid_sdk.progress import SECONDS_BETWEEN_LINES, Progress, ProgressOption, track_progress
from voiceid_sdk.waiting import Wait, WaitCondition, clock_in_use

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
YEAR: Final = 365 * DAY
JUMPS: Final = (-YEAR, -DAY, -HOUR, -1.0, 0.0, HOUR, DAY, YEAR)
SHOWN: Final[ProgressOption] = True
POLICY: Final = WaitPolicy(timeout=100, initial=1, maximum=30, jitter=0)


class JumpingClock:
    """Jumps after each pause, and may go at another pace; ``slept`` has the true length of each pause."""

    def __init__(self, jumps: Sequence[float], pace: float = 1.0) -> None:
        self.now = 2 * YEAR
        self.slept: list[float] = []
        self._jumps: Iterator[float] = cycle(jumps)
        self._pace = pace

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        del cancel
        assert seconds >= 0
        assert len(self.slept) < 5000, "this does not end"
        self.slept.append(seconds)
        self.now += self._pace * seconds + next(self._jumps)


def time_out(clock: JumpingClock, polls: Polls) -> errors.WaitTimeoutError:
    """Wait until the timeout, and return the error."""
    condition = WaitCondition[object]("the thing", POLICY, lambda seen: seen == "done")
    if world_in_use().is_async:

        async def poll() -> object:
            return polls()

        wait: Callable[[], object] = partial(
            world_in_use().run, connection(Polls(), clock).wait_until, condition, poll
        )
    else:
        wait = Wait(condition=condition, poll=polls, policy=POLICY, clock=clock).run
    with pytest.raises(errors.WaitTimeoutError) as caught:
        wait()
    return caught.value


@in_each_world
@pytest.mark.parametrize("pace", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("jump", JUMPS)
def test_a_wait_takes_no_longer_than_its_timeout(jump: float, pace: float) -> None:
    clock, polls = JumpingClock([jump], pace), Polls("early")
    error = time_out(clock, polls)
    assert sum(clock.slept) <= POLICY.timeout + 1e-6
    assert error.attempts == polls.taken
    assert error.elapsed >= sum(clock.slept)


@in_each_world
def test_a_wait_polls_once_more_after_the_machine_was_suspended() -> None:
    clock, polls = JumpingClock([DAY]), Polls("early")
    time_out(clock, polls)
    assert (polls.taken, clock.slept) == (2, [1])


@given(st.lists(st.sampled_from(JUMPS), min_size=1, max_size=6), st.sampled_from([0.0, 0.1, 1.0, 10.0]))
def test_no_series_of_jumps_prolongs_a_wait(jumps: list[float], pace: float) -> None:
    clock = JumpingClock(jumps, pace)
    time_out(clock, Polls("early"))
    assert sum(clock.slept) <= POLICY.timeout + 1e-6


def test_no_pause_is_longer_than_the_system_can_sleep() -> None:
    clock = JumpingClock([0.0])
    policy = WaitPolicy(timeout=1e13, delay=1e12, initial=1e12, maximum=1e12)
    condition = WaitCondition[object]("the thing", policy, lambda seen: seen == "done")
    Wait(condition=condition, poll=Polls("early", "done"), policy=policy, clock=clock).run()
    assert len(clock.slept) == 2
    assert max(clock.slept) < threading.TIMEOUT_MAX


REQUEUES: Final = 2


class ThrottledAtFirst:
    """Is throttled twice for each item, while the clock jumps."""

    def __init__(self, clock: JumpingClock, jump: float) -> None:
        self.calls: list[int] = []
        self._clock, self._jump = clock, jump

    def __call__(self, item: int) -> int:
        self._clock.now += self._jump
        self.calls.append(item)
        if self.calls.count(item) <= REQUEUES:
            raise errors.ThrottlingError("Slow down.", code="ThrottlingException")
        return item

    async def asynchronously(self, item: int) -> int:
        return self(item)


def outcomes(service: ThrottledAtFirst, rate: float | None) -> list[int]:
    world = world_in_use()
    if not world.is_async:
        return [outcome.unwrap() for outcome in bulk.run(service, range(4), rate=rate, workers=1)]

    async def run() -> list[int]:
        run = bulk.run(service.asynchronously, range(4), rate=rate, workers=1)
        return [outcome.unwrap() async for outcome in run]

    found: list[int] = world.run(run)
    return found


def seconds_of_bulk_run(rate: float | None, *, at_calls: float, at_pauses: float) -> float:
    clock = JumpingClock([at_pauses])
    service = ThrottledAtFirst(clock, at_calls)
    with clock_in_use(clock):
        assert sorted(outcomes(service, rate)) == list(range(4))
    assert len(service.calls) == (1 + REQUEUES) * 4
    return sum(clock.slept)


@functools.cache
def seconds_without_jumps(world: World, rate: float | None) -> float:
    with use(world):
        return seconds_of_bulk_run(rate, at_calls=0.0, at_pauses=0.0)


@in_each_world
@pytest.mark.parametrize("rate", [10.0, None])
@pytest.mark.parametrize("jump", JUMPS)
def test_jumps_during_calls_or_pauses_prolong_no_bulk_run(jump: float, rate: float | None) -> None:
    without = seconds_without_jumps(world_in_use(), rate)
    assert seconds_of_bulk_run(rate, at_calls=jump, at_pauses=0.0) <= without + 0.1
    assert seconds_of_bulk_run(rate, at_calls=0.0, at_pauses=jump) <= without + 0.1


def test_the_elapsed_time_of_progress_never_goes_back_and_the_log_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "voiceid_sdk")
    clock, seen = JumpingClock([0.0]), list[Progress]()
    with (
        track_progress(seen.append, what="work", total=9, clock=clock) as shown,
        track_progress(SHOWN, what="work", total=9, clock=clock) as logged,
    ):
        for jump in (HOUR, -YEAR, -DAY, 2 * SECONDS_BETWEEN_LINES, -HOUR, 2 * SECONDS_BETWEEN_LINES):
            clock.now += jump
            shown.advance()
            logged.advance()
    assert [progress.elapsed for progress in seen] == [3600, 3600, 3600, 3610, 3610, 3620]
    assert all(progress.rate > 0 and progress.seconds_left is not None for progress in seen)
    assert len(caplog.records) == 3
