"""What a rule may use while it answers one request: the state, the moment, and the service's settings."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

import attrs

from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import Refusal
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.storage.object_storage import ObjectStorage
from voiceid_sdk.local.storage.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import Recognizer

T = TypeVar("T")


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
class Context:
    """One request, or one step of background work, inside one transaction."""

    store: Store
    settings: Settings
    now: float
    """Seconds since the epoch: when the request came, or when the step was due."""

    until: float
    """The moment to catch up with: for a request, the same as ``now``."""


Refused: TypeAlias = Callable[[Context, Refusal], None]
"""Tells of a request that was refused, when nothing of it is left."""


class Transact(Protocol):
    """Runs a function in a transaction of its own and returns what it returns."""

    def __call__(self, work: Callable[[Context], T], *, refused: Refused | None = None) -> T:
        """Run ``work``; if it raises a Refusal, run ``refused`` in another transaction and raise it again."""
        ...
