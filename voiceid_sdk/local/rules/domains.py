"""Domains: creation, changes, changes of the KMS key, and deletion after 30 days of suspension."""

from typing import Final

import attrs

from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.pagination import page
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import conflict, invalid, key_denied, not_found, quota_exceeded
from voiceid_sdk.local.protocol.validation import check_values
from voiceid_sdk.local.rules import consent, keys, tags, watchlists
from voiceid_sdk.local.rules.domain_access import (
    DOMAINS,
    Domain,
    find,
    find_active,
    open_to_describe,
    with_key,
)
from voiceid_sdk.local.rules.statuses import DomainStatus, ServerSideEncryptionUpdateStatus

ERASED_AFTER: Final = 30 * 24 * 3600.0
"""Seconds from DeleteDomain until the data is erased. Source: administrator guide, Voice ID domain."""

ENCRYPTION_ATTEMPTS: Final = (0.0, 300.0, 900.0)
"""Seconds from a change of key to each attempt of re-encryption. Source: AWS's CloudFormation handler."""

_PAGE_SIZE: Final = 10

ACTIVATE: Final = "activate domain"
ERASE: Final = "erase domain"
REENCRYPT: Final = "re-encrypt domain"


def create_domain(context: RequestContext, request: requests.CreateDomain) -> Document:
    """Create a domain with its default watchlist."""
    settings = context.settings
    if not consent.is_registered(context):
        raise not_found("COMPLIANCE_CONSENT")
    key_arn = keys.resolve(context.scope, request["ServerSideEncryptionConfiguration"]["KmsKeyId"])
    if not keys.is_usable(context, key_arn):
        raise key_denied()
    if settings.quotas and _count_not_suspended(context) >= settings.quotas.domains:
        raise quota_exceeded("The account has reached its quota of domains.")
    domain_id = settings.identifiers.resource()
    activation = settings.timing.domain_activation
    domain = context.store.add(
        DOMAINS,
        Domain(
            domain_id=domain_id,
            **attrs.asdict(context.scope),
            name=request["Name"],
            description=request.get("Description"),
            status=DomainStatus.PENDING if activation else DomainStatus.ACTIVE,
            default_watchlist_id=watchlists.create_default(context, domain_id),
            key_arn=key_arn,
            old_key_arn=None,
            encryption_status=None,
            encryption_message=None,
            encryption_started_at=None,
            encryption_attempts=0,
            created_at=context.now,
            updated_at=context.now,
        ),
    )
    if activation:
        tasks.schedule(context, ACTIVATE, domain_id, context.now + activation)
    tags.put(context, domain_id, request.get("Tags", []))
    return {"Domain": description(domain)}


def describe_domain(context: RequestContext, request: requests.InDomain) -> Document:
    """Describe a domain, which may be a suspended one."""
    return {"Domain": description(open_to_describe(context, request["DomainId"]))}


def update_domain(context: RequestContext, request: requests.UpdateDomain) -> Document:
    """Replace the name and description of a domain, and start a change of key if the key is another one.

    A request with the same key after a failed change starts that change again.
    """
    domain = find_active(context, request["DomainId"])
    key_arn = keys.resolve(domain.scope, request["ServerSideEncryptionConfiguration"]["KmsKeyId"])
    if key_arn != domain.key_arn and domain.encryption_status == ServerSideEncryptionUpdateStatus.IN_PROGRESS:
        raise conflict("DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES")
    domain = attrs.evolve(
        domain, name=request["Name"], description=request.get("Description"), updated_at=context.now
    )
    if key_arn != domain.key_arn or domain.encryption_status == ServerSideEncryptionUpdateStatus.FAILED:
        domain = attrs.evolve(
            domain,
            key_arn=key_arn,
            old_key_arn=domain.data_key_arn,
            encryption_status=ServerSideEncryptionUpdateStatus.IN_PROGRESS,
            encryption_message=None,
            encryption_started_at=context.now,
            encryption_attempts=0,
        )
        tasks.schedule(
            context, REENCRYPT, domain.domain_id, context.now + context.settings.timing.encryption_update
        )
    return {"Domain": description(context.store.save(DOMAINS, domain))}


def delete_domain(context: RequestContext, request: requests.InDomain) -> None:
    """Suspend a domain and schedule its erasure after 30 days; a suspended one stays as it is."""
    domain = open_to_describe(context, request["DomainId"])
    if domain.status == DomainStatus.SUSPENDED:
        return
    for kind in (ACTIVATE, REENCRYPT):
        tasks.cancel(context, kind, domain.domain_id)
    tasks.schedule(context, ERASE, domain.domain_id, context.now + ERASED_AFTER)
    context.store.save(DOMAINS, attrs.evolve(domain, status=DomainStatus.SUSPENDED, updated_at=context.now))


def list_domains(context: RequestContext, request: requests.Paged) -> Document:
    """List the account's domains in the region, with suspended ones.

    Raises:
        ServiceException: the key of a domain on the page cannot be used.
    """
    found, token = page(
        context, "ListDomains", request, DOMAINS, attrs.asdict(context.scope), default_size=_PAGE_SIZE
    )
    summaries = [description(with_key(context, domain)) for domain in found]
    return document(DomainSummaries=summaries, NextToken=token)


def restore_domain(context: RequestContext, domain_id: str) -> None:
    """Make a suspended domain active again, as AWS Support could within 30 days of its deletion."""
    check_values(domain_id=("DomainId", domain_id))
    domain = find(context, domain_id)
    if domain.status != DomainStatus.SUSPENDED:
        raise invalid("The domain is not suspended.")
    tasks.cancel(context, ERASE, domain_id)
    if domain.encryption_status == ServerSideEncryptionUpdateStatus.IN_PROGRESS:
        tasks.schedule(context, REENCRYPT, domain_id, context.now + context.settings.timing.encryption_update)
    context.store.save(DOMAINS, attrs.evolve(domain, status=DomainStatus.ACTIVE, updated_at=context.now))


def activate(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Activate a pending domain."""
    domain = find(context, task.domain_id)
    context.store.save(DOMAINS, attrs.evolve(domain, status=DomainStatus.ACTIVE, updated_at=context.now))


def erase(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Remove a domain and all its data."""
    context.store.remove_everywhere(domain_id=task.domain_id)


def reencrypt(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """End a change of key, or schedule the next attempt: at once, after 5 minutes, after 15 minutes."""
    domain = find(context, task.domain_id)
    attempts = domain.encryption_attempts + 1
    status, message = ServerSideEncryptionUpdateStatus.COMPLETED, None
    if not (keys.is_usable(context, domain.key_arn) and keys.is_usable(context, domain.data_key_arn)):
        if attempts < len(ENCRYPTION_ATTEMPTS):
            status = ServerSideEncryptionUpdateStatus.IN_PROGRESS
            started_at = domain.encryption_started_at or context.now
            duration = context.settings.timing.encryption_update
            at = started_at + ENCRYPTION_ATTEMPTS[attempts] + duration
            tasks.schedule(context, REENCRYPT, domain.domain_id, at)
        else:
            status = ServerSideEncryptionUpdateStatus.FAILED
            message = "The old or the new KMS key cannot be used."
    context.store.save(
        DOMAINS,
        attrs.evolve(
            domain, encryption_status=status, encryption_message=message, encryption_attempts=attempts
        ),
    )


def _count_not_suspended(context: RequestContext) -> int:
    scope = context.scope
    where = "WHERE account_id = ? AND region_name = ? AND status != ?"
    return context.store.count(DOMAINS, where, scope.account_id, scope.region_name, DomainStatus.SUSPENDED)


def description(domain: Domain) -> Document:
    """Return a domain as responses have it."""
    return document(
        DomainId=domain.domain_id,
        Arn=domain.arn,
        Name=domain.name,
        Description=domain.description,
        DomainStatus=domain.status,
        ServerSideEncryptionConfiguration={"KmsKeyId": domain.key_arn},
        ServerSideEncryptionUpdateDetails=_encryption_update(domain),
        WatchlistDetails={"DefaultWatchlistId": domain.default_watchlist_id},
        CreatedAt=domain.created_at,
        UpdatedAt=domain.updated_at,
    )


def _encryption_update(domain: Domain) -> Document | None:
    if domain.encryption_status is None:
        return None
    return document(
        OldKmsKeyId=domain.old_key_arn,
        UpdateStatus=domain.encryption_status,
        Message=domain.encryption_message,
    )
