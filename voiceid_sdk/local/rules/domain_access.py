"""Access to the domain of a request: it must exist, be active, and have a usable key."""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.protocol.errors import conflict, key_denied, not_found
from voiceid_sdk.local.rules import keys
from voiceid_sdk.local.rules.statuses import DomainStatus, ServerSideEncryptionUpdateStatus
from voiceid_sdk.local.storage.store import Record, Table


@attrs.frozen
class Domain(Record):
    """A domain."""

    domain_id: str
    account_id: str
    region_name: str
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
        """The key that encrypts the domain's data; a new key only after the change is complete."""
        if self.old_key_arn is None or self.encryption_status == ServerSideEncryptionUpdateStatus.COMPLETED:
            return self.key_arn
        return self.old_key_arn

    @property
    def scope(self) -> Scope:
        """The account and region that the domain belongs to."""
        return Scope(self.account_id, self.region_name)

    def is_in(self, scope: Scope) -> bool:
        """Return whether the domain belongs to an account and region."""
        return self.account_id == scope.account_id and self.region_name == scope.region_name

    @property
    def arn(self) -> str:
        """The domain's ARN."""
        return f"arn:aws:voiceid:{self.region_name}:{self.account_id}:domain/{self.domain_id}"


DOMAINS: Final = Table(
    "domains", Domain, unique=[("domain_id",)], indexes=[("account_id", "region_name", "status")]
)


def lookup(context: RequestContext, domain_id: str) -> Domain | None:
    """Return a domain in any status, or None if the client's account has no such domain in its region."""
    domain = context.store.recall(DOMAINS, "domain_id", domain_id)
    if domain is None or (context.client is not None and not domain.is_in(context.client)):
        return None
    return domain


def find(context: RequestContext, domain_id: str) -> Domain:
    """Return a domain in any status; raises a ServiceException if it does not exist."""
    domain = lookup(context, domain_id)
    if domain is None:
        raise not_found("DOMAIN")
    return domain


def find_active(context: RequestContext, domain_id: str) -> Domain:
    """Return an active domain; raises a ServiceException if it does not exist or is not active."""
    domain = find(context, domain_id)
    if domain.status != DomainStatus.ACTIVE:
        raise conflict("DOMAIN_NOT_ACTIVE")
    return domain


def open_to_describe(context: RequestContext, domain_id: str) -> Domain:
    """Return a domain in any status whose name and description can be decrypted with its key."""
    return with_key(context, find(context, domain_id))


def open_domain(context: RequestContext, domain_id: str) -> Domain:
    """Return an active domain whose data can be read and changed with its key."""
    return with_key(context, find_active(context, domain_id))


def with_key(context: RequestContext, domain: Domain) -> Domain:
    """Return a domain unchanged; raises a ServiceException if its key cannot be used.

    Source: the administrator guide, "Enable Voice ID": every call but CreateDomain and UpdateDomain needs
    ``kms:Decrypt``.
    """
    if not keys.is_usable(context, domain.data_key_arn):
        raise key_denied()
    return domain
