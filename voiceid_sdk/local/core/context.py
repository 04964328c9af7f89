"""The request context of rules: the state, the present moment, and the settings of the service."""

from collections.abc import Callable, Hashable
from typing import Protocol, TypeAlias, TypeVar

import attrs

from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.core.model_calls import ModelResults
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.storage.object_storage import ObjectStorage
from voiceid_sdk.local.storage.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import Recognizer, is_immediate

ResultT = TypeVar("ResultT")


class Outbox(Protocol):
    """Stores events until they are delivered."""

    @property
    def has_subscribers(self) -> bool:
        """Whether there is a subscriber to deliver events to."""
        ...

    def add(self, context: "RequestContext", event: Document) -> None:
        """Store an event in the transaction of the change that it reports."""
        ...


@attrs.frozen(kw_only=True)
class Settings:
    """The settings of a service, which stay the same from its start to its end."""

    scope: Scope
    """The account and region of requests that name none."""

    identifiers: Identifiers
    quotas: Quotas | None
    timing: Timing
    recognizer: Recognizer
    objects: ObjectStorage
    outbox: Outbox
    compliance_consent: bool
    cloudtrail: bool
    """Whether calls of the API are reported as CloudTrail reports them."""

    on_schedule: Callable[[], None] = lambda: None
    """Is called when a task was scheduled."""


@attrs.define(eq=False)  # Frozen classes take twice as long to fill.
class RequestContext:
    """One request, or one background task, inside one transaction."""

    store: Store
    settings: Settings
    now: float
    """When the request came, or when the task was due, in epoch seconds."""

    until: float
    """The moment up to which due tasks are done, in epoch seconds; for a request, the same as ``now``."""

    models: ModelResults = attrs.field(factory=ModelResults)
    """The results of calls to the recognizer's model."""

    client: Scope | None = None
    """The account and region of the client, which reaches their domains alone. None for background tasks and
    for the interface in Python, which reach all domains."""

    @property
    def scope(self) -> Scope:
        """The account and region of what the request creates or lists."""
        return self.client or self.settings.scope

    def call_model(self, key: Hashable, function: Callable[[], ResultT]) -> ResultT:
        """Return what a function returns that calls the recognizer or reads its input, which may take long.

        Args:
            key: tells the call from the other calls of this request.
            function: the call. It must not use the store, because it runs outside the transaction.
        """
        return function() if is_immediate(self.settings.recognizer) else self.models.result(key, function)


OnError: TypeAlias = Callable[[RequestContext, ServiceException], None]
"""Is called with the error of a failed request, after its transaction was rolled back."""


class Transaction(Protocol):
    """Runs a function in a transaction of its own and returns what it returns."""

    def __call__(
        self,
        work: Callable[[RequestContext], ResultT],
        *,
        on_error: OnError | None = None,
        client: Scope | None = None,
    ) -> ResultT:
        """Run ``work`` for a client. If it raises a ServiceException, run ``on_error`` in a second one."""
        ...
