"""The data of an inventory. Its repr shows no caller's id, and no path of a source, which may contain one."""

import enum
from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    FraudsterInfo,
    RegistrationJobInfo,
    Structure,
    WatchlistInfo,
)
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields

__all__ = [
    "Conflict",
    "ConflictKind",
    "DamagedLine",
    "DomainRecord",
    "EnrollmentRecord",
    "FraudsterRecord",
    "Gap",
    "GapKind",
    "JobRecord",
    "Recording",
    "Reference",
    "SourceKind",
    "SpeakerRecord",
    "Statement",
    "WatchlistRecord",
]


class SourceKind(enum.StrEnum):
    """The kinds of record with statements about speakers."""

    LISTED = "LISTED"
    """A speaker as the service described or listed it, or as the SDK's ``to_dict()`` wrote it."""
    EVENT = "EVENT"
    """An event of Voice ID on EventBridge, or CloudTrail's record of a call."""
    SESSION = "SESSION"
    """The evaluation of a session."""
    CONTACT = "CONTACT"
    """A contact record of Amazon Connect."""
    OUTPUT = "OUTPUT"
    """The output of an enrollment job."""
    REQUEST = "REQUEST"
    """A request in a manifest."""
    DAMAGED = "DAMAGED"
    """The readable rest of a damaged line."""


class ConflictKind(enum.StrEnum):
    """How sources disagree. Those about opt-outs come first."""

    OPT_OUT = "OPT_OUT"
    """One record says that the speaker opted out, another says something else. Opted out wins."""
    OPT_OUT_UNDONE = "OPT_OUT_UNDONE"
    """After the opt-out, the speaker was deleted and enrolled again, which was the service's only way back.
    Opted out wins, because no record proves new consent."""
    SPEAKER_IDS = "SPEAKER_IDS"
    """One generated id has several customers. Statements about the id count for each of them."""
    STATUS = "STATUS"
    """The sources have different statuses, none of them opted out. The newest wins."""
    FIELDS = "FIELDS"
    """Two descriptions of the same time have different values. The greater value wins, so that the result
    does not depend on the order of the sources; ``fields`` names the members."""
    WATCHLISTS = "WATCHLISTS"
    """The sources have different watchlists for a fraudster. The fraudster is on all of them."""
    TAGS = "TAGS"
    """A tag has several values. The last in alphabetical order wins."""


class GapKind(enum.StrEnum):
    """What is missing. Gaps that may hide an opt-out come first."""

    OPT_OUT_WITHOUT_SPEAKER = "OPT_OUT_WITHOUT_SPEAKER"
    """A line or file mentions an opt-out, and the speaker cannot be read."""
    OPT_OUT_FAILED = "OPT_OUT_FAILED"
    """An opt-out was attempted and failed, and no other record says that the speaker opted out."""
    STATUS_UNREADABLE = "STATUS_UNREADABLE"
    """A damaged line names the speaker, and may have been an opt-out."""
    OPT_OUT_WITHOUT_CUSTOMER_ID = "OPT_OUT_WITHOUT_CUSTOMER_ID"
    """The opted-out speaker is known by the generated id only."""
    LIST_INCOMPLETE = "LIST_INCOMPLETE"
    """The last page of a list is missing, with all opt-outs on it."""
    FILE_UNREAD = "FILE_UNREAD"
    """A file is not JSON, or could not be read to its end."""
    SPEAKER_WITHOUT_CUSTOMER_ID = "SPEAKER_WITHOUT_CUSTOMER_ID"
    """The speaker is known by the generated id only."""
    SPEAKER_WITHOUT_GENERATED_ID = "SPEAKER_WITHOUT_GENERATED_ID"
    """The speaker is known by the customer's id only."""
    SPEAKER_WITHOUT_DOMAIN = "SPEAKER_WITHOUT_DOMAIN"
    """No source names the domain of the speaker."""
    SPEAKER_WITHOUT_STATUS = "SPEAKER_WITHOUT_STATUS"
    """No source has a status of the speaker."""
    ENROLLED_WITHOUT_RECORDING = "ENROLLED_WITHOUT_RECORDING"
    """The speaker is enrolled, and no recording to enroll from is known."""
    DOMAIN_NOT_DESCRIBED = "DOMAIN_NOT_DESCRIBED"
    """The domain is known by its id only."""
    WATCHLIST_NOT_DESCRIBED = "WATCHLIST_NOT_DESCRIBED"
    """The watchlist is known by its id only."""
    JOB_WITHOUT_OUTPUT = "JOB_WITHOUT_OUTPUT"
    """The output of the job is not among the sources."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Reference(Structure):
    """A place in the sources."""

    file: Annotated[str, SENSITIVE]
    """The path of the file, as it was given or follows from the folder that was given."""
    line: int | None = None
    """The line on which the record begins; None for the file as a whole."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Statement(Structure):
    """A statement of one record about a speaker."""

    kind: SourceKind
    """The kind of record."""
    status: str | None = None
    """The status, or what was done: a ``SpeakerStatus``, ``DELETED``, ``OPT_OUT_FAILED`` or ``UNREADABLE``;
    None when the record only names the speaker."""
    at: datetime | None = None
    """The time of the status, in UTC."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The generated id in the record."""
    reference: Reference
    """The place of the record."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SpeakerRecord(Structure):
    """A speaker, joined from all sources."""

    domain_id: str | None = None
    """The id of the speaker's domain; None when no source names it."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the application chose."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose; the newest one."""
    earlier_generated_speaker_ids: Annotated[tuple[str, ...], SENSITIVE] = ()
    """Other ids that the service chose for the same customer, such as before a deletion."""
    status: SpeakerStatus | None = None
    """The status; None when no source has it, or the speaker was deleted."""
    opted_out_since: datetime | None = None
    """The earliest time of an opt-out in the sources, in UTC."""
    status_at: datetime | None = None
    """The time of the statement that decided the status, in UTC."""
    created_at: datetime | None = None
    """When the speaker was made, in UTC."""
    last_accessed_at: datetime | None = None
    """The last enrollment or successful authentication, in UTC, exact to the hour."""
    deleted_at: datetime | None = None
    """When the speaker was deleted, in UTC; None when a later record has the speaker again."""
    conflict: ConflictKind | None = None
    """The conflict about the status; None when there is none."""
    decided_by: Reference | None = None
    """The record that decided the status."""
    statements: tuple[Statement, ...] = ()
    """All statements about the speaker, the oldest first."""

    @property
    def opted_out(self) -> bool:
        """Whether the speaker opted out."""
        return self.status == SpeakerStatus.OPTED_OUT


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Recording(Structure):
    """A recording that a manifest names for a speaker."""

    domain_id: str | None = None
    """The id of the speaker's domain; None when no source names it."""
    customer_speaker_id: Annotated[str, SENSITIVE]
    """The id that the application chose for the speaker."""
    s3_uri: Annotated[str, SENSITIVE]
    """Where the recording is, or was, in S3."""
    channel_id: int = 0
    """The channel on which the speaker speaks: 0 or 1."""
    enrolled: bool = False
    """Whether a job is known to have enrolled the speaker from it."""
    reference: Reference
    """The request that names it."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentRecord(Structure):
    """An enrollment, successful or not, in one record. An event and an output can be about the same one."""

    domain_id: str | None = None
    """The id of the domain; None when no source names it."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the application chose for the speaker."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose for the speaker."""
    kind: SourceKind
    """The kind of record."""
    at: datetime | None = None
    """The time, in UTC; outputs of jobs do not have it."""
    origin: str | None = None
    """The kind of origin, such as a session or a job, as the event names it."""
    origin_id: Annotated[str | None, SENSITIVE] = None
    """The id of that session or job, or the id of the request in the job's manifest."""
    result: str | None = None
    """What the job did with the request, such as ``NEW_ENROLLMENT``; None when the request failed."""
    error_code: int | None = None
    """Why the request failed, as a number like an HTTP status."""
    reference: Reference
    """The place of the record."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class DomainRecord(Structure):
    """A domain, its tags, and the places of its descriptions."""

    info: DomainInfo
    """The domain, merged from all descriptions; only the id when there is none."""
    tags: Annotated[tuple[tuple[str, str], ...], SENSITIVE] = ()
    """The tags, as pairs of key and value."""
    references: tuple[Reference, ...] = ()
    """The descriptions."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class WatchlistRecord(Structure):
    """A watchlist, and the places of its descriptions."""

    info: WatchlistInfo
    """The watchlist; only the ids when no source describes it."""
    references: tuple[Reference, ...] = ()
    """The descriptions."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudsterRecord(Structure):
    """A fraudster, and the places of its records."""

    info: FraudsterInfo
    """The fraudster."""
    deleted_at: datetime | None = None
    """When the fraudster was deleted, in UTC; None when it was not, as far as the sources show."""
    references: tuple[Reference, ...] = ()
    """The descriptions and events."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class JobRecord(Structure):
    """A batch job, and the places of its records."""

    info: EnrollmentJobInfo | RegistrationJobInfo
    """The job. Lists do not have the kind, so a job that was only listed is shown as an enrollment job."""
    references: tuple[Reference, ...] = ()
    """The descriptions and events."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Conflict(Structure):
    """A contradiction between sources."""

    kind: ConflictKind
    """The kind of contradiction, which also determines the decision."""
    domain_id: str | None = None
    """The id of the domain; None when no source names it."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker concerned."""
    generated_id: Annotated[str | None, SENSITIVE] = None
    """The generated id of the speaker or fraudster concerned."""
    entity_id: str | None = None
    """The id of the domain, watchlist or job concerned."""
    fields: Annotated[tuple[str, ...], SENSITIVE] = ()
    """The members, or the key of the tag, that differ."""
    statements: tuple[Statement, ...] = ()
    """The statements about the speaker, if a speaker is concerned."""
    references: tuple[Reference, ...] = ()
    """The places of the contradicting records."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Gap(Structure):
    """A question that the sources leave open."""

    kind: GapKind
    """What is missing."""
    domain_id: str | None = None
    """The id of the domain; None when no source names it."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker concerned."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the service chose."""
    entity_id: str | None = None
    """The id of the domain, watchlist or job concerned, or the name of the list."""
    reference: Reference | None = None
    """The place that shows it."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class DamagedLine(Structure):
    """A line that could not be read, or holds no known kind of record."""

    reference: Reference
    """The file and the line; no line when the whole file is concerned."""
    reason: str
    """What is wrong, without any of the content."""
    mentions_opt_out: bool = False
    """Whether it mentions an opt-out."""
    resolved: bool = False
    """Whether the ids and the status were still readable, so that no opt-out is lost."""
