"""The operations on watchlists."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._wire.operations.rows import Operation, many, nothing, one
from voiceid_sdk.models.watchlists import WatchlistInfo

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.list_pages import ListPage

CREATE_WATCHLIST: Final[Operation[WatchlistInfo]] = one("CreateWatchlist", "Watchlist", WatchlistInfo)
DESCRIBE_WATCHLIST: Final[Operation[WatchlistInfo]] = one("DescribeWatchlist", "Watchlist", WatchlistInfo)
UPDATE_WATCHLIST: Final[Operation[WatchlistInfo]] = one("UpdateWatchlist", "Watchlist", WatchlistInfo)
DELETE_WATCHLIST: Final[Operation[None]] = nothing("DeleteWatchlist")
LIST_WATCHLISTS: Final["Operation[ListPage[WatchlistInfo]]"] = many(
    "ListWatchlists", "WatchlistSummaries", WatchlistInfo
)
