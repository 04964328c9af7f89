"""The threads of one client: each is in use only while a request is under way."""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk.aio._event_loops import Signal
from voiceid_sdk.errors import ConfigurationError

ResultT = TypeVar("ResultT")

MAX_THREADS: Final = 32
"""How many requests a client has under way at a time: ten times the highest published rate at 50 ms each."""


class _Call:
    """One call on a thread, and whether the task that made it was cancelled."""

    is_abandoned = False

    def run(self, function: Callable[[], ResultT]) -> ResultT:
        _current_call.set(self)
        return function()


_current_call: Final[contextvars.ContextVar[_Call | None]] = contextvars.ContextVar(
    "current_call", default=None
)


class _AbandonedError(BaseException):
    """Ends an abandoned call before it sends again; a BaseException, because botocore retries others."""


def _check_not_abandoned(**_: object) -> None:
    call = _current_call.get()
    if call is not None and call.is_abandoned:
        raise _AbandonedError


submissions: Final[contextvars.ContextVar["list[Future[Any]] | None"]] = contextvars.ContextVar(
    "submissions", default=None
)
"""Receives the calls of a task, for code that cancels those that have not begun."""


class Threads:
    """A pool of threads that one client makes its calls on, in any number of event loops.

    Args:
        client: the client, if the SDK made it: then a cancelled call sends no further attempt.
    """

    def __init__(self, client: Any = None) -> None:  # noqa: ANN401 - botocore makes its classes as it runs
        self._is_closed = False
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        if client is not None:
            client.meta.events.register_first("before-send.voice-id", _check_not_abandoned)
        after_fork_in_child(self._renew)

    async def run(self, function: Callable[[], ResultT]) -> ResultT:
        """Call a function on a thread, and return its result.

        Cancellation takes effect at once. A call that has not begun then never begins.

        Raises:
            ConfigurationError: the client is closed.
            CancelledError: the call was cancelled through ``submissions``.
        """
        call, finished = _Call(), Signal()
        future = self._submit(call, function)
        future.add_done_callback(finished.set)
        if (submitted := submissions.get()) is not None:
            submitted.append(future)
        try:
            await finished.wait()
        except BaseException:
            call.is_abandoned = True
            future.cancel()
            raise
        if future.cancelled() and self._is_closed:
            raise _closed_error()
        return future.result()

    def _submit(self, call: _Call, function: Callable[[], ResultT]) -> Future[ResultT]:
        # Handlers of botocore's events may use the context variables of the caller.
        context = contextvars.copy_context()
        with self._lock:
            self.check_open()
            if self._pool is None:
                self._pool = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="voiceid")
            return self._pool.submit(context.run, call.run, function)

    def check_open(self) -> None:
        """Raise ConfigurationError if the client is closed."""
        if self._is_closed:
            raise _closed_error()

    def close(self) -> None:
        """Begin no further call; return without waiting for those under way."""
        with self._lock:
            self._is_closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _renew(self) -> None:
        # A forked child has none of the threads.
        self._lock = threading.Lock()
        self._pool = None


def _closed_error() -> ConfigurationError:
    return ConfigurationError("The client is closed", next_step="Make another AsyncVoiceID.")
