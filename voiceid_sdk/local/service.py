"""LocalVoiceID: the whole service as one object."""

import os
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, Unpack

from voiceid_sdk import _types
from voiceid_sdk._cleanup import CleaningUp
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.clients.folder_s3 import FolderS3Client, folder_s3_client
from voiceid_sdk.local.clients.sessions import ClientSessions
from voiceid_sdk.local.clock import ForwardTime, ManualClock, SystemWallClock, WallClock
from voiceid_sdk.local.core.context import Settings
from voiceid_sdk.local.core.openings import open_identifiers
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.dispatch import AcceptedRequest, Dispatcher, checked_headers
from voiceid_sdk.local.events.delivery import Events
from voiceid_sdk.local.export import exporting as domain_export
from voiceid_sdk.local.export import importing as domain_import
from voiceid_sdk.local.faults import Faults
from voiceid_sdk.local.handlers import TABLES
from voiceid_sdk.local.in_this_process import InThisProcess
from voiceid_sdk.local.metrics import RequestCounts
from voiceid_sdk.local.options import Boto3ClientOptions, ClientOptions, RequestParts, check_options
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.rate_limiter import RateLimiter
from voiceid_sdk.local.rules import consent, domains, keys, totals
from voiceid_sdk.local.rules.overview import DomainOverview, overview
from voiceid_sdk.local.rules.sessions import Screening
from voiceid_sdk.local.storage.choosing import choose_storage
from voiceid_sdk.local.storage.shared_store import SharedStore
from voiceid_sdk.local.storage.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.transactions import Transactions
from voiceid_sdk.local.voices.recognizer import LabelRecognizer, Recognizer, is_immediate
from voiceid_sdk.service_model import SERVICE_NAME

if TYPE_CHECKING:
    import boto3

ENDPOINT_URL: Final = "http://local-voice-id.invalid"
"""The endpoint of in-process clients, a name that cannot be resolved (RFC 2606)."""


class LocalVoiceID(InThisProcess):
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
        FileAccessError: ``s3_root`` is there, and is no folder that can be used.
        StoreInUseError: another process has the file open.
        StoreFormatError: the file is not one of a Local Voice ID of this version, or it is damaged.
        StoreError: the file cannot be opened. In a process that was forked from the one that made it, every
            method of a LocalVoiceID raises StoreInheritedError, a StoreError.

    Example:
        >>> with LocalVoiceID() as service, service.client() as voiceid:
        ...     print(voiceid.create_domain(name="test", kms_key_id="alias/test").info.domain_status)
        ACTIVE
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
        check_options(clock=clock, quotas=quotas, timing=timing, seed=seed, recognizer=recognizer)
        objects = choose_storage(s3_root, s3)
        self._s3_root = s3_root
        self.clock: WallClock = clock or SystemWallClock()
        """The clock that all of the service follows."""
        self.endpoint_url: Final = ENDPOINT_URL
        """The endpoint of in-process clients."""
        self.region_name: Final = region_name
        """The region of clients that name none."""
        self.account_id: Final = account_id
        """The account of clients that name none."""
        self._scope = Scope.of_arguments(account_id, region_name)
        self._in_file = path is not None
        self._faults = Faults(None if seed is None else f"{seed}/faults")
        self._counts = RequestCounts()
        is_manual = isinstance(self.clock, ManualClock)
        self._sessions = ClientSessions(self.handle, region_name, instant_retries=is_manual)
        store = Store(path, TABLES)
        identifiers = open_identifiers(store, seed)
        self._store = SharedStore(store)
        time = ForwardTime(self.clock)
        self._events = Events(self._store.transact_if_open, time.now)
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
            on_schedule=self._advance_jobs,
        )
        self._transactions = Transactions(
            self._store,
            time,
            self._settings,
            self._events.deliver,
            # A manual clock makes everything happen when a request comes, so that tests are deterministic.
            jobs_in_background=self.calls_models and not is_manual,
        )
        self._dispatcher = Dispatcher(
            transactions=self._transactions,
            clock=self.clock,
            faults=self._faults,
            limiter=RateLimiter(quotas.rates if quotas else {}),
            identifiers=identifiers,
            documented_statuses=documented_statuses,
            default_scope=self._scope,
            counts=self._counts,
            has_subscribers=lambda: self._events.has_subscribers,
        )
        self._advance_jobs()  # The file may have jobs that were interrupted.

    def __repr__(self) -> str:
        place = "in a file" if self._in_file else "in memory"
        return f"<LocalVoiceID in {self.region_name}, {'closed' if self._store.is_closed else place}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with CleaningUp(after=error):
            self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with CleaningUp(after=error):
            self.close()

    def close(self) -> None:
        """Close the file; state in memory is lost. Further calls of the service's clients fail.

        In a forked child, it does nothing.
        """
        if not self._store.is_inherited:
            self._transactions.close()
            self._events.close()
            self._store.close()

    def _advance_jobs(self) -> None:
        self._transactions.advance_jobs_in_background()

    def _session(self, account_id: str | None = None) -> "boto3.Session":
        self._store.opened()  # An error now is easier to understand than one at the client's first call.
        return self._sessions.session(account_id)

    @property
    def faults(self) -> Faults:
        """Faults on demand."""
        self._store.check_owner()
        return self._faults

    @property
    def events(self) -> Events:
        """The events for Amazon EventBridge, and their subscribers."""
        self._store.check_owner()
        return self._events

    @property
    def session(self) -> "_types.Boto3Session":
        """A boto3 session of this service's own; its ``voice-id`` clients connect to this service alone."""
        return self._session()

    def client(self, *, account_id: str | None = None, **options: Unpack[ClientOptions]) -> "_types.VoiceID":
        """Return a ``voiceid_sdk.VoiceID`` on this service; ``options`` are those of ``VoiceID``.

        ``account_id`` and ``region_name`` choose an account and a region, whose domains are its own.

        With a ``ManualClock``, its waits advance the clock instead of sleeping, or they would never end.
        """
        from voiceid_sdk.client import VoiceID  # Only this method needs the SDK.

        if isinstance(self.clock, ManualClock):
            options.setdefault("clock", self.clock)
        return VoiceID(session=self._session(account_id), endpoint_url=self.endpoint_url, **options)

    def async_client(
        self, *, account_id: str | None = None, **options: Unpack[ClientOptions]
    ) -> "_types.AsyncVoiceID":
        """Return a ``voiceid_sdk.AsyncVoiceID`` on this service; options and clock are as for ``client``."""
        from voiceid_sdk.aio.client import AsyncVoiceID  # Only this method needs the async SDK.

        if isinstance(self.clock, ManualClock):
            options.setdefault("clock", self.clock)
        return AsyncVoiceID(session=self._session(account_id), endpoint_url=self.endpoint_url, **options)

    def boto3_client(
        self, *, account_id: str | None = None, **options: Unpack[Boto3ClientOptions]
    ) -> "_types.Boto3Client":
        """Return boto3's ``voice-id`` client on this service; ``options`` are those of ``Session.client``.

        ``account_id`` and ``region_name`` choose an account and a region, whose domains are its own.
        """
        session: Any = self._session(account_id)
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

    def handle(self, headers: Mapping[str, str], body: bytes, **parts: Unpack[RequestParts]) -> Response:
        """Return the response to an HTTP request, by default a POST to ``/``; for an error as well.

        The caller delivers the response as its ``delivery`` and ``delay`` say.

        Args:
            headers: the headers of the request.
            body: the body of the request.
            parts: ``method``, ``path``, ``region_name`` and ``account_id``. By default, the region is the one
                that the request is signed for or that its host names, and the account is the access key id
                that the request is signed with, if that has 12 digits.
        """
        return self.accept(checked_headers(headers, body, parts), bytes(body), **parts).response()

    def accept(
        self, headers: Mapping[str, str], body: bytes, **parts: Unpack[RequestParts]
    ) -> AcceptedRequest:
        """Check an HTTP request as ``handle`` does, and return the object that makes its response.

        The names of headers must be in lower case. A server that must not wait first calls the object's
        ``response_at_once``.
        """
        account_id, region_name = parts.get("account_id"), parts.get("region_name")
        client = Scope.of_request(headers, self._scope, account_id=account_id, region_name=region_name)
        self._store.opened()  # A closed or inherited service raises an error, and returns no response.
        method, path = parts.get("method", "POST"), parts.get("path", "/")
        return self._dispatcher.accept(headers, body, method=method, path=path, client=client)

    def catch_up(self) -> None:
        """Run the tasks that are due, as each request does first; for services that few requests come to."""
        self._transactions.catch_up()

    @property
    def calls_models(self) -> bool:
        """Whether requests may wait for a model of the recognizer."""
        return not is_immediate(self._settings.recognizer)

    def metrics(self) -> str:
        """Return the metrics of the service in the text format of Prometheus, without ids and names.

        They count requests by operation and outcome since the start, and resources by region.
        """
        found = [*self._counts.metrics(), *self._transactions.run(totals.metrics)]
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
        return Call.start(self._transactions.run, domain_id, contact_id, screening)

    def overview(self) -> list[DomainOverview]:
        """Return the domains with their counts, newest first, without data of callers."""
        return self._transactions.run(overview)

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
        return Call.find(self._transactions.run, domain_id, session_name_or_id)

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
            FileAccessError: the file cannot be written.
        """
        exported = self._transactions.run(
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
            FileAccessError: the file cannot be read.
        """
        self._store.opened()  # A closed or inherited service raises that error first.
        scope = Scope.of_arguments(account_id or self.account_id, region_name or self.region_name)
        content = domain_import.read(source)
        return self._transactions.run(lambda context: domain_import.add(context, content, scope))

    def disable_key(self, kms_key_id: str) -> None:
        """Disable a KMS key: requests for data of its domains fail, and so do changes of key."""
        self._transactions.run(lambda context: keys.disable(context, kms_key_id))

    def enable_key(self, kms_key_id: str) -> None:
        """Enable a KMS key again."""
        self._transactions.run(lambda context: keys.enable(context, kms_key_id))

    def restore_domain(self, domain_id: str) -> None:
        """Make a suspended domain active again, as AWS Support could within 30 days of its deletion.

        Raises:
            ServiceException: the domain does not exist or is erased, or it is not suspended.
        """
        self._transactions.run(lambda context: domains.restore_domain(context, domain_id))

    def register_compliance_consent(self, account_id: str | None = None) -> None:
        """Register the consent that CreateDomain requires, as the console does it once for an account.

        Args:
            account_id: the account; by default the service's.
        """
        self._transactions.run(lambda context: consent.register(context, account_id))
