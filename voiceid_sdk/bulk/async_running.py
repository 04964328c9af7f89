"""Async runs: the same schedule as of ``Run``; calls are tasks, and pauses are the event loop's."""

import contextlib
import inspect
import threading
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import CancelledError, Future
from functools import partial
from types import TracebackType
from typing import Generic, NamedTuple, Self, Unpack

import attrs

from voiceid_sdk._cleanup import CleaningUp, EndingWith
from voiceid_sdk._wire.client_tokens import TokenSource, use_tokens_of
from voiceid_sdk.aio._connection import pause
from voiceid_sdk.aio._event_loops import Signal, start_task
from voiceid_sdk.aio._threads import submissions
from voiceid_sdk.aio.paging import AsyncItemIterator
from voiceid_sdk.bulk.attempts import RUN, WORKER, Attempt, Call, Claimed, ItemT, ValueT, item_error
from voiceid_sdk.bulk.interrupts import continues_after_interrupt, is_safe_source
from voiceid_sdk.bulk.options import AsyncOptions
from voiceid_sdk.bulk.outcomes import Outcome
from voiceid_sdk.bulk.schedule import Iteration, Pause, Schedule
from voiceid_sdk.bulk.sending import Ended
from voiceid_sdk.progress import Meter, Progress
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock

__all__ = ["AsyncRun"]


class _Call(Call[ValueT]):
    """A call in a task, and what it has submitted to threads."""

    def __init__(self) -> None:
        super().__init__()
        self.submitted: list[Future[object]] = []


class _Tasks(Generic[ItemT, ValueT]):
    """Calls that are tasks; they end by themselves, also without iteration over the run."""

    def __init__(self, function: Callable[[ItemT], Awaitable[ValueT]]) -> None:
        self._function = function
        self.wake: Signal | threading.Event = threading.Event()
        """Set when a call ends, or an item was fetched."""

    def new_call(self) -> Call[ValueT]:
        """Return a call that was not sent yet."""
        return _Call()

    def send(
        self, attempt: Attempt[ItemT, ValueT], call: Call[ValueT], tokens: TokenSource, ended: Ended
    ) -> None:
        """Start a task for an item."""
        start_task(partial(self._run, attempt, call, tokens, ended))

    async def _run(
        self, attempt: Attempt[ItemT, ValueT], call: Call[ValueT], tokens: TokenSource, ended: Ended
    ) -> None:
        submitted = call.submitted if isinstance(call, _Call) else []
        try:
            if not call.claim(WORKER):
                return
            submissions.set(submitted)
            use_tokens_of(tokens)
            call.result = await self._function(attempt.item), None
        except CancelledError:
            call.was_cancelled = True
        except Exception as error:  # an error of one item must not end the others
            call.result = None, item_error(error)
        except BaseException as error:
            # The event loop ends. Without a cancelled call, the request may have been sent.
            if any(future.cancelled() for future in submitted):
                call.was_cancelled = True
            else:
                call.raised = error
            raise
        finally:
            if not call.has_ended and call.claim(WORKER):
                # An interrupt came while the result was recorded.
                call.raised = InterruptedError()
            ended(attempt.index)
            self.wake.set()

    def take_back(self, index: int, call: Call[ValueT], ended: Ended) -> bool:
        """Return whether the task of a call has not begun, and never will."""
        del index, ended  # the task has them
        if call.claim(RUN):
            return True
        for future in call.submitted if isinstance(call, _Call) else ():
            future.cancel()
        return False


class AsyncRun(Schedule[ItemT, ValueT]):
    """Many calls, which are made while ``async for`` iterates over the run; it yields an ``Outcome`` an item.

    Leaving the loop, or cancelling its task, pauses the run at once: no call begins, and calls in flight end
    in the background. Another loop continues, and yields their outcomes. Items are taken from the source,
    which may be asynchronous, when they are needed.

    It is an async context manager; ``close`` pauses the run as well, and waits for the calls in flight.
    """

    _prefetch = 1

    def __init__(
        self,
        function: Callable[[ItemT], Awaitable[ValueT]],
        items: Iterable[ItemT] | AsyncIterable[ItemT],
        *,
        operation: str | None,
        what: str,
        unit: str,
        clock: Clock | None = None,
        **options: Unpack[AsyncOptions],
    ) -> None:
        if sync_only := options.keys() - AsyncOptions.__annotations__:
            raise TypeError(f"an async run has no {', '.join(sorted(sync_only))}: cancel its task")
        progress = options.get("progress", True)
        if callable(progress):
            options["progress"] = partial(self._show, progress)
        super().__init__(items, operation=operation, what=what, unit=unit, clock=clock, **options)
        self._items = iter(items) if isinstance(items, Iterable) else None
        self._source = enumerate(() if self._items is None else self._items)
        self._async_items = None if isinstance(items, Iterable) else aiter(items)
        self._next_index = 0
        self._fetch: _Fetch | None = None
        self._tasks: _Tasks[ItemT, ValueT] = _Tasks(function)
        self._reports: list[Awaitable[object]] = []
        self._iteration: weakref.ref[_Outcomes[ItemT, ValueT]] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with CleaningUp(after=exc):
            await self.close()

    async def close(self) -> None:
        """Pause the run: return when all calls in flight have ended."""
        iteration = None if self._iteration is None else self._iteration()
        if iteration is not None:
            iteration.leave()
        wake = self._new_wake()
        while self._in_flight:
            wake.clear()
            self._collect()
            if self._in_flight:
                await wake.wait()

    def __aiter__(self) -> AsyncIterator[Outcome[ItemT, ValueT]]:
        """Begin or continue the run, and yield one outcome after the other.

        Raises:
            BulkError: another loop iterates over the run.
        """
        iteration = _Outcomes(_Steps(self._begin, self._advance, self._offer, self._leave, self._vacate))
        self._iteration = weakref.ref(iteration)
        return iteration

    def _new_wake(self) -> Signal:
        # A signal belongs to one event loop, and the calls in flight may outlive it.
        wake = self._tasks.wake = Signal()
        return wake

    def _begin(self, iteration: Iteration) -> "_Loop":
        reference = self._loops.get("loop")
        previous = None if reference is None else reference()
        if isinstance(previous, _Outcomes) and previous.is_lost():
            # Its task keeps it in memory, if an interrupt ended the event loop.
            previous.has_ended = True
        self._occupy(iteration)
        if self._fetch is not None and self._fetch.claim(RUN):
            self._fetch = None  # its task was never begun
        self._resume(self._tasks)
        with contextlib.ExitStack() as stack:
            meter = stack.enter_context(self._progress_of_loop())
            return _Loop(meter, self._new_wake(), stack.pop_all())

    async def _advance(self, loop: "_Loop") -> Outcome[ItemT, ValueT] | None:
        """Return the next outcome, or None at the end."""
        self._settle()
        while True:
            loop.wake.clear()
            step = self._next_step(self._tasks, loop.meter)
            while self._reports:
                await self._reports.pop()
            if not isinstance(step, Pause):
                return step
            await self._pause(step, loop.wake)

    def _leave(self) -> None:
        for index in list(self._in_flight):
            self._take_back(index, self._tasks)

    async def _pause(self, step: Pause, wake: Signal) -> None:
        if step.seconds is None:
            await wake.wait()
        elif self._clock is SYSTEM_CLOCK:
            await wake.wait_for(step.seconds)
        else:
            with self._stopwatch.pausing(step.seconds):
                await pause(self._clock, step.seconds)

    def _show(self, show: Callable[[Progress], object], progress: Progress) -> None:
        # A coroutine function may be given, too; its coroutine is awaited in the loop.
        if inspect.isawaitable(shown := show(progress)):
            self._reports.append(shown)

    # --- The source -------------------------------------------------------------------------------------

    def _is_fetching(self) -> bool:
        fetch = self._fetch
        return not (self._fetched or fetch is None or fetch.was_stopped or fetch.error)

    def _next_item(self) -> tuple[int, ItemT] | None:
        if self._async_items is None:
            return self._next_of(self._source)
        self._drop_taken()
        if self._fetched:
            self._fetch = None
            return self._fetched[0]
        fetch = self._fetch
        if fetch is None or fetch.was_stopped:
            self._fetch = fetch = _Fetch()
            start_task(partial(self._fetch_item, self._async_items, fetch))
        elif fetch.error is not None:
            self._fetch = None
            raise fetch.error
        return None

    def _is_safe_source(self) -> bool:
        # The task that reads an asynchronous source records its end or its error.
        return self._items is None or is_safe_source(self._items)

    def _continues_after(self, interrupt: BaseException) -> bool:
        if self._items is None:
            return not isinstance(interrupt, Exception)
        return continues_after_interrupt(self._items, interrupt)

    def _drop_taken(self) -> None:
        """Make room for the next item, if the last one was taken; each step may be repeated."""
        while self._fetched and not self._is_new(self._fetched[0][0]):
            self._next_index = self._fetched[0][0] + 1
            self._fetched.popleft()

    async def _fetch_item(self, items: AsyncIterator[ItemT], fetch: "_Fetch") -> None:
        try:
            if not fetch.claim(WORKER):
                return
            # The end of an event loop closes the asynchronous generators that it has begun.
            self._source_failed |= getattr(items, "ag_frame", items) is None
            while not self._fetched:
                # One line, so an interrupt comes before an item is taken or after it was stored.
                self._fetched.append((self._next_index, await anext(items)))
                self._drop_taken()
        except StopAsyncIteration:
            fetch.error = StopIteration()
        except Exception as error:  # it is raised in the loop over the run
            fetch.error = error
        finally:
            if fetch.claim(WORKER):
                if not self._fetched and fetch.error is None:
                    # An interrupt came, or the event loop ends.
                    self._source_failed = not isinstance(items, AsyncItemIterator)
                    fetch.was_stopped = True
                self._tasks.wake.set()


@attrs.define(eq=False)
class _Fetch(Claimed):
    """One request to an asynchronous source, in a task of its own."""

    error: Exception | None = None
    """The error of the source; StopIteration at its end."""
    was_stopped: bool = False
    """Whether it ended without an item and without an error of the source."""


class _Loop(NamedTuple):
    """The objects that one loop over a run uses until its end."""

    meter: Meter
    wake: Signal
    stack: contextlib.ExitStack


class _Steps(NamedTuple, Generic[ItemT, ValueT]):
    """The methods of a run that a loop over it calls."""

    begin: Callable[[Iteration], _Loop]
    advance: Callable[[_Loop], Awaitable[Outcome[ItemT, ValueT] | None]]
    offer: Callable[[Outcome[ItemT, ValueT] | None], None]
    leave: Callable[[], None]
    vacate: Callable[[Iteration], None]


class _Outcomes(Iteration, AsyncIterator[Outcome[ItemT, ValueT]]):
    """The iterator of one loop. It ends with its object; an async generator would go on after ``break``."""

    _loop: _Loop | None = None

    def __init__(self, steps: _Steps[ItemT, ValueT]) -> None:
        self._steps = steps

    async def __anext__(self) -> Outcome[ItemT, ValueT]:
        outcome = None
        try:
            if self._loop is None:
                self._loop = self._steps.begin(self)
            outcome = await self._steps.advance(self._loop)
            # Nothing is awaited from here on, so an outcome counts exactly when it is given.
            self._steps.offer(outcome)
            if outcome is not None:
                return outcome
        except BaseException as passing:
            if outcome is not None:
                self._steps.offer(None)
            with CleaningUp(after=passing):
                self.leave()
            raise
        self.leave()
        raise StopAsyncIteration

    def is_lost(self) -> bool:
        """Return whether its event loop has ended, so that it never goes on."""
        return self._loop is not None and not self._loop.wake.set()

    def leave(self) -> None:
        """End the loop: no further call begins."""
        self.has_ended = True
        try:
            if self._loop is not None:
                with EndingWith(self._loop.stack.close):
                    self._steps.leave()
        finally:
            self._loop = None
            self._steps.vacate(self)

    def __del__(self) -> None:
        if self._loop is not None:
            self.leave()
