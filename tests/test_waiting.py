"""Waits: polls, pauses, deadlines, cancelling, failing polls, errors and clocks."""

import pickle
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_lists import Polls, connection
from tests.support.worlds import in_each_world, world_in_use
from voiceid_sdk import EnrollmentJob, Speaker, WaitPolicy, errors
from voiceid_sdk.enums import JobStatus, SpeakerStatus
from voiceid_sdk.local import ManualClock
from voiceid_sdk.models import EnrollmentJobInfo, FailureDetails, SpeakerInfo
from voiceid_sdk.testing import WaitClock
from voiceid_sdk.waiting import (
    SYSTEM_CLOCK,
    TOLERATED_FAILURES,
    Clock,
    Wait,
    WaitCondition,
    clock_in_use,
    process_clock,
)

DOMAIN_ID = "Abcdefghijklmnopqrst01"
STEADY = WaitPolicy(timeout=10, initial=3, maximum=3, multiplier=1, jitter=0)


def wait(polls: Callable[[], Any], policy: WaitPolicy = STEADY, **options: Any) -> str:
    holds = options.pop("done", lambda seen: seen == "done")
    condition = WaitCondition("the thing", policy, holds)
    options = {"clock": WaitClock(), **options}
    if world_in_use().is_async:
        return wait_async(condition, polls, **options)
    seen: str = Wait(condition=condition, poll=polls, policy=policy, **options).run()
    return seen


def wait_async(
    condition: WaitCondition[Any], polls: Callable[[], Any], *, clock: Clock, **options: Any
) -> str:
    async def poll() -> Any:
        return polls()

    twin = connection(Polls(), clock)
    seen: str = world_in_use().run(partial(twin.wait_until, condition, poll, **options))
    return seen


# --- The loop -------------------------------------------------------------------------------------------


@in_each_world
def test_a_wait_returns_what_it_saw_last() -> None:
    assert wait(Polls("early", "done")) == "done"


@in_each_world
def test_what_is_done_at_the_first_poll_takes_no_pause() -> None:
    clock = WaitClock()
    wait(Polls("done"), clock=clock)
    assert clock.pauses == ()


@in_each_world
def test_a_delay_comes_before_the_first_poll() -> None:
    clock = WaitClock()
    wait(Polls("done"), WaitPolicy(delay=7), clock=clock)
    assert clock.pauses == (7,)


@in_each_world
def test_a_delay_beyond_the_deadline_ends_at_the_deadline() -> None:
    clock, polls = WaitClock(), Polls("early")
    with pytest.raises(errors.WaitTimeoutError):
        wait(polls, WaitPolicy(timeout=5, delay=60), clock=clock)
    assert (clock.pauses, polls.taken) == ((5,), 1)


@in_each_world
def test_the_last_poll_falls_on_the_deadline() -> None:
    clock, polls = WaitClock(), Polls("early")
    with pytest.raises(errors.WaitTimeoutError):
        wait(polls, clock=clock)
    assert (clock.pauses, polls.taken) == ((3, 3, 3, 1), 5)


@in_each_world
def test_what_is_done_at_the_deadline_is_returned() -> None:
    assert wait(Polls("early", "early", "early", "early", "done")) == "done"


@in_each_world
def test_without_a_timeout_there_is_one_poll() -> None:
    polls = Polls("early")
    with pytest.raises(errors.WaitTimeoutError):
        wait(polls, WaitPolicy(timeout=0))
    assert polls.taken == 1


@in_each_world
def test_the_time_that_polls_take_counts() -> None:
    clock = WaitClock()

    def slow_poll() -> str:
        clock.sleep(4, None)
        return "early"

    with pytest.raises(errors.WaitTimeoutError) as caught:
        wait(slow_poll, clock=clock)
    assert (caught.value.attempts, caught.value.elapsed) == (2, 11)


@in_each_world
def test_a_clock_that_ticks_in_steps_reaches_the_deadline() -> None:
    clock, polls = ManualClock(), Polls(*["early"] * 5, AssertionError("the wait does not end"))
    policy = WaitPolicy(timeout=1.000_000_3, initial=1, jitter=0)
    with pytest.raises(errors.WaitTimeoutError):
        wait(polls, policy, clock=clock)
    assert clock.monotonic() == 1


@in_each_world
def test_on_progress_is_given_everything_that_was_seen() -> None:
    seen: list[str] = []
    wait(Polls("a", "b", errors.TransportError("No."), "done"), on_progress=seen.append)
    assert seen == ["a", "b", "done"]


@in_each_world
def test_an_error_in_on_progress_ends_the_wait() -> None:
    def fail(_: str) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        wait(Polls("early"), on_progress=fail)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_the_wait(interrupt: type[BaseException]) -> None:
    with pytest.raises(interrupt):
        wait(Polls("early", interrupt()))


def test_an_interrupt_while_sleeping_ends_the_wait() -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait(Polls("early"), clock=WaitClock(interrupt))


# --- Pauses ---------------------------------------------------------------------------------------------


def test_an_interrupted_wait_says_that_the_work_goes_on_and_shows_no_frames_of_the_pause() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        wait(interrupt)
    (note,) = caught.value.__notes__
    assert "nothing was stopped in the service" in note
    assert "call the same method again" in note
    assert [entry.name for entry in caught.traceback][-1] == "run"
    assert "tenacity" not in str([entry.path for entry in caught.traceback])


@in_each_world
def test_pauses_grow_by_the_multiplier_up_to_the_maximum() -> None:
    clock = WaitClock()
    policy = WaitPolicy(timeout=40, initial=1, maximum=10, multiplier=2, jitter=0)
    with pytest.raises(errors.WaitTimeoutError):
        wait(Polls("early"), policy, clock=clock)
    assert clock.pauses == (1, 2, 4, 8, 10, 10, 5)


def test_a_wait_of_very_many_polls_keeps_its_longest_pause() -> None:
    clock = WaitClock()
    policy = WaitPolicy(timeout=5_000, initial=1, maximum=2, multiplier=3, jitter=0)
    with pytest.raises(errors.WaitTimeoutError):
        wait(Polls("early"), policy, clock=clock)
    assert clock.pauses[-2:] == (2, 1)


seconds = st.floats(0.01, 100)


policies = st.builds(
    lambda policy, share: attrs.evolve(policy, timeout=share * 40 * min(policy.initial, policy.maximum)),
    st.builds(
        WaitPolicy, initial=seconds, maximum=seconds, multiplier=st.floats(1, 4), jitter=st.floats(0, 5)
    ),
    st.floats(0, 1),
)


@given(policies, st.floats(0, 1e9))
def test_pauses_stay_within_their_bounds_and_end_at_the_deadline(policy: WaitPolicy, began: float) -> None:
    clock = WaitClock()
    clock.sleep(began, None)
    with pytest.raises(errors.WaitTimeoutError) as caught:
        wait(Polls("early"), policy, clock=clock)
    _, *pauses = clock.pauses
    assert caught.value.elapsed == pytest.approx(policy.timeout, abs=0.002)
    assert len(pauses) == caught.value.attempts - 1
    for number, pause in enumerate(pauses[:-1]):
        least = min(policy.initial * policy.multiplier**number, policy.maximum)
        assert least * 0.999 <= pause <= min(least + policy.jitter, policy.maximum) * 1.001


def test_jitter_spreads_waits_that_began_together() -> None:
    def pauses() -> tuple[float, ...]:
        clock = WaitClock()
        with pytest.raises(errors.WaitTimeoutError):
            wait(Polls("early"), WaitPolicy(timeout=20, initial=1, jitter=1), clock=clock)
        return clock.pauses

    assert len({pauses() for _ in range(5)}) > 1


# --- Policies -------------------------------------------------------------------------------------------


def test_a_policy_takes_timedeltas() -> None:
    policy = WaitPolicy(
        timeout=timedelta(hours=1),
        initial=timedelta(seconds=2),
        maximum=timedelta(minutes=1),
        jitter=timedelta(milliseconds=500),
        delay=timedelta(seconds=3),
    )
    assert policy == WaitPolicy(timeout=3600, initial=2, maximum=60, jitter=0.5, delay=3)


def test_without_arguments_a_policy_waits_an_hour_with_pauses_of_1_to_30_s() -> None:
    assert WaitPolicy() == WaitPolicy(timeout=3600, initial=1, maximum=30, multiplier=1.5, jitter=1, delay=0)


def test_the_times_of_a_policy_are_named() -> None:
    with pytest.raises(TypeError, match="positional"):
        WaitPolicy(*[3600.0])


def test_a_policy_of_integers_and_of_floats_look_alike() -> None:
    assert repr(WaitPolicy(multiplier=2, timeout=60)) == repr(WaitPolicy(multiplier=2.0, timeout=60.0))


@pytest.mark.parametrize("value", [-1, -0.001, float("nan")])
@pytest.mark.parametrize("name", ["timeout", "initial", "maximum", "jitter", "delay", "multiplier"])
def test_a_policy_refuses_what_is_negative_or_no_number(name: str, value: float) -> None:
    with pytest.raises(errors.RequestValidationError) as caught:
        WaitPolicy(**{name: value})
    assert caught.value.parameter == name


def test_a_policy_refuses_a_negative_timedelta() -> None:
    with pytest.raises(errors.RequestValidationError, match="timeout must not be negative"):
        WaitPolicy(timeout=timedelta(seconds=-1))


@pytest.mark.parametrize("name", ["initial", "maximum"])
def test_a_policy_refuses_pauses_of_no_length(name: str) -> None:
    with pytest.raises(errors.RequestValidationError, match="must be more than 0"):
        WaitPolicy(**{name: 0})


def test_a_policy_refuses_pauses_that_shrink() -> None:
    with pytest.raises(errors.RequestValidationError, match="multiplier must be at least 1"):
        WaitPolicy(multiplier=0.99)


def test_a_policy_names_everything_that_is_wrong_with_it() -> None:
    with pytest.raises(errors.RequestValidationError) as caught:
        WaitPolicy(timeout=-1, jitter=-1)
    assert [problem.parameter for problem in caught.value.problems] == ["timeout", "jitter"]
    assert caught.value.operation == "WaitPolicy"


# --- Cancelling -----------------------------------------------------------------------------------------


def test_a_wait_that_is_cancelled_before_it_begins_does_not_poll() -> None:
    cancel, polls, clock = threading.Event(), Polls("done"), WaitClock()
    cancel.set()
    with pytest.raises(errors.WaitCancelledError) as caught:
        wait(polls, WaitPolicy(delay=5), cancel=cancel, clock=clock)
    assert (polls.taken, clock.pauses) == (0, ())
    assert (caught.value.attempts, caught.value.resource) == (0, None)
    assert str(caught.value).startswith("Waiting for the thing was cancelled")


def test_a_wait_can_be_cancelled_while_it_sleeps() -> None:
    cancel, polls = threading.Event(), Polls("early")
    with pytest.raises(errors.WaitCancelledError) as caught:
        wait(polls, cancel=cancel, clock=WaitClock(lambda _: cancel.set()))
    assert (polls.taken, caught.value.elapsed) == (1, 3)


def test_on_progress_can_cancel_the_wait() -> None:
    cancel, clock = threading.Event(), WaitClock()
    with pytest.raises(errors.WaitCancelledError) as caught:
        wait(Polls("early"), cancel=cancel, on_progress=lambda _: cancel.set(), clock=clock)
    assert (caught.value.resource, clock.pauses) == ("early", ())


def test_what_is_done_is_returned_even_if_it_was_cancelled_meanwhile() -> None:
    cancel = threading.Event()
    assert wait(Polls("done"), cancel=cancel, on_progress=lambda _: cancel.set()) == "done"


# --- Failing polls --------------------------------------------------------------------------------------

PASSING = [
    errors.ThrottlingError("No.", code="ThrottlingException", status_code=400),
    errors.InternalServerError("No.", code="InternalServerException", status_code=500),
    errors.ServiceError("No.", code="503", status_code=503),
    errors.TransportError("No."),
    errors.TransportTimeoutError("No."),
]
LASTING = [
    errors.AccessDeniedError("No.", status_code=403),
    errors.AuthenticationError("No.", status_code=403),
    errors.ConfigurationError("No."),
    errors.ResourceNotFoundError("No.", status_code=404),
    errors.ResponseError("No."),
    errors.ServiceError("No.", status_code=418),
    errors.ValidationError("No.", status_code=400),
]


def name_of(error: errors.VoiceIDError) -> str:
    return f"{type(error).__name__} {getattr(error, 'status_code', '')}".strip()


@in_each_world
@pytest.mark.parametrize("error", PASSING, ids=name_of)
def test_failures_that_pass_are_tolerated_up_to_a_limit(error: errors.VoiceIDError) -> None:
    assert wait(Polls(*[error] * 3, "done")) == "done"
    polls = Polls(error)
    with pytest.raises(type(error)):
        wait(polls, WaitPolicy())
    assert polls.taken == TOLERATED_FAILURES + 1 == 5


@in_each_world
def test_a_poll_that_succeeds_lets_the_count_of_failures_begin_again() -> None:
    failures = [errors.ThrottlingError("No.")] * TOLERATED_FAILURES
    assert wait(Polls(*failures, "early", *failures, "done"), WaitPolicy()) == "done"


@in_each_world
@pytest.mark.parametrize("error", LASTING, ids=name_of)
def test_other_errors_end_the_wait_at_once(error: errors.VoiceIDError) -> None:
    polls = Polls("early", error)
    with pytest.raises(type(error)) as caught:
        wait(polls)
    assert caught.value is error
    assert polls.taken == 2


@in_each_world
def test_a_failure_at_the_deadline_is_a_timeout_with_what_was_seen_before() -> None:
    with pytest.raises(errors.WaitTimeoutError) as caught:
        wait(Polls("early", errors.ThrottlingError("No.")))
    assert (caught.value.resource, caught.value.attempts) == ("early", 5)


# --- What the errors say --------------------------------------------------------------------------------


@in_each_world
def test_a_timeout_says_what_was_waited_for_how_long_and_what_to_do() -> None:
    with pytest.raises(errors.WaitTimeoutError) as caught:
        wait(Polls("early"))
    assert str(caught.value) == (
        "Waiting for the thing took longer than 10 s (5 polls in 10.0 s). "
        "Wait again, or with a policy that has a longer timeout."
    )


@in_each_world
def test_a_timeout_has_no_context() -> None:
    with pytest.raises(errors.WaitTimeoutError) as caught:
        wait(Polls("early", errors.ThrottlingError("No.")))
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@in_each_world
def test_an_error_of_the_condition_gets_what_was_seen() -> None:
    def never(_: str) -> bool:
        raise errors.WaitError("It will never be")

    with pytest.raises(errors.WaitError, match=r"It will never be \(1 poll in 0.0 s\)") as caught:
        wait(Polls("early"), done=never)
    assert (caught.value.resource, caught.value.attempts) == ("early", 1)


def test_errors_of_waits_pickle_with_what_was_seen() -> None:
    job = EnrollmentJobInfo(job_status=JobStatus.FAILED, failure_details=FailureDetails(status_code=400))
    handle = EnrollmentJob(connection(Polls(job), WaitClock()), DOMAIN_ID, "job")
    with pytest.raises(errors.JobFailedError) as caught:
        handle.wait()
    again = pickle.loads(pickle.dumps(caught.value))
    assert vars(again) == vars(caught.value)
    assert (again.resource, again.failure_details) == (job, job.failure_details)


# --- The clock ------------------------------------------------------------------------------------------


@in_each_world
def test_waits_go_by_the_clock_in_use() -> None:
    clock = WaitClock()
    with clock_in_use(clock):
        waiting = connection(Polls(SpeakerInfo(), SpeakerInfo(status=SpeakerStatus.ENROLLED)))
        world_in_use().handle(Speaker, waiting, DOMAIN_ID, "s").wait_until("ENROLLED")
    assert clock.slept > 0


@in_each_world
def test_a_clock_of_the_connection_goes_before_the_one_in_use() -> None:
    own, other = WaitClock(), WaitClock()
    with clock_in_use(other):
        waiting = connection(Polls(SpeakerInfo(), SpeakerInfo(status=SpeakerStatus.ENROLLED)), own)
        world_in_use().handle(Speaker, waiting, DOMAIN_ID, "s").wait_until("ENROLLED")
    assert own.slept > 0
    assert other.slept == 0


def test_a_clock_in_use_ends_with_an_error() -> None:
    def fail() -> None:
        with clock_in_use(WaitClock()):
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert process_clock() is SYSTEM_CLOCK


def test_clocks_in_use_nest() -> None:
    outer, inner = WaitClock(), WaitClock()
    with clock_in_use(outer):
        with clock_in_use(inner):
            assert process_clock() is inner
        assert process_clock() is outer
    assert process_clock() is SYSTEM_CLOCK


def test_the_system_clock_never_goes_back() -> None:
    before = SYSTEM_CLOCK.monotonic()
    SYSTEM_CLOCK.sleep(0, None)
    assert SYSTEM_CLOCK.monotonic() >= before


def test_the_system_clock_sleeps_until_it_is_cancelled() -> None:
    cancel = Mock(spec=threading.Event)
    SYSTEM_CLOCK.sleep(3600, cancel)
    cancel.wait.assert_called_once_with(3600)
