"""What a rule may use while it answers one request: the state, the moment, and the service's settings."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

import attrs

from voiceid_sdk.local.identifiers import Identifiers
from voiceid_sdk.local.object_storage import ObjectStorage
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.store import Store
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices import Recognizer

Document: TypeAlias = dict[str, object]
"""A JSON object by its names on the wire."""

T = TypeVar("T")


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


class Transact(Protocol):
    """Runs a function in a transaction of its own and returns what it returns."""

    def __call__(self, work: Callable[[Context], T]) -> T:
        """Run ``work``."""
        ...


def document(**members: object) -> Document:
    """Return the members that have a value: what the service does not know, it leaves out."""
    return {name: value for name, value in members.items() if value is not None}
