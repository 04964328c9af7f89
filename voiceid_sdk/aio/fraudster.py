# Made from voiceid_sdk/fraudster.py by tools/make_async.py: change that file, then run the tool.
"""A fraudster: a voice that calls are screened for."""

from collections.abc import Mapping
from typing import Annotated

import attrs

from voiceid_sdk import _types
from voiceid_sdk._arguments import resolve_id
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wire import operations
from voiceid_sdk.aio._connection import AsyncConnection
from voiceid_sdk.models import FraudsterInfo, WatchlistInfo
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields

__all__ = ["AsyncFraudster"]


@attrs.frozen(field_transformer=redact_marked_fields)
class AsyncFraudster(Printed):
    """A fraudster: describes or deletes one voice, and puts it on watchlists.

    A handle, which ``AsyncDomain.fraudster`` makes without a call.
    """

    _connection: AsyncConnection = attrs.field(repr=False)
    domain_id: str
    """The id of the fraudster's domain."""
    fraudster_id: Annotated[str, SENSITIVE]
    """The id that the service chose: ``id#`` and 22 letters and digits."""
    info: FraudsterInfo | None = attrs.field(default=None, eq=False, repr=False)
    """The data that came with the handle; None when it was made from an id alone."""

    @property
    def _ids(self) -> Mapping[str, object]:
        return {"DomainId": self.domain_id, "FraudsterId": self.fraudster_id}

    async def describe(self) -> FraudsterInfo:
        """Return the fraudster as it is now. Calls DescribeFraudster.

        Raises:
            ResourceNotFoundError: the fraudster or its domain does not exist.

        Example:
            >>> known = await domain.fraudsters().first()
            >>> len((await domain.fraudster(known).describe()).watchlist_ids)
            1
        """
        return await self._connection.call(operations.DESCRIBE_FRAUDSTER, self._ids)

    async def associate(self, watchlist: "str | _types.AsyncWatchlist | WatchlistInfo") -> FraudsterInfo:
        """Add the fraudster to another watchlist of the same domain. Calls AssociateFraudster.

        Raises:
            ServiceQuotaExceededError: the watchlist is full (500 fraudsters by default).

        Example:
            >>> known = await domain.fraudsters().first()
            >>> national = await domain.create_watchlist(name="national")
            >>> len((await domain.fraudster(known).associate(national)).watchlist_ids)
            2
        """
        watchlist_id = resolve_id(watchlist, "watchlist", "watchlist_id")
        return await self._connection.call(
            operations.ASSOCIATE_FRAUDSTER, {**self._ids, "WatchlistId": watchlist_id}
        )

    async def disassociate(self, watchlist: "str | _types.AsyncWatchlist | WatchlistInfo") -> FraudsterInfo:
        """Remove the fraudster from a watchlist. Calls DisassociateFraudster.

        Raises:
            ConflictError: it is the fraudster's last watchlist.
        """
        watchlist_id = resolve_id(watchlist, "watchlist", "watchlist_id")
        return await self._connection.call(
            operations.DISASSOCIATE_FRAUDSTER, {**self._ids, "WatchlistId": watchlist_id}
        )

    async def delete(self) -> None:
        """Delete the fraudster, its voiceprint and its places on watchlists. Calls DeleteFraudster."""
        await self._connection.call(operations.DELETE_FRAUDSTER, self._ids)
