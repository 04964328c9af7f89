"""A watchlist: a named set of fraudsters in a domain."""

from collections.abc import Mapping

import attrs

from voiceid_sdk import _types
from voiceid_sdk._connection import Connection
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wire import operations
from voiceid_sdk.models import FraudsterInfo, WatchlistInfo

__all__ = ["Watchlist"]


@attrs.frozen
class Watchlist(Printed):
    """A watchlist: describes, changes or deletes one list of fraudsters.

    A handle, which ``Domain.watchlist`` makes without a call.
    """

    _connection: Connection = attrs.field(repr=False)
    domain_id: str
    """The id of the watchlist's domain."""
    watchlist_id: str
    """The watchlist's id."""
    info: WatchlistInfo | None = attrs.field(default=None, eq=False, repr=False)
    """The data that came with the handle; None when it was made from an id alone."""

    @property
    def _ids(self) -> Mapping[str, object]:
        return {"DomainId": self.domain_id, "WatchlistId": self.watchlist_id}

    def describe(self) -> WatchlistInfo:
        """Return the watchlist as it is now. Calls DescribeWatchlist.

        Raises:
            ResourceNotFoundError: the watchlist or its domain does not exist.

        Example:
            >>> watchlist = domain.create_watchlist(name="national")
            >>> watchlist.describe().name
            'national'
        """
        return self._connection.call(operations.DESCRIBE_WATCHLIST, self._ids)

    def update(self, *, name: str | None = None, description: str | None = None) -> WatchlistInfo:
        """Change the name, the description or both; None keeps the current value. Calls UpdateWatchlist.

        Args:
            name: 1 to 256 letters, digits, ``_`` and ``-``.
            description: 1 to 1024 characters.

        Raises:
            ValidationError: it is the default watchlist, which cannot be changed.

        Example:
            >>> watchlist = domain.create_watchlist(name="national")
            >>> watchlist.update(description="Seen in 2026").description
            'Seen in 2026'
        """
        return self._connection.call(
            operations.UPDATE_WATCHLIST, {**self._ids, "Name": name, "Description": description}
        )

    def fraudsters(self, *, page_size: int | None = None) -> "_types.Pager[FraudsterInfo]":
        """Return the fraudsters on this watchlist. Calls ListFraudsters as it is iterated.

        Args:
            page_size: items a page, 1 to 100; the service decides when None.

        Example:
            >>> len(domain.default_watchlist().fraudsters().all())
            1
        """
        return self._connection.pager(operations.LIST_FRAUDSTERS, self._ids, page_size)

    def delete(self) -> None:
        """Delete the watchlist. Calls DeleteWatchlist.

        Raises:
            ConflictError: it still has fraudsters.
            ValidationError: it is the default watchlist.
        """
        self._connection.call(operations.DELETE_WATCHLIST, self._ids)
