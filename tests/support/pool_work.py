"""Work for pools of processes, which import this module and nothing of pytest."""

import os
import signal


def process_of(_: object) -> int:
    """Return the id of the process that does the work."""
    return os.getpid()


def die(_: object) -> None:
    """End the process as the system does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
