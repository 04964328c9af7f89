"""How much a service has in each region: the metrics of CloudWatch that count resources, without ids."""

from typing import Any, Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.metrics import Metric
from voiceid_sdk.local.rules import jobs
from voiceid_sdk.local.rules.domain_access import DOMAINS
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS
from voiceid_sdk.local.rules.job_records import JOBS
from voiceid_sdk.local.rules.session_records import SESSIONS
from voiceid_sdk.local.rules.speakers import SPEAKERS
from voiceid_sdk.local.rules.statuses import ACTIVE_JOB_STATUSES, StreamingStatus
from voiceid_sdk.local.storage.store import Table
from voiceid_sdk.service_model import REGIONS

_IN_REGION: Final = "WHERE domain_id IN (SELECT domain_id FROM domains WHERE region_name = ?)"
_ACTIVE_JOB: Final = f"{_IN_REGION} AND kind = ? AND status IN (?, ?)"


@attrs.frozen
class _Count:
    """A metric that counts rows of a table in a region."""

    name: str
    description: str
    table: Table[Any]
    where: str = _IN_REGION
    values: tuple[str, ...] = ()


_COUNTS: Final = (
    _Count("domains", "Domains.", DOMAINS, "WHERE region_name = ?"),
    _Count("speakers", "Speakers.", SPEAKERS),
    _Count("fraudsters", "Fraudsters.", FRAUDSTERS),
    _Count(
        "active_sessions",
        "Sessions that are pending or ongoing.",
        SESSIONS,
        f"{_IN_REGION} AND status != ?",
        (StreamingStatus.ENDED,),
    ),
    _Count(
        "active_speaker_enrollment_jobs",
        "Speaker enrollment jobs that have not ended.",
        JOBS,
        _ACTIVE_JOB,
        (jobs.ENROLLMENT.name, *ACTIVE_JOB_STATUSES),
    ),
    _Count(
        "active_fraudster_registration_jobs",
        "Fraudster registration jobs that have not ended.",
        JOBS,
        _ACTIVE_JOB,
        (jobs.REGISTRATION.name, *ACTIVE_JOB_STATUSES),
    ),
)


def metrics(context: RequestContext) -> list[Metric]:
    """Return the metrics."""
    regions = sorted({*REGIONS, context.settings.scope.region_name})
    return [
        Metric(
            name=f"voiceid_{count.name}",
            description=count.description,
            kind="gauge",
            values=[
                ({"region": region}, context.store.count(count.table, count.where, region, *count.values))
                for region in regions
            ],
        )
        for count in _COUNTS
    ]
