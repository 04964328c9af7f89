# Made from voiceid_sdk/runs/handles.py by tools/make_async.py: change that file, then run the tool.
"""Handles on batches: each has one job or several, and its methods are about all of them."""

from collections.abc import Callable
from typing import Generic, NoReturn

import attrs

from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wait_conditions import job_has_ended
from voiceid_sdk.aio._connection import AsyncConnection
from voiceid_sdk.aio.jobs import AsyncEnrollmentJob, AsyncRegistrationJob
from voiceid_sdk.aio.runs.job_series import AsyncJobSeries
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.results import EnrollmentResults, RegistrationResults
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import ConfigurationError, WaitError
from voiceid_sdk.models import EnrollmentJobInfo, RegistrationJobInfo
from voiceid_sdk.progress import ProgressOption
from voiceid_sdk.runs.job_series import InfoT
from voiceid_sdk.waiting import WaitCondition, WaitPolicy

__all__ = ["AsyncBatchEnrollment", "AsyncBatchRegistration"]


@attrs.frozen
class _Batch(Printed, Generic[InfoT]):
    """The base of both types of batch."""

    _connection: AsyncConnection = attrs.field(repr=False)
    domain_id: str
    """The id of the domain."""
    job_id: str
    """The id of the job that was active when the handle was made."""
    _s3: S3Client = attrs.field(alias="s3", kw_only=True, eq=False, repr=False)
    _series: AsyncJobSeries[InfoT] = attrs.field(alias="series", kw_only=True, eq=False, repr=False)

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "A batch cannot be pickled",
            next_step="Pickle its jobs, or repeat the call that began it in the other process.",
        )

    async def describe(self) -> InfoT:
        """Return the current job as it is now, with the status and the progress of the whole batch.

        Calls DescribeSpeakerEnrollmentJob or DescribeFraudsterRegistrationJob.

        Raises:
            ResourceNotFoundError: the job or its domain does not exist.
        """
        return await self._series.describe()

    async def wait(
        self,
        policy: WaitPolicy | None = None,
        *,
        progress: ProgressOption | None = None,
        on_progress: Callable[[InfoT], object] | None = None,
        raise_on_errors: bool = False,
    ) -> InfoT:
        """Wait until all jobs have ended, starting one after the other, and describe the batch.

        Calls DescribeSpeakerEnrollmentJob or DescribeFraudsterRegistrationJob at each poll, and
        StartSpeakerEnrollmentJob or StartFraudsterRegistrationJob for each job but the first. While another
        job of the domain is active, the start is tried again at the next poll.

        Args:
            policy: how long to wait and how often to poll; four hours at most for each job by default.
            progress: True for a bar in a terminal or notebook, and for lines of the log elsewhere; False for
                nothing; or a function to call with each ``Progress``; as in the call that began the batch
                when None.
            on_progress: called with the description of the batch at each poll.
            raise_on_errors: whether COMPLETED_WITH_ERRORS is raised as well, instead of returned.

        Raises:
            JobFailedError: a job ended as FAILED, so no other job is started. The call that began the batch,
                repeated with the same arguments, starts it again.
            WaitTimeoutError: the deadline passed; the current job continues.
        """
        __tracebackhide__ = True
        condition: WaitCondition[InfoT] = job_has_ended(
            self._series.operations.kind, raise_on_errors=raise_on_errors
        )
        if policy is None:
            timeout = condition.policy.timeout * len(self._series.parts)
            policy = attrs.evolve(condition.policy, timeout=timeout)
        with self._series.track(progress, on_progress) as update:
            return await self._connection.wait_until(
                condition, self._series.advance, policy, on_progress=update
            )

    def _all_job_ids(self) -> tuple[str, ...]:
        """Return the ids of all jobs; raises WaitError if some have not been started."""
        job_ids, parts = self._series.job_ids, self._series.parts
        if len(job_ids) < len(parts):
            raise WaitError(
                f"{len(parts) - len(job_ids)} of {len(parts)} jobs have not been started yet",
                next_step="Call wait() first.",
            )
        return job_ids


@attrs.frozen
class AsyncBatchEnrollment(_Batch[EnrollmentJobInfo]):
    """A handle on a batch that ``AsyncDomain.enroll`` began: one enrollment job, or several in turn."""

    _manifest: EnrollmentManifest = attrs.field(alias="manifest", kw_only=True, eq=False, repr=False)

    @property
    def jobs(self) -> tuple[AsyncEnrollmentJob, ...]:
        """The jobs that have been started, in order."""
        return tuple(map(self._job, self._series.job_ids))

    def _job(self, job_id: str) -> AsyncEnrollmentJob:
        return AsyncEnrollmentJob(self._connection, self.domain_id, job_id)

    async def results(
        self, s3: S3Client | None = None, *, manifest: EnrollmentManifest | None = None
    ) -> EnrollmentResults:
        """Return the outcome of each request, once all jobs have ended.

        For each job, calls DescribeSpeakerEnrollmentJob, and GetObject of S3 for the output file.

        Args:
            s3: a boto3 S3 client; the one given to ``AsyncDomain.enroll`` when None.
            manifest: the requests that outcomes refer to; those given to ``AsyncDomain.enroll`` when None.

        Raises:
            WaitError: a job has not ended yet; as JobFailedError, a job failed.
            ResponseError: an output file is incomplete, or not what the service documents.
            ResourceNotFoundError: a job or an output file does not exist any more.
            AccessDeniedError: an output file may not be read.
        """
        results = EnrollmentResults(())
        for job_id, part in zip(self._all_job_ids(), (manifest or self._manifest).split(), strict=True):
            results += await self._job(job_id).results(s3 or self._s3, manifest=part)
        return results


@attrs.frozen
class AsyncBatchRegistration(_Batch[RegistrationJobInfo]):
    """A handle on a batch that ``AsyncDomain.register_fraudsters`` began: one or more registration jobs."""

    _manifest: RegistrationManifest = attrs.field(alias="manifest", kw_only=True, eq=False, repr=False)

    @property
    def jobs(self) -> tuple[AsyncRegistrationJob, ...]:
        """The jobs that have been started, in order."""
        return tuple(map(self._job, self._series.job_ids))

    def _job(self, job_id: str) -> AsyncRegistrationJob:
        return AsyncRegistrationJob(self._connection, self.domain_id, job_id)

    async def results(
        self, s3: S3Client | None = None, *, manifest: RegistrationManifest | None = None
    ) -> RegistrationResults:
        """Return the outcome of each request, once all jobs have ended.

        For each job, calls DescribeFraudsterRegistrationJob, and GetObject of S3 for the output file.

        Args:
            s3: a boto3 S3 client; the one given to ``AsyncDomain.register_fraudsters`` when None.
            manifest: the requests that outcomes refer to; those given at first when None.

        Raises:
            WaitError: a job has not ended yet; as JobFailedError, a job failed.
            ResponseError: an output file is incomplete, or not what the service documents.
            ResourceNotFoundError: a job or an output file does not exist any more.
            AccessDeniedError: an output file may not be read.
        """
        results = RegistrationResults(())
        for job_id, part in zip(self._all_job_ids(), (manifest or self._manifest).split(), strict=True):
            results += await self._job(job_id).results(s3 or self._s3, manifest=part)
        return results
