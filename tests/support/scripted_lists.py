"""What a test prescribes: lists that are split into pages in any way, and what a wait sees poll by poll."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count, repeat
from types import SimpleNamespace
from typing import Any

from tests.support.worlds import world_in_use
from voiceid_sdk._connection import Connection
from voiceid_sdk._list_positions import ListIdentity
from voiceid_sdk._wire.client_settings import NotPicklable
from voiceid_sdk._wire.operations.list_pages import ListPage
from voiceid_sdk._wire.operations.rows import Operation
from voiceid_sdk.aio._connection import connection_on
from voiceid_sdk.aio.paging import AsyncPager
from voiceid_sdk.errors import ThrottlingError, VoiceIDError
from voiceid_sdk.paging import Pager
from voiceid_sdk.waiting import Clock


def never(_: Mapping[str, object]) -> ListPage[int]:
    raise AssertionError("a scripted list answers by itself")


LIST_SPEAKERS: Operation[ListPage[int]] = Operation("ListSpeakers", never)
LIST_FRAUDSTERS: Operation[ListPage[int]] = Operation("ListFraudsters", never)
IN_DOMAIN = {"DomainId": "Abcdefghijklmnopqrst01"}


class ScriptedList:
    """A list service: its pages have the given lengths, call after call, then one item each.

    A token names the place in the list, so the next reader of it may get a longer or a shorter page, as with
    the real service. ``failing`` has the numbers of the calls that fail, from 1.
    """

    def __init__(
        self,
        items: Iterable[int],
        lengths: Iterable[int] = (),
        failing: Iterable[int] = (),
        error: type[VoiceIDError] = ThrottlingError,
    ) -> None:
        self.items = list(items)
        self.requests: list[Mapping[str, object]] = []
        self._lengths: Iterator[int] = chain(lengths, repeat(1))
        self._failing = frozenset(failing)
        self._error = error
        self._serial = count(1)

    def __call__(
        self, operation: Operation[ListPage[int]], request: Mapping[str, object]
    ) -> tuple[ListPage[int], str | None]:
        self.requests.append(request)
        number = len(self.requests)
        if number in self._failing:
            raise self._error("No.")
        token = request["NextToken"]
        begin = 0 if token is None else int(str(token).partition("/")[0])
        end = begin + next(self._lengths)
        more = end < len(self.items)
        # Two tokens are never alike, even when the page between them was empty.
        next_token = f"{end}/{next(self._serial)}" if more else None
        return ListPage(tuple(self.items[begin:end]), next_token), f"request-{number}"

    def pager(
        self,
        operation: Operation[ListPage[int]] = LIST_SPEAKERS,
        request: Mapping[str, object] = IN_DOMAIN,
        page_size: int | None = None,
    ) -> Pager[int]:
        identity, world = ListIdentity(operation, request), world_in_use()
        if world.is_async:
            blocking: Pager[int] = world.enter(AsyncPager(self._read_page, identity, page_size))
            return blocking
        return Pager(self, identity, page_size)

    async def _read_page(
        self, operation: Operation[ListPage[int]], request: Mapping[str, object]
    ) -> tuple[ListPage[int], str | None]:
        return self(operation, request)


class Polls:
    """What a wait sees: each answer once, in order, then the last one again and again. Errors are raised."""

    def __init__(self, *answers: object) -> None:
        self.answers = answers
        self.taken = 0

    def __call__(self) -> Any:
        answer = self.answers[min(self.taken, len(self.answers) - 1)]
        self.taken += 1
        if isinstance(answer, BaseException):
            raise answer
        return answer


def connection(polls: Polls, clock: Clock | None = None) -> Any:
    """Return a connection of the world in use on which every call is a poll."""
    transport: Any = SimpleNamespace(
        client=None,
        is_ours=False,
        prepare=lambda operation, body: body,
        send=lambda request: polls(),
        read=lambda operation, request, response: response,
    )
    sync = Connection(transport, clock, NotPicklable("it is made by a test", ""))
    return connection_on(sync) if world_in_use().is_async else sync
