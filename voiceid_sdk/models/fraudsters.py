"""The data of a fraudster."""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._structure import Structure
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudsterInfo(Structure):
    """A fraudster: a voice that calls are screened for, as described or listed."""

    created_at: datetime | None = None
    """When the fraudster was registered, in UTC."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the fraudster's domain."""
    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose: ``id#`` and 22 letters and digits."""
    watchlist_ids: Annotated[tuple[str, ...], SHARED] = ()
    """The ids of the watchlists that the fraudster is on."""
