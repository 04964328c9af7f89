"""Batch jobs: started by a request, moved on by the clock, and ended with an output file.

SUBMITTED, then IN_PROGRESS once the manifest has been read, then COMPLETED, COMPLETED_WITH_ERRORS when some
requests failed, or FAILED when the manifest cannot be used or the output cannot be written.
"""

import json
from collections.abc import Callable
from typing import Final, Literal, cast

import attrs

from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.pagination import page
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.aws_json import log_unexpected
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import ServiceException, not_found, quota_exceeded
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.rules import events, job_requests, manifests, watchlists
from voiceid_sdk.local.rules.domain_access import open_to_change, open_to_read
from voiceid_sdk.local.rules.job_records import JOB_REQUESTS, JOBS, Job, JobRequest, active_jobs
from voiceid_sdk.local.rules.job_requests import RequestFailure
from voiceid_sdk.local.storage.object_storage import ObjectStorageError, split_uri
from voiceid_sdk.service_model.limits import MANIFEST_VERSION

SUBMITTED: Final = "SUBMITTED"
IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
COMPLETED_WITH_ERRORS: Final = "COMPLETED_WITH_ERRORS"
FAILED: Final = "FAILED"

MAX_MANIFEST_BYTES: Final = 100 * 1024 * 1024
"""Bytes; AWS does not say."""

ADVANCE: Final = "advance job"

# Requests done in one transaction: few enough to stop soon, enough that a disk is not written for each.
_AT_ONCE: Final = 100


@attrs.frozen(kw_only=True)
class JobType:
    """What tells enrollment jobs and registration jobs apart."""

    name: str
    config: Literal["EnrollmentConfig", "RegistrationConfig"]
    manifest_list: str
    successes: str
    with_speakers: bool
    list_operation: str
    perform: Callable[[RequestContext, Job, manifests.Request], Document]
    emit: Callable[[RequestContext, Job], None]
    emit_request_failure: Callable[[RequestContext, Job, manifests.Request, RequestFailure], None] | None
    max_requests: Callable[[Quotas], int]


ENROLLMENT: Final = JobType(
    name="enrollment",
    config="EnrollmentConfig",
    manifest_list="SpeakerEnrollmentRequests",
    successes="SuccessfulEnrollments",
    with_speakers=True,
    list_operation="ListSpeakerEnrollmentJobs",
    perform=job_requests.enroll,
    emit=events.enrollment_job,
    emit_request_failure=job_requests.enrollment_failed,
    max_requests=lambda quotas: quotas.speakers_per_job,
)
REGISTRATION: Final = JobType(
    name="registration",
    config="RegistrationConfig",
    manifest_list="FraudsterRegistrationRequests",
    successes="SuccessfulRegistrations",
    with_speakers=False,
    list_operation="ListFraudsterRegistrationJobs",
    perform=job_requests.register,
    emit=events.registration_job,
    emit_request_failure=None,
    max_requests=lambda quotas: quotas.fraudsters_per_job,
)
_KINDS: Final = {kind.name: kind for kind in (ENROLLMENT, REGISTRATION)}


def start_job(kind: JobType) -> Callable[[RequestContext, requests.StartJob], Document]:
    """Return the operation that starts a job of a kind."""

    def start(context: RequestContext, request: requests.StartJob) -> Document:
        domain = open_to_change(context, request["DomainId"])
        config = request.get(kind.config)
        watchlist_id = _watchlist_id(request) or domain.default_watchlist_id
        watchlists.find(context, domain.domain_id, watchlist_id)
        if active_jobs(context, domain.domain_id, kind.name):
            raise quota_exceeded(f"The domain has an active {kind.name} job.")
        output = request["OutputDataConfig"]
        job = context.store.add(
            JOBS,
            Job(
                domain_id=domain.domain_id,
                job_id=context.settings.identifiers.resource(),
                kind=kind.name,
                status=SUBMITTED,
                name=request.get("JobName"),
                role_arn=request["DataAccessRoleArn"],
                input_uri=request["InputDataConfig"]["S3Uri"],
                output_uri=output["S3Uri"],
                output_key_id=output.get("KmsKeyId"),
                watchlist_id=watchlist_id,
                config=None if config is None else json.dumps(config),
                created_at=context.now,
            ),
        )
        _schedule(context, job, context.now + context.settings.timing.job_start)
        kind.emit(context, job)
        return {"Job": _described(context, job)}

    return start


def describe_job(kind: JobType) -> Callable[[RequestContext, requests.OnJob], Document]:
    """Return the operation that describes a job of a kind."""

    def describe(context: RequestContext, request: requests.OnJob) -> Document:
        domain = open_to_read(context, request["DomainId"])
        key = {"domain_id": domain.domain_id, "job_id": request["JobId"], "kind": kind.name}
        job = context.store.get(JOBS, **key)
        if job is None:
            raise not_found("BATCH_JOB")
        return {"Job": _described(context, job)}

    return describe


def list_jobs(kind: JobType) -> Callable[[RequestContext, requests.ListJobs], Document]:
    """Return the operation that lists the jobs of a kind."""

    def list_(context: RequestContext, request: requests.ListJobs) -> Document:
        domain = open_to_read(context, request["DomainId"])
        filters = {"domain_id": domain.domain_id, "kind": kind.name}
        if "JobStatus" in request:
            filters["status"] = request["JobStatus"]
        found, token = page(context, kind.list_operation, request, JOBS, filters)
        return document(JobSummaries=[_summarized(context, job) for job in found], NextToken=token)

    return list_


def advance(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Move a job on: read its manifest, or do those of its requests whose time has come."""
    (job,) = context.store.all(JOBS, domain_id=task.domain_id, job_id=task.subject_id)
    try:
        open_to_change(context, job.domain_id)
        if job.status == SUBMITTED:
            _begin(context, job)
        else:
            _go_on(context, job)
    except ServiceException as error:
        _fail(context, job, error.status(), error.message)
    except ObjectStorageError as error:
        _fail(context, job, error.status, error.message)
    except manifests.InvalidManifestError as error:
        _fail(context, job, 400, str(error))
    except Exception:  # noqa: BLE001 - an S3 client of the user's own may fail in any way
        _fail(context, job, 500, "Internal Server Error")


def _begin(context: RequestContext, job: Job) -> None:
    kind = _KINDS[job.kind]
    quotas = context.settings.quotas
    found = manifests.read(
        context.settings.objects.read(job.input_uri, MAX_MANIFEST_BYTES).content,
        kind.manifest_list,
        with_speakers=kind.with_speakers,
        max_count=kind.max_requests(quotas) if quotas else None,
    )
    for position, request in enumerate(found):
        context.store.add(JOB_REQUESTS, JobRequest(job.domain_id, job.job_id, position, request.to_json()))
    job = attrs.evolve(job, status=IN_PROGRESS, started_at=context.now, requests=len(found))
    context.store.save(JOBS, job)
    _schedule(context, job, _next_request_at(context, job))


def _go_on(context: RequestContext, job: Job) -> None:
    last = min(job.requests, job.requests_done + _AT_ONCE)
    while job.requests_done < last and _next_request_at(context, job) <= context.until:
        _do_next(attrs.evolve(context, now=_next_request_at(context, job)), job)
        job = attrs.evolve(job, requests_done=job.requests_done + 1)
    context.store.save(JOBS, job)
    if job.requests_done == job.requests:
        _finish(context, job)
    else:
        _schedule(context, job, _next_request_at(context, job))


def _do_next(context: RequestContext, job: Job) -> None:
    (kept,) = context.store.all(JOB_REQUESTS, job_id=job.job_id, position=job.requests_done)
    request = manifests.Request.from_json(kept.request)
    kind = _KINDS[job.kind]
    outcome = _attempt(context, kind, job, request)
    failed = isinstance(outcome, RequestFailure)
    if isinstance(outcome, RequestFailure):
        if kind.emit_request_failure is not None:
            kind.emit_request_failure(context, job, request, outcome)
        outcome = _error(request, outcome.code, outcome.message)
    context.store.save(JOB_REQUESTS, attrs.evolve(kept, outcome=json.dumps(outcome), failed=failed))


def _attempt(
    context: RequestContext, kind: JobType, job: Job, request: manifests.Request
) -> Document | RequestFailure:
    try:
        with context.store.attempt():
            return kind.perform(context, job, request)
    except RequestFailure as failure:
        return failure
    except Exception as error:  # noqa: BLE001 - a recognizer of the user's own may fail in any way
        log_unexpected(error)
        return RequestFailure(500, "Internal Server Error")


def _finish(context: RequestContext, job: Job) -> None:
    kept = context.store.all(JOB_REQUESTS, job_id=job.job_id)
    outcomes: dict[bool, list[object]] = {True: [], False: []}
    for request in kept:
        outcomes[bool(request.failed)].append(json.loads(request.outcome or "null"))
    output = {
        "Version": MANIFEST_VERSION,
        "Errors": outcomes[True],
        _KINDS[job.kind].successes: outcomes[False],
    }
    context.settings.objects.write(_output_uri(job), json.dumps(output).encode(), job.output_key_id)
    _end(context, attrs.evolve(job, status=COMPLETED_WITH_ERRORS if outcomes[True] else COMPLETED))


def _fail(context: RequestContext, job: Job, status: int, message: str) -> None:
    job = context.store.get(JOBS, domain_id=job.domain_id, job_id=job.job_id) or job
    _end(context, attrs.evolve(job, status=FAILED, failure_status=status, failure_message=message))


def _end(context: RequestContext, job: Job) -> None:
    tasks.cancel(context, ADVANCE, job.domain_id, job.job_id)
    context.store.remove(JOB_REQUESTS, job_id=job.job_id)
    job = context.store.save(JOBS, attrs.evolve(job, ended_at=_last_moment(context, job)))
    _KINDS[job.kind].emit(context, job)


def _schedule(context: RequestContext, job: Job, at: float) -> None:
    tasks.schedule(context, ADVANCE, job.domain_id, at, job.job_id)


def _next_request_at(context: RequestContext, job: Job) -> float:
    """Return when the job's next request is done; with none left, when the last one was."""
    position = min(job.requests_done + 1, job.requests)
    return (job.started_at or job.created_at) + position * context.settings.timing.job_request


def _last_moment(context: RequestContext, job: Job) -> float:
    return context.now if job.status == FAILED else _next_request_at(context, job)


def _output_uri(job: Job) -> str:
    file_name = split_uri(job.input_uri)[1].rpartition("/")[2]
    return f"{job.output_uri.rstrip('/')}/{job.job_id}/{file_name}.out"


def _error(request: manifests.Request, code: int, message: str) -> Document:
    return {"RequestId": request.request_id, "ErrorCode": code, "ErrorMessage": message}


def _watchlist_id(request: requests.StartJob) -> str | None:
    config = request.get("EnrollmentConfig", {}).get("FraudDetectionConfig", {})
    watchlist_ids = config.get("WatchlistIds") or request.get("RegistrationConfig", {}).get("WatchlistIds")
    return watchlist_ids[0] if watchlist_ids else None


def _percent(context: RequestContext, job: Job) -> int:
    if job.status in (COMPLETED, COMPLETED_WITH_ERRORS):
        return 100
    if job.status == IN_PROGRESS and job.started_at is not None:
        whole = job.requests * context.settings.timing.job_request
        return min(99, int(100 * (context.now - job.started_at) / whole)) if whole else 0
    return 100 * job.requests_done // job.requests if job.requests else 0


def _summarized(context: RequestContext, job: Job) -> Document:
    failed = job.status == FAILED
    return document(
        DomainId=job.domain_id,
        JobId=job.job_id,
        JobName=job.name,
        JobStatus=job.status,
        JobProgress={"PercentComplete": _percent(context, job)},
        FailureDetails=document(Message=job.failure_message, StatusCode=job.failure_status)
        if failed
        else None,
        CreatedAt=job.created_at,
        EndedAt=job.ended_at,
    )


def _described(context: RequestContext, job: Job) -> Document:
    kind = _KINDS[job.kind]
    config = cast("Document | None", json.loads(job.config)) if job.config else None
    return _summarized(context, job) | document(
        DataAccessRoleArn=job.role_arn,
        InputDataConfig={"S3Uri": job.input_uri},
        OutputDataConfig=document(S3Uri=job.output_uri, KmsKeyId=job.output_key_id),
        **{kind.config: config},
    )
