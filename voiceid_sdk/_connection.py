"""What all handles of a client share: the way to the service, and the time that waits go by."""

import operator
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from voiceid_sdk._wire.client_settings import Recipe, Stays, recipe_of
from voiceid_sdk.errors import Problem, RequestValidationError, ResponseError

if TYPE_CHECKING:
    # boto3 is imported when a client is made, not when the package is; all else with the first handle.
    from voiceid_sdk._wire.operations import Listing, Operation
    from voiceid_sdk._wire.transport import Transport
    from voiceid_sdk.models import Structure
    from voiceid_sdk.paging import Pager
    from voiceid_sdk.waiting import Clock, WaitPolicy

S = TypeVar("S", bound="Structure")
T = TypeVar("T")


@attrs.frozen(repr=False)
class Connection:
    """A client's transport and clock; equal to another that was made with the same settings.

    It pickles as its recipe: in another process, all connections of one recipe become the same.
    """

    transport: "Transport" = attrs.field(eq=False)
    clock: "Clock | None" = attrs.field(default=None, eq=False)
    """What waits go by; the process's clock when None."""
    recipe: Recipe | Stays = attrs.field(factory=Stays)
    """How to make it elsewhere, if it can be. One that cannot equals itself alone."""

    def __reduce__(self) -> tuple[Callable[[Recipe], "Connection"], tuple[Recipe]]:
        if isinstance(self.recipe, Stays):
            raise self.recipe.refuse()
        return shared, (self.recipe,)

    def __copy__(self) -> "Connection":
        return self

    def __deepcopy__(self, _: object) -> "Connection":
        # A copied handle goes through the same client.
        return self

    def call(self, operation: "Operation[T]", request: Mapping[str, object]) -> T:
        """Send a request; members that are None are left out."""
        return self.transport.call(operation, request)

    def check(self, operation: "Operation[T]", request: Mapping[str, object]) -> None:
        """Refuse a request that ``call`` would refuse to send."""
        self.transport.check(operation, request)

    def pager(
        self, operation: "Operation[Listing[T]]", request: Mapping[str, object], page_size: int | None
    ) -> "Pager[T]":
        """Return the list that a list operation gives, without calling it yet."""
        from voiceid_sdk.paging import Pager, Source

        given = {name: value for name, value in request.items() if value is not None}
        return Pager(Source(self.list, operation, given), page_size)

    def list(
        self, operation: "Operation[Listing[T]]", request: Mapping[str, object]
    ) -> "tuple[Listing[T], str | None]":
        """Return one page of a list, and the id of the answer."""
        return self.transport.call_with_request_id(operation, request)

    def wait_until(
        self,
        look: Callable[[], T],
        done: Callable[[T], bool],
        *,
        what: str,
        policy: "WaitPolicy",
        on_progress: Callable[[T], object] | None,
        cancel: threading.Event | None,
    ) -> T:
        """Look until ``done`` says so, and return what was seen; see ``waiting.Wait``."""
        from voiceid_sdk.waiting import Wait, process_clock

        return Wait(
            look=look,
            done=done,
            what=what,
            policy=policy,
            on_progress=on_progress,
            cancel=cancel,
            clock=self.clock or process_clock(),
        ).run()


def connect(
    *,
    region_name: str | None,
    profile_name: str | None,
    endpoint_url: str | None,
    session: object,
    config: object,
    max_attempts: int | None,
    app_id: str | None,
    validate_requests: bool,
    clock: "Clock | None",
) -> Connection:
    """Make a client, and return a connection through it; see ``VoiceID`` for the settings."""
    # boto3 costs most of the start-up time, so it is imported with the first client.
    from voiceid_sdk._wire import transport

    made = transport.make_client(
        region_name=region_name,
        profile_name=profile_name,
        endpoint_url=endpoint_url,
        session=session,
        config=config,
        max_attempts=max_attempts,
        app_id=app_id,
    )
    recipe = recipe_of(
        made,
        endpoint_url=endpoint_url,
        config=config,
        max_attempts=max_attempts,
        app_id=app_id,
        validate_requests=validate_requests,
        clock=clock,
    )
    through = transport.Transport(made.client, is_ours=True, validate_requests=validate_requests)
    return Connection(through, clock, recipe)


def connect_through(client: object, *, validate_requests: bool, clock: "Clock | None") -> Connection:
    """Return a connection through a client that the caller brought."""
    from voiceid_sdk._wire import transport

    return Connection(transport.Transport(client, is_ours=False, validate_requests=validate_requests), clock)


class _Shared:
    """The connections that came from other processes, one for each recipe."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all connections, and who is about to make one."""
        self._lock = threading.Lock()
        self._connections: dict[Recipe, Connection] = {}

    def get(self, recipe: Recipe) -> Connection:
        # One at a time, so that many threads do not make many clients.
        with self._lock:
            if recipe not in self._connections:
                made = connect(
                    region_name=recipe.region_name,
                    profile_name=recipe.profile_name,
                    endpoint_url=recipe.endpoint_url,
                    session=None,
                    config=recipe.config,
                    max_attempts=recipe.max_attempts,
                    app_id=recipe.app_id,
                    validate_requests=recipe.validate_requests,
                    clock=None,
                )
                # This machine may have a profile of its own; what is sent back has to equal what came.
                self._connections[recipe] = attrs.evolve(made, recipe=recipe)
            return self._connections[recipe]


_shared: Final = _Shared()

if hasattr(os, "register_at_fork"):
    # A forked process may neither use its parent's connections nor wait for a lock that nobody holds there.
    os.register_at_fork(after_in_child=_shared.begin_anew)


def shared(recipe: Recipe) -> Connection:
    """Return the one connection that this process has for a recipe."""
    return _shared.get(recipe)


def connection_of(handle: object) -> Connection:
    """Return the connection of a client or handle, which is none of its user's business."""
    found: Connection = operator.attrgetter("_connection")(handle)
    return found


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


def identify_made(info: S, operation: "Operation[S]", attribute: str) -> str:
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
