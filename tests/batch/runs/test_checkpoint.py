"""The checkpoint of a batch."""

import json
import os
from pathlib import Path

import pytest

from tests.support.batch_runs import BUCKET, SOON, SPEAKERS, enroll
from tests.support.memory_s3 import MemoryS3
from voiceid_sdk import Domain, errors
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.paging import Pager


def test_the_checkpoint_is_its_owners_alone_and_names_nobody(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    enroll(domain, s3, folder, checkpoint=file).wait(SOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [name for name in (*SPEAKERS, BUCKET, "s3:", str(folder)) if name in file.read_text()] == []
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_a_checkpoint_that_cannot_be_replaced_stays_as_it_was(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError

    file = tmp_path / "checkpoint"
    run = enroll(domain, s3, folder, checkpoint=file)
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(errors.RequestValidationError, match="can be written"):
            run.wait(SOON)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("checkpoint", before)]
    assert run.wait(SOON).job_status == JobStatus.COMPLETED


def test_the_checkpoint_of_a_batch_that_has_not_ended_is_kept_from_another(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    run = enroll(domain, s3, folder, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(errors.RequestValidationError, match="other recordings or options"):
        enroll(domain, s3, folder, checkpoint=file, risk_threshold=7)
    assert file.read_bytes() == before
    run.wait(SOON)
    assert enroll(domain, s3, folder, checkpoint=file, risk_threshold=7) != run


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"version": 2, "run": "a", "jobs": []}', b'{"version": 1}']
)
def test_what_is_no_checkpoint_is_refused_and_left_alone(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "checkpoint"
    file.write_bytes(content)
    with pytest.raises(errors.RequestValidationError, match="checkpoint must be the checkpoint"):
        enroll(domain, s3, folder, checkpoint=file)
    assert file.read_bytes() == content


def test_a_checkpoint_with_another_number_of_jobs_is_refused(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    enroll(domain, s3, folder, checkpoint=file).wait(SOON)
    content = json.loads(file.read_text())
    counts: list[list[object]] = [[], content["jobs"] * 9]
    for jobs in counts:
        file.write_text(json.dumps({**content, "jobs": jobs}))
        with pytest.raises(errors.RequestValidationError, match="checkpoint must be the checkpoint"):
            enroll(domain, s3, folder, checkpoint=file)


def test_a_checkpoint_serves_when_the_service_lists_nothing_any_more(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "checkpoint"
    run = enroll(domain, s3, folder, checkpoint=file)
    monkeypatch.setattr(Pager, "items", lambda *_: iter(()))
    assert enroll(domain, s3, folder, checkpoint=file) == run
