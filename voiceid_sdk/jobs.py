"""Jobs: many speakers enrolled, or many fraudsters registered, from recordings in S3."""

import abc
import threading
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, Generic, TypeVar

import attrs

from voiceid_sdk._wire import operations
from voiceid_sdk.connection import Connection
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import JobFailedError
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    RegistrationJobInfo,
    RegistrationJobSummary,
)
from voiceid_sdk.privacy import scrub, sensitive_values
from voiceid_sdk.waiting import WaitPolicy

__all__ = ["WAIT_POLICY", "EnrollmentJob", "RegistrationJob"]

WAIT_POLICY: Final = WaitPolicy(timeout=4 * 3600, initial=2, maximum=30)
"""How a job is waited for unless told otherwise: four hours at most."""

_Info = TypeVar("_Info", EnrollmentJobInfo, RegistrationJobInfo)


@attrs.frozen
class _Job(abc.ABC, Generic[_Info]):
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
            if info.job_status == JobStatus.FAILED:
                raise _failed(f"The {self._KIND} job failed", info)
            if raise_on_errors and info.job_status == JobStatus.COMPLETED_WITH_ERRORS:
                raise JobFailedError(f"The {self._KIND} job ended with errors; its output file names them")
            # A status that is new to this version has ended, too, once there is a time of ending.
            return info.job_status in _ENDED or info.ended_at is not None

        return self._connection.wait_until(
            self.describe,
            done,
            what=f"the {self._KIND} job",
            policy=policy or WAIT_POLICY,
            on_progress=on_progress,
            cancel=cancel,
        )


_ENDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS})


@attrs.frozen
class EnrollmentJob(_Job[EnrollmentJobInfo]):
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


@attrs.frozen
class RegistrationJob(_Job[RegistrationJobInfo]):
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


def _failed(message: str, info: EnrollmentJobInfo | RegistrationJobInfo) -> JobFailedError:
    details = info.failure_details
    if details is not None and details.message:
        message = f"{message}: {scrub(details.message, sensitive_values(info)).rstrip('.')}"
    error = JobFailedError(message)
    error.failure_details = details
    return error
