"""The threads of bulk runs that are alive."""

import gc
import threading
import time

from tests.support.worlds import PATIENCE

PREFIX = "voiceid-bulk"


def threads_of_bulk() -> list[str]:
    """Return the names of all threads of bulk runs, whichever run has started them."""
    return [thread.name for thread in _alive()]


def threads_that_stay() -> list[str]:
    """Return the names of the threads of interrupted runs that do not end by themselves."""
    if _join_all(0.1):
        gc.collect()  # tracebacks of interrupts may keep the loops
    return _join_all(PATIENCE)


def _join_all(seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    for thread in _alive():
        thread.join(max(0.0, deadline - time.monotonic()))
    return threads_of_bulk()


def _alive() -> list[threading.Thread]:
    # After an interrupt in Thread.start(), Python lists a thread that was never started.
    return [
        thread for thread in threading.enumerate() if thread.name.startswith(PREFIX) and thread.is_alive()
    ]
