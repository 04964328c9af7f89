"""A clock with an adjustable speed, and other time zones for the machine."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """Let the machine be in a time zone, in the form of the variable TZ."""
    try:
        with pytest.MonkeyPatch.context() as there:
            there.setenv("TZ", zone)
            time.tzset()
            yield
    finally:
        time.tzset()


class FakeClock:
    """Time passes only in ``sleep``; ``slept`` is how long each sleep was."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.now

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        """Let ``seconds`` pass at once."""
        self.slept.append(seconds)
        self.now += seconds
