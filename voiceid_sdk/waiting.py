"""Waits for something slow: looks, backs off, and gives up at a deadline. tenacity keeps the loop."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, TypeVar

import attrs

from voiceid_sdk.errors import (
    Problem,
    RequestValidationError,
    ServiceError,
    TransportError,
    WaitCancelledError,
    WaitError,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    import tenacity

__all__ = ["WaitPolicy"]

T = TypeVar("T")

TOLERATED_FAILURES: Final = 4
"""How many looks in a row may fail for a passing reason (throttling, a server error) before a wait gives up."""


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


@attrs.frozen(kw_only=True)
class WaitPolicy:
    """How long to wait, and how often to look.

    The first look is taken after ``delay``. The pauses between looks begin with ``initial``, grow by ``multiplier``
    and never exceed ``maximum``; up to ``jitter`` is added at random within that bound, so that many waiting
    programs spread out. The last look is taken at ``timeout``.

    All times are seconds, or timedeltas.

    Raises:
        RequestValidationError: a time is negative, or ``multiplier`` is below 1.
    """

    timeout: float = attrs.field(default=3600.0, converter=_seconds)
    """When to give up, in seconds."""
    initial: float = attrs.field(default=1.0, converter=_seconds)
    """The first pause between two looks, in seconds."""
    maximum: float = attrs.field(default=30.0, converter=_seconds)
    """The longest pause between two looks, in seconds."""
    multiplier: float = attrs.field(default=1.5, converter=float)
    """By what each pause is longer than the one before."""
    jitter: float = attrs.field(default=1.0, converter=_seconds)
    """The most that is added to a pause at random, in seconds."""
    delay: float = attrs.field(default=0.0, converter=_seconds)
    """The pause before the first look, in seconds."""

    def __attrs_post_init__(self) -> None:
        problems = [
            Problem(parameter=name, rule="must not be negative")
            for name in ("timeout", "initial", "maximum", "jitter", "delay")
            if not getattr(self, name) >= 0
        ]
        if not self.multiplier >= 1:
            problems.append(Problem(parameter="multiplier", rule="must be at least 1"))
        if problems:
            raise RequestValidationError.of("WaitPolicy", tuple(problems))


class Clock(Protocol):
    """What a wait needs of time; replaced by ``voiceid_sdk.testing`` to make waits instant."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        """Return after ``seconds``, or earlier when ``cancel`` is set."""
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


class _ClockInUse:
    """Which clock waits go by; one for the process, because a wait may run on any thread."""

    override: Clock | None = None


@contextlib.contextmanager
def clock_in_use(clock: Clock) -> Generator[None]:
    """Let all waits go by ``clock`` while the context lasts."""
    before = _ClockInUse.override
    _ClockInUse.override = clock
    try:
        yield
    finally:
        _ClockInUse.override = before


def wait_until(
    look: Callable[[], T],
    done: Callable[[T], bool],
    *,
    what: str,
    policy: WaitPolicy,
    on_progress: Callable[[T], object] | None = None,
    cancel: threading.Event | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> T:
    """Look until ``done`` says so, and return what was seen.

    Args:
        look: fetches the resource.
        done: whether the wait has ended well; raises a WaitError when it never will.
        what: what is waited for, for the errors: "the enrollment job".
        policy: how long to wait and how often to look.
        on_progress: is given every resource that was seen.
        cancel: ends the wait when set.
        clock: the time to go by.

    Raises:
        WaitTimeoutError: the deadline passed.
        WaitCancelledError: ``cancel`` was set.
        WaitError: what ``done`` raised.
        VoiceIDError: what ``look`` raised, when it does not pass or came too often in a row.
    """
    # Imported here because it costs start-up time, and not every program waits.
    import tenacity  # noqa: PLC0415

    clock = _ClockInUse.override or clock
    started = clock.monotonic()
    seen: list[T] = []
    attempts = failures = 0

    def elapsed() -> float:
        return clock.monotonic() - started

    def complete(error: WaitError) -> WaitError:
        error.resource, error.attempts, error.elapsed = seen[-1] if seen else None, attempts, elapsed()
        return error

    def attempt() -> bool:
        nonlocal attempts, failures
        if cancel is not None and cancel.is_set():
            raise complete(WaitCancelledError(f"Waiting for {what} was cancelled"))
        attempts += 1
        resource = look()
        failures = 0
        seen[:] = [resource]
        if on_progress is not None:
            on_progress(resource)
        try:
            return done(resource)
        except WaitError as error:
            raise complete(error)  # noqa: B904 - it is the same error

    def tolerates(error: BaseException) -> bool:
        nonlocal failures
        failures += 1
        return _passes(error) and failures <= TOLERATED_FAILURES

    def time_out(_: "tenacity.RetryCallState") -> NoReturn:
        raise complete(
            WaitTimeoutError(
                f"Waiting for {what} took longer than {policy.timeout:g} s",
                next_step="Wait again, or with a policy that has a longer timeout.",
            )
        )

    backoff = tenacity.wait_exponential_jitter(
        policy.initial, policy.maximum, policy.multiplier, policy.jitter
    )
    if policy.delay:
        clock.sleep(min(policy.delay, policy.timeout), cancel)
    finished = tenacity.retry_if_result(lambda ended: not ended)
    tenacity.Retrying(
        retry=finished | tenacity.retry_if_exception(tolerates),
        # The pause is cut so that the last look falls on the deadline.
        wait=lambda state: max(0.0, min(backoff(state), policy.timeout - elapsed())),
        stop=lambda _: elapsed() >= policy.timeout,
        sleep=lambda seconds: clock.sleep(seconds, cancel),
        retry_error_callback=time_out,
    )(attempt)
    return seen[-1]


def _passes(error: BaseException) -> bool:
    return isinstance(error, TransportError) or (isinstance(error, ServiceError) and error.retryable)
