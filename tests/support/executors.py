"""Executors that end calls in an order that the test chooses."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from itertools import cycle
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class Shuffling(Executor):
    """Holds a few calls back and ends them in the order that ``choices`` say, all in the caller's thread.

    None is passed over for longer than ``held`` others. When the source has ended, so do all calls: give
    items through ``source``.
    """

    def __init__(self, held: int, choices: Iterable[int]) -> None:
        self._held = held
        self._choices = cycle([*choices, 0])
        self._calls: list[tuple[int, Future[Any], Callable[[], Any]]] = []
        self.submitted = 0
        self.most_at_a_time = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._calls.append((self.submitted, future, lambda: fn(*args, **kwargs)))
        self.submitted += 1
        self.most_at_a_time = max(self.most_at_a_time, len(self._calls))
        if self.submitted - self._calls[0][0] > self._held:
            self._end(0)
        self._end_until(self._held)
        return future

    def source(self, items: Iterable[ResultT]) -> Iterator[ResultT]:
        yield from items
        self.release()

    def release(self) -> None:
        """Hold nothing back any more."""
        self._held = 0
        self._end_until(0)

    def _end_until(self, left: int) -> None:
        while len(self._calls) > left:
            self._end(next(self._choices) % len(self._calls))

    def _end(self, which: int) -> None:
        _, future, call = self._calls.pop(which)
        future.set_running_or_notify_cancel()
        future.set_result(call())


class Dying(Executor):
    """Loses the ``last`` call, as a pool of processes does when one of them dies, and takes no more."""

    def __init__(self, last: int) -> None:
        self._left = last

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._left == 0:
            raise BrokenProcessPool("A child process terminated abruptly.")
        self._left -= 1
        future: Future[Any] = Future()
        if self._left == 0:
            future.set_exception(BrokenProcessPool("A child process terminated abruptly."))
        else:
            future.set_result(fn(*args, **kwargs))
        return future
