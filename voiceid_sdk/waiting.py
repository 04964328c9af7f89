"""Waits: polls with the backoff of tenacity until a condition holds or a deadline has passed."""

import contextlib
import math
import operator
import threading
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any, Final, Generic, NoReturn, Protocol, TypeVar, runtime_checkable

import attrs

from voiceid_sdk._arguments import check_callable, check_types
from voiceid_sdk.errors import (
    Problem,
    RequestValidationError,
    ServiceError,
    TransportError,
    VoiceIDError,
    WaitCancelledError,
    WaitError,
    WaitTimeoutError,
)

__all__ = ["Clock", "WaitPolicy"]

ResourceT = TypeVar("ResourceT")

TOLERATED_FAILURES: Final = 4
"""How many polls in a row may fail with a transient error (throttling, a server error)."""

_CLOCK_RESOLUTION: Final = 0.001
"""With less time left than this, in seconds, the deadline has passed: clocks tick, floats are inexact."""

_LONGEST_PAUSE: Final = threading.TIMEOUT_MAX / 2
"""The longest pause, in seconds: weeks on Windows, a century elsewhere. Longer ones overflow."""


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else _number(value)


def _number(value: float) -> float:
    """Return a number as a float; what is no number becomes NaN, which breaks every rule of a policy."""
    if isinstance(value, (str, bytes, bytearray, bool)):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


@attrs.frozen(kw_only=True)
class WaitPolicy:
    """How long to wait, and how often to poll.

    The first poll comes after ``delay``. The pauses between polls begin with ``initial``, grow by
    ``multiplier`` and never exceed ``maximum``; up to ``jitter`` is added at random within that bound, so
    that many waiting programs spread out. The last poll comes at ``timeout``.

    All times are seconds, or timedeltas.

    Raises:
        RequestValidationError: a time is negative, a pause is 0, or ``multiplier`` is below 1.
    """

    timeout: float = attrs.field(default=3600.0, converter=_seconds)
    """The longest time to wait, in seconds."""
    initial: float = attrs.field(default=1.0, converter=_seconds)
    """The first pause between two polls, in seconds."""
    maximum: float = attrs.field(default=30.0, converter=_seconds)
    """The longest pause between two polls, in seconds."""
    multiplier: float = attrs.field(default=1.5, converter=_number)
    """The factor by which each pause is longer than the one before."""
    jitter: float = attrs.field(default=1.0, converter=_seconds)
    """The most that is added to a pause at random, in seconds."""
    delay: float = attrs.field(default=0.0, converter=_seconds)
    """The pause before the first poll, in seconds."""

    def __attrs_post_init__(self) -> None:
        # Phrased positively, so that NaN fails.
        rules = {
            "timeout": ("must not be negative, and be seconds or a timedelta", self.timeout >= 0),
            "initial": ("must be more than 0, in seconds or as a timedelta", self.initial > 0),
            "maximum": ("must be more than 0, in seconds or as a timedelta", self.maximum > 0),
            "multiplier": ("must be at least 1", self.multiplier >= 1),
            "jitter": ("must not be negative, and be seconds or a timedelta", self.jitter >= 0),
            "delay": ("must not be negative, and be seconds or a timedelta", self.delay >= 0),
        }
        problems = [Problem(parameter=name, rule=rule) for name, (rule, kept) in rules.items() if not kept]
        if problems:
            raise RequestValidationError.of("WaitPolicy", tuple(problems))


def check_wait_options(
    policy: object, on_progress: object = None, cancel: object = None, *, function: str = "wait"
) -> None:
    """Check the arguments that all waits have.

    Raises:
        RequestValidationError: one has another type.
    """
    check_types(
        function,
        policy=(policy, (WaitPolicy, type(None)), "must be a WaitPolicy"),
        cancel=(cancel, (_Settable, type(None)), "must be a threading.Event"),
    )
    check_callable(on_progress, "on_progress")


@attrs.frozen
class WaitCondition(Generic[ResourceT]):
    """The condition of one wait, and how to wait for it."""

    awaited: str
    """The event, for messages: "the enrollment job"."""
    policy: WaitPolicy
    """How long to wait and how often to poll, unless the caller gives a policy."""
    holds: Callable[[ResourceT], bool]
    """Whether the wait has succeeded; raises a WaitError when it never will."""


class Clock(Protocol):
    """The clock of waits; ``voiceid_sdk.testing`` has one that makes waits instant."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        """Return after ``seconds``, or earlier when ``cancel`` is set."""
        ...


@runtime_checkable
class _Settable(Protocol):
    """The methods of an event that a wait uses; another library may define the event."""

    def is_set(self) -> bool:
        """Return whether the event was set."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the event is set, or a time has passed."""
        ...


class SystemClock:
    """The real time."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        """Return after ``seconds``, or earlier when ``cancel`` is set."""
        if cancel is None:
            time.sleep(seconds)
        else:
            cancel.wait(seconds)


SYSTEM_CLOCK: Final = SystemClock()


class _Process:
    """The state that all waits of this process share."""

    clock: Clock = SYSTEM_CLOCK


def process_clock() -> Clock:
    """Return the clock of waits whose client has none: the one in use, else the system's."""
    return _Process.clock


@contextlib.contextmanager
def clock_in_use(clock: Clock) -> Generator[None]:
    """Let all waits whose client has no clock use ``clock`` while the context lasts."""
    before, _Process.clock = _Process.clock, clock
    try:
        yield
    finally:
        _Process.clock = before


class Stopwatch:
    """Measures the time since it was made, in seconds; the time never goes back.

    After a clock has gone back, the time continues from there. A clock that stands still or is slow prolongs
    nothing, because a pause counts with its own length at least.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # One tuple, because an interrupt may come between two steps.
        self._last = clock.monotonic(), 0.0

    @property
    def elapsed(self) -> float:
        """The seconds since this object was made."""
        before, elapsed = self._last
        now = self._clock.monotonic()
        self._last = now, elapsed + max(0.0, now - before)
        return self._last[1]

    @contextlib.contextmanager
    def pausing(self, seconds: float) -> Generator[None]:
        """Count a pause, which is made in the block."""
        end = self.elapsed + seconds
        yield
        elapsed = self.elapsed
        self._last = self._last[0], max(elapsed, end)


@attrs.define(kw_only=True, eq=False)
class Wait(Generic[ResourceT]):
    """One wait: polls until the condition holds."""

    condition: WaitCondition[ResourceT]
    """What is polled for."""
    poll: Callable[[], ResourceT]
    """Fetches the resource."""
    policy: WaitPolicy
    """How long to wait and how often to poll."""
    on_progress: Callable[[ResourceT], object] | None = None
    """Receives the resource of each poll."""
    cancel: threading.Event | None = None
    """Ends the wait when set."""
    clock: Clock
    """The clock of deadlines and pauses."""

    def run(self) -> ResourceT:
        """Wait, and return the resource of the last poll.

        Raises:
            WaitTimeoutError: the deadline passed.
            WaitCancelledError: ``cancel`` was set.
            WaitError: raised by the condition, because it will never hold.
            VoiceIDError: raised by ``poll``: not transient, or too often in a row.
        """
        # Imported lazily: it costs start-up time, and not every program waits.
        import tenacity

        __tracebackhide__ = True
        attempts = Attempts(self.condition, self.policy, self.clock)
        interruption: KeyboardInterrupt | WaitError
        try:

            def sleep(seconds: float) -> None:
                with attempts.pausing(seconds):
                    self.clock.sleep(seconds, self.cancel)

            if attempts.delay:
                sleep(attempts.delay)
            retrying = tenacity.Retrying(sleep=sleep, **attempts.retry_options())
            retrying(self._attempt, attempts)
        except KeyboardInterrupt as stop:
            stop.add_note(
                f"Only the wait for {self.condition.awaited} was interrupted; nothing was stopped in the "
                "service. To wait on, call the same method again."
            )
            interruption = stop
        except WaitError as error:
            interruption = error
        else:
            return attempts.resource
        # Raised here, so that the traceback has no frames of tenacity and of the pauses.
        raise interruption.with_traceback(None)

    def _attempt(self, attempts: "Attempts[ResourceT]") -> bool:
        """Poll once, and return whether the condition holds."""
        if self.cancel is not None and self.cancel.is_set():
            raise attempts.cancelled()
        try:
            resource = self.poll()
        except VoiceIDError as error:
            if not attempts.tolerates(error):
                raise
            return False
        attempts.succeeded(resource)
        if self.on_progress is not None:
            self.on_progress(resource)
        return attempts.condition_holds()


class Attempts(Generic[ResourceT]):
    """The attempts of one wait: counts them, decides whether another follows, completes errors. No I/O.

    Args:
        condition: what is polled for.
        policy: how long to wait and how often to poll.
        clock: the clock of the deadline, which begins now.
    """

    def __init__(self, condition: WaitCondition[ResourceT], policy: WaitPolicy, clock: Clock) -> None:
        self._condition = condition
        self._policy = policy
        self._stopwatch = Stopwatch(clock)
        self._resources: tuple[ResourceT, ...] = ()
        self._count = 0
        self._failures_in_a_row = 0

    @property
    def resource(self) -> ResourceT:
        """The resource of the last poll that succeeded."""
        return self._resources[0]

    def retry_options(self) -> dict[str, Any]:
        """Return the keyword arguments of ``tenacity.Retrying`` or ``tenacity.AsyncRetrying``."""
        import tenacity

        policy = self._policy
        growing = tenacity.wait_exponential(multiplier=policy.initial, exp_base=policy.multiplier)
        backoff = growing + tenacity.wait_random(max=policy.jitter)

        def pause(state: tenacity.RetryCallState) -> float:
            # A pause is cut so that the last poll falls on the deadline.
            return min(backoff(state), policy.maximum, self._time_left(), _LONGEST_PAUSE)

        def is_over(_: tenacity.RetryCallState) -> bool:
            return self._time_left() < _CLOCK_RESOLUTION

        def time_out(_: tenacity.RetryCallState) -> NoReturn:
            self._time_out()

        return {
            "retry": tenacity.retry_if_result(operator.not_),
            "wait": pause,
            "stop": is_over,
            "retry_error_callback": time_out,
        }

    @property
    def delay(self) -> float:
        """The pause before the first poll, in seconds."""
        return min(self._policy.delay, self._policy.timeout, _LONGEST_PAUSE)

    def pausing(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Count a pause, which is made in the block."""
        return self._stopwatch.pausing(seconds)

    def succeeded(self, resource: ResourceT) -> None:
        """Record a poll that succeeded."""
        self._count += 1
        self._failures_in_a_row = 0
        self._resources = (resource,)

    def tolerates(self, error: VoiceIDError) -> bool:
        """Record a poll that failed, and return whether the wait goes on."""
        self._count += 1
        self._failures_in_a_row += 1
        return _is_transient(error) and self._failures_in_a_row <= TOLERATED_FAILURES

    def condition_holds(self) -> bool:
        """Return whether the condition holds for the last resource."""
        try:
            return self._condition.holds(self.resource)
        except WaitError as error:
            self._complete(error)
            raise

    def cancelled(self) -> WaitError:
        """Return the error for a wait that was cancelled."""
        return self._complete(WaitCancelledError(f"Waiting for {self._condition.awaited} was cancelled"))

    def _time_left(self) -> float:
        return max(0.0, self._policy.timeout - self._stopwatch.elapsed)

    def _time_out(self) -> NoReturn:
        raise self._complete(
            WaitTimeoutError(
                f"Waiting for {self._condition.awaited} took longer than {self._policy.timeout:.10g} s",
                next_step="Wait again, or with a policy that has a longer timeout.",
            )
        )

    def _complete(self, error: WaitError) -> WaitError:
        error.resource = self._resources[0] if self._resources else None
        error.attempts = self._count
        error.elapsed = self._stopwatch.elapsed
        return error


def _is_transient(error: VoiceIDError) -> bool:
    return isinstance(error, TransportError) or (isinstance(error, ServiceError) and error.retryable)
