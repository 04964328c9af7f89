"""When the next request may be sent: at an even rate, slower after throttling, and in time faster again."""

from typing import Final

BURST_SECONDS: Final = 0.25
"""How much may be made up for at once after a delay, in seconds of sending.

It is less than a second's worth, which AWS's own limits are known to allow: the rest is for requests that
arrive unevenly.
"""

SLOWER: Final = 0.7
"""What is left of the rate when the service throttles."""

DOUBLING_SECONDS: Final = 30.0
"""How long it takes, without throttling, until the rate is twice as high; never higher than the limit."""

SLOWEST: Final = 0.05
"""The least that is left of the limit, however often the service throttles."""


class Pacer:
    """Spaces requests; it only counts, and whoever asks it also waits.

    Args:
        limit: requests a second; None for as many as there are, until the service throttles.
        now: the time, in seconds.
    """

    def __init__(self, limit: float | None, now: float) -> None:
        self._limit = self._rate = limit
        self._credit = 1.0
        self._at = self._began = now
        self._sent = 0
        self._slowed_at = float("-inf")

    @property
    def rate(self) -> float | None:
        """Requests a second at present; None for as many as there are."""
        return self._rate

    def wait(self, now: float) -> float:
        """Return in how many seconds the next request may be sent, 0 for at once."""
        if self._limit is None or self._rate is None:
            return 0.0
        passed, self._at = max(0.0, now - self._at), max(now, self._at)
        self._credit = min(max(1.0, self._rate * BURST_SECONDS), self._credit + passed * self._rate)
        self._rate = min(self._limit, self._rate * 2 ** (passed / DOUBLING_SECONDS))
        # Floats are not exact: a credit of nearly one is one.
        return 0.0 if self._credit > 1.0 - 1e-9 else (1.0 - self._credit) / self._rate

    def send(self) -> None:
        """Count a request that is sent now."""
        self._credit -= 1.0
        self._sent += 1

    def throttled(self, sent_at: float, now: float) -> None:
        """Slow down, unless the request that was throttled was sent before it was last done."""
        if sent_at < self._slowed_at:
            return
        if self._limit is None or self._rate is None:
            # Nobody knows the limit, but this was too much.
            self._limit = self._rate = self._sent / max(1.0, now - self._began)
            self._at, self._credit = now, 0.0
        self._rate = max(self._rate * SLOWER, self._limit * SLOWEST)
        self._slowed_at = now
