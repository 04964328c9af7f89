"""A job whose service is killed between any two of its requests, or in one, does each of them once."""

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.attacks import PROPERTY, SOAK
from tests.support.listening import open_listening
from tests.support.servers import PATIENCE
from tests.support.silent_jobs import BUCKET, write_manifest, write_recording
from voiceid_sdk.local import ManualClock

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

pytestmark = pytest.mark.uncovered

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
KILLS = 40 if SOAK else 2


def start_job(folder: Path, speakers: int) -> tuple[str, str]:
    """Start a job in a service that is closed before the job begins; return the ids of domain and job."""
    recording = write_recording(folder, "a-voice")
    requests = [(f"speaker-{number}", recording) for number in range(speakers)]
    manifest = write_manifest(folder, "manifest.json", "SpeakerEnrollmentRequests", requests)
    # On a manual clock, a job begins with the next request, and there is none.
    with open_listening(folder, pytest.fail, ManualClock()) as service:
        client: Any = service.boto3_client()
        created = client.create_domain(Name="d", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})
        domain = str(created["Domain"]["DomainId"])
        started = client.start_speaker_enrollment_job(
            DomainId=domain,
            InputDataConfig={"S3Uri": manifest},
            OutputDataConfig={"S3Uri": f"s3://{BUCKET}/out"},
            DataAccessRoleArn="arn:aws:iam::123456789012:role/role",
        )
    return domain, str(started["Job"]["JobId"])


def process_job(folder: Path, test: "Connection[None, None]") -> None:
    """Process the job, with a model that waits for the test at the beginning of each request."""

    def wait_for_test() -> None:
        test.send(None)
        test.recv()

    with open_listening(folder, wait_for_test):
        threading.Event().wait()


def live_until_killed(folder: Path, requests: int) -> None:
    """Process a number of a job's requests in a child process, and kill it during the next one."""
    context = multiprocessing.get_context("fork")
    child, test = context.Pipe()
    process = context.Process(target=process_job, args=(folder, test))
    process.start()
    test.close()
    for _ in range(requests):
        child.recv()
        child.send(None)
    child.recv()
    process.kill()
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("no_earlier_clients")
def test_a_job_with_a_model_survives_kills_between_its_requests(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property(PROPERTY, ("kills of a job with a model", KILLS))
    domain, job = start_job(tmp_path, speakers=KILLS + 2)
    for _ in range(KILLS):
        live_until_killed(tmp_path, requests=1)
    calls: list[None] = []
    with open_listening(tmp_path, lambda: calls.append(None)) as service:
        client: Any = service.boto3_client()
        deadline = time.monotonic() + PATIENCE
        status = "IN_PROGRESS"
        while status == "IN_PROGRESS" and time.monotonic() < deadline:
            described = client.describe_speaker_enrollment_job(DomainId=domain, JobId=job)
            status = described["Job"]["JobStatus"]
            time.sleep(0.005)
        speakers = client.list_speakers(DomainId=domain, MaxResults=100)["SpeakerSummaries"]
    assert status == "COMPLETED"
    assert len(calls) == 2, "what was done before a kill is not done again"
    assert len(speakers) == KILLS + 2
    (output,) = (tmp_path / BUCKET / "out" / job).iterdir()
    assert len(json.loads(output.read_text())["SuccessfulEnrollments"]) == KILLS + 2
