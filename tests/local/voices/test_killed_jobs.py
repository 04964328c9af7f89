"""A job whose service is killed between any two of its requests, or in one, does each of them once."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.attacks import PROPERTY, SOAK
from tests.support.listening import BEGUN, open_listening
from tests.support.servers import PATIENCE
from tests.support.silent_jobs import BUCKET, write_manifest, write_recording
from voiceid_sdk.local import ManualClock

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


def live_until_killed(folder: Path, requests: int) -> None:
    """Process a number of a job's requests in a child process, and kill it during the next one."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tests.support.listening", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(requests):
            assert process.stdout.readline() == BEGUN
            process.stdin.write(b"\n")
            process.stdin.flush()
        assert process.stdout.readline() == BEGUN
        process.kill()


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
