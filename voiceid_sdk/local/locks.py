"""A lock that neither an interrupt nor a fork can leave locked for ever."""

import threading
from collections.abc import Callable
from typing import TypeVar

from voiceid_sdk._forks import after_fork_in_child

ResultT = TypeVar("ResultT")


class Lock:
    """Lets one thread at a time run a function.

    An interrupt such as Ctrl+C can come at any moment, even between the end of a ``with`` block and the
    release of its lock. So the release is repeated. A forked child gets a new lock, because the thread that
    holds the old one may not exist there.
    """

    def __init__(self) -> None:
        self._renew()
        after_fork_in_child(self._renew)

    def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Return the result of a function, which runs as soon as no other thread runs one.

        Raises:
            RuntimeError: the function itself uses this lock again.
        """
        lock = self._lock  # Kept in a variable, because a fork replaces the attribute.
        if self._is_held():
            raise RuntimeError("a LocalVoiceID was called from inside one of its own transactions")
        try:
            with lock:
                return work()
        finally:
            _release(lock)  # because an interrupt may have prevented that at the end of the block

    def run_if_free(self, work: Callable[[], ResultT]) -> ResultT | None:
        """Return the result of a function, or None at once if some thread, or this one, is running one."""
        lock = self._lock
        if self._is_held():
            return None
        is_released = False
        try:
            try:
                return work() if lock.acquire(blocking=False) else None
            finally:
                _release(lock)
                is_released = True
        finally:
            if not is_released:  # because an interrupt may have prevented that
                _release(lock)

    def _is_held(self) -> bool:
        """Return whether this thread holds the lock."""
        try:
            self._condition.notify(0)
        except RuntimeError:
            return False
        return True

    def _renew(self) -> None:
        self._lock = threading.RLock()
        self._condition = threading.Condition(self._lock)


def _release(lock: "threading.RLock") -> None:
    """Release the lock unless that is done already; a lock of another thread stays locked."""
    try:
        lock.release()
    except RuntimeError:  # not ours, or released
        return
