"""Waits that take no time: their pauses are only counted."""

import contextlib
import threading
from collections.abc import Callable
from types import TracebackType

from voiceid_sdk._decorating import FunctionT, decorated
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk.waiting import clock_in_use

__all__ = ["WaitClock", "instant_waits"]


class WaitClock:
    """A clock that only the pauses of waits advance.

    Args:
        move: called with the seconds of every pause, to advance something else as well.
    """

    def __init__(self, move: Callable[[float], object] | None = None) -> None:
        self._move = move
        self._pauses: list[float] = []
        self._slept = 0.0
        self._renew()
        after_fork_in_child(self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    @property
    def pauses(self) -> tuple[float, ...]:
        """The pauses so far, in seconds, in their order."""
        return tuple(self._pauses)

    @property
    def slept(self) -> float:
        """The sum of the pauses so far, in seconds."""
        return self._slept

    def monotonic(self) -> float:
        """Return the sum of the pauses so far, in seconds."""
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


class InstantWaits:
    """The context of ``instant_waits``; each call of a decorated function has a clock of its own."""

    def __init__(self, move: Callable[[float], object] | None) -> None:
        self._move = move
        self._exit_stack = contextlib.ExitStack()

    def __enter__(self) -> WaitClock:
        clock = WaitClock(self._move)
        self._exit_stack.enter_context(clock_in_use(clock))
        return clock

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit_stack.__exit__(exc_type, exc, traceback)

    def __call__(self, function: FunctionT) -> FunctionT:
        """Decorate a function: the waits in its body take no time.

        Raises:
            TypeError: it is a class.
        """
        return decorated(function, lambda: InstantWaits(self._move), "instant_waits")


def instant_waits(move: Callable[[float], object] | None = None) -> InstantWaits:
    """Let all waits of the process take no time while the context lasts, on all threads.

    A context manager and a decorator, also of ``async def`` functions and generators. A client with its own
    clock uses that clock, such as a client of a Local Voice ID with a manual clock. Its waits take no time
    anyway.

    Args:
        move: called with the seconds of every pause, to advance something else as well: the clock of a fake
            service, or freezegun's ``tick``.

    Returns:
        A context manager whose value is the clock of the waits, which has their pauses.
    """
    return InstantWaits(move)
