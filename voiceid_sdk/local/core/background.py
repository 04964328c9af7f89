"""A background thread that does work when it is due, and sleeps until then."""

import logging
import threading
from collections.abc import Callable
from typing import Final

_LOGGER: Final = logging.getLogger("voiceid_sdk.local")
_AFTER_AN_ERROR: Final = 1.0


class BackgroundThread:
    """Calls a function again and again; starts with the first ``wake``.

    Args:
        work: does a piece of work, and returns after how many seconds there is more; None if there is none.
    """

    def __init__(self, work: Callable[[], float | None]) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._is_awake = False
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Let the thread look for work now."""
        with self._changed:
            self._is_awake = True
            self._changed.notify()
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._run, name="local-voice-id-jobs", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop after the present piece of work, and wait for that."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        wait: float | None = None
        while self._waited(wait):
            try:
                wait = self._work()
            except Exception:
                _LOGGER.exception("The jobs of Local Voice ID wait for a second because of an error.")
                wait = _AFTER_AN_ERROR

    def _waited(self, seconds: float | None) -> bool:
        """Wait, and return whether to go on."""
        with self._changed:
            if not self._is_awake and not self._is_stopped:
                self._changed.wait(seconds)
            self._is_awake = False
            return not self._is_stopped
