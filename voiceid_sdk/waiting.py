"""Waits for something slow: looks, backs off as tenacity says, and gives up at a deadline."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Final, Generic, Protocol, TypeVar

import attrs

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

__all__ = ["WaitPolicy"]

T = TypeVar("T")

TOLERATED_FAILURES: Final = 4
"""How many looks in a row may fail in passing (throttling, a server error) before a wait gives up."""

_SAME_MOMENT: Final = 0.001
"""Nearer to the deadline than this, in seconds, it has come: clocks tick, and floats are not exact."""


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _number(value: float) -> float:
    # attrs looks at the signature of a converter, and for that of `float` itself, Python starts its parser.
    return float(value)


@attrs.frozen(kw_only=True)
class WaitPolicy:
    """How long to wait, and how often to look.

    The first look is taken after ``delay``. The pauses between looks begin with ``initial``, grow by
    ``multiplier`` and never exceed ``maximum``; up to ``jitter`` is added at random within that bound, so
    that many waiting programs spread out. The last look is taken at ``timeout``.

    All times are seconds, or timedeltas.

    Raises:
        RequestValidationError: a time is negative, a pause is 0, or ``multiplier`` is below 1.
    """

    timeout: float = attrs.field(default=3600.0, converter=_seconds)
    """When to give up, in seconds."""
    initial: float = attrs.field(default=1.0, converter=_seconds)
    """The first pause between two looks, in seconds."""
    maximum: float = attrs.field(default=30.0, converter=_seconds)
    """The longest pause between two looks, in seconds."""
    multiplier: float = attrs.field(default=1.5, converter=_number)
    """By what each pause is longer than the one before."""
    jitter: float = attrs.field(default=1.0, converter=_seconds)
    """The most that is added to a pause at random, in seconds."""
    delay: float = attrs.field(default=0.0, converter=_seconds)
    """The pause before the first look, in seconds."""

    def __attrs_post_init__(self) -> None:
        # Each is asked for what it must be, so that NaN, which is nothing at all, fails.
        rules = {
            "timeout": ("must not be negative", self.timeout >= 0),
            "initial": ("must be more than 0", self.initial > 0),
            "maximum": ("must be more than 0", self.maximum > 0),
            "multiplier": ("must be at least 1", self.multiplier >= 1),
            "jitter": ("must not be negative", self.jitter >= 0),
            "delay": ("must not be negative", self.delay >= 0),
        }
        problems = [Problem(parameter=name, rule=rule) for name, (rule, kept) in rules.items() if not kept]
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


class _Process:
    """What all waits of the process share: they may run on any thread."""

    clock: Clock = SYSTEM_CLOCK


def process_clock() -> Clock:
    """Return the clock of waits that have none of their own: the system's, or that in use."""
    return _Process.clock


@contextlib.contextmanager
def clock_in_use(clock: Clock) -> Generator[None]:
    """Let all waits that have no clock of their own go by ``clock`` while the context lasts."""
    before, _Process.clock = _Process.clock, clock
    try:
        yield
    finally:
        _Process.clock = before


@attrs.define(kw_only=True, eq=False)
class Wait(Generic[T]):
    """One wait: looks until ``done`` says so."""

    look: Callable[[], T]
    """Fetches the resource."""
    done: Callable[[T], bool]
    """Whether the wait has ended well; raises a WaitError when it never will."""
    what: str
    """What is waited for, for the errors: "the enrollment job"."""
    policy: WaitPolicy
    """How long to wait and how often to look."""
    on_progress: Callable[[T], object] | None = None
    """Is given every resource that was seen."""
    cancel: threading.Event | None = None
    """Ends the wait when set."""
    clock: Clock
    """The time to go by."""

    _started: float = attrs.field(init=False)
    _seen: tuple[T, ...] = attrs.field(init=False, default=())
    _attempts: int = attrs.field(init=False, default=0)
    _failures: int = attrs.field(init=False, default=0)

    def run(self) -> T:
        """Wait, and return what was seen last.

        Raises:
            WaitTimeoutError: the deadline passed.
            WaitCancelledError: ``cancel`` was set.
            WaitError: what ``done`` raised.
            VoiceIDError: what ``look`` raised, when it does not pass or came too often in a row.
        """
        # Imported here because it costs start-up time, and not every program waits.
        import tenacity

        policy = self.policy
        pause = tenacity.wait_exponential(
            multiplier=policy.initial, exp_base=policy.multiplier, max=policy.maximum
        ) + tenacity.wait_random(max=policy.jitter)
        # The loop is ours: tenacity's own takes a tenth of the time of a look, for what is not used here.
        state = tenacity.RetryCallState(tenacity.Retrying(), fn=None, args=(), kwargs={})
        self._started = self.clock.monotonic()
        if policy.delay:
            self._sleep(min(policy.delay, policy.timeout))
        while not self._attempt():
            left = self._started + policy.timeout - self.clock.monotonic()
            if left < _SAME_MOMENT:
                raise self._complete(
                    WaitTimeoutError(
                        f"Waiting for {self.what} took longer than {policy.timeout:.10g} s",
                        next_step="Wait again, or with a policy that has a longer timeout.",
                    )
                )
            # The pause is cut so that the last look falls on the deadline.
            self._sleep(min(pause(state), policy.maximum, left))
            state.prepare_for_next_attempt()
        return self._seen[-1]

    def _attempt(self) -> bool:
        if self.cancel is not None and self.cancel.is_set():
            raise self._complete(WaitCancelledError(f"Waiting for {self.what} was cancelled"))
        self._attempts += 1
        try:
            resource = self.look()
        except VoiceIDError as error:
            self._failures += 1
            if not _passes(error) or self._failures > TOLERATED_FAILURES:
                raise
            return False
        self._failures = 0
        self._seen = (resource,)
        if self.on_progress is not None:
            self.on_progress(resource)
        try:
            return self.done(resource)
        except WaitError as error:
            self._complete(error)
            raise

    def _sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds, self.cancel)

    def _complete(self, error: WaitError) -> WaitError:
        error.resource = self._seen[-1] if self._seen else None
        error.attempts, error.elapsed = self._attempts, self.clock.monotonic() - self._started
        return error


def _passes(error: VoiceIDError) -> bool:
    return isinstance(error, TransportError) or (isinstance(error, ServiceError) and error.retryable)
