"""Records of jobs, and of the requests in their manifests."""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.rules.statuses import ACTIVE_JOB_STATUSES
from voiceid_sdk.local.storage.store import Record, Table


@attrs.frozen
class Job(Record):
    """An enrollment or registration job."""

    domain_id: str
    job_id: str
    kind: str
    status: str
    name: str | None
    role_arn: str
    input_uri: str
    output_uri: str
    output_key_id: str | None
    watchlist_id: str
    config: str | None
    """The job's configuration in the request, in JSON."""

    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    requests: int = 0
    """The number of requests in the manifest; 0 until the job has started."""

    requests_done: int = 0
    failure_status: int | None = None
    failure_message: str | None = None


JOBS: Final = Table(
    "jobs",
    Job,
    unique=[("domain_id", "job_id")],
    indexes=[("domain_id", "kind"), ("domain_id", "kind", "status")],
)


@attrs.frozen
class JobRequest(Record):
    """One request of a manifest, and its outcome."""

    domain_id: str
    job_id: str
    position: int
    request: str
    """A ``ManifestRequest`` in JSON."""

    outcome: str | None = None
    """The entry of the output file in JSON, once the request is done."""

    failed: int = 0


JOB_REQUESTS: Final = Table(
    "job_requests", JobRequest, unique=[("job_id", "position")], indexes=[("domain_id",)]
)


def active_jobs(context: RequestContext, domain_id: str, kind: str) -> list[Job]:
    """Return the active jobs of a kind."""
    return [job for status in ACTIVE_JOB_STATUSES for job in _with_status(context, domain_id, kind, status)]


def _with_status(context: RequestContext, domain_id: str, kind: str, status: str) -> list[Job]:
    return context.store.all(JOBS, domain_id=domain_id, kind=kind, status=status)
