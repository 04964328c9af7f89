"""Idempotency tokens of bulk work: one for all tries of a request for an item, and another for all else."""

import json
import pickle
import subprocess
import sys
from typing import Any, Final
from uuid import UUID

from tests.support.canned_responses import (
    DOMAIN_ID,
    WATCHLIST_ID,
    Canned,
    Sent,
    failure,
    success,
    typed_client,
)
from tests.support.clocks import FakeClock
from voiceid_sdk import bulk
from voiceid_sdk._wire.client_tokens import TokenSource, new_token, tokens_of
from voiceid_sdk.errors import ThrottlingError


class Tokens:
    """Answers CreateWatchlist, at first with errors, and keeps the tokens that came."""

    def __init__(self, canned: Canned, *errors: Any) -> None:
        self.seen: list[str] = []
        self._errors = list(errors)
        canned.default = self

    def __call__(self, sent: Sent) -> Any:
        self.seen.append(sent.body["ClientToken"])
        return self._errors.pop(0) if self._errors else success(Watchlist={"WatchlistId": WATCHLIST_ID})


def throttling() -> Any:
    return failure("ThrottlingException", "Slow down.", status=429)


def test_all_tries_of_an_item_send_one_token(canned: Canned, clock: FakeClock) -> None:
    tokens = Tokens(canned, throttling(), throttling(), throttling())
    domain = typed_client(canned, max_attempts=1).domain(DOMAIN_ID)
    (outcome,) = bulk.run(lambda name: domain.create_watchlist(name=name), ["w"])
    assert outcome.ok
    assert len(tokens.seen) == 4
    assert len(set(tokens.seen)) == 1


def test_the_error_of_an_item_has_the_token_of_all_its_tries(canned: Canned, clock: FakeClock) -> None:
    tokens = Tokens(canned, *[throttling() for _ in range(20)])
    domain = typed_client(canned, max_attempts=1).domain(DOMAIN_ID)
    (outcome,) = bulk.run(lambda name: domain.create_watchlist(name=name), ["w"])
    assert isinstance(outcome.error, ThrottlingError)
    assert set(tokens.seen) == {outcome.error.client_token}


def test_a_run_that_is_resumed_from_its_report_sends_the_same_tokens(canned: Canned) -> None:
    tokens = Tokens(canned, failure("InternalServerException", status=500))
    domain = typed_client(canned, max_attempts=1).domain(DOMAIN_ID)

    def create(name: str) -> object:
        return domain.create_watchlist(name=name)

    first = bulk.run(create, ["w"])
    assert [outcome.ok for outcome in first] == [False]
    kept = bulk.Report.from_dict(json.loads(json.dumps(first.report.to_dict())))
    assert [outcome.ok for outcome in bulk.run(create, ["w"], resume=kept, retry_failed=True)] == [True]
    assert len(tokens.seen) == 2
    assert len(set(tokens.seen)) == 1


def test_other_items_other_runs_and_equal_requests_of_one_item_have_other_tokens(canned: Canned) -> None:
    tokens = Tokens(canned)
    domain = typed_client(canned).domain(DOMAIN_ID)

    def create(name: str) -> object:
        domain.create_watchlist(name=name)
        return domain.create_watchlist(name=name)

    for _ in range(2):
        assert all(outcome.ok for outcome in bulk.run(create, ["same", "same"]))
    assert len(set(tokens.seen)) == len(tokens.seen) == 8


TOKEN_IN_ANOTHER_PROCESS: Final = """
import pickle, sys
from voiceid_sdk._wire.client_tokens import new_token, tokens_of
with tokens_of(pickle.load(sys.stdin.buffer)):
    sys.stdout.write(new_token("CreateWatchlist", {"Name": "w"}))
"""


def test_another_process_sends_the_same_token() -> None:
    source = TokenSource("a key", 7)
    with tokens_of(source):
        here = new_token("CreateWatchlist", {"Name": "w"})
    there = subprocess.run(
        [sys.executable, "-c", TOKEN_IN_ANOTHER_PROCESS],
        input=pickle.dumps(source),
        capture_output=True,
        check=True,
    )
    assert there.stdout.decode() == here


def test_the_order_of_the_members_of_a_request_does_not_change_its_token() -> None:
    members = {"DomainId": DOMAIN_ID, "Name": "w"}
    tokens = set[str]()
    for request in (members, dict(reversed(members.items()))):
        with tokens_of(TokenSource("a key", 7)):
            tokens.add(new_token("CreateWatchlist", request))
    assert len(tokens) == 1


def test_a_token_that_the_function_gives_stays(canned: Canned) -> None:
    tokens = Tokens(canned)
    domain = typed_client(canned).domain(DOMAIN_ID)
    list(bulk.run(lambda name: domain.create_watchlist(name=name, client_token="mine"), ["w"]))
    assert tokens.seen == ["mine"]


def test_a_run_inside_an_item_has_the_same_tokens_at_each_try() -> None:
    def keys() -> list[str]:
        with tokens_of(TokenSource("outer", 1)):
            return [bulk.run(str, []).report.key for _ in range(2)]

    first = keys()
    assert first == keys()
    assert len(set(first)) == 2


def test_a_token_is_a_random_uuid_outside_of_bulk_work() -> None:
    first, second = (new_token("CreateWatchlist", {"Name": "w"}) for _ in range(2))
    assert first != second
    assert UUID(first).version == 4


def test_a_token_of_bulk_work_is_a_uuid_too() -> None:
    with tokens_of(TokenSource("a key", 7)):
        token = new_token("CreateWatchlist", {"Name": "w"})
    assert UUID(token).version == 4
    assert str(UUID(token)) == token


def test_the_work_the_item_the_operation_and_the_request_change_a_token() -> None:
    def token(key: str, item: int, operation: str, name: str) -> str:
        with tokens_of(TokenSource(key, item)):
            return new_token(operation, {"Name": name})

    given = [
        ("a key", 7, "CreateWatchlist", "w"),
        ("another key", 7, "CreateWatchlist", "w"),
        ("a key", 8, "CreateWatchlist", "w"),
        ("a key", 7, "CreateDomain", "w"),
        ("a key", 7, "CreateWatchlist", "v"),
    ]
    assert len({token(*each) for each in given}) == len(given)
