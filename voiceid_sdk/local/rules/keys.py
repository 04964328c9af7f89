"""The KMS keys of domains: their ARNs, and whether they can be used.

There are no real keys, and nothing is encrypted. A key can be used until ``service.disable_key`` disables it.
So tests can check how the service behaves without its key, or without the grant for it.
"""

import re
import uuid
from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.protocol.errors import invalid
from voiceid_sdk.local.protocol.validation import check_values
from voiceid_sdk.local.storage.store import Record, Table

_KEY_ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9_-]{1,256}")
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ALIAS: Final = re.compile(r"(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:)?(alias/[A-Za-z0-9/_-]{1,250})")


@attrs.frozen
class DisabledKey(Record):
    """A key that is disabled."""

    arn: str


DISABLED_KEYS: Final = Table("disabled_keys", DisabledKey, unique=[("arn",)])


def resolve(scope: Scope, key_id: str) -> str:
    """Return the ARN of a key of an account and region, given its id, ARN or alias.

    The key of an alias is derived from the alias's name, and always the same.

    Raises:
        ServiceException: a ValidationException, because ``key_id`` is none of these.
    """
    if _KEY_ARN.fullmatch(key_id):
        return key_id
    alias = _ALIAS.fullmatch(key_id)
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, alias[1])) if alias else key_id
    if not _KEY_ID.fullmatch(name):
        raise invalid("KmsKeyId is not a key id, key ARN or alias.")
    return f"arn:aws:kms:{scope.region_name}:{scope.account_id}:key/{name}"


def is_key(text: str) -> bool:
    """Return whether a text has the form of a key id, a key ARN or an alias."""
    return any(form.fullmatch(text) for form in (_KEY_ARN, _KEY_ID, _ALIAS))


def is_usable(context: RequestContext, arn: str) -> bool:
    """Return whether a key can be used."""
    return context.store.recall(DISABLED_KEYS, "arn", arn) is None


def disable(context: RequestContext, key_id: str) -> None:
    """Disable a key."""
    check_values(kms_key_id=("KmsKeyId", key_id))
    arn = resolve(context.scope, key_id)
    if is_usable(context, arn):
        context.store.add(DISABLED_KEYS, DisabledKey(arn))


def enable(context: RequestContext, key_id: str) -> None:
    """Enable a key again."""
    check_values(kms_key_id=("KmsKeyId", key_id))
    context.store.remove(DISABLED_KEYS, arn=resolve(context.scope, key_id))
