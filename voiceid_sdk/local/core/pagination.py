"""Pages of a list, and the tokens that lead from one page to the next.

A token is opaque, bound to the operation and its filters, and valid for 24 hours (source: the model of
``NextToken``). It holds the sequence number of the last record on the page, not an offset. So each page costs
the same, and no record is repeated or skipped when others are added or removed.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Mapping
from typing import Final

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol.errors import invalid
from voiceid_sdk.local.protocol.requests import Paged
from voiceid_sdk.local.storage.store import RecordT, Store, Table

TOKEN_LIFETIME: Final = 24 * 3600.0
DEFAULT_PAGE_SIZE: Final = 100

_CONTENT: Final = struct.Struct(">dQ")
_SIGNATURE_LENGTH: Final = 16
_FACT: Final = "page tokens"


def page(
    context: RequestContext,
    operation: str,
    request: Paged,
    table: Table[RecordT],
    filters: Mapping[str, str],
    *,
    default_size: int = DEFAULT_PAGE_SIZE,
) -> tuple[list[RecordT], str | None]:
    """Return the records of the requested page, and the token for the next page if there is one."""
    binding = "\n".join((operation, *(f"{name}={value}" for name, value in sorted(filters.items()))))
    size = request.get("MaxResults", default_size)
    token = request.get("NextToken")
    after = _position(context, token, binding) if token else 0
    records = context.store.page(table, after, size + 1, **filters)
    if len(records) <= size:
        return records, None
    del records[size:]
    return records, _token(context, records[-1].sequence, binding)


def prepare(store: Store, secret: bytes) -> None:
    """Put the secret that signs tokens into a new store."""
    if store.get_fact(_FACT) is None:
        store.set_fact(_FACT, secret.hex())


def _token(context: RequestContext, position: int, binding: str) -> str:
    content = _CONTENT.pack(context.now + TOKEN_LIFETIME, position)
    return base64.urlsafe_b64encode(content + _signature(context.store, content, binding)).decode("ascii")


def _position(context: RequestContext, token: str, binding: str) -> int:
    try:
        packed = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise invalid("NextToken is not valid.") from None
    content, signature = packed[: _CONTENT.size], packed[_CONTENT.size :]
    if not hmac.compare_digest(signature, _signature(context.store, content, binding)):
        raise invalid("NextToken is not valid for this request.")
    expires_at, position = _CONTENT.unpack(content)
    if context.now >= expires_at:
        raise invalid("NextToken has expired.")
    return int(position)


def _signature(store: Store, content: bytes, binding: str) -> bytes:
    secret = store.get_fact(_FACT) or ""
    return hmac.digest(secret.encode(), content + binding.encode(), hashlib.sha256)[:_SIGNATURE_LENGTH]
