"""Runs: one operation over many items, with one outcome for each.

The thread that iterates over a run does all bookkeeping, and sleeps until an attempt ends. No thread is left
when the iteration ends.
"""

import contextlib
import pickle
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from queue import Empty
from types import TracebackType
from typing import Final, Generic, NamedTuple, Unpack

import attrs

from voiceid_sdk._cleanup import CleaningUp, EndingWith
from voiceid_sdk.bulk.attempts import ItemT, ValueT
from voiceid_sdk.bulk.interrupts import continues_after_interrupt, is_safe_source
from voiceid_sdk.bulk.options import Options
from voiceid_sdk.bulk.outcomes import Outcome
from voiceid_sdk.bulk.schedule import Iteration, Pause, Schedule
from voiceid_sdk.bulk.sending import ExecutorCalls, WorkerThreads
from voiceid_sdk.errors import ConfigurationError
from voiceid_sdk.progress import Meter
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock

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
        self._items = iter(items)
        self._source = enumerate(self._items)
        self._iteration: weakref.ref[_Outcomes[ItemT, ValueT]] | None = None

    def __enter__(self) -> "Run[ItemT, ValueT]":
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with CleaningUp(after=exc):
            self.close()

    def close(self) -> None:
        """Pause the run: return when all calls in flight have ended."""
        iteration = None if self._iteration is None else self._iteration()
        if iteration is not None:
            iteration.leave()

    def __iter__(self) -> Iterator[Outcome[ItemT, ValueT]]:
        """Begin or continue the run, and yield one outcome after the other.

        Raises:
            BulkError: the executor accepts no calls, another loop iterates over the run, or another process
                began it.
            ConfigurationError: the client cannot be pickled for the executor.
        """
        iteration = _Outcomes(_Steps(self._begin, self._advance, self._offer, self._leave, self._vacate))
        self._iteration = weakref.ref(iteration)
        return iteration

    def _begin(self, loop: Iteration) -> "_Loop[ItemT, ValueT]":
        self._occupy(loop)
        sender: WorkerThreads[ItemT, ValueT] | ExecutorCalls[ItemT, ValueT]
        if self._executor is None:
            sender = WorkerThreads(self._function, self._workers)
        else:
            sender = ExecutorCalls(self._function, self._executor)
        return _Loop(sender, contextlib.ExitStack())

    def _advance(self, loop: "_Loop[ItemT, ValueT]") -> Outcome[ItemT, ValueT] | None:
        """Return the next outcome, or None at the end."""
        __tracebackhide__ = True
        self._check_process()
        self._settle()
        if loop.meter is None:
            self._resume(loop.sender)
            loop.meter = loop.progress.enter_context(self._progress_of_loop())
        while (step := self._next_step(loop.sender, loop.meter)) is not None:
            if isinstance(step, Outcome):
                return step
            self._pause(step)
        return None

    def _leave(self, loop: "_Loop[ItemT, ValueT]") -> None:
        """Take back the calls that have not begun, and wait for the others."""
        if self._is_inherited:
            return
        for index in list(self._in_flight):
            self._take_back(index, loop.sender)
        if isinstance(loop.sender, WorkerThreads):
            loop.sender.stop()
        self._collect()
        while self._in_flight:
            self._end(self._ended.get())

    def _pause(self, pause: Pause) -> None:
        __tracebackhide__ = True
        seconds = LONGEST_SLEEP if pause.seconds is None else min(pause.seconds, LONGEST_SLEEP)
        if self._in_flight or self._clock is SYSTEM_CLOCK:
            with contextlib.suppress(Empty):
                self._end(self._ended.get(timeout=seconds))
        else:
            with self._stopwatch.pausing(seconds):
                self._clock.sleep(seconds, None)

    def _next_item(self) -> tuple[int, ItemT]:
        return self._next_of(self._source)

    def _is_safe_source(self) -> bool:
        return is_safe_source(self._items)

    def _continues_after(self, interrupt: BaseException) -> bool:
        return continues_after_interrupt(self._items, interrupt)

    def _pickling_error(self) -> ConfigurationError | None:
        """Return why the function cannot be pickled, if its client is the reason."""
        # Each executor wraps pickling errors in its own way, so the function is pickled here.
        if self._executor is None:
            return None
        try:
            pickle.dumps(self._function)
        except ConfigurationError as error:
            return error.with_traceback(None)
        except Exception:  # the executor may use another pickler
            return None
        return None


@attrs.define(eq=False)
class _Loop(Generic[ItemT, ValueT]):
    """The objects that one loop over a run uses."""

    sender: WorkerThreads[ItemT, ValueT] | ExecutorCalls[ItemT, ValueT]
    progress: contextlib.ExitStack
    meter: Meter | None = None


class _Steps(NamedTuple, Generic[ItemT, ValueT]):
    """The methods of a run that a loop over it calls."""

    begin: Callable[[Iteration], _Loop[ItemT, ValueT]]
    advance: Callable[[_Loop[ItemT, ValueT]], Outcome[ItemT, ValueT] | None]
    offer: Callable[[Outcome[ItemT, ValueT] | None], None]
    leave: Callable[[_Loop[ItemT, ValueT]], None]
    vacate: Callable[[Iteration], None]


class _Outcomes(Iteration, Iterator[Outcome[ItemT, ValueT]]):
    """One loop over a run. A generator could not tell whether its last outcome was given."""

    _loop: _Loop[ItemT, ValueT] | None = None

    def __init__(self, steps: _Steps[ItemT, ValueT]) -> None:
        self._steps = steps
        self._thread = threading.get_ident()

    def __next__(self) -> Outcome[ItemT, ValueT]:
        __tracebackhide__ = True
        if self.has_ended:
            raise StopIteration
        outcome = None
        reference, steps = weakref.ref(self), self._steps
        try:
            if self._loop is None:
                self._loop = steps.begin(self)
            loop = self._loop
            # An error of the source, which is raised later, keeps this frame in memory. The frame must not
            # keep the iterator, which would occupy the run after the caller has left it.
            del self
            outcome = steps.advance(loop)
            # No interrupt comes after this step, so an outcome counts exactly when it is given.
            steps.offer(outcome)
            if outcome is not None:
                return outcome
        except BaseException as passing:
            if outcome is not None:
                steps.offer(None)
            with CleaningUp(after=passing):
                _leave(reference)
            raise
        _leave(reference)
        raise StopIteration

    def leave(self) -> None:
        """End the loop: return when all calls in flight have ended."""
        self.has_ended = True
        try:
            if self._loop is not None:
                with EndingWith(self._loop.progress.close):
                    self._steps.leave(self._loop)
        finally:
            self._loop = None
            self._steps.vacate(self)

    def __del__(self) -> None:
        loop = self._loop
        if loop is None:
            return
        if not self.has_ended and threading.get_ident() == self._thread:
            self.leave()
            return
        # An interrupt came while the loop was left, or the garbage collector runs in another thread. That may
        # be a thread of this loop, which must not wait for itself. So the threads end by themselves.
        self._loop = None
        try:
            loop.progress.close()
        finally:
            self._steps.vacate(self)


def _leave(reference: Callable[[], _Outcomes[ItemT, ValueT] | None]) -> None:
    outcomes = reference()
    if outcomes is not None:
        outcomes.leave()
