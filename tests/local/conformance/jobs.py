"""Jobs of both kinds: their statuses, lists and failures."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, QUOTAS, family, rule
from tests.local.conformance.valid_requests import in_domain
from tests.support.stage import DAY, KEY, NO_ID, ROLE, Stage, eventually
from voiceid_sdk.local import Quotas, Timing


@rule("a job is SUBMITTED first", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"), JobName="a-job")
    assert job["JobStatus"] == "SUBMITTED"
    assert job["JobProgress"] == {"PercentComplete": 0}
    assert "EndedAt" not in job
    assert (job["JobName"], job["DataAccessRoleArn"]) == ("a-job", ROLE)


@rule(
    "a job is IN_PROGRESS then, and its percentage moves", MODEL, timing=Timing(job_start=10, job_request=10)
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"), stage.request("two"))
    seen: list[tuple[str, int]] = []
    for _ in range(7):
        described = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
        seen.append((described["JobStatus"], described["JobProgress"]["PercentComplete"]))
        eventually(stage, 5)
    assert seen == [
        ("SUBMITTED", 0),
        ("SUBMITTED", 0),
        ("IN_PROGRESS", 0),
        ("IN_PROGRESS", 25),
        ("IN_PROGRESS", 50),
        ("IN_PROGRESS", 75),
        ("COMPLETED", 100),
    ]


@rule("a job's requests are done one after the other", CHOICE, timing=Timing(job_start=10, job_request=10))
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.start_enrollments(domain, stage.request("one"), stage.request("two"))
    eventually(stage, 25)
    assert [
        one["CustomerSpeakerId"] for one in stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"]
    ] == ["one"]


@rule(
    "what a job did carries the time at which it was due", CHOICE, timing=Timing(job_start=10, job_request=10)
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job, _ = stage.enroll_by_job(domain, stage.request("one"), stage.request("two"))
    assert job["EndedAt"] == job["CreatedAt"] + 30
    assert stage.speaker(domain, "two")["CreatedAt"] == job["CreatedAt"] + 30
    assert stage.speaker(domain, "one")["CreatedAt"] == job["CreatedAt"] + 20


@rule("a job is done by the next request when it takes no time", CHOICE, timing=Timing.at_once())
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"))
    assert job["JobStatus"] == "SUBMITTED"
    described = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert described["JobStatus"] == "COMPLETED"


@rule("a domain has one active job of a kind", QUOTAS)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.start_enrollments(domain)
    error = stage.error("StartSpeakerEnrollmentJob", **in_domain("StartSpeakerEnrollmentJob", domain))
    assert error.code == "ServiceQuotaExceededException"
    stage.start_registrations(domain)
    eventually(stage, DAY)
    assert stage.start_enrollments(domain)["JobStatus"] == "SUBMITTED"


@rule("a job is not found as one of the other kind", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain)
    error = stage.error("DescribeFraudsterRegistrationJob", DomainId=domain, JobId=job["JobId"])
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "BATCH_JOB")


@rule("jobs can be listed by status", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    done, _ = stage.enroll_by_job(domain)
    running = stage.start_enrollments(domain)
    for status, job in (("COMPLETED", done), ("SUBMITTED", running)):
        listed = stage.call("ListSpeakerEnrollmentJobs", DomainId=domain, JobStatus=status)["JobSummaries"]
        assert [one["JobId"] for one in listed] == [job["JobId"]]
    assert len(stage.call("ListSpeakerEnrollmentJobs", DomainId=domain)["JobSummaries"]) == 2


@rule("a job's summary leaves out roles and configuration", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll_by_job(domain)
    (summary,) = stage.call("ListSpeakerEnrollmentJobs", DomainId=domain)["JobSummaries"]
    assert set(summary) == {"CreatedAt", "DomainId", "EndedAt", "JobId", "JobProgress", "JobStatus"}


@rule("a job gives its configuration back as it was sent", CHOICE)
def _(stage: Stage) -> None:
    config = {"ExistingEnrollmentAction": "OVERWRITE", "FraudDetectionConfig": {"RiskThreshold": 7}}
    job = stage.start_enrollments(stage.domain(), EnrollmentConfig=config)
    assert job["EnrollmentConfig"] == config
    assert "EnrollmentConfig" not in stage.start_enrollments(stage.domain())


@rule("a job needs a watchlist that exists", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation, config in (
        (
            "StartSpeakerEnrollmentJob",
            {"EnrollmentConfig": {"FraudDetectionConfig": {"WatchlistIds": [NO_ID]}}},
        ),
        ("StartFraudsterRegistrationJob", {"RegistrationConfig": {"WatchlistIds": [NO_ID]}}),
    ):
        error = stage.error(operation, **in_domain(operation, domain), **config)
        assert error.resource_type == "WATCHLIST"


def _job_fails(stage: Stage, content: bytes | str, says: str, status: int = 400) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain)
    stage.put("s3://jobs/in/manifest.json", content)
    eventually(stage, DAY)
    job = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert job["JobStatus"] == "FAILED"
    assert job["FailureDetails"]["StatusCode"] == status
    assert says in job["FailureDetails"]["Message"]
    assert job["JobProgress"] == {"PercentComplete": 0}
    assert job["EndedAt"] > job["CreatedAt"]


family(
    {
        "a job fails when the manifest is not JSON": lambda stage: _job_fails(stage, "{", "not JSON"),
        "a job fails when the manifest is not text": lambda stage: _job_fails(
            stage, b"\xff\xfe{}", "not JSON"
        ),
        "a job fails when the manifest is no object": lambda stage: _job_fails(
            stage, "[]", "not a JSON object"
        ),
        "a job fails when the manifest has no version": lambda stage: _job_fails(stage, "{}", "Version"),
        "a job fails when the manifest has another version": lambda stage: _job_fails(
            stage, '{"Version": "2.0", "SpeakerEnrollmentRequests": []}', "Version"
        ),
        "a job fails when the manifest is for the other kind": lambda stage: _job_fails(
            stage, '{"Version": "1.0", "FraudsterRegistrationRequests": []}', "SpeakerEnrollmentRequests"
        ),
        "a job fails when a request has no RequestId": lambda stage: _job_fails(
            stage, '{"Version": "1.0", "SpeakerEnrollmentRequests": [{}]}', "RequestId"
        ),
        "a job fails when a request is no object": lambda stage: _job_fails(
            stage, '{"Version": "1.0", "SpeakerEnrollmentRequests": [1]}', "RequestId"
        ),
    },
    GUIDE,
)


@rule("a job fails when the manifest is not there", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job, _ = stage.enroll_by_job(domain, InputDataConfig={"S3Uri": "s3://jobs/none.json"})
    assert job["JobStatus"] == "FAILED"
    assert job["FailureDetails"]["StatusCode"] == 404


@rule("a job fails when its manifest is too long", QUOTAS, quotas=Quotas(speakers_per_job=1, rates={}))
def _(stage: Stage) -> None:
    job, _ = stage.enroll_by_job(stage.domain(), stage.request("one"), stage.request("two"))
    assert job["JobStatus"] == "FAILED"
    assert "more than 1 requests" in job["FailureDetails"]["Message"]


@rule("a job fails when its domain is deleted", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"))
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, DAY)
    stage.service.restore_domain(domain)
    job = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert (job["JobStatus"], job["FailureDetails"]["StatusCode"]) == ("FAILED", 409)


@rule("a job fails without the domain's key", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job = stage.start_enrollments(domain, stage.request("one"))
    stage.service.disable_key(KEY)
    eventually(stage, DAY)
    stage.service.enable_key(KEY)
    job = stage.call("DescribeSpeakerEnrollmentJob", DomainId=domain, JobId=job["JobId"])["Job"]
    assert (job["JobStatus"], job["FailureDetails"]["StatusCode"]) == ("FAILED", 403)
