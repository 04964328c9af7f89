"""The one registry of the functions that a forked child process runs first, to renew or disown objects."""

import contextlib
import functools
import inspect
import itertools
import os
import weakref
from collections.abc import Callable
from typing import Any, Final

_numbers: Final = itertools.count()
_callbacks: Final[dict[int, Callable[[], Callable[[], object] | None]]] = {}
"""References to the callbacks, in the order of their registration."""


def after_fork_in_child(callback: Callable[[], object]) -> None:
    """Call a function in every child process that is forked from now on, before other code runs there.

    A child inherits locks that no thread of it will release, and connections and files that the parent still
    uses. The callback replaces such a lock, and lets go of such a connection without closing it. It must not
    wait for anything, because the other threads of the parent do not exist in the child.

    Replace a lock's attribute, and let code that has acquired the lock release the one that it acquired, as
    ``with`` does: the fork may have happened inside of it.

    Args:
        callback: a bound method, which is removed when its object is, or a function, which stays.
    """
    number = next(_numbers)
    if not inspect.ismethod(callback):
        _callbacks[number] = lambda: callback
        return
    # It runs in C, where no interrupt can come: its argument, the reference, is the default of ``pop``.
    forget: Callable[[object], object] = functools.partial(_callbacks.pop, number)
    method: weakref.WeakMethod[Any] = weakref.WeakMethod(callback, forget)
    _callbacks[number] = method


def _run() -> None:
    # No lock guards the registry, because the child would inherit it; dictionaries are atomic.
    with contextlib.ExitStack() as stack:  # calls each one, even if another one fails
        for reference in reversed(list(_callbacks.values())):
            callback = reference()
            if callback is not None:
                stack.callback(callback)


if hasattr(os, "register_at_fork"):  # Windows has no fork.
    os.register_at_fork(after_in_child=_run)
