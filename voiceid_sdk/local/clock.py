"""The clock of Local Voice ID: the system's, or one that tests move."""

import math
import threading
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from voiceid_sdk._values import NUMBER
from voiceid_sdk.local.arguments import check_arguments
from voiceid_sdk.local.in_this_process import InThisProcess
from voiceid_sdk.local.locks import Lock


class WallClock(Protocol):
    """A clock that tells the date and time."""

    def now(self) -> datetime:
        """Return the present moment, with a time zone."""
        ...


class SystemWallClock:
    """The system's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


_LAST_MOMENT: Final = 253402300799.999
"""The last millisecond of the year 9999, after which there are no dates."""


def epoch_seconds(clock: WallClock) -> float:
    """Return the present moment in seconds since the epoch, to the millisecond."""
    return min(round(clock.now().timestamp(), 3), _LAST_MOMENT)


class ForwardTime:
    """The time of a clock, which here never goes back.

    A clock that was set back stands still here until it is where it was, so that no change is dated before
    the one that it follows, and nothing that was done becomes due again.
    """

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._latest = -math.inf

    def now(self) -> float:
        """Return the present moment in epoch seconds."""
        self._latest = max(self._latest, epoch_seconds(self._clock))
        return self._latest


class ManualClock(InThisProcess):
    """A clock that stands still until it is moved.

    Jobs, key changes, the expiry of speakers, the 30 days after a deletion and the lifetimes of tokens
    follow it. A wait on a client of the service moves it instead of sleeping.

    Args:
        start: the first moment, with a time zone; by default 2026-01-01 00:00 UTC.

    Example:
        >>> clock = ManualClock()
        >>> with LocalVoiceID(clock=clock) as service:
        ...     clock.advance(timedelta(hours=24))
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        check_arguments(start=(start, (datetime,)))
        if start.tzinfo is None:
            raise ValueError("start needs a time zone, such as datetime.timezone.utc")
        try:
            self._now = self._start = start.astimezone(UTC)
        except OverflowError:
            raise ValueError("start must be in the years 1 to 9999, in UTC as well") from None
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the present moment of this clock, in UTC."""
        return self._now

    def advance(self, by: float | timedelta) -> None:
        """Move the clock forward by seconds or a timedelta.

        Raises:
            ValueError: the step is negative, or leads beyond the year 9999, where dates end.
        """
        check_arguments(by=(by, (*NUMBER, timedelta)))
        if not isinstance(by, timedelta) and not by >= 0:  # phrased positively, so that NaN fails
            raise ValueError("a clock moves forward only")
        try:
            step = by if isinstance(by, timedelta) else timedelta(seconds=float(by))
            if step < timedelta(0):
                raise ValueError("a clock moves forward only")
            self._lock.run(lambda: self._move(step))
        except OverflowError:
            raise ValueError("a clock cannot move beyond the year 9999") from None

    def _move(self, step: timedelta) -> None:
        self._now += step

    def monotonic(self) -> float:
        """Return the seconds since the start, for waits."""
        return (self._now - self._start).total_seconds()

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        """Move the clock forward instead of sleeping, unless ``cancel`` is set."""
        if cancel is None or not cancel.is_set():
            self.advance(seconds)
