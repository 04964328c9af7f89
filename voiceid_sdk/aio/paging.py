# Made from voiceid_sdk/paging.py by tools/make_async.py: change that file, then run the tool.
"""Lists as iterables: every item of every page, re-iterable, and resumable at any item."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from operator import length_hint
from typing import TYPE_CHECKING, Generic, NoReturn

import attrs

from voiceid_sdk import _types
from voiceid_sdk._arguments import check_types
from voiceid_sdk._display.displayed import Displayed
from voiceid_sdk._item_lists import ItemList
from voiceid_sdk._list_positions import Chunk, Cursor, ListIdentity, Position
from voiceid_sdk._values import COUNT
from voiceid_sdk._wire.operations.list_pages import ListPage
from voiceid_sdk._wire.operations.rows import Operation
from voiceid_sdk.errors import VoiceIDError
from voiceid_sdk.paging import ItemT, Page

if TYPE_CHECKING:
    from voiceid_sdk._display.tables import Table

__all__ = ["AsyncItemIterator", "AsyncPageIterator", "AsyncPager", "ItemList", "Page"]


AsyncReadPage = Callable[
    [Operation[ListPage[ItemT]], Mapping[str, object]], Awaitable[tuple[ListPage[ItemT], str | None]]
]
"""Calls a list operation, and returns one page and the request id."""


@attrs.frozen(eq=False, repr=False)
class AsyncPager(Displayed, Generic[ItemT]):
    """A list of the service, read page by page as it is iterated; each iteration begins at the start.

    ``async for item in pager`` gives every item of every page and holds one page at a time. ``limit`` and
    ``page_size`` return a changed copy. Reading a page calls the list operation once; before, nothing is
    called.
    """

    _read_page: AsyncReadPage[ItemT]
    _identity: ListIdentity[ItemT]
    _size: int | None = None
    _limit: int | None = None

    def __repr__(self) -> str:
        return f"AsyncPager({self._identity.operation.name}, page_size={self._size}, limit={self._limit})"

    def __aiter__(self) -> "AsyncItemIterator[ItemT]":
        """Iterate over every item."""
        return self.items()

    if not TYPE_CHECKING:  # Type checkers reject these, because the class has no such methods for them.

        def __len__(self) -> NoReturn:
            raise TypeError("a pager has no length before all pages are read; use len(await pager.all())")

        def __getitem__(self, index: object) -> NoReturn:
            raise TypeError("a pager has no index; use pager.first() or pager.limit(10).all(), with await")

        def __bool__(self) -> bool:
            # Not by the length, which raises an error.
            return True

    def _table(self) -> "Table":
        from voiceid_sdk._display.tables import Table

        rows = (
            ("async for item in pager", "every item, a page at a time"),
            ("await pager.all()", "every item, as a list"),
            ("await pager.first()", "the first item, or None"),
            ("pager.limit(10)", "a pager that stops after ten items"),
            ("await pager.to_pandas()", "every item, as a data frame"),
        )
        return Table(f"{self!r}: nothing is read yet", (), rows)

    def limit(self, count: int) -> "AsyncPager[ItemT]":
        """Return a pager that stops after ``count`` items.

        Raises:
            RequestValidationError: ``count`` is negative.

        Example:
            >>> async for speaker in domain.speakers().limit(10):
            ...     print(speaker.status)
            ENROLLED
        """
        check_types("limit", count=(count, COUNT, "must be a whole number, at least 0"))
        if count < 0:
            raise self._identity.argument_error("count", "must be at least 0")
        return attrs.evolve(self, limit=count)

    def page_size(self, size: int) -> "AsyncPager[ItemT]":
        """Return a pager that requests ``size`` items a page (``MaxResults``).

        The service takes 1 to 100, and 1 to 10 for domains; it may return fewer. Source: the service model.
        """
        return attrs.evolve(self, size=size)

    def items(self, resume_token: str | None = None) -> "AsyncItemIterator[ItemT]":
        """Iterate over the items, from the place that ``resume_token`` names.

        Args:
            resume_token: from ``AsyncItemIterator.resume_token``, ``Page.resume_token`` or an error's; None
                begins at the start. The service's tokens expire after 24 hours.

        Raises:
            RequestValidationError: the token is damaged or of another list.
            VoiceIDError: raised by the list operation, at the page that fails. To continue there, give the
                error's ``resume_token``, or call ``anext`` on the same iterator again.
        """
        return AsyncItemIterator(self._read_page, self._cursor(resume_token))

    def pages(self, resume_token: str | None = None) -> "AsyncPageIterator[ItemT]":
        """Iterate over the pages, from the place that ``resume_token`` names.

        Args and errors are those of ``items``. With ``limit``, the last page is cut.

        Example:
            >>> async for page in domain.speakers(page_size=100).pages():
            ...     print(page.number, len(page.items))
            1 1
        """
        return AsyncPageIterator(self._read_page, self._cursor(resume_token))

    async def first(self) -> ItemT | None:
        """Return the first item, or None when there is none. Only one item is requested.

        Example:
            >>> (await domain.speakers().first()).status
            <SpeakerStatus.ENROLLED: 'ENROLLED'>
        """
        return await anext(aiter(self.page_size(1)), None)

    async def all(self) -> ItemList[ItemT]:
        """Return every item as a list, which notebooks show as a table.

        Example:
            >>> len(await domain.speakers().all())
            1
        """
        return ItemList([item async for item in self], self._identity.operation.item_class)

    async def to_dicts(self) -> list[dict[str, object]]:
        """Return every item as ``to_dict`` returns it: JSON-ready, with sensitive values."""
        return (await self.all()).to_dicts()

    async def to_pandas(self) -> "_types.DataFrame":
        """Return every item as a row of a pandas data frame, with real times and sensitive values.

        Raises:
            ConfigurationError: pandas is not installed.

        Example:
            >>> list((await domain.speakers().to_pandas())["status"])
            ['ENROLLED']
        """
        return (await self.all()).to_pandas()

    def _cursor(self, resume_token: str | None) -> Cursor[ItemT]:
        # The service requires the same arguments on every page, so the page size of a token stays.
        begin = Position(size=self._size) if resume_token is None else self._identity.position(resume_token)
        return Cursor(self._identity, begin, self._limit)


async def _read_chunk(
    read_page: AsyncReadPage[ItemT], cursor: Cursor[ItemT]
) -> tuple[Chunk[ItemT], Cursor[ItemT]] | None:
    """Return the chunk at a cursor and the cursor behind it, or None when the list or the limit has ended."""
    __tracebackhide__ = True
    try:
        position = cursor.next_position()
        if position is None:
            return None
        request = cursor.identity.request_at(position)
        page, request_id = await read_page(cursor.identity.operation, request)
    except VoiceIDError as error:
        error.resume_token = cursor.resume_token
        raise
    return cursor.advance(position, page, request_id)


class AsyncPageIterator(AsyncIterator[Page[ItemT]]):
    """Iterates over the pages of a list; after an error or interrupt, it continues with the same page."""

    def __init__(self, read_page: AsyncReadPage[ItemT], cursor: Cursor[ItemT]) -> None:
        self._read_page = read_page
        self._cursor: Cursor[ItemT] = cursor

    async def __anext__(self) -> Page[ItemT]:
        __tracebackhide__ = True
        before = self._cursor
        try:
            read = await _read_chunk(self._read_page, before)
            if read is None:
                raise StopAsyncIteration  # noqa: TRY301 - the iterator's own end
            chunk, following = read
            page = Page(
                items=chunk.items,
                resume_token=following.resume_token,
                number=following.number,
                request_id=chunk.request_id,
            )
            self._cursor = following
            return page  # noqa: TRY300 - an interrupt here has to be caught, too
        except BaseException:
            # The page was not given.
            self._cursor = before
            raise

    @property
    def resume_token(self) -> str | None:
        """Where the next page begins; None when the list has ended."""
        return self._cursor.resume_token


class AsyncItemIterator(AsyncIterator[ItemT]):
    """Iterates over the items of a list; at any time, ``resume_token`` says where to continue."""

    def __init__(self, read_page: AsyncReadPage[ItemT], cursor: Cursor[ItemT]) -> None:
        self._read_page = read_page
        self._cursor: Cursor[ItemT] = cursor
        self._chunk: Chunk[ItemT] | None = None
        self._upcoming: Iterator[ItemT] = iter(())

    async def __anext__(self) -> ItemT:
        __tracebackhide__ = True
        while True:
            # The fastest way to take one item, and no interrupt divides it; most calls end here.
            for item in self._upcoming: return item  # fmt: skip  # noqa: E701 - one line is one step
            read = await _read_chunk(self._read_page, self._cursor)
            if read is None:
                raise StopAsyncIteration
            upcoming = iter(read[0].items)
            # One statement, because no interrupt divides it either.
            self._chunk, self._cursor, self._upcoming = *read, upcoming

    @property
    def resume_token(self) -> str | None:
        """Where the next item is; None when the list has ended. ``AsyncPager.items`` continues there."""
        left = length_hint(self._upcoming)
        if self._chunk is None or left == 0:
            return self._cursor.resume_token
        return self._cursor.identity.token(self._chunk.begin.after(len(self._chunk.items) - left))
