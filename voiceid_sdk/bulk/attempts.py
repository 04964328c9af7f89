"""Attempts: the state of each item that a run has taken, and the calls that are made for it."""

from collections.abc import Callable
from concurrent.futures import Future
from traceback import extract_tb
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs

from voiceid_sdk._wire.client_tokens import TokenSource, tokens_of
from voiceid_sdk.errors import BulkError, VoiceIDError

if TYPE_CHECKING:
    from voiceid_sdk.bulk.outcomes import Outcome

ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")

Result = tuple[ValueT | None, VoiceIDError | None]
"""A value or an error."""

RUN: Final = "run"
WORKER: Final = "worker"


@attrs.define(eq=False, kw_only=True)
class Claimed:
    """Work that either its worker begins, or the run takes back."""

    _claims: dict[str, str] = attrs.field(factory=dict[str, str])

    def claim(self, claimant: str) -> bool:
        """Return whether ``claimant`` came first: the worker does the work then, or the run takes it back.

        It is one step that no interrupt divides, and its result never changes.
        """
        return self._claims.setdefault("by", claimant) == claimant


@attrs.define(eq=False)
class Call(Claimed, Generic[ValueT]):
    """One call for an item: from before it is sent until it has ended."""

    result: Result[ValueT] | None = None
    """The result; None while the call has not ended, and if it has none."""
    raised: BaseException | None = None
    """Why the executor has no result."""
    was_cancelled: bool = False
    """Whether the call was cancelled before it was sent."""
    future: Future[Result[ValueT]] | None = None
    """The executor's future, once the executor has accepted the call."""
    given_to: dict[str, TokenSource] = attrs.field(factory=dict[str, TokenSource])
    """Has an entry from the moment when an executor may have accepted the call."""

    @property
    def has_ended(self) -> bool:
        """Whether there is anything to record."""
        return self.result is not None or self.raised is not None or self.was_cancelled


@attrs.frozen
class Attempt(Generic[ItemT, ValueT]):
    """The state of an item that was taken. Each step replaces it by another one, so no step is half done."""

    index: int
    item: ItemT
    due: float = 0.0
    """When it may be sent, in seconds since the run was made; 0 for at once."""
    requeues: int = 0
    number: int = 0
    """How many requests of the run were sent before its last one."""
    call: Call[ValueT] | None = None
    """The call that was begun; None while the item waits."""
    outcome: "Outcome[ItemT, ValueT] | None" = None
    """The outcome, once there is one."""


def perform(function: Callable[[ItemT], ValueT], item: ItemT, tokens: TokenSource) -> Result[ValueT]:
    """Call a function in the executor's thread or process, and return a result that can be pickled."""
    try:
        with tokens_of(tokens):
            return function(item), None
    except Exception as error:  # an error of one item must not end the others
        return None, item_error(error)


def item_error(error: Exception) -> VoiceIDError:
    """Return the error of an item: the error that was raised, or one that says where another was raised."""
    if isinstance(error, VoiceIDError):
        # The traceback would keep all variables of the call in memory.
        return error.with_traceback(None)
    *_, place = extract_tb(error.__traceback__)
    raised = f"The function raised {type(error).__name__} ({place.filename}, line {place.lineno})"
    return BulkError(raised, next_step="Call it with this item alone to see all of the error.")


def no_result(error: BaseException) -> BulkError:
    """Return the error for an item for which the executor has no result."""
    return BulkError(
        f"The executor returned no result ({type(error).__name__}); the call may have been carried out",
        next_step="Describe the resource to find out, or call the operation again.",
    )
