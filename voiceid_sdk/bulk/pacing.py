"""The rate of requests: even, slower after throttling, and then slowly faster again."""

from typing import Final

BURST_SECONDS: Final = 0.25
"""How many seconds' worth of requests may be sent at once after a delay.

AWS's limits allow a burst of a whole second. The rest is left for requests that arrive unevenly.
"""

SLOWER: Final = 0.7
"""The factor that reduces the rate when the service throttles."""

DOUBLING_SECONDS: Final = 30.0
"""The time in which the rate doubles without throttling, up to the limit."""

SLOWEST: Final = 0.05
"""The lowest rate, as a share of the limit, however often the service throttles."""


_MOST_DOUBLINGS: Final = 5
"""The number of doublings from the lowest rate to the limit. Further ones would overflow a float in hours."""

LONGEST_GAP: Final = 1.0
"""How much of the time between two requests counts for their average rate, in seconds.

The caller may have left the loop for a night, or the machine was suspended.
"""


class AdaptiveRateLimiter:
    """Computes when requests may be sent. It only counts: its caller has the clock, and sleeps.

    Args:
        limit: requests a second; None for no limit until the service throttles.
        now: the current time, in seconds, which never goes back.
    """

    def __init__(self, limit: float | None, now: float) -> None:
        self._limit = self._rate = limit
        self._credit = 1.0
        self._at = now
        self._active = 0.0
        self._sent = 0
        self._slowed_after = 0

    @property
    def rate(self) -> float | None:
        """The current rate, in requests a second; None for no limit."""
        return self._rate

    @property
    def sent(self) -> int:
        """The number of requests so far."""
        return self._sent

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent; 0 when it may be sent at once."""
        passed, self._at = now - self._at, now
        if self._limit is None or self._rate is None:
            self._active += min(passed, LONGEST_GAP)
            return 0.0
        self._credit = min(max(1.0, self._rate * BURST_SECONDS), self._credit + passed * self._rate)
        self._rate = min(self._limit, self._rate * 2 ** min(passed / DOUBLING_SECONDS, _MOST_DOUBLINGS))
        # Floats are inexact, so a credit of almost 1 counts as 1.
        return 0.0 if self._credit > 1.0 - 1e-9 else (1.0 - self._credit) / self._rate

    def send(self) -> None:
        """Count a request that is sent now."""
        self._credit -= 1.0
        self._sent += 1

    def throttled(self, number: int, now: float) -> None:
        """Slow down, unless the throttled request was sent before the rate was last reduced.

        Args:
            number: how many requests had been sent before it.
            now: the current time, in seconds.
        """
        if number < self._slowed_after:
            return
        if self._limit is None or self._rate is None:
            # The limit is unknown, but the average rate so far exceeds it.
            active = self._active + min(now - self._at, LONGEST_GAP)
            # An interrupt may have come before the first request was counted.
            self._limit = self._rate = max(1, self._sent) / max(1.0, active)
            self._at, self._credit = now, 0.0
        self._rate = max(self._rate * SLOWER, self._limit * SLOWEST)
        self._slowed_after = self._sent
