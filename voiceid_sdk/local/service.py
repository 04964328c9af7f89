"""LocalVoiceID: the whole service as one object."""

import functools
import math
import os
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack

from voiceid_sdk import _types
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.clients.folder_s3 import FolderS3Client, folder_s3_client
from voiceid_sdk.local.clock import ManualClock, SystemWallClock, WallClock, epoch_seconds
from voiceid_sdk.local.core import pagination
from voiceid_sdk.local.core.background import BackgroundThread
from voiceid_sdk.local.core.context import OnError, RequestContext, Settings
from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.core.model_calls import ModelCallNeeded, ModelPool, ModelResults
from voiceid_sdk.local.core.scope import Scope, is_account_id
from voiceid_sdk.local.core.tasks import SCHEDULED_TASKS, ScheduledTask, next_task
from voiceid_sdk.local.dispatch import Dispatcher
from voiceid_sdk.local.events.delivery import Events
from voiceid_sdk.local.export import exporting as domain_export
from voiceid_sdk.local.export import importing as domain_import
from voiceid_sdk.local.faults import Faults
from voiceid_sdk.local.handlers import TABLES, TASKS
from voiceid_sdk.local.locks import Lock
from voiceid_sdk.local.metrics import RequestCounts
from voiceid_sdk.local.options import Boto3ClientOptions, ClientOptions
from voiceid_sdk.local.protocol.aws_json import Response, log_unexpected
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.rate_limiter import RateLimiter
from voiceid_sdk.local.rules import consent, domains, jobs, keys, totals
from voiceid_sdk.local.rules.overview import DomainOverview, overview
from voiceid_sdk.local.rules.sessions import Screening
from voiceid_sdk.local.storage.object_storage import object_storage
from voiceid_sdk.local.storage.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import LabelRecognizer, Recognizer, is_immediate
from voiceid_sdk.service_model import SERVICE_NAME

if TYPE_CHECKING:
    import boto3

ResultT = TypeVar("ResultT")

ENDPOINT_URL: Final = "http://local-voice-id.invalid"
"""The endpoint of in-process clients, a name that cannot be resolved (RFC 2606)."""

_OPENINGS: Final = "openings"


class LocalVoiceID:
    """Amazon Connect Voice ID inside this process.

    A context manager, with ``with`` or ``async with``, that closes the service on exit. May be used by
    many threads at a time.

    Args:
        path: the file of the state, created if missing; None keeps the state in memory.
        s3_root: a folder in place of S3, in which ``s3://bucket/key`` is the file ``bucket/key``.
        s3: a boto3 S3 client in place of ``s3_root``, for AWS or for another emulator.
        clock: the clock, by default the system's; a ``ManualClock`` stands still until it is moved.
        quotas: ``Quotas()`` for the published quotas and request rates; None for no limits.
        seed: makes all ids repeatable. Each opening of a file has other ids, which are repeatable as well.
        region_name: the region of clients and requests that name none. All regions of Voice ID are served.
        account_id: the account of clients and requests that name none, 12 digits.
        timing: how long background work takes; with ``Timing.at_once()``, it takes no time.
        recognizer: compares voices; by default a ``LabelRecognizer``.
        compliance_consent: whether the account has accepted the consent that CreateDomain requires.
        cloudtrail: whether there are also events of the calls of the API, as AWS CloudTrail sends them.
        documented_statuses: whether errors have the statuses of the HTML API reference (400 for every error
            of the client) instead of those of the service's Smithy model.

    Raises:
        StoreInUseError: another process has the file open.
        StoreFormatError: the file is not one of a Local Voice ID of this version, or it is damaged.
        StoreError: the file cannot be opened. In a process that was forked from the one that made it, a
            LocalVoiceID raises StoreInheritedError, a StoreError, whatever it is used for.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        s3_root: str | os.PathLike[str] | None = None,
        s3: S3Client | None = None,
        clock: WallClock | None = None,
        quotas: Quotas | None = None,
        seed: int | str | None = None,
        region_name: str = "us-east-1",
        account_id: str = "123456789012",
        timing: Timing | None = None,
        recognizer: Recognizer | None = None,
        compliance_consent: bool = True,
        cloudtrail: bool = False,
        documented_statuses: bool = False,
    ) -> None:
        objects = object_storage(s3_root, s3)
        self._s3_root = s3_root
        self.clock: WallClock = clock or SystemWallClock()
        """The clock that all of the service follows."""
        self._latest = -math.inf
        self._faults = Faults(None if seed is None else f"{seed}/faults")
        self._events = Events(self._on_store, self._now)
        self.endpoint_url: Final = ENDPOINT_URL
        """The endpoint of in-process clients."""
        self.region_name: Final = region_name
        """The region of clients that name none."""
        self.account_id: Final = account_id
        """The account of clients that name none."""
        self._scope = Scope(account_id, region_name)
        self._in_file = path is not None
        self._lock = Lock()
        self._sessions: dict[str, boto3.Session] = {}
        self._store: Store | None = Store(path, TABLES)
        identifiers = _open_identifiers(self._store, seed)
        self._settings = Settings(
            scope=self._scope,
            identifiers=identifiers,
            quotas=quotas,
            timing=timing or Timing(),
            recognizer=recognizer or LabelRecognizer(),
            objects=objects,
            outbox=self._events,
            compliance_consent=compliance_consent,
            cloudtrail=cloudtrail,
            on_schedule=lambda: self._jobs.wake() if self._jobs is not None else None,
        )
        self._models = ModelPool()
        self._counts = RequestCounts()
        # A manual clock makes everything happen when a request comes, so that tests are deterministic.
        in_background = not is_immediate(self._settings.recognizer) and not isinstance(clock, ManualClock)
        self._jobs = BackgroundThread("local-voice-id-jobs", self._advance_jobs) if in_background else None
        self._dispatcher = Dispatcher(
            transact=self._transact,
            clock=self.clock,
            faults=self._faults,
            limiter=RateLimiter(quotas.rates if quotas else {}),
            identifiers=identifiers,
            documented_statuses=documented_statuses,
            default_scope=self._scope,
            counts=self._counts,
        )
        if self._jobs is not None:
            self._jobs.wake()  # There may be jobs in the file that were interrupted.

    def __repr__(self) -> str:
        place = "in a file" if self._in_file else "in memory"
        return f"<LocalVoiceID in {self.region_name}, {'closed' if self._store is None else place}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; state in memory is lost. Further calls of the service's clients fail.

        In a forked child, it does nothing.
        """
        if self._jobs is not None:
            self._jobs.stop()
        if self._store is None or not self._store.is_inherited:
            self._models.close()
            self._forget_what_is_due()
            self._events.close()
            self._lock.run(self._close)

    def _forget_what_is_due(self) -> None:
        """Run the due tasks, which delete data, but no jobs. An error leaves them for the next opening."""
        try:
            self._lock.run(self._catch_up_without_jobs)
        except Exception as error:  # noqa: BLE001 - the service is closed nevertheless
            log_unexpected(error)

    def _catch_up_without_jobs(self) -> None:
        if self._store is not None:
            now = self._now()
            while task := next_task(self._store, now, without=jobs.ADVANCE):
                self._run(self._store, task, now, ModelResults())

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    @property
    def faults(self) -> Faults:
        """Faults on demand."""
        self._check_owner()
        return self._faults

    @property
    def events(self) -> Events:
        """The events for Amazon EventBridge, and their subscribers."""
        self._check_owner()
        return self._events

    @property
    def session(self) -> "_types.Boto3Session":
        """A boto3 session of this service's own; its ``voice-id`` clients connect to this service alone."""
        return self._own_session()

    def client(self, *, account_id: str | None = None, **options: Unpack[ClientOptions]) -> "_types.VoiceID":
        """Return a ``voiceid_sdk.VoiceID`` on this service; ``options`` are those of ``VoiceID``.

        ``account_id`` and ``region_name`` choose an account and a region, whose domains are its own.

        With a ``ManualClock``, its waits advance the clock instead of sleeping, or they would never end.
        """
        from voiceid_sdk.client import VoiceID  # Only this method needs the SDK.

        if isinstance(self.clock, ManualClock):
            options.setdefault("clock", self.clock)
        return VoiceID(session=self._own_session(account_id), endpoint_url=self.endpoint_url, **options)

    def async_client(
        self, *, account_id: str | None = None, **options: Unpack[ClientOptions]
    ) -> "_types.AsyncVoiceID":
        """Return a ``voiceid_sdk.AsyncVoiceID`` on this service; ``options`` are AsyncVoiceID's own.

        ``account_id`` and ``region_name`` choose an account and a region, whose domains are its own.

        With a ``ManualClock``, its waits move the clock instead of sleeping: else they would never end.
        """
        from voiceid_sdk.aio.client import AsyncVoiceID  # Only this method needs the async SDK.

        if isinstance(self.clock, ManualClock):
            options.setdefault("clock", self.clock)
        return AsyncVoiceID(session=self._own_session(account_id), endpoint_url=self.endpoint_url, **options)

    def boto3_client(
        self, *, account_id: str | None = None, **options: Unpack[Boto3ClientOptions]
    ) -> "_types.Boto3Client":
        """Return boto3's ``voice-id`` client on this service; ``options`` are those of ``Session.client``.

        ``account_id`` and ``region_name`` choose an account and a region, whose domains are its own.
        """
        session: Any = self._own_session(account_id)
        client: _types.Boto3Client = session.client(SERVICE_NAME, endpoint_url=self.endpoint_url, **options)
        return client

    def s3_client(self) -> FolderS3Client:
        """Return a boto3 S3 client for the folder ``s3_root``: see ``folder_s3_client``.

        Raises:
            ValueError: the service has no ``s3_root``.
        """
        if self._s3_root is None:
            raise ValueError("this LocalVoiceID has no s3_root; make it with one")
        return folder_s3_client(self._s3_root)

    def handle(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: str = "POST",
        path: str = "/",
        account_id: str | None = None,
        region_name: str | None = None,
    ) -> Response:
        """Return the response to an HTTP request; clients in process and the HTTP server both call this.

        The caller delivers the response as its ``delivery`` and ``delay`` say. Without ``region_name``, the
        region is the one that the request is signed for or that its host names. Without ``account_id``, the
        account is the access key id that the request is signed with, if that has 12 digits.
        """
        client = Scope.of_request(headers, self._scope, account_id=account_id, region_name=region_name)
        self._opened()  # A closed or inherited service raises an error, and returns no response.
        return self._dispatcher.dispatch(headers, body, method=method, path=path, client=client)

    def catch_up(self) -> None:
        """Run the tasks that are due, as each request does first; for services that few requests come to."""
        self._transact(lambda _: None)

    def is_idle(self) -> bool:
        """Return whether the service is idle: no request is being processed, and no task is due."""
        return self._lock.run_if_free(self._has_nothing_due) or False

    def _has_nothing_due(self) -> bool:
        return self._next_task(self._opened(), self._now()) is None

    @property
    def calls_models(self) -> bool:
        """Whether requests may wait for a model of the recognizer."""
        return not is_immediate(self._settings.recognizer)

    def metrics(self) -> str:
        """Return the metrics of the service in the text format of Prometheus, without ids and names.

        They count requests by operation and outcome since the start, and resources by region.
        """
        found = [*self._counts.metrics(), *self._transact(totals.metrics)]
        return "".join(f"{metric.text()}\n" for metric in found)

    def start_call(
        self,
        domain_id: str,
        contact_id: str,
        speaker_id: str | None = None,
        *,
        acceptance_threshold: int = 90,
        risk_threshold: int = 50,
        watchlist_id: str | None = None,
        authentication: bool = True,
        fraud_detection: bool = True,
        authentication_seconds: float = 10.0,
    ) -> Call:
        """Start to stream a call, as the flow block "Set Voice ID" of Amazon Connect does.

        Args:
            domain_id: the domain that screens the call.
            contact_id: the session's name; if there is a session with this name, the call continues it.
            speaker_id: the claimed speaker (CustomerId), who is added as ``PENDING`` if unknown.
            acceptance_threshold: the lowest authentication score that is accepted, 0 to 100.
            risk_threshold: the lowest risk score that counts as high risk, 0 to 100.
            watchlist_id: the watchlist to compare with; by default the domain's default watchlist.
            authentication: whether the caller is authenticated.
            fraud_detection: whether the caller is screened.
            authentication_seconds: seconds of net speech that authentication needs, 5 to 10.

        Raises:
            ServiceException: the call cannot start, for example because of ``ANOTHER_ACTIVE_STREAM``.
        """
        screening = Screening(
            speaker_id=speaker_id,
            acceptance_threshold=acceptance_threshold,
            risk_threshold=risk_threshold,
            watchlist_id=watchlist_id,
            authentication=authentication,
            fraud_detection=fraud_detection,
            authentication_seconds=authentication_seconds,
        )
        return Call.start(self._transact, domain_id, contact_id, screening)

    def overview(self) -> list[DomainOverview]:
        """Return the domains with their counts, newest first, without data of callers."""
        return self._transact(overview)

    def enroll_speaker(
        self, domain_id: str, speaker_id: str, *, voice: str | None = None, seconds: float = 35.0
    ) -> None:
        """Enroll a speaker by a call of the speaker's own, which has ended afterwards.

        It is for tests that begin with an enrolled caller.

        Args:
            domain_id: the domain.
            speaker_id: the speaker, as ``customer_speaker_id``.
            voice: the label of the voice, as for ``Call.speak``; the speaker id when None.
            seconds: how long the speaker speaks; 30 seconds of speech are enough.

        Raises:
            ServiceException: the speaker cannot be enrolled, for example because the speaker opted out.
        """
        call = self.start_call(domain_id, f"enrollment-{uuid.uuid4().hex[:24]}", speaker_id)
        call.enroll()
        call.speak(speaker_id if voice is None else voice, seconds=seconds)
        call.end()

    def call(self, domain_id: str, session_name_or_id: str) -> Call:
        """Return a started call by its contact id or session id; raises ServiceException if there is none."""
        return Call.find(self._transact, domain_id, session_name_or_id)

    def export_domain(
        self,
        domain_id: str,
        path: str | os.PathLike[str] | None = None,
        *,
        include_voiceprints: bool = False,
    ) -> Document:
        """Return a domain as one JSON object: its tags, watchlists, speakers and fraudsters, with all ids.

        Sessions and jobs are not exported. ``import_domain`` reads the object.

        Args:
            domain_id: the domain.
            path: a file to write the object to as well, which only its owner may read.
            include_voiceprints: whether voiceprints are exported.

        Raises:
            ServiceException: the domain does not exist, or its key cannot be used.
            OSError: the file cannot be written.
        """
        exported = self._transact(
            lambda context: domain_export.export(context, domain_id, include_voiceprints=include_voiceprints)
        )
        if path is not None:
            domain_export.write(exported, path)
        return exported

    def import_domain(
        self,
        source: str | os.PathLike[str] | Mapping[str, object],
        *,
        account_id: str | None = None,
        region_name: str | None = None,
    ) -> str:
        """Add a domain that was exported, or listed from AWS, and return its id.

        Ids, statuses and times are kept. A speaker without a voiceprint must enroll again before
        authentication, and a fraudster without one is not recognized. Quotas do not apply.

        Args:
            source: a file, or the object that ``export_domain`` returned. Only ``domain`` is required. Its
                members may be those that ``to_dict`` of the SDK's data classes returns.
            account_id: the account to which the domain is added; by default the service's.
            region_name: the region to which the domain is added; by default the service's.

        Raises:
            DomainFileError: the source is not an exported domain, or the service has a domain with its id.
                The text names places and rules, never values.
            OSError: the file cannot be read.
        """
        self._opened()  # A closed or inherited service raises that error first.
        content = domain_import.read(source)
        scope = Scope(account_id or self._scope.account_id, region_name or self.region_name)
        return self._transact(lambda context: domain_import.add(context, content, scope))

    def disable_key(self, kms_key_id: str) -> None:
        """Disable a KMS key: requests for data of its domains fail, and so do changes of key."""
        self._transact(lambda context: keys.disable(context, kms_key_id))

    def enable_key(self, kms_key_id: str) -> None:
        """Enable a KMS key again."""
        self._transact(lambda context: keys.enable(context, kms_key_id))

    def restore_domain(self, domain_id: str) -> None:
        """Make a suspended domain active again, as AWS Support could within 30 days of its deletion.

        Raises:
            ServiceException: the domain does not exist or is erased, or it is not suspended.
        """
        self._transact(lambda context: domains.restore_domain(context, domain_id))

    def register_compliance_consent(self, account_id: str | None = None) -> None:
        """Register the consent that CreateDomain requires, as the console does it once for an account.

        Args:
            account_id: the account; by default the service's.
        """
        self._transact(lambda context: consent.register(context, account_id))

    def _own_session(self, account_id: str | None = None) -> "boto3.Session":
        from voiceid_sdk.local.clients.botocore_hook import make_session  # imports boto3, which takes long

        self._check_owner()
        if account_id is not None and not is_account_id(account_id):
            raise ValueError("account_id must be the 12 digits of an AWS account")

        def session() -> "boto3.Session":
            # handle() takes the account from the access key id.
            access_key_id = "local" if account_id is None else account_id
            if access_key_id not in self._sessions:
                self._sessions[access_key_id] = make_session(
                    self.handle,
                    self.region_name,
                    access_key_id,
                    instant_retries=isinstance(self.clock, ManualClock),
                )
            return self._sessions[access_key_id]

        return self._lock.run(session)

    def _transact(
        self,
        work: Callable[[RequestContext], ResultT],
        *,
        on_error: OnError | None = None,
        client: Scope | None = None,
    ) -> ResultT:
        """Catch up with the clock, then do the work in a transaction of its own.

        Where either needs a model, that runs without the lock, and both are attempted again.
        """
        self._check_owner()
        results = ModelResults()
        attempt = functools.partial(self._attempt, work, on_error, client, results)
        try:
            while True:
                try:
                    return self._lock.run(attempt)
                except ModelCallNeeded as needed:
                    self._models.make(results, needed)
        finally:
            # Not while the lock is held, because a subscriber may call the service.
            self._events.deliver()

    def _attempt(
        self,
        work: Callable[[RequestContext], ResultT],
        on_error: OnError | None,
        client: Scope | None,
        results: ModelResults,
    ) -> ResultT:
        store = self._opened()
        now = self._now()
        self._catch_up(store, now, results)
        context = RequestContext(store, self._settings, now, now, results, client)
        try:
            with store.transaction():
                return work(context)
        except ServiceException as error:
            if on_error is not None:
                with store.transaction():
                    on_error(context, error)
            raise

    def _on_store(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        def run() -> ResultT | None:
            if self._store is None:
                return None
            with self._store.transaction():
                return work(self._store)

        return self._lock.run(run)

    def _now(self) -> float:
        """Return the service's time in epoch seconds.

        It never goes back. A clock that was set back stands still here until it is where it was, so that no
        change is dated before the one that it follows, and nothing that was done becomes due again.
        """
        self._latest = max(self._latest, epoch_seconds(self.clock))
        return self._latest

    def _opened(self) -> Store:
        """Return the store; raises an error if it is closed, or if this is a forked child."""
        if self._store is None:
            raise RuntimeError("this LocalVoiceID is closed")
        self._store.check()
        return self._store

    def _check_owner(self) -> None:
        """Return unless this is a forked child; raises StoreInheritedError there."""
        if self._store is not None:
            self._store.check()

    def _catch_up(self, store: Store, now: float, results: ModelResults) -> None:
        while task := self._next_task(store, now):
            self._run(store, task, now, results)

    def _next_task(self, store: Store, now: float) -> ScheduledTask | None:
        return next_task(store, now, without=None if self._jobs is None else jobs.ADVANCE)

    def _run(self, store: Store, task: ScheduledTask, now: float, results: ModelResults) -> None:
        with store.transaction():
            store.remove(SCHEDULED_TASKS, sequence=task.sequence)
            TASKS[task.kind](RequestContext(store, self._settings, task.at, now, results), task)

    def _advance_jobs(self) -> float | None:
        """Advance the job that is due first, and return how many seconds it is until the next one is due."""
        results = ModelResults()
        while True:
            try:
                seconds = self._lock.run(functools.partial(self._advance_next_job, results))
            except ModelCallNeeded as needed:
                self._models.make(results, needed)
            else:
                self._events.deliver()
                return seconds

    def _advance_next_job(self, results: ModelResults) -> float | None:
        if self._store is None:
            return None
        now = self._now()
        task = next_task(self._store, now, only=jobs.ADVANCE)
        if task is not None:
            self._run(self._store, task, now, results)
        following = next_task(self._store, math.inf, only=jobs.ADVANCE)
        return None if following is None else max(0.0, following.at - now)


def _open_identifiers(store: Store, seed: int | str | None) -> Identifiers:
    """Return the generator of ids, and put the secret of page tokens into a new store.

    Each opening of a file has a seed of its own, because the same seed would generate the same ids again.
    """
    with store.transaction():
        openings = int(store.get_fact(_OPENINGS) or 0)
        store.set_fact(_OPENINGS, str(openings + 1))
        identifiers = Identifiers(None if seed is None else f"{seed}/{openings}")
        pagination.prepare(store, identifiers.secret())
    return identifiers
