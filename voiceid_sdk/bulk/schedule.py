"""Schedules: which item of a run is sent when, and what becomes of its result. No I/O.

A run repeats ``_next_step``, and either yields the outcome that it returns, or pauses. Items are taken from
the source only then, so the source is read lazily, and nothing happens while nobody iterates.
"""

import abc
import contextlib
import heapq
import logging
import threading
from collections import deque
from collections.abc import AsyncIterable, Generator, Iterable, Sized
from concurrent.futures import CancelledError, Executor
from typing import Final, Generic, Literal, NoReturn

import attrs

from voiceid_sdk.bulk.attempts import Attempt, InFlight, ItemT, ValueT
from voiceid_sdk.bulk.outcomes import Outcome
from voiceid_sdk.bulk.pacing import AdaptiveRateLimiter
from voiceid_sdk.bulk.report import Report, ReportBuilder
from voiceid_sdk.errors import (
    BulkError,
    ConfigurationError,
    Problem,
    RequestValidationError,
    ThrottlingError,
)
from voiceid_sdk.progress import Meter, ProgressOption, track_progress
from voiceid_sdk.service_model.rates import PUBLISHED_RATES
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock, process_clock

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
        self._what, self._unit = what, unit
        self._workers, self._executor = workers, executor
        self._in_order = order == "input"
        self._progress, self._cancel = progress, cancel
        self._clock = clock or process_clock()
        self._limiter = AdaptiveRateLimiter(limit, self._clock.monotonic())
        before = resume or Report(operation=operation)
        self._done = ReportBuilder.resume(before, retry_failed=retry_failed)
        self._count = _length(items)
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

    def __repr__(self) -> str:
        report = self.report
        return f"{type(self).__name__}({self._what}: {report.done:,} done, {report.failures:,} failed)"

    def __reduce__(self) -> NoReturn:
        raise BulkError(
            "A run cannot be pickled", next_step="Pickle its report, and begin another run with resume=."
        )

    @property
    def report(self) -> Report:
        """All outcomes so far, as a report that can be pickled or written as JSON."""
        is_left = self._unreturned or self._source_failed or self._iterating.locked()
        return self._done.report(complete=self._exhausted and not is_left)

    @contextlib.contextmanager
    def _iteration_lock(self) -> Generator[Meter]:
        """Keep other loops away and show the progress, for one loop over the run."""
        if not self._iterating.acquire(blocking=False):
            raise BulkError("Another loop iterates over this run", next_step="Make a run for each loop.")
        total = None if self._count is None else self._count - self.report.done
        try:
            with track_progress(
                self._progress, what=self._what, unit=self._unit, total=total, clock=self._clock
            ) as meter:
                yield meter
        finally:
            self._iterating.release()

    def _is_fetching(self) -> bool:
        """Return whether the source has been asked for an item that it has not given yet."""
        return False

    @abc.abstractmethod
    def _next_item(self) -> tuple[int, ItemT] | None:
        """Return the next item that is not done, with its index; None if it has to be waited for.

        Raises:
            StopIteration: there are no more.
        """

    def _pickling_error(self) -> ConfigurationError | None:
        """Return why the calls cannot be pickled for the executor, if the client is the reason."""
        return None

    def _next_step(
        self, in_flight: InFlight[ItemT, ValueT], meter: Meter
    ) -> Outcome[ItemT, ValueT] | Pause | None:
        """Send what is due, and return an outcome (to be taken), or a pause, or None at the end."""
        in_flight.wake.clear()
        self._collect(in_flight)
        pause = self._fill(in_flight)
        outcome = self._next_outcome()
        if outcome is not None:
            # It is removed after the count, so that no outcome is lost when the progress function fails.
            meter.advance(failed=0 if outcome.ok else 1)
            return outcome
        if in_flight.attempts or self._is_fetching():
            # A fake clock must not advance while real calls run.
            return Pause(pause if self._clock is SYSTEM_CLOCK else None)
        if pause is not None:
            return Pause(pause)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return None

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
        while len(in_flight.attempts) < self._prefetch * self._workers and not self._is_over():
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
            taken = self._next_item()
        except StopIteration:
            self._exhausted = True
        except Exception as error:  # noqa: BLE001 - it is raised when all calls in flight have ended
            self._source_failed = True
            self._failure = error
        else:
            self._source_failed = False
            if taken is not None:
                self._unreturned.append(taken[0])
                heapq.heappush(self._waiting, Attempt(0.0, *taken))

    def _send(self, in_flight: InFlight[ItemT, ValueT], now: float) -> None:
        attempt = heapq.heappop(self._waiting)
        attempt.sent_at = now
        try:
            in_flight.submit(attempt)
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
