"""The data of a domain."""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._structure import Structure
from voiceid_sdk.enums import DomainStatus, ServerSideEncryptionUpdateStatus
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, redact_marked_fields


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class ServerSideEncryptionConfiguration(Structure):
    """The key under which a domain's data is encrypted."""

    kms_key_id: str
    """The customer-managed, symmetric KMS key: its ARN in responses; id, ARN or alias in requests."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class ServerSideEncryptionUpdateDetails(Structure):
    """The progress of a domain's change of its KMS key."""

    message: Annotated[str | None, FREE_TEXT] = None
    """The service's message about a failed update."""
    old_kms_key_id: str | None = None
    """The key that is being replaced; it must stay usable until the update is completed."""
    update_status: ServerSideEncryptionUpdateStatus | None = None
    """The state of the update."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class WatchlistDetails(Structure):
    """The watchlist settings of a domain."""

    default_watchlist_id: str
    """The id of the watchlist that is used when no other is named."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class DomainInfo(Structure):
    """A domain: the container of speakers, fraudsters, watchlists and jobs, as described or listed."""

    arn: str | None = None
    """The domain's ARN, which tags are attached to."""
    created_at: datetime | None = None
    """When the domain was created, in UTC."""
    description: Annotated[str | None, SENSITIVE] = None
    """The caller's description of the domain."""
    domain_id: Annotated[str | None, SHARED] = None
    """The domain's id: 22 letters and digits."""
    domain_status: DomainStatus | None = None
    """The state of the domain."""
    name: Annotated[str | None, SENSITIVE] = None
    """The caller's name for the domain; not unique."""
    server_side_encryption_configuration: ServerSideEncryptionConfiguration | None = None
    """The key that encrypts the domain's data."""
    server_side_encryption_update_details: ServerSideEncryptionUpdateDetails | None = None
    """The last change of the key; None when the key never changed."""
    updated_at: datetime | None = None
    """When the domain was last changed, in UTC."""
    watchlist_details: WatchlistDetails | None = None
    """The domain's default watchlist."""
