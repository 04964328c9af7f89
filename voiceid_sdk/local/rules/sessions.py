"""Sessions: one for each call, with its streams, its speech and its enrollment.

The public API only evaluates sessions. The functions here do what Amazon Connect does with them.
"""

import functools
from typing import Any, Final

import attrs

from voiceid_sdk._wav import BYTES_PER_SAMPLE
from voiceid_sdk.local.core import tasks
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol.errors import conflict, invalid, not_found, quota_exceeded
from voiceid_sdk.local.rules import events, speakers
from voiceid_sdk.local.rules.domain_access import Domain, open_domain
from voiceid_sdk.local.rules.session_records import SESSIONS, UTTERANCES, Session, Utterance
from voiceid_sdk.local.rules.statuses import SessionEnrollmentStatus, SpeakerStatus, StreamingStatus
from voiceid_sdk.local.voices.recognizer import enrollment_voiceprint
from voiceid_sdk.local.voices.recordings import Recording, RecordingError
from voiceid_sdk.service_model.limits import ENROLLMENT_SECONDS, SAMPLE_RATE

FRAUD_DETECTION_SECONDS: Final = 10.0
"""Net speech that fraud detection needs. AWS publishes the figure for authentication only."""

FORGOTTEN_AFTER: Final = 24 * 3600.0
"""Seconds from a stream's end, or from its last change, to the deletion of audio and session.

Source, for audio: the guide.
"""

FORGET: Final = "forget session"

# Bytes of a stream that are measured together: one second.
_MEASURED_AT_ONCE: Final = BYTES_PER_SAMPLE * SAMPLE_RATE


@attrs.frozen(kw_only=True)
class Screening:
    """How a call is screened: the settings of the flow block "Set Voice ID", and the CustomerId."""

    speaker_id: str | None = attrs.field(default=None, repr=False)
    acceptance_threshold: int = 90
    risk_threshold: int = 50
    watchlist_id: str | None = None
    authentication: bool = True
    fraud_detection: bool = True
    authentication_seconds: float = 10.0


def lookup(context: RequestContext, domain_id: str, name_or_id: str) -> Session | None:
    """Return the session with this name or id, or None."""
    column = "session_id" if name_or_id.startswith("id#") else "name"
    return context.store.get(SESSIONS, domain_id=domain_id, **{column: name_or_id})


def find(context: RequestContext, domain_id: str, name_or_id: str) -> Session:
    """Return the session with this name or id; raises a ServiceException if there is none."""
    session = lookup(context, domain_id, name_or_id)
    if session is None:
        raise not_found("SESSION")
    return session


def start(context: RequestContext, domain_id: str, name: str, screening: Screening) -> Session:
    """Start to stream a call; a call that was streamed before continues its session."""
    domain = open_domain(context, domain_id)
    known = context.store.get(SESSIONS, domain_id=domain.domain_id, name=name)
    settings = _settings(domain, screening)
    if known is not None:
        session = restart(context, attrs.evolve(known, **settings))
    else:
        _check_active_sessions(context, domain.domain_id)
        session = context.store.add(
            SESSIONS,
            Session(
                domain_id=domain.domain_id,
                session_id=context.settings.identifiers.generated(),
                name=name,
                status=StreamingStatus.PENDING_CONFIGURATION,
                connected=True,
                stream=1,
                customer_speaker_id=None,
                **settings,
            ),
        )
    session = save(context, session)
    return session if screening.speaker_id is None else set_speaker(context, session, screening.speaker_id)


def save(context: RequestContext, session: Session) -> Session:
    """Store a changed session, and schedule its deletion, because its stream may never be ended."""
    if session.status != StreamingStatus.ENDED:
        at = context.now + FORGOTTEN_AFTER
        tasks.schedule(context, FORGET, session.domain_id, at, session.session_id)
    return context.store.save(SESSIONS, session)


def restart(context: RequestContext, session: Session) -> Session:
    """Stream a call again after its stream has ended; earlier speech no longer counts."""
    if session.status != StreamingStatus.ENDED:
        raise conflict("ANOTHER_ACTIVE_STREAM")
    _check_active_sessions(context, session.domain_id)
    _delete_speech(context, session)
    return save(
        context,
        attrs.evolve(
            session, status=StreamingStatus.PENDING_CONFIGURATION, connected=True, stream=session.stream + 1
        ),
    )


def hear(context: RequestContext, session: Session, recording: Recording) -> Session:
    """Add speech to the stream; ignored once the stream has ended."""
    _check_connected(session)
    if session.status == StreamingStatus.ENDED:
        return session
    session = measure_speech(context, session)
    if session.status == StreamingStatus.ENDED:
        return session
    recognizer = context.settings.recognizer
    seconds = context.call_model("speech", lambda: recognizer.speech_seconds(recording))
    _add_utterance(context, session, recording, seconds=seconds)
    return _after_speech(context, _begun(context, session))


def hear_piece(context: RequestContext, session: Session, samples: bytes) -> Session:
    """Take in a piece of the caller's audio; speech is looked for when a second of it is there."""
    _check_connected(session)
    if session.status == StreamingStatus.ENDED:
        return session
    _add_utterance(context, session, Recording(samples=samples), is_streamed=1, is_measured=0)
    session = save(context, _begun(context, session))
    waiting = context.store.total(
        UTTERANCES,
        "length(samples)",
        domain_id=session.domain_id,
        session_id=session.session_id,
        is_measured=0,
    )
    return session if waiting < _MEASURED_AT_ONCE else measure_speech(context, session)


def measure_speech(context: RequestContext, session: Session) -> Session:
    """Measure the speech in pieces of the stream that have not been measured yet."""
    key: dict[str, str | int] = {
        "domain_id": session.domain_id,
        "session_id": session.session_id,
        "is_measured": 0,
    }
    new = context.store.all(UTTERANCES, **key)
    if not new:
        return session
    context.store.begin_writing()
    # A detector needs the audio before a piece. So all is measured, and the new pieces add the difference.
    stream = [one for one in speech(context, session) if one.is_streamed]
    samples = _joined(stream)
    recognizer = context.settings.recognizer
    total = context.call_model(
        ("streamed", len(samples)), lambda: recognizer.speech_seconds(Recording(samples=samples))
    )
    before = sum(one.seconds for one in stream if one.is_measured)
    context.store.remove(UTTERANCES, **key)
    together = attrs.evolve(
        new[0], samples=b"".join(one.samples for one in new), seconds=total - before, is_measured=1
    )
    context.store.add(UTTERANCES, together)
    return _after_speech(context, session)


def voiceprint(context: RequestContext, heard: list[Utterance]) -> bytes:
    """Return the voiceprint of what was heard; raises ServiceException if there is no voice in it."""
    recognizer, recordings = context.settings.recognizer, _recordings(heard)
    try:
        return context.call_model(("voiceprint", _span(heard)), lambda: recognizer.voiceprint(recordings))
    except RecordingError as error:
        raise invalid(str(error)) from None


def spoofing_risk(context: RequestContext, heard: list[Utterance]) -> float:
    """Return the risk that what was heard is not a person speaking."""
    recognizer, recordings = context.settings.recognizer, _recordings(heard)
    return context.call_model(("spoofing", _span(heard)), lambda: recognizer.spoofing_risk(recordings))


def set_speaker(context: RequestContext, session: Session, speaker_id: str) -> Session:
    """Set the claimed speaker, which cannot change after an enrollment has been requested."""
    if session.enrollment_status is not None and not _is_speaker(context, session, speaker_id):
        raise conflict("CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT")
    speaker = speakers.find_or_create(context, session.domain_id, speaker_id)
    return save(context, attrs.evolve(session, customer_speaker_id=speaker.customer_id))


def request_enrollment(context: RequestContext, session: Session) -> Session:
    """Request the enrollment of the caller, which takes place once there is enough speech."""
    if not session.customer_speaker_id:
        raise conflict("SPEAKER_NOT_SET")
    if session.enrollment_status is not None:
        raise conflict("ENROLLMENT_ALREADY_EXISTS")
    speaker = speakers.lookup(context, session.domain_id, session.customer_speaker_id)
    if speaker is not None and speaker.stored_status == SpeakerStatus.OPTED_OUT:
        raise conflict("SPEAKER_OPTED_OUT")
    events.request_enrollment(context, session)
    return _after_speech(
        context, attrs.evolve(session, enrollment_status=SessionEnrollmentStatus.NOT_ENOUGH_SPEECH)
    )


def end(context: RequestContext, session: Session) -> Session:
    """End the call."""
    _check_connected(session)
    session = measure_speech(context, session)
    return _ended(context, attrs.evolve(session, connected=False))


def forget(context: RequestContext, task: tasks.ScheduledTask) -> None:
    """Delete a session and its audio."""
    context.store.remove_everywhere(domain_id=task.domain_id, session_id=task.subject_id)


def speech(context: RequestContext, session: Session) -> list[Utterance]:
    """Return the speech in the session's latest stream."""
    return context.store.all(UTTERANCES, domain_id=session.domain_id, session_id=session.session_id)


def total_seconds(utterances: list[Utterance]) -> float:
    """Return the seconds of net speech, to the millisecond."""
    return round(sum(utterance.seconds for utterance in utterances), 3)


def first(heard: list[Utterance], seconds: float) -> list[Utterance]:
    """Return the utterances with the first ``seconds`` of speech, or none if there is less."""
    for count in range(1, len(heard) + 1):
        if total_seconds(heard[:count]) >= seconds:
            return heard[:count]
    return []


def generated_speaker_id(context: RequestContext, session: Session) -> str | None:
    """Return the generated id of the claimed speaker, if there is one."""
    claimed = session.customer_speaker_id
    speaker = speakers.lookup(context, session.domain_id, claimed) if claimed else None
    return speaker.generated_id if speaker else None


def _after_speech(context: RequestContext, session: Session) -> Session:
    heard = speech(context, session)
    if total_seconds(heard) < ENROLLMENT_SECONDS:
        return save(context, session)
    if session.enrollment_status == SessionEnrollmentStatus.NOT_ENOUGH_SPEECH:
        session = attrs.evolve(session, enrollment_status=_enroll(context, session, heard))
    return _ended(context, session)


def _enroll(context: RequestContext, session: Session, heard: list[Utterance]) -> str:
    speaker = speakers.find_or_create(context, session.domain_id, session.customer_speaker_id or "")
    emit = functools.partial(
        events.speaker_action,
        context,
        events.ENROLL_SPEAKER,
        session.domain_id,
        speaker.generated_id,
        contact_id=session.name,
    )
    origin = events.Origin(events.FROM_SESSION, session.session_id)
    if speaker.stored_status == SpeakerStatus.OPTED_OUT:
        emit(origin=origin, failure=events.Failure.of(conflict("SPEAKER_OPTED_OUT")))
        return SessionEnrollmentStatus.FAILED
    recognizer, recordings = context.settings.recognizer, _recordings(heard)
    try:
        enrolled = context.call_model(
            ("enrollment", _span(heard)), lambda: enrollment_voiceprint(recognizer, recordings)
        )
    except RecordingError as error:
        emit(origin=origin, failure=events.Failure.of(invalid(str(error))))
        return SessionEnrollmentStatus.FAILED
    speakers.enroll(context, speaker, enrolled)
    again = speaker.status(context.now) == SpeakerStatus.ENROLLED
    status = events.ENROLLMENT_OVERWRITE if again else events.NEW_ENROLLMENT
    emit(origin=attrs.evolve(origin, status=status))
    return SessionEnrollmentStatus.COMPLETED


def _add_utterance(
    context: RequestContext,
    session: Session,
    recording: Recording,
    *,
    seconds: float = 0.0,
    is_streamed: int = 0,
    is_measured: int = 1,
) -> None:
    context.store.add(
        UTTERANCES,
        Utterance(
            domain_id=session.domain_id,
            session_id=session.session_id,
            label=recording.label,
            samples=recording.samples,
            announced_seconds=recording.announced_seconds,
            seconds=seconds,
            heard_at=context.now,
            is_streamed=is_streamed,
            is_measured=is_measured,
        ),
    )


def _begun(context: RequestContext, session: Session) -> Session:
    was_pending = session.status == StreamingStatus.PENDING_CONFIGURATION
    session = attrs.evolve(session, status=StreamingStatus.ONGOING)
    if was_pending:
        _emit_stream(context, session)
    return session


def _recordings(heard: list[Utterance]) -> list[Recording]:
    """Return what was heard as recordings; all pieces of a stream are one."""
    recordings = [one.recording for one in heard if not one.is_streamed]
    if streamed := _joined([one for one in heard if one.is_streamed]):
        recordings.append(Recording(samples=streamed))
    return recordings


def _joined(stream: list[Utterance]) -> bytes:
    """Return the audio of a stream without the half of a sample that may be at its end."""
    samples = b"".join(one.samples for one in stream)
    return samples[: len(samples) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE]


def _span(heard: list[Utterance]) -> tuple[int, int]:
    return heard[0].sequence, heard[-1].sequence


def _ended(context: RequestContext, session: Session) -> Session:
    if session.status != StreamingStatus.ENDED:
        at = context.now + FORGOTTEN_AFTER
        tasks.schedule(context, FORGET, session.domain_id, at, session.session_id)
        session = attrs.evolve(session, status=StreamingStatus.ENDED)
        _emit_stream(context, session)
    return save(context, session)


def _emit_stream(context: RequestContext, session: Session) -> None:
    heard = speech(context, session)

    def aggregation(seconds: float) -> events.Aggregation:
        enough = first(heard, seconds) if session.status == StreamingStatus.ENDED else []
        return events.Aggregation(
            heard[0].heard_at if heard else None, enough[-1].heard_at if enough else None
        )

    events.start_session(
        context,
        session,
        generated_speaker_id(context, session),
        enrollment=aggregation(ENROLLMENT_SECONDS),
        authentication=aggregation(session.authentication_seconds),
        fraud_detection=aggregation(FRAUD_DETECTION_SECONDS),
    )


def _settings(domain: Domain, screening: Screening) -> dict[str, Any]:
    """Return the fields of a session that its screening sets."""
    settings = attrs.asdict(
        attrs.evolve(screening, watchlist_id=screening.watchlist_id or domain.default_watchlist_id)
    )
    del settings["speaker_id"]
    return settings


def _check_connected(session: Session) -> None:
    if not session.connected:
        raise invalid("Call Is Not Connected")


def _check_active_sessions(context: RequestContext, domain_id: str) -> None:
    quotas = context.settings.quotas
    where = "WHERE domain_id = ? AND status != ?"
    if (
        quotas
        and context.store.count(SESSIONS, where, domain_id, StreamingStatus.ENDED) >= quotas.active_sessions
    ):
        raise quota_exceeded("The domain has reached its quota of active sessions.")


def _is_speaker(context: RequestContext, session: Session, speaker_id: str) -> bool:
    speaker = speakers.lookup(context, session.domain_id, speaker_id)
    return speaker is not None and speaker.customer_id == session.customer_speaker_id


def _delete_speech(context: RequestContext, session: Session) -> None:
    context.store.remove(UTTERANCES, domain_id=session.domain_id, session_id=session.session_id)
