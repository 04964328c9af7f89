"""Pairs of clients of one service, one that the SDK made and one of a caller, and the outcomes of calls."""

import functools
import sys
from typing import Any

import attrs
import pytest
from botocore.config import Config

from tests.support.canned_responses import TABLE, Canned, Reply, raw_client, request_of, typed_client
from voiceid_sdk import VoiceID
from voiceid_sdk._connection import Connection
from voiceid_sdk.errors import VoiceIDError


def hide_orjson(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "orjson", None)


@attrs.frozen
class Ways:
    """One service, a client that the SDK made, and one of a caller, with the same configuration."""

    canned: Canned
    ours: Connection
    brought: Connection

    def outcomes(self, name: str, *replies: Reply) -> "tuple[Outcome, Outcome]":
        """Call an operation on each way; the replies come to each, and the last again and again."""
        return self._outcome(self.ours, name, replies), self._outcome(self.brought, name, replies)

    def _outcome(self, way: Connection, name: str, replies: tuple[Reply, ...]) -> "Outcome":
        self.canned.sent.clear()
        self.canned.answer(*replies[:-1])
        self.canned.default = replies[-1]
        return outcome(way, name, self.canned)


@attrs.frozen
class Outcome:
    """All that a caller sees of a call: data and request id, or an error; and the number of attempts."""

    result: Any
    request_id: str | None
    attempts: int


def outcome(way: Connection, name: str, canned: Canned | None = None) -> Outcome:
    try:
        result: Any
        result, request_id = way.read_page(TABLE[name], request_of(name))
    except VoiceIDError as error:
        result = (type(error), str(error), {**vars(error), "request_id": None})
        request_id = getattr(error, "request_id", None)
    return Outcome(result, request_id, len(canned.sent) if canned else 0)


def new_ways() -> Ways:
    canned = Canned()
    config = Config(retries={"mode": "standard", "total_max_attempts": 3})
    brought = VoiceID(client=raw_client(canned, config=config))
    return Ways(canned, typed_client(canned)._connection, brought._connection)


ways = functools.cache(new_ways)
"""Cached, for calls that are not retried or succeed then, because a client has a budget of retries."""


@functools.cache
def ways_of(name: str) -> Ways:
    """Return the pair of clients for failing calls of an operation; their budget of retries is enough."""
    return new_ways()
