"""Speakers: their ids, statuses, opt-out, and expiry after three years."""

from typing import Final

import attrs

from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.pagination import page
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import not_found, quota_exceeded
from voiceid_sdk.local.rules import events, session_records
from voiceid_sdk.local.rules.domain_access import open_domain
from voiceid_sdk.local.rules.statuses import SpeakerStatus
from voiceid_sdk.local.storage.store import Record, Table

EXPIRES_AFTER: Final = 3 * 365 * 24 * 3600.0
"""Seconds from the last enrollment or authentication. Source: administrator guide, three years."""

ACCESS_ACCURACY: Final = 3600.0
"""``LastAccessedAt`` is accurate to this many seconds. Source: the model."""


EXPIRE: Final = "expire speakers"

_EXPIRED_AT_ONCE: Final = 1000
"""Speakers in one transaction."""


@attrs.frozen
class Speaker(Record):
    """A speaker. One who has just expired may still be stored as ``ENROLLED``."""

    domain_id: str
    generated_id: str
    customer_id: str = attrs.field(repr=False)
    stored_status: str
    voiceprint: bytes | None = attrs.field(repr=False)
    created_at: float
    updated_at: float
    last_accessed_at: float | None

    def status(self, now: float) -> str:
        """Return the speaker's status at a moment."""
        if self.last_accessed_at is None or self.stored_status != SpeakerStatus.ENROLLED:
            return self.stored_status
        is_expired = now >= self.last_accessed_at + EXPIRES_AFTER
        return SpeakerStatus.EXPIRED if is_expired else SpeakerStatus.ENROLLED


SPEAKERS: Final = Table(
    "speakers",
    Speaker,
    unique=[("domain_id", "generated_id"), ("domain_id", "customer_id")],
    indexes=[("domain_id",), ("domain_id", "stored_status", "last_accessed_at")],
)


def lookup(context: RequestContext, domain_id: str, speaker_id: str) -> Speaker | None:
    """Return the speaker with this customer speaker id or generated id, or None."""
    if speaker_id.startswith("id#"):
        return context.store.get(SPEAKERS, domain_id=domain_id, generated_id=speaker_id)
    return context.store.get(SPEAKERS, domain_id=domain_id, customer_id=speaker_id)


def find(context: RequestContext, domain_id: str, speaker_id: str) -> Speaker:
    """Return the speaker with this customer speaker id or generated id, or raise a ServiceException."""
    speaker = lookup(context, domain_id, speaker_id)
    if speaker is None:
        raise not_found("SPEAKER")
    return speaker


def find_or_create(context: RequestContext, domain_id: str, speaker_id: str) -> Speaker:
    """Return a speaker; adds one as ``PENDING`` for an unknown customer speaker id."""
    speaker = lookup(context, domain_id, speaker_id)
    if speaker is not None:
        return speaker
    if speaker_id.startswith("id#"):
        raise not_found("SPEAKER")
    quotas = context.settings.quotas
    if quotas and context.store.count(SPEAKERS, "WHERE domain_id = ?", domain_id) >= quotas.speakers:
        raise quota_exceeded("The domain has reached its quota of speakers.")
    return context.store.add(
        SPEAKERS,
        Speaker(
            domain_id=domain_id,
            generated_id=context.settings.identifiers.generated(),
            customer_id=speaker_id,
            stored_status=SpeakerStatus.PENDING,
            voiceprint=None,
            created_at=context.now,
            updated_at=context.now,
            last_accessed_at=None,
        ),
    )


def enroll(context: RequestContext, speaker: Speaker, voiceprint: bytes) -> Speaker:
    """Enroll a speaker with a voiceprint, which replaces an earlier one."""
    tasks.schedule_by(context, EXPIRE, speaker.domain_id, context.now + EXPIRES_AFTER)
    return context.store.save(
        SPEAKERS,
        attrs.evolve(
            speaker,
            stored_status=SpeakerStatus.ENROLLED,
            voiceprint=voiceprint,
            updated_at=context.now,
            last_accessed_at=context.now,
        ),
        erases=speaker.voiceprint is not None,
    )


def expire(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Store that speakers have expired, and delete their voiceprints."""
    enrolled = "WHERE domain_id = ? AND stored_status = ? AND last_accessed_at <= ?"
    key = (task.domain_id, SpeakerStatus.ENROLLED)
    limit = context.until - EXPIRES_AFTER
    for speaker in context.store.select(SPEAKERS, f"{enrolled} LIMIT {_EXPIRED_AT_ONCE}", *key, limit):
        expired = attrs.evolve(speaker, stored_status=SpeakerStatus.EXPIRED, voiceprint=None)
        context.store.save(SPEAKERS, expired, erases=True)
    schedule_expiry(context, task.domain_id)


def schedule_expiry(context: RequestContext, domain_id: str) -> None:
    """Schedule the expiry of the speaker of a domain who was enrolled or authenticated the longest ago."""
    enrolled = "WHERE domain_id = ? AND stored_status = ? AND last_accessed_at IS NOT NULL"
    first = context.store.select(
        SPEAKERS, f"{enrolled} ORDER BY last_accessed_at LIMIT 1", domain_id, SpeakerStatus.ENROLLED
    )
    if first:
        tasks.schedule_by(context, EXPIRE, domain_id, (first[0].last_accessed_at or 0.0) + EXPIRES_AFTER)


def record_access(context: RequestContext, speaker: Speaker) -> None:
    """Store the time of a successful authentication, to the accuracy of ``ACCESS_ACCURACY``."""
    if context.now - (speaker.last_accessed_at or 0.0) >= ACCESS_ACCURACY:
        context.store.save(SPEAKERS, attrs.evolve(speaker, last_accessed_at=context.now))


def describe_speaker(context: RequestContext, request: requests.OnSpeaker) -> Document:
    """Describe a speaker."""
    domain = open_domain(context, request["DomainId"])
    return _response(context, find(context, domain.domain_id, request["SpeakerId"]))


def opt_out_speaker(context: RequestContext, request: requests.OnSpeaker) -> Document:
    """Opt a speaker out, and delete the voiceprint, and the speech in calls.

    An unknown customer speaker id becomes a speaker.
    """
    domain = open_domain(context, request["DomainId"])
    speaker = find_or_create(context, domain.domain_id, request["SpeakerId"])
    if speaker.stored_status != SpeakerStatus.OPTED_OUT:
        speaker = attrs.evolve(
            speaker, stored_status=SpeakerStatus.OPTED_OUT, voiceprint=None, updated_at=context.now
        )
        context.store.save(SPEAKERS, speaker, erases=True)
    session_records.delete_speech_of(context, domain.domain_id, speaker.customer_id)
    events.speaker_action(context, events.OPT_OUT_SPEAKER, domain.domain_id, speaker.generated_id)
    return _response(context, speaker)


def delete_speaker(context: RequestContext, request: requests.OnSpeaker) -> None:
    """Delete a speaker with all data of calls; one who opted out can then enroll again."""
    domain = open_domain(context, request["DomainId"])
    speaker = find(context, domain.domain_id, request["SpeakerId"])
    context.store.remove(SPEAKERS, sequence=speaker.sequence)
    session_records.forget_speaker(context, domain.domain_id, speaker.customer_id, speaker.generated_id)
    events.speaker_action(context, events.DELETE_SPEAKER, domain.domain_id, speaker.generated_id)


def list_speakers(context: RequestContext, request: requests.ListInDomain) -> Document:
    """List a domain's speakers."""
    domain_id = open_domain(context, request["DomainId"]).domain_id
    found, token = page(context, "ListSpeakers", request, SPEAKERS, {"domain_id": domain_id})
    return document(SpeakerSummaries=[description(context, speaker) for speaker in found], NextToken=token)


def _response(context: RequestContext, speaker: Speaker) -> Document:
    return {"Speaker": description(context, speaker)}


def description(context: RequestContext, speaker: Speaker) -> Document:
    """Return a speaker as responses have it."""
    return document(
        DomainId=speaker.domain_id,
        CustomerSpeakerId=speaker.customer_id,
        GeneratedSpeakerId=speaker.generated_id,
        Status=speaker.status(context.now),
        CreatedAt=speaker.created_at,
        UpdatedAt=speaker.updated_at,
        LastAccessedAt=speaker.last_accessed_at,
    )
