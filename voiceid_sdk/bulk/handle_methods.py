"""Calls one method for many items, each on a handle that is made from the item."""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from voiceid_sdk._connection import Connection, connection_of
from voiceid_sdk.bulk.attempts import ItemT, ValueT
from voiceid_sdk.bulk.options import AsyncOptions, Options
from voiceid_sdk.bulk.running import Run

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
        method: Callable[[object], Any] = operator.methodcaller(self.method, **arguments)
        function = HandleMethod(make_handle, method)
        connection = sync_or_async_connection(owner)
        names = {"operation": self.name, "what": self.what, "unit": self.unit}
        if isinstance(connection, Connection):
            pool_size = connection.transport.pool_size
            return Run(function, items, **names, clock=connection.clock, pool_size=pool_size, **options)
        from voiceid_sdk.bulk.async_running import AsyncRun

        return AsyncRun(function, items, **names, clock=connection.clock, **cast("AsyncOptions", options))


def sync_or_async_connection(owner: object) -> "Connection | AsyncConnection":
    """Return the connection of a client or handle, sync or async."""
    return connection_of(owner)
