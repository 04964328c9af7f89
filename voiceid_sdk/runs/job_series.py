"""The jobs of a run: one or several, one after the other, that go on where they were left.

Each part of a run is a manifest and becomes a job. The names of jobs and the client tokens are made from all
that the run was asked for, so the same arguments make the same run, and whoever starts it again finds the
jobs that are there already.
"""

import contextlib
from collections.abc import Callable, Generator, Iterable
from typing import Generic, Protocol, TypeVar

import attrs

from voiceid_sdk.batch.s3_objects import digest_of
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import ResponseError, ServiceQuotaExceededError
from voiceid_sdk.models import EnrollmentJobInfo, JobProgress, RegistrationJobInfo
from voiceid_sdk.progress import ProgressOption, track_progress
from voiceid_sdk.runs.checkpoint import PartJob, RunState
from voiceid_sdk.waiting import Clock

_Info = TypeVar("_Info", EnrollmentJobInfo, RegistrationJobInfo)


class Listed(Protocol):
    """A job as the list of jobs shows it."""

    @property
    def job_id(self) -> str | None:
        """The job's id."""
        ...

    @property
    def job_name(self) -> str | None:
        """The name that the job was given."""
        ...

    @property
    def job_status(self) -> JobStatus | None:
        """The state of the job."""
        ...


@attrs.frozen(kw_only=True)
class Part:
    """What one job of a run does."""

    job_name: str = attrs.field(repr=False)
    """The job's name, which no job of another run has."""
    manifest_uri: str = attrs.field(repr=False)
    """Where its manifest is."""
    size: int
    """How many requests its manifest has."""


@attrs.define(kw_only=True, eq=False)
class JobSeries(Generic[_Info]):
    """The jobs of a run, and what starts, describes and lists jobs."""

    parts: tuple[Part, ...] = attrs.field(repr=False)
    state: RunState = attrs.field(repr=False)
    start: Callable[[Part, str], _Info]
    """Starts the job of a part, or returns the one that was started with the same client token."""
    describe: Callable[[str], _Info]
    """Describes the job with an id."""
    listed: Callable[[], Iterable[Listed]]
    """Lists the jobs of the domain."""

    what: str
    """What is being done, for the one who watches: "enrolling speakers"."""
    progress: ProgressOption
    clock: Clock | None

    _failed: set[str] = attrs.field(init=False, factory=set[str])

    @property
    def size(self) -> int:
        """How many requests all parts have."""
        return sum(part.size for part in self.parts)

    @contextlib.contextmanager
    def shown(self, on_progress: Callable[[_Info], object] | None) -> Generator[Callable[[_Info], object]]:
        """Show how many requests are done, and give what is to be told of each look."""
        with track_progress(
            self.progress, what=self.what, unit="request", total=self.size, clock=self.clock
        ) as meter:

            def seen(info: _Info) -> None:
                meter.advance(self.size * _percent(info) // 100 - meter.progress.done)
                if on_progress is not None:
                    on_progress(info)

            yield seen

    @property
    def job_ids(self) -> tuple[str, ...]:
        """The ids of the jobs that were started, in the order of the parts."""
        return tuple(job.job_id for job in self.state.jobs if job.job_id is not None)

    def find(self) -> None:
        """Look for the jobs that were started before, also for one that nobody had time to note down."""
        if self.state.succeeded:
            return
        numbers = {part.job_name: number for number, part in enumerate(self.parts)}
        for listed in self.listed():
            if listed.job_name not in numbers or listed.job_id is None:
                continue
            number = numbers[listed.job_name]
            found, known = PartJob(job_id=listed.job_id, status=listed.job_status), self.state.jobs[number]
            if found.has_to_start:
                self._failed.add(listed.job_id)
            # A part may have failed and been started again: then what did not fail is what counts.
            if known.job_id in (None, found.job_id) or not found.has_to_start:
                self.state.record(number, found)

    def begin(self) -> str | None:
        """Return the id of the job at work, started if it has to be, or None while it cannot be."""
        number = self._current()
        if self.state.jobs[number].has_to_start:
            self._start(number)
        job = self.state.jobs[number]
        return None if job.has_to_start else job.job_id

    def go_on(self) -> _Info:
        """Start the next job if it is time to, and return the run as it is then."""
        number = self._current()
        if self.state.jobs[number].job_id is None:
            self._start(number)
        return self.look()

    def look(self) -> _Info:
        """Return the job at work as it is now, with the status and the progress of the whole run."""
        # The next job may not have been started yet.
        jobs = enumerate(self.state.jobs[: self._current() + 1])
        number, job_id = [(number, job.job_id) for number, job in jobs if job.job_id is not None][-1]
        info = self.describe(job_id)
        self.state.record(number, PartJob(job_id=job_id, status=info.job_status))
        return self._whole(number, info)

    def _current(self) -> int:
        """Return the first part that has not succeeded, or the last one."""
        waiting = (number for number, job in enumerate(self.state.jobs) if not job.succeeded)
        return next(waiting, len(self.parts) - 1)

    def _start(self, number: int) -> None:
        """Start a part's job, if the domain has no other that is active."""
        part = self.parts[number]
        # Each attempt after a failure has a token of its own, the same however often it is interrupted.
        failed: list[str] = sorted({*self._failed, self.state.jobs[number].job_id or ""})
        facts = "\n".join([self.state.run, part.job_name, *failed])
        token = digest_of(facts.encode())
        try:
            info = self.start(part, token)
        except ServiceQuotaExceededError:
            # The active one may be this one, if the answer to its start was lost.
            self.find()
            return
        if info.job_id is None:
            raise ResponseError("The job was started, but its answer has no job_id", client_token=token)
        self.state.record(number, PartJob(job_id=info.job_id, status=info.job_status))

    def _whole(self, number: int, info: _Info) -> _Info:
        """Return a part's job with the status and the progress of the whole run."""
        if len(self.parts) == 1:
            return info
        sizes = [part.size for part in self.parts]
        percent = 100 if self.state.jobs[number].succeeded else _percent(info)
        whole = JobProgress(
            percent_complete=(100 * sum(sizes[:number]) + percent * sizes[number]) // sum(sizes)
        )
        if self.state.succeeded:
            statuses = {job.status for job in self.state.jobs}
            status = next(
                one for one in (JobStatus.COMPLETED_WITH_ERRORS, JobStatus.COMPLETED) if one in statuses
            )
            return attrs.evolve(info, job_status=status, job_progress=whole)
        if self.state.jobs[number].has_to_start or (not number and info.job_status == JobStatus.SUBMITTED):
            return attrs.evolve(info, job_progress=whole)
        return attrs.evolve(info, job_status=JobStatus.IN_PROGRESS, job_progress=whole, ended_at=None)


def _percent(info: EnrollmentJobInfo | RegistrationJobInfo) -> int:
    return (info.job_progress and info.job_progress.percent_complete) or 0
