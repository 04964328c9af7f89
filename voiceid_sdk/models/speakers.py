"""The data of a speaker."""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._structure import Structure
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SpeakerInfo(Structure):
    """A speaker: a caller who is enrolled, opted out, expired or pending, as described or listed."""

    created_at: datetime | None = None
    """When the speaker was created, in UTC."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the application chose."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the speaker's domain."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose: ``id#`` and 22 letters and digits."""
    last_accessed_at: Annotated[datetime | None, SHARED] = None
    """The last enrollment or successful authentication, in UTC, exact to the hour."""
    status: SpeakerStatus | None = None
    """The state of the speaker."""
    updated_at: datetime | None = None
    """When the speaker was last changed, in UTC."""
