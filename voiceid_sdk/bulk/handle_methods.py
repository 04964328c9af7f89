"""Calls one method for many items, each on a handle that is made from the item."""

import operator
from collections.abc import AsyncIterable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from voiceid_sdk._connection import Connection, connection_of
from voiceid_sdk.bulk.attempts import ItemT, ValueT
from voiceid_sdk.bulk.options import AsyncOptions, Options
from voiceid_sdk.bulk.running import Run
from voiceid_sdk.errors import Problem, RequestValidationError

if TYPE_CHECKING:
    # Imported lazily: asyncio and the async handles cost start-up time.
    from voiceid_sdk.aio._connection import AsyncConnection

HandleT = TypeVar("HandleT")


@attrs.frozen(repr=False)
class HandleMethod(Generic[ItemT, HandleT, ValueT]):
    """Makes a handle from an item, and calls a method of it; it can be pickled if the client can."""

    make_handle: Callable[[ItemT], HandleT]
    method: Callable[[HandleT], ValueT]

    def __call__(self, item: ItemT) -> ValueT:
        """Call the method for one item."""
        return self.method(self.make_handle(item))


@attrs.frozen(repr=False)
class BulkOperation:
    """A row of the table: an operation, and the method of a handle that calls it."""

    name: str
    """The API operation, called once for each item."""
    what: str
    """The work, for progress."""
    unit: str
    """The resource, for progress."""
    method: str
    """The method of the handle, sync or async."""

    def run(
        self,
        owner: object,
        make_handle: Callable[[Any], object],
        items: Any,  # noqa: ANN401 - the overloads of each function give the types
        options: Options,
        **arguments: object,
    ) -> Any:  # noqa: ANN401 - as for the items
        """Return a run over the items, through the connection of a client or handle.

        Args:
            owner: the client or handle, sync or async.
            make_handle: makes a handle from an item.
            items: the items.
            options: the options of the run.
            arguments: the arguments of the method.
        """
        given: object = items
        if isinstance(given, (str, bytes)) or not isinstance(given, (Iterable, AsyncIterable)):
            rule = f"must be several {self.unit}s, such as a list"
            raise RequestValidationError.of("bulk", (Problem(parameter=f"{self.unit}s", rule=rule),))
        method: Callable[[object], Any] = operator.methodcaller(self.method, **arguments)
        function = HandleMethod(make_handle, method)
        connection = sync_or_async_connection(owner)
        names = {"operation": self.name, "what": self.what, "unit": self.unit}
        if isinstance(connection, Connection):
            pool_size = connection.transport.pool_size
            return Run(function, items, **names, clock=connection.clock, pool_size=pool_size, **options)
        from voiceid_sdk.bulk.async_running import AsyncRun

        return AsyncRun(function, items, **names, clock=connection.clock, **cast("AsyncOptions", options))


def handle_maker(owner: object, parameter: str, name: str) -> Callable[[Any], object]:
    """Return the method of a client or handle that makes the handles.

    Args:
        owner: the client or handle, sync or async.
        parameter: the argument that it was given as.
        name: the name of the method.

    Raises:
        RequestValidationError: it is no such client or handle.
    """
    method: Callable[[Any], object] | None = getattr(owner, name, None)
    if not callable(method) or not hasattr(owner, "_connection"):
        raise no_handle(parameter, "VoiceID.domain()" if parameter == "domain" else "VoiceID()")
    return method


def no_handle(parameter: str, maker: str) -> RequestValidationError:
    """Return the error for an argument that is not the client or handle that it has to be."""
    rule = f"must be what {maker} or its async twin returns"
    return RequestValidationError.of("bulk", (Problem(parameter=parameter, rule=rule),))


def sync_or_async_connection(owner: object) -> "Connection | AsyncConnection":
    """Return the connection of a client or handle, sync or async."""
    return connection_of(owner)
