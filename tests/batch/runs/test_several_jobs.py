"""Batches of several jobs, batches that are begun again, and their progress."""

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.batch_runs import SOON, SPEAKERS, enroll
from tests.support.memory_s3 import MemoryS3
from tests.support.steps import Stepping, Steps
from tests.support.worlds import in_each_world
from voiceid_sdk import Domain, VoiceID, WaitPolicy, errors
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.models import EnrollmentJobInfo

if TYPE_CHECKING:
    from voiceid_sdk.progress import Progress


# --- Several jobs ---------------------------------------------------------------------------------------


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_more_than_a_job_takes_becomes_several_jobs_one_after_the_other(
    domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    run = enroll(domain, s3, folder)
    first = run.jobs
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert (len(first), len(run.jobs)) == (1, 2)
    assert [outcome.customer_speaker_id for outcome in run.results().enrolled] == SPEAKERS


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_a_run_of_several_jobs_is_described_as_one(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    domain.speaker("ana").opt_out()
    run = enroll(domain, s3, folder)
    seen: list[tuple[JobStatus | None, int, bool]] = []

    def note(info: EnrollmentJobInfo) -> None:
        percent = info.job_progress and info.job_progress.percent_complete
        seen.append((info.job_status, percent or 0, info.ended_at is not None))

    run.wait(SOON, on_progress=note)
    assert seen[0] == (JobStatus.SUBMITTED, 0, False)
    assert {status for status, _, _ in seen[1:-1]} == {JobStatus.IN_PROGRESS}
    assert [percent for _, percent, _ in seen] == sorted(percent for _, percent, _ in seen)
    assert (JobStatus.IN_PROGRESS, 66, False) in seen
    assert seen[-1] == (JobStatus.COMPLETED_WITH_ERRORS, 100, True)
    assert run.describe().job_status == JobStatus.COMPLETED_WITH_ERRORS


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_errors_in_any_job_are_raised_where_asked(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    domain.speaker("ana").opt_out()
    run = enroll(domain, s3, folder)
    with pytest.raises(errors.JobFailedError, match="with errors"):
        run.wait(SOON, raise_on_errors=True)
    assert len(run.jobs) == 2


@pytest.mark.usefixtures("two_a_job")
def test_results_wait_for_all_jobs(service: LocalVoiceID, domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    run.jobs[0].wait(SOON)
    with pytest.raises(errors.WaitError, match="1 of 2 jobs"):
        run.results()
    assert run.describe().job_status == JobStatus.IN_PROGRESS


@in_each_world
def test_a_job_of_somebody_else_is_waited_for(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    other = enroll(domain, s3, folder, job_name="other")
    run = enroll(domain, s3, folder)
    assert run.job_id != other.job_id
    assert other.describe().job_status == JobStatus.COMPLETED
    assert run.wait(SOON).job_status == JobStatus.COMPLETED


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_a_job_of_somebody_else_between_two_of_ours_is_waited_for(
    domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    run = enroll(domain, s3, folder)
    run.jobs[0].wait(SOON)
    other = enroll(domain, s3, folder, job_name="other")
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert len(run.jobs) == 2
    assert other.jobs[0].describe().job_status == JobStatus.COMPLETED


@in_each_world
def test_a_job_of_somebody_else_is_not_waited_for_forever(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    enroll(domain, s3, folder, job_name="other")
    with pytest.raises(errors.WaitTimeoutError, match="another enrollment job"):
        enroll(domain, s3, folder, policy=WaitPolicy(timeout=0))


def test_a_start_that_is_answered_without_an_id_is_not_taken_for_one(
    voiceid: VoiceID, domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    class Mute(Stepping):
        """Starts jobs, and does not say which."""

        def start_speaker_enrollment_job(self, **request: Any) -> Any:
            return {
                "Job": {"JobStatus": self._client.start_speaker_enrollment_job(**request)["Job"]["JobStatus"]}
            }

    client = VoiceID(client=Mute(voiceid.boto3_client, Steps()), clock=voiceid._connection.clock)
    with pytest.raises(errors.ResponseError, match="no job_id"):
        enroll(client.domain(domain.domain_id), s3, folder)
    enroll(domain, s3, folder)
    assert len(domain.enrollment_jobs().all()) == 1


# --- Begun again ----------------------------------------------------------------------------------------


@in_each_world
def test_the_same_again_is_the_same_run(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    first = enroll(domain, s3, folder)
    again = enroll(domain, s3, folder)
    assert again == first
    again.wait(SOON)
    assert enroll(domain, s3, folder).results() == first.results()
    assert len(domain.enrollment_jobs().all()) == 1


def test_under_another_name_the_same_is_done_once_more(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    enroll(domain, s3, folder).wait(SOON)
    again = enroll(domain, s3, folder, job_name="again")
    again.wait(SOON)
    assert again.results().summary()["skipped"] == 3


@in_each_world
def test_a_job_that_failed_as_a_whole_is_started_again(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    run = enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
    for _ in range(2):
        s3.denied.add("GetObject")
        try:
            with pytest.raises(errors.JobFailedError):
                run.wait(SOON)
        finally:
            s3.denied.clear()
        before, run = run, enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
        assert run.job_id != before.job_id
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert run.results().summary()["enrolled"] == 3


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_no_job_follows_one_that_failed(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    s3.denied.add("GetObject")
    try:
        for _ in range(2):
            with pytest.raises(errors.JobFailedError):
                run.wait(SOON)
    finally:
        s3.denied.clear()
    assert len(run.jobs) == 1


def test_a_run_that_has_ended_is_not_looked_for_again(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
    run.wait(SOON)
    monkeypatch.setattr(Domain, "enrollment_jobs", None)
    s3.calls.clear()
    again = enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
    assert s3.calls == []
    assert again.results() == run.results()


# --- Shown, and given up --------------------------------------------------------------------------------


@in_each_world
def test_progress_is_shown_from_the_files_to_the_requests(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    seen: list[Progress] = []
    run = enroll(domain, s3, folder, progress=seen.append)
    run.wait(SOON)
    last = {progress.what: (progress.done, progress.total) for progress in seen}
    assert last == {
        "reading recordings": (3, 3),
        "uploading recordings": (3, 3),
        "enrolling speakers": (3, 3),
    }


@in_each_world
def test_a_wait_may_show_its_progress_in_another_way(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    begun: list[Progress] = []
    waited: list[Progress] = []
    enroll(domain, s3, folder, progress=begun.append).wait(SOON, progress=waited.append)
    assert {progress.what for progress in begun} == {"reading recordings", "uploading recordings"}
    assert {progress.what for progress in waited} == {"enrolling speakers"}


def test_without_progress_nothing_is_shown(
    domain: Domain, s3: MemoryS3, folder: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    with caplog.at_level(logging.INFO, "voiceid_sdk"):
        enroll(domain, s3, folder).wait(SOON)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_it_is_cancelled_before_a_job_is_started(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(errors.WaitCancelledError):
        enroll(domain, s3, folder, cancel=cancel)
    assert domain.enrollment_jobs().all() == []


@pytest.mark.usefixtures("two_a_job")
def test_cancelled_while_waiting_no_job_follows(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run, cancel = enroll(domain, s3, folder), threading.Event()
    with pytest.raises(errors.WaitCancelledError):
        run.wait(SOON, cancel=cancel, on_progress=lambda _: cancel.set())
    assert len(run.jobs) == 1
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
