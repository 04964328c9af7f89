"""Fraudsters: registration, watchlists, and comparison with voices on calls."""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.pagination import page
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import conflict, invalid, not_found
from voiceid_sdk.local.rules import events, session_records, watchlists
from voiceid_sdk.local.rules.domain_access import open_domain
from voiceid_sdk.local.rules.watchlists import MEMBERSHIPS, Membership
from voiceid_sdk.local.storage.store import Record, Table
from voiceid_sdk.local.voices.recognizer import identification_scores, score
from voiceid_sdk.local.voices.voiceprints import VoiceprintError


@attrs.frozen
class Fraudster(Record):
    """A fraudster."""

    domain_id: str
    fraudster_id: str
    voiceprint: bytes | None = attrs.field(repr=False)
    """None for a fraudster who was imported without it, and whom no voice matches."""

    created_at: float


FRAUDSTERS: Final = Table(
    "fraudsters", Fraudster, unique=[("domain_id", "fraudster_id")], indexes=[("domain_id",)]
)


def find(context: RequestContext, domain_id: str, fraudster_id: str) -> Fraudster:
    """Return a fraudster; raises a ServiceException if there is none."""
    fraudster = context.store.get(FRAUDSTERS, domain_id=domain_id, fraudster_id=fraudster_id)
    if fraudster is None:
        raise not_found("FRAUDSTER")
    return fraudster


def register(context: RequestContext, domain_id: str, watchlist_id: str, voiceprint: bytes) -> Fraudster:
    """Add a fraudster to a domain and to one watchlist."""
    watchlists.check_capacity(context, domain_id, watchlist_id)
    fraudster_id = context.settings.identifiers.generated()
    context.store.add(MEMBERSHIPS, Membership(domain_id, watchlist_id, fraudster_id))
    return context.store.add(FRAUDSTERS, Fraudster(domain_id, fraudster_id, voiceprint, context.now))


def closest(
    context: RequestContext, domain_id: str, voiceprint: bytes, watchlist_id: str | None = None
) -> tuple[Fraudster | None, int]:
    """Return the fraudster with the highest score for a voiceprint, and the score; None if all scores are 0.

    Compares the fraudsters of a watchlist, or of the whole domain.

    Raises:
        ServiceException: another model made the voiceprint of one of them.
    """
    known = [
        (fraudster, fraudster.voiceprint)
        for fraudster in _candidates(context, domain_id, watchlist_id)
        if fraudster.voiceprint is not None
    ]
    voiceprints = [stored for _, stored in known]
    try:
        scores = identification_scores(context.settings.recognizer, voiceprint, voiceprints)
    except VoiceprintError:
        raise invalid(
            "Another model made the voiceprint of a fraudster. Delete the fraudsters and register them again."
        ) from None
    best: tuple[Fraudster | None, int] = (None, 0)
    for (fraudster, _), likeness in zip(known, map(score, scores), strict=True):
        if likeness > best[1]:
            best = (fraudster, likeness)
    return best


def first(context: RequestContext, domain_id: str, watchlist_id: str) -> Fraudster | None:
    """Return the fraudster on a watchlist who was registered first."""
    return next(iter(_candidates(context, domain_id, watchlist_id)), None)


def watchlist_ids(context: RequestContext, fraudster: Fraudster) -> list[str]:
    """Return the watchlists that a fraudster is on."""
    memberships = context.store.all(
        MEMBERSHIPS, domain_id=fraudster.domain_id, fraudster_id=fraudster.fraudster_id
    )
    return [membership.watchlist_id for membership in memberships]


def describe_fraudster(context: RequestContext, request: requests.OnFraudster) -> Document:
    """Describe a fraudster."""
    domain = open_domain(context, request["DomainId"])
    return _response(context, find(context, domain.domain_id, request["FraudsterId"]))


def delete_fraudster(context: RequestContext, request: requests.OnFraudster) -> None:
    """Delete a fraudster, and remove it from all watchlists."""
    domain = open_domain(context, request["DomainId"])
    fraudster = find(context, domain.domain_id, request["FraudsterId"])
    on_watchlists = watchlist_ids(context, fraudster)
    context.store.remove_everywhere(domain_id=domain.domain_id, fraudster_id=fraudster.fraudster_id)
    session_records.forget_fraudster(context, domain.domain_id, fraudster.fraudster_id)
    events.fraudster_action(
        context,
        events.DELETE_FRAUDSTER,
        domain.domain_id,
        fraudster.fraudster_id,
        watchlist_ids=on_watchlists,
    )


def associate_fraudster(context: RequestContext, request: requests.OnWatchedFraudster) -> Document:
    """Put a fraudster on a watchlist; does nothing if it is on it already."""
    domain_id = open_domain(context, request["DomainId"]).domain_id
    fraudster = find(context, domain_id, request["FraudsterId"])
    watchlist = watchlists.find(context, domain_id, request["WatchlistId"])
    if watchlist.watchlist_id not in watchlist_ids(context, fraudster):
        watchlists.check_capacity(context, domain_id, watchlist.watchlist_id)
        context.store.add(MEMBERSHIPS, Membership(domain_id, watchlist.watchlist_id, fraudster.fraudster_id))
    return _response(context, fraudster)


def disassociate_fraudster(context: RequestContext, request: requests.OnWatchedFraudster) -> Document:
    """Remove a fraudster from a watchlist, unless it is its last one."""
    domain_id = open_domain(context, request["DomainId"]).domain_id
    fraudster = find(context, domain_id, request["FraudsterId"])
    watchlist = watchlists.find(context, domain_id, request["WatchlistId"])
    on_watchlists = watchlist_ids(context, fraudster)
    if watchlist.watchlist_id not in on_watchlists:
        raise not_found("FRAUDSTER")
    if len(on_watchlists) == 1:
        raise conflict("FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST")
    context.store.remove(
        MEMBERSHIPS,
        domain_id=domain_id,
        watchlist_id=watchlist.watchlist_id,
        fraudster_id=fraudster.fraudster_id,
    )
    return _response(context, fraudster)


def list_fraudsters(context: RequestContext, request: requests.ListFraudsters) -> Document:
    """List the fraudsters of a domain, or of one of its watchlists."""
    domain_id = open_domain(context, request["DomainId"]).domain_id
    filters = {"domain_id": domain_id}
    if "WatchlistId" not in request:
        found, token = page(context, "ListFraudsters", request, FRAUDSTERS, filters)
    else:
        filters["watchlist_id"] = watchlists.find(context, domain_id, request["WatchlistId"]).watchlist_id
        members, token = page(context, "ListFraudsters", request, MEMBERSHIPS, filters)
        found = [find(context, domain_id, member.fraudster_id) for member in members]
    return document(FraudsterSummaries=[description(context, one) for one in found], NextToken=token)


def _candidates(context: RequestContext, domain_id: str, watchlist_id: str | None) -> list[Fraudster]:
    if watchlist_id is None:
        return context.store.all(FRAUDSTERS, domain_id=domain_id)
    on_list = (
        "domain_id = ? AND fraudster_id IN (SELECT fraudster_id FROM memberships WHERE watchlist_id = ?)"
    )
    return context.store.select(FRAUDSTERS, f"WHERE {on_list} ORDER BY sequence", domain_id, watchlist_id)


def _response(context: RequestContext, fraudster: Fraudster) -> Document:
    return {"Fraudster": description(context, fraudster)}


def description(context: RequestContext, fraudster: Fraudster) -> Document:
    """Return a fraudster as responses have it."""
    return document(
        DomainId=fraudster.domain_id,
        GeneratedFraudsterId=fraudster.fraudster_id,
        WatchlistIds=watchlist_ids(context, fraudster),
        CreatedAt=fraudster.created_at,
    )
