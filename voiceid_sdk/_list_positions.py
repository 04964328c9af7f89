"""Positions in lists: their resume tokens, and how each page moves them. No I/O."""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Final, Generic, TypeVar, cast

import attrs

from voiceid_sdk._wire.operations.list_pages import ListPage
from voiceid_sdk._wire.operations.rows import Operation
from voiceid_sdk.errors import PaginationError, Problem, RequestValidationError

ItemT = TypeVar("ItemT")


@attrs.frozen(kw_only=True)
class Position:
    """A place in a list: the service's token of a page, and how many items from there are done."""

    token: str | None = None
    skip: int = 0
    size: int | None = None

    def after(self, count: int) -> "Position":
        """Return the position ``count`` items further on."""
        return attrs.evolve(self, skip=self.skip + count)


@attrs.frozen(eq=False)
class ListIdentity(Generic[ItemT]):
    """A list of the service: its operation, and the request that tells it from other lists."""

    operation: Operation[ListPage[ItemT]]
    """The list operation."""
    request: Mapping[str, object]
    """The members that the request for every page has."""

    def request_at(self, position: Position) -> Mapping[str, object]:
        """Return the request for the whole page at a position."""
        return {**self.request, "NextToken": position.token, "MaxResults": position.size}

    def token(self, position: Position | None) -> str | None:
        """Return the resume token for a position."""
        if position is None:
            return None
        content = [self.operation.name, self.request, position.token, position.skip, position.size]
        # default=str: a value of a wrong type is rejected when the request is checked, not here.
        text = json.dumps(content, separators=(",", ":"), default=str).encode()
        return base64.urlsafe_b64encode(_checksum(text) + text).decode()

    def position(self, resume_token: str) -> Position:
        """Return the position that a resume token stands for.

        Raises:
            RequestValidationError: the token is damaged or of another list.
        """
        match _content(resume_token):
            case [name, request, str() | None as token, int(skip), int() | None as size] if skip >= 0:
                if [name, request] == [self.operation.name, self.request]:
                    return Position(token=token, skip=skip, size=size)
                problem = "belongs to another list; give it to the list that it came from"
            case _:
                problem = "was not made by this SDK, or is damaged; begin again without one"
        raise self.argument_error("resume_token", problem)

    def argument_error(self, parameter: str, rule: str) -> RequestValidationError:
        """Return the error for an argument that breaks a rule."""
        return RequestValidationError.of(self.operation.name, (Problem(parameter=parameter, rule=rule),))


_CHECKSUM_LENGTH: Final = 4


def _checksum(text: bytes) -> bytes:
    # It detects damaged tokens, such as one that a database cut off.
    return zlib.crc32(text).to_bytes(_CHECKSUM_LENGTH, "big")


def _content(resume_token: str) -> list[object] | None:
    """Return the content of a resume token, or None when it cannot be read."""
    try:
        decoded = base64.b64decode(resume_token, altchars=b"-_", validate=True)
        checksum, text = decoded[:_CHECKSUM_LENGTH], decoded[_CHECKSUM_LENGTH:]
        return cast("list[object]", json.loads(text)) if checksum == _checksum(text) else None
    except (TypeError, ValueError, RecursionError):
        return None


@attrs.frozen
class Chunk(Generic[ItemT]):
    """The requested part of a page: its items, where it begins, and where the rest of the list does."""

    items: tuple[ItemT, ...]
    begin: Position
    rest: Position | None
    request_id: str | None


@attrs.frozen
class Cursor(Generic[ItemT]):
    """The state of an iteration; each page makes another one, so an interrupt leaves no step half done."""

    identity: ListIdentity[ItemT]
    """The list."""
    position: Position | None
    """Where the next page begins; None when the list has ended."""
    left: int | None
    """How many items are still to be returned; all when None."""
    number: int = 0
    """How many pages were read."""
    _tokens: dict[str | None, int] = attrs.field(factory=dict[str | None, int])
    """The tokens of this iteration, and before which page each was given."""

    @property
    def resume_token(self) -> str | None:
        """The resume token of the next page; None when the list has ended."""
        return self.identity.token(self.position)

    def next_position(self) -> Position | None:
        """Return the position of the page to read next, or None when the list or the limit has ended.

        Raises:
            PaginationError: the service gave the token of this page before.
        """
        if self.position is None or self.left == 0:
            return None
        # A page that is read again, after an error or interrupt, has the same number.
        if self._tokens.setdefault(self.position.token, self.number) != self.number:
            raise PaginationError(
                f"{self.identity.operation.name} gave a page token twice, so the list would never end",
                next_step="Begin the list again.",
            )
        return self.position

    def advance(
        self, position: Position, page: ListPage[ItemT], request_id: str | None
    ) -> "tuple[Chunk[ItemT], Cursor[ItemT]]":
        """Return the requested part of the page at a position, and the cursor behind it."""
        items, rest = page.items[position.skip :], _following(position, page)
        left = self.left
        if left is not None:
            if len(items) > left:
                items = items[:left]
                rest = position.after(len(items))
            left -= len(items)
        following = Cursor(self.identity, rest, left, self.number + 1, self._tokens)
        return Chunk(items, position, rest, request_id), following


def _following(position: Position, page: ListPage[ItemT]) -> Position | None:
    if page.next_token is None:
        return None
    # The position may come from a longer page; the items still to be skipped are on the next one.
    skip = max(0, position.skip - len(page.items))
    return Position(token=page.next_token, skip=skip, size=position.size)
