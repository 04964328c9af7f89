# Made from voiceid_sdk/jobs.py by tools/make_async.py: change that file, then run the tool.
"""Jobs: they enroll many speakers, or register many fraudsters, from recordings in S3."""

import abc
from collections.abc import Callable, Mapping
from typing import ClassVar, Generic

import attrs

from voiceid_sdk import _types
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wait_conditions import JobInfoT, job_has_ended
from voiceid_sdk._wire import operations
from voiceid_sdk.aio._connection import AsyncConnection
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.errors import WaitError
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    RegistrationJobInfo,
    RegistrationJobSummary,
)
from voiceid_sdk.progress import ProgressOption, track_job
from voiceid_sdk.waiting import WaitCondition, WaitPolicy

__all__ = ["AsyncEnrollmentJob", "AsyncRegistrationJob"]


@attrs.frozen
class AsyncJob(Printed, abc.ABC, Generic[JobInfoT]):
    """The base of both kinds of job."""

    _KIND: ClassVar[str]

    _connection: AsyncConnection = attrs.field(repr=False)
    domain_id: str
    """The id of the job's domain."""
    job_id: str
    """The job's id."""

    @property
    def _ids(self) -> Mapping[str, object]:
        return {"DomainId": self.domain_id, "JobId": self.job_id}

    @abc.abstractmethod
    async def describe(self) -> JobInfoT:
        """Return the job as it is now."""

    async def wait(
        self,
        policy: WaitPolicy | None = None,
        *,
        progress: ProgressOption = True,
        on_progress: Callable[[JobInfoT], object] | None = None,
        raise_on_errors: bool = False,
    ) -> JobInfoT:
        """Wait until the job has ended, and return it.

        Calls DescribeSpeakerEnrollmentJob or DescribeFraudsterRegistrationJob for each poll.

        Args:
            policy: how long to wait and how often to poll; at most four hours when None.
            progress: True for a bar in a terminal or notebook, and for lines of the log elsewhere; False for
                nothing; or a function to call with each ``Progress``, which counts percent.
            on_progress: receives the job after each poll.
            raise_on_errors: whether COMPLETED_WITH_ERRORS is raised as well, instead of returned.

        Raises:
            JobFailedError: the job ended as FAILED.
            WaitTimeoutError: the deadline passed; the job continues.
        """
        condition: WaitCondition[JobInfoT] = job_has_ended(self._KIND, raise_on_errors=raise_on_errors)
        __tracebackhide__ = True
        what, clock = f"waiting for the {self._KIND} job", self._connection.clock
        with track_job(progress, on_progress, what=what, clock=clock) as update:
            return await self._connection.wait_until(condition, self.describe, policy, on_progress=update)

    async def _ended(self) -> JobInfoT:
        """Return the job as it is now, if it has ended."""
        info = await self.describe()
        condition: WaitCondition[JobInfoT] = job_has_ended(self._KIND)
        if not condition.holds(info):
            raise WaitError(
                f"The {self._KIND} job has not ended yet", resource=info, next_step="Call wait() first."
            )
        return info


@attrs.frozen
class AsyncEnrollmentJob(AsyncJob[EnrollmentJobInfo]):
    """An enrollment job: waits for it, and reads its results.

    A handle, which ``AsyncDomain.start_enrollment_job`` and ``AsyncDomain.enrollment_job`` make.

    Example:
        >>> job = await domain.start_enrollment_job(
        ...     input_s3_uri="s3://calls/speakers.json",
        ...     output_s3_uri="s3://calls/results",
        ...     data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
        ... )
        >>> (await job.wait(progress=False)).job_status
        <JobStatus.COMPLETED: 'COMPLETED'>
        >>> [outcome.status for outcome in (await job.results(s3)).enrolled]
        [<EnrollmentStatus.NEW_ENROLLMENT: 'NEW_ENROLLMENT'>]
    """

    _KIND: ClassVar[str] = "enrollment"

    info: EnrollmentJobInfo | EnrollmentJobSummary | None = attrs.field(default=None, eq=False, repr=False)
    """The data that came with the handle; None when it was made from an id alone."""

    async def describe(self) -> EnrollmentJobInfo:
        """Return the job as it is now. Calls DescribeSpeakerEnrollmentJob.

        Raises:
            ResourceNotFoundError: the job or its domain does not exist.
        """
        return await self._connection.call(operations.DESCRIBE_ENROLLMENT_JOB, self._ids)

    async def results(
        self, s3: S3Client, *, manifest: "_types.EnrollmentManifest | None" = None
    ) -> "_types.EnrollmentResults":
        """Return the outcome of each request of the job, once it has ended.

        Calls DescribeSpeakerEnrollmentJob, and GetObject of S3 for the output file and the manifest.

        Args:
            s3: a boto3 S3 client, such as ``boto3.client("s3")``.
            manifest: the job's manifest; read from S3 when None.

        Raises:
            WaitError: the job has not ended yet; as JobFailedError, it failed and has no results.
            ResponseError: the output file is incomplete, or not in the documented format.
            ManifestError: the file in the manifest's place is no manifest.
            ResourceNotFoundError: the job or one of the files does not exist.
            AccessDeniedError: one of the files may not be read.
        """
        from voiceid_sdk.batch import (
            EnrollmentManifest,
            EnrollmentResults,
            output_files,
        )

        info = await self._ended()
        output = await self._connection.run_on_a_thread(output_files.read_output, s3, info)
        if manifest is None:
            manifest = EnrollmentManifest.from_json(
                await self._connection.run_on_a_thread(output_files.read_manifest, s3, info)
            )
        return EnrollmentResults.from_output(output, manifest=manifest)


@attrs.frozen
class AsyncRegistrationJob(AsyncJob[RegistrationJobInfo]):
    """A registration job: waits for it, and reads its results.

    A handle, which ``AsyncDomain.start_registration_job`` and ``AsyncDomain.registration_job`` make.
    """

    _KIND: ClassVar[str] = "registration"

    info: RegistrationJobInfo | RegistrationJobSummary | None = attrs.field(
        default=None, eq=False, repr=False
    )
    """The data that came with the handle; None when it was made from an id alone."""

    async def describe(self) -> RegistrationJobInfo:
        """Return the job as it is now. Calls DescribeFraudsterRegistrationJob.

        Raises:
            ResourceNotFoundError: the job or its domain does not exist.
        """
        return await self._connection.call(operations.DESCRIBE_REGISTRATION_JOB, self._ids)

    async def results(
        self, s3: S3Client, *, manifest: "_types.RegistrationManifest | None" = None
    ) -> "_types.RegistrationResults":
        """Return the outcome of each request of the job, once it has ended.

        Calls DescribeFraudsterRegistrationJob, and GetObject of S3 for the output file and the manifest.

        Args:
            s3: a boto3 S3 client, such as ``boto3.client("s3")``.
            manifest: the job's manifest; read from S3 when None.

        Raises:
            WaitError: the job has not ended yet; as JobFailedError, it failed and has no results.
            ResponseError: the output file is incomplete, or not in the documented format.
            ManifestError: the file in the manifest's place is no manifest.
            ResourceNotFoundError: the job or one of the files does not exist.
            AccessDeniedError: one of the files may not be read.
        """
        from voiceid_sdk.batch import (
            RegistrationManifest,
            RegistrationResults,
            output_files,
        )

        info = await self._ended()
        output = await self._connection.run_on_a_thread(output_files.read_output, s3, info)
        if manifest is None:
            manifest = RegistrationManifest.from_json(
                await self._connection.run_on_a_thread(output_files.read_manifest, s3, info)
            )
        return RegistrationResults.from_output(output, manifest=manifest)
