"""What all handles of a client share: the way to the service, and the time that waits go by."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

import attrs

from voiceid_sdk._wire.operations import Listing, Operation
from voiceid_sdk.errors import Problem, RequestValidationError, ResponseError
from voiceid_sdk.models import Structure
from voiceid_sdk.paging import Pager, Source
from voiceid_sdk.waiting import Clock, Wait, WaitPolicy, process_clock

if TYPE_CHECKING:
    # boto3 is imported when a client is made, not when the package is.
    from voiceid_sdk._wire.transport import Transport

S = TypeVar("S", bound=Structure)
T = TypeVar("T")


@attrs.define(eq=False, repr=False)
class Connection:
    """A client's transport and clock; handles are equal only when they share one."""

    transport: "Transport"
    clock: Clock | None = None
    """What waits go by; the process's clock when None."""

    def call(self, operation: Operation[T], request: Mapping[str, object]) -> T:
        """Send a request; members that are None are left out."""
        return self.transport.call(operation, request)

    def check(self, operation: Operation[T], request: Mapping[str, object]) -> None:
        """Refuse a request that ``call`` would refuse to send."""
        self.transport.check(operation, request)

    def pager(
        self, operation: Operation[Listing[T]], request: Mapping[str, object], page_size: int | None
    ) -> Pager[T]:
        """Return the list that a list operation gives, without calling it yet."""
        given = {name: value for name, value in request.items() if value is not None}
        return Pager(Source(self.transport.call_with_request_id, operation, given), page_size)

    def wait_until(
        self,
        look: Callable[[], T],
        done: Callable[[T], bool],
        *,
        what: str,
        policy: WaitPolicy,
        on_progress: Callable[[T], object] | None,
        cancel: threading.Event | None,
    ) -> T:
        """Look until ``done`` says so, and return what was seen; see ``waiting.Wait``."""
        return Wait(
            look=look,
            done=done,
            what=what,
            policy=policy,
            on_progress=on_progress,
            cancel=cancel,
            clock=self.clock or process_clock(),
        ).run()


def identify(given: object, parameter: str, *attributes: str) -> str:
    """Return the id that ``given`` stands for: a string itself, else its first attribute that is set.

    Raises:
        RequestValidationError: there is no id in it.
    """
    if isinstance(given, str):
        return given
    for attribute in attributes:
        if isinstance(found := getattr(given, attribute, None), str):
            return found
    rule = f"must be an id, or data or a handle that has one ({' or '.join(attributes)})"
    raise RequestValidationError.of(parameter, (Problem(parameter=parameter, rule=rule),))


def identify_made(info: S, operation: Operation[S], attribute: str) -> str:
    """Return the id of what an operation has just made.

    Raises:
        ResponseError: the answer has none, so there is nothing to go on with.
    """
    found: object = getattr(info, attribute)
    if not isinstance(found, str):
        raise ResponseError(
            f"{operation.name} succeeded, but its answer has no {attribute}",
            operation=operation.name,
            next_step="List to find what was made.",
        )
    return found


def several(given: Iterable[str], parameter: str) -> list[str]:
    """Return the strings as a list.

    Raises:
        RequestValidationError: it is one string, which Python would take for the list of its characters.
    """
    if isinstance(given, str):
        rule = "must be several strings, such as a list; it is one string"
        raise RequestValidationError.of(parameter, (Problem(parameter=parameter, rule=rule),))
    return list(given)
