"""What a run has done so far, and the file that keeps it: digests, job ids and statuses, no caller's data."""

import contextlib
import json
import os
from pathlib import Path
from typing import Final

import attrs

from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._files import write_whole
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.models import Structure

SUCCEEDED: Final = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ERRORS})
"""How a job ends that was not in vain."""

_VERSION: Final = 1


@attrs.frozen(kw_only=True)
class PartJob(Structure):
    """The job of one part of a run, as it was last seen."""

    job_id: str | None = None
    """None before it is started."""
    status: JobStatus | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it has ended, and not as FAILED."""
        return self.status in SUCCEEDED

    @property
    def has_to_start(self) -> bool:
        """Whether it was never started, or failed as a whole."""
        return self.job_id is None or self.status == JobStatus.FAILED


@attrs.frozen(kw_only=True)
class _Content(Structure):
    """What is in the file."""

    version: int = _VERSION
    run: str
    jobs: tuple[PartJob, ...]


@attrs.define
class RunState:
    """The jobs of a run, one for each part; in a file, if there is one, after every change."""

    run: str
    """The digest of all that the run was asked for."""
    jobs: list[PartJob]
    _path: Path | None

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None, run: str, parts: int) -> "RunState":
        """Return the state of a run: what the file says of it, or else that nothing was done.

        Args:
            path: the file, written when it is not there; None keeps the state in memory alone.
            run: the digest of all that the run is asked for.
            parts: how many jobs it takes.

        Raises:
            RequestValidationError: the file is something else, cannot be used, or belongs to a run that was
                asked for something else and has not ended.
        """
        state = cls(run, [PartJob()] * parts, None if path is None else Path(path))
        kept = None if state._path is None else _read(state._path)
        if kept is not None and kept.run == run:
            state.jobs = list(kept.jobs)
        elif kept is not None and not all(job.succeeded for job in kept.jobs):
            raise _refused(
                "belongs to a run with other recordings or options, which has not ended; "
                "end that one first, with the arguments that it had, or give this one a file of its own"
            )
        else:
            state._save()
        return state

    @property
    def succeeded(self) -> bool:
        """Whether all jobs have ended, and none as FAILED."""
        return all(job.succeeded for job in self.jobs)

    def record(self, part: int, job: PartJob) -> None:
        """Keep what is now known of a part's job."""
        if self.jobs[part] != job:
            self.jobs[part] = job
            self._save()

    def _save(self) -> None:
        if self._path is None:
            return
        content = _Content(run=self.run, jobs=tuple(self.jobs)).to_dict()
        with contextlib.suppress(OSError):
            write_whole(self._path, json.dumps(content), private=True)
            return
        raise _refused("must be a file that can be written")


def _read(path: Path) -> _Content | None:
    """Return what is in the file, or None when there is none."""
    # ConversionError is a ValueError, too, and so is what json raises.
    with contextlib.suppress(OSError, ValueError):
        if not path.exists():
            return None
        content = structure(_Content, json.loads(path.read_bytes()), "dict")
        if content.version == _VERSION:
            return content
    raise _refused("must be the state file of a run, or a path where there is no file yet")


def _refused(rule: str) -> RequestValidationError:
    return RequestValidationError.of("run", (Problem(parameter="state", rule=rule),))
