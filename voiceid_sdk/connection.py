"""What all handles of a client share: the way to the service, and the time that waits go by."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import attrs

from voiceid_sdk._wire.operations import Listing, Operation
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.paging import Pager
from voiceid_sdk.waiting import SYSTEM_CLOCK, Clock, WaitPolicy, wait_until

if TYPE_CHECKING:
    # boto3 is imported when a client is made, not when the package is.
    from voiceid_sdk._wire.transport import Transport

T = TypeVar("T")


@attrs.define(eq=False, repr=False)
class Connection:
    """A client's transport and clock; handles are equal only when they share one."""

    transport: "Transport"
    clock: Clock = SYSTEM_CLOCK

    def call(self, operation: Operation[T], request: Mapping[str, object]) -> T:
        """Send a request; members that are None are left out."""
        return self.transport.call(operation, request)

    def pager(
        self, operation: Operation[Listing[T]], request: Mapping[str, object], page_size: int | None
    ) -> Pager[T]:
        """Return the list that a list operation gives, without calling it yet."""
        return Pager(self.transport.call_with_request_id, operation, request, page_size)

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
        """Look until ``done`` says so; see ``waiting.wait_until``."""
        return wait_until(
            look, done, what=what, policy=policy, on_progress=on_progress, cancel=cancel, clock=self.clock
        )


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
