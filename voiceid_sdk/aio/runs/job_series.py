# Made from voiceid_sdk/runs/job_series.py by tools/make_async.py: change that file, then run the tool.
"""The jobs of a batch: one or several, one after the other, resumed where they were interrupted.

A batch is divided into parts: each is a manifest that one job processes. Names of jobs and client tokens are
made from a digest of all arguments of the batch, so the same arguments make the same names, and a batch that
is begun again finds the jobs that it has started before.
"""

import contextlib
from collections.abc import AsyncIterable, Callable, Generator, Mapping
from typing import Generic

import attrs

from voiceid_sdk._arguments import created_id
from voiceid_sdk.aio._connection import AsyncConnection
from voiceid_sdk.batch.s3_objects import digest_of
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import ServiceQuotaExceededError
from voiceid_sdk.models import (
    EnrollmentJobInfo,
    JobProgress,
    RegistrationJobInfo,
)
from voiceid_sdk.progress import ProgressOption, track_job
from voiceid_sdk.runs.checkpoint import Checkpoint, SavedJob
from voiceid_sdk.runs.job_series import InfoT, JobOperations, JobPart, JobSummary


@attrs.define(kw_only=True, eq=False)
class AsyncJobSeries(Generic[InfoT]):
    """The jobs of a batch: starts them one after the other, and describes all of them as one."""

    connection: AsyncConnection = attrs.field(repr=False)
    operations: JobOperations[InfoT]
    settings: Mapping[str, object] = attrs.field(repr=False)
    """The members of the start request that all jobs share."""
    parts: tuple[JobPart, ...] = attrs.field(repr=False)
    checkpoint: Checkpoint = attrs.field(repr=False)
    progress: ProgressOption

    # Attempts that failed as a whole.
    _failed: set[str] = attrs.field(init=False, factory=set[str])

    @property
    def size(self) -> int:
        """The number of requests in all parts."""
        return sum(part.size for part in self.parts)

    @property
    def job_ids(self) -> tuple[str, ...]:
        """The ids of the jobs that were started, in the order of the parts."""
        return tuple(job.job_id for job in self.checkpoint.jobs if job.job_id is not None)

    @contextlib.contextmanager
    def track(
        self, progress: ProgressOption | None, on_progress: Callable[[InfoT], object] | None
    ) -> Generator[Callable[[InfoT], object]]:
        """Show how many requests are done; the block gets a function to call with each description."""
        with track_job(
            self.progress if progress is None else progress,
            on_progress,
            what=self.operations.activity,
            unit="request",
            total=self.size,
            clock=self.connection.clock,
        ) as update:
            yield update

    async def recover(self) -> None:
        """List the domain's jobs, and record those of this batch; their ids may have been lost in a crash."""
        if self.checkpoint.succeeded:
            return
        numbers = {part.job_name: number for number, part in enumerate(self.parts)}
        domain = {"DomainId": self.settings["DomainId"]}
        summaries: AsyncIterable[JobSummary] = self.connection.pager(self.operations.list, domain, None)
        async for listed in summaries:
            if listed.job_name not in numbers or listed.job_id is None:
                continue
            number = numbers[listed.job_name]
            job = SavedJob(job_id=listed.job_id, status=listed.job_status)
            saved = self.checkpoint.jobs[number]
            if job.has_to_start:
                self._failed.add(listed.job_id)
            # A part may have several jobs: some that failed, and then one that did not, which counts.
            if saved.job_id in (None, job.job_id) or not job.has_to_start:
                self.checkpoint.record(number, job)

    async def ensure_started(self) -> str | None:
        """Return the id of the current job, started if necessary, or None while another job prevents that."""
        number = self._current()
        if self.checkpoint.jobs[number].has_to_start:
            await self._start(number)
        job = self.checkpoint.jobs[number]
        return None if job.has_to_start else job.job_id

    async def advance(self) -> InfoT:
        """Start the next job if the one before it has succeeded, and describe the batch."""
        number = self._current()
        if self.checkpoint.jobs[number].job_id is None:
            await self._start(number)
        return await self.describe()

    async def describe(self) -> InfoT:
        """Return the current job as it is now, with the status and the progress of the whole batch."""
        number = self._current()
        # The current job may not have been started yet; then the one before it is described.
        if self.checkpoint.jobs[number].job_id is None:
            number -= 1
        job_id = self.checkpoint.jobs[number].job_id
        domain_id = self.settings["DomainId"]
        info = await self.connection.call(self.operations.describe, {"DomainId": domain_id, "JobId": job_id})
        self.checkpoint.record(number, SavedJob(job_id=job_id, status=info.job_status))
        return self._whole(number, info)

    def _current(self) -> int:
        """Return the number of the first part that has not succeeded, or of the last part."""
        unfinished = (number for number, job in enumerate(self.checkpoint.jobs) if not job.succeeded)
        return next(unfinished, len(self.parts) - 1)

    async def _start(self, number: int) -> None:
        """Start the job of a part, if the domain has no other active job."""
        part = self.parts[number]
        # Each attempt after a failure has a token of its own, which stays the same when it is interrupted.
        failed: list[str] = sorted({*self._failed, self.checkpoint.jobs[number].job_id or ""})
        token = digest_of("\n".join([self.checkpoint.digest, part.job_name, *failed]).encode())
        try:
            info = await self.connection.call(self.operations.start, part.request(self.settings, token))
        except ServiceQuotaExceededError:
            # The active job may be this one, if the response to its start was lost.
            await self.recover()
            return
        job_id = created_id(info, self.operations.start.name, "job_id")
        self.checkpoint.record(number, SavedJob(job_id=job_id, status=info.job_status))

    def _whole(self, number: int, info: InfoT) -> InfoT:
        """Return the description of a part's job with the status and the progress of the whole batch."""
        if len(self.parts) == 1:
            return info
        job = self.checkpoint.jobs[number]
        done = sum(part.size for part in self.parts[:number])
        percent = 100 if job.succeeded else _percent(info)
        progress = JobProgress(percent_complete=(100 * done + percent * self.parts[number].size) // self.size)
        if self.checkpoint.succeeded:
            with_errors = any(job.status == JobStatus.COMPLETED_WITH_ERRORS for job in self.checkpoint.jobs)
            status = JobStatus.COMPLETED_WITH_ERRORS if with_errors else JobStatus.COMPLETED
            return attrs.evolve(info, job_status=status, job_progress=progress)
        if job.has_to_start or (not number and info.job_status == JobStatus.SUBMITTED):
            return attrs.evolve(info, job_progress=progress)
        return attrs.evolve(info, job_status=JobStatus.IN_PROGRESS, job_progress=progress, ended_at=None)


def _percent(info: EnrollmentJobInfo | RegistrationJobInfo) -> int:
    percent = None if info.job_progress is None else info.job_progress.percent_complete
    return percent or 0
