"""Runs: one operation over many items, with one outcome for each.

The thread that iterates over a run does all bookkeeping, and sleeps until an attempt ends. No thread is left
when the iteration ends.
"""

import contextlib
import heapq
import pickle
import threading
import weakref
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Unpack

from voiceid_sdk.bulk.attempts import ExecutorCalls, ItemT, ValueT
from voiceid_sdk.bulk.options import Options
from voiceid_sdk.bulk.outcomes import Outcome
from voiceid_sdk.bulk.schedule import Pause, Schedule
from voiceid_sdk.errors import ConfigurationError
from voiceid_sdk.waiting import Clock

__all__ = ["Run"]

LONGEST_SLEEP: Final = 0.1
"""The longest time between two checks of ``cancel``, in seconds."""


class Run(Schedule[ItemT, ValueT]):
    """Many calls, which are made while the run is iterated over; it yields one ``Outcome`` for each item.

    Leaving the loop pauses the run: calls in flight end, no other call begins, and no thread is left. Another
    loop continues. Items are taken from their source when they are needed, on the thread that iterates.

    It is a context manager; ``close`` pauses the run as well.
    """

    def __init__(
        self,
        function: Callable[[ItemT], ValueT],
        items: Iterable[ItemT],
        *,
        operation: str | None,
        what: str,
        unit: str,
        clock: Clock | None = None,
        pool_size: int | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(
            items, operation=operation, what=what, unit=unit, clock=clock, pool_size=pool_size, **options
        )
        self._function = function
        self._source = enumerate(items)
        self._iteration: weakref.ref[Generator[Outcome[ItemT, ValueT]]] | None = None

    def __enter__(self) -> "Run[ItemT, ValueT]":
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Pause the run: return when all calls in flight have ended."""
        iteration = None if self._iteration is None else self._iteration()
        if iteration is not None:
            iteration.close()

    def __iter__(self) -> Iterator[Outcome[ItemT, ValueT]]:
        """Begin or continue the run, and yield one outcome after the other.

        Raises:
            BulkError: the executor accepts no calls, or another loop iterates over the run.
            ConfigurationError: the client cannot be pickled for the executor.
        """
        iteration = self._iterate()
        self._iteration = weakref.ref(iteration)
        return iteration

    def _iterate(self) -> Generator[Outcome[ItemT, ValueT]]:
        with self._iteration_lock() as meter, self._running_executor() as executor:
            wake = threading.Event()
            in_flight = ExecutorCalls(executor, self._function, wake)
            try:
                while (step := self._next_step(in_flight, meter)) is not None:
                    if isinstance(step, Pause):
                        self._pause(step, wake)
                    else:
                        self._take(step)
                        yield step
            finally:
                try:
                    # Another executor may report a running call as cancelled, so only our own pool's calls
                    # are cancelled.
                    in_flight.stop(cancel=self._executor is None)
                finally:
                    self._collect(in_flight)
                    # An interrupt may end the wait; the results of these calls are unknown then.
                    self._waiting = [*self._waiting, *in_flight.attempts.values()]
                    heapq.heapify(self._waiting)

    def _running_executor(self) -> AbstractContextManager[Executor]:
        if self._executor is not None:
            return contextlib.nullcontext(self._executor)
        return ThreadPoolExecutor(self._workers, thread_name_prefix="voiceid-bulk")

    def _pause(self, pause: Pause, wake: threading.Event) -> None:
        if pause.seconds is None:
            wake.wait(LONGEST_SLEEP)
        else:
            self._clock.sleep(min(pause.seconds, LONGEST_SLEEP), wake)

    def _next_item(self) -> tuple[int, ItemT]:
        return next(one for one in self._source if one[0] not in self._done)

    def _pickling_error(self) -> ConfigurationError | None:
        """Return why the function cannot be pickled, if its client is the reason."""
        # Each executor wraps pickling errors in its own way, so the function is pickled here.
        if self._executor is None:
            return None
        try:
            pickle.dumps(self._function)
        except ConfigurationError as error:
            return error.with_traceback(None)
        except Exception:  # noqa: BLE001 - the executor may use another pickler
            return None
        return None
