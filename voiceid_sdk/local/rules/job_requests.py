"""Requests in manifests: each enrolls a speaker or registers a fraudster, or fails."""

import json
from http import HTTPStatus
from typing import Final, cast

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.rules import events, fraudsters, speakers
from voiceid_sdk.local.rules.job_records import Job
from voiceid_sdk.local.rules.manifests import Audio, ManifestRequest
from voiceid_sdk.local.rules.statuses import SpeakerStatus
from voiceid_sdk.local.storage.object_storage import ObjectStorage, ObjectStorageError
from voiceid_sdk.local.voices.recognizer import enrollment_voiceprint, score
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, read_wav
from voiceid_sdk.service_model.limits import ENROLLMENT_SECONDS, RECORDING_BYTES

REGISTRATION_SECONDS: Final = 10.0
"""Net speech that the registration of a fraudster needs. AWS does not publish the figure."""

DEFAULT_RISK_THRESHOLD: Final = 50
DEFAULT_SIMILARITY_THRESHOLD: Final = 50

# More speech than that makes no voiceprint better.
_ENOUGH_SECONDS: Final = 60.0

SKIP: Final = "SKIP"
FAIL: Final = "FAIL"

_DUPLICATE_SKIPPED: Final = "DUPLICATE_SKIPPED"
_NEW_REGISTRATION: Final = "NEW_REGISTRATION"


class ManifestRequestError(Exception):
    """A request in a manifest has failed.

    Args:
        code: the error code in the output file, an HTTP status.
        message: the message in the output file.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def enroll(context: RequestContext, job: Job, request: ManifestRequest) -> Document:
    """Enroll a speaker, and return the entry for ``SuccessfulEnrollments``."""
    config = cast("requests.EnrollmentConfig", _config(job))
    _check(request)
    speaker = _speaker(context, job, request)
    enrolled = speaker.status(context.now) == SpeakerStatus.ENROLLED
    status = events.NEW_ENROLLMENT
    if enrolled and config.get("ExistingEnrollmentAction", SKIP) == SKIP:
        status = _DUPLICATE_SKIPPED
    else:
        voice = _listen(context, request, ENROLLMENT_SECONDS, "enrollment")
        _screen(context, job, config.get("FraudDetectionConfig", {}), voice)
        speaker = speakers.enroll(context, speaker, voice.voiceprint)
        if enrolled:
            status = events.ENROLLMENT_OVERWRITE
    origin = events.Origin(events.FROM_JOB, job.job_id, status)
    events.speaker_action(context, events.ENROLL_SPEAKER, job.domain_id, speaker.generated_id, origin=origin)
    return {
        "RequestId": request.request_id,
        "GeneratedSpeakerId": speaker.generated_id,
        "CustomerSpeakerId": speaker.customer_id,
        "EnrollmentStatus": status,
    }


def emit_enrollment_failure(
    context: RequestContext, job: Job, request: ManifestRequest, failure: ManifestRequestError
) -> None:
    """Emit the event of a speaker who could not be enrolled."""
    speaker = speakers.lookup(context, job.domain_id, request.speaker_id or "")
    events.speaker_action(
        context,
        events.ENROLL_SPEAKER,
        job.domain_id,
        speaker.generated_id if speaker else None,
        origin=events.Origin(events.FROM_JOB, job.job_id),
        failure=events.Failure.in_job(failure.code, failure.message),
    )


def register(context: RequestContext, job: Job, request: ManifestRequest) -> Document:
    """Register a fraudster, and return the entry for ``SuccessfulRegistrations``."""
    config = cast("requests.RegistrationConfig", _config(job))
    _check(request)
    voiceprint = _listen(context, request, REGISTRATION_SECONDS, "registration").voiceprint
    known, likeness = fraudsters.closest(context, job.domain_id, voiceprint)
    threshold = config.get("FraudsterSimilarityThreshold", DEFAULT_SIMILARITY_THRESHOLD)
    skips = config.get("DuplicateRegistrationAction", SKIP) == SKIP
    if known and skips and likeness >= threshold:
        _emit_fraudster(context, job, known, _DUPLICATE_SKIPPED)
        return {
            "RequestId": request.request_id,
            "GeneratedFraudsterId": known.fraudster_id,
            "RegistrationStatus": _DUPLICATE_SKIPPED,
            "FraudsterSimilarityScore": likeness,
        }
    try:
        fraudster = fraudsters.register(context, job.domain_id, job.watchlist_id, voiceprint)
    except ServiceException:
        raise ManifestRequestError(402, "Fraudster limit exceeded") from None
    _emit_fraudster(context, job, fraudster, _NEW_REGISTRATION)
    return {
        "RequestId": request.request_id,
        "GeneratedFraudsterId": fraudster.fraudster_id,
        "RegistrationStatus": _NEW_REGISTRATION,
    }


def _emit_fraudster(context: RequestContext, job: Job, fraudster: fraudsters.Fraudster, status: str) -> None:
    events.fraudster_action(
        context,
        events.REGISTER_FRAUDSTER,
        job.domain_id,
        fraudster.fraudster_id,
        watchlist_ids=fraudsters.watchlist_ids(context, fraudster),
        origin=events.Origin(events.FROM_JOB, job.job_id, status),
    )


def _check(request: ManifestRequest) -> None:
    if request.problem is not None:
        raise ManifestRequestError(400, request.problem)


def _speaker(context: RequestContext, job: Job, request: ManifestRequest) -> speakers.Speaker:
    try:
        speaker = speakers.find_or_create(context, job.domain_id, request.speaker_id or "")
    except ServiceException:
        raise ManifestRequestError(402, "Speaker limit exceeded") from None
    if speaker.stored_status == SpeakerStatus.OPTED_OUT:
        raise ManifestRequestError(409, "Cannot request enrollment for an opted out speaker")
    return speaker


@attrs.frozen
class _Voice:
    """The recognizer's findings in the recordings of a request."""

    voiceprint: bytes = attrs.field(repr=False)
    spoofing_risk: float


def _listen(context: RequestContext, request: ManifestRequest, needed: float, purpose: str) -> _Voice:
    """Return the findings in a request's recordings, which together must hold enough speech of one voice."""
    recognizer, objects = context.settings.recognizer, context.settings.objects

    def listen() -> _Voice:
        recordings: list[Recording] = []
        seconds = 0.0
        for audio in request.audio:
            recording = _recording(objects, audio)
            if seconds < _ENOUGH_SECONDS:  # All are read, to find their problems, but not kept.
                seconds += recognizer.speech_seconds(recording)
                recordings.append(recording)
        if round(seconds, 3) < needed:
            raise ManifestRequestError(400, f"Not enough speech for {purpose}")
        return _Voice(enrollment_voiceprint(recognizer, recordings), recognizer.spoofing_risk(recordings))

    try:
        return context.call_model(request.request_id, listen)
    except RecordingError as error:
        raise ManifestRequestError(400, str(error)) from None


def _recording(objects: ObjectStorage, audio: Audio) -> Recording:
    try:
        stored = objects.read(audio.uri, RECORDING_BYTES)
    except ObjectStorageError as error:
        is_server_error = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise ManifestRequestError(500 if is_server_error else 400, f"Audio: {error.message}") from None
    return read_wav(stored.content, audio.channel, stored.voice)


def _screen(
    context: RequestContext,
    job: Job,
    config: requests.FraudDetectionConfig,
    voice: _Voice,
) -> None:
    if config.get("FraudDetectionAction", FAIL) != FAIL:
        return
    threshold = config.get("RiskThreshold", DEFAULT_RISK_THRESHOLD)
    _, known = fraudsters.closest(context, job.domain_id, voice.voiceprint, job.watchlist_id)
    if max(known, score(voice.spoofing_risk)) >= threshold:
        raise ManifestRequestError(400, "Fraud verification checks failed")


def _config(job: Job) -> object:
    return json.loads(job.config) if job.config else {}
