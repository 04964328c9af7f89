"""What a rule may use while it answers one request: the state, the moment, and the service's settings."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

import attrs

from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.storage.object_storage import ObjectStorage
from voiceid_sdk.local.storage.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import Recognizer

ResultT = TypeVar("ResultT")


class Outbox(Protocol):
    """Takes events that are to be delivered."""

    @property
    def wanted(self) -> bool:
        """Whether anybody gets events."""
        ...

    def keep(self, store: Store, event: Document, at: float) -> None:
        """Keep an event, as part of the transaction that it tells of."""
        ...


@attrs.frozen(kw_only=True)
class Settings:
    """What does not change while a service lives."""

    region_name: str
    account_id: str
    identifiers: Identifiers
    quotas: Quotas | None
    timing: Timing
    recognizer: Recognizer
    objects: ObjectStorage
    outbox: Outbox
    compliance_consent: bool


@attrs.frozen
class RequestContext:
    """One request, or one step of background work, inside one transaction."""

    store: Store
    settings: Settings
    now: float
    """Seconds since the epoch: when the request came, or when the step was due."""

    until: float
    """The moment to catch up with: for a request, the same as ``now``."""


OnError: TypeAlias = Callable[[RequestContext, ServiceException], None]
"""Is called with the error of a failed request, after its transaction was rolled back."""


class Transaction(Protocol):
    """Runs a function in a transaction of its own and returns what it returns."""

    def __call__(
        self, work: Callable[[RequestContext], ResultT], *, on_error: OnError | None = None
    ) -> ResultT:
        """Run ``work``. If it raises a ServiceException, run ``on_error`` in another transaction, too."""
        ...
