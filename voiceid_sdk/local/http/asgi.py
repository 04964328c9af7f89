"""The parts of ASGI that the server uses: requests, events and their channels."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypedDict

MAX_DRAINED_BYTES: Final = 8 * 1024 * 1024
"""Limit of bytes that are read beyond the largest body, so that their sender can read the response."""


class State(TypedDict):
    """The server's addition to the scope of ASGI."""

    hang_up: Callable[[], None]
    """Closes the connection after the data that was sent."""

    allow_more_time: Callable[[], None]
    """Lets the time limit of the request begin again."""


class Scope(TypedDict):
    """The members of an ASGI request that are used here."""

    method: str
    http_version: str
    scheme: str
    raw_path: bytes
    query_string: bytes
    headers: list[tuple[bytes, bytes]]
    state: State


class Event(TypedDict, total=False):
    """An ASGI event in either direction."""

    type: str
    body: bytes
    more_body: bool
    status: int
    headers: list[tuple[bytes, bytes]]


Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class DisconnectedError(Exception):
    """The client closed the connection before the end of its request."""


class Body:
    """The body of a request, received in parts.

    Args:
        receive: returns its events.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_complete: bool = False
        """Whether its last part was received."""

    async def next_part(self) -> bytes:
        """Return the next part; raises DisconnectedError."""
        event = await self._receive()
        if event.get("type") == "http.disconnect":
            raise DisconnectedError
        self.is_complete = not event.get("more_body", False)
        return event.get("body", b"")

    async def drain(self) -> bool:
        """Read the rest, so that its sender can read the response; return whether it was within the limit."""
        drained = 0
        while not self.is_complete:
            drained += len(await self.next_part())
            if drained > MAX_DRAINED_BYTES:
                return False
        return True
