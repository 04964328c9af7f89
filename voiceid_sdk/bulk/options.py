"""The options of runs."""

import threading
from concurrent.futures import Executor
from typing import Literal, TypedDict

from voiceid_sdk.bulk.report import Report
from voiceid_sdk.progress import ProgressOption

__all__ = ["AsyncOptions", "Options"]


class AsyncOptions(TypedDict, total=False):
    """The options of an async run; each has a default."""

    workers: int
    """The number of concurrent calls; 16 by default."""
    order: Literal["completion", "input"]
    """The order of outcomes: as calls end (the default), or as the items came."""
    rate: float | Literal["published"] | None
    """Requests a second: AWS's published rate of the operation by default; None for no limit."""
    progress: ProgressOption
    """How progress is shown: as a bar or as lines of the log by default; False for nothing, or a function."""
    resume: Report | None
    """The report of an earlier run of the same items in the same order; items that are done are left out."""
    retry_failed: bool
    """Whether items that failed in the earlier run are tried again; they are not by default."""


class Options(AsyncOptions, total=False):
    """The options of a run: those of an async run, and two more."""

    executor: Executor | None
    """Runs the calls, for example in processes or on other machines, and is left open; threads by default."""
    cancel: threading.Event | None
    """Ends the run when set: calls in flight end, and no other call begins."""
