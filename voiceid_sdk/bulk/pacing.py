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


class AdaptiveRateLimiter:
    """Computes when requests may be sent. It only counts: its caller has the clock, and sleeps.

    Args:
        limit: requests a second; None for no limit until the service throttles.
        now: the current time, in seconds.
    """

    def __init__(self, limit: float | None, now: float) -> None:
        self._limit = self._rate = limit
        self._credit = 1.0
        self._at = self._began = now
        self._sent = 0
        self._slowed_at = float("-inf")

    @property
    def rate(self) -> float | None:
        """The current rate, in requests a second; None for no limit."""
        return self._rate

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent; 0 when it may be sent at once."""
        if self._limit is None or self._rate is None:
            return 0.0
        passed, self._at = max(0.0, now - self._at), now
        # The clock of a caller may go back: the run would then stand still until it has caught up.
        self._slowed_at = min(self._slowed_at, now)
        self._credit = min(max(1.0, self._rate * BURST_SECONDS), self._credit + passed * self._rate)
        self._rate = min(self._limit, self._rate * 2 ** min(passed / DOUBLING_SECONDS, _MOST_DOUBLINGS))
        # Floats are inexact, so a credit of almost 1 counts as 1.
        return 0.0 if self._credit > 1.0 - 1e-9 else (1.0 - self._credit) / self._rate

    def send(self) -> None:
        """Count a request that is sent now."""
        self._credit -= 1.0
        self._sent += 1

    def throttled(self, sent_at: float, now: float) -> None:
        """Slow down, unless the throttled request was sent before the rate was last reduced."""
        if sent_at < self._slowed_at:
            return
        if self._limit is None or self._rate is None:
            # The limit is unknown, but the average rate so far exceeds it.
            self._limit = self._rate = self._sent / max(1.0, now - self._began)
            self._at, self._credit = now, 0.0
        self._rate = max(self._rate * SLOWER, self._limit * SLOWEST)
        self._slowed_at = now
