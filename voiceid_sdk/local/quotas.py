"""The published quotas and request rates, which apply to a service made with ``quotas=Quotas()``.

Source: the quota page of the Amazon Connect administrator guide.
"""

from collections.abc import Mapping

import attrs

from voiceid_sdk.service_model.limits import FRAUDSTERS_PER_JOB, SPEAKERS_PER_JOB
from voiceid_sdk.service_model.rates import PUBLISHED_RATES


@attrs.frozen(kw_only=True)
class Quotas:
    """The quotas of one account, by default those of AWS. Suspended domains do not count."""

    domains: int = 3
    """Domains in the account."""

    active_sessions: int = 50
    """Sessions of a domain that have not ended."""

    speakers: int = 100_000
    """Speakers in a domain."""

    watchlists: int = 3
    """Watchlists in a domain, with the default one."""

    fraudsters_per_watchlist: int = 500
    """Fraudsters on one watchlist."""

    speakers_per_job: int = SPEAKERS_PER_JOB
    """Requests in the manifest of an enrollment job."""

    fraudsters_per_job: int = FRAUDSTERS_PER_JOB
    """Requests in the manifest of a registration job."""

    tags: int = 50
    """Tags on a domain."""

    rates: Mapping[str, float] = attrs.field(default=PUBLISHED_RATES)
    """Requests a second by operation; an operation without an entry has no limit."""
