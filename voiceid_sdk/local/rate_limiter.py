"""Limits of request rates, as token buckets: each holds as many tokens as the rate allows in one second."""

from collections.abc import Hashable, Mapping
from typing import Final

from voiceid_sdk.local.locks import Lock

_MOST_BUCKETS: Final = 10_000
"""Above this number, buckets that are full again are dropped."""


class TokenBucket:
    """Admits requests up to a rate; after a pause, those of one second at once.

    May be used by many threads at a time.

    Args:
        rate: requests a second.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._capacity = self._tokens = max(rate, 1.0)
        self._at: float | None = None
        self._lock = Lock()

    def admits(self, now: float) -> bool:
        """Return whether a request is admitted at ``now`` (seconds), and take a token for it if so."""
        return self._lock.run(lambda: self._admits(now))

    def is_full(self, now: float) -> bool:
        """Return whether the bucket is as full at ``now`` (seconds) as a new one."""
        at = self._at
        return at is None or self._tokens + (now - at) * self._rate >= self._capacity

    def _admits(self, now: float) -> bool:
        elapsed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._tokens = min(self._capacity, self._tokens + elapsed * self._rate)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class RateLimiter:
    """Admits the requests of each operation up to the operation's rate, for each account and region.

    Args:
        rates: requests a second by operation; an operation without an entry has no limit.
    """

    def __init__(self, rates: Mapping[str, float]) -> None:
        self._rates = rates
        self._buckets: dict[tuple[str, Hashable], TokenBucket] = {}

    def limits(self, operation: str) -> bool:
        """Return whether an operation has a limit."""
        return operation in self._rates

    def admits(self, operation: str, now: float, *, client: Hashable = None) -> bool:
        """Return whether a request of a client is admitted at ``now`` (seconds)."""
        rate = self._rates.get(operation)
        if rate is None:
            return True
        if len(self._buckets) > _MOST_BUCKETS:  # A server without credentials takes any account.
            buckets = list(self._buckets.items())
            self._buckets = {key: bucket for key, bucket in buckets if not bucket.is_full(now)}
        # setdefault is atomic, so two threads get the same bucket.
        return self._buckets.setdefault((operation, client), TokenBucket(rate)).admits(now)
