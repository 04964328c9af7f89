"""Runs a function in a forked child process, which has to end in time and renews few clients."""

import contextlib
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from unittest import mock

from voiceid_sdk import _forks
from voiceid_sdk._wire.transport import Transport


@contextlib.contextmanager
def forgetting_clients() -> Iterator[None]:
    """Let children that are forked in the block renew no client that was made before it.

    The errors that tests have as parameters are raised, so that their tracebacks keep the clients of these
    tests until the end. Each child would renew hundreds of clients, which takes more time than most tests.
    """
    earlier = _forks._callbacks
    kept = {
        number: reference
        for number, reference in earlier.items()
        if not isinstance(getattr(reference(), "__self__", None), Transport)
    }
    with mock.patch.object(_forks, "_callbacks", dict(kept)) as registered:
        yield
    # A module that was imported in the block has registered functions.
    earlier.update((number, registered[number]) for number in registered.keys() - kept)


def in_child(work: Callable[[], object], *, patience: float = 20) -> str | None:
    """Run a function in a forked child; return None, or what went wrong there: its traceback, or a hang.

    Args:
        work: the function.
        patience: the time after which the child is ended, in seconds.
    """
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        failure = b""
        try:
            work()
        except BaseException:  # the child must not return into the parent's test
            failure = traceback.format_exc().encode()
        finally:
            with contextlib.suppress(BaseException):
                os.write(writable, failure[-4000:])
            os._exit(0)
    os.close(writable)
    deadline = time.monotonic() + patience
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(readable)
            return "it hangs"
        time.sleep(0.005)
    with os.fdopen(readable, "rb") as pipe:
        return pipe.read().decode() or None
