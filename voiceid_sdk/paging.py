"""Lists as iterables: every item of every page, re-iterable, and resumable at any item."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

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

    def encode(self, operation: str) -> str:
        text = json.dumps([operation, self.token, self.skip, self.size], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, text: str, operation: str) -> "_Position":
        problem = "was not made by this SDK, or was cut off; begin again without one"
        try:
            found: object = json.loads(base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True))
            match found:
                case [str(name), str() | None as token, int(skip), int() | None as size] if skip >= 0:
                    if name == operation:
                        return cls(token=token, skip=skip, size=size)
                    problem = f"belongs to {name}, not to {operation}"
                case _:
                    pass
        except (ValueError, binascii.Error):
            pass
        raise RequestValidationError.of(operation, (Problem(parameter="resume_token", rule=problem),))


@attrs.frozen(eq=False)
class Pager(Generic[T]):
    """A list of the service, read page by page as it is iterated; each iteration begins anew.

    ``for item in pager`` gives every item of every page and holds one page at a time. ``limit`` and ``page_size``
    return a changed copy. Reading a page calls the list operation once; nothing is called before.
    """

    _fetch: Fetch[T] = attrs.field(repr=False)
    _operation: Operation[Listing[T]] = attrs.field(repr=lambda operation: operation.name)
    _request: Mapping[str, object] = attrs.field(repr=False)
    _size: int | None = None
    _most: int | None = None

    def __iter__(self) -> "ItemIterator[T]":
        """Iterate over every item."""
        return self.items()

    def limit(self, count: int) -> "Pager[T]":
        """Return a pager that stops after ``count`` items.

        Raises:
            RequestValidationError: ``count`` is negative.
        """
        if count < 0:
            problem = Problem(parameter="limit", rule="must be at least 0")
            raise RequestValidationError.of(self._operation.name, (problem,))
        return attrs.evolve(self, most=count)

    def page_size(self, size: int) -> "Pager[T]":
        """Return a pager that asks the service for ``size`` items a page (``MaxResults``).

        The service takes 1 to 100, and 1 to 10 for domains; it may return fewer. Source: the service model.
        """
        return attrs.evolve(self, size=size)

    def items(self, resume_token: str | None = None) -> "ItemIterator[T]":
        """Iterate over the items, from the place that ``resume_token`` names.

        Args:
            resume_token: from ``ItemIterator.resume_token``, ``Page.resume_token`` or an error's; None begins at
                the start. The service's tokens expire after 24 hours.

        Raises:
            RequestValidationError: the token is damaged or of another list.
            VoiceIDError: what the list operation raises, at the page that fails; the error's ``resume_token`` is
                where to go on, and so is asking the same iterator again.
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
        if resume_token is None:
            at = _Position(size=self._size)
        else:
            # The service wants the other arguments unchanged, so the token's page size goes on.
            at = _Position.decode(resume_token, self._operation.name)
        return _Cursor(self._fetch, self._operation, self._request, at, self._most)


@attrs.frozen
class _Chunk(Generic[T]):
    """The part of a page that is wanted: its items, where it begins, and where the rest of the list does."""

    items: tuple[T, ...]
    begin: _Position
    rest: _Position | None
    request_id: str | None


class _Cursor(Generic[T]):
    """Reads a list from a position on; a page that fails is read again at the next try."""

    def __init__(
        self,
        fetch: Fetch[T],
        operation: Operation[Listing[T]],
        request: Mapping[str, object],
        at: _Position,
        most: int | None,
    ) -> None:
        self._fetch = fetch
        self._operation = operation
        self._request = request
        self._left = most
        self._seen = {at.token}
        self.at: _Position | None = at

    def token(self, position: _Position | None) -> str | None:
        return None if position is None else position.encode(self._operation.name)

    def read(self) -> _Chunk[T] | None:
        """Return the next chunk, or None when the list or the limit has ended."""
        at = self.at
        if at is None or self._left == 0:
            return None
        try:
            listing, request_id = self._fetch(
                self._operation, {**self._request, "NextToken": at.token, "MaxResults": at.size}
            )
            following = self._following(at, listing)
        except VoiceIDError as error:
            error.resume_token = self.token(at)
            raise
        items = listing.items[at.skip :]
        if self._left is not None:
            if len(items) > self._left:
                items = items[: self._left]
                following = at.after(len(items))
            self._left -= len(items)
        self.at = following
        return _Chunk(items, at, following, request_id)

    def _following(self, at: _Position, listing: Listing[T]) -> _Position | None:
        token = listing.next_token
        if token is None:
            return None
        if token in self._seen:
            raise PaginationError(
                f"{self._operation.name} gave the same page token twice, so the list would never end",
                next_step="Begin the list again.",
            )
        self._seen.add(token)
        # The position may have been made on a longer page: what is left to skip is on the next.
        return _Position(token=token, skip=max(0, at.skip - len(listing.items)), size=at.size)


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
            resume_token=self._cursor.token(chunk.rest),
            number=self._number,
            request_id=chunk.request_id,
        )

    @property
    def resume_token(self) -> str | None:
        """Where the next page begins; None when the list has ended."""
        return self._cursor.token(self._cursor.at)


class ItemIterator(Iterator[T]):
    """Iterates over the items of a list; at any time, ``resume_token`` says where to go on."""

    def __init__(self, cursor: _Cursor[T]) -> None:
        self._cursor = cursor
        self._chunk: _Chunk[T] | None = None
        self._done = 0

    def __next__(self) -> T:
        while self._chunk is None or self._done == len(self._chunk.items):
            chunk = self._cursor.read()
            if chunk is None:
                raise StopIteration
            self._chunk, self._done = chunk, 0
        item = self._chunk.items[self._done]
        self._done += 1
        return item

    @property
    def resume_token(self) -> str | None:
        """Where the next item is; None when the list has ended. Give it to ``Pager.items`` to go on there."""
        chunk = self._chunk
        if chunk is None or self._done == len(chunk.items):
            return self._cursor.token(self._cursor.at)
        return self._cursor.token(chunk.begin.after(self._done))
