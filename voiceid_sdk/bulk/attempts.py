"""Attempts: calls of single items, handed to an executor and taken back when they have ended."""

import abc
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from traceback import extract_tb
from typing import Generic, Protocol, TypeVar

import attrs

from voiceid_sdk.errors import BulkError, VoiceIDError

ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")


@attrs.define(order=True, repr=False)
class Attempt(Generic[ItemT]):
    """An item to be sent, or sent; ordered by the time at which it is due."""

    due: float
    """When it may be sent; 0 for at once."""
    index: int
    item: ItemT = attrs.field(order=False)
    requeues: int = attrs.field(default=0, order=False)
    sent_at: float = attrs.field(default=0.0, order=False)


Result = tuple[ValueT | None, VoiceIDError | None]
"""A value or an error."""


def call(function: Callable[[ItemT], ValueT], item: ItemT) -> Result[ValueT]:
    """Call a function in the executor's thread or process, and return a result that can be pickled."""
    try:
        return function(item), None
    except Exception as error:  # noqa: BLE001 - an error of one item must not end the others
        return None, item_error(error)


def item_error(error: Exception) -> VoiceIDError:
    """Return the error of an item: the error that was raised, or one that says where another was raised."""
    if isinstance(error, VoiceIDError):
        # The traceback would keep all variables of the call in memory.
        return error.with_traceback(None)
    *_, place = extract_tb(error.__traceback__)
    raised = f"The function raised {type(error).__name__} ({place.filename}, line {place.lineno})"
    return BulkError(raised, next_step="Call it with this item alone to see all of the error.")


class Wake(Protocol):
    """Wakes the loop of a run; any thread may set it."""

    def set(self) -> object:
        """Wake the loop."""
        ...

    def clear(self) -> None:
        """Let the loop sleep again."""
        ...


class InFlight(abc.ABC, Generic[ItemT, ValueT]):
    """The attempts that were sent, and those that have ended and were not taken yet."""

    def __init__(self, wake: Wake) -> None:
        self.wake = wake
        """Set when an attempt ends."""
        self.attempts: dict[Future[Result[ValueT]], Attempt[ItemT]] = {}
        self._ended: deque[Future[Result[ValueT]]] = deque()

    @abc.abstractmethod
    def submit(self, attempt: Attempt[ItemT]) -> None:
        """Send an item; raises the errors of what sends it."""

    def _add(self, attempt: Attempt[ItemT], future: Future[Result[ValueT]]) -> None:
        self.attempts[future] = attempt
        future.add_done_callback(self._end)

    def _end(self, future: Future[Result[ValueT]]) -> None:
        self._ended.append(future)
        self.wake.set()

    def take_ended(self) -> Iterator[tuple[Attempt[ItemT], Future[Result[ValueT]]]]:
        """Yield each attempt that has ended, once."""
        while self._ended:
            future = self._ended.popleft()
            yield self.attempts.pop(future), future


class ExecutorCalls(InFlight[ItemT, ValueT]):
    """Attempts that an executor makes.

    Args:
        executor: runs the calls.
        function: is called with each item.
        wake: is set when a call ends.
    """

    def __init__(self, executor: Executor, function: Callable[[ItemT], ValueT], wake: Wake) -> None:
        super().__init__(wake)
        self._executor = executor
        self._function = function

    def submit(self, attempt: Attempt[ItemT]) -> None:
        """Hand an item to the executor; raises the executor's errors."""
        self._add(attempt, self._executor.submit(call, self._function, attempt.item))

    def stop(self, *, cancel: bool) -> None:
        """Wait until every call has ended; with ``cancel``, calls that have not begun are cancelled."""
        wait([future for future in self.attempts if not (cancel and future.cancel())])
