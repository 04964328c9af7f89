"""The requests of a manifest: a speaker or fraudster, and the recordings."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import attrs

from voiceid_sdk._arguments import as_tuple
from voiceid_sdk._files import check_is_path
from voiceid_sdk.models import Structure
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields

ENCODABLE: Final = "must be text that UTF-8 can encode"
"""The rule for text that goes into a manifest or results; a file name that is not UTF-8 breaks it."""


def _as_path(path: str | os.PathLike[str] | None) -> Path | None:
    if path is None:
        return None
    check_is_path(path, "path")
    return Path(path)


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AudioSpecification(Structure):
    """The place of a recording: in S3, or in a local file that ``Domain.enroll`` uploads."""

    s3_uri: Annotated[str | None, SENSITIVE] = None
    """The S3 URI: ``s3://bucket/key.wav``; None for a recording that is only in a local file."""
    channel_id: int = 0
    """The channel with the person's voice: 0 or 1."""
    path: Annotated[Path | None, SENSITIVE] = attrs.field(default=None, converter=_as_path)
    """The local file with the recording."""


def _as_tuple(recordings: Iterable[AudioSpecification]) -> tuple[AudioSpecification, ...]:
    parameter = "audio_specifications"
    return as_tuple(recordings, parameter, item_class=AudioSpecification, function="request")


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentRequest(Structure):
    """A speaker to enroll, and the recordings to enroll the speaker from."""

    request_id: Annotated[str, SENSITIVE]
    """The id of the request in results; unique in its manifest."""
    speaker_id: Annotated[str, SENSITIVE]
    """The id that the application chose for the speaker, never one that the service generated."""
    audio_specifications: tuple[AudioSpecification, ...] = attrs.field(default=(), converter=_as_tuple)
    """One to ten recordings; the speech in all of them is added up."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationRequest(Structure):
    """A fraudster to register, and the recordings to register the fraudster from."""

    request_id: Annotated[str, SENSITIVE]
    """The id of the request in results; unique in its manifest."""
    audio_specifications: tuple[AudioSpecification, ...] = attrs.field(default=(), converter=_as_tuple)
    """One to ten recordings; the speech in all of them is added up."""


Request = EnrollmentRequest | RegistrationRequest
"""A request of either kind."""
