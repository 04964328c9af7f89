"""A gate that requests wait at, so that tests know which of them are under way."""

import threading
from collections.abc import Callable

from tests.support.canned_responses import Answer, Sent, typical
from tests.support.worlds import PATIENCE


class Gate:
    """Answers requests once it is open; counts those that came, and the most that were inside at a time."""

    def __init__(self, answer: Callable[[Sent], Answer] = typical) -> None:
        self.opened = threading.Event()
        self.first_came = threading.Event()
        self.full = threading.Event()
        self.inside = self.most_inside = 0
        self._answer = answer
        self._full_at = 0
        self._lock = threading.Lock()

    def __call__(self, sent: Sent) -> Answer:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            if self.inside == self._full_at:
                self.full.set()
        self.first_came.set()
        assert self.opened.wait(PATIENCE)
        with self._lock:
            self.inside -= 1
        return self._answer(sent)

    def full_at(self, count: int) -> None:
        """Set ``full`` as soon as ``count`` requests are inside."""
        self._full_at = count
