"""Jobs: many speakers enrolled, or many fraudsters registered, from recordings in S3."""

import abc
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar

import attrs

from voiceid_sdk._connection import Connection
from voiceid_sdk._wire import operations
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import JobFailedError, WaitError
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    RegistrationJobInfo,
    RegistrationJobSummary,
)
from voiceid_sdk.privacy import scrub, sensitive_values
from voiceid_sdk.waiting import WaitPolicy

if TYPE_CHECKING:
    # Not everybody who has a job works with its files.
    from voiceid_sdk.batch import (
        EnrollmentManifest,
        EnrollmentResults,
        RegistrationManifest,
        RegistrationResults,
    )

__all__ = ["WAIT_POLICY", "EnrollmentJob", "RegistrationJob"]

WAIT_POLICY: Final = WaitPolicy(timeout=4 * 3600, initial=2, maximum=30)
"""How a job is waited for unless told otherwise: four hours at most."""

_Info = TypeVar("_Info", EnrollmentJobInfo, RegistrationJobInfo)


@attrs.frozen
class Job(abc.ABC, Generic[_Info]):
    """What both kinds of job have in common."""

    _KIND: ClassVar[str]

    _connection: Connection = attrs.field(repr=False)
    domain_id: str
    """The id of the job's domain."""
    job_id: str
    """The job's id."""

    @property
    def _ids(self) -> Mapping[str, object]:
        return {"DomainId": self.domain_id, "JobId": self.job_id}

    @abc.abstractmethod
    def describe(self) -> _Info:
        """Return the job as it is now."""

    def wait(
        self,
        policy: WaitPolicy | None = None,
        *,
        on_progress: Callable[[_Info], object] | None = None,
        cancel: threading.Event | None = None,
        raise_on_errors: bool = False,
    ) -> _Info:
        """Wait until the job has ended, and return it.

        Calls DescribeSpeakerEnrollmentJob or DescribeFraudsterRegistrationJob at each look.

        Args:
            policy: how long and how often; four hours at most by default.
            on_progress: is given the job as each look showed it.
            cancel: ends the wait when set; the job goes on.
            raise_on_errors: whether COMPLETED_WITH_ERRORS is raised as well, instead of returned.

        Raises:
            JobFailedError: the job ended as FAILED.
            WaitTimeoutError: the deadline passed; the job goes on.
            WaitCancelledError: ``cancel`` was set; the job goes on.
        """

        def done(info: _Info) -> bool:
            if raise_on_errors and info.job_status == JobStatus.COMPLETED_WITH_ERRORS:
                raise JobFailedError(f"The {self._KIND} job ended with errors; results() names them")
            return self._has_ended(info)

        return self._connection.wait_until(
            self._look,
            done,
            what=f"the {self._KIND} job",
            policy=policy or WAIT_POLICY,
            on_progress=on_progress,
            cancel=cancel,
        )

    def _look(self) -> _Info:
        """Return the job as a wait sees it."""
        return self.describe()

    def _has_ended(self, info: _Info) -> bool:
        if info.job_status == JobStatus.FAILED:
            raise _failed(f"The {self._KIND} job failed", info)
        # A status that is new to this version has ended, too, once there is a time of ending.
        return info.job_status in _ENDED or info.ended_at is not None

    def _ended(self) -> _Info:
        """Return the job as it is now, if it has ended."""
        info = self.describe()
        if not self._has_ended(info):
            raise WaitError(
                f"The {self._KIND} job has not ended yet", resource=info, next_step="Call wait() first."
            )
        return info


_ENDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS})


@attrs.frozen
class EnrollmentJob(Job[EnrollmentJobInfo]):
    """A handle on a job that enrolls speakers; ``Domain.start_enrollment_job`` and others make it."""

    _KIND: ClassVar[str] = "enrollment"

    info: EnrollmentJobInfo | EnrollmentJobSummary | None = attrs.field(default=None, eq=False, repr=False)
    """The data that came with the handle; None when it was made from an id alone."""

    def describe(self) -> EnrollmentJobInfo:
        """Return the job as it is now. Calls DescribeSpeakerEnrollmentJob.

        Raises:
            ResourceNotFoundError: the job or its domain does not exist.
        """
        return self._connection.call(operations.DESCRIBE_ENROLLMENT_JOB, self._ids)

    def results(self, s3: S3Client, *, manifest: "EnrollmentManifest | None" = None) -> "EnrollmentResults":
        """Return what became of each request of the job, once it has ended.

        Calls DescribeSpeakerEnrollmentJob, and GetObject of S3 for the output file and the manifest.

        Args:
            s3: a boto3 S3 client, such as ``boto3.client("s3")``.
            manifest: the job's manifest, if it is at hand; then it is not read from S3.

        Raises:
            WaitError: the job has not ended yet; as JobFailedError, it failed and has no results.
            ResponseError: the output file is not what the service documents, or not whole.
            ManifestError: what is in the manifest's place is no manifest.
            ResourceNotFoundError: there is no such job, or one of the files is gone.
            AccessDeniedError: one of the files may not be read.
        """
        from voiceid_sdk.batch import (
            EnrollmentManifest,
            EnrollmentResults,
            output_files,
        )

        info = self._ended()
        output = output_files.read_output(s3, info)
        if manifest is None:
            manifest = EnrollmentManifest.from_json(output_files.read_manifest(s3, info))
        return EnrollmentResults.from_output(output, manifest=manifest)


@attrs.frozen
class RegistrationJob(Job[RegistrationJobInfo]):
    """A handle on a job that registers fraudsters; ``Domain.start_registration_job`` and others make it."""

    _KIND: ClassVar[str] = "registration"

    info: RegistrationJobInfo | RegistrationJobSummary | None = attrs.field(
        default=None, eq=False, repr=False
    )
    """The data that came with the handle; None when it was made from an id alone."""

    def describe(self) -> RegistrationJobInfo:
        """Return the job as it is now. Calls DescribeFraudsterRegistrationJob.

        Raises:
            ResourceNotFoundError: the job or its domain does not exist.
        """
        return self._connection.call(operations.DESCRIBE_REGISTRATION_JOB, self._ids)

    def results(
        self, s3: S3Client, *, manifest: "RegistrationManifest | None" = None
    ) -> "RegistrationResults":
        """Return what became of each request of the job, once it has ended.

        Calls DescribeFraudsterRegistrationJob, and GetObject of S3 for the output file and the manifest.

        Args:
            s3: a boto3 S3 client, such as ``boto3.client("s3")``.
            manifest: the job's manifest, if it is at hand; then it is not read from S3.

        Raises:
            WaitError: the job has not ended yet; as JobFailedError, it failed and has no results.
            ResponseError: the output file is not what the service documents, or not whole.
            ManifestError: what is in the manifest's place is no manifest.
            ResourceNotFoundError: there is no such job, or one of the files is gone.
            AccessDeniedError: one of the files may not be read.
        """
        from voiceid_sdk.batch import (
            RegistrationManifest,
            RegistrationResults,
            output_files,
        )

        info = self._ended()
        output = output_files.read_output(s3, info)
        if manifest is None:
            manifest = RegistrationManifest.from_json(output_files.read_manifest(s3, info))
        return RegistrationResults.from_output(output, manifest=manifest)


def _failed(message: str, info: EnrollmentJobInfo | RegistrationJobInfo) -> JobFailedError:
    details = info.failure_details
    if details is not None and details.message:
        message = f"{message}: {scrub(details.message, sensitive_values(info)).rstrip('.')}"
    error = JobFailedError(message, resource=info)
    error.failure_details = details
    return error
