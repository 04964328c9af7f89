"""The few primitives that the async client needs of an event loop, for asyncio (uvloop too) and for trio."""

import asyncio
import contextlib
import contextvars
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final


def _running_trio() -> Any:  # noqa: ANN401 - trio is not a dependency, so its types are not known
    """Return the module ``trio`` if a trio task is running, else None."""
    # A program that runs trio has imported it.
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        with contextlib.suppress(RuntimeError):
            trio.lowlevel.current_task()
            return trio
    return None


class Signal:
    """Wakes the task that waits for it; any thread may set it, once or several times."""

    def __init__(self) -> None:
        trio = _running_trio()
        self._trio = trio
        self._new_event: Callable[[], Any] = asyncio.Event if trio is None else trio.Event
        self._event = self._new_event()
        self._call_soon: Callable[[Callable[[], object]], object] = (
            asyncio.get_running_loop().call_soon_threadsafe
            if trio is None
            else trio.lowlevel.current_trio_token().run_sync_soon
        )

    def set(self, _: object = None) -> None:
        """Wake the task, if its event loop still runs. The argument is that of a callback of a future."""
        with contextlib.suppress(RuntimeError):
            self._call_soon(self._event.set)

    def clear(self) -> None:
        """Let the task wait again."""
        self._event = self._new_event()

    async def wait(self) -> None:
        """Wait until the signal is set."""
        await self._event.wait()

    async def wait_for(self, seconds: float) -> None:
        """Wait until the signal is set, at most for some seconds."""
        if self._trio is not None:
            with self._trio.move_on_after(seconds):
                await self._event.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()


async def sleep(seconds: float) -> None:
    """Pause the calling task; other tasks run meanwhile."""
    trio = _running_trio()
    await (asyncio if trio is None else trio).sleep(seconds)


_tasks: Final[set[asyncio.Task[None]]] = set()


def start_task(function: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a function beside the calling task, also after that has ended. It must not raise an Exception."""
    trio = _running_trio()
    if trio is not None:
        trio.lowlevel.spawn_system_task(function, context=contextvars.copy_context())
        return
    task = asyncio.get_running_loop().create_task(function())
    # The loop itself only keeps weak references to its tasks.
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
