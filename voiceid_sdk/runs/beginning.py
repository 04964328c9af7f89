"""Beginning a batch: check everything, then upload recordings and manifests, then start a job."""

import json
import os
import threading
from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypedDict, TypeVar, cast

import attrs

from voiceid_sdk._arguments import check_types
from voiceid_sdk._connection import Connection
from voiceid_sdk._files import check_is_path
from voiceid_sdk._wait_conditions import JOB_POLICY
from voiceid_sdk._wire import operations
from voiceid_sdk._wire.job_settings import enrollment_settings, registration_settings
from voiceid_sdk._wire.transport import Transport
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.s3_objects import digest_of
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.enums import DuplicateRegistrationAction, ExistingEnrollmentAction, FraudDetectionAction
from voiceid_sdk.errors import ManifestError, Problem
from voiceid_sdk.progress import ProgressOption
from voiceid_sdk.runs.checkpoint import Checkpoint
from voiceid_sdk.runs.handles import BatchEnrollment, BatchRegistration
from voiceid_sdk.runs.job_series import InfoT, JobOperations, JobPart, JobSeries
from voiceid_sdk.runs.uploads import Upload, Uploader
from voiceid_sdk.waiting import WaitCondition, WaitPolicy, check_wait_options

ManifestT = TypeVar("ManifestT", EnrollmentManifest, RegistrationManifest)


class AsyncRunOptions(TypedDict, total=False):
    """The options that ``AsyncDomain.enroll`` and ``AsyncDomain.register_fraudsters`` have in common."""

    prefix: str
    """How the keys in the bucket begin; ``"voice-id"`` by default."""
    convert: bool
    """Whether recordings are converted to the format of the service; needs the extra ``audio``."""
    input_kms_key_id: str | None
    """The KMS key that encrypts the uploads; the bucket's default encryption when None."""
    output_kms_key_id: str | None
    """The KMS key that encrypts the results."""
    job_name: str
    """How the jobs' names begin: letters, digits, ``_`` and ``-``; by default, their kind."""
    watchlist_ids: Iterable[str] | None
    """The one watchlist that speakers are checked against, or fraudsters are added to."""
    checkpoint: str | os.PathLike[str] | None
    """A file that stores which jobs were started, for longer than the service lists them."""
    workers: int
    """How many files are read or uploaded at a time; 8 by default."""
    progress: ProgressOption
    """True (the default) for a bar or lines of the log, False for nothing, or a function for each step."""
    policy: WaitPolicy | None
    """How to wait while the domain has another active job; four hours at most by default."""


class RunOptions(AsyncRunOptions, total=False):
    """The options that ``Domain.enroll`` and ``Domain.register_fraudsters`` have in common."""

    cancel: threading.Event | None
    """Ends the call when set, before a job is started."""


@attrs.frozen(kw_only=True)
class _Options:
    """``RunOptions`` with the defaults; an option that does not exist is a TypeError."""

    prefix: str = "voice-id"
    convert: bool = False
    input_kms_key_id: str | None = None
    output_kms_key_id: str | None = None
    job_name: str | None = None
    watchlist_ids: Iterable[str] | None = None
    checkpoint: str | os.PathLike[str] | None = None
    workers: int = 8
    progress: ProgressOption = True
    policy: WaitPolicy | None = None
    cancel: threading.Event | None = None


ENROLLMENT: Final = JobOperations(
    kind="enrollment",
    activity="enrolling speakers",
    start=operations.START_ENROLLMENT_JOB,
    describe=operations.DESCRIBE_ENROLLMENT_JOB,
    list=operations.LIST_ENROLLMENT_JOBS,
)
REGISTRATION: Final = JobOperations(
    kind="registration",
    activity="registering fraudsters",
    start=operations.START_REGISTRATION_JOB,
    describe=operations.DESCRIBE_REGISTRATION_JOB,
    list=operations.LIST_REGISTRATION_JOBS,
)


def begin_enrollment(
    connection: Connection,
    domain_id: str,
    manifest: EnrollmentManifest | str | os.PathLike[str],
    *,
    s3: S3Client,
    bucket: str,
    data_access_role_arn: str,
    existing_enrollment_action: ExistingEnrollmentAction | str | None,
    fraud_detection_action: FraudDetectionAction | str | None,
    risk_threshold: int | None,
    options: RunOptions,
) -> BatchEnrollment:
    """Begin a batch of speakers; see ``Domain.enroll``."""
    __tracebackhide__ = True
    chosen = _Options(**options)
    uploader = _uploader(connection, s3, bucket, chosen)
    settings = enrollment_settings(
        domain_id,
        output_s3_uri=uploader.results_uri,
        output_kms_key_id=chosen.output_kms_key_id,
        data_access_role_arn=data_access_role_arn,
        existing_enrollment_action=existing_enrollment_action,
        fraud_detection_action=fraud_detection_action,
        risk_threshold=risk_threshold,
        watchlist_ids=chosen.watchlist_ids,
    )
    staged = _stage(
        uploader,
        manifest,
        manifest_class=EnrollmentManifest,
        transport=connection.transport,
        jobs=ENROLLMENT,
        settings=settings,
        options=chosen,
    )
    series, job_id = _start(connection, ENROLLMENT, staged, settings, chosen)
    return BatchEnrollment(connection, domain_id, job_id, s3=s3, series=series, manifest=staged.manifest)


def begin_registration(
    connection: Connection,
    domain_id: str,
    manifest: RegistrationManifest | str | os.PathLike[str],
    *,
    s3: S3Client,
    bucket: str,
    data_access_role_arn: str,
    duplicate_registration_action: DuplicateRegistrationAction | str | None,
    fraudster_similarity_threshold: int | None,
    options: RunOptions,
) -> BatchRegistration:
    """Begin a batch of fraudsters; see ``Domain.register_fraudsters``."""
    __tracebackhide__ = True
    chosen = _Options(**options)
    uploader = _uploader(connection, s3, bucket, chosen)
    settings = registration_settings(
        domain_id,
        output_s3_uri=uploader.results_uri,
        output_kms_key_id=chosen.output_kms_key_id,
        data_access_role_arn=data_access_role_arn,
        duplicate_registration_action=duplicate_registration_action,
        fraudster_similarity_threshold=fraudster_similarity_threshold,
        watchlist_ids=chosen.watchlist_ids,
    )
    staged = _stage(
        uploader,
        manifest,
        manifest_class=RegistrationManifest,
        transport=connection.transport,
        jobs=REGISTRATION,
        settings=settings,
        options=chosen,
    )
    series, job_id = _start(connection, REGISTRATION, staged, settings, chosen)
    return BatchRegistration(connection, domain_id, job_id, s3=s3, series=series, manifest=staged.manifest)


def _uploader(connection: Connection, s3: S3Client, bucket: str, options: _Options) -> Uploader:
    check_types("batch", job_name=(options.job_name, (str, type(None)), "must be a string"))
    check_wait_options(options.policy, function="batch")
    return Uploader(
        s3=s3,
        bucket=bucket,
        prefix=options.prefix,
        kms_key_id=options.input_kms_key_id,
        convert=options.convert,
        workers=options.workers,
        progress=options.progress,
        cancel=threading.Event() if options.cancel is None else options.cancel,
        clock=connection.clock,
    )


@attrs.frozen
class StagedBatch(Generic[ManifestT]):
    """A batch whose recordings and manifests are in S3."""

    manifest: ManifestT
    """The requests of the whole batch."""
    parts: tuple[JobPart, ...]
    checkpoint: Checkpoint


def _stage(
    uploader: Uploader,
    given: ManifestT | str | os.PathLike[str],
    *,
    manifest_class: type[ManifestT],
    transport: Transport,
    jobs: JobOperations[InfoT],
    settings: Mapping[str, object],
    options: _Options,
) -> StagedBatch[ManifestT]:
    """Check everything, then upload what is missing in S3.

    Args:
        uploader: uploads manifests and recordings.
        given: the manifest of the whole batch, or a folder of recordings.
        manifest_class: the class of the manifest.
        transport: checks a request to start a job; it sends nothing.
        jobs: the kind of jobs.
        settings: the members of the start request that all jobs share.
        options: the options of the batch.
    """
    __tracebackhide__ = True
    if not isinstance(given, manifest_class):
        check_is_path(given, "manifest")
    if isinstance(given, (str, os.PathLike)):
        manifest = manifest_class.from_folder(given, suffixes=uploader.suffixes)
        if not manifest.requests:
            raise _no_recordings(uploader)
    else:
        manifest = given
    job_name = jobs.kind if options.job_name is None else options.job_name
    uploader.check()
    # This request is never sent: it finds wrong options before any recording is read. Names of jobs have a
    # fixed length but for the number at the end.
    probe = JobPart(
        job_name=_job_name(job_name, digest_of(b""), len(manifest.requests)),
        manifest_uri=uploader.manifest_uri(b""),
        size=0,
    )
    transport.prepare(jobs.start.name, probe.request(settings))
    with uploader.staged(manifest) as (staged, uploads):
        manifests = list(staged.split())
        contents = [one.to_json().encode() for one in manifests]
        uris = list(map(uploader.manifest_uri, contents))
        digest = _digest(settings, job_name, uris, uploads)
        checkpoint = Checkpoint.open(options.checkpoint, digest, len(manifests))
        if not checkpoint.succeeded:
            uploader.upload(uploads)
            for content in contents:
                uploader.upload_manifest(content)
    parts = tuple(
        JobPart(job_name=_job_name(job_name, digest, number), manifest_uri=uri, size=len(one.requests))
        for number, (one, uri) in enumerate(zip(manifests, uris, strict=True), 1)
    )
    return StagedBatch(manifest, parts, checkpoint)


def _no_recordings(uploader: Uploader) -> ManifestError:
    """Return the error for a folder without recordings."""
    rule = f"must have recordings, files that end with {', '.join(uploader.suffixes)}"
    next_step = None if uploader.convert else "With convert=True, other formats are used as well."
    return ManifestError.of("The folder", (Problem(parameter="folder", rule=rule),), next_step=next_step)


def _start(
    connection: Connection,
    jobs: JobOperations[InfoT],
    staged: StagedBatch[ManifestT],
    settings: Mapping[str, object],
    options: _Options,
) -> tuple[JobSeries[InfoT], str]:
    """Start a job unless there is one, and return the jobs of the batch and the id of the current one."""
    series = JobSeries(
        connection=connection,
        operations=jobs,
        settings=settings,
        parts=staged.parts,
        checkpoint=staged.checkpoint,
        progress=options.progress,
    )
    series.recover()
    return series, _wait_until_started(series, options)


def _job_name(prefix: str, digest: str, number: int) -> str:
    """Return the name of a job, which no job of another batch has."""
    return f"{prefix}-{digest[:16]}-{number}"


def _digest(
    settings: Mapping[str, object], job_name: str, uris: Iterable[str], uploads: Mapping[str, Upload]
) -> str:
    """Return the digest of all arguments that make a batch another batch."""
    recordings = sorted((uri, upload.digest) for uri, upload in uploads.items())
    return digest_of(json.dumps([settings, job_name, list(uris), recordings], sort_keys=True).encode())


def _wait_until_started(series: JobSeries[InfoT], options: _Options) -> str:
    """Start the current job, as soon as the domain has no other active job, and return its id."""
    other = f"another {series.operations.kind} job of the domain to end"
    condition = WaitCondition[str | None](other, JOB_POLICY, lambda job_id: job_id is not None)
    job_id = series.connection.wait_until(
        condition, series.ensure_started, options.policy, cancel=options.cancel
    )
    return cast("str", job_id)
