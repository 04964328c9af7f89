"""Phone calls that are streamed to Voice ID, as Amazon Connect does it."""

import os
from collections.abc import Callable
from typing import Any, Final

import attrs

from voiceid_sdk._files import as_path, naming_argument
from voiceid_sdk._values import COUNT, NUMBER
from voiceid_sdk.local.arguments import BYTES, TEXT, check_arguments
from voiceid_sdk.local.core.context import RequestContext, Transaction
from voiceid_sdk.local.in_this_process import InThisProcess
from voiceid_sdk.local.protocol.errors import invalid
from voiceid_sdk.local.protocol.validation import check_values
from voiceid_sdk.local.rules import events, sessions
from voiceid_sdk.local.rules.domain_access import open_domain
from voiceid_sdk.local.rules.event_failures import (
    REQUEST_ENROLLMENT,
    START_SESSION,
    UPDATE_SESSION,
    failure_event,
)
from voiceid_sdk.local.rules.session_records import Session
from voiceid_sdk.local.rules.sessions import Screening
from voiceid_sdk.local.storage.object_storage import ObjectStorageError, StoredObject
from voiceid_sdk.local.voices import mulaw
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, read_wav
from voiceid_sdk.service_model.limits import RECORDING_BYTES

ENCODINGS: Final = ("pcm16", "mulaw")
"""The encodings of audio that a call hears."""

AUTHENTICATION_SECONDS: Final = (5.0, 10.0)
"""The range of net speech that authentication can be set to need. Source: administrator guide."""


class Call(InThisProcess):
    """A call that is streamed to Voice ID; ``LocalVoiceID.start_call`` makes one.

    Every method raises the ``ServiceException`` with which the service would respond to Amazon Connect.
    """

    def __init__(self, transact: Transaction, domain_id: str, session_id: str) -> None:
        self._transact = transact
        self._domain_id = domain_id
        self._session_id = session_id

    @classmethod
    def start(cls, transact: Transaction, domain_id: str, contact_id: str, screening: Screening) -> "Call":
        """Start a call: see ``LocalVoiceID.start_call``."""
        check_values(domain_id=("DomainId", domain_id), contact_id=("SessionName", contact_id))
        _check(screening)
        session = transact(
            lambda context: sessions.start(context, domain_id, contact_id, screening),
            on_error=failure_event(START_SESSION, {"DomainId": domain_id, "SessionNameOrId": contact_id}),
        )
        return cls(transact, domain_id, session.session_id)

    @classmethod
    def find(cls, transact: Transaction, domain_id: str, session_name_or_id: str) -> "Call":
        """Find a call: see ``LocalVoiceID.call``."""
        check_values(
            domain_id=("DomainId", domain_id), session_name_or_id=("SessionNameOrId", session_name_or_id)
        )
        session = transact(lambda context: sessions.find(context, domain_id, session_name_or_id))
        return cls(transact, domain_id, session.session_id)

    @property
    def domain_id(self) -> str:
        """The domain that screens the call."""
        return self._domain_id

    @property
    def session_id(self) -> str:
        """The id of the call's session: ``id#`` and 22 characters."""
        return self._session_id

    @property
    def streaming_status(self) -> str:
        """``PENDING_CONFIGURATION`` before the first speech, then ``ONGOING``, then ``ENDED``."""
        return self._session().status

    @property
    def enrollment_status(self) -> str | None:
        """``NOT_ENOUGH_SPEECH``, ``COMPLETED`` or ``FAILED``; None if no enrollment was requested."""
        return self._session().enrollment_status

    @property
    def seconds_heard(self) -> float:
        """Seconds of net speech in the current stream, or in the last one."""

        def measure(context: RequestContext) -> float:
            session = sessions.measure_speech(context, self._find(context))
            return sessions.total_seconds(sessions.speech(context, session))

        return self._transact(measure)

    def speak(self, label: str, *, seconds: float) -> None:
        """Add speech of a labelled voice.

        Args:
            label: the label of the voice. A recognizer that needs sound takes recordings only: see ``play``.
            seconds: net speech, above zero and at most a day.

        Raises:
            ServiceException: the call is not connected, or the recognizer needs sound.

        Example:
            >>> call = service.start_call(domain.domain_id, "contact-2", speaker_id="customer-42")
            >>> call.speak("Mallory", seconds=12)
            >>> domain.session("contact-2").evaluate().authentication_result.decision
            <AuthenticationDecision.REJECT: 'REJECT'>
        """
        check_arguments(label=(label, TEXT), seconds=(seconds, NUMBER))
        if not 0 < seconds <= sessions.FORGOTTEN_AFTER:
            raise invalid("seconds must be above zero and at most a day.")
        self._hear(Recording(label=label, announced_seconds=float(seconds)))

    def play(self, wav: str | os.PathLike[str] | bytes, *, channel: int = 0) -> None:
        """Play a recording into the call.

        Args:
            wav: a WAV file (8 kHz, 16-bit PCM, one or two channels), its content, or its ``s3://`` address.
            channel: the caller's channel.

        Raises:
            ServiceException: the call is not connected, or the recording cannot be played.
            FileAccessError: the file cannot be read.

        Example:
            >>> call = service.start_call(domain.domain_id, "contact-2", speaker_id="customer-42")
            >>> call.play("recordings/customer-7.wav")
            >>> call.seconds_heard
            35.0
        """
        check_arguments(channel=(channel, COUNT))
        try:
            if isinstance(wav, str) and wav.startswith("s3://"):
                stored = self._read(wav)
                recording = read_wav(stored.content, channel, stored.voice)
            else:
                recording = read_wav(wav if isinstance(wav, bytes) else _content(wav), channel)
        except RecordingError as error:
            raise invalid(str(error)) from None
        except ObjectStorageError as error:
            raise invalid(error.message) from None
        del wav  # A recording takes much memory.
        self._hear(recording)

    def hear(self, chunk: bytes, *, encoding: str = "pcm16") -> None:
        """Take in a piece of the caller's audio at 8 kHz, as a media server gets it.

        The piece is in the store when this returns. Speech is looked for when a second of audio is there, so
        a call that is heard in pieces has as many seconds of speech as one that is played as a whole.

        Args:
            chunk: the next piece of the audio, of any size. 16-bit samples may be cut in the middle.
            encoding: ``"pcm16"`` for 16-bit little-endian samples, or ``"mulaw"`` (G.711).

        Raises:
            ServiceException: the call is not connected, or the encoding is another one.

        Example:
            >>> call = service.start_call(domain.domain_id, "contact-2", speaker_id="customer-42")
            >>> packet = bytes(320)  # 20 ms of silence, as 16-bit samples
            >>> call.hear(packet)
            >>> call.seconds_heard
            0.0
        """
        check_arguments(chunk=(chunk, BYTES), encoding=(encoding, TEXT))
        if encoding not in ENCODINGS:
            raise invalid(f"encoding must be one of {', '.join(ENCODINGS)}.")
        samples = mulaw.decode(chunk) if encoding == "mulaw" else bytes(chunk)
        if samples:
            self._change(lambda context, session: sessions.hear_piece(context, session, samples))

    def enroll(self) -> None:
        """Request the caller's enrollment, which takes place after 30 seconds of net speech.

        Raises:
            ServiceException: the call has no speaker, the speaker opted out, or an enrollment was requested.

        Example:
            >>> call = service.start_call(domain.domain_id, "contact-2", speaker_id="customer-43")
            >>> call.enroll()
            >>> call.speak("Bo", seconds=35)
            >>> domain.speaker("customer-43").describe().status
            <SpeakerStatus.ENROLLED: 'ENROLLED'>
        """
        self._change(sessions.request_enrollment, REQUEST_ENROLLMENT)

    def update(
        self,
        *,
        speaker_id: str | None = None,
        acceptance_threshold: int | None = None,
        risk_threshold: int | None = None,
        watchlist_id: str | None = None,
    ) -> None:
        """Change the claimed speaker and the screening of the call, as "Set Voice ID" does during a call.

        An argument of None changes nothing.

        Args:
            speaker_id: the claimed speaker (CustomerId), who is added as ``PENDING`` if unknown.
            acceptance_threshold: the lowest authentication score that is accepted, 0 to 100.
            risk_threshold: the lowest risk score that counts as high risk, 0 to 100.
            watchlist_id: the watchlist to compare with.

        Raises:
            ServiceException: an argument breaks a rule, or the speaker cannot change any more, because an
                enrollment was requested.

        Example:
            >>> call = service.start_call(domain.domain_id, "contact-2", speaker_id="customer-42")
            >>> call.speak("Ana", seconds=12)
            >>> call.update(acceptance_threshold=100)
            >>> domain.session("contact-2").evaluate().authentication_result.configuration
            AuthenticationConfiguration(acceptance_threshold=100)
        """
        given: dict[str, Any] = {
            "acceptance_threshold": acceptance_threshold,
            "risk_threshold": risk_threshold,
            "watchlist_id": watchlist_id,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        _check(attrs.evolve(Screening(speaker_id=speaker_id), **changes))

        def change(context: RequestContext, session: Session) -> Session:
            session = sessions.save(context, attrs.evolve(session, **changes))
            if speaker_id is not None:
                session = sessions.set_speaker(context, session, speaker_id)
            events.update_session(context, session, sessions.generated_speaker_id(context, session))
            return session

        self._change(change, UPDATE_SESSION)

    def score(
        self,
        *,
        authentication: int | None = None,
        spoofing: int | None = None,
        known_fraudster: int | None = None,
    ) -> None:
        """Set scores in place of the recognizer's. For tests: Amazon Connect cannot do so.

        An argument of None changes nothing.

        Args:
            authentication: how alike the caller and the claimed speaker sound, 0 to 100.
            spoofing: the risk of voice spoofing, 0 to 100.
            known_fraudster: how alike the caller and a fraudster on the watchlist sound, 0 to 100.

        Raises:
            ServiceException: a score is not in this range.

        Example:
            >>> call = service.start_call(domain.domain_id, "contact-2", speaker_id="customer-42")
            >>> call.speak("Ana", seconds=12)
            >>> call.score(authentication=40)
            >>> domain.session("contact-2").evaluate().authentication_result.score
            40
        """
        given: dict[str, Any] = {
            "forced_authentication": authentication,
            "forced_spoofing": spoofing,
            "forced_known_fraudster": known_fraudster,
        }
        forced = {name: value for name, value in given.items() if value is not None}
        check_values(**{name.removeprefix("forced_"): ("Score", value) for name, value in forced.items()})
        self._change(lambda context, session: sessions.save(context, attrs.evolve(session, **forced)))

    def end(self) -> None:
        """Hang up.

        Raises:
            ServiceException: the call has ended already.
        """
        self._change(sessions.end)

    def restart_stream(self) -> None:
        """Stream the call again after its stream has ended; earlier speech no longer counts.

        Raises:
            ServiceException: the stream has not ended, or the domain has too many active sessions.
        """
        self._change(sessions.restart)

    def __repr__(self) -> str:
        return f"Call(domain_id={self._domain_id!r})"

    def _read(self, s3_uri: str) -> StoredObject:
        return self._transact(lambda context: context.settings.objects.read(s3_uri, RECORDING_BYTES))

    def _hear(self, recording: Recording) -> None:
        try:
            self._change(lambda context, session: sessions.hear(context, session, recording))
        except RecordingError as error:
            raise invalid(str(error)) from None

    def _change(self, change: Callable[[RequestContext, Session], Session], operation: str = "") -> None:
        def work(context: RequestContext) -> None:
            open_domain(context, self._domain_id)
            change(context, self._find(context))

        request = {"DomainId": self._domain_id, "SessionNameOrId": self._session_id}
        self._transact(work, on_error=failure_event(operation, request))

    def _session(self) -> Session:
        return self._transact(lambda context: sessions.measure_speech(context, self._find(context)))

    def _find(self, context: RequestContext) -> Session:
        return sessions.find(context, self._domain_id, self._session_id)


def _content(wav: str | os.PathLike[str]) -> bytes:
    with naming_argument("wav", action="read"):
        return as_path(wav, "wav").read_bytes()


def _check(screening: Screening) -> None:
    check_arguments(authentication_seconds=(screening.authentication_seconds, NUMBER))
    values: dict[str, tuple[str, object]] = {
        "acceptance_threshold": ("Score", screening.acceptance_threshold),
        "risk_threshold": ("Score", screening.risk_threshold),
    }
    if screening.speaker_id is not None:
        values["speaker_id"] = ("SpeakerId", screening.speaker_id)
    if screening.watchlist_id is not None:
        values["watchlist_id"] = ("WatchlistId", screening.watchlist_id)
    check_values(**values)
    minimum, maximum = AUTHENTICATION_SECONDS
    if not minimum <= screening.authentication_seconds <= maximum:
        raise invalid(f"authentication_seconds must be from {minimum:g} to {maximum:g}.")
