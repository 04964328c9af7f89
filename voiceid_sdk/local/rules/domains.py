"""Domains: created, replaced, suspended for 30 days and erased, and moved from one KMS key to another."""

from typing import Final

import attrs

from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.pagination import page
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import conflict, key_denied, not_found, quota_exceeded
from voiceid_sdk.local.rules import keys, tags, watchlists
from voiceid_sdk.local.rules.domain_access import (
    ACTIVE,
    COMPLETED,
    DOMAINS,
    FAILED,
    IN_PROGRESS,
    PENDING,
    SUSPENDED,
    Domain,
    find,
    find_active,
)

ERASED_AFTER: Final = 30 * 24 * 3600.0
"""Seconds from DeleteDomain until nothing is left. Source: administrator guide, Voice ID domain."""

ENCRYPTION_ATTEMPTS: Final = (0.0, 300.0, 900.0)
"""When, from a change of key, the re-encryption is tried. Source: AWS's CloudFormation handler."""

_PAGE_SIZE: Final = 10

ACTIVATE: Final = "activate domain"
ERASE: Final = "erase domain"
REENCRYPT: Final = "re-encrypt domain"


def create_domain(context: RequestContext, request: requests.CreateDomain) -> Document:
    """Create a domain with its default watchlist."""
    settings = context.settings
    if not settings.compliance_consent:
        raise not_found("COMPLIANCE_CONSENT")
    key_arn = keys.resolve(settings, request["ServerSideEncryptionConfiguration"]["KmsKeyId"])
    if not keys.usable(context, key_arn):
        raise key_denied()
    if settings.quotas and _count_living(context) >= settings.quotas.domains:
        raise quota_exceeded("The account has as many domains as it may have.")
    domain_id = settings.identifiers.resource()
    activation = settings.timing.domain_activation
    domain = context.store.add(
        DOMAINS,
        Domain(
            domain_id=domain_id,
            name=request["Name"],
            description=request.get("Description"),
            status=PENDING if activation else ACTIVE,
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
    return {"Domain": _described(context, domain)}


def describe_domain(context: RequestContext, request: requests.InDomain) -> Document:
    """Describe a domain, a suspended one as well."""
    return {"Domain": _described(context, find(context, request["DomainId"]))}


def update_domain(context: RequestContext, request: requests.UpdateDomain) -> Document:
    """Replace what a domain says of itself, and start a change of key if the key is another one.

    Naming the present key again after a failed change tries that change again.
    """
    domain = find_active(context, request["DomainId"])
    key_arn = keys.resolve(context.settings, request["ServerSideEncryptionConfiguration"]["KmsKeyId"])
    if key_arn != domain.key_arn and domain.encryption_status == IN_PROGRESS:
        raise conflict("DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES")
    domain = attrs.evolve(
        domain, name=request["Name"], description=request.get("Description"), updated_at=context.now
    )
    if key_arn != domain.key_arn or domain.encryption_status == FAILED:
        domain = attrs.evolve(
            domain,
            key_arn=key_arn,
            old_key_arn=domain.data_key_arn,
            encryption_status=IN_PROGRESS,
            encryption_message=None,
            encryption_started_at=context.now,
            encryption_attempts=0,
        )
        tasks.schedule(
            context, REENCRYPT, domain.domain_id, context.now + context.settings.timing.encryption_update
        )
    return {"Domain": _described(context, context.store.save(DOMAINS, domain))}


def delete_domain(context: RequestContext, request: requests.InDomain) -> None:
    """Suspend a domain and have it erased after 30 days; once suspended, nothing more happens to it."""
    domain = find(context, request["DomainId"])
    if domain.status == SUSPENDED:
        return
    for kind in (ACTIVATE, REENCRYPT):
        tasks.cancel(context, kind, domain.domain_id)
    tasks.schedule(context, ERASE, domain.domain_id, context.now + ERASED_AFTER)
    context.store.save(DOMAINS, attrs.evolve(domain, status=SUSPENDED, updated_at=context.now))


def list_domains(context: RequestContext, request: requests.Paged) -> Document:
    """List the account's domains, suspended ones among them."""
    found, token = page(context, "ListDomains", request, DOMAINS, {}, default_size=_PAGE_SIZE)
    return document(DomainSummaries=[_described(context, domain) for domain in found], NextToken=token)


def activate(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Let a pending domain become active."""
    domain = find(context, task.domain_id)
    context.store.save(DOMAINS, attrs.evolve(domain, status=ACTIVE, updated_at=context.now))


def erase(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Forget a domain and everything in it."""
    context.store.remove_everywhere(domain_id=task.domain_id)


def reencrypt(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """End a change of key, or plan the next attempt: at once, after 5 minutes, after 15 minutes."""
    domain = find(context, task.domain_id)
    attempts = domain.encryption_attempts + 1
    status, message = COMPLETED, None
    if not (keys.usable(context, domain.key_arn) and keys.usable(context, domain.data_key_arn)):
        if attempts < len(ENCRYPTION_ATTEMPTS):
            status = IN_PROGRESS
            started_at = domain.encryption_started_at or context.now
            duration = context.settings.timing.encryption_update
            at = started_at + ENCRYPTION_ATTEMPTS[attempts] + duration
            tasks.schedule(context, REENCRYPT, domain.domain_id, at)
        else:
            status, message = FAILED, "The old or the new KMS key cannot be used."
    context.store.save(
        DOMAINS,
        attrs.evolve(
            domain, encryption_status=status, encryption_message=message, encryption_attempts=attempts
        ),
    )


def _count_living(context: RequestContext) -> int:
    return context.store.count(DOMAINS, "WHERE status != ?", SUSPENDED)


def _described(context: RequestContext, domain: Domain) -> Document:
    return document(
        DomainId=domain.domain_id,
        Arn=domain.arn(context.settings),
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
