"""The domain that a request is about: whether it exists, is active, and has a key that can be used."""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext, Settings
from voiceid_sdk.local.protocol.errors import conflict, key_denied, not_found
from voiceid_sdk.local.rules import keys
from voiceid_sdk.local.storage.store import Record, Table

ACTIVE: Final = "ACTIVE"
PENDING: Final = "PENDING"
SUSPENDED: Final = "SUSPENDED"

IN_PROGRESS: Final = "IN_PROGRESS"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"


@attrs.frozen
class Domain(Record):
    """A domain."""

    domain_id: str
    name: str
    description: str | None
    status: str
    default_watchlist_id: str
    key_arn: str
    old_key_arn: str | None
    encryption_status: str | None
    encryption_message: str | None
    encryption_started_at: float | None
    encryption_attempts: int
    created_at: float
    updated_at: float

    @property
    def data_key_arn(self) -> str:
        """The key that the domain's data is encrypted with; the new one only when a change is complete."""
        if self.old_key_arn is None or self.encryption_status == COMPLETED:
            return self.key_arn
        return self.old_key_arn

    def arn(self, settings: Settings) -> str:
        """Return the domain's ARN."""
        return f"arn:aws:voiceid:{settings.region_name}:{settings.account_id}:domain/{self.domain_id}"


DOMAINS: Final = Table("domains", Domain, unique=[("domain_id",)], indexes=[("status",)])


def find(context: RequestContext, domain_id: str) -> Domain:
    """Return a domain in any state; raises a ServiceException when there is none."""
    domain = context.store.get(DOMAINS, domain_id=domain_id)
    if domain is None:
        raise not_found("DOMAIN")
    return domain


def find_active(context: RequestContext, domain_id: str) -> Domain:
    """Return an active domain; raises a ServiceException when there is none or it is not active."""
    domain = find(context, domain_id)
    if domain.status != ACTIVE:
        raise conflict("DOMAIN_NOT_ACTIVE")
    return domain


def open_to_read(context: RequestContext, domain_id: str) -> Domain:
    """Return a domain whose content can be read; a suspended one's still can."""
    return _with_key(context, find(context, domain_id))


def open_to_change(context: RequestContext, domain_id: str) -> Domain:
    """Return a domain whose content can be changed."""
    return _with_key(context, find_active(context, domain_id))


def _with_key(context: RequestContext, domain: Domain) -> Domain:
    if not keys.usable(context, domain.data_key_arn):
        raise key_denied()
    return domain
