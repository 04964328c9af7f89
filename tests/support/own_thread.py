"""Runs a test on a thread of its own."""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec

Parameters = ParamSpec("Parameters")


def on_its_own_thread(test: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Run a test that injects interrupts on a thread that ends with it.

    Python can keep an exception that was raised in the middle of an ``except`` block as the one that the
    thread is handling. It then becomes the context of all later errors of that thread, also in other tests.
    """

    @functools.wraps(test)
    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(test, *arguments, **named).result()

    return run
