"""Manifests: the lists of requests that jobs read, with the problems of each request.

Source: the administrator guide's schemas of speaker enrollment and fraudster registration jobs.
"""

import json
from typing import cast

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.service_model.limits import MANIFEST_VERSION, RECORDINGS_PER_REQUEST

_ObjectMembers = dict[str, object]


class InvalidManifestError(Exception):
    """The manifest cannot be used; the message says why."""


@attrs.frozen
class Audio:
    """One recording of a request."""

    uri: str = attrs.field(repr=False)
    channel: int


@attrs.frozen
class ManifestRequest:
    """One request of a manifest."""

    request_id: str
    speaker_id: str | None = attrs.field(repr=False)
    audio: tuple[Audio, ...]
    problem: str | None
    """The reason why the request cannot be carried out, if there is one."""

    def to_json(self) -> str:
        """Return the request in JSON."""
        return json.dumps(attrs.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ManifestRequest":
        """Return the request that ``to_json`` wrote."""
        members = json.loads(text)
        members["audio"] = tuple(Audio(**audio) for audio in members["audio"])
        return cls(**members)


def read(
    content: bytes, list_name: str, *, with_speakers: bool, max_count: int | None
) -> list[ManifestRequest]:
    """Return a manifest's requests, each with its problem.

    Args:
        content: the file.
        list_name: the member with the requests.
        with_speakers: whether each request names a speaker.
        max_count: the largest number of requests; None for any number.

    Raises:
        InvalidManifestError: the file is not a manifest, or a request has no RequestId.
    """
    try:
        manifest: object = json.loads(content)
    except (ValueError, RecursionError):
        raise InvalidManifestError("The manifest is not JSON.") from None
    members = _members(manifest)
    if members is None:
        raise InvalidManifestError("The manifest is not a JSON object.")
    if members.get("Version") != MANIFEST_VERSION:
        raise InvalidManifestError(f'The manifest\'s Version is not "{MANIFEST_VERSION}".')
    entries = members.get(list_name)
    if not isinstance(entries, list):
        raise InvalidManifestError(f"The manifest has no list of {list_name}.")
    if max_count is not None and len(cast("list[object]", entries)) > max_count:
        raise InvalidManifestError(f"The manifest has more than {max_count} requests.")
    seen: set[str] = set()
    return [_request(entry, seen, with_speaker=with_speakers) for entry in cast("list[object]", entries)]


def _request(entry: object, seen: set[str], *, with_speaker: bool) -> ManifestRequest:
    members = _members(entry)
    request_id = None if members is None else members.get("RequestId")
    if members is None or not isinstance(request_id, str) or not request_id:
        raise InvalidManifestError("A request in the manifest has no RequestId.")
    speaker_id = members.get("SpeakerId") if with_speaker else None
    audio, problem = _audio(members.get("AudioSpecifications"))
    if with_speaker and service_model.shape_violations("CustomerSpeakerId", speaker_id):
        problem = "SpeakerId is missing, or is not a CustomerSpeakerId."
    if request_id in seen:
        problem = "RequestId is in the manifest more than once."
    seen.add(request_id)
    return ManifestRequest(request_id, speaker_id if isinstance(speaker_id, str) else None, audio, problem)


def _audio(value: object) -> tuple[tuple[Audio, ...], str | None]:
    """Return a request's recordings, and the problem of the list."""
    if not isinstance(value, list) or not value:
        return (), "AudioSpecifications is missing or empty."
    entries = cast("list[object]", value)
    if len(entries) > RECORDINGS_PER_REQUEST:
        return (), f"AudioSpecifications has more than {RECORDINGS_PER_REQUEST} entries."
    audio: list[Audio] = []
    for entry in entries:
        members = _members(entry) or {}
        uri, channel = members.get("S3Uri"), members.get("ChannelId")
        if not isinstance(uri, str) or service_model.shape_violations("S3Uri", uri):
            return (), "An S3Uri in AudioSpecifications is missing or not valid."
        if isinstance(channel, bool) or channel not in (0, 1):
            return (), "A ChannelId in AudioSpecifications is not 0 or 1."
        audio.append(Audio(uri, int(channel)))
    return tuple(audio), None


def _members(value: object) -> _ObjectMembers | None:
    return cast("_ObjectMembers", value) if isinstance(value, dict) else None
