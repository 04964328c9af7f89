"""Decorates functions of every kind with a context that is active while their body runs."""

import functools
import inspect
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def decorated(
    function: FunctionT, new_context: Callable[[], AbstractContextManager[object]], name: str
) -> FunctionT:
    """Return a function that is called in a new context: a plain, async or generator function.

    Args:
        function: the function.
        new_context: makes a context for each call.
        name: the decorator's name, for the error.

    Raises:
        TypeError: it is a class or no function, so its methods would run without the context.
    """
    if inspect.isclass(function) or not callable(function):
        raise TypeError(f"{name} decorates functions: decorate each method, or use it with `with`")

    @functools.wraps(function)
    async def call_async(*args: object, **kwargs: object) -> object:
        with new_context():
            return await function(*args, **kwargs)

    @functools.wraps(function)
    def generate(*args: object, **kwargs: object) -> Generator[object, object, object]:
        with new_context():
            generator: Generator[object, object, object] = function(*args, **kwargs)
            return (yield from generator)

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        with new_context():
            return function(*args, **kwargs)

    if inspect.isasyncgenfunction(function):
        return cast("FunctionT", _async_generator(function, new_context))
    if inspect.iscoroutinefunction(function):
        return cast("FunctionT", call_async)
    return cast("FunctionT", generate if inspect.isgeneratorfunction(function) else call)


def _async_generator(
    function: Callable[..., Any], new_context: Callable[[], AbstractContextManager[object]]
) -> Callable[..., object]:
    @functools.wraps(function)
    async def generate(*args: object, **kwargs: object) -> Any:  # noqa: ANN401 - as the function's
        with new_context():
            async for value in function(*args, **kwargs):
                yield value

    return generate
