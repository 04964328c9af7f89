"""A job's results are fetched from S3 by its handle: a dictionary, a folder and moto stand for S3."""

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.canned_responses import DOMAIN_ID, JOB_ID, ROLE_ARN, Canned, success
from voiceid_sdk import Domain, EnrollmentJob, RegistrationJob, VoiceID, errors
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentRequest,
    EnrollmentResults,
    EnrollmentStatus,
    RegistrationManifest,
    RegistrationRequest,
)
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local import LocalVoiceID, Timing, tone, wav

INPUT, OUTPUT = "s3://calls/in/manifest.json", "s3://results/out/"
OUTPUT_KEY = f"out/{JOB_ID}/manifest.json.out"


class Objects:
    """A boto3 S3 client as far as it is needed, on a dictionary."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.refused: dict[str, str] = {}

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:
        code = self.refused.get(Key) or (None if self.has(Bucket, Key) else "NoSuchKey")
        if code is not None:
            status = {"AccessDenied": 403}.get(code, 404)
            response: Any = {
                "Error": {"Code": code, "Message": f"No {Bucket}/{Key}."},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise ClientError(response, "GetObject")
        content = self.read(Bucket, Key)
        return {"Body": io.BytesIO(content), "ContentLength": len(content), "Metadata": {}}

    def head_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:
        raise NotImplementedError

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: object) -> Mapping[str, object]:
        self.write(Bucket, Key, Body)
        return {}

    def has(self, bucket: str, key: str) -> bool:
        return f"{bucket}/{key}" in self.content

    def read(self, bucket: str, key: str) -> bytes:
        return self.content[f"{bucket}/{key}"]

    def write(self, bucket: str, key: str, content: bytes) -> None:
        self.content[f"{bucket}/{key}"] = content


class Folder(Objects):
    """The same on the folder that Local Voice ID works on."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def has(self, bucket: str, key: str) -> bool:
        return (self.root / bucket / key).is_file()

    def read(self, bucket: str, key: str) -> bytes:
        return (self.root / bucket / key).read_bytes()

    def write(self, bucket: str, key: str, content: bytes) -> None:
        path = self.root / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# --- From recordings to results -------------------------------------------------------------------------


@contextlib.contextmanager
def on_a_dictionary(_: Path) -> Iterator[tuple[LocalVoiceID, Any]]:
    s3: Any = Objects()
    with LocalVoiceID(s3=s3, timing=Timing.at_once()) as service:
        yield service, s3


@contextlib.contextmanager
def on_a_folder(root: Path) -> Iterator[tuple[LocalVoiceID, Any]]:
    with LocalVoiceID(s3_root=root, timing=Timing.at_once()) as service:
        yield service, Folder(root)


@contextlib.contextmanager
def on_moto(_: Path) -> Iterator[tuple[LocalVoiceID, Any]]:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        for bucket in ("calls", "results"):
            s3.create_bucket(Bucket=bucket)
        with LocalVoiceID(s3=s3, timing=Timing.at_once()) as service:
            yield service, s3
        s3.close()


@pytest.fixture(
    params=[on_a_dictionary, on_a_folder, pytest.param(on_moto, marks=pytest.mark.slow)],
    ids=lambda place: place.__name__,
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Domain, Any]]:
    with request.param(tmp_path) as (service, s3), service.client() as voiceid:
        yield voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id"), s3


def recorded(s3: Any, name: str, seconds: float) -> list[AudioSpecification]:
    content = wav(tone(seconds), label=name)
    s3.put_object(Bucket="calls", Key=f"in/{name}.wav", Body=content)
    return [AudioSpecification(s3_uri=f"s3://calls/in/{name}.wav")]


def enrolled(domain: Domain, s3: Any, manifest: EnrollmentManifest) -> EnrollmentResults:
    manifest.upload(s3, INPUT)
    job = domain.start_enrollment_job(input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN)
    job.wait()
    return job.results(s3)


def test_what_failed_is_told_and_can_be_tried_again(place: tuple[Domain, Any]) -> None:
    domain, s3 = place
    domain.speaker("cleo").opt_out()
    manifest = EnrollmentManifest(
        EnrollmentRequest(
            request_id=f"for-{name}", speaker_id=name, audio_specifications=recorded(s3, name, seconds)
        )
        for name, seconds in (("ana", 30), ("ben", 5), ("cleo", 30))
    )
    first = enrolled(domain, s3, manifest)
    assert tuple(outcome.request for outcome in first.outcomes) == manifest.requests
    assert [(outcome.status, outcome.error_code) for outcome in first.outcomes] == [
        (EnrollmentStatus.NEW_ENROLLMENT, None),
        (None, 400),
        (None, 409),
    ]

    recorded(s3, "ben", 30)
    again = first.retry_manifest(codes={400})
    assert again.requests == manifest.requests[1:2]
    both = first + enrolled(domain, s3, again)
    assert [outcome.request_id for outcome in both.enrolled] == ["for-ana", "for-ben"]
    assert [outcome.request_id for outcome in both.failed] == ["for-cleo"]
    assert domain.speaker("ben").describe().status == "ENROLLED"
    assert enrolled(domain, s3, manifest).summary()["skipped"] == 2


def test_fraudsters_are_registered_once(place: tuple[Domain, Any]) -> None:
    domain, s3 = place
    manifest = RegistrationManifest(
        RegistrationRequest(request_id=name, audio_specifications=recorded(s3, "mallory", 12))
        for name in ("one", "again")
    )
    manifest.upload(s3, INPUT)
    job = domain.start_registration_job(
        input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN
    )
    job.wait()
    results = job.results(s3, manifest=manifest)
    assert results == domain.registration_job(job.job_id).results(s3)
    (new,), (known,) = results.registered, results.skipped
    assert known.generated_fraudster_id == new.generated_fraudster_id
    assert known.fraudster_similarity_score == 100


# --- What can go wrong ----------------------------------------------------------------------------------

MANIFEST = EnrollmentManifest(
    [EnrollmentRequest(request_id="1", speaker_id="ana"), EnrollmentRequest(request_id="2", speaker_id="ben")]
)
DONE = {
    "Version": "1.0",
    "Errors": [],
    "SuccessfulEnrollments": [{"RequestId": "1", "EnrollmentStatus": "NEW_ENROLLMENT"}],
}


def described(canned: Canned, **changes: Any) -> None:
    job: dict[str, Any] = {
        "DomainId": DOMAIN_ID,
        "JobId": JOB_ID,
        "JobStatus": "COMPLETED",
        "InputDataConfig": {"S3Uri": INPUT},
        "OutputDataConfig": {"S3Uri": OUTPUT.rstrip("/")},
        **changes,
    }
    canned.answer(success(Job={name: value for name, value in job.items() if value is not None}))


@pytest.fixture
def s3() -> Objects:
    objects = Objects()
    objects.write("calls", "in/manifest.json", MANIFEST.to_json().encode())
    objects.write("results", OUTPUT_KEY, json.dumps(DONE).encode())
    return objects


@pytest.fixture
def job(canned: Canned, client: VoiceID) -> EnrollmentJob:
    described(canned)
    return client.domain(DOMAIN_ID).enrollment_job(JOB_ID)


def failure(job: EnrollmentJob | RegistrationJob, s3: S3Client) -> errors.VoiceIDError:
    with pytest.raises(errors.VoiceIDError) as caught:
        job.results(s3)
    assert "calls" not in str(caught.value)
    assert "manifest.json" not in str(caught.value) + repr(caught.value)
    return caught.value


def test_the_output_is_found_and_joined_with_the_manifest(job: EnrollmentJob, s3: Objects) -> None:
    results = job.results(s3)
    assert tuple(outcome.request for outcome in results.outcomes) == MANIFEST.requests
    assert [outcome.status for outcome in results.outcomes] == ["NEW_ENROLLMENT", "NOT_REPORTED"]


def test_a_manifest_that_is_at_hand_is_not_fetched(job: EnrollmentJob, s3: Objects) -> None:
    s3.refused["in/manifest.json"] = "AccessDenied"
    assert len(job.results(s3, manifest=MANIFEST).outcomes) == 2


@pytest.mark.parametrize(
    ("key", "code", "told"),
    [
        (OUTPUT_KEY, "NoSuchKey", "The job's output file: .* moved or deleted"),
        (OUTPUT_KEY, "AccessDenied", "The job's output file: .* IAM policy"),
        ("in/manifest.json", "NoSuchBucket", r"The job's manifest: .* results\(s3, manifest="),
        ("in/manifest.json", "AccessDenied", "The job's manifest: .* IAM policy"),
    ],
)
def test_a_file_that_cannot_be_had_is_told(
    job: EnrollmentJob, s3: Objects, key: str, code: str, told: str
) -> None:
    s3.refused[key] = code
    error = failure(job, s3)
    denied = code == "AccessDenied"
    assert type(error) is (errors.AccessDeniedError if denied else errors.ResourceNotFoundError)
    assert re.search(told, str(error))


def test_an_output_that_is_not_whole_is_told(job: EnrollmentJob, s3: Objects) -> None:
    s3.write("results", OUTPUT_KEY, json.dumps(DONE).encode()[:-20])
    assert type(failure(job, s3)) is errors.ResponseError


def test_a_manifest_that_is_none_is_told(job: EnrollmentJob, s3: Objects) -> None:
    s3.write("calls", "in/manifest.json", b"<html>")
    assert type(failure(job, s3)) is errors.ManifestError


def test_a_job_that_has_not_ended_has_no_results(canned: Canned, client: VoiceID, s3: Objects) -> None:
    described(canned, JobStatus="IN_PROGRESS")
    error = failure(client.domain(DOMAIN_ID).enrollment_job(JOB_ID), s3)
    assert isinstance(error, errors.WaitError)
    assert str(error) == "The enrollment job has not ended yet. Call wait() first."
    assert error.resource is not None


def test_a_job_that_failed_has_no_results(canned: Canned, client: VoiceID, s3: Objects) -> None:
    said = {"Message": f"No access to {INPUT}", "StatusCode": 403}
    described(canned, JobStatus="FAILED", FailureDetails=said)
    error = failure(client.domain(DOMAIN_ID).registration_job(JOB_ID), s3)
    assert isinstance(error, errors.JobFailedError)
    assert error.failure_details is not None
    assert error.message == "The registration job failed: No access to [redacted]"
    assert "voiceid_sdk.batch.policies" in str(error.next_step)


@pytest.mark.parametrize("missing", ["InputDataConfig", "OutputDataConfig", "JobId"])
def test_a_job_that_does_not_say_where_its_files_are_is_told(
    canned: Canned, client: VoiceID, s3: Objects, missing: str
) -> None:
    described(canned, **{missing: None})
    error = failure(client.domain(DOMAIN_ID).enrollment_job(JOB_ID), s3)
    assert isinstance(error, errors.ResponseError)
    assert "from_output()" in str(error)
