import pickle
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import Mock

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_lists import Polls, connection
from tests.support.worlds import in_each_world, world_in_use
from voiceid_sdk import Domain, EnrollmentJob, RegistrationJob, Session, Speaker, WaitPolicy, errors
from voiceid_sdk.enums import (
    AuthenticationDecision,
    DomainStatus,
    FraudDetectionDecision,
    JobStatus,
    ResourceType,
    ServerSideEncryptionUpdateStatus,
    SpeakerStatus,
    StreamingStatus,
)
from voiceid_sdk.local import ManualClock
from voiceid_sdk.models import (
    AuthenticationResult,
    DomainInfo,
    EnrollmentJobInfo,
    FailureDetails,
    FraudDetectionResult,
    JobProgress,
    RegistrationJobInfo,
    ServerSideEncryptionUpdateDetails,
    SessionEvaluation,
    SpeakerInfo,
)
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
        waiting = connection(Polls(SpeakerInfo(), enrolled()))
        world_in_use().handle(Speaker, waiting, DOMAIN_ID, "s").wait_until("ENROLLED")
    assert clock.slept > 0


@in_each_world
def test_a_clock_of_the_connection_goes_before_the_one_in_use() -> None:
    own, other = WaitClock(), WaitClock()
    with clock_in_use(other):
        waiting = connection(Polls(SpeakerInfo(), enrolled()), own)
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


# --- Jobs -----------------------------------------------------------------------------------------------

KINDS = [(EnrollmentJob, EnrollmentJobInfo), (RegistrationJob, RegistrationJobInfo)]
both_kinds = pytest.mark.parametrize(("handle", "info"), KINDS)
Handle = type[EnrollmentJob] | type[RegistrationJob]
Info = Callable[..., EnrollmentJobInfo | RegistrationJobInfo]


def job(handle: Handle, *answers: object) -> EnrollmentJob | RegistrationJob:
    waiting = connection(Polls(*answers), WaitClock())
    return world_in_use().handle(handle, waiting, DOMAIN_ID, "Abcdefghijklmnopqrst09")


@in_each_world
@both_kinds
@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS])
def test_a_job_that_has_ended_is_returned(handle: Handle, info: Info, status: JobStatus) -> None:
    ended = info(job_status=status)
    seen: list[object] = []
    waited = job(handle, info(job_status=JobStatus.SUBMITTED), info(job_status=JobStatus.IN_PROGRESS), ended)
    assert waited.wait(on_progress=seen.append) is ended
    assert len(seen) == 3


def test_a_wait_for_a_job_shows_its_percentage() -> None:
    seen: list[Any] = []
    polls = [
        EnrollmentJobInfo(job_status=JobStatus.IN_PROGRESS),
        EnrollmentJobInfo(job_status=JobStatus.IN_PROGRESS, job_progress=JobProgress(percent_complete=40)),
        EnrollmentJobInfo(job_status=JobStatus.COMPLETED, job_progress=JobProgress(percent_complete=100)),
    ]
    described: list[object] = []
    job(EnrollmentJob, *polls).wait(STEADY, progress=seen.append, on_progress=described.append)
    assert [(progress.done, progress.total) for progress in seen] == [(0, 100), (40, 100), (100, 100)]
    assert str(seen[1]).startswith("waiting for the enrollment job: 40 of 100 done")
    assert described == polls


@in_each_world
@both_kinds
def test_a_failed_job_is_raised_with_its_reason(handle: Handle, info: Info) -> None:
    details = FailureDetails(message="The manifest at s3://secret-bucket/a.json is empty.", status_code=400)
    failed = info(job_status=JobStatus.FAILED, failure_details=details)
    with pytest.raises(errors.JobFailedError, match="job failed: The manifest at") as caught:
        job(handle, failed).wait()
    assert caught.value.failure_details is details
    assert caught.value.resource is failed
    assert "secret-bucket" not in str(caught.value)


@in_each_world
@both_kinds
def test_a_failed_job_without_a_reason_is_raised_as_well(handle: Handle, info: Info) -> None:
    with pytest.raises(errors.JobFailedError, match=r"job failed \(1 poll in") as caught:
        job(handle, info(job_status=JobStatus.FAILED)).wait()
    assert caught.value.failure_details is None


@in_each_world
@both_kinds
def test_a_job_with_errors_is_raised_where_that_is_asked_for(handle: Handle, info: Info) -> None:
    ended = info(job_status=JobStatus.COMPLETED_WITH_ERRORS)
    with pytest.raises(errors.JobFailedError, match=r"ended with errors; results\(\) names them") as caught:
        job(handle, ended).wait(raise_on_errors=True)
    assert (caught.value.resource, caught.value.failure_details) == (ended, None)


@in_each_world
@both_kinds
def test_a_job_without_errors_is_returned_where_errors_would_be_raised(handle: Handle, info: Info) -> None:
    ended = info(job_status=JobStatus.COMPLETED)
    assert job(handle, ended).wait(raise_on_errors=True) is ended


@in_each_world
@both_kinds
def test_a_job_with_a_new_status_has_ended_when_it_has_a_time_of_ending(handle: Handle, info: Info) -> None:
    going_on = info(job_status=JobStatus("PAUSED"))
    ended = info(job_status=JobStatus("STOPPED"), ended_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert job(handle, going_on, ended).wait() is ended


@in_each_world
@both_kinds
def test_a_job_is_waited_for_four_hours(handle: Handle, info: Info) -> None:
    with pytest.raises(errors.WaitTimeoutError, match="took longer than 14400 s") as caught:
        job(handle, info(job_status=JobStatus.IN_PROGRESS)).wait()
    assert caught.value.elapsed == pytest.approx(4 * 3600)


# --- Domains --------------------------------------------------------------------------------------------


def domain(*answers: object) -> Domain:
    return world_in_use().handle(Domain, connection(Polls(*answers), WaitClock()), DOMAIN_ID)


def domain_info(status: DomainStatus) -> DomainInfo:
    return DomainInfo(domain_status=status)


def key_change(status: ServerSideEncryptionUpdateStatus | None, message: str | None = None) -> DomainInfo:
    details = ServerSideEncryptionUpdateDetails(update_status=status, message=message)
    return DomainInfo(server_side_encryption_update_details=details)


@in_each_world
def test_a_domain_is_waited_for_until_it_is_active() -> None:
    active = domain_info(DomainStatus.ACTIVE)
    assert domain(domain_info(DomainStatus.PENDING), active).wait_until_active() is active


@in_each_world
def test_a_deleted_domain_is_not_waited_for() -> None:
    suspended = domain_info(DomainStatus.SUSPENDED)
    with pytest.raises(errors.WaitError, match="The domain was deleted") as caught:
        domain(suspended).wait_until_active()
    assert type(caught.value) is errors.WaitError
    assert caught.value.resource is suspended


@in_each_world
def test_a_domain_that_does_not_exist_is_not_waited_for() -> None:
    absent = errors.ResourceNotFoundError("No.")
    with pytest.raises(errors.ResourceNotFoundError):
        domain(absent).wait_until_active()


@in_each_world
def test_a_domain_is_waited_for_five_minutes() -> None:
    with pytest.raises(
        errors.WaitTimeoutError, match="Waiting for the domain to be active took longer than 300 s"
    ):
        domain(domain_info(DomainStatus.PENDING)).wait_until_active()


@in_each_world
def test_a_key_change_is_waited_for() -> None:
    done = key_change(ServerSideEncryptionUpdateStatus.COMPLETED)
    going_on = key_change(ServerSideEncryptionUpdateStatus.IN_PROGRESS)
    assert domain(going_on, going_on, done).wait_until_encryption_updated() is done


@in_each_world
def test_a_domain_whose_key_never_changed_is_returned_at_once() -> None:
    unchanged = DomainInfo()
    assert domain(unchanged).wait_until_encryption_updated() is unchanged


@in_each_world
@pytest.mark.parametrize(
    ("message", "reason"),
    [("The key is disabled.", "The key is disabled"), (None, "the service gave no reason")],
)
def test_a_failed_key_change_is_raised_with_its_reason(message: str | None, reason: str) -> None:
    failed = key_change(ServerSideEncryptionUpdateStatus.FAILED, message)
    with pytest.raises(errors.WaitError, match=f"The change of the KMS key failed: {reason} ") as caught:
        domain(failed).wait_until_encryption_updated()
    assert caught.value.resource is failed
    assert "replace()" in str(caught.value)


@in_each_world
def test_a_key_change_is_waited_for_half_an_hour() -> None:
    with pytest.raises(
        errors.WaitTimeoutError, match="Waiting for the change of the KMS key took longer than 1800 s"
    ):
        domain(key_change(None)).wait_until_encryption_updated()


# --- Speakers -------------------------------------------------------------------------------------------


def speaker(*answers: object) -> Speaker:
    return world_in_use().handle(Speaker, connection(Polls(*answers), WaitClock()), DOMAIN_ID, "ana")


def enrolled() -> SpeakerInfo:
    return SpeakerInfo(status=SpeakerStatus.ENROLLED)


def not_found(resource_type: ResourceType | None) -> errors.ResourceNotFoundError:
    error = errors.ResourceNotFoundError("No.")
    error.resource_type = resource_type
    return error


@in_each_world
def test_a_speaker_who_does_not_exist_yet_is_waited_for() -> None:
    seen: list[SpeakerInfo | None] = []
    pending = SpeakerInfo(status=SpeakerStatus.PENDING)
    waited = speaker(not_found(ResourceType.SPEAKER), pending, enrolled())
    assert waited.wait_until(SpeakerStatus.ENROLLED, on_progress=seen.append) == enrolled()
    assert seen == [None, pending, enrolled()]


@in_each_world
@pytest.mark.parametrize("resource_type", [ResourceType.DOMAIN, None])
def test_a_speaker_of_no_domain_is_not_waited_for(resource_type: ResourceType | None) -> None:
    with pytest.raises(errors.ResourceNotFoundError):
        speaker(not_found(resource_type)).wait_until(SpeakerStatus.ENROLLED)


@in_each_world
def test_a_speaker_who_never_comes_is_a_timeout() -> None:
    with pytest.raises(
        errors.WaitTimeoutError, match="the speaker to be ENROLLED took longer than 300 s"
    ) as caught:
        speaker(not_found(ResourceType.SPEAKER)).wait_until("ENROLLED")
    assert caught.value.resource is None
    assert "ana" not in str(caught.value)


@in_each_world
def test_a_misspelt_status_is_refused() -> None:
    polls = Polls(enrolled())
    with pytest.raises(errors.RequestValidationError, match="status must be one of ENROLLED, EXPIRED"):
        Speaker(connection(polls), DOMAIN_ID, "ana").wait_until("ENROLED")
    assert polls.taken == 0


@in_each_world
def test_a_status_of_a_newer_service_can_be_waited_for() -> None:
    archived = SpeakerInfo(status=SpeakerStatus("ARCHIVED"))
    assert speaker(enrolled(), archived).wait_until(SpeakerStatus("ARCHIVED")) is archived


# --- Sessions -------------------------------------------------------------------------------------------

ENDED, ONGOING = StreamingStatus.ENDED, StreamingStatus.ONGOING
SETTING_UP = StreamingStatus.PENDING_CONFIGURATION
A, F = AuthenticationDecision, FraudDetectionDecision
OFF = "off"

# The stream, the decision on the caller, that on fraud (OFF: no result at all), and whether that is final.
DECISIONS = [
    (SETTING_UP, OFF, OFF, False),
    (SETTING_UP, A.NOT_ENOUGH_SPEECH, F.NOT_ENOUGH_SPEECH, False),
    (None, OFF, OFF, False),
    (ONGOING, OFF, OFF, False),
    (ONGOING, A.NOT_ENOUGH_SPEECH, OFF, False),
    (ONGOING, OFF, F.NOT_ENOUGH_SPEECH, False),
    (ONGOING, A.ACCEPT, F.NOT_ENOUGH_SPEECH, False),
    (ONGOING, A.NOT_ENOUGH_SPEECH, F.LOW_RISK, False),
    (ONGOING, None, F.LOW_RISK, False),
    (ONGOING, A.ACCEPT, None, False),
    (ONGOING, A.ACCEPT, F.LOW_RISK, True),
    (ONGOING, A.REJECT, F.HIGH_RISK, True),
    (ONGOING, A.ACCEPT, OFF, True),
    (ONGOING, OFF, F.HIGH_RISK, True),
    (ONGOING, A.SPEAKER_NOT_ENROLLED, OFF, True),
    (ONGOING, A.SPEAKER_OPTED_OUT, F.LOW_RISK, True),
    (ONGOING, A.SPEAKER_ID_NOT_PROVIDED, F.LOW_RISK, True),
    (ONGOING, A.SPEAKER_EXPIRED, F.LOW_RISK, True),
    (ONGOING, A("NEW_DECISION"), F("NEW_DECISION"), True),
    (StreamingStatus("PAUSED"), A.NOT_ENOUGH_SPEECH, OFF, False),
    (ENDED, A.NOT_ENOUGH_SPEECH, F.NOT_ENOUGH_SPEECH, True),
    (ENDED, A.NOT_ENOUGH_SPEECH, OFF, True),
    (ENDED, OFF, OFF, True),
    (ENDED, A.ACCEPT, F.LOW_RISK, True),
]


def evaluation(status: StreamingStatus | None, caller: Any, fraud: Any) -> SessionEvaluation:
    return SessionEvaluation(
        session_id="id#Abcdefghijklmnopqrst77",
        streaming_status=status,
        authentication_result=None if caller == OFF else AuthenticationResult(decision=caller),
        fraud_detection_result=None if fraud == OFF else FraudDetectionResult(decision=fraud),
    )


def session(clock: WaitClock, *answers: object) -> Session:
    return world_in_use().handle(Session, connection(Polls(*answers), clock), DOMAIN_ID, "contact-1")


@in_each_world
@pytest.mark.parametrize(("status", "caller", "fraud", "final"), DECISIONS)
def test_a_session_is_waited_for_until_every_check_has_decided(
    status: StreamingStatus | None, caller: object, fraud: object, *, final: bool
) -> None:
    clock, end = WaitClock(), evaluation(ENDED, A.ACCEPT, F.LOW_RISK)
    first = evaluation(status, caller, fraud)
    decided = session(clock, first, end).wait_for_decision()
    assert decided is (first if final else end)
    assert clock.pauses == ((10,) if final else (10, 5))


@in_each_world
def test_a_decision_is_polled_for_after_10_s_then_every_5_s_until_two_minutes() -> None:
    clock = WaitClock()
    undecided = evaluation(ONGOING, A.NOT_ENOUGH_SPEECH, OFF)
    with pytest.raises(
        errors.WaitTimeoutError, match="the session's decision took longer than 120 s"
    ) as caught:
        session(clock, undecided).wait_for_decision()
    assert clock.pauses == (10, *[5] * 22)
    assert caught.value.resource is undecided


@in_each_world
def test_a_score_that_was_not_given_stays_none() -> None:
    decided = session(WaitClock(), evaluation(ENDED, A.NOT_ENOUGH_SPEECH, OFF)).wait_for_decision()
    assert decided.authentication_result is not None
    assert decided.authentication_result.score is None


@in_each_world
def test_an_error_never_becomes_a_decision() -> None:
    with pytest.raises(errors.ResourceNotFoundError):
        session(WaitClock(), not_found(ResourceType.SESSION)).wait_for_decision()


def test_a_wait_for_a_decision_can_be_cancelled() -> None:
    cancel = threading.Event()
    clock = WaitClock(lambda _: cancel.set())
    with pytest.raises(errors.WaitCancelledError):
        session(clock, evaluation(ONGOING, OFF, OFF)).wait_for_decision(cancel=cancel)
