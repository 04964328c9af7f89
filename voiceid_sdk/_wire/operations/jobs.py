"""The operations on enrollment jobs and registration jobs."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._wire.operations.rows import Operation, many, one
from voiceid_sdk.models.jobs import (
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    RegistrationJobInfo,
    RegistrationJobSummary,
)

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.list_pages import ListPage

START_ENROLLMENT_JOB: Final[Operation[EnrollmentJobInfo]] = one(
    "StartSpeakerEnrollmentJob", "Job", EnrollmentJobInfo
)
DESCRIBE_ENROLLMENT_JOB: Final[Operation[EnrollmentJobInfo]] = one(
    "DescribeSpeakerEnrollmentJob", "Job", EnrollmentJobInfo
)
LIST_ENROLLMENT_JOBS: Final["Operation[ListPage[EnrollmentJobSummary]]"] = many(
    "ListSpeakerEnrollmentJobs", "JobSummaries", EnrollmentJobSummary
)
START_REGISTRATION_JOB: Final[Operation[RegistrationJobInfo]] = one(
    "StartFraudsterRegistrationJob", "Job", RegistrationJobInfo
)
DESCRIBE_REGISTRATION_JOB: Final[Operation[RegistrationJobInfo]] = one(
    "DescribeFraudsterRegistrationJob", "Job", RegistrationJobInfo
)
LIST_REGISTRATION_JOBS: Final["Operation[ListPage[RegistrationJobSummary]]"] = many(
    "ListFraudsterRegistrationJobs", "JobSummaries", RegistrationJobSummary
)
