"""The overview of a service: its domains, and how many resources of each kind they have, without data."""

from typing import Any, Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.rules.domain_access import DOMAINS
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS
from voiceid_sdk.local.rules.job_records import JOBS
from voiceid_sdk.local.rules.session_records import SESSIONS
from voiceid_sdk.local.rules.speakers import SPEAKERS
from voiceid_sdk.local.rules.watchlists import WATCHLISTS
from voiceid_sdk.local.storage.store import Table

MOST_DOMAINS: Final = 50
"""How many domains are shown, newest first."""

_TABLES: Final[tuple[tuple[str, Table[Any]], ...]] = (
    ("speakers", SPEAKERS),
    ("fraudsters", FRAUDSTERS),
    ("watchlists", WATCHLISTS),
    ("sessions", SESSIONS),
    ("jobs", JOBS),
)


@attrs.frozen
class DomainOverview:
    """A domain without the data of its owner: ids, state and counts."""

    domain_id: str
    account_id: str
    region_name: str
    status: str
    created_at: float
    """When it was created, in epoch seconds."""
    counts: dict[str, int]
    """How many resources of each kind it has."""


def overview(context: RequestContext) -> list[DomainOverview]:
    """Return the domains of all accounts and regions, newest first."""
    domains = context.store.select(DOMAINS, f"ORDER BY sequence DESC LIMIT {MOST_DOMAINS}")
    return [
        DomainOverview(
            domain.domain_id,
            domain.account_id,
            domain.region_name,
            domain.status,
            domain.created_at,
            {
                name: context.store.count(table, "WHERE domain_id = ?", domain.domain_id)
                for name, table in _TABLES
            },
        )
        for domain in domains
    ]
