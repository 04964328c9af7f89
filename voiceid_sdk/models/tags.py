"""The data of a tag."""

from typing import Annotated

import attrs

from voiceid_sdk._structure import Structure
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class Tag(Structure):
    """One tag of a domain."""

    key: Annotated[str, SENSITIVE]
    """The tag's key."""
    value: Annotated[str, SENSITIVE]
    """The tag's value."""
