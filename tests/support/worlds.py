"""The worlds that scenarios run in: sync, and async under asyncio, uvloop or trio.

A test with ``in_each_world`` runs once in each of them. Helpers in this folder then return sync objects, or
an async object in a ``Blocking``, which is used like its sync twin: a call runs its coroutine to the end.
"""

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from importlib.util import find_spec
from typing import Any, Final, Self, TypeVar

import attrs
import pytest
import trio
import uvloop

from voiceid_sdk import aio

HandleT = TypeVar("HandleT")
TestT = TypeVar("TestT", bound=Callable[..., None])

PATIENCE: Final = 10
"""How long a test waits for what must happen, in seconds, before it fails."""


@attrs.frozen
class World:
    """A way to run coroutines; the sync world has none."""

    name: str
    _run: Callable[[Callable[[], Awaitable[Any]]], Any] | None = attrs.field(repr=False)

    @property
    def is_async(self) -> bool:
        return self._run is not None

    def run(self, function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Run an async function in a new event loop, and return its result."""
        assert self._run is not None
        return self._run(lambda: function(*args))

    async def together(self, *functions: Callable[[], Awaitable[Any]]) -> None:
        """Run async functions at the same time, inside a running loop."""
        if self is TRIO:
            async with trio.open_nursery() as nursery:
                for function in functions:
                    nursery.start_soon(function)
        else:
            await asyncio.gather(*(function() for function in functions))

    async def with_timeout(self, seconds: float, function: Callable[[], Awaitable[Any]]) -> None:
        """Run an async function; raise TimeoutError when it takes longer, inside a running loop."""
        if self is TRIO:
            try:
                with trio.fail_after(seconds):
                    await function()
            except trio.TooSlowError:
                raise TimeoutError from None
        else:
            async with asyncio.timeout(seconds):
                await function()

    async def until(self, event: threading.Event) -> None:
        """Wait until an event is set, inside a running loop."""
        wait = trio.to_thread.run_sync if self is TRIO else asyncio.to_thread
        assert await wait(event.wait, PATIENCE)

    async def cancelled(self, function: Callable[[], Awaitable[Any]], ready: threading.Event) -> None:
        """Run an async function, and cancel its task as soon as an event is set, inside a running loop."""
        if self is TRIO:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(function)
                await self.until(ready)
                nursery.cancel_scope.cancel()
        else:
            task = asyncio.ensure_future(function())
            await self.until(ready)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def enter(self, twin: Any) -> Any:
        """Return an async object as the scenario uses it."""
        return Blocking(self, twin)

    def handle(self, sync: type[HandleT], *args: Any) -> HandleT:
        """Return a handle of a class, or of its async twin."""
        if not self.is_async:
            return sync(*args)
        blocking: HandleT = self.enter(getattr(aio, f"Async{sync.__name__}")(*args))
        return blocking


def _run_asyncio(function: Callable[[], Awaitable[Any]]) -> Any:
    with asyncio.Runner() as runner:
        return runner.run(_coroutine(function))


def _run_uvloop(function: Callable[[], Awaitable[Any]]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_coroutine(function))


def _run_trio(function: Callable[[], Awaitable[Any]]) -> Any:
    return trio.run(_coroutine, function)


async def _coroutine(function: Callable[[], Awaitable[Any]]) -> Any:
    return await function()


SYNC: Final = World("sync", None)
ASYNCIO: Final = World("asyncio", _run_asyncio)
UVLOOP: Final = World("uvloop", _run_uvloop)
TRIO: Final = World("trio", _run_trio)

AIOBOTOCORE: Final = World("aiobotocore", _run_asyncio)
"""Under asyncio, with clients of aiobotocore; only where that is installed."""

WORLDS: Final = (SYNC, ASYNCIO, TRIO, *([AIOBOTOCORE] if find_spec("aiobotocore") else []))
LOOPS: Final = (ASYNCIO, UVLOOP, TRIO)


class _InUse:
    """The world of the test that runs."""

    world = SYNC


def world_in_use() -> World:
    """Return the world of the test that runs."""
    return _InUse.world


@contextlib.contextmanager
def use(world: World) -> Iterator[World]:
    """Make the world the one in use while the context lasts."""
    before, _InUse.world = _InUse.world, world
    try:
        yield world
    finally:
        _InUse.world = before


def _in(worlds: Iterable[World]) -> Callable[[TestT], TestT]:
    once_in_each = pytest.mark.parametrize("world", worlds, indirect=True, ids=lambda world: world.name)
    return lambda test: pytest.mark.usefixtures("world")(once_in_each(test))


in_each_world: Final = _in(WORLDS)
"""Runs a test once in each world."""

in_sync_and_async: Final = _in((SYNC, ASYNCIO))
"""Runs a test in two worlds, where the event loop makes no difference."""


class Blocking:
    """An async object whose methods wait for their coroutines, each in an event loop of its own."""

    def __init__(self, world: World, twin: Any) -> None:
        self._world = world
        self._twin = twin

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._twin, name)
        return self._method(value) if inspect.ismethod(value) else self._wrapped(value)

    def _method(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            args = tuple(map(unwrapped, args))
            kwargs = {name: unwrapped(value) for name, value in kwargs.items()}
            result = method(*args, **kwargs)
            if not inspect.iscoroutine(result):
                return self._wrapped(result)
            return self._wrapped(self._world.run(lambda: result))

        return call

    def _wrapped(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._wrapped, value))
        is_async = type(value).__module__.startswith("voiceid_sdk.aio")
        return Blocking(self._world, value) if is_async else value

    def __iter__(self) -> Iterator[Any]:
        iterator: Iterator[Any] = self._wrapped(self._twin.__aiter__())
        return iterator

    def __next__(self) -> Any:
        try:
            return self._wrapped(self._world.run(self._twin.__anext__))
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        self._world.run(self._twin.__aenter__)
        return self

    def __exit__(self, *error: object) -> None:
        self._world.run(self._twin.__aexit__, *error)

    def __eq__(self, other: object) -> bool:
        return bool(self._twin == unwrapped(other))

    def __hash__(self) -> int:
        return hash(self._twin)

    def __repr__(self) -> str:
        return repr(self._twin)


def unwrapped(value: Any) -> Any:
    """Return the object itself."""
    return value._twin if isinstance(value, Blocking) else value
