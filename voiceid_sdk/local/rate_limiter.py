"""Limiting the rate of requests."""

import threading
from collections.abc import Mapping


class RateLimiter:
    """Admits the requests of each operation up to its rate, with a burst of one second's worth.

    May be used by many threads at a time.

    Args:
        rates: requests a second by operation; an operation that is not named has no limit.
    """

    def __init__(self, rates: Mapping[str, float]) -> None:
        self._rates = rates
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def admits(self, operation: str, now: float) -> bool:
        """Return whether a request is admitted at ``now`` (epoch seconds), and count it if so."""
        rate = self._rates.get(operation)
        if rate is None:
            return True
        capacity = max(rate, 1.0)
        with self._lock:
            left, at = self._buckets.get(operation, (capacity, now))
            left = min(capacity, left + max(0.0, now - at) * rate)
            admitted = left >= 1.0
            self._buckets[operation] = (left - 1.0 if admitted else left, now)
        return admitted
