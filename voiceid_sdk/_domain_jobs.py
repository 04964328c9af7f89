"""The methods of a domain that start and find batch jobs, which ``Domain`` inherits.

Methods import what they alone need, as in ``client``, because a first call needs the data of one resource.
"""

import os
from collections.abc import Iterable
from typing import Unpack

from voiceid_sdk import _types, models
from voiceid_sdk._arguments import created_id, resolve_id
from voiceid_sdk._connection import Connection
from voiceid_sdk._wire import operations
from voiceid_sdk.enums import (
    DuplicateRegistrationAction,
    ExistingEnrollmentAction,
    FraudDetectionAction,
    JobStatus,
)


class DomainJobs:
    """The base of ``Domain`` with its methods for enrollment and registration jobs."""

    __slots__ = ()

    # Domain defines these fields.
    _connection: Connection
    domain_id: str

    def start_enrollment_job(
        self,
        *,
        input_s3_uri: str,
        output_s3_uri: str,
        data_access_role_arn: str,
        output_kms_key_id: str | None = None,
        job_name: str | None = None,
        existing_enrollment_action: ExistingEnrollmentAction | str | None = None,
        fraud_detection_action: FraudDetectionAction | str | None = None,
        risk_threshold: int | None = None,
        watchlist_ids: Iterable[str] | None = None,
        client_token: str | None = None,
    ) -> "_types.EnrollmentJob":
        """Start a job that enrolls speakers from recordings. Calls StartSpeakerEnrollmentJob.

        Args:
            input_s3_uri: the S3 URI of the manifest.
            output_s3_uri: the S3 URI of the folder for the results.
            data_access_role_arn: the IAM role with which the service reads and writes S3.
            output_kms_key_id: the KMS key for the results.
            job_name: 1 to 256 letters, digits, ``_`` and ``-``; it need not be unique.
            existing_enrollment_action: SKIP (the default) or OVERWRITE a speaker who is enrolled.
            fraud_detection_action: FAIL (the default) or IGNORE a speaker who is risky.
            risk_threshold: the risk score, 0 to 100, from which a speaker is risky.
            watchlist_ids: the one watchlist to check against; the default watchlist when None.
            client_token: 1 to 64 characters that make a repeated call safe; a new token when None.

        Returns:
            A handle on the job.

        Raises:
            ServiceQuotaExceededError: the domain has an active enrollment job.

        Example:
            >>> job = domain.start_enrollment_job(
            ...     input_s3_uri="s3://calls/speakers.json",
            ...     output_s3_uri="s3://calls/results",
            ...     data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
            ... )
            >>> job.wait(progress=False).job_status
            <JobStatus.COMPLETED: 'COMPLETED'>
        """
        from voiceid_sdk._wire.job_settings import enrollment_settings, job_request
        from voiceid_sdk.jobs import EnrollmentJob

        settings = enrollment_settings(
            self.domain_id,
            output_s3_uri=output_s3_uri,
            output_kms_key_id=output_kms_key_id,
            data_access_role_arn=data_access_role_arn,
            existing_enrollment_action=existing_enrollment_action,
            fraud_detection_action=fraud_detection_action,
            risk_threshold=risk_threshold,
            watchlist_ids=watchlist_ids,
        )
        info = self._connection.call(
            operations.START_ENROLLMENT_JOB,
            job_request(settings, input_s3_uri=input_s3_uri, job_name=job_name, client_token=client_token),
        )
        job_id = created_id(info, operations.START_ENROLLMENT_JOB.name, "job_id")
        return EnrollmentJob(self._connection, self.domain_id, job_id, info)

    def start_registration_job(
        self,
        *,
        input_s3_uri: str,
        output_s3_uri: str,
        data_access_role_arn: str,
        output_kms_key_id: str | None = None,
        job_name: str | None = None,
        duplicate_registration_action: DuplicateRegistrationAction | str | None = None,
        fraudster_similarity_threshold: int | None = None,
        watchlist_ids: Iterable[str] | None = None,
        client_token: str | None = None,
    ) -> "_types.RegistrationJob":
        """Start a job that registers fraudsters from recordings. Calls StartFraudsterRegistrationJob.

        Args:
            input_s3_uri: the S3 URI of the manifest.
            output_s3_uri: the S3 URI of the folder for the results.
            data_access_role_arn: the IAM role with which the service reads and writes S3.
            output_kms_key_id: the KMS key for the results.
            job_name: 1 to 256 letters, digits, ``_`` and ``-``; it need not be unique.
            duplicate_registration_action: SKIP (the default) a known fraudster, or REGISTER_AS_NEW.
            fraudster_similarity_threshold: the similarity, 0 to 100, from which two fraudsters count as one.
            watchlist_ids: the one watchlist that fraudsters go to; the default watchlist when None.
            client_token: 1 to 64 characters that make a repeated call safe; a new token when None.

        Returns:
            A handle on the job.

        Raises:
            ServiceQuotaExceededError: the domain has an active registration job.

        Example:
            >>> job = domain.start_registration_job(
            ...     input_s3_uri="s3://calls/fraudsters.json",
            ...     output_s3_uri="s3://calls/results",
            ...     data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
            ... )
            >>> job.wait(progress=False).job_status
            <JobStatus.COMPLETED: 'COMPLETED'>
        """
        from voiceid_sdk._wire.job_settings import job_request, registration_settings
        from voiceid_sdk.jobs import RegistrationJob

        settings = registration_settings(
            self.domain_id,
            output_s3_uri=output_s3_uri,
            output_kms_key_id=output_kms_key_id,
            data_access_role_arn=data_access_role_arn,
            duplicate_registration_action=duplicate_registration_action,
            fraudster_similarity_threshold=fraudster_similarity_threshold,
            watchlist_ids=watchlist_ids,
        )
        info = self._connection.call(
            operations.START_REGISTRATION_JOB,
            job_request(settings, input_s3_uri=input_s3_uri, job_name=job_name, client_token=client_token),
        )
        job_id = created_id(info, operations.START_REGISTRATION_JOB.name, "job_id")
        return RegistrationJob(self._connection, self.domain_id, job_id, info)

    def enroll(
        self,
        manifest: "_types.EnrollmentManifest | str | os.PathLike[str]",
        *,
        s3: "_types.S3Client",
        bucket: str,
        data_access_role_arn: str,
        existing_enrollment_action: ExistingEnrollmentAction | str | None = None,
        fraud_detection_action: FraudDetectionAction | str | None = None,
        risk_threshold: int | None = None,
        **options: "Unpack[_types.RunOptions]",
    ) -> "_types.BatchEnrollment":
        """Enroll speakers from recordings: check them, upload them, and start a job.

        Everything is checked first; if there is a problem, nothing is uploaded or started. Then recordings
        and manifests that are not in S3 yet are uploaded, and a job is started. More than 10,000 speakers
        take several jobs, one after the other: ``wait`` on the returned handle starts the others.

        The call can be repeated. The same recordings and options make the same batch, wherever it was
        interrupted: its jobs are found by their names, and only what is missing is done. A job that failed as
        a whole is started again. To enroll the same recordings once more, give another ``job_name``.

        Calls HeadObject and PutObject of S3, ListSpeakerEnrollmentJobs and StartSpeakerEnrollmentJob.

        Args:
            manifest: the speakers, or a folder of recordings whose file names are the speakers' ids.
            s3: a boto3 S3 client, such as ``boto3.client("s3")``.
            bucket: the bucket for recordings, manifests and results.
            data_access_role_arn: the IAM role with which the service reads and writes S3.
            existing_enrollment_action: SKIP (the default) or OVERWRITE a speaker who is enrolled.
            fraud_detection_action: FAIL (the default) or IGNORE a speaker who is risky.
            risk_threshold: the risk score, 0 to 100, from which a speaker is risky.
            options: see ``voiceid_sdk.runs.RunOptions``.

        Returns:
            A handle on the whole batch.

        Raises:
            ManifestError: the service would reject something; its ``problems`` lists everything.
            RequestValidationError: an argument breaks a rule, or ``checkpoint`` belongs to another batch.
            ResourceNotFoundError: there is no such bucket, domain or watchlist.
            AccessDeniedError: S3 or the service denies access.
            WaitTimeoutError: another job was active for too long.
            WaitCancelledError: ``cancel`` was set.

        Example:
            >>> batch = domain.enroll(
            ...     "recordings",
            ...     s3=s3,
            ...     bucket="calls",
            ...     data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
            ... )
            >>> info = batch.wait()
            >>> [outcome.status for outcome in batch.results().enrolled]
            [<EnrollmentStatus.NEW_ENROLLMENT: 'NEW_ENROLLMENT'>]
        """
        from voiceid_sdk.runs.beginning import begin_enrollment

        return begin_enrollment(
            self._connection,
            self.domain_id,
            manifest,
            s3=s3,
            bucket=bucket,
            data_access_role_arn=data_access_role_arn,
            existing_enrollment_action=existing_enrollment_action,
            fraud_detection_action=fraud_detection_action,
            risk_threshold=risk_threshold,
            options=options,
        )

    def register_fraudsters(
        self,
        manifest: "_types.RegistrationManifest | str | os.PathLike[str]",
        *,
        s3: "_types.S3Client",
        bucket: str,
        data_access_role_arn: str,
        duplicate_registration_action: DuplicateRegistrationAction | str | None = None,
        fraudster_similarity_threshold: int | None = None,
        **options: "Unpack[_types.RunOptions]",
    ) -> "_types.BatchRegistration":
        """Register fraudsters from recordings, as ``enroll`` does for speakers, with 500 requests a job.

        Calls HeadObject and PutObject of S3, ListFraudsterRegistrationJobs and StartFraudsterRegistrationJob.

        Args:
            manifest: the fraudsters, or a folder with a recording of each.
            s3: a boto3 S3 client, such as ``boto3.client("s3")``.
            bucket: the bucket for recordings, manifests and results.
            data_access_role_arn: the IAM role with which the service reads and writes S3.
            duplicate_registration_action: SKIP (the default) a known fraudster, or REGISTER_AS_NEW.
            fraudster_similarity_threshold: the similarity, 0 to 100, from which two fraudsters count as one.
            options: see ``voiceid_sdk.runs.RunOptions``.

        Returns:
            A handle on the whole batch.

        Raises:
            ManifestError: the service would reject something; its ``problems`` lists everything.
            RequestValidationError: an argument breaks a rule, or ``checkpoint`` belongs to another batch.
            ResourceNotFoundError: there is no such bucket, domain or watchlist.
            AccessDeniedError: S3 or the service denies access.
            WaitTimeoutError: another job was active for too long.
            WaitCancelledError: ``cancel`` was set.
        """
        from voiceid_sdk.runs.beginning import begin_registration

        return begin_registration(
            self._connection,
            self.domain_id,
            manifest,
            s3=s3,
            bucket=bucket,
            data_access_role_arn=data_access_role_arn,
            duplicate_registration_action=duplicate_registration_action,
            fraudster_similarity_threshold=fraudster_similarity_threshold,
            options=options,
        )

    def enrollment_jobs(
        self, *, status: JobStatus | str | None = None, page_size: int | None = None
    ) -> "_types.Pager[models.EnrollmentJobSummary]":
        """Return the domain's enrollment jobs. Calls ListSpeakerEnrollmentJobs as it is iterated.

        Args:
            status: return only jobs with this status.
            page_size: items a page, 1 to 100; the service decides when None.

        Example:
            >>> failed = domain.enrollment_jobs(status="FAILED").all()
            >>> len(failed)
            0
        """
        return self._connection.pager(
            operations.LIST_ENROLLMENT_JOBS, {"DomainId": self.domain_id, "JobStatus": status}, page_size
        )

    def enrollment_job(
        self, job: "str | models.EnrollmentJobInfo | models.EnrollmentJobSummary"
    ) -> "_types.EnrollmentJob":
        """Return a handle on an enrollment job, without a call."""
        from voiceid_sdk.jobs import EnrollmentJob

        job_id = resolve_id(job, "job", "job_id")
        info = job if isinstance(job, (models.EnrollmentJobInfo, models.EnrollmentJobSummary)) else None
        return EnrollmentJob(self._connection, self.domain_id, job_id, info)

    def registration_jobs(
        self, *, status: JobStatus | str | None = None, page_size: int | None = None
    ) -> "_types.Pager[models.RegistrationJobSummary]":
        """Return the domain's registration jobs. Calls ListFraudsterRegistrationJobs as it is iterated.

        Args:
            status: return only jobs with this status.
            page_size: items a page, 1 to 100; the service decides when None.
        """
        return self._connection.pager(
            operations.LIST_REGISTRATION_JOBS, {"DomainId": self.domain_id, "JobStatus": status}, page_size
        )

    def registration_job(
        self, job: "str | models.RegistrationJobInfo | models.RegistrationJobSummary"
    ) -> "_types.RegistrationJob":
        """Return a handle on a registration job, without a call."""
        from voiceid_sdk.jobs import RegistrationJob

        job_id = resolve_id(job, "job", "job_id")
        info = job if isinstance(job, (models.RegistrationJobInfo, models.RegistrationJobSummary)) else None
        return RegistrationJob(self._connection, self.domain_id, job_id, info)
