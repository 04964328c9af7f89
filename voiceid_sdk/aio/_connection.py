"""The connection that all handles of an async client share: makes calls, and waits without a thread."""

import functools
import inspect
import threading
import weakref
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

import attrs
import tenacity

from voiceid_sdk import _connection
from voiceid_sdk._connection import Connection, is_asynchronous
from voiceid_sdk._wire.requests import Request, Response, check_operation
from voiceid_sdk.aio import _event_loops
from voiceid_sdk.aio._event_loops import Slots
from voiceid_sdk.aio._threads import MAX_THREADS, Threads
from voiceid_sdk.calls import CallTimer
from voiceid_sdk.errors import VoiceIDError
from voiceid_sdk.service_model.names import python_name
from voiceid_sdk.waiting import Attempts, SystemClock, check_wait_options, process_clock

if TYPE_CHECKING:
    from voiceid_sdk._wire.client_settings import ClientSettings
    from voiceid_sdk._wire.operations.list_pages import ListPage
    from voiceid_sdk._wire.operations.rows import Operation
    from voiceid_sdk._wire.transport import Transport
    from voiceid_sdk.aio.paging import AsyncPager
    from voiceid_sdk.calls import OnCall
    from voiceid_sdk.waiting import Clock, WaitCondition, WaitPolicy

ParametersT = ParamSpec("ParametersT")
ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")
ResourceT = TypeVar("ResourceT")


@attrs.frozen(repr=False)
class AsyncConnection:
    """A sync connection, and the threads that it sends on; equal to another with an equal sync connection.

    The client of an asynchronous library needs no threads: what its methods return is awaited.
    """

    sync: Connection
    """The transport, the clock and the settings."""
    threads: Threads = attrs.field(eq=False)
    awaits_client: bool = attrs.field(eq=False)
    """Whether the client's methods return awaitables."""
    slots: Slots = attrs.field(init=False, eq=False, factory=lambda: Slots(MAX_THREADS // 2))
    """The waits that poll at the same time: fewer than there are threads, so that other calls find one."""

    def __reduce__(self) -> "tuple[Callable[[Connection], AsyncConnection], tuple[Connection]]":
        return _shared_connection_on, (self.sync,)

    def __copy__(self) -> "AsyncConnection":
        return self

    def __deepcopy__(self, _: object) -> "AsyncConnection":
        return self

    @property
    def transport(self) -> "Transport":
        """The transport, of which only the parts without I/O are used."""
        return self.sync.transport

    @property
    def clock(self) -> "Clock | None":
        """The clock of waits; the process's clock when None."""
        return self.sync.clock

    async def call(self, operation: "Operation[ResultT]", body: Mapping[str, object]) -> ResultT:
        """Call an operation, and return its result; members that are None are left out."""
        __tracebackhide__ = True
        request = self.transport.prepare(operation.name, body)
        return self.transport.read(operation, request, await self._send(request))

    async def call_raw(self, operation: str, body: Mapping[str, object]) -> dict[str, object]:
        """Call an operation by its name, and return boto3's own dictionary."""
        if self.awaits_client:
            check_operation(operation)
            request = self.transport.prepare(operation, body)
            return self.transport.read_raw(request, await self._send(request))
        return await self.threads.run(functools.partial(self.sync.call_raw, operation, body))

    async def read_page(
        self, operation: "Operation[ListPage[ItemT]]", body: Mapping[str, object]
    ) -> "tuple[ListPage[ItemT], str | None]":
        """Call a list operation, and return one page and the request id."""
        __tracebackhide__ = True
        request = self.transport.prepare(operation.name, body)
        response = await self._send(request)
        return self.transport.read(operation, request, response), response.request_id

    async def _send(self, request: Request) -> Response:
        __tracebackhide__ = True
        if not self.awaits_client:
            return await self.threads.run(functools.partial(self.transport.send, request))
        self.threads.check_open()
        # Our error is raised outside the handler, so that it chains no error of botocore.
        method: Callable[..., Awaitable[Mapping[str, object]]]
        method = getattr(self.transport.client, python_name(request.operation))
        timer = CallTimer(request.operation, self.transport.on_call)
        try:
            parsed = await method(**request.body)
        except Exception as error:
            from voiceid_sdk._wire.botocore_errors import translate

            failure = translate(error, request)
            if failure is None:
                raise
        else:
            timer.succeeded(parsed)
            return Response(parsed)
        timer.failed(failure)
        raise failure

    def pager(
        self, operation: "Operation[ListPage[ItemT]]", body: Mapping[str, object], page_size: int | None
    ) -> "AsyncPager[ItemT]":
        """Return the list that a list operation gives, without a call yet."""
        from voiceid_sdk._list_positions import ListIdentity
        from voiceid_sdk.aio.paging import AsyncPager

        given = {name: value for name, value in body.items() if value is not None}
        return AsyncPager(self.read_page, ListIdentity(operation, given), page_size)

    async def wait_until(
        self,
        condition: "WaitCondition[ResourceT]",
        poll: Callable[[], Awaitable[ResourceT]],
        policy: "WaitPolicy | None" = None,
        *,
        on_progress: Callable[[ResourceT], object] | None = None,
    ) -> ResourceT:
        """Poll until the condition holds, and return the last resource; its pauses are the event loop's."""
        __tracebackhide__ = True
        check_wait_options(policy, on_progress)
        clock = self.clock or process_clock()
        policy = policy or condition.policy
        attempts = Attempts(condition, policy, clock)

        async def attempt() -> bool:
            try:
                resource = await poll()
            except VoiceIDError as error:
                if not attempts.tolerates(error):
                    raise
                return False
            attempts.succeeded(resource)
            # A function that is not asynchronous may be given, too.
            if on_progress is not None and inspect.isawaitable(reported := on_progress(resource)):
                await reported
            return attempts.condition_holds()

        await self.slots.acquire()
        has_slot = True

        async def sleep(seconds: float) -> None:
            nonlocal has_slot
            has_slot = False
            self.slots.release()
            with attempts.pausing(seconds):
                await pause(clock, seconds)
            await self.slots.acquire()
            has_slot = True

        try:
            if attempts.delay:
                await sleep(attempts.delay)
            await tenacity.AsyncRetrying(sleep=sleep, **attempts.retry_options())(attempt)
        finally:
            if has_slot:
                self.slots.release()
        return attempts.resource

    def with_options(self, timeout: float | None, max_attempts: int | None) -> "AsyncConnection":
        """Return a connection with other settings, and threads of its own; both are made once."""
        return _shared_connection_on(self.sync.with_options(timeout, max_attempts))

    async def run_on_a_thread(
        self, function: Callable[ParametersT, ResultT], *args: ParametersT.args, **kwargs: ParametersT.kwargs
    ) -> ResultT:
        """Call a function that waits for another service, such as S3."""
        return await self.threads.run(functools.partial(function, *args, **kwargs))

    async def run_until_cancelled(
        self,
        cancel: threading.Event,
        function: Callable[ParametersT, ResultT],
        *args: ParametersT.args,
        **kwargs: ParametersT.kwargs,
    ) -> ResultT:
        """Call a function that takes long on a thread of its own; set ``cancel`` if the task is cancelled."""
        thread = Threads()
        try:
            return await thread.run(functools.partial(function, *args, **kwargs))
        except BaseException:
            cancel.set()
            raise
        finally:
            thread.close()

    async def close(self) -> None:
        """Close the connections of a client that the SDK made; return without waiting for calls."""
        self.close_now()

    def close_now(self) -> None:
        """Do the same where nothing can be awaited."""
        self.threads.close()
        for derived in self.sync.derived.values():
            if (shared := _shared.get(derived.transport)) is not None:
                shared.threads.close()
        self.sync.close()


async def pause(clock: "Clock", seconds: float) -> None:
    """Pause by a clock: in the event loop by the system's; another clock's time passes at once."""
    if isinstance(clock, SystemClock):
        await _event_loops.sleep(seconds)
    else:
        clock.sleep(seconds, None)
        await _event_loops.sleep(0)


def connection_on(sync: Connection) -> AsyncConnection:
    """Return an async connection on a sync one."""
    transport = sync.transport
    threads = Threads(transport.client if transport.is_ours else None)
    return AsyncConnection(sync, threads, is_asynchronous(transport.client))


_shared: Final[weakref.WeakValueDictionary["Transport", AsyncConnection]] = weakref.WeakValueDictionary()


def _shared_connection_on(sync: Connection) -> AsyncConnection:
    """Return the one connection on a sync one that came from another process, so that threads stay few."""
    return _shared.setdefault(sync.transport, connection_on(sync))


def connect(
    settings: "ClientSettings", clock: "Clock | None" = None, on_call: "OnCall | None" = None
) -> AsyncConnection:
    """Make a boto3 client, and return a connection through it."""
    return connection_on(_connection.connect(settings, clock, on_call))


def connect_through(
    client: object,
    settings: "ClientSettings",
    clock: "Clock | None" = None,
    on_call: "OnCall | None" = None,
) -> AsyncConnection:
    """Return a connection through a client of the caller, which may be asynchronous."""
    return connection_on(_connection.connection_through(client, settings, clock, on_call))
