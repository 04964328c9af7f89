"""A background thread that does work when it is due, sleeps until then, and never ends by an error."""

import contextlib
import functools
import queue
import threading
from collections.abc import Callable
from typing import Final

from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk.local.protocol.aws_json import log_unexpected

AFTER_AN_ERROR: Final = 1.0
"""Seconds until the next attempt after an unforeseen error."""


class BackgroundThread:
    """Calls a function again and again; starts with the first ``wake``. A forked child has no such thread.

    Args:
        name: the name of the thread.
        work: does a piece of work, and returns after how many seconds there is more; None if there is none.
        works_at_the_end: whether it does a last piece of work when it is stopped.
    """

    def __init__(
        self, name: str, work: Callable[[], float | None], *, works_at_the_end: bool = False
    ) -> None:
        self._name = name
        self._work = work
        self._works_at_the_end = works_at_the_end
        # Its ``put`` runs in C, so that an interrupt cannot leave a lock of it behind.
        self._signals: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_stopped = False
        self._thread: threading.Thread | None = None
        after_fork_in_child(self._disown)

    def wake(self) -> None:
        """Let the thread look for work now."""
        if self._is_stopped:
            return
        self._signals.put(None)
        # An interrupt may have come before an earlier thread was started.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Let the thread end after the present piece of work, and wait for it.

        Args:
            timeout: seconds to wait at most; None for no limit.
        """
        self._is_stopped = True
        self._signals.put(None)
        # A thread that could not be started is not alive, and cannot be joined.
        thread = self._thread
        if thread is not None and thread is not threading.current_thread() and thread.is_alive():
            thread.join(timeout)

    def _run(self) -> None:
        while not self._is_stopped:
            seconds = self._attempt(self._work, otherwise=AFTER_AN_ERROR)
            self._attempt(functools.partial(self._wait, seconds), otherwise=None)
        if self._works_at_the_end:
            self._attempt(self._work, otherwise=None)

    def _attempt(self, work: Callable[[], float | None], *, otherwise: float | None) -> float | None:
        """Return the result of a function, or another value if it fails, because the thread must not end."""
        try:
            return work()
        except BaseException as error:  # noqa: BLE001 - even SystemExit would end the thread
            with contextlib.suppress(BaseException):  # of a log handler
                log_unexpected(error)
            return otherwise

    def _wait(self, seconds: float | None) -> None:
        """Wait for a number of seconds, or until the thread is woken."""
        timeout = None if seconds is None else min(max(seconds, 0.0), threading.TIMEOUT_MAX)
        with contextlib.suppress(queue.Empty):
            self._signals.get(timeout=timeout)
            while True:
                self._signals.get_nowait()

    def _disown(self) -> None:
        self._is_stopped = True
        self._thread = None
        self._signals = queue.SimpleQueue()
