"""Clocks that jump both ways: figures stay in their range, and nothing is done twice."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.support.silent_jobs import QuickRecognizer, write_manifest, write_recording
from voiceid_sdk.local import LocalVoiceID, ManualClock, Timing


class JumpingClock:
    """A system's clock that an administrator sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 6, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def jump(self, **by: float) -> None:
        self.moment += timedelta(**by)


def test_a_delay_at_the_end_of_time_changes_no_response() -> None:
    clock = ManualClock(datetime(9999, 12, 31, 23, 30, tzinfo=UTC))
    with LocalVoiceID(clock=clock) as service:
        service.faults.delay(3600)
        assert ask(service, "ListDomains") == {"DomainSummaries": []}
    with pytest.raises(ValueError, match="beyond the year 9999"):
        clock.advance(3600)


def test_the_last_moment_is_a_date() -> None:
    with LocalVoiceID(clock=ManualClock(datetime.max.replace(tzinfo=UTC)), cloudtrail=True) as service:
        service.events.subscribe(lambda _: None)
        start_job(service, "s3://bucket/none.json")
        ask(service, "ListDomains")


def test_a_clock_starts_within_the_range_of_dates() -> None:
    with pytest.raises(ValueError, match="the years 1 to 9999"):
        ManualClock(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))


def ask(service: LocalVoiceID, operation: str, **members: Any) -> Any:
    headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    response = service.handle(headers, json.dumps(members).encode())
    assert response.status == 200, response.body
    return json.loads(response.body or b"{}")


def start_job(service: LocalVoiceID, manifest: str) -> dict[str, str]:
    """Start a job in a new domain, and return the members that name it in a request."""
    key = {"KmsKeyId": "k"}
    domain = ask(service, "CreateDomain", Name="n", ServerSideEncryptionConfiguration=key)["Domain"]
    job = ask(
        service,
        "StartSpeakerEnrollmentJob",
        DomainId=domain["DomainId"],
        DataAccessRoleArn="arn:aws:iam::123456789012:role/VoiceID",
        InputDataConfig={"S3Uri": manifest},
        OutputDataConfig={"S3Uri": "s3://jobs/out/"},
    )["Job"]
    return {"DomainId": domain["DomainId"], "JobId": job["JobId"]}


def test_a_job_keeps_its_progress_and_its_order_of_times_whatever_the_clock_does(tmp_path: Path) -> None:
    clock = JumpingClock()
    recording = write_recording(tmp_path, "a-voice")
    manifest = write_manifest(
        tmp_path, "in", "SpeakerEnrollmentRequests", [(f"s{number}", recording) for number in range(10)]
    )
    options: Any = {
        "clock": clock,
        "s3_root": tmp_path,
        "recognizer": QuickRecognizer(),
        "timing": Timing(job_start=10, job_request=60),
    }
    events: list[str] = []

    def record(event: Any) -> None:
        events.append(event["detail"]["action"])

    with LocalVoiceID(tmp_path / "v.db", **options) as service:
        service.events.subscribe(record)
        about = start_job(service, manifest)
        percents: list[int] = []
        for jump in (200, -3600, 60, 3700, -7200, 100, 90000, -86400):
            clock.jump(seconds=jump)
            described = ask(service, "DescribeSpeakerEnrollmentJob", **about)["Job"]
            percents.append(described["JobProgress"]["PercentComplete"])
            assert 0 <= percents[-1] <= 100
            assert described.get("EndedAt", described["CreatedAt"]) >= described["CreatedAt"]
        assert percents == sorted(percents)
        assert percents[-1] == 100
        assert events.count("ENROLL_SPEAKER") == 10
        changed = ask(service, "OptOutSpeaker", DomainId=about["DomainId"], SpeakerId="s0")["Speaker"]
        assert changed["UpdatedAt"] >= changed["CreatedAt"]
    clock.jump(days=-1)
    with LocalVoiceID(tmp_path / "v.db", **options) as service:
        described = ask(service, "DescribeSpeakerEnrollmentJob", **about)["Job"]
        assert described["JobProgress"]["PercentComplete"] == 100


def test_progress_is_not_negative_after_a_restart_with_an_earlier_clock(tmp_path: Path) -> None:
    clock = JumpingClock()
    recording = write_recording(tmp_path, "a-voice")
    manifest = write_manifest(tmp_path, "in", "SpeakerEnrollmentRequests", [("s", recording)] * 10)
    options: Any = {"clock": clock, "s3_root": tmp_path, "timing": Timing(job_start=10, job_request=60)}
    with LocalVoiceID(tmp_path / "v.db", **options) as service:
        about = start_job(service, manifest)
        clock.jump(seconds=100)
        assert ask(service, "DescribeSpeakerEnrollmentJob", **about)["Job"]["JobStatus"] == "IN_PROGRESS"
    clock.jump(hours=-1)
    with LocalVoiceID(tmp_path / "v.db", **options) as service:
        described = ask(service, "DescribeSpeakerEnrollmentJob", **about)["Job"]
        assert described["JobProgress"]["PercentComplete"] == 0
