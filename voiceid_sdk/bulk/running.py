"""Runs: one operation over many items, with one outcome for each.

The thread that iterates over a run does all bookkeeping: it takes an item from the source when there is room
and the rate allows it, hands it to the executor, and sleeps until an attempt ends. So the source is read
lazily and on that thread, nothing happens while nobody iterates, and no thread is left afterwards.
"""

import contextlib
import heapq
import logging
import pickle
import threading
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, Generic, Literal, NoReturn, TypedDict, cast

import attrs

from voiceid_sdk.bulk.attempts import Attempt, InFlight, ItemT, ValueT
from voiceid_sdk.bulk.pacing import AdaptiveRateLimiter
from voiceid_sdk.bulk.report import Report, ReportBuilder
from voiceid_sdk.errors import (
    BulkError,
    ConfigurationError,
    Problem,
    RequestValidationError,
    ThrottlingError,
    VoiceIDError,
)
from voiceid_sdk.models import Structure
from voiceid_sdk.privacy.marks import REDACTED
from voiceid_sdk.progress import Meter, ProgressOption, track_progress
from voiceid_sdk.service_model.rates import PUBLISHED_RATES
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock, process_clock

__all__ = ["Options", "Outcome", "Run"]

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

LONGEST_SLEEP: Final = 0.1
"""The longest time between two checks of ``cancel``, in seconds."""

SAME_MOMENT: Final = 0.0001
"""Times that are closer than this, in seconds, count as equal: fake clocks count microseconds."""


class Options(TypedDict, total=False):
    """The options of a run; each has a default."""

    workers: int
    """The number of concurrent calls; 16 by default."""
    executor: Executor | None
    """Runs the calls, for example in processes or on other machines, and is left open; threads by default."""
    order: Literal["completion", "input"]
    """The order of outcomes: as calls end (the default), or as the items came."""
    rate: float | Literal["published"] | None
    """Requests a second: AWS's published rate of the operation by default; None for no limit."""
    progress: ProgressOption
    """How progress is shown; not at all by default."""
    resume: Report | None
    """The report of an earlier run of the same items in the same order; items that are done are left out."""
    retry_failed: bool
    """Whether items that failed in the earlier run are tried again; they are not by default."""
    cancel: threading.Event | None
    """Ends the run when set: calls in flight end, and no other call begins."""


def _shown(value: object) -> str:
    # Structures redact their repr; results of the caller's functions may not.
    return repr(value) if value is None or isinstance(value, Structure) else REDACTED


@attrs.frozen
class Outcome(Generic[ItemT, ValueT]):
    """The outcome of one item: a value, or an error."""

    index: int
    """The item's index in the source, from 0."""
    item: ItemT = attrs.field(repr=lambda _: REDACTED)
    """The item."""
    value: ValueT | None = attrs.field(default=None, repr=_shown)
    """The result of the operation; None when it has none, and when it failed."""
    error: VoiceIDError | None = None
    """The error; None when the operation succeeded."""

    @property
    def ok(self) -> bool:
        """Whether the operation succeeded."""
        return self.error is None

    def unwrap(self) -> ValueT:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("ValueT", self.value)


class Run(Generic[ItemT, ValueT]):
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
        workers: int = WORKERS,
        executor: Executor | None = None,
        order: Literal["completion", "input"] = "completion",
        rate: float | Literal["published"] | None = "published",
        progress: ProgressOption = False,
        resume: Report | None = None,
        retry_failed: bool = False,
        cancel: threading.Event | None = None,
    ) -> None:
        limit = PUBLISHED_RATES.get(operation or "") if rate == "published" else rate
        rules = {
            "items": (
                "must be several items, such as a list; it is one string",
                not isinstance(items, (str, bytes)),
            ),
            "workers": ("must be at least 1", workers >= 1),
            "order": ("must be 'completion' or 'input'", order in {"completion", "input"}),
            "rate": ("must be more than 0", limit is None or limit > 0),
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
        self._function = function
        self._what, self._unit = what, unit
        self._workers, self._executor = workers, executor
        self._in_order = order == "input"
        self._progress, self._cancel = progress, cancel
        self._clock = clock or process_clock()
        self._limiter = AdaptiveRateLimiter(limit, self._clock.monotonic())
        before = resume or Report(operation=operation)
        self._done = ReportBuilder.resume(before, retry_failed=retry_failed)
        self._count = len(items) if isinstance(items, Sized) else None
        self._source = enumerate(items)
        self._exhausted = False
        self._source_failed = False
        # A heap: the attempt that is due first comes first.
        self._waiting: list[Attempt[ItemT]] = []
        # Outcomes that were not returned yet, by index, in the order in which their calls ended.
        self._ready: dict[int, Outcome[ItemT, ValueT]] = {}
        # Indices whose outcomes were not returned yet, in the order of the source.
        self._unreturned: deque[int] = deque()
        self._failure: Exception | None = None
        self._iterating = threading.Lock()
        self._iteration: weakref.ref[Generator[Outcome[ItemT, ValueT]]] | None = None

    def __repr__(self) -> str:
        report = self.report
        return f"Run({self._what}: {report.done:,} done, {report.failures:,} failed)"

    def __reduce__(self) -> NoReturn:
        raise BulkError(
            "A run cannot be pickled", next_step="Pickle its report, and begin another run with resume=."
        )

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

    @property
    def report(self) -> Report:
        """All outcomes so far, as a report that can be pickled or written as JSON."""
        is_left = self._waiting or self._ready or self._source_failed or self._iterating.locked()
        return self._done.report(complete=self._exhausted and not is_left)

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
        if not self._iterating.acquire(blocking=False):
            raise BulkError("Another loop iterates over this run", next_step="Make a run for each loop.")
        total = None if self._count is None else self._count - self.report.done
        tracking = track_progress(
            self._progress, what=self._what, unit=self._unit, total=total, clock=self._clock
        )
        try:
            with tracking as meter, self._running_executor() as executor:
                in_flight: InFlight[ItemT, ValueT] = InFlight(executor)
                try:
                    yield from self._outcomes(in_flight, meter)
                finally:
                    try:
                        # Another executor may report a running call as cancelled, so only our own pool's
                        # calls are cancelled.
                        in_flight.stop(cancel=self._executor is None)
                    finally:
                        self._collect(in_flight)
                        # An interrupt may end the wait; the results of these calls are unknown then.
                        self._waiting = [*self._waiting, *in_flight.attempts.values()]
                        heapq.heapify(self._waiting)
        finally:
            self._iterating.release()

    def _running_executor(self) -> AbstractContextManager[Executor]:
        if self._executor is not None:
            return contextlib.nullcontext(self._executor)
        return ThreadPoolExecutor(self._workers, thread_name_prefix="voiceid-bulk")

    def _outcomes(
        self, in_flight: InFlight[ItemT, ValueT], meter: Meter
    ) -> Generator[Outcome[ItemT, ValueT]]:
        while True:
            in_flight.wake.clear()
            self._collect(in_flight)
            pause = self._fill(in_flight)
            outcome = self._next_outcome()
            if outcome is not None:
                # It is removed after the count, so that no outcome is lost when the progress function fails.
                meter.advance(failed=0 if outcome.ok else 1)
                self._take(outcome)
                yield outcome
            elif in_flight.attempts and (pause is None or self._clock is not SYSTEM_CLOCK):
                # A fake clock must not advance while real calls run.
                in_flight.wake.wait(LONGEST_SLEEP)
            elif pause is not None:
                self._clock.sleep(min(pause, LONGEST_SLEEP), in_flight.wake)
            else:
                break
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _next_outcome(self) -> Outcome[ItemT, ValueT] | None:
        following = self._unreturned if self._in_order else self._ready
        return self._ready.get(next(iter(following), -1))

    def _take(self, outcome: Outcome[ItemT, ValueT]) -> None:
        del self._ready[outcome.index]
        self._unreturned.remove(outcome.index)
        self._done.add(outcome.index, outcome.error)

    # --- From the source to the executor ----------------------------------------------------------------

    def _fill(self, in_flight: InFlight[ItemT, ValueT]) -> float | None:
        """Send what is due; return the seconds until the next call, None if another must end first."""
        first = True
        while len(in_flight.attempts) < PREFETCH * self._workers and not self._is_over():
            now = self._clock.monotonic()
            self._take_item(in_flight, now)
            if not self._waiting:
                return None
            pause = max(self._waiting[0].due - now, self._limiter.wait(now))
            if pause > SAME_MOMENT or not (first or self._next_outcome() is None):
                return pause
            first = False
            self._send(in_flight, now)
            # The source may be slow, and an outcome must not wait for it.
            self._collect(in_flight)
        return None

    def _is_over(self) -> bool:
        return self._failure is not None or (self._cancel is not None and self._cancel.is_set())

    def _take_item(self, in_flight: InFlight[ItemT, ValueT], now: float) -> None:
        """Take an item from the source, if there is room and no requeued item is due."""
        in_memory = len(in_flight.attempts) + len(self._ready) + len(self._waiting)
        is_due = bool(self._waiting) and self._waiting[0].due - now <= SAME_MOMENT
        if self._exhausted or is_due or in_memory >= WINDOW * self._workers:
            return
        try:
            index, item = next(one for one in self._source if one[0] not in self._done)
        except StopIteration:
            self._exhausted = True
        except Exception as error:  # noqa: BLE001 - it is raised when all calls in flight have ended
            self._source_failed = True
            self._failure = error
        else:
            self._source_failed = False
            self._unreturned.append(index)
            heapq.heappush(self._waiting, Attempt(0.0, index, item))

    def _send(self, in_flight: InFlight[ItemT, ValueT], now: float) -> None:
        attempt = heapq.heappop(self._waiting)
        attempt.sent_at = now
        try:
            in_flight.submit(self._function, attempt)
        except Exception as error:  # noqa: BLE001 - each executor has its own errors
            heapq.heappush(self._waiting, attempt)
            self._failure = self._pickling_error() or _not_accepted(error)
        else:
            self._limiter.send()

    # --- From the executor to the caller ----------------------------------------------------------------

    def _collect(self, in_flight: InFlight[ItemT, ValueT]) -> None:
        for attempt, future in in_flight.take_ended():
            raised = CancelledError() if future.cancelled() else future.exception()
            pickling_error = None if raised is None else self._pickling_error()
            if pickling_error is not None or (future.cancelled() and self._executor is None):
                # It was never sent.
                heapq.heappush(self._waiting, attempt)
                self._failure = self._failure or pickling_error
                continue
            value, error = future.result() if raised is None else (None, _no_result(raised))
            if not (isinstance(error, ThrottlingError) and self._requeue(attempt)):
                self._ready[attempt.index] = Outcome(attempt.index, attempt.item, value, error)

    def _requeue(self, attempt: Attempt[ItemT]) -> bool:
        """Slow down, and return whether the throttled item is tried again."""
        now = self._clock.monotonic()
        self._limiter.throttled(attempt.sent_at, now)
        if attempt.requeues == MAX_REQUEUES:
            return False
        attempt.due = now + FIRST_PAUSE * 2**attempt.requeues
        attempt.requeues += 1
        heapq.heappush(self._waiting, attempt)
        return True

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


def _not_accepted(error: Exception) -> BulkError:
    """Return the error for an executor that does not accept a call."""
    return BulkError(
        f"The executor accepts no more calls ({type(error).__name__})",
        next_step="Begin another run with another executor and this run's report as resume=.",
    )


def _no_result(error: BaseException) -> BulkError:
    """Return the error for an item for which the executor has no result."""
    return BulkError(
        f"The executor returned no result ({type(error).__name__}); the call may have been carried out",
        next_step="Describe the resource to find out, or call the operation again.",
    )
