"""The few primitives that the async client needs of an event loop, for asyncio (uvloop too) and for trio."""

import asyncio
import contextlib
import contextvars
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from voiceid_sdk._forks import after_fork_in_child


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

    def set(self, _: object = None) -> bool:
        """Wake the task; return whether its event loop still runs. The argument is a future callback's."""
        with contextlib.suppress(RuntimeError):
            self._call_soon(self._event.set)
            return True
        return False

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


class Slots:
    """A semaphore for the tasks of several event loops; the task that has waited longest is next.

    Each task holds its slot for at least one pass of its loop. So of many tasks that are ready at the same
    time, few run in one pass, and the loop has time for others.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._renew()
        after_fork_in_child(self._renew)

    def _renew(self) -> None:
        # A forked child has none of the tasks.
        self._free = self._count
        self._waiting: deque[Signal] = deque()
        self._lock = threading.Lock()

    async def acquire(self) -> None:
        """Take a slot, once there is one."""
        signal = Signal()
        with self._lock:
            if self._free:
                self._free -= 1
                signal.set()
            else:
                self._waiting.append(signal)
        try:
            await signal.wait()
        except BaseException:
            with self._lock:
                was_waiting = signal in self._waiting
                if was_waiting:
                    self._waiting.remove(signal)
            if not was_waiting:
                self.release()
            raise

    def release(self) -> None:
        """Give a slot back."""
        with self._lock:
            # The loop of a task that waited may have ended.
            while self._waiting:
                if self._waiting.popleft().set():
                    return
            self._free += 1


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
