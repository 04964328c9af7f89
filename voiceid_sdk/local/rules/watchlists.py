"""Watchlists: the lists of fraudsters that calls are screened against."""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.pagination import page
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import conflict, invalid, not_found, quota_exceeded
from voiceid_sdk.local.rules.domain_access import open_domain
from voiceid_sdk.local.rules.job_records import JOBS
from voiceid_sdk.local.rules.statuses import ACTIVE_JOB_STATUSES
from voiceid_sdk.local.storage.store import Record, Table

DEFAULT_NAME: Final = "DefaultWatchlist"
DEFAULT_DESCRIPTION: Final = "The default watchlist of the domain"
"""AWS published neither value; the administrator guide says that there is a name and a description."""


@attrs.frozen
class Watchlist(Record):
    """A watchlist."""

    domain_id: str
    watchlist_id: str
    name: str
    description: str | None
    is_default: bool = attrs.field(converter=bool)
    created_at: float
    updated_at: float


WATCHLISTS: Final = Table(
    "watchlists", Watchlist, unique=[("domain_id", "watchlist_id")], indexes=[("domain_id",)]
)


@attrs.frozen
class Membership(Record):
    """A fraudster on a watchlist."""

    domain_id: str
    watchlist_id: str
    fraudster_id: str


MEMBERSHIPS: Final = Table(
    "memberships",
    Membership,
    unique=[("domain_id", "watchlist_id", "fraudster_id")],
    indexes=[("domain_id", "fraudster_id"), ("domain_id", "watchlist_id")],
)


def find(context: RequestContext, domain_id: str, watchlist_id: str) -> Watchlist:
    """Return a watchlist; raises a ServiceException if there is none."""
    watchlist = context.store.get(WATCHLISTS, domain_id=domain_id, watchlist_id=watchlist_id)
    if watchlist is None:
        raise not_found("WATCHLIST")
    return watchlist


def create_default(context: RequestContext, domain_id: str) -> str:
    """Create a new domain's default watchlist and return its id."""
    return _add(context, domain_id, DEFAULT_NAME, DEFAULT_DESCRIPTION, default=True).watchlist_id


def create_watchlist(context: RequestContext, request: requests.CreateWatchlist) -> Document:
    """Create a watchlist."""
    domain_id = open_domain(context, request["DomainId"]).domain_id
    quotas = context.settings.quotas
    if quotas and context.store.count(WATCHLISTS, "WHERE domain_id = ?", domain_id) >= quotas.watchlists:
        raise quota_exceeded("The domain has reached its quota of watchlists.")
    return _response(_add(context, domain_id, request["Name"], request.get("Description"), default=False))


def describe_watchlist(context: RequestContext, request: requests.OnWatchlist) -> Document:
    """Describe a watchlist."""
    domain = open_domain(context, request["DomainId"])
    return _response(find(context, domain.domain_id, request["WatchlistId"]))


def update_watchlist(context: RequestContext, request: requests.UpdateWatchlist) -> Document:
    """Change a watchlist's name and description; members that are absent change nothing."""
    watchlist = _find_to_change(context, request)
    return _response(
        context.store.save(
            WATCHLISTS,
            attrs.evolve(
                watchlist,
                name=request.get("Name", watchlist.name),
                description=request.get("Description", watchlist.description),
                updated_at=context.now,
            ),
        )
    )


def delete_watchlist(context: RequestContext, request: requests.OnWatchlist) -> None:
    """Delete a watchlist that is empty and not in use by an active job."""
    watchlist = _find_to_change(context, request)
    key = {"domain_id": watchlist.domain_id, "watchlist_id": watchlist.watchlist_id}
    if context.store.get(MEMBERSHIPS, **key):
        raise conflict("CANNOT_DELETE_NON_EMPTY_WATCHLIST")
    if any(context.store.get(JOBS, **key, status=status) for status in ACTIVE_JOB_STATUSES):
        raise conflict("CONCURRENT_CHANGES")
    context.store.remove(WATCHLISTS, **key)


def list_watchlists(context: RequestContext, request: requests.ListInDomain) -> Document:
    """List a domain's watchlists, the default one first."""
    domain_id = open_domain(context, request["DomainId"]).domain_id
    found, token = page(context, "ListWatchlists", request, WATCHLISTS, {"domain_id": domain_id})
    return document(WatchlistSummaries=[description(watchlist) for watchlist in found], NextToken=token)


def check_capacity(context: RequestContext, domain_id: str, watchlist_id: str) -> None:
    """Raise a ServiceException if a watchlist is full; without quotas, none ever is."""
    quotas = context.settings.quotas
    if quotas is None:
        return
    where = "WHERE domain_id = ? AND watchlist_id = ?"
    if context.store.count(MEMBERSHIPS, where, domain_id, watchlist_id) >= quotas.fraudsters_per_watchlist:
        raise quota_exceeded("The watchlist has reached its quota of fraudsters.")


def _find_to_change(context: RequestContext, request: requests.OnWatchlist) -> Watchlist:
    domain = open_domain(context, request["DomainId"])
    watchlist = find(context, domain.domain_id, request["WatchlistId"])
    if watchlist.is_default:
        raise invalid("The default watchlist cannot be changed or deleted.")
    return watchlist


def _add(
    context: RequestContext, domain_id: str, name: str, description: str | None, *, default: bool
) -> Watchlist:
    return context.store.add(
        WATCHLISTS,
        Watchlist(
            domain_id=domain_id,
            watchlist_id=context.settings.identifiers.resource(),
            name=name,
            description=description,
            is_default=default,
            created_at=context.now,
            updated_at=context.now,
        ),
    )


def _response(watchlist: Watchlist) -> Document:
    return {"Watchlist": description(watchlist)}


def description(watchlist: Watchlist) -> Document:
    """Return a watchlist as responses have it."""
    return document(
        DomainId=watchlist.domain_id,
        WatchlistId=watchlist.watchlist_id,
        Name=watchlist.name,
        Description=watchlist.description,
        DefaultWatchlist=watchlist.is_default,
        CreatedAt=watchlist.created_at,
        UpdatedAt=watchlist.updated_at,
    )
