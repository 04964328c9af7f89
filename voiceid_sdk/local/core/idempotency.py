"""ClientToken: a request that is sent again gets the first response again and is not carried out again."""

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

import attrs

from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import invalid
from voiceid_sdk.local.protocol.requests import Tokened
from voiceid_sdk.local.storage.store import Record, Table

EXPIRE: Final = "expire client tokens"

LIFETIME: Final = 24 * 3600.0
"""Seconds for which a token is stored. AWS does not publish the figure."""

# The request is Any: each handler names its own TypedDict, and all of them are Tokened.
Handler: TypeAlias = Callable[[RequestContext, Any], Document]


@attrs.frozen
class ClientToken(Record):
    """A token with its response, and a fingerprint of its request."""

    operation: str
    account_id: str
    region_name: str
    domain_id: str
    token: str
    fingerprint: str
    response: str
    expires_at: float


CLIENT_TOKENS: Final = Table(
    "client_tokens",
    ClientToken,
    unique=[("operation", "account_id", "region_name", "domain_id", "token")],
    indexes=[("expires_at",)],
)


def once_per_token(operation: str, handler: Handler) -> Handler:
    """Return a handler that runs ``handler`` once for each ClientToken of the operation and domain."""

    @functools.wraps(handler)
    def handle(context: RequestContext, request: Tokened) -> Document:
        token = request.get("ClientToken")
        if token is None:
            return handler(context, request)
        scope = context.scope
        key = {
            "operation": operation,
            "account_id": scope.account_id,
            "region_name": scope.region_name,
            "domain_id": str(request.get("DomainId", "")),
            "token": token,
        }
        fingerprint = _fingerprint(request)
        known = context.store.get(CLIENT_TOKENS, **key)
        if known is None:
            response = handler(context, request)
            expires_at = context.now + LIFETIME
            known = ClientToken(
                operation,
                scope.account_id,
                scope.region_name,
                key["domain_id"],
                token,
                fingerprint,
                json.dumps(response),
                expires_at,
            )
            context.store.add(CLIENT_TOKENS, known)
            tasks.schedule_by(context, EXPIRE, "", expires_at)
            return response
        if known.fingerprint != fingerprint:
            raise invalid("The ClientToken was used before with other parameters.")
        return cast("Document", json.loads(known.response))

    return handle


def expire(context: RequestContext, _: tasks.ScheduledTask) -> None:
    """Delete the tokens that have expired."""
    context.store.delete_where(CLIENT_TOKENS, "WHERE expires_at <= ?", context.until)
    following = context.store.select(CLIENT_TOKENS, "ORDER BY expires_at LIMIT 1")
    if following:
        tasks.schedule_by(context, EXPIRE, "", following[0].expires_at)


def _fingerprint(request: Tokened) -> str:
    content = {name: value for name, value in request.items() if name != "ClientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
