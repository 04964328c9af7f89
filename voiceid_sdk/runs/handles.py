"""Runs: handles on batch work that begins with recordings; each stands for one job or several."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, NoReturn, TypeVar

import attrs

from voiceid_sdk._connection import Connection
from voiceid_sdk._wait_conditions import JOB_POLICY
from voiceid_sdk._wire import operations
from voiceid_sdk._wire.job_settings import job_request
from voiceid_sdk._wire.operations import Operation
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.results import EnrollmentResults, RegistrationResults
from voiceid_sdk.batch.s3_objects import digest_of
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import ConfigurationError, WaitError
from voiceid_sdk.jobs import EnrollmentJob, Job, RegistrationJob
from voiceid_sdk.models import EnrollmentJobInfo, RegistrationJobInfo
from voiceid_sdk.runs.checkpoint import RunState
from voiceid_sdk.runs.job_series import JobSeries, Listed, Part
from voiceid_sdk.runs.uploads import Uploader
from voiceid_sdk.waiting import WaitCondition, WaitPolicy

__all__ = ["EnrollmentRun", "RegistrationRun"]

_Info = TypeVar("_Info", EnrollmentJobInfo, RegistrationJobInfo)
_M = TypeVar("_M", EnrollmentManifest, RegistrationManifest)


@attrs.frozen(slots=False)
class _Run(Job[_Info]):
    """What both kinds of run have in common: the methods of a job, about several jobs."""

    _series: JobSeries[_Info] = attrs.field(alias="series", kw_only=True, eq=False, repr=False)
    _s3: S3Client = attrs.field(alias="s3", kw_only=True, eq=False, repr=False)

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "A run does not travel to other processes",
            next_step="Make the call that began it again there: it finds what was done. Its jobs travel.",
        )

    def describe(self) -> _Info:
        """Return the job at work as it is now, with the status and the progress of the whole run.

        Calls DescribeSpeakerEnrollmentJob or DescribeFraudsterRegistrationJob.

        Raises:
            ResourceNotFoundError: the job or its domain does not exist.
        """
        return self._series.look()

    def wait(
        self,
        policy: WaitPolicy | None = None,
        *,
        on_progress: Callable[[_Info], object] | None = None,
        raise_on_errors: bool = False,
        cancel: threading.Event | None = None,
    ) -> _Info:
        """Wait until all is done, start one job after the other, and return what ``describe`` would then.

        Calls DescribeSpeakerEnrollmentJob or DescribeFraudsterRegistrationJob at each look, and
        StartSpeakerEnrollmentJob or StartFraudsterRegistrationJob when a job has ended and another follows.
        While somebody else's job is active, that is tried again at the next look.

        Args:
            policy: how long and how often; four hours at most for each job by default.
            on_progress: is given what ``describe`` would return, at each look.
            raise_on_errors: whether COMPLETED_WITH_ERRORS is raised as well, instead of returned.
            cancel: ends the wait when set; the job at work goes on, and none follows it.

        Raises:
            JobFailedError: a job ended as FAILED, and none follows it. The call that began the run, with the
                same arguments, starts it again.
            WaitTimeoutError: the deadline passed; the job at work goes on.
            WaitCancelledError: ``cancel`` was set.
        """
        jobs = len(self._series.parts)
        with self._series.shown(on_progress) as seen:
            return Job[_Info].wait(
                self,
                policy or attrs.evolve(JOB_POLICY, timeout=JOB_POLICY.timeout * jobs),
                on_progress=seen,
                cancel=cancel,
                raise_on_errors=raise_on_errors,
            )

    def _poll(self) -> _Info:
        return self._series.go_on()

    def _all_job_ids(self) -> tuple[str, ...]:
        """Return the ids of all jobs of the run, if all have been started."""
        job_ids, parts = self._series.job_ids, self._series.parts
        if len(job_ids) < len(parts):
            raise WaitError(
                f"{len(parts) - len(job_ids)} of {len(parts)} jobs have not been started yet",
                next_step="Call wait() first.",
            )
        return job_ids


@attrs.frozen(slots=False)
class EnrollmentRun(_Run[EnrollmentJobInfo], EnrollmentJob):
    """A handle on what ``Domain.enroll`` began: an enrollment job, or several, one after the other.

    Its methods are those of a job, and speak of the whole. ``job_id`` is the job that was at work when the
    handle was made.
    """

    _manifest: EnrollmentManifest = attrs.field(alias="manifest", kw_only=True, eq=False, repr=False)

    @property
    def jobs(self) -> tuple[EnrollmentJob, ...]:
        """The jobs that have been started, in order."""
        return tuple(map(self._job, self._series.job_ids))

    def _job(self, job_id: str) -> EnrollmentJob:
        return EnrollmentJob(self._connection, self.domain_id, job_id)

    def results(
        self, s3: S3Client | None = None, *, manifest: EnrollmentManifest | None = None
    ) -> EnrollmentResults:
        """Return what became of each request, once all is done.

        For each job, calls DescribeSpeakerEnrollmentJob, and GetObject of S3 for the output file.

        Args:
            s3: a boto3 S3 client; that of the run when None.
            manifest: what the outcomes name as their requests; what the run was given when None.

        Raises:
            WaitError: not all is done yet; as JobFailedError, a job failed.
            ResponseError: an output file is not what the service documents, or not whole.
            ResourceNotFoundError: a job or an output file is gone.
            AccessDeniedError: an output file may not be read.
        """
        results = EnrollmentResults(())
        for job_id, part in zip(self._all_job_ids(), (manifest or self._manifest).split(), strict=True):
            results += self._job(job_id).results(s3 or self._s3, manifest=part)
        return results


@attrs.frozen(slots=False)
class RegistrationRun(_Run[RegistrationJobInfo], RegistrationJob):
    """A handle on what ``Domain.register_fraudsters`` began: a registration job, or several, in turn.

    Its methods are those of a job, and speak of the whole. ``job_id`` is the job that was at work when the
    handle was made.
    """

    _manifest: RegistrationManifest = attrs.field(alias="manifest", kw_only=True, eq=False, repr=False)

    @property
    def jobs(self) -> tuple[RegistrationJob, ...]:
        """The jobs that have been started, in order."""
        return tuple(map(self._job, self._series.job_ids))

    def _job(self, job_id: str) -> RegistrationJob:
        return RegistrationJob(self._connection, self.domain_id, job_id)

    def results(
        self, s3: S3Client | None = None, *, manifest: RegistrationManifest | None = None
    ) -> RegistrationResults:
        """Return what became of each request, once all is done.

        For each job, calls DescribeFraudsterRegistrationJob, and GetObject of S3 for the output file.

        Args:
            s3: a boto3 S3 client; that of the run when None.
            manifest: what the outcomes name as their requests; what the run was given when None.

        Raises:
            WaitError: not all is done yet; as JobFailedError, a job failed.
            ResponseError: an output file is not what the service documents, or not whole.
            ResourceNotFoundError: a job or an output file is gone.
            AccessDeniedError: an output file may not be read.
        """
        results = RegistrationResults(())
        for job_id, part in zip(self._all_job_ids(), (manifest or self._manifest).split(), strict=True):
            results += self._job(job_id).results(s3 or self._s3, manifest=part)
        return results


# --- Beginning ------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Kind(Generic[_Info]):
    """What tells runs that enroll from runs that register."""

    start: Operation[_Info]
    describe: Operation[_Info]
    listed: Callable[[Connection, str], Iterable[Listed]]
    """Lists the jobs of a domain."""
    what: str
    """What such a run does."""
    obstacle: str
    """What is waited for while it cannot begin."""


ENROLLMENT: Final = Kind(
    start=operations.START_ENROLLMENT_JOB,
    describe=operations.DESCRIBE_ENROLLMENT_JOB,
    listed=lambda connection, domain_id: connection.pager(
        operations.LIST_ENROLLMENT_JOBS, {"DomainId": domain_id}, page_size=None
    ),
    what="enrolling speakers",
    obstacle="another enrollment job of the domain to end",
)
REGISTRATION: Final = Kind(
    start=operations.START_REGISTRATION_JOB,
    describe=operations.DESCRIBE_REGISTRATION_JOB,
    listed=lambda connection, domain_id: connection.pager(
        operations.LIST_REGISTRATION_JOBS, {"DomainId": domain_id}, page_size=None
    ),
    what="registering fraudsters",
    obstacle="another registration job of the domain to end",
)


def enroll(
    connection: Connection,
    manifest: EnrollmentManifest | str | os.PathLike[str],
    settings: Mapping[str, object],
    uploader: Uploader,
    *,
    job_name: str,
    state: str | os.PathLike[str] | None,
    policy: WaitPolicy | None,
) -> EnrollmentRun:
    """Begin what ``Domain.enroll`` is called for."""
    if not isinstance(manifest, EnrollmentManifest):
        manifest = EnrollmentManifest.from_folder(manifest, suffixes=uploader.suffixes)
    series, job_id = _begin(
        ENROLLMENT, connection, manifest, settings, uploader, job_name=job_name, state=state, policy=policy
    )
    domain_id = str(settings["DomainId"])
    return EnrollmentRun(connection, domain_id, job_id, series=series, s3=uploader.s3, manifest=manifest)


def register(
    connection: Connection,
    manifest: RegistrationManifest | str | os.PathLike[str],
    settings: Mapping[str, object],
    uploader: Uploader,
    *,
    job_name: str,
    state: str | os.PathLike[str] | None,
    policy: WaitPolicy | None,
) -> RegistrationRun:
    """Begin what ``Domain.register_fraudsters`` is called for."""
    if not isinstance(manifest, RegistrationManifest):
        manifest = RegistrationManifest.from_folder(manifest, suffixes=uploader.suffixes)
    series, job_id = _begin(
        REGISTRATION, connection, manifest, settings, uploader, job_name=job_name, state=state, policy=policy
    )
    domain_id = str(settings["DomainId"])
    return RegistrationRun(connection, domain_id, job_id, series=series, s3=uploader.s3, manifest=manifest)


def _begin(
    kind: Kind[_Info],
    connection: Connection,
    manifest: _M,
    settings: Mapping[str, object],
    uploader: Uploader,
    *,
    job_name: str,
    state: str | os.PathLike[str] | None,
    policy: WaitPolicy | None,
) -> tuple[JobSeries[_Info], str]:
    """Check everything, upload what is not there yet, and see to it that a job is at work.

    Args:
        kind: what is to be done.
        connection: the way to the service.
        manifest: whom with.
        settings: what every job is started with, but for its manifest, its name and its token.
        uploader: takes the manifest and its recordings to S3.
        job_name: what the names of the jobs begin with.
        state: the file that keeps what was done.
        policy: how to wait while another job is active.

    Returns:
        The jobs of the run, and the id of the one at work.
    """

    def start(part: Part, token: str | None = None) -> Mapping[str, object]:
        return job_request(
            settings, input_s3_uri=part.manifest_uri, job_name=part.job_name, client_token=token
        )

    nobody = Part(job_name=job_name, manifest_uri=uploader.manifest_uri(b""), size=0)
    uploader.check()
    connection.transport.prepare(kind.start.name, start(nobody))
    with uploader.staged(manifest) as (staged, uploads):
        parts = list(staged.split())
        contents = [part.to_json().encode() for part in parts]
        uris = [uploader.manifest_uri(content) for content in contents]
        digests = sorted((uri, upload.digest) for uri, upload in uploads.items())
        digest = digest_of(json.dumps([settings, job_name, uris, digests], sort_keys=True).encode())
        kept = RunState.open(state, digest, len(parts))
        if not kept.succeeded:
            uploader.upload(uploads)
            for content in contents:
                uploader.upload_manifest(content)
    domain_id = str(settings["DomainId"])
    series = JobSeries(
        parts=tuple(
            Part(job_name=f"{job_name}-{digest[:16]}-{number}", manifest_uri=uri, size=len(part.requests))
            for number, (part, uri) in enumerate(zip(parts, uris, strict=True), 1)
        ),
        state=kept,
        start=lambda part, token: connection.call(kind.start, start(part, token)),
        describe=lambda job_id: connection.call(kind.describe, {"DomainId": domain_id, "JobId": job_id}),
        listed=lambda: kind.listed(connection, domain_id),
        what=kind.what,
        progress=uploader.progress,
        clock=connection.clock,
    )
    series.find()
    obstacle = WaitCondition[str | None](kind.obstacle, JOB_POLICY, lambda job_id: job_id is not None)
    job_id = connection.wait_until(obstacle, series.begin, policy, cancel=uploader.cancel)
    return series, str(job_id)
