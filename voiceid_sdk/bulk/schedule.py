"""Schedules: which item of a run is sent when, and how its result is recorded. No I/O.

A run repeats ``_next_step``, and either yields the outcome that it returns, or pauses. Items are taken from
the source only then, so the source is read lazily, and nothing happens between iterations.
"""

import abc
import contextlib
import heapq
import itertools
import logging
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterable, Iterable, Sized
from concurrent.futures import CancelledError, Executor
from contextlib import AbstractContextManager
from queue import SimpleQueue
from typing import Final, Generic, Literal, NoReturn

import attrs

from voiceid_sdk._arguments import check_types
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk._values import COUNT, NUMBER
from voiceid_sdk._wire.client_tokens import TokenSource
from voiceid_sdk.bulk.attempts import Attempt, ItemT, ValueT, no_result
from voiceid_sdk.bulk.interrupts import interrupt_behind
from voiceid_sdk.bulk.outcomes import Outcome
from voiceid_sdk.bulk.pacing import AdaptiveRateLimiter
from voiceid_sdk.bulk.report import Report, ReportBuilder
from voiceid_sdk.bulk.sending import Sender
from voiceid_sdk.errors import (
    BulkError,
    ConfigurationError,
    Problem,
    RequestValidationError,
    ThrottlingError,
)
from voiceid_sdk.progress import Meter, ProgressOption, track_progress
from voiceid_sdk.service_model.rates import PUBLISHED_RATES
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock, Stopwatch, check_wait_options, process_clock

_logger: Final = logging.getLogger("voiceid_sdk")

WORKERS: Final = 16
"""The default number of concurrent calls."""

PREFETCH: Final = 2
"""The calls handed to the executor for each worker, so that no worker waits for the caller's thread."""

WINDOW: Final = 4
"""The items in memory for each worker at most: in flight, requeued, or ended and not yet returned."""

MAX_REQUEUES: Final = 5
"""How often a throttled item is tried again, after all attempts of botocore."""

FIRST_PAUSE: Final = 1.0
"""The pause before a requeued item is sent, in seconds; it doubles each time."""

FASTEST: Final = 1e9
"""The highest rate, in calls a second; with an infinite one, nothing could be computed."""

SAME_MOMENT: Final = 0.0001
"""Times that are closer than this, in seconds, count as equal: fake clocks count microseconds."""


def _length(items: object) -> int | None:
    """Return the number of items, if known; a list of the service has a length, but raises TypeError."""
    with contextlib.suppress(TypeError):
        return len(items) if isinstance(items, Sized) else None
    return None


@attrs.frozen
class Pause:
    """A step in which nothing can be done."""

    seconds: float | None
    """When the next call is due; None if a call or the source has to end first."""


class Iteration:
    """One loop over a run."""

    has_ended = False


class Schedule(abc.ABC, Generic[ItemT, ValueT]):
    """The state of a run between its steps; runs inherit from it, and add the loop."""

    _prefetch = PREFETCH

    def __init__(
        self,
        items: Iterable[ItemT] | AsyncIterable[ItemT],
        *,
        operation: str | None,
        what: str,
        unit: str,
        clock: Clock | None = None,
        pool_size: int | None = None,
        workers: int = WORKERS,
        executor: Executor | None = None,
        order: Literal["completion", "input"] = "completion",
        rate: float | Literal["published"] | None = "published",
        progress: ProgressOption = True,
        resume: Report | None = None,
        retry_failed: bool = False,
        cancel: threading.Event | None = None,
    ) -> None:
        check_types(
            "bulk",
            items=(items, (Iterable, AsyncIterable), "must be several items, such as a list"),
            workers=(workers, COUNT, "must be a whole number, at least 1"),
            order=(order, (str,), "must be 'completion' or 'input'"),
            rate=(
                None if rate == "published" else rate,
                (*NUMBER, type(None)),
                "must be a number, 'published' or None",
            ),
            resume=(resume, (Report, type(None)), "must be the report of a run"),
        )
        check_wait_options(None, cancel=cancel, function="bulk")
        limit = PUBLISHED_RATES.get(operation or "") if rate == "published" else rate
        rules = {
            "items": (
                "must be several items, such as a list; it is one string",
                not isinstance(items, (str, bytes)),
            ),
            "workers": ("must be at least 1", workers >= 1),
            "order": ("must be 'completion' or 'input'", order in {"completion", "input"}),
            "rate": ("must be more than 0, and at most 1e9", limit is None or 0 < limit <= FASTEST),
            "resume": (
                "must be the report of a run of the same operation",
                resume is None or resume.operation == operation,
            ),
        }
        problems = [Problem(parameter=name, rule=rule) for name, (rule, kept) in rules.items() if not kept]
        if problems:
            raise RequestValidationError.of("bulk", tuple(problems))
        if executor is None and pool_size is not None and pool_size < workers:
            _logger.debug("%d workers share a client that keeps %d connections", workers, pool_size)
        self._what, self._unit = what, unit
        self._workers, self._executor = workers, executor
        self._in_order = order == "input"
        self._progress, self._cancel = progress, cancel
        self._clock = clock or process_clock()
        self._stopwatch = Stopwatch(self._clock)
        self._limiter = AdaptiveRateLimiter(limit, 0.0)
        before = resume or Report(operation=operation)
        self._done = ReportBuilder.resume(before, retry_failed=retry_failed)
        self._count = _length(items)
        self._exhausted = False
        self._source_failed: bool = False
        self._failure: Exception | None = None
        # All items that were taken and not given yet, by index, in the order of the source. This is the whole
        # state of the run: each step replaces an attempt, and each loop makes the other collections anew.
        self._attempts: dict[int, Attempt[ItemT, ValueT]] = {}
        # The item that the source gave last.
        self._fetched: deque[tuple[int, ItemT]] = deque()
        # The outcome that a loop gives at this moment, or gave last.
        self._offered: Outcome[ItemT, ValueT] | None = None
        # A heap of times and indices: the attempt that is due first comes first.
        self._waiting: list[tuple[float, int]] = []
        self._in_flight: set[int] = set()
        # The indices of outcomes, in the order in which their calls ended.
        self._ready: deque[int] = deque()
        # The indices of items whose calls have ended, from any thread.
        self._ended: SimpleQueue[int] = SimpleQueue()
        # The loop over the run; references to it are weak, so that a lost one does not occupy the run.
        self._loops: dict[str, weakref.ref[Iteration]] = {}
        self._is_inherited = False
        after_fork_in_child(self._disown)

    def __repr__(self) -> str:
        report = self.report
        return f"{type(self).__name__}({self._what}: {report.done:,} done, {report.failures:,} failed)"

    def __reduce__(self) -> NoReturn:
        raise BulkError(
            "A run cannot be pickled", next_step="Pickle its report, and begin another run with resume=."
        )

    def _disown(self) -> None:
        # The threads and the calls are the parent's, and so are the items that it took.
        self._is_inherited = bool(self._attempts or self._loops)
        self._ended = SimpleQueue()

    @property
    def report(self) -> Report:
        """All outcomes so far, as a report that can be pickled or written as JSON."""
        offered = self._offered
        left = len(self._attempts) - (offered is not None and offered.index in self._attempts)
        complete = self._exhausted and not (left or self._source_failed or self._is_occupied())
        return self._done.report(complete=complete, last=offered)

    # --- Loops ------------------------------------------------------------------------------------------

    def _is_occupied(self) -> bool:
        reference = self._loops.get("loop")
        loop = None if reference is None else reference()
        return loop is not None and not loop.has_ended

    def _occupy(self, loop: Iteration) -> None:
        """Keep other loops away, until this one leaves or is lost."""
        self._check_process()
        if not self._is_occupied():
            self._loops.pop("loop", None)
        reference = self._loops.setdefault("loop", weakref.ref(loop))
        if reference() is not loop:
            raise BulkError("Another loop iterates over this run", next_step="Make a run for each loop.")

    def _offer(self, outcome: Outcome[ItemT, ValueT] | None) -> None:
        """Let an outcome count as given; None takes the last one back."""
        self._offered = outcome

    def _check_process(self) -> None:
        if self._is_inherited:
            raise BulkError(
                "Another process began this run, and its calls are there",
                next_step="Begin another run in this process, with the report of this one as resume=.",
            )

    def _vacate(self, loop: Iteration) -> None:
        reference = self._loops.get("loop")
        if reference is not None and reference() is loop:
            self._loops.pop("loop", None)

    def _progress_of_loop(self) -> AbstractContextManager[Meter]:
        total = None if self._count is None else max(0, self._count - self.report.done)
        return track_progress(
            self._progress, what=self._what, unit=self._unit, total=total, clock=self._clock
        )

    def _resume(self, sender: Sender[ItemT, ValueT]) -> None:
        """Make the collections of a loop from the attempts, however the last loop ended."""
        self._settle()
        self._waiting, self._in_flight, self._ready = [], set(), deque()
        for index in list(self._attempts):
            self._take_back(index, sender)
        heapq.heapify(self._waiting)

    def _take_back(self, index: int, sender: Sender[ItemT, ValueT]) -> None:
        """Put an attempt where it belongs; a call that has not begun is sent again later."""
        attempt = self._attempts[index]
        self._in_flight.discard(index)
        if attempt.outcome is not None:
            self._ready.append(index)
        elif attempt.call is None or (
            not attempt.call.has_ended and sender.take_back(index, attempt.call, self._ended.put)
        ):
            self._attempts[index] = attrs.evolve(attempt, call=None)
            heapq.heappush(self._waiting, (attempt.due, index))
        else:
            self._in_flight.add(index)
            if attempt.call.has_ended:
                self._end(index)

    # --- Steps ------------------------------------------------------------------------------------------

    def _is_fetching(self) -> bool:
        """Return whether a request for an item from the source is under way."""
        return False

    @abc.abstractmethod
    def _next_item(self) -> tuple[int, ItemT] | None:
        """Return the next item that is not done, with its index; None if it has to be waited for.

        The same one is returned until it is among the attempts, so that no interrupt loses it.

        Raises:
            StopIteration: there are no more.
        """

    def _next_of(self, source: "enumerate[ItemT]") -> tuple[int, ItemT]:
        """Return the next item of an iterable source, as ``_next_item`` does."""
        while True:
            if not self._fetched:
                # One step in C, so an interrupt comes before an item is taken or after it was stored.
                self._fetched.extend(itertools.islice(source, 1))
            if not self._fetched:
                raise StopIteration
            if self._is_new(self._fetched[0][0]):
                return self._fetched[0]
            self._fetched.popleft()

    def _is_new(self, index: int) -> bool:
        return index not in self._done and index not in self._attempts

    @abc.abstractmethod
    def _is_safe_source(self) -> bool:
        """Return whether the source still gives all of its items after any error or interrupt."""

    @abc.abstractmethod
    def _continues_after(self, interrupt: BaseException) -> bool:
        """Return whether the source still gives all of its items after this error or interrupt."""

    def _pickling_error(self) -> ConfigurationError | None:
        """Return why the calls cannot be pickled for the executor, if the client is the reason."""
        return None

    def _next_step(
        self, sender: Sender[ItemT, ValueT], meter: Meter
    ) -> Outcome[ItemT, ValueT] | Pause | None:
        """Send what is due, and return an outcome (to be offered), or a pause, or None at the end."""
        self._collect()
        pause = self._fill(sender)
        outcome = self._next_outcome()
        if outcome is not None:
            # It stays until it was given, so that it is not lost when the progress function fails.
            meter.advance(failed=0 if outcome.ok else 1)
            return outcome
        if self._in_flight or self._is_fetching():
            # A fake clock must not advance while real calls run.
            return Pause(pause if self._clock is SYSTEM_CLOCK else None)
        if pause is not None:
            return Pause(pause)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return None

    def _next_outcome(self) -> Outcome[ItemT, ValueT] | None:
        if self._in_order:
            first = next(iter(self._attempts.values()), None)
            return None if first is None else first.outcome
        while self._ready and self._ready[0] not in self._attempts:
            self._ready.popleft()
        return self._attempts[self._ready[0]].outcome if self._ready else None

    def _settle(self) -> None:
        """Record the outcome that was given last; each step may be repeated after an interrupt."""
        if self._offered is not None:
            self._done.add(self._offered.index, self._offered.error)
            self._attempts.pop(self._offered.index, None)
            self._offered = None

    # --- From the source to the sender ------------------------------------------------------------------

    def _fill(self, sender: Sender[ItemT, ValueT]) -> float | None:
        """Send what is due; return the seconds until the next call, None if another must end first."""
        first = True
        while len(self._in_flight) < self._prefetch * self._workers and not self._is_over():
            now = self._stopwatch.elapsed
            self._take_item(now)
            if not self._waiting:
                return None
            pause = max(self._waiting[0][0] - now, self._limiter.wait(now))
            if pause > SAME_MOMENT or not (first or self._next_outcome() is None):
                return pause
            first = False
            self._send(sender)
            # The source may be slow, and an outcome must not wait for it.
            self._collect()
        return None

    def _is_over(self) -> bool:
        return self._failure is not None or (self._cancel is not None and self._cancel.is_set())

    def _take_item(self, now: float) -> None:
        """Take an item from the source, if there is room and no requeued item is due."""
        is_due = bool(self._waiting) and self._waiting[0][0] - now <= SAME_MOMENT
        if self._exhausted or is_due or len(self._attempts) >= WINDOW * self._workers:
            return
        before = self._source_failed
        try:
            # Until the result is recorded, because an interrupt may come in a handler, before its first step.
            self._source_failed = before or not self._is_safe_source()
            taken = self._next_item()
        except StopIteration:
            self._source_failed = before
            self._exhausted = True
        except Exception as error:  # it is raised when all calls in flight have ended
            self._source_failed = not self._continues_after(error)
            self._failure = error
        except BaseException as interrupt:
            self._source_failed = before or not self._continues_after(interrupt)
            raise
        else:
            self._source_failed = before and taken is None
            if taken is not None:
                self._attempts[taken[0]] = Attempt(*taken)
                heapq.heappush(self._waiting, (0.0, taken[0]))

    def _send(self, sender: Sender[ItemT, ValueT]) -> None:
        _, index = heapq.heappop(self._waiting)
        call = sender.new_call()
        attempt = attrs.evolve(self._attempts[index], number=self._limiter.sent, call=call)
        self._attempts[index] = attempt
        self._in_flight.add(index)
        try:
            sender.send(attempt, call, TokenSource(self._done.key, index), self._ended.put)
        except Exception as error:  # each executor has its own errors
            if (interrupt := interrupt_behind(error)) is not None:
                raise interrupt from None
            self._attempts[index] = attrs.evolve(attempt, call=None)
            self._in_flight.discard(index)
            heapq.heappush(self._waiting, (attempt.due, index))
            self._failure = self._pickling_error() or _not_accepted(error)
        else:
            self._limiter.send()

    # --- From the sender to the caller ------------------------------------------------------------------

    def _collect(self) -> None:
        """Record the calls that have ended."""
        while not self._ended.empty():
            self._end(self._ended.get())

    def _end(self, index: int) -> None:
        """Record the end of a call, unless that was done."""
        attempt = self._attempts.get(index)
        if attempt is None or attempt.call is None or not attempt.call.has_ended:
            return
        call = attempt.call
        pickling_error = None if call.raised is None else self._pickling_error()
        if call.was_cancelled or pickling_error is not None:
            # It was never sent.
            self._failure = self._failure or pickling_error
            self._requeue(attempt)
        else:
            value, error = call.result or (None, no_result(call.raised or CancelledError()))
            if isinstance(error, ThrottlingError) and self._slow_down(attempt):
                due = self._stopwatch.elapsed + FIRST_PAUSE * 2**attempt.requeues
                self._requeue(attrs.evolve(attempt, due=due, requeues=attempt.requeues + 1))
            else:
                outcome = Outcome(index, attempt.item, value, error)
                self._attempts[index] = attrs.evolve(attempt, call=None, outcome=outcome)
                self._ready.append(index)
        self._in_flight.discard(index)

    def _slow_down(self, attempt: Attempt[ItemT, ValueT]) -> bool:
        """Reduce the rate, and return whether the throttled item is tried again."""
        self._limiter.throttled(attempt.number, self._stopwatch.elapsed)
        return attempt.requeues < MAX_REQUEUES

    def _requeue(self, attempt: Attempt[ItemT, ValueT]) -> None:
        self._attempts[attempt.index] = attrs.evolve(attempt, call=None)
        heapq.heappush(self._waiting, (attempt.due, attempt.index))


def _not_accepted(error: Exception) -> BulkError:
    """Return the error for an executor that does not accept a call."""
    return BulkError(
        f"The executor accepts no more calls ({type(error).__name__})",
        next_step="Begin another run with another executor and this run's report as resume=.",
    )
