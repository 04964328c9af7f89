"""Checks of manifests: everything that the service would reject, found before it is sent.

Source: the administrator guide's schemas of speaker enrollment and fraudster registration jobs.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from voiceid_sdk import service_model
from voiceid_sdk._files import check_is_path
from voiceid_sdk._values import is_encodable
from voiceid_sdk._wire.request_errors import broken_rules
from voiceid_sdk.batch.recordings.inspecting import inspect_recording
from voiceid_sdk.batch.requests import ENCODABLE, AudioSpecification, EnrollmentRequest, Request
from voiceid_sdk.errors import Problem
from voiceid_sdk.service_model.limits import ENROLLMENT_SECONDS, RECORDINGS_PER_REQUEST

Recordings = str | os.PathLike[str] | Mapping[str, str | os.PathLike[str] | bytes]
"""A folder that stands for S3, or each recording's file or content by its S3 URI."""

Files = str | os.PathLike[str] | Mapping[str, str | os.PathLike[str] | bytes | None]
"""The same, with None for a recording that is only in S3, which is not checked."""


def problems(
    requests: Sequence[Request], max_requests: int | None, recordings: Files | None
) -> Iterator[Problem]:
    """Yield all problems of a manifest.

    Args:
        requests: the manifest's requests.
        max_requests: how many requests one job takes; None for no limit.
        recordings: the files of the recordings; None to check the manifest alone.
    """
    if recordings is not None and not isinstance(recordings, Mapping):
        check_is_path(recordings, "recordings")
    if not requests:
        yield Problem(parameter="requests", rule="must not be empty")
    if max_requests is not None and len(requests) > max_requests:
        rule = f"must be at most {max_requests:,} for one job: use split(), or Domain.enroll for several jobs"
        yield Problem(parameter="requests", rule=rule)
    first_with: dict[str, int] = {}
    for position, request in enumerate(requests):
        found = list(_broken(request))
        # An id of another type is a problem by itself, and may not be hashable.
        first = first_with.setdefault(str(request.request_id), position)
        if first != position:
            found.append(("request_id", f"must be unique; requests[{first}] has the same"))
        for member, rule in found:
            yield Problem(
                parameter=f"requests[{position}].{member}",
                rule=rule,
                request_id=request.request_id,
                file=_local_file(request),
            )
        if recordings is not None:
            yield from _broken_by_files(request, f"requests[{position}].audio_specifications", recordings)


_Broken = tuple[str, str]
"""A member of a request, and the rule that it breaks."""


def _broken(request: Request) -> Iterator[_Broken]:
    yield from _broken_by_request_id(request.request_id)
    if isinstance(request, EnrollmentRequest):
        yield from _broken_by_speaker(request.speaker_id)
    recordings = request.audio_specifications
    if not 1 <= len(recordings) <= RECORDINGS_PER_REQUEST:
        yield "audio_specifications", f"must be 1 to {RECORDINGS_PER_REQUEST} recordings"
    for position, audio in enumerate(recordings):
        for member, rule in _broken_by_recording(audio):
            yield f"audio_specifications[{position}]{member}", rule


def _broken_by_request_id(request_id: object) -> Iterator[_Broken]:
    if not isinstance(request_id, str):
        yield "request_id", "must be a string"
    elif not request_id:
        yield "request_id", "must not be empty"
    elif not is_encodable(request_id):
        yield "request_id", ENCODABLE


def _broken_by_speaker(speaker_id: object) -> Iterator[_Broken]:
    if isinstance(speaker_id, str) and speaker_id.startswith("id#"):
        yield "speaker_id", "must be an id of your own, not one that the service generated"
    elif found := service_model.shape_violations("CustomerSpeakerId", speaker_id):
        yield "speaker_id", broken_rules(found)


def _broken_by_recording(audio: AudioSpecification) -> Iterator[_Broken]:
    if audio.s3_uri is not None:
        if found := service_model.shape_violations("S3Uri", audio.s3_uri):
            yield ".s3_uri", broken_rules(found)
        elif not audio.s3_uri.lower().endswith(".wav"):
            yield ".s3_uri", "must end with .wav"
    elif audio.path is None:
        yield "", "must have an s3_uri, or a path for Domain.enroll to upload"
    if audio.path is not None and not is_encodable(os.fspath(audio.path)):
        yield ".path", ENCODABLE
    if type(audio.channel_id) is not int or audio.channel_id not in (0, 1):
        yield ".channel_id", "must be 0 or 1"


def _broken_by_files(request: Request, place: str, recordings: Files) -> Iterator[Problem]:
    seconds: list[float] = []
    for position, audio in enumerate(request.audio_specifications):
        if any(_broken_by_recording(audio)):
            continue
        name, file = _file_of(audio, recordings)
        if isinstance(recordings, Mapping) and recordings.get(name, name) is None:
            continue
        if file is None:
            found: tuple[Problem, ...] = (Problem(parameter="", rule="must be among the recordings given"),)
        else:
            info = inspect_recording(file)
            found = info.check(audio.channel_id)
            if not found:
                seconds.append(info.non_silent_seconds[audio.channel_id])
        for problem in found:
            member = ".channel_id" if problem.parameter == "channel_id" else ""
            yield Problem(
                parameter=f"{place}[{position}]{member}",
                rule=problem.rule,
                request_id=request.request_id,
                file=name,
            )
    # The total is unknown if a recording is missing or invalid.
    is_whole = seconds and len(seconds) == len(request.audio_specifications)
    if is_whole and isinstance(request, EnrollmentRequest) and round(sum(seconds), 3) < ENROLLMENT_SECONDS:
        rule = f"must have at least {ENROLLMENT_SECONDS:g} seconds together that are not silent"
        yield Problem(
            parameter=place, rule=rule, request_id=request.request_id, file=_local_file(request, recordings)
        )


def _local_file(request: Request, recordings: Files = "") -> str | None:
    """Return the first recording of a request that is in a file; its name identifies the request."""
    for audio in request.audio_specifications:
        if audio.path is not None or recordings:
            return _file_of(audio, recordings)[0]
    return None


def _file_of(
    audio: AudioSpecification, recordings: Files
) -> tuple[str, str | os.PathLike[str] | bytes | None]:
    """Return the name of a recording, and its file or content if there is one."""
    if audio.path is not None:
        return str(audio.path), audio.path
    uri = audio.s3_uri or ""
    if isinstance(recordings, Mapping):
        file = recordings.get(uri)
        if file is not None and not isinstance(file, bytes):
            check_is_path(file, "recordings")
        return uri if file is None or isinstance(file, bytes) else os.fspath(file), file
    path = Path(recordings, uri.removeprefix("s3://"))
    return str(path), path
