"""The effects of an interrupt such as Ctrl-C on other code: on a source of items, and on an executor."""

import traceback
from collections.abc import Iterator
from types import GeneratorType
from typing import Final

from voiceid_sdk.paging import ItemIterator


def is_safe_source(source: Iterator[object]) -> bool:
    """Return whether a source still gives all of its items after any error or interrupt."""
    return isinstance(source, _SAFE_ITERATORS)


def continues_after_interrupt(source: Iterator[object], interrupt: BaseException) -> bool:
    """Return whether a source still gives all of its items after an interrupt of a request for one."""
    if is_safe_source(source):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(interrupt.__traceback__)]
    if isinstance(source, GeneratorType):
        # An interrupt ends a generator if it comes while its code runs.
        return all(frame.f_code is not source.gi_code for frame in frames)
    # The code of an unknown iterator, or of the handler of a signal, was running.
    return all(str(frame.f_globals.get("__name__")).startswith("voiceid_sdk.") for frame in frames)


_SAFE_ITERATORS: Final[tuple[type, ...]] = (
    ItemIterator,
    *map(type, map(iter, (list[int](), tuple[int](), range(0), range(2**64), set[int](), dict[int, int]()))),
)
"""Iterators whose items no interrupt loses: those over data, and lists of the service."""


def interrupt_behind(error: BaseException) -> BaseException | None:
    """Return the interrupt that an error replaced; inside a condition, it becomes a RuntimeError."""
    while isinstance(error, Exception):
        if error.__context__ is None:
            return None
        error = error.__context__
    return error
