"""The calls of jobs and of sessions, and the raw call."""

from typing import Final

from tests.handles.calls import (
    EVALUATION,
    IN_DOMAIN,
    INPUT,
    JOB,
    JOB_ID,
    KEY,
    OF_JOB,
    OUTPUT,
    SESSION_NAME,
    TOKEN,
    WATCHLIST,
    WATCHLIST_ID,
    Row,
    domain,
    of,
)
from tests.support.canned_responses import DOMAIN_ID, ROLE_ARN
from voiceid_sdk.enums import DuplicateRegistrationAction, ExistingEnrollmentAction, JobStatus
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SessionEvaluation,
)

JOB_CALLS: Final = [
    # Enrollment jobs.
    Row(
        "Domain.start_enrollment_job",
        "StartSpeakerEnrollmentJob",
        lambda client: (
            domain(client)
            .start_enrollment_job(input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN)
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT},
            "DataAccessRoleArn": ROLE_ARN,
        },
        {"Job": JOB},
        of(EnrollmentJobInfo, JOB),
    ),
    Row(
        "Domain.start_enrollment_job, all arguments",
        "StartSpeakerEnrollmentJob",
        lambda client: (
            domain(client)
            .start_enrollment_job(
                input_s3_uri=INPUT,
                output_s3_uri=OUTPUT,
                data_access_role_arn=ROLE_ARN,
                output_kms_key_id=KEY,
                job_name="nightly",
                existing_enrollment_action=ExistingEnrollmentAction.OVERWRITE,
                fraud_detection_action="IGNORE",
                risk_threshold=0,
                watchlist_ids={WATCHLIST_ID},
                client_token=TOKEN,
            )
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT, "KmsKeyId": KEY},
            "DataAccessRoleArn": ROLE_ARN,
            "JobName": "nightly",
            "EnrollmentConfig": {
                "ExistingEnrollmentAction": "OVERWRITE",
                "FraudDetectionConfig": {
                    "FraudDetectionAction": "IGNORE",
                    "RiskThreshold": 0,
                    "WatchlistIds": [WATCHLIST_ID],
                },
            },
            "ClientToken": TOKEN,
        },
        {"Job": JOB},
        of(EnrollmentJobInfo, JOB),
    ),
    Row(
        "Domain.enrollment_jobs",
        "ListSpeakerEnrollmentJobs",
        lambda client: domain(client).enrollment_jobs().all(),
        IN_DOMAIN,
        {"JobSummaries": [JOB]},
        [of(EnrollmentJobSummary, JOB)],
    ),
    Row(
        "Domain.enrollment_jobs, all arguments",
        "ListSpeakerEnrollmentJobs",
        lambda client: domain(client).enrollment_jobs(status=JobStatus.FAILED, page_size=7).all(),
        {**IN_DOMAIN, "JobStatus": "FAILED", "MaxResults": 7},
        {"JobSummaries": []},
        [],
    ),
    Row(
        "EnrollmentJob.describe",
        "DescribeSpeakerEnrollmentJob",
        lambda client: domain(client).enrollment_job(JOB_ID).describe(),
        OF_JOB,
        {"Job": JOB},
        of(EnrollmentJobInfo, JOB),
    ),
    # Registration jobs.
    Row(
        "Domain.start_registration_job",
        "StartFraudsterRegistrationJob",
        lambda client: (
            domain(client)
            .start_registration_job(input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN)
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT},
            "DataAccessRoleArn": ROLE_ARN,
        },
        {"Job": JOB},
        of(RegistrationJobInfo, JOB),
    ),
    Row(
        "Domain.start_registration_job, all arguments",
        "StartFraudsterRegistrationJob",
        lambda client: (
            domain(client)
            .start_registration_job(
                input_s3_uri=INPUT,
                output_s3_uri=OUTPUT,
                data_access_role_arn=ROLE_ARN,
                output_kms_key_id=KEY,
                job_name="nightly",
                duplicate_registration_action=DuplicateRegistrationAction.REGISTER_AS_NEW,
                fraudster_similarity_threshold=100,
                watchlist_ids=[WATCHLIST_ID],
                client_token=TOKEN,
            )
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT, "KmsKeyId": KEY},
            "DataAccessRoleArn": ROLE_ARN,
            "JobName": "nightly",
            "RegistrationConfig": {
                "DuplicateRegistrationAction": "REGISTER_AS_NEW",
                "FraudsterSimilarityThreshold": 100,
                "WatchlistIds": [WATCHLIST_ID],
            },
            "ClientToken": TOKEN,
        },
        {"Job": JOB},
        of(RegistrationJobInfo, JOB),
    ),
    Row(
        "Domain.registration_jobs",
        "ListFraudsterRegistrationJobs",
        lambda client: domain(client).registration_jobs().all(),
        IN_DOMAIN,
        {"JobSummaries": [JOB]},
        [of(RegistrationJobSummary, JOB)],
    ),
    Row(
        "Domain.registration_jobs, all arguments",
        "ListFraudsterRegistrationJobs",
        lambda client: domain(client).registration_jobs(status="FAILED", page_size=7).all(),
        {**IN_DOMAIN, "JobStatus": "FAILED", "MaxResults": 7},
        {"JobSummaries": []},
        [],
    ),
    Row(
        "RegistrationJob.describe",
        "DescribeFraudsterRegistrationJob",
        lambda client: domain(client).registration_job(JOB_ID).describe(),
        OF_JOB,
        {"Job": JOB},
        of(RegistrationJobInfo, JOB),
    ),
    # Sessions.
    Row(
        "Session.evaluate",
        "EvaluateSession",
        lambda client: domain(client).session(SESSION_NAME).evaluate(),
        {**IN_DOMAIN, "SessionNameOrId": SESSION_NAME},
        EVALUATION,
        of(SessionEvaluation, EVALUATION),
    ),
    # The raw call.
    Row(
        "call",
        "ListWatchlists",
        lambda client: client.call("ListWatchlists", DomainId=DOMAIN_ID, MaxResults=2, NextToken=None)[
            "WatchlistSummaries"
        ],
        {**IN_DOMAIN, "MaxResults": 2},
        {"WatchlistSummaries": [WATCHLIST]},
        [WATCHLIST],
    ),
]
