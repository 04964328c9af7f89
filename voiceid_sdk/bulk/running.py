"""A run: feeds items to threads, processes or machines, and gives one outcome for each.

One thread does all of the keeping: the caller's, while it iterates. It takes items from the source when
there is room and the pacer allows it, and sleeps until something ends. So the source is read lazily, in the
caller's thread; nothing goes on when nobody iterates; and when the iteration ends, nothing is left behind.
"""

import contextlib
import heapq
import logging
import pickle
import threading
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from traceback import extract_tb
from types import TracebackType
from typing import Final, Generic, Literal, NoReturn, TypedDict, TypeVar, cast

import attrs

from voiceid_sdk.bulk.pacing import Pacer
from voiceid_sdk.bulk.report import Report, Tally
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
from voiceid_sdk.progress import Meter, ProgressOption, showing
from voiceid_sdk.service_model.rates import PUBLISHED_RATES
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock, process_clock

__all__ = ["Options", "Outcome", "Run"]

I = TypeVar("I")  # noqa: E741
T = TypeVar("T")

_logger: Final = logging.getLogger("voiceid_sdk")

WORKERS: Final = 16
"""How many calls go on at a time unless told otherwise."""

AHEAD: Final = 2
"""How many calls for each worker are handed over, so that none waits for the caller's thread."""

WINDOW: Final = 4
"""How many items for each worker are in memory at most: under way, put back, or ended and not yet given."""

TIMES_PUT_BACK: Final = 5
"""How often an item is tried again that the service throttled, after all of botocore's own attempts."""

FIRST_PAUSE: Final = 1.0
"""How long an item that was put back waits, in seconds; then twice as long each time."""

LONGEST_SLEEP: Final = 0.1
"""How long the caller's thread sleeps at most before it looks at ``cancel``, in seconds."""

SAME_MOMENT: Final = 0.0001
"""A moment that is nearer than this, in seconds, has come: clocks tick, and a held one in microseconds."""


class Options(TypedDict, total=False):
    """How a run goes; all may be left out."""

    workers: int
    """How many calls go on at a time; 16 unless given."""
    executor: Executor | None
    """Where they go on: a pool of processes, or of other machines; it is left open. Threads unless given."""
    order: Literal["completion", "input"]
    """In which order outcomes are given: as calls end, or as the items came. As calls end unless given."""
    rate: float | Literal["published"] | None
    """Requests a second: what AWS published for the operation unless given, None for no limit."""
    progress: ProgressOption
    """How progress is shown; not at all unless given."""
    cancel: threading.Event | None
    """Ends the run when set: what is under way ends, and nothing else begins."""
    resume: Report | None
    """The report of an earlier run of the same items in the same order: what it has done is left out."""
    retry_failed: bool
    """Whether what failed in the earlier run is tried again; not unless given."""


def _shown(value: object) -> str:
    # Data shows nothing sensitive by itself. What else a function returns, nobody knows.
    return repr(value) if value is None or isinstance(value, Structure) else REDACTED


@attrs.frozen
class Outcome(Generic[I, T]):
    """What came of one item: a value, or an error."""

    index: int
    """The item's place in what was given, from 0."""
    item: I = attrs.field(repr=lambda _: REDACTED)
    """The item as it was given."""
    value: T | None = attrs.field(default=None, repr=_shown)
    """What the operation returned; None when it returns nothing, and when it failed."""
    error: VoiceIDError | None = None
    """Why it failed; None when it succeeded."""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.error is None

    def unwrap(self) -> T:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


@attrs.define(order=True, repr=False)
class _Try(Generic[I]):
    """An item on its way."""

    due: float
    """When it may be sent; 0 for at once."""
    index: int
    item: I = attrs.field(order=False)
    times_put_back: int = attrs.field(default=0, order=False)
    sent_at: float = attrs.field(default=0.0, order=False)


_Ended = tuple[T | None, VoiceIDError | None]


def attempt(function: Callable[[I], T], item: I) -> _Ended[T]:
    """Call a function where the executor runs it, and return what came of it, as something that pickles."""
    try:
        return function(item), None
    except VoiceIDError as error:
        # Its traceback would keep everything alive that the call knew.
        return None, error.with_traceback(None)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
        *_, place = extract_tb(error.__traceback__)
        raised = f"The function raised {type(error).__name__} ({place.filename}, line {place.lineno})"
    return None, BulkError(raised, next_step="Call it with this item alone to see all of the error.")


@attrs.define(eq=False)
class _Flight(Generic[I, T]):
    """The calls that an executor has in hand, and those that have ended since somebody looked."""

    executor: Executor
    under_way: dict[Future[_Ended[T]], _Try[I]] = attrs.field(
        init=False, factory=dict[Future[_Ended[T]], _Try[I]]
    )
    wake: threading.Event = attrs.field(init=False, factory=threading.Event)
    """Is set when a call ends."""
    _ended: deque[Future[_Ended[T]]] = attrs.field(init=False, factory=deque[Future[_Ended[T]]])

    def send(self, function: Callable[[I], T], one: _Try[I]) -> None:
        """Hand an item over; raises what the executor raises."""
        future = self.executor.submit(attempt, function, one.item)
        self.under_way[future] = one
        future.add_done_callback(self._end)

    def _end(self, future: Future[_Ended[T]]) -> None:
        self._ended.append(future)
        self.wake.set()

    def take(self) -> Iterator[tuple[_Try[I], Future[_Ended[T]]]]:
        """Give each call that has ended."""
        while self._ended:
            future = self._ended.popleft()
            yield self.under_way.pop(future), future

    def stop(self, *, cancel: bool) -> None:
        """Wait until every call has ended; ``cancel`` spares those that have not begun."""
        wait([future for future in self.under_way if not (cancel and future.cancel())])


class Run(Generic[I, T]):
    """Many calls that go on while this is iterated over; it gives one ``Outcome`` for each item.

    Leaving the loop ends the run for the time being: what is under way ends, nothing else begins, and no
    thread is left. A further loop goes on where the last one was left. Items are taken from their source as
    they are needed, in the thread that iterates.

    A context manager; ``close`` does the same as leaving the loop.
    """

    def __init__(
        self,
        function: Callable[[I], T],
        items: Iterable[I],
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
        cancel: threading.Event | None = None,
        resume: Report | None = None,
        retry_failed: bool = False,
    ) -> None:
        limit = PUBLISHED_RATES.get(operation or "") if rate == "published" else rate
        rules = {
            "items": (
                "must be several, such as a list; it is one string",
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
        self._pacer = Pacer(limit, self._clock.monotonic())
        before = resume or Report(operation=operation)
        self._tally = Tally.going_on_from(before, retry_failed=retry_failed)
        self._count = len(items) if isinstance(items, Sized) else None
        self._source = enumerate(items)
        self._exhausted = False
        self._source_failed = False
        # Those to be sent, the next one first.
        self._waiting: list[_Try[I]] = []
        # Those that have ended, in the order in which they did, until they are given.
        self._ready: dict[int, Outcome[I, T]] = {}
        # Which are to be given, in the order in which they came.
        self._turns: deque[int] = deque()
        self._failure: Exception | None = None
        self._iterating = threading.Lock()
        self._iteration: weakref.ref[Generator[Outcome[I, T]]] | None = None

    def __repr__(self) -> str:
        report = self.report
        return f"Run({self._what}: {report.done:,} done, {report.failures:,} failed)"

    def __reduce__(self) -> NoReturn:
        raise BulkError(
            "A run cannot be pickled", next_step="Pickle its report, and make another run with resume=."
        )

    def __enter__(self) -> "Run[I, T]":
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the run for the time being: returns when what is under way has ended."""
        iteration = None if self._iteration is None else self._iteration()
        if iteration is not None:
            iteration.close()

    @property
    def report(self) -> Report:
        """How far the run has come: all outcomes that were given. It pickles, and goes into JSON."""
        is_left = self._waiting or self._ready or self._source_failed or self._iterating.locked()
        return self._tally.report(complete=self._exhausted and not is_left)

    def __iter__(self) -> Iterator[Outcome[I, T]]:
        """Go on with the run, and give one outcome after the other.

        Raises:
            BulkError: the executor takes no more work, or another loop goes over the run.
            ConfigurationError: the client cannot go where the executor is.
        """
        iteration = self._iterate()
        self._iteration = weakref.ref(iteration)
        return iteration

    def _iterate(self) -> Generator[Outcome[I, T]]:
        if not self._iterating.acquire(blocking=False):
            raise BulkError("Another loop goes over this run", next_step="Make a run for each loop.")
        own = self._executor is None
        total = None if self._count is None else self._count - self.report.done
        show = showing(self._progress, what=self._what, unit=self._unit, total=total, clock=self._clock)
        try:
            with show as meter, self._executor_in_use() as executor:
                flight: _Flight[I, T] = _Flight(executor)
                try:
                    yield from self._give(flight, meter)
                finally:
                    try:
                        # The pool of somebody else may call those that it has begun not begun.
                        flight.stop(cancel=own)
                    finally:
                        self._collect(flight)
                        # Whoever is interrupted while waiting knows nothing of these: they are not done.
                        self._waiting = [*self._waiting, *flight.under_way.values()]
                        heapq.heapify(self._waiting)
        finally:
            self._iterating.release()

    def _executor_in_use(self) -> AbstractContextManager[Executor]:
        if self._executor is not None:
            return contextlib.nullcontext(self._executor)
        return ThreadPoolExecutor(self._workers, thread_name_prefix="voiceid-bulk")

    def _give(self, flight: _Flight[I, T], meter: Meter) -> Generator[Outcome[I, T]]:
        while True:
            flight.wake.clear()
            self._collect(flight)
            pause = self._feed(flight)
            outcome = self._next_outcome()
            if outcome is not None:
                # It stays until it was counted: a function that fails at the count loses nothing.
                meter.advance(failed=0 if outcome.ok else 1)
                self._take(outcome)
                yield outcome
            elif flight.under_way and (pause is None or self._clock is not SYSTEM_CLOCK):
                # Time that is only counted stands still meanwhile, or calls would come later than they seem.
                flight.wake.wait(LONGEST_SLEEP)
            elif pause is not None:
                self._clock.sleep(min(pause, LONGEST_SLEEP), flight.wake)
            else:
                break
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _next_outcome(self) -> Outcome[I, T] | None:
        following = self._turns if self._in_order else self._ready
        return self._ready.get(next(iter(following), -1))

    def _take(self, outcome: Outcome[I, T]) -> None:
        del self._ready[outcome.index]
        self._turns.remove(outcome.index)
        self._tally.add(outcome.index, outcome.error)

    # --- On the way out ---------------------------------------------------------------------------------

    def _feed(self, flight: _Flight[I, T]) -> float | None:
        """Hand over what may go now; return when more may, in seconds: None if something has to end first."""
        first = True
        while len(flight.under_way) < AHEAD * self._workers and not self._is_over():
            now = self._clock.monotonic()
            self._look_ahead(flight, now)
            if not self._waiting:
                return None
            pause = max(self._waiting[0].due - now, self._pacer.wait(now))
            if pause > SAME_MOMENT or not (first or self._next_outcome() is None):
                return pause
            first = False
            self._send(flight, now)
            # One that has ended need not wait for a source that takes its time.
            self._collect(flight)
        return None

    def _is_over(self) -> bool:
        return self._failure is not None or (self._cancel is not None and self._cancel.is_set())

    def _look_ahead(self, flight: _Flight[I, T], now: float) -> None:
        """Take an item from the source if there is room, and none is due that was put back."""
        in_memory = len(flight.under_way) + len(self._ready) + len(self._waiting)
        is_due = bool(self._waiting) and self._waiting[0].due - now <= SAME_MOMENT
        if self._exhausted or is_due or in_memory >= WINDOW * self._workers:
            return
        try:
            index, item = next(one for one in self._source if one[0] not in self._tally)
        except StopIteration:
            self._exhausted = True
        except Exception as error:  # noqa: BLE001 - it is raised as soon as what is under way has ended
            self._source_failed = True
            self._failure = error
        else:
            self._source_failed = False
            self._turns.append(index)
            heapq.heappush(self._waiting, _Try(0.0, index, item))

    def _send(self, flight: _Flight[I, T], now: float) -> None:
        one = heapq.heappop(self._waiting)
        one.sent_at = now
        try:
            flight.send(self._function, one)
        except Exception as error:  # noqa: BLE001 - executors fail in ways of their own
            heapq.heappush(self._waiting, one)
            self._failure = self._stays() or _refusal(error)
        else:
            self._pacer.send()

    # --- On the way back --------------------------------------------------------------------------------

    def _collect(self, flight: _Flight[I, T]) -> None:
        for one, future in flight.take():
            raised = CancelledError() if future.cancelled() else future.exception()
            stays = None if raised is None else self._stays()
            if stays is not None or (future.cancelled() and self._executor is None):
                # It was never sent.
                heapq.heappush(self._waiting, one)
                self._failure = self._failure or stays
                continue
            value, error = future.result() if raised is None else (None, _loss(raised))
            if not (isinstance(error, ThrottlingError) and self._put_back(one)):
                self._ready[one.index] = Outcome(one.index, one.item, value, error)

    def _put_back(self, one: _Try[I]) -> bool:
        """Return whether an item that was throttled is tried again; slow down in any case."""
        now = self._clock.monotonic()
        self._pacer.throttled(one.sent_at, now)
        if one.times_put_back == TIMES_PUT_BACK:
            return False
        one.due = now + FIRST_PAUSE * 2**one.times_put_back
        one.times_put_back += 1
        heapq.heappush(self._waiting, one)
        return True

    def _stays(self) -> ConfigurationError | None:
        """Return why the function cannot leave the process, if its client is the reason."""
        # Executors wrap what pickling raises in ways of their own, so it is asked for here.
        if self._executor is None:
            return None
        try:
            pickle.dumps(self._function)
        except ConfigurationError as error:
            return error.with_traceback(None)
        except Exception:  # noqa: BLE001 - an executor may know other ways to pickle
            return None
        return None


def _refusal(error: Exception) -> BulkError:
    """Return the error for an executor that does not take an item."""
    return BulkError(
        f"The executor takes no more work ({type(error).__name__})",
        next_step="Give another one, and the report of this run as resume=.",
    )


def _loss(error: BaseException) -> BulkError:
    """Return the error for an item of which the executor gave nothing back."""
    return BulkError(
        f"The executor gave no answer ({type(error).__name__}); the call may have been carried out",
        next_step="Describe the item to see, or do it again.",
    )
