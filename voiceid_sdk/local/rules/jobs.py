"""Batch jobs: started by a request, advanced by a background task, and ended with an output file.

A job is SUBMITTED, then IN_PROGRESS once the manifest has been read. It ends as COMPLETED, or as
COMPLETED_WITH_ERRORS if requests failed, or as FAILED if the manifest cannot be used or the output cannot be
written.
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
from voiceid_sdk.local.rules.domain_access import open_domain
from voiceid_sdk.local.rules.job_records import JOB_REQUESTS, JOBS, Job, JobRequest, active_jobs
from voiceid_sdk.local.rules.job_requests import ManifestRequestError
from voiceid_sdk.local.rules.manifests import ManifestRequest
from voiceid_sdk.local.rules.statuses import JobStatus
from voiceid_sdk.local.storage.object_storage import ObjectStorageError, split_uri
from voiceid_sdk.local.voices.recognizer import is_immediate
from voiceid_sdk.service_model.limits import MANIFEST_VERSION

MAX_MANIFEST_BYTES: Final = 100 * 1024 * 1024
"""AWS does not publish the limit."""

ADVANCE: Final = "advance job"

# Requests in one transaction: few, because other requests wait meanwhile, but more than one, because each
# transaction is a write to disk.
_BATCH_SIZE: Final = 100


@attrs.frozen(kw_only=True)
class JobType:
    """Enrollment jobs or registration jobs."""

    name: str
    config: Literal["EnrollmentConfig", "RegistrationConfig"]
    manifest_list: str
    successes: str
    with_speakers: bool
    list_operation: str
    perform: Callable[[RequestContext, Job, ManifestRequest], Document]
    emit: Callable[[RequestContext, Job], None]
    emit_request_failure: Callable[[RequestContext, Job, ManifestRequest, ManifestRequestError], None] | None
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
    emit_request_failure=job_requests.emit_enrollment_failure,
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
_JOB_TYPES: Final = {job_type.name: job_type for job_type in (ENROLLMENT, REGISTRATION)}


def start_job(job_type: JobType, context: RequestContext, request: requests.StartJob) -> Document:
    """Start a job of a type."""
    domain = open_domain(context, request["DomainId"])
    config = request.get(job_type.config)
    watchlist_id = _watchlist_id(request) or domain.default_watchlist_id
    watchlists.find(context, domain.domain_id, watchlist_id)
    if active_jobs(context, domain.domain_id, job_type.name):
        raise quota_exceeded(f"The domain has an active {job_type.name} job.")
    output = request["OutputDataConfig"]
    job = context.store.add(
        JOBS,
        Job(
            domain_id=domain.domain_id,
            job_id=context.settings.identifiers.resource(),
            kind=job_type.name,
            status=JobStatus.SUBMITTED,
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
    job_type.emit(context, job)
    return {"Job": _description(context, job)}


def describe_job(job_type: JobType, context: RequestContext, request: requests.OnJob) -> Document:
    """Describe a job of a type."""
    domain = open_domain(context, request["DomainId"])
    key = {"domain_id": domain.domain_id, "job_id": request["JobId"], "kind": job_type.name}
    job = context.store.get(JOBS, **key)
    if job is None:
        raise not_found("BATCH_JOB")
    return {"Job": _description(context, job)}


def list_jobs(job_type: JobType, context: RequestContext, request: requests.ListJobs) -> Document:
    """List the jobs of a type."""
    domain = open_domain(context, request["DomainId"])
    filters = {"domain_id": domain.domain_id, "kind": job_type.name}
    if "JobStatus" in request:
        filters["status"] = request["JobStatus"]
    found, token = page(context, job_type.list_operation, request, JOBS, filters)
    return document(JobSummaries=[_summary(context, job) for job in found], NextToken=token)


def advance(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Advance a job: read its manifest, or carry out the requests that are due."""
    (job,) = context.store.all(JOBS, domain_id=task.domain_id, job_id=task.subject_id)
    try:
        open_domain(context, job.domain_id)
        if job.status == JobStatus.SUBMITTED:
            _read_manifest(context, job)
        else:
            _carry_out_requests(context, job)
    except ServiceException as error:
        _fail(context, job, error.status(), error.message)
    except ObjectStorageError as error:
        _fail(context, job, error.status, error.message)
    except manifests.InvalidManifestError as error:
        _fail(context, job, 400, str(error))
    except Exception:  # noqa: BLE001 - the user's S3 client may raise anything
        _fail(context, job, 500, "Internal Server Error")


def _read_manifest(context: RequestContext, job: Job) -> None:
    job_type = _JOB_TYPES[job.kind]
    quotas, objects = context.settings.quotas, context.settings.objects

    def read() -> list[str]:
        found = manifests.read(
            objects.read(job.input_uri, MAX_MANIFEST_BYTES).content,
            job_type.manifest_list,
            with_speakers=job_type.with_speakers,
            max_count=job_type.max_requests(quotas) if quotas else None,
        )
        return [request.to_json() for request in found]

    # Beside a model, requests do not wait for the manifest either: ten thousand entries take as long to read
    # as a voice to compare.
    found = context.call_model("manifest", read)
    records = (JobRequest(job.domain_id, job.job_id, *numbered) for numbered in enumerate(found))
    context.store.add_all(JOB_REQUESTS, records)
    job = attrs.evolve(job, status=JobStatus.IN_PROGRESS, started_at=context.now, requests=len(found))
    context.store.save(JOBS, job)
    _schedule(context, job, _next_request_at(context, job))


def _carry_out_requests(context: RequestContext, job: Job) -> None:
    # A model takes long, so each of its requests is stored before the next one begins.
    at_once = _BATCH_SIZE if is_immediate(context.settings.recognizer) else 1
    last = min(job.requests, job.requests_done + at_once)
    while job.requests_done < last and _next_request_at(context, job) <= context.until:
        _carry_out_next(attrs.evolve(context, now=_next_request_at(context, job)), job)
        job = attrs.evolve(job, requests_done=job.requests_done + 1)
    context.store.save(JOBS, job)
    if job.requests_done == job.requests:
        _finish(context, job)
    else:
        _schedule(context, job, _next_request_at(context, job))


def _carry_out_next(context: RequestContext, job: Job) -> None:
    (record,) = context.store.all(JOB_REQUESTS, job_id=job.job_id, position=job.requests_done)
    request = ManifestRequest.from_json(record.request)
    job_type = _JOB_TYPES[job.kind]
    try:
        entry, failed = _attempt(context, job_type, job, request), False
    except ManifestRequestError as error:
        if job_type.emit_request_failure is not None:
            job_type.emit_request_failure(context, job, request, error)
        entry, failed = _error_entry(request, error), True
    context.store.save(JOB_REQUESTS, attrs.evolve(record, outcome=json.dumps(entry), failed=failed))


def _attempt(context: RequestContext, job_type: JobType, job: Job, request: ManifestRequest) -> Document:
    try:
        with context.store.attempt():
            return job_type.perform(context, job, request)
    except ManifestRequestError:
        raise
    except ServiceException as error:
        raise ManifestRequestError(error.status(), error.message) from None
    except Exception as error:  # noqa: BLE001 - the user's recognizer may raise anything
        log_unexpected(error)
        raise ManifestRequestError(500, "Internal Server Error") from None


def _finish(context: RequestContext, job: Job) -> None:
    errors: list[object] = []
    successes: list[object] = []
    for request in context.store.all(JOB_REQUESTS, job_id=job.job_id):
        (errors if request.failed else successes).append(json.loads(request.outcome or "null"))
    output = {"Version": MANIFEST_VERSION, "Errors": errors, _JOB_TYPES[job.kind].successes: successes}
    context.settings.objects.write(_output_uri(job), json.dumps(output).encode(), job.output_key_id)
    _end(
        context, attrs.evolve(job, status=JobStatus.COMPLETED_WITH_ERRORS if errors else JobStatus.COMPLETED)
    )


def _fail(context: RequestContext, job: Job, status: int, message: str) -> None:
    job = context.store.get(JOBS, domain_id=job.domain_id, job_id=job.job_id) or job
    _end(context, attrs.evolve(job, status=JobStatus.FAILED, failure_status=status, failure_message=message))


def _end(context: RequestContext, job: Job) -> None:
    tasks.cancel(context, ADVANCE, job.domain_id, job.job_id)
    context.store.remove(JOB_REQUESTS, job_id=job.job_id)
    job = context.store.save(JOBS, attrs.evolve(job, ended_at=_ended_at(context, job)))
    _JOB_TYPES[job.kind].emit(context, job)


def _schedule(context: RequestContext, job: Job, at: float) -> None:
    tasks.schedule(context, ADVANCE, job.domain_id, at, job.job_id)


def _next_request_at(context: RequestContext, job: Job) -> float:
    """Return when the job's next request is done, or if none is left, when the last one was."""
    position = min(job.requests_done + 1, job.requests)
    return (job.started_at or job.created_at) + position * context.settings.timing.job_request


def _ended_at(context: RequestContext, job: Job) -> float:
    return context.now if job.status == JobStatus.FAILED else _next_request_at(context, job)


def _output_uri(job: Job) -> str:
    file_name = split_uri(job.input_uri)[1].rpartition("/")[2]
    return f"{job.output_uri.rstrip('/')}/{job.job_id}/{file_name}.out"


def _error_entry(request: ManifestRequest, error: ManifestRequestError) -> Document:
    return {"RequestId": request.request_id, "ErrorCode": error.code, "ErrorMessage": error.message}


def _watchlist_id(request: requests.StartJob) -> str | None:
    config = request.get("EnrollmentConfig", {}).get("FraudDetectionConfig", {})
    watchlist_ids = config.get("WatchlistIds") or request.get("RegistrationConfig", {}).get("WatchlistIds")
    return watchlist_ids[0] if watchlist_ids else None


def _percent_complete(context: RequestContext, job: Job) -> int:
    if job.status in (JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS):
        return 100
    if job.status == JobStatus.IN_PROGRESS and job.started_at is not None:
        whole = job.requests * context.settings.timing.job_request
        # A file may come from a machine whose clock was ahead.
        return max(0, min(99, int(100 * (context.now - job.started_at) / whole))) if whole else 0
    return 100 * job.requests_done // job.requests if job.requests else 0


def _summary(context: RequestContext, job: Job) -> Document:
    failed = job.status == JobStatus.FAILED
    return document(
        DomainId=job.domain_id,
        JobId=job.job_id,
        JobName=job.name,
        JobStatus=job.status,
        JobProgress={"PercentComplete": _percent_complete(context, job)},
        FailureDetails=document(Message=job.failure_message, StatusCode=job.failure_status)
        if failed
        else None,
        CreatedAt=job.created_at,
        EndedAt=job.ended_at,
    )


def _description(context: RequestContext, job: Job) -> Document:
    job_type = _JOB_TYPES[job.kind]
    config = cast("Document | None", json.loads(job.config)) if job.config else None
    return _summary(context, job) | document(
        DataAccessRoleArn=job.role_arn,
        InputDataConfig={"S3Uri": job.input_uri},
        OutputDataConfig=document(S3Uri=job.output_uri, KmsKeyId=job.output_key_id),
        **{job_type.config: config},
    )
