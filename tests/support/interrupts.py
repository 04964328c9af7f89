"""Interrupts at every line of code in turn, as Ctrl+C can come."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import voiceid_sdk

PACKAGE = str(Path(voiceid_sdk.__file__).parent)


class InterruptedByTestError(KeyboardInterrupt):
    """An interrupt that a test has injected."""


def interrupt_at(line: int, work: Callable[[], object], *, under: str = PACKAGE) -> bool:
    """Run a function, and interrupt it before the given one of the lines of the package that it runs.

    Returns:
        Whether it was interrupted; False if it runs fewer lines.
    """
    try:
        _run(work, line, under)
    except InterruptedByTestError:
        return True
    return False


def _run(work: Callable[[], object], line: int, under: str) -> None:
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(under):
            return None
        if event == "line":
            if count == line:
                sys.settrace(None)
                raise InterruptedByTestError
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
