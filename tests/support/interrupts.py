"""Interrupts at every line of code in turn, as Ctrl+C can come."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, TypeAlias

Interrupted: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Returns a context manager; the code inside it is interrupted, if the calling thread runs it."""


class _Tracer:
    """Interrupts one or two lines, counted over all lines of some files that a thread runs."""

    def __init__(
        self, paths: tuple[str, ...], at: int | None, again: int | None, interrupt: Callable[[], object]
    ) -> None:
        self.lines = 0
        self._paths = paths
        self._at = () if at is None else (at,) if again is None else (at, at + again)
        self._interrupt = interrupt

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self)
        try:
            yield
        finally:
            sys.settrace(before)

    def __call__(self, frame: FrameType, event: str, _: object) -> Any:
        code = frame.f_code
        # Python reports an exception in a destructor, and goes on.
        if code.co_name == "__del__" or not code.co_filename.startswith(self._paths):
            return None
        if event == "line":
            self.lines += 1
            if self.lines in self._at:
                self._interrupt()
        return self


def raise_interrupt() -> None:
    """Do as the handler of the signal does that Ctrl+C sends."""
    raise KeyboardInterrupt


def each_line(
    scenario: Callable[[Interrupted], object],
    *modules: ModuleType,
    step: int = 1,
    again: int | None = None,
    interrupt: Callable[[], object] = raise_interrupt,
) -> Iterator[int]:
    """Run a scenario once without an interrupt, then once for each line of the modules, interrupted there.

    Yields the number of each line that was interrupted.

    Args:
        scenario: is called with a function that returns a context manager; only the code inside it is
            interrupted, and only in the calling thread.
        modules: the modules whose lines count; a package counts with all of its modules.
        step: the distance between lines that are interrupted.
        again: the number of lines after which a second interrupt follows the first.
        interrupt: is called at the line.
    """
    paths = tuple(str(Path(str(module.__file__))).removesuffix("__init__.py") for module in modules)
    at: int | None = None
    while True:
        tracer = _Tracer(paths, at, again, interrupt)
        scenario(tracer.active)
        if at is not None:
            if tracer.lines < at:
                return
            yield at
        at = 1 if at is None else at + step
