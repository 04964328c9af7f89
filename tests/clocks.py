"""A clock that goes as fast as one asks it to."""

import threading


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
