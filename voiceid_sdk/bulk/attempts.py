"""Attempts: calls of single items, handed to an executor and taken back when they have ended."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from traceback import extract_tb
from typing import Generic, TypeVar

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
    except VoiceIDError as error:
        # The traceback would keep all variables of the call in memory.
        return None, error.with_traceback(None)
    except Exception as error:  # noqa: BLE001 - an error of one item must not end the others
        *_, place = extract_tb(error.__traceback__)
        raised = f"The function raised {type(error).__name__} ({place.filename}, line {place.lineno})"
    return None, BulkError(raised, next_step="Call it with this item alone to see all of the error.")


@attrs.define(eq=False)
class InFlight(Generic[ItemT, ValueT]):
    """The attempts that an executor has, and those that have ended and were not taken yet."""

    _executor: Executor
    attempts: dict[Future[Result[ValueT]], Attempt[ItemT]] = attrs.field(
        init=False, factory=dict[Future[Result[ValueT]], Attempt[ItemT]]
    )
    wake: threading.Event = attrs.field(init=False, factory=threading.Event)
    """Set when an attempt ends."""
    _ended: deque[Future[Result[ValueT]]] = attrs.field(init=False, factory=deque[Future[Result[ValueT]]])

    def __len__(self) -> int:
        return len(self.attempts)

    def submit(self, function: Callable[[ItemT], ValueT], attempt: Attempt[ItemT]) -> None:
        """Hand an item to the executor; raises the executor's errors."""
        future = self._executor.submit(call, function, attempt.item)
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

    def stop(self, *, cancel: bool) -> None:
        """Wait until every call has ended; with ``cancel``, calls that have not begun are cancelled."""
        wait([future for future in self.attempts if not (cancel and future.cancel())])
