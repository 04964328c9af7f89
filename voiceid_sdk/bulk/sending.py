"""Ways to make the calls of a run: on threads of its own, or on an executor of the caller.

The thread that iterates over the run uses only primitives that are implemented in C, because an interrupt in
the middle of a lock or condition of the standard library leaves it unusable.
"""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Generic, Protocol

from voiceid_sdk._wire.client_tokens import TokenSource
from voiceid_sdk.bulk.attempts import RUN, WORKER, Attempt, Call, ItemT, Result, ValueT, no_result, perform

Ended = Callable[[int], object]
"""Is called from any thread with the index of an item whose call has ended."""


class Sender(Protocol[ItemT, ValueT]):
    """Makes calls."""

    def new_call(self) -> Call[ValueT]:
        """Return a call that was not sent yet."""
        ...

    def send(
        self, attempt: Attempt[ItemT, ValueT], call: Call[ValueT], tokens: TokenSource, ended: Ended
    ) -> None:
        """Begin a call; raises the errors of what makes it."""
        ...

    def take_back(self, index: int, call: Call[ValueT], ended: Ended) -> bool:
        """Return whether a call has not begun, and never will; otherwise ``ended`` is called at its end.

        Args:
            index: the index of the item.
            call: the call, which another loop may have sent.
            ended: is called when the call has ended.
        """
        ...


class WorkerThreads(Generic[ItemT, ValueT]):
    """Threads that make the calls of one loop over a run.

    Args:
        function: is called with each item.
        limit: the number of threads at most.
    """

    def __init__(self, function: Callable[[ItemT], ValueT], limit: int) -> None:
        self._function = function
        self._limit = limit
        self._threads: list[threading.Thread] = []
        self._begin: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._exits: SimpleQueue[None] = SimpleQueue()

    def new_call(self) -> Call[ValueT]:
        """Return a call that was not sent yet."""
        return Call()

    def send(
        self, attempt: Attempt[ItemT, ValueT], call: Call[ValueT], tokens: TokenSource, ended: Ended
    ) -> None:
        """Hand a call to the threads."""
        self._begin.put(partial(self._make, attempt.index, attempt.item, call, tokens, ended))
        if len(self._threads) < self._limit:
            # Daemons, because a loop that was interrupted twice does not wait for them.
            name = f"voiceid-bulk_{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (make := self._begin.get()) is not None:
            make()
            del make  # it keeps the item in memory
        self._exits.put(None)

    def _make(self, index: int, item: ItemT, call: Call[ValueT], tokens: TokenSource, ended: Ended) -> None:
        if call.claim(WORKER):
            try:
                call.result = perform(self._function, item, tokens)
            except BaseException as error:  # the thread has to go on
                call.result = None, no_result(error)
            ended(index)

    def take_back(self, index: int, call: Call[ValueT], ended: Ended) -> bool:
        """Return whether a call has not begun, and never will."""
        del index, ended  # the thread that makes the call has them
        return call.claim(RUN)

    def stop(self) -> None:
        """Return when all calls that have begun have ended, and no thread is left."""
        for _ in self._threads:
            self._begin.put(None)
        for _ in [thread for thread in self._threads if thread.is_alive()]:
            self._exits.get()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()


class ExecutorCalls(Generic[ItemT, ValueT]):
    """Calls that an executor of the caller makes.

    Args:
        function: is called with each item.
        executor: makes the calls.
    """

    def __init__(self, function: Callable[[ItemT], ValueT], executor: Executor) -> None:
        self._function = function
        self._executor = executor

    def new_call(self) -> Call[ValueT]:
        """Return a call that was not sent yet."""
        return Call()

    def send(
        self, attempt: Attempt[ItemT, ValueT], call: Call[ValueT], tokens: TokenSource, ended: Ended
    ) -> None:
        """Hand a call to the executor; raises the executor's errors."""
        call.future = self._executor.submit(
            perform, self._function, attempt.item, call.given_to.setdefault("executor", tokens)
        )
        call.future.add_done_callback(partial(_record, attempt.index, call, ended))

    def take_back(self, index: int, call: Call[ValueT], ended: Ended) -> bool:
        """Return whether a call was never given to the executor.

        An executor may report a running call as cancelled, so none is cancelled.
        """
        if call.future is not None:
            # An interrupt may have come before this was done.
            call.future.add_done_callback(partial(_record, index, call, ended))
        elif call.given_to:
            call.raised = InterruptedError()
            ended(index)
        else:
            return True
        return False


def _record(index: int, call: Call[ValueT], ended: Ended, future: Future[Result[ValueT]]) -> None:
    if future.cancelled():
        call.raised = CancelledError()
    elif (raised := future.exception()) is not None:
        call.raised = raised
    else:
        call.result = future.result()
    ended(index)
