"""ClientToken: a request that is sent again gets the first answer again, and is not done again."""

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import invalid
from voiceid_sdk.local.protocol.requests import Tokened
from voiceid_sdk.local.storage.store import Record, Table

LIFETIME: Final = 24 * 3600.0
"""For how long a token is remembered; AWS does not say."""

# The request is Any: each handler names its own TypedDict, and all of them are Tokened.
Handler: TypeAlias = Callable[[RequestContext, Any], Document]


@attrs.frozen
class ClientToken(Record):
    """An answer that was given, and a fingerprint of the request that it was given to."""

    operation: str
    domain_id: str
    token: str
    fingerprint: str
    response: str
    expires_at: float


CLIENT_TOKENS: Final = Table(
    "client_tokens",
    ClientToken,
    unique=[("operation", "domain_id", "token")],
    indexes=[("expires_at",)],
)


def once_per_token(operation: str, handler: Handler) -> Handler:
    """Return ``handler`` so that it is run once for each ClientToken of the operation and domain."""

    @functools.wraps(handler)
    def response(context: RequestContext, request: Tokened) -> Document:
        token = request.get("ClientToken")
        if token is None:
            return handler(context, request)
        domain_id = str(request.get("DomainId", ""))
        fingerprint = _fingerprint(request)
        context.store.delete_where(CLIENT_TOKENS, "WHERE expires_at <= ?", context.now)
        known = context.store.get(CLIENT_TOKENS, operation=operation, domain_id=domain_id, token=token)
        if known is None:
            given = handler(context, request)
            expires_at = context.now + LIFETIME
            kept = ClientToken(operation, domain_id, token, fingerprint, json.dumps(given), expires_at)
            context.store.add(CLIENT_TOKENS, kept)
            return given
        if known.fingerprint != fingerprint:
            raise invalid("The ClientToken was used before with other parameters.")
        return cast("Document", json.loads(known.response))

    return response


def _fingerprint(request: Tokened) -> str:
    content = {name: value for name, value in request.items() if name != "ClientToken"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
