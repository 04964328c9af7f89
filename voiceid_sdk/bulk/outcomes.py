"""Outcomes: the results of a run, one for each item."""

from typing import Generic, cast

import attrs

from voiceid_sdk._display.displayed import Printed
from voiceid_sdk.bulk.attempts import ItemT, ValueT
from voiceid_sdk.errors import VoiceIDError
from voiceid_sdk.models import Structure
from voiceid_sdk.privacy.marks import REDACTED, is_revealed

__all__ = ["Outcome"]


def _shown(value: object) -> str:
    # Structures redact their repr; results of the caller's functions may not.
    return repr(value) if value is None or isinstance(value, Structure) or is_revealed() else REDACTED


@attrs.frozen
class Outcome(Printed, Generic[ItemT, ValueT]):
    """The outcome of one item: a value, or an error."""

    index: int
    """The item's index in the source, from 0."""
    item: ItemT = attrs.field(repr=lambda item: repr(item) if is_revealed() else REDACTED)
    """The item."""
    value: ValueT | None = attrs.field(default=None, repr=_shown)
    """The result of the operation; None when it has none, and when it failed."""
    error: VoiceIDError | None = None
    """The error; None when the operation succeeded."""

    @property
    def ok(self) -> bool:
        """Whether the operation succeeded."""
        return self.error is None

    def unwrap(self) -> ValueT:
        """Return the value, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("ValueT", self.value)
