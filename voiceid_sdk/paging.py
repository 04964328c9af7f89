"""Lists as iterables: every item of every page, re-iterable, and resumable at any item."""

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from operator import length_hint
from typing import Final, Generic, TypeVar, cast

import attrs

from voiceid_sdk._wire.operations import Listing, Operation
from voiceid_sdk.errors import PaginationError, Problem, RequestValidationError, VoiceIDError

__all__ = ["ItemIterator", "Page", "PageIterator", "Pager"]

T = TypeVar("T")

Fetch = Callable[[Operation[Listing[T]], Mapping[str, object]], tuple[Listing[T], str | None]]


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    """The items of this page; a page may be empty and yet not be the last."""
    resume_token: str | None = attrs.field(default=None, repr=False)
    """Where the next page begins: give it to ``Pager.pages`` or ``Pager.items``; None after the last."""
    number: int
    """The page's number in this iteration, from 1."""
    request_id: str | None = None
    """The id of the service's answer."""


@attrs.frozen(kw_only=True)
class _Position:
    """A place in a list: the service's token of a page, and how many items from there are done."""

    token: str | None = None
    skip: int = 0
    size: int | None = None

    def after(self, count: int) -> "_Position":
        """Return the position ``count`` items further on."""
        return attrs.evolve(self, skip=self.skip + count)


@attrs.frozen(eq=False)
class Source(Generic[T]):
    """A list of the service: how its pages are read, and what tells it from other lists."""

    _fetch: Fetch[T]
    operation: Operation[Listing[T]]
    """The list operation."""
    request: Mapping[str, object]
    """What the operation is given on every page."""

    def read(self, at: _Position) -> tuple[Listing[T], str | None]:
        """Return the page at a position, whole, and the id of the answer."""
        return self._fetch(self.operation, {**self.request, "NextToken": at.token, "MaxResults": at.size})

    def token(self, at: _Position | None) -> str | None:
        """Return the resume token for a position."""
        if at is None:
            return None
        place = [self.operation.name, self.request, at.token, at.skip, at.size]
        # A value of a wrong type is for the check of the request to refuse, whose error this may be for.
        text = json.dumps(place, separators=(",", ":"), default=str).encode()
        return base64.urlsafe_b64encode(_checksum(text) + text).decode()

    def position(self, resume_token: str) -> _Position:
        """Return the position that a resume token stands for.

        Raises:
            RequestValidationError: the token is damaged or of another list.
        """
        match _content(resume_token):
            case [name, request, str() | None as token, int(skip), int() | None as size] if skip >= 0:
                if [name, request] == [self.operation.name, self.request]:
                    return _Position(token=token, skip=skip, size=size)
                problem = "belongs to another list; give it to the list that it came from"
            case _:
                problem = "was not made by this SDK, or is damaged; begin again without one"
        raise self.refuse("resume_token", problem)

    def refuse(self, parameter: str, rule: str) -> RequestValidationError:
        """Return the error for an argument that breaks a rule."""
        return RequestValidationError.of(self.operation.name, (Problem(parameter=parameter, rule=rule),))


_CHECKSUM_LENGTH: Final = 4


def _checksum(text: bytes) -> bytes:
    """Return what tells a damaged token, such as one cut off in a database, from a whole one."""
    return zlib.crc32(text).to_bytes(_CHECKSUM_LENGTH, "big")


def _content(resume_token: str) -> list[object] | None:
    """Return what a resume token says, or None when it cannot be read."""
    try:
        decoded = base64.b64decode(resume_token, altchars=b"-_", validate=True)
        checksum, text = decoded[:_CHECKSUM_LENGTH], decoded[_CHECKSUM_LENGTH:]
        return cast("list[object]", json.loads(text)) if checksum == _checksum(text) else None
    except (TypeError, ValueError, RecursionError):
        return None


@attrs.frozen(eq=False, repr=False)
class Pager(Generic[T]):
    """A list of the service, read page by page as it is iterated; each iteration begins anew.

    ``for item in pager`` gives every item of every page and holds one page at a time. ``limit`` and
    ``page_size`` return a changed copy. Reading a page calls the list operation once; before, nothing is
    called.
    """

    _source: Source[T]
    _size: int | None = None
    _most: int | None = None

    def __repr__(self) -> str:
        return f"Pager({self._source.operation.name}, page_size={self._size}, limit={self._most})"

    def __iter__(self) -> "ItemIterator[T]":
        """Iterate over every item."""
        return self.items()

    def limit(self, count: int) -> "Pager[T]":
        """Return a pager that stops after ``count`` items.

        Raises:
            RequestValidationError: ``count`` is negative.
        """
        if count < 0:
            raise self._source.refuse("limit", "must be at least 0")
        return attrs.evolve(self, most=count)

    def page_size(self, size: int) -> "Pager[T]":
        """Return a pager that asks the service for ``size`` items a page (``MaxResults``).

        The service takes 1 to 100, and 1 to 10 for domains; it may return fewer. Source: the service model.
        """
        return attrs.evolve(self, size=size)

    def items(self, resume_token: str | None = None) -> "ItemIterator[T]":
        """Iterate over the items, from the place that ``resume_token`` names.

        Args:
            resume_token: from ``ItemIterator.resume_token``, ``Page.resume_token`` or an error's; None begins
                at the start. The service's tokens expire after 24 hours.

        Raises:
            RequestValidationError: the token is damaged or of another list.
            VoiceIDError: what the list operation raises, at the page that fails. To go on there, give the
                error's ``resume_token``, or ask the same iterator again.
        """
        return ItemIterator(self._cursor(resume_token))

    def pages(self, resume_token: str | None = None) -> "PageIterator[T]":
        """Iterate over the pages, from the place that ``resume_token`` names.

        Args and errors are those of ``items``. With ``limit``, the last page is cut.
        """
        return PageIterator(self._cursor(resume_token))

    def first(self) -> T | None:
        """Return the first item, or None when there is none. No more than one is asked for."""
        return next(iter(self.page_size(1).limit(1 if self._most is None else min(1, self._most))), None)

    def all(self) -> list[T]:
        """Return every item as a list."""
        return list(self)

    def _cursor(self, resume_token: str | None) -> "_Cursor[T]":
        # The service wants the other arguments unchanged, so the page size of a token goes on.
        begin = _Position(size=self._size) if resume_token is None else self._source.position(resume_token)
        return _Cursor(self._source, begin, self._most)


@attrs.frozen
class _Chunk(Generic[T]):
    """The part of a page that is wanted: its items, where it begins, and where the rest of the list does."""

    items: tuple[T, ...]
    begin: _Position
    rest: _Position | None
    request_id: str | None


class _Cursor(Generic[T]):
    """Reads a list from a position on; a page that fails is read again at the next try."""

    def __init__(self, source: Source[T], at: _Position, most: int | None) -> None:
        self.source = source
        self.at: _Position | None = at
        self._left = most
        self._read: set[str | None] = set()

    def read(self) -> _Chunk[T] | None:
        """Return the next chunk, or None when the list or the limit has ended."""
        at = self.at
        if at is None or self._left == 0:
            return None
        try:
            if at.token in self._read:
                raise PaginationError(
                    f"{self.source.operation.name} gave a page token twice, so the list would never end",
                    next_step="Begin the list again.",
                )
            listing, request_id = self.source.read(at)
        except VoiceIDError as error:
            error.resume_token = self.source.token(at)
            raise
        self._read.add(at.token)
        items, rest = listing.items[at.skip :], _following(at, listing)
        if self._left is not None:
            if len(items) > self._left:
                items = items[: self._left]
                rest = at.after(len(items))
            self._left -= len(items)
        self.at = rest
        return _Chunk(items, at, rest, request_id)


def _following(at: _Position, listing: Listing[T]) -> _Position | None:
    if listing.next_token is None:
        return None
    # The position may have been made on a longer page: what is left to skip is on the next.
    return _Position(token=listing.next_token, skip=max(0, at.skip - len(listing.items)), size=at.size)


class PageIterator(Iterator[Page[T]]):
    """Iterates over the pages of a list."""

    def __init__(self, cursor: _Cursor[T]) -> None:
        self._cursor = cursor
        self._number = 0

    def __next__(self) -> Page[T]:
        chunk = self._cursor.read()
        if chunk is None:
            raise StopIteration
        self._number += 1
        return Page(
            items=chunk.items,
            resume_token=self._cursor.source.token(chunk.rest),
            number=self._number,
            request_id=chunk.request_id,
        )

    @property
    def resume_token(self) -> str | None:
        """Where the next page begins; None when the list has ended."""
        return self._cursor.source.token(self._cursor.at)


class ItemIterator(Iterator[T]):
    """Iterates over the items of a list; at any time, ``resume_token`` says where to go on."""

    def __init__(self, cursor: _Cursor[T]) -> None:
        self._cursor = cursor
        self._chunk: _Chunk[T] | None = None
        self._upcoming: Iterator[T] = iter(())

    def __next__(self) -> T:
        while True:
            # The quickest way to take one, and it is felt: this is all that most items cost.
            for item in self._upcoming:
                return item
            chunk = self._cursor.read()
            if chunk is None:
                raise StopIteration
            self._chunk, self._upcoming = chunk, iter(chunk.items)

    @property
    def resume_token(self) -> str | None:
        """Where the next item is; None when the list has ended. Give it to ``Pager.items`` to go on there."""
        left = length_hint(self._upcoming)
        if self._chunk is None or left == 0:
            return self._cursor.source.token(self._cursor.at)
        return self._cursor.source.token(self._chunk.begin.after(len(self._chunk.items) - left))
