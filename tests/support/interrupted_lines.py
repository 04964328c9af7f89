"""Interrupts code at each of its lines in turn, as Ctrl-C may."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any


class _Tracer:
    """Raises KeyboardInterrupt at one line, counted over all lines of some files in this thread."""

    def __init__(self, files: frozenset[str], at: int | None) -> None:
        self.lines = 0
        self._files = files
        self._at = at

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self)
        try:
            yield
        finally:
            sys.settrace(before)

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in self._files or frame.f_code.co_name == "__del__":
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self._at:
                raise KeyboardInterrupt
        return self


def each_line(
    scenario: Callable[[Callable[[], AbstractContextManager[None]]], object], *modules: ModuleType
) -> Iterator[int]:
    """Run a scenario once without an interrupt, then once for each line of the modules, interrupted there.

    The scenario gets a function that returns a context manager; only code inside it is interrupted, in the
    calling thread. Yields the number of each line that was interrupted.
    """
    files = frozenset(str(Path(str(module.__file__))) for module in modules)
    at: int | None = None
    while True:
        tracer = _Tracer(files, at)
        scenario(tracer.active)
        if at is not None and tracer.lines < at:
            return
        if at is not None:
            yield at
        at = 1 if at is None else at + 1
