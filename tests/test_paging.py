"""Pages and items of lists: their order, their resume tokens, and errors between pages."""

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_lists import IN_DOMAIN, LIST_FRAUDSTERS, LIST_SPEAKERS, ScriptedList
from tests.support.worlds import in_sync_and_async
from voiceid_sdk._list_positions import ListIdentity
from voiceid_sdk._wire.operations.list_pages import ListPage
from voiceid_sdk._wire.operations.rows import Operation
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import (
    PaginationError,
    RequestValidationError,
    ThrottlingError,
    VoiceIDError,
)
from voiceid_sdk.paging import Page, Pager

sizes = st.integers(0, 12)
lengths = st.lists(st.integers(0, 4), max_size=12)


# --- Iteration ------------------------------------------------------------------------------------------


@in_sync_and_async
@given(sizes, lengths)
def test_every_split_into_pages_gives_the_same_items(size: int, split: list[int]) -> None:
    assert list(ScriptedList(range(size), split).pager()) == list(range(size))


@in_sync_and_async
@given(sizes, lengths)
def test_the_pages_hold_the_items_in_order(size: int, split: list[int]) -> None:
    pages = list(ScriptedList(range(size), split).pager().pages())
    assert [item for page in pages for item in page.items] == list(range(size))
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert [page.request_id for page in pages] == [f"request-{page.number}" for page in pages]


@in_sync_and_async
def test_an_empty_page_is_a_page() -> None:
    pages = list(ScriptedList([7], [0, 0, 1]).pager().pages())
    assert [page.items for page in pages] == [(), (), (7,)]


@in_sync_and_async
def test_a_pager_can_be_iterated_again() -> None:
    pager = ScriptedList(range(5), [2, 2, 2, 3, 3]).pager()
    assert list(pager) == list(pager) == list(range(5))


@in_sync_and_async
def test_nothing_is_called_before_the_first_item_is_asked_for() -> None:
    service = ScriptedList(range(3))
    pager = service.pager().limit(2).page_size(2)
    iter(pager)
    pager.items()
    pager.pages()
    repr(pager)
    assert service.requests == []


@in_sync_and_async
def test_a_page_is_read_when_its_first_item_is_asked_for() -> None:
    service = ScriptedList(range(6), [2, 2, 2])
    items = iter(service.pager())
    assert list(islice(items, 2)) == [0, 1]
    assert len(service.requests) == 1
    next(items)
    assert len(service.requests) == 2


@in_sync_and_async
def test_an_iterator_that_has_ended_calls_nothing_more() -> None:
    service = ScriptedList(range(2), [2])
    items = iter(service.pager())
    assert [*items, *items] == [0, 1]
    assert len(service.requests) == 1


@in_sync_and_async
def test_all_returns_a_list() -> None:
    assert ScriptedList(range(3)).pager().all() == [0, 1, 2]


@in_sync_and_async
@given(st.integers(1, 12), lengths)
def test_first_returns_the_first_item(size: int, split: list[int]) -> None:
    assert ScriptedList(range(5, 5 + size), split).pager().first() == 5


@in_sync_and_async
def test_first_asks_for_a_page_of_one_item() -> None:
    service = ScriptedList(range(3))
    service.pager(page_size=50).first()
    assert [request["MaxResults"] for request in service.requests] == [1]


@in_sync_and_async
def test_first_of_an_empty_list_is_none() -> None:
    assert ScriptedList([]).pager().first() is None


@in_sync_and_async
def test_first_of_a_list_limited_to_nothing_is_none() -> None:
    service = ScriptedList(range(3))
    assert service.pager().limit(0).first() is None
    assert service.requests == []


# --- Limits and page sizes ------------------------------------------------------------------------------


@in_sync_and_async
@given(sizes, lengths, sizes)
def test_a_limit_gives_the_first_items(size: int, split: list[int], most: int) -> None:
    assert list(ScriptedList(range(size), split).pager().limit(most)) == list(range(size))[:most]


@in_sync_and_async
@given(sizes, lengths, sizes)
def test_after_a_limit_the_rest_can_be_read(size: int, split: list[int], most: int) -> None:
    pager = ScriptedList(range(size), split).pager()
    limited = pager.limit(most).items()
    begun = list(limited)
    rest = list(pager.items(limited.resume_token)) if limited.resume_token else []
    assert begun + rest == list(range(size))


@in_sync_and_async
@given(sizes, lengths, sizes)
def test_after_limited_pages_the_rest_can_be_read(size: int, split: list[int], most: int) -> None:
    pager = ScriptedList(range(size), split).pager()
    pages = list(pager.limit(most).pages())
    begun = [item for page in pages for item in page.items]
    token = pages[-1].resume_token if pages else pager.limit(most).pages().resume_token
    assert begun == list(range(size))[:most]
    assert begun + (list(pager.items(token)) if token else []) == list(range(size))


@in_sync_and_async
def test_a_limit_reads_no_page_that_it_does_not_need() -> None:
    service = ScriptedList(range(6), [2, 2, 2])
    list(service.pager().limit(4))
    assert len(service.requests) == 2


@in_sync_and_async
def test_the_last_limit_counts() -> None:
    pager = ScriptedList(range(6)).pager()
    assert list(pager.limit(1).limit(3)) == [0, 1, 2]


@in_sync_and_async
def test_a_changed_pager_leaves_the_first_one_as_it_was() -> None:
    service = ScriptedList(range(3), [3, 3])
    pager = service.pager()
    pager.limit(1)
    pager.page_size(1)
    assert list(pager) == [0, 1, 2]
    assert service.requests[0]["MaxResults"] is None


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(RequestValidationError, match=r"^ListSpeakers: count must be at least 0$"):
        ScriptedList([]).pager().limit(-1)


@in_sync_and_async
@pytest.mark.parametrize(
    "sized", [lambda service: service.pager(page_size=2), lambda service: service.pager().page_size(2)]
)
def test_the_page_size_is_sent_with_every_page(sized: Callable[[ScriptedList], Pager[int]]) -> None:
    service = ScriptedList(range(4), [2, 2])
    list(sized(service))
    assert service.requests == [
        {**IN_DOMAIN, "NextToken": None, "MaxResults": 2},
        {**IN_DOMAIN, "NextToken": "2/1", "MaxResults": 2},
    ]


# --- Resuming -------------------------------------------------------------------------------------------


@in_sync_and_async
@given(sizes, lengths, sizes)
def test_an_iterator_can_be_left_at_any_item_and_resumed(size: int, split: list[int], done: int) -> None:
    pager = ScriptedList(range(size), split).pager()
    items = pager.items()
    begun = list(islice(items, done))
    token = items.resume_token
    assert begun + (list(pager.items(token)) if token else []) == list(range(size))


@in_sync_and_async
@given(sizes, lengths, st.lists(st.integers(1, 4), max_size=6))
def test_a_list_can_be_resumed_again_and_again(size: int, split: list[int], steps: list[int]) -> None:
    pager = ScriptedList(range(size), split).pager()
    items, got = pager.items(), list[int]()
    for step in steps:
        got += islice(items, step)
        if items.resume_token is None:
            break
        items = pager.items(items.resume_token)
    assert [*got, *items] == list(range(size))


@in_sync_and_async
@given(sizes, lengths, sizes)
def test_pages_can_be_resumed_in_the_middle_of_a_page(size: int, split: list[int], done: int) -> None:
    pager = ScriptedList(range(size), split).pager()
    items = pager.items()
    begun = list(islice(items, done))
    token = items.resume_token
    rest = [item for page in pager.pages(token) for item in page.items] if token else []
    assert begun + rest == list(range(size))


@in_sync_and_async
@given(sizes, lengths, sizes)
def test_items_can_be_resumed_after_any_page(size: int, split: list[int], done: int) -> None:
    pager = ScriptedList(range(size), split).pager()
    pages = pager.pages()
    begun = list(islice(pages, done))
    token = pages.resume_token
    assert not begun or token == begun[-1].resume_token
    rest = list(pager.items(token)) if token else []
    assert [item for page in begun for item in page.items] + rest == list(range(size))


@in_sync_and_async
def test_before_the_first_page_the_resume_token_stands_for_the_start() -> None:
    pager = ScriptedList(range(3)).pager()
    assert list(pager.items(pager.items().resume_token)) == [0, 1, 2]
    assert list(pager.items(pager.pages().resume_token)) == [0, 1, 2]


@in_sync_and_async
def test_at_the_end_there_is_no_resume_token() -> None:
    pager = ScriptedList(range(2)).pager()
    items, pages = pager.items(), pager.pages()
    *_, last = pages
    assert list(items) == [0, 1]
    assert (items.resume_token, pages.resume_token, last.resume_token) == (None, None, None)


@in_sync_and_async
def test_a_resumed_list_goes_on_with_the_page_size_it_began_with() -> None:
    service = ScriptedList(range(4), [2, 2])
    page = next(service.pager(page_size=2).pages())
    list(service.pager(page_size=50).items(page.resume_token))
    assert [request["MaxResults"] for request in service.requests] == [2, 2]


@in_sync_and_async
def test_resuming_reads_only_what_is_left() -> None:
    service = ScriptedList(range(6), [2, 2, 2, 2])
    token = list(islice(service.pager().pages(), 2))[-1].resume_token
    list(service.pager().items(token))
    assert [request["NextToken"] for request in service.requests] == [None, "2/1", "4/2"]


@in_sync_and_async
def test_a_list_with_a_filter_can_be_resumed_with_the_plain_value() -> None:
    service = ScriptedList(range(3))
    items = service.pager(request={**IN_DOMAIN, "JobStatus": JobStatus.FAILED}).items()
    next(items)
    again = service.pager(request={**IN_DOMAIN, "JobStatus": "FAILED"})
    assert list(again.items(items.resume_token)) == [1, 2]


# --- Errors ---------------------------------------------------------------------------------------------


@in_sync_and_async
@given(sizes, lengths, st.sets(st.integers(1, 14)))
def test_an_iterator_goes_on_after_errors_and_loses_nothing(
    size: int, split: list[int], failing: set[int]
) -> None:
    items, got = ScriptedList(range(size), split, failing).pager().items(), list[int]()
    for _ in range(len(failing) + 1):
        try:
            got += items
        except ThrottlingError:
            continue
        break
    assert got == list(range(size))


@in_sync_and_async
@given(sizes, lengths, st.integers(1, 14))
def test_a_list_can_be_resumed_from_an_error(size: int, split: list[int], failing: int) -> None:
    pager, got = ScriptedList(range(size), split, [failing]).pager(), list[int]()
    try:
        got.extend(pager)
    except ThrottlingError as error:
        got.extend(pager.items(error.resume_token))
    assert got == list(range(size))


@in_sync_and_async
@given(sizes, lengths, sizes, st.integers(1, 14))
def test_an_error_does_not_count_against_the_limit(
    size: int, split: list[int], most: int, failing: int
) -> None:
    items, got = ScriptedList(range(size), split, [failing]).pager().limit(most).items(), list[int]()
    try:
        got += items
    except ThrottlingError:
        got += items
    assert got == list(range(size))[:most]


@in_sync_and_async
def test_pages_go_on_after_an_error_with_the_next_number() -> None:
    pages = ScriptedList(range(4), [2, 2], failing=[2]).pager().pages()
    numbers = [next(pages).number]
    with pytest.raises(ThrottlingError):
        next(pages)
    assert [*numbers, *(page.number for page in pages)] == [1, 2]


@in_sync_and_async
def test_what_is_no_error_of_ours_passes_as_it_is() -> None:
    def interrupt(*_: object) -> tuple[ListPage[int], str | None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Pager(interrupt, ListIdentity(LIST_SPEAKERS, IN_DOMAIN)))


def test_a_refused_page_size_of_a_wrong_type_is_what_the_error_says() -> None:
    service = ScriptedList([], failing=[1], error=RequestValidationError)
    wrong: Any = 10j
    pager = Pager(service, ListIdentity(LIST_SPEAKERS, IN_DOMAIN), wrong)
    with pytest.raises(RequestValidationError):
        list(pager)


# --- A service that repeats a token ---------------------------------------------------------------------


class Cycle:
    """A service whose page tokens form a cycle, given as the successor of each token."""

    def __init__(self, successors: Mapping[str | None, str]) -> None:
        self.successors = successors
        self.calls = 0

    def __call__(
        self, operation: Operation[ListPage[str]], request: Mapping[str, object]
    ) -> tuple[ListPage[str], str | None]:
        self.calls += 1
        assert self.calls < 50
        token = request["NextToken"]
        assert token is None or isinstance(token, str)
        return ListPage((f"item after {token}",), self.successors[token]), None

    def pager(self) -> Pager[str]:
        return Pager(self, ListIdentity(Operation("ListSpeakers", _unused), IN_DOMAIN))


def _unused(_: Mapping[str, object]) -> ListPage[str]:
    raise AssertionError


CYCLES = {
    "a page that leads to itself": {None: "A", "A": "A"},
    "two pages that lead to each other": {None: "A", "A": "B", "B": "A"},
    "a circle after a straight way": {None: "A", "A": "B", "B": "C", "C": "D", "D": "B"},
}


@in_sync_and_async
@pytest.mark.parametrize("successors", CYCLES.values(), ids=CYCLES.keys())
def test_a_repeated_token_ends_the_list_after_each_item_was_given_once(
    successors: Mapping[str | None, str],
) -> None:
    cycle, got = Cycle(successors), list[str]()
    with pytest.raises(PaginationError, match="gave a page token twice, so the list would never end"):
        got.extend(cycle.pager())
    assert got == [f"item after {token}" for token in successors]
    assert cycle.calls == len(successors)


@in_sync_and_async
def test_after_a_repeated_token_the_iterator_says_so_again_without_a_call() -> None:
    cycle = Cycle({None: "A", "A": "A"})
    items = cycle.pager().items()
    for _ in range(2):
        with pytest.raises(PaginationError) as caught:
            list(items)
    assert cycle.calls == 2
    assert caught.value.resume_token == items.resume_token


@in_sync_and_async
def test_a_limit_that_ends_before_the_circle_closes_raises_nothing() -> None:
    assert len(list(Cycle({None: "A", "A": "A"}).pager().limit(2))) == 2


# --- Wrong tokens ---------------------------------------------------------------------------------------


def some_token() -> str:
    items = ScriptedList(range(9), [2, 4]).pager(page_size=3).items()
    list(islice(items, 3))
    assert items.resume_token is not None
    return items.resume_token


def forged(content: object) -> str:
    """Return an undamaged token with content that the SDK never writes."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4, "big") + text).decode()


def refusal(token: str) -> RequestValidationError:
    with pytest.raises(RequestValidationError) as caught:
        ScriptedList([]).pager().items(token)
    return caught.value


HOSTILE = {
    "empty": "",
    "no base64": "£$%",
    "too short": base64.urlsafe_b64encode(b"ab").decode(),
    "no JSON": forged(b"\xff\xfe{"),
    "nested beyond measure": forged(b"[" * 200_000),
    "no list": forged({"a": 1}),
    "a null": forged(None),
    "too few parts": forged(["ListSpeakers", IN_DOMAIN, None, 0]),
    "too many parts": forged(["ListSpeakers", IN_DOMAIN, None, 0, None, None]),
    "a token that is no string": forged(["ListSpeakers", IN_DOMAIN, 5, 0, None]),
    "a negative skip": forged(["ListSpeakers", IN_DOMAIN, None, -1, None]),
    "a skip that is no integer": forged(["ListSpeakers", IN_DOMAIN, None, "3", None]),
    "a size that is no integer": forged(["ListSpeakers", IN_DOMAIN, None, 0, "3"]),
    "text after the token": f"{some_token()}\n",
}


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_token_that_is_none_is_refused(token: str) -> None:
    error = refusal(token)
    assert error.parameter == "resume_token"
    assert error.rule == "was not made by this SDK, or is damaged; begin again without one"


@pytest.mark.parametrize("token", [5, b"\xff", ["a"], object()])
def test_a_token_of_a_wrong_type_is_refused(token: Any) -> None:
    assert refusal(token).parameter == "resume_token"


@in_sync_and_async
def test_pages_refuse_a_wrong_token_as_well() -> None:
    with pytest.raises(RequestValidationError):
        ScriptedList([]).pager().pages("wrong")


@given(st.data())
def test_a_token_with_one_wrong_character_never_leads_elsewhere(data: st.DataObject) -> None:
    token = some_token()
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters(codec="utf-8"))
    changed = token[:place] + character + token[place + 1 :]
    try:
        items = ScriptedList(range(9)).pager().items(changed)
    except RequestValidationError:
        return
    # The last character of Base64 has unused bits.
    assert items.resume_token == token


def test_a_token_whose_place_was_changed_is_refused() -> None:
    checksum_and_text = base64.urlsafe_b64decode(some_token())
    changed = checksum_and_text.replace(b",1,3]", b",2,3]")
    assert changed != checksum_and_text
    refusal(base64.urlsafe_b64encode(changed).decode())


@given(st.integers(0, 200))
def test_a_token_that_was_cut_off_is_refused(length: int) -> None:
    token = some_token()
    refusal(token[: min(length, len(token) - 1)])


FOREIGN = {
    "another operation": ScriptedList([]).pager(LIST_FRAUDSTERS),
    "another domain": ScriptedList([]).pager(request={"DomainId": "Abcdefghijklmnopqrst02"}),
    "another filter": ScriptedList([]).pager(request={**IN_DOMAIN, "JobStatus": "FAILED"}),
}


@pytest.mark.parametrize("pager", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_token_of_another_list_is_refused(pager: Pager[int]) -> None:
    with pytest.raises(RequestValidationError, match="resume_token belongs to another list"):
        pager.items(some_token())


@given(st.text(max_size=40))
def test_a_refusal_never_repeats_the_token(text: str) -> None:
    marked = f"canary{text}"
    assert "canary" not in str(refusal(marked))
    assert "canary" not in str(refusal(forged([marked, {}, None, 0, None])))


# --- repr -----------------------------------------------------------------------------------------------


def test_a_pager_shows_what_it_lists_and_not_whose() -> None:
    pager = ScriptedList([]).pager(page_size=5).limit(7)
    assert repr(pager) == "Pager(ListSpeakers, page_size=5, limit=7)"


def test_a_pager_equals_only_itself() -> None:
    pager = ScriptedList([]).pager(page_size=5)
    again = pager.page_size(5)
    assert len({pager, again}) == 2
    assert pager != again


def test_no_repr_shows_a_token() -> None:
    pager = ScriptedList(range(4)).pager()
    page = next(pager.pages())
    items = pager.items()
    next(items)
    raw: ListPage[int] = ListPage((), page.resume_token)
    for shown in (page, items, pager.pages(), pager, raw):
        assert page.resume_token is not None
        assert page.resume_token not in repr(shown)


@in_sync_and_async
def test_an_error_does_not_show_its_token() -> None:
    with pytest.raises(VoiceIDError) as caught:
        list(ScriptedList(range(4), failing=[2]).pager())
    assert caught.value.resume_token
    assert caught.value.resume_token not in str(caught.value) + repr(caught.value)


def test_a_page_knows_its_place() -> None:
    page: Page[int] = next(ScriptedList([1, 2], [2]).pager().pages())
    assert page == Page(items=(1, 2), resume_token=None, number=1, request_id="request-1")
