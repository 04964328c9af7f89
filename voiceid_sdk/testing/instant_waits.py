"""Waits that take no time: what would be slept is only counted."""

import contextlib
import threading
from collections.abc import Callable, Generator

from voiceid_sdk.waiting import clock_in_use

__all__ = ["WaitClock", "instant_waits"]


class WaitClock:
    """A clock that moves by what waits sleep, and not otherwise.

    Args:
        move: is given the seconds of every pause, to move something else along with them.
    """

    def __init__(self, move: Callable[[float], object] | None = None) -> None:
        self._move = move
        self._pauses: list[float] = []
        self._slept = 0.0
        self._lock = threading.Lock()

    @property
    def pauses(self) -> tuple[float, ...]:
        """The pauses so far, in seconds, in their order."""
        return tuple(self._pauses)

    @property
    def slept(self) -> float:
        """How long the waits so far would have slept, in seconds."""
        return self._slept

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self._slept

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        """Count a pause, unless ``cancel`` is set."""
        if cancel is not None and cancel.is_set():
            return
        with self._lock:
            self._pauses.append(seconds)
            self._slept += seconds
            if self._move is not None:
                self._move(seconds)


@contextlib.contextmanager
def instant_waits(move: Callable[[float], object] | None = None) -> Generator[WaitClock]:
    """Let all waits in the process take no time while the context lasts, on whatever thread they run.

    A client with a clock of its own goes by that, such as one of a Local Voice ID with a manual clock: its
    waits take no time anyway.

    Args:
        move: is given the seconds of every pause, to move something else along with them: a fake service's
            clock, or freezegun's ``tick``.

    Returns:
        The clock that the waits go by, which knows how long they would have slept.
    """
    clock = WaitClock(move)
    with clock_in_use(clock):
        yield clock
