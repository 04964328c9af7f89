"""Checkpoints: which jobs a batch has started and how they ended, kept in a file; no caller's data."""

import json
import os
from pathlib import Path
from typing import Final

import attrs

from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._files import check_is_path, write_whole
from voiceid_sdk._wait_conditions import SUCCEEDED_JOB_STATUSES
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.models import Structure

_VERSION: Final = 1
_NO_CHECKPOINT: Final = "must be the checkpoint of a batch, or a path where there is no file yet"


@attrs.frozen(kw_only=True)
class SavedJob(Structure):
    """The job of one part of a batch, as the service described it last."""

    job_id: str | None = None
    """None before the job is started."""
    status: JobStatus | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the job has ended with results."""
        return self.status in SUCCEEDED_JOB_STATUSES

    @property
    def has_to_start(self) -> bool:
        """Whether the job was never started, or failed as a whole."""
        return self.job_id is None or self.status == JobStatus.FAILED


@attrs.frozen(kw_only=True)
class _Content(Structure):
    """The content of the file."""

    version: int = _VERSION
    run: str
    jobs: tuple[SavedJob, ...]


@attrs.define
class Checkpoint:
    """The jobs of a batch, one for each part; with a path, they are written to the file at each change."""

    digest: str
    """The digest of all arguments of the batch."""
    jobs: list[SavedJob]
    _path: Path | None

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None, digest: str, parts: int) -> "Checkpoint":
        """Return the checkpoint in a file, or a new one without any job.

        Args:
            path: the file, written when it does not exist yet; None keeps the checkpoint in memory alone.
            digest: the digest of all arguments of the batch.
            parts: the number of jobs.

        Raises:
            RequestValidationError: the file is no checkpoint, cannot be read or written, or belongs to a
                batch with other arguments that has not ended.
        """
        if path is not None:
            check_is_path(path, "checkpoint")
        checkpoint = cls(digest, [SavedJob()] * parts, None if path is None else Path(path))
        saved = None if checkpoint._path is None else _read(checkpoint._path)
        if saved is not None and saved.run == digest:
            if len(saved.jobs) != parts:
                raise _error(_NO_CHECKPOINT)
            checkpoint.jobs = list(saved.jobs)
        elif saved is not None and not all(job.succeeded for job in saved.jobs):
            raise _error(
                "belongs to a batch with other recordings or options, which has not ended; "
                "finish that one first, with its own arguments, or choose another file"
            )
        else:
            checkpoint._save()
        return checkpoint

    @property
    def succeeded(self) -> bool:
        """Whether all jobs have ended with results."""
        return all(job.succeeded for job in self.jobs)

    def record(self, part: int, job: SavedJob) -> None:
        """Set the job of a part."""
        if self.jobs[part] != job:
            self.jobs[part] = job
            self._save()

    def _save(self) -> None:
        if self._path is None:
            return
        content = _Content(run=self.digest, jobs=tuple(self.jobs)).to_dict()
        failed = False
        try:
            write_whole(self._path, json.dumps(content), private=True)
        except (OSError, ValueError):  # a name that no file can have
            failed = True
        if failed:
            raise _error("must be a file that can be written")


def _read(path: Path) -> _Content | None:
    """Return the content of a file, or None when there is no file."""
    content = None
    try:
        if not path.exists():
            return None
        content = structure(_Content, json.loads(path.read_bytes()), "dict")
    except (OSError, ValueError, RecursionError):  # ConversionError and the errors of json are ValueErrors
        pass
    if content is None or content.version != _VERSION:
        raise _error(_NO_CHECKPOINT)
    return content


def _error(rule: str) -> RequestValidationError:
    return RequestValidationError.of("batch", (Problem(parameter="checkpoint", rule=rule),))
