"""Transactions of a service: each first catches up with the clock, and models run outside of it."""

import functools
import math
from collections.abc import Callable
from typing import TypeVar

from voiceid_sdk.local.clock import ForwardTime
from voiceid_sdk.local.core.background import BackgroundThread
from voiceid_sdk.local.core.context import OnError, RequestContext, Settings
from voiceid_sdk.local.core.model_calls import ModelCallNeeded, ModelPool, ModelResults
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.core.tasks import SCHEDULED_TASKS, ScheduledTask, next_task
from voiceid_sdk.local.handlers import TASKS
from voiceid_sdk.local.protocol.aws_json import log_unexpected
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.rules import jobs
from voiceid_sdk.local.storage.database import WriteNeeded
from voiceid_sdk.local.storage.shared_store import SharedStore
from voiceid_sdk.local.storage.store import Store

ResultT = TypeVar("ResultT")


class Transactions:
    """Runs functions and scheduled tasks in transactions.

    Args:
        store: the store of the transactions.
        time: the service's time.
        settings: the settings that rules have.
        deliver: delivers events; is called after each transaction.
        jobs_in_background: whether a thread advances jobs, instead of the next transaction.
    """

    def __init__(
        self,
        store: SharedStore,
        time: ForwardTime,
        settings: Settings,
        deliver: Callable[[], None],
        *,
        jobs_in_background: bool,
    ) -> None:
        self._store = store
        self._time = time
        self._settings = settings
        self._deliver = deliver
        self._models = ModelPool()
        self._next_due = (-1, math.inf)
        """The number of changes of the store, and when the earliest task was due at that number."""
        self._jobs = (
            BackgroundThread("local-voice-id-jobs", self._advance_jobs) if jobs_in_background else None
        )

    def run(
        self,
        work: Callable[[RequestContext], ResultT],
        *,
        on_error: OnError | None = None,
        client: Scope | None = None,
    ) -> ResultT:
        """Catch up with the clock, then do the work in a transaction of its own: see ``Transaction``.

        Where either needs a model, that runs without the store, and both are attempted again.
        """
        results = ModelResults()
        attempt = functools.partial(self._attempt, work, on_error, client, results)
        self._store.check_owner()
        try:
            while True:
                try:
                    return self._store.run(attempt)
                except ModelCallNeeded as needed:
                    self._models.make(results, needed)
        finally:
            # Not while the store is in use, because a subscriber may call the service.
            self._deliver()

    def run_at_once(
        self,
        work: Callable[[RequestContext], ResultT | None],
        *,
        on_error: OnError | None = None,
        client: Scope | None = None,
    ) -> ResultT | None:
        """Do the work as ``run`` does, or return None if it had to wait: for the store, a write or a model.

        Then nothing has changed. The work must not draw an id before it writes.
        """
        attempt = functools.partial(self._attempt_at_once, work, on_error, client)
        try:
            return self._store.run_if_free(attempt)
        except (WriteNeeded, ModelCallNeeded):
            return None

    def catch_up(self) -> None:
        """Run the tasks that are due."""
        self.run(lambda _: None)

    def advance_jobs_in_background(self) -> None:
        """Let the thread that advances jobs look for work now, if there is such a thread."""
        if self._jobs is not None:
            self._jobs.wake()

    def close(self) -> None:
        """Stop jobs and models, then run the due tasks that delete data."""
        if self._jobs is not None:
            self._jobs.stop()
        self._models.close()
        try:
            self._store.run_if_open(self._catch_up_without_jobs)
        except Exception as error:  # noqa: BLE001 - the service is closed; the tasks wait for the next opening
            log_unexpected(error)

    def _catch_up_without_jobs(self, store: Store) -> None:
        now = self._time.now()
        while task := next_task(store, now, without=jobs.ADVANCE):
            self._run_task(store, task, now, ModelResults())

    def _attempt(
        self,
        work: Callable[[RequestContext], ResultT],
        on_error: OnError | None,
        client: Scope | None,
        results: ModelResults,
        store: Store,
    ) -> ResultT:
        now = self._time.now()
        while task := self._next_task(store, now):
            self._run_task(store, task, now, results)
        context = RequestContext(store, self._settings, now, now, results, client)
        try:
            with store.transaction():
                return work(context)
        except ServiceException as error:
            if on_error is not None:
                with store.transaction():
                    on_error(context, error)
            raise

    def _attempt_at_once(
        self,
        work: Callable[[RequestContext], ResultT],
        on_error: OnError | None,
        client: Scope | None,
        store: Store,
    ) -> ResultT:
        now = self._time.now()
        if self._next_task(store, now) is not None:
            raise WriteNeeded
        store.begin_reading()
        context = RequestContext(store, self._settings, now, now, client=client)
        try:
            return work(context)
        except ServiceException as error:
            if on_error is not None:
                on_error(context, error)
            raise

    def _next_task(self, store: Store, now: float) -> ScheduledTask | None:
        """Return the earliest task that is due, if any; searches only if one is, or the store has changed."""
        changes, at = self._next_due
        if changes == store.changes and now < at:
            return None
        task = next_task(store, math.inf, without=None if self._jobs is None else jobs.ADVANCE)
        self._next_due = (store.changes, math.inf if task is None else task.at)
        return None if task is None or task.at > now else task

    def _run_task(self, store: Store, task: ScheduledTask, now: float, results: ModelResults) -> None:
        with store.transaction():
            store.remove(SCHEDULED_TASKS, sequence=task.sequence)
            TASKS[task.kind](RequestContext(store, self._settings, task.at, now, results), task)

    def _advance_jobs(self) -> float | None:
        """Advance the job that is due first, and return how many seconds it is until the next one is due."""
        results = ModelResults()
        while True:
            try:
                seconds = self._store.run_if_open(functools.partial(self._advance_next_job, results))
            except ModelCallNeeded as needed:
                self._models.make(results, needed)
            else:
                self._deliver()
                return seconds

    def _advance_next_job(self, results: ModelResults, store: Store) -> float | None:
        now = self._time.now()
        task = next_task(store, now, only=jobs.ADVANCE)
        if task is not None:
            self._run_task(store, task, now, results)
        following = next_task(store, math.inf, only=jobs.ADVANCE)
        return None if following is None else max(0.0, following.at - now)
