"""What a test prescribes: lists that are split into pages in any way, and what a wait sees look by look."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count, repeat
from types import SimpleNamespace
from typing import Any

from voiceid_sdk._connection import Connection
from voiceid_sdk._wire.operations import Listing, Operation
from voiceid_sdk.errors import ThrottlingError, VoiceIDError
from voiceid_sdk.paging import Pager, Source
from voiceid_sdk.waiting import Clock


def never(_: Mapping[str, object]) -> Listing[int]:
    raise AssertionError("a scripted list answers by itself")


LIST_SPEAKERS: Operation[Listing[int]] = Operation("ListSpeakers", never)
LIST_FRAUDSTERS: Operation[Listing[int]] = Operation("ListFraudsters", never)
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
        self, operation: Operation[Listing[int]], request: Mapping[str, object]
    ) -> tuple[Listing[int], str | None]:
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
        return Listing(tuple(self.items[begin:end]), next_token), f"request-{number}"

    def pager(
        self,
        operation: Operation[Listing[int]] = LIST_SPEAKERS,
        request: Mapping[str, object] = IN_DOMAIN,
        page_size: int | None = None,
    ) -> Pager[int]:
        return Pager(Source(self, operation, request), page_size)


class Looks:
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


def connection(looks: Looks, clock: Clock | None = None) -> Connection:
    """Return a connection on which every call is a look."""
    transport: Any = SimpleNamespace(call=lambda operation, request: looks())
    return Connection(transport, clock)
