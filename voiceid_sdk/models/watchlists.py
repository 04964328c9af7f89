"""The data of a watchlist."""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._structure import Structure
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class WatchlistInfo(Structure):
    """A watchlist: a named set of fraudsters, as described or listed."""

    created_at: datetime | None = None
    """When the watchlist was created, in UTC."""
    default_watchlist: bool | None = None
    """Whether this is the domain's default watchlist."""
    description: Annotated[str | None, SENSITIVE] = None
    """The caller's description of the watchlist."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the watchlist's domain."""
    name: Annotated[str | None, SENSITIVE] = None
    """The caller's name for the watchlist; not unique."""
    updated_at: datetime | None = None
    """When the watchlist was last changed, in UTC."""
    watchlist_id: str | None = None
    """The watchlist's id: 22 letters and digits."""
