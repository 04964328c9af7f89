"""The connection that all handles of a client share: it makes calls, and waits with the client's clock."""

import contextlib
import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk._wire.client_settings import ClientSettings, NotPicklable, settings_of
from voiceid_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    # boto3 is imported with the first client, everything else with the first handle.
    from voiceid_sdk._wire.operations.list_pages import ListPage
    from voiceid_sdk._wire.operations.rows import Operation
    from voiceid_sdk._wire.transport import Transport
    from voiceid_sdk.calls import OnCall
    from voiceid_sdk.paging import Pager
    from voiceid_sdk.waiting import Clock, WaitCondition, WaitPolicy

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")
ResourceT = TypeVar("ResourceT")


@dataclass(frozen=True, repr=False, slots=True)
class Connection:
    """A client's transport and clock; equal to another that was made with the same settings.

    It pickles as its settings: in another process, all connections with equal settings become one.
    """

    transport: "Transport" = field(compare=False)
    clock: "Clock | None" = field(compare=False)
    """The clock of waits; the process's clock when None."""
    settings: ClientSettings | NotPicklable
    """How to make it in another process, if possible. Otherwise it only equals itself."""
    made_from: ClientSettings | None = field(default=None, compare=False)
    """The settings that the SDK made the client from; None for a client of the caller."""
    derived: "dict[ClientSettings, Connection]" = field(
        init=False, compare=False, default_factory=dict["ClientSettings", "Connection"]
    )
    """The connections with other settings, for ``with_options``."""

    def __reduce__(self) -> tuple[Callable[[ClientSettings], "Connection"], tuple[ClientSettings]]:
        if isinstance(self.settings, NotPicklable):
            message = f"This cannot be pickled for another process: {self.settings.reason}"
            raise ConfigurationError(message, next_step=self.settings.next_step)
        return connection_for, (self.settings,)

    def __copy__(self) -> "Connection":
        return self

    def __deepcopy__(self, _: object) -> "Connection":
        # A copied handle uses the same client.
        return self

    def call(self, operation: "Operation[ResultT]", body: Mapping[str, object]) -> ResultT:
        """Call an operation, and return its result; members that are None are left out."""
        __tracebackhide__ = True
        request = self.transport.prepare(operation.name, body)
        return self.transport.read(operation, request, self.transport.send(request))

    def call_raw(self, operation: str, body: Mapping[str, object]) -> dict[str, object]:
        """Call an operation by its name, and return boto3's own dictionary."""
        __tracebackhide__ = True
        from voiceid_sdk._wire.requests import check_operation

        check_operation(operation)
        request = self.transport.prepare(operation, body)
        return self.transport.read_raw(request, self.transport.send_raw(request))

    def read_page(
        self, operation: "Operation[ListPage[ItemT]]", body: Mapping[str, object]
    ) -> "tuple[ListPage[ItemT], str | None]":
        """Call a list operation, and return one page and the request id."""
        __tracebackhide__ = True
        request = self.transport.prepare(operation.name, body)
        response = self.transport.send(request)
        return self.transport.read(operation, request, response), response.request_id

    def pager(
        self, operation: "Operation[ListPage[ItemT]]", body: Mapping[str, object], page_size: int | None
    ) -> "Pager[ItemT]":
        """Return the list that a list operation gives, without a call yet."""
        from voiceid_sdk._list_positions import ListIdentity
        from voiceid_sdk.paging import Pager

        given = {name: value for name, value in body.items() if value is not None}
        return Pager(self.read_page, ListIdentity(operation, given), page_size)

    def wait_until(
        self,
        condition: "WaitCondition[ResourceT]",
        poll: Callable[[], ResourceT],
        policy: "WaitPolicy | None" = None,
        *,
        on_progress: Callable[[ResourceT], object] | None = None,
        cancel: threading.Event | None = None,
    ) -> ResourceT:
        """Poll until the condition holds, and return the last resource; see ``waiting.Wait``."""
        __tracebackhide__ = True
        from voiceid_sdk.waiting import Wait, check_wait_options, process_clock

        check_wait_options(policy, on_progress, cancel)
        return Wait(
            condition=condition,
            poll=poll,
            policy=policy or condition.policy,
            clock=self.clock or process_clock(),
            on_progress=on_progress,
            cancel=cancel,
        ).run()

    def with_options(self, timeout: float | None, max_attempts: int | None) -> "Connection":
        """Return a connection with other settings, made once; it closes with this one.

        Raises:
            ConfigurationError: the client is the caller's own, or an option is not valid.
        """
        if self.made_from is None:
            raise ConfigurationError(
                "with_options() needs a client that the SDK made",
                next_step="Give VoiceID another client of yours, with a botocore Config for these options.",
            )
        settings = self.made_from
        if timeout is not None:
            settings = settings._replace(timeout=timeout)
        if max_attempts is not None:
            settings = settings._replace(max_attempts=max_attempts)
        from voiceid_sdk._wire.clients import check_types

        check_types(settings)  # Values of other types may have no hash.
        if settings not in self.derived:
            # Two threads may make one each; all later calls use the same.
            self.derived.setdefault(settings, connect(settings, self.clock, self.transport.on_call))
        return self.derived[settings]

    def close(self) -> None:
        """Close the connections of a client that the SDK made."""
        with contextlib.ExitStack() as stack:  # closes each one, even if another one fails
            stack.callback(self.transport.close)
            for connection in self.derived.values():
                stack.callback(connection.close)


def connect(
    settings: ClientSettings, clock: "Clock | None" = None, on_call: "OnCall | None" = None
) -> Connection:
    """Make a client, and return a connection through it."""
    # boto3 takes most of the start-up time, so it is imported with the first client.
    from voiceid_sdk._wire.clients import make_client
    from voiceid_sdk._wire.transport import Transport

    new = make_client(settings)
    transport = Transport(
        new.client, is_ours=True, validate_requests=settings.validate_requests, on_call=on_call
    )
    return Connection(transport, clock, settings_of(new, settings, clock, on_call), settings)


def connect_through(
    client: object,
    settings: ClientSettings,
    clock: "Clock | None" = None,
    on_call: "OnCall | None" = None,
) -> Connection:
    """Return a connection through a client of the caller.

    Raises:
        ConfigurationError: the client is one of an asynchronous library.
    """
    if is_asynchronous(client):
        raise ConfigurationError(
            "client is asynchronous, like those of aiobotocore, and VoiceID is not",
            next_step="Give it to AsyncVoiceID, or give VoiceID a boto3 client.",
        )
    return connection_through(client, settings, clock, on_call)


def is_asynchronous(client: object) -> bool:
    """Return whether the methods of a client return awaitables."""
    # aiobotocore's clients have the methods of botocore's, which call this one.
    make_api_call = getattr(client, "_make_api_call", None)
    return inspect.iscoroutinefunction(make_api_call or getattr(client, "describe_domain", None))


def connection_through(
    client: object,
    settings: ClientSettings,
    clock: "Clock | None" = None,
    on_call: "OnCall | None" = None,
) -> Connection:
    """Return a connection through a client, asynchronous or not."""
    from voiceid_sdk._wire.transport import Transport

    transport = Transport(
        client, is_ours=False, validate_requests=settings.validate_requests, on_call=on_call
    )
    reason = "you brought its client (client=), with its connections and credentials"
    return Connection(transport, clock, NotPicklable(reason, "Make the client with VoiceID() and settings."))


class _Connections:
    """The connections that came from other processes, one for each settings."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._by_settings: dict[ClientSettings, Connection] = {}

    def get(self, settings: ClientSettings) -> Connection:
        # One at a time, so that many threads do not make many clients.
        with self.lock:
            if settings not in self._by_settings:
                # This machine may have its own profile; the settings must stay equal to the sender's.
                made = replace(connect(settings), settings=settings)
                self._by_settings[settings] = made
            return self._by_settings[settings]


class _Process:
    """The state of this process."""

    connections = _Connections()


def reset() -> None:
    """Drop all connections that came from other processes."""
    _Process.connections = _Connections()


# Also the lock, which another thread of the parent may hold.
after_fork_in_child(reset)


def connection_for(settings: ClientSettings) -> Connection:
    """Return the one connection that this process has for these settings."""
    return _Process.connections.get(settings)


def connection_of(handle: Any) -> Connection:  # noqa: ANN401 - a client or any handle
    """Return the connection of a client or handle, which is private for users only."""
    connection: Connection = handle._connection  # noqa: SLF001 - of this package
    return connection
