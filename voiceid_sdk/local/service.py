"""LocalVoiceID: the whole service as one object."""

import functools
import os
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.clients.folder_s3 import FolderS3Client, folder_s3_client
from voiceid_sdk.local.clock import ManualClock, SystemWallClock, WallClock, epoch_seconds
from voiceid_sdk.local.core import pagination
from voiceid_sdk.local.core.context import OnError, RequestContext, Settings
from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.core.tasks import SCHEDULED_TASKS, next_task
from voiceid_sdk.local.dispatch import Dispatcher
from voiceid_sdk.local.events.delivery import Events
from voiceid_sdk.local.export import exporting as domain_export
from voiceid_sdk.local.export import importing as domain_import
from voiceid_sdk.local.faults import Faults
from voiceid_sdk.local.handlers import TABLES, TASKS
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.rate_limiter import RateLimiter
from voiceid_sdk.local.rules import keys
from voiceid_sdk.local.rules.sessions import Screening
from voiceid_sdk.local.storage.object_storage import FolderStorage, NoStorage, ObjectStorage
from voiceid_sdk.local.storage.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import LabelRecognizer, Recognizer
from voiceid_sdk.service_model import SERVICE_NAME

if TYPE_CHECKING:
    import boto3
    from typing_extensions import Unpack

    from voiceid_sdk.boto3_typing import Boto3Client, Boto3Session, S3Client
    from voiceid_sdk.client import VoiceID
    from voiceid_sdk.local.options import Boto3ClientOptions, ClientOptions

ResultT = TypeVar("ResultT")

ENDPOINT_URL: Final = "http://local-voice-id.invalid"
"""Where in-process clients believe they talk to: a name that no one can ever resolve (RFC 2606)."""

_OPENINGS: Final = "openings"


class LocalVoiceID:
    """Amazon Connect Voice ID, inside this process.

    A context manager; ``close`` does the same as leaving it. May be used by many threads at a time.

    Args:
        path: a file that keeps everything, created when missing; None keeps everything in memory.
        s3_root: a folder that stands in for S3: ``s3://bucket/key`` is ``bucket/key`` in it.
        s3: a boto3 S3 client instead, for the real S3 or another emulator's.
        clock: the clock, by default the system's; a ``ManualClock`` stands still until it is moved.
        quotas: ``Quotas()`` for the published quotas and request rates; None for none.
        seed: makes all ids repeatable. A file that is opened again goes on with other ids, as repeatable.
        region_name: the region in ARNs.
        account_id: the account in ARNs, 12 digits.
        timing: how long background work takes; ``Timing.at_once()`` for no time at all.
        recognizer: tells voices apart; by their labels unless given.
        compliance_consent: whether the account has accepted the consent that CreateDomain asks for.
        documented_statuses: whether errors are sent with the statuses of the HTML API reference (400 for
            every error of the client's) instead of those of the service's Smithy model.

    Raises:
        StoreInUseError: another process has the file open.
        StoreFormatError: the file is something else.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        s3_root: str | os.PathLike[str] | None = None,
        s3: "S3Client | None" = None,
        clock: WallClock | None = None,
        quotas: Quotas | None = None,
        seed: int | str | None = None,
        region_name: str = "us-east-1",
        account_id: str = "123456789012",
        timing: Timing | None = None,
        recognizer: Recognizer | None = None,
        compliance_consent: bool = True,
        documented_statuses: bool = False,
    ) -> None:
        objects = _object_storage(s3_root, s3)
        self._s3_root = s3_root
        self.clock: WallClock = clock or SystemWallClock()
        """What tells the time."""
        self.faults: Final = Faults(None if seed is None else f"{seed}/faults")
        """What goes wrong on purpose."""
        self.events: Final = Events(self._on_store, functools.partial(epoch_seconds, self.clock))
        """What happens, as Amazon EventBridge is told of it."""
        self.endpoint_url: Final = ENDPOINT_URL
        """What in-process clients believe to be the service's address."""
        self.region_name: Final = region_name
        """The region in ARNs."""
        self._in_file = path is not None
        self._lock = threading.RLock()
        self._session: boto3.Session | None = None
        self._store: Store | None = Store(path, TABLES)
        identifiers = _open_identifiers(self._store, seed)
        self._settings = Settings(
            region_name=region_name,
            account_id=account_id,
            identifiers=identifiers,
            quotas=quotas,
            timing=timing or Timing(),
            recognizer=recognizer or LabelRecognizer(),
            objects=objects,
            outbox=self.events,
            compliance_consent=compliance_consent,
        )
        self._dispatcher = Dispatcher(
            transact=self._transact,
            clock=self.clock,
            faults=self.faults,
            limiter=RateLimiter(quotas.rates if quotas else {}),
            identifiers=identifiers,
            documented_statuses=documented_statuses,
        )

    def __repr__(self) -> str:
        kept = "closed" if self._store is None else "in a file" if self._in_file else "in memory"
        return f"<LocalVoiceID in {self.region_name}, {kept}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the file; whatever is in memory is gone. Clients of the service fail from now on."""
        self.events.close()
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    @property
    def session(self) -> "Boto3Session":
        """A private boto3 session whose ``voice-id`` clients talk to this service and to nothing else."""
        return self._own_session()

    def client(self, **options: "Unpack[ClientOptions]") -> "VoiceID":
        """Return a ``voiceid_sdk.VoiceID`` on this service; ``options`` are VoiceID's own.

        With a ``ManualClock``, its waits move the clock instead of sleeping: else they would never end.
        """
        from voiceid_sdk.client import VoiceID  # the service stands without the SDK

        if isinstance(self.clock, ManualClock):
            options.setdefault("clock", self.clock)
        return VoiceID(session=self._own_session(), endpoint_url=self.endpoint_url, **options)

    def boto3_client(self, **options: "Unpack[Boto3ClientOptions]") -> "Boto3Client":
        """Return boto3's ``voice-id`` client on this service; ``options`` are those of ``Session.client``."""
        session: Any = self._own_session()
        client: Boto3Client = session.client(SERVICE_NAME, endpoint_url=self.endpoint_url, **options)
        return client

    def s3_client(self) -> FolderS3Client:
        """Return a boto3 S3 client for the folder that stands in for S3: see ``folder_s3_client``.

        Raises:
            ValueError: the service was made without ``s3_root``.
        """
        if self._s3_root is None:
            raise ValueError("this LocalVoiceID was made without s3_root, so it has no folder")
        return folder_s3_client(self._s3_root)

    def handle(
        self, headers: Mapping[str, str], body: bytes, *, method: str = "POST", path: str = "/"
    ) -> Response:
        """Answer the parts of an HTTP request: the one way in, whichever door it came through.

        The door delivers the answer as its ``delivery`` and ``delay`` say.
        """
        self._opened()  # A client of a closed service gets an error of Python, not an answer of the service.
        return self._dispatcher.dispatch(headers, body, method=method, path=path)

    def is_idle(self) -> bool:
        """Return whether a request would be taken up at once: none is being answered, and no work is due."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return next_task(self._opened(), epoch_seconds(self.clock)) is None
        finally:
            self._lock.release()

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
        """Start to stream a call, as the flow block Set Voice ID of Amazon Connect does.

        Args:
            domain_id: the domain that screens the call.
            contact_id: becomes the session's name; one that was used before goes on in its old session.
            speaker_id: who the caller claims to be (CustomerId); ``PENDING`` from now on if unknown.
            acceptance_threshold: the authentication score that is enough, 0 to 100.
            risk_threshold: the risk score that is too much, 0 to 100.
            watchlist_id: who to look out for; the domain's default watchlist unless given.
            authentication: whether the caller is authenticated.
            fraud_detection: whether the caller is screened.
            authentication_seconds: net speech that authentication needs, 5 to 10.

        Raises:
            ServiceException: the service refuses, such as with ``ANOTHER_ACTIVE_STREAM``.
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

    def call(self, domain_id: str, session_name_or_id: str) -> Call:
        """Return a call that was started before, by its contact id or session id; raises ServiceException."""
        return Call.find(self._transact, domain_id, session_name_or_id)

    def export_domain(
        self,
        domain_id: str,
        path: str | os.PathLike[str] | None = None,
        *,
        include_voiceprints: bool = False,
    ) -> Document:
        """Return a domain as one JSON object: its tags, watchlists, speakers and fraudsters, with all ids.

        What belongs to calls and jobs is not in it. ``import_domain`` is the way back.

        Args:
            domain_id: the domain.
            path: a file to write it to as well, which only its owner may read.
            include_voiceprints: whether what the recognizer knows of voices is in it.

        Raises:
            ServiceException: there is no such domain, or its key cannot be used.
            OSError: the file cannot be written.
        """
        exported = self._transact(
            lambda context: domain_export.export(context, domain_id, include_voiceprints=include_voiceprints)
        )
        if path is not None:
            domain_export.write(exported, path)
        return exported

    def import_domain(self, source: str | os.PathLike[str] | Mapping[str, object]) -> str:
        """Add a domain that was exported, or listed from AWS, and return its id.

        All ids stay, and so do statuses and times. A speaker who comes without a voiceprint cannot be
        authenticated before enrolling again, a fraudster is not recognized. Quotas do not apply.

        Args:
            source: a file, or what ``export_domain`` returned. Only ``domain`` has to be in it, and what
                ``to_dict`` of the SDK's data makes fits as it is.

        Raises:
            DomainFileError: it is not such a domain, or the service has one with its id; the text names
                places and rules, never values.
            OSError: the file cannot be read.
        """
        content = domain_import.read(source)
        return self._transact(lambda context: domain_import.add(context, content))

    def disable_key(self, kms_key_id: str) -> None:
        """Make a KMS key unusable: requests for the data of its domains are refused, changes of key fail."""
        self._transact(lambda context: keys.disable(context, kms_key_id))

    def enable_key(self, kms_key_id: str) -> None:
        """Make a KMS key usable again."""
        self._transact(lambda context: keys.enable(context, kms_key_id))

    def _own_session(self) -> "boto3.Session":
        from voiceid_sdk.local.clients.botocore_hook import make_session  # boto3 is slow to import

        with self._lock:
            if self._session is None:
                self._session = make_session(self.handle, self.region_name)
            return self._session

    def _transact(
        self, work: Callable[[RequestContext], ResultT], *, on_error: OnError | None = None
    ) -> ResultT:
        """Catch up with the clock, then do the work in a transaction of its own."""
        try:
            with self._lock:
                store = self._opened()
                now = epoch_seconds(self.clock)
                self._catch_up(store, now)
                context = RequestContext(store, self._settings, now, now)
                try:
                    with store.transaction():
                        return work(context)
                except ServiceException as error:
                    if on_error is not None:
                        with store.transaction():
                            on_error(context, error)
                    raise
        finally:
            # Not while the lock is held, because a subscriber may call the service.
            self.events.deliver()

    def _on_store(self, work: Callable[[Store], ResultT]) -> ResultT | None:
        with self._lock:
            if self._store is None:
                return None
            with self._store.transaction():
                return work(self._store)

    def _opened(self) -> Store:
        if self._store is None:
            raise RuntimeError("this LocalVoiceID is closed")
        return self._store

    def _catch_up(self, store: Store, now: float) -> None:
        while task := next_task(store, now):
            with store.transaction():
                store.remove(SCHEDULED_TASKS, sequence=task.sequence)
                TASKS[task.kind](RequestContext(store, self._settings, task.at, now), task)


def _object_storage(s3_root: str | os.PathLike[str] | None, s3: "S3Client | None") -> ObjectStorage:
    if s3_root is not None and s3 is not None:
        raise ValueError("s3_root and s3 are two places for the same objects: give one of them")
    if s3_root is not None:
        return FolderStorage(s3_root)
    if s3 is None:
        return NoStorage()
    from voiceid_sdk.local.storage.s3_storage import S3Storage  # needs botocore

    return S3Storage(s3)


def _open_identifiers(store: Store, seed: int | str | None) -> Identifiers:
    """Return the maker of ids, and give a new store its secret.

    Each opening of a file with a seed gets a seed of its own, or ids would be given twice.
    """
    with store.transaction():
        openings = int(store.get_fact(_OPENINGS) or 0)
        store.set_fact(_OPENINGS, str(openings + 1))
        identifiers = Identifiers(None if seed is None else f"{seed}/{openings}")
        pagination.prepare(store, identifiers.secret())
    return identifiers
