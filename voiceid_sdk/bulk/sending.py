"""Ways to make the calls of a run: on threads of its own, or on an executor of the caller.

The thread that iterates over the run uses only primitives that are implemented in C, because an interrupt in
the middle of a lock or condition of the standard library leaves it unusable.
"""

import threading
import weakref
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

    They end in ``stop``, or when this object is gone: an interrupt may prevent ``stop``.

    Args:
        function: is called with each item.
        limit: the number of threads at most.
    """

    def __init__(self, function: Callable[[ItemT], ValueT], limit: int) -> None:
        self._function = function
        self._limit = limit
        self._threads: list[threading.Thread] = []
        self._begin: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._exits: SimpleQueue[None] = SimpleQueue()
        # When this object is gone, the reference is put into the queue. No Python code runs for that, as it
        # does in ``__del__`` and in ``weakref.finalize``, so no interrupt can prevent it.
        self._end: weakref.ref[object] = weakref.ref(self, self._begin.put)

    def new_call(self) -> Call[ValueT]:
        """Return a call that was not sent yet."""
        return Call()

    def send(
        self, attempt: Attempt[ItemT, ValueT], call: Call[ValueT], tokens: TokenSource, ended: Ended
    ) -> None:
        """Hand a call to the threads."""
        self._begin.put(partial(_make, self._function, attempt, call, tokens, ended))
        if len(self._threads) < self._limit:
            # Daemons, because a loop that was interrupted twice does not wait for them.
            thread = threading.Thread(
                target=_work,
                args=(self._begin, self._end, self._exits),
                name=f"voiceid-bulk_{len(self._threads)}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    def take_back(self, index: int, call: Call[ValueT], ended: Ended) -> bool:
        """Return whether a call has not begun, and never will."""
        del index, ended  # the thread that makes the call has them
        return call.claim(RUN)

    def stop(self) -> None:
        """Return when all calls that have begun have ended, and no thread is left.

        After an interrupt, the threads end without being waited for.
        """
        self._begin.put(self._end)
        threads, self._threads = self._threads, []
        for _ in [thread for thread in threads if thread.is_alive()]:
            self._exits.get()
        for thread in threads:
            if thread.is_alive():
                thread.join()


def _work(
    begin: SimpleQueue[Callable[[], object]], end: Callable[[], object], exits: SimpleQueue[None]
) -> None:
    """Make calls until ``end`` comes. A thread must not refer to its owner, which would never be gone."""
    while (make := begin.get()) is not end:
        make()
        del make  # it keeps the item in memory
    begin.put(end)  # for the other threads
    exits.put(None)


def _make(
    function: Callable[[ItemT], ValueT],
    attempt: Attempt[ItemT, ValueT],
    call: Call[ValueT],
    tokens: TokenSource,
    ended: Ended,
) -> None:
    if call.claim(WORKER):
        try:
            call.result = perform(function, attempt.item, tokens)
        except BaseException as error:  # the thread has to go on
            call.result = None, no_result(error)
        ended(attempt.index)


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
