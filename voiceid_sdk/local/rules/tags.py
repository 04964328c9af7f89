"""Tags, which only domains have."""

from collections.abc import Iterable
from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import invalid, not_found
from voiceid_sdk.local.rules.domain_access import Domain, find, open_domain
from voiceid_sdk.local.storage.store import Record, Table

MAX_TAGS: Final = 200
"""Tags on a domain without quotas. Source: the model; the administrator guide says 50."""


SYSTEM_PREFIX: Final = "aws:cloudformation:"
"""Begins the keys of the tags that CloudFormation sends with CreateDomain. They cannot be removed, and do not
count against the quota. Source: AWS's CloudFormation handler; the tagging guide."""


@attrs.frozen
class TagRecord(Record):
    """A tag of a domain."""

    domain_id: str
    key: str
    value: str


TAGS: Final = Table("tags", TagRecord, unique=[("domain_id", "key")])


def tag_resource(context: RequestContext, request: requests.TagResource) -> Document:
    """Add tags to a domain; replaces the values of keys that it has."""
    domain = _open(context, request["ResourceArn"])
    put(context, domain.domain_id, request["Tags"])
    return {}


def untag_resource(context: RequestContext, request: requests.UntagResource) -> Document:
    """Remove tags from a domain; ignores keys that it does not have."""
    domain = _open(context, request["ResourceArn"])
    _check_reserved(request["TagKeys"])
    for key in request["TagKeys"]:
        context.store.remove(TAGS, domain_id=domain.domain_id, key=key)
    return {}


def list_tags_for_resource(context: RequestContext, request: requests.OnResource) -> Document:
    """List a domain's tags."""
    domain = _open(context, request["ResourceArn"])
    records = context.store.all(TAGS, domain_id=domain.domain_id)
    return {"Tags": [{"Key": tag.key, "Value": tag.value} for tag in records]}


def put(context: RequestContext, domain_id: str, tags: list[requests.Tag]) -> None:
    """Add tags, after checks of the rules that are not in the model."""
    values = {tag["Key"]: tag["Value"] for tag in tags}
    if len(values) < len(tags):
        raise invalid("A tag key is in the request more than once.")
    _check_reserved(key for key in values if not key.startswith(SYSTEM_PREFIX))
    for key, value in values.items():
        known = context.store.get(TAGS, domain_id=domain_id, key=key)
        if known is None:
            context.store.add(TAGS, TagRecord(domain_id, key, value))
        else:
            context.store.save(TAGS, attrs.evolve(known, value=value))
    quotas = context.settings.quotas
    max_tags = quotas.tags if quotas else MAX_TAGS
    where = "WHERE domain_id = ? AND substr(key, 1, ?) != ?"
    if context.store.count(TAGS, where, domain_id, len(SYSTEM_PREFIX), SYSTEM_PREFIX) > max_tags:
        raise invalid(f"A domain can have {max_tags} tags at most.")


def _check_reserved(keys: Iterable[str]) -> None:
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid("Tag keys that start with aws: are reserved.")


def _open(context: RequestContext, arn: str) -> Domain:
    domain = find(context, arn.rpartition("/")[2])
    if domain.arn != arn:
        raise not_found("DOMAIN")
    return open_domain(context, domain.domain_id)
