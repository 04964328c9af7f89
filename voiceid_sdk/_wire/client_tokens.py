"""Idempotency tokens: random for single calls, and the same one for every try of an item of bulk work."""

import contextlib
import contextvars
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Generator, Mapping
from typing import Final, NamedTuple


class TokenSource(NamedTuple):
    """The item that requests are made for; it pickles, so another process makes the same tokens."""

    key: str
    """Belongs to the work, such as a run of bulk, and is random."""
    item: int
    """The index of the item in that work."""


class _Scope(NamedTuple):
    source: TokenSource
    requests: Counter[str]
    """How often each request was made in this try, because a function may make equal ones."""


_scope: Final[contextvars.ContextVar[_Scope | None]] = contextvars.ContextVar("tokens", default=None)


@contextlib.contextmanager
def tokens_of(source: TokenSource) -> Generator[None]:
    """Let ``new_token`` return, while the context lasts, the tokens that other tries of the item had."""
    before = use_tokens_of(source)
    try:
        yield
    finally:
        _scope.reset(before)


def use_tokens_of(source: TokenSource) -> "contextvars.Token[_Scope | None]":
    """Do the same for the rest of a task."""
    return _scope.set(_Scope(source, Counter()))


def new_token(operation: str, body: Mapping[str, object]) -> str:
    """Return the idempotency token for a request.

    For an item, it is a digest of the item and the request: two tries have the same one, two requests do not.
    """
    scope = _scope.get()
    if scope is None:
        return str(uuid.uuid4())
    request = json.dumps([operation, body], sort_keys=True, default=str)
    scope.requests[request] += 1
    parts = [*scope.source, request, scope.requests[request]]
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
