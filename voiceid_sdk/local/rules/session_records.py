"""Records of sessions, and of the speech in them."""

from typing import Final

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.rules.statuses import SessionEnrollmentStatus
from voiceid_sdk.local.storage.store import Record, Table
from voiceid_sdk.local.voices.recordings import Recording

DELETED_SPEAKER: Final = ""
"""In place of the id of a claimed speaker who was deleted, so that the session does not hold the id."""


@attrs.frozen
class Session(Record):
    """A session and the state of its latest stream."""

    domain_id: str
    session_id: str
    name: str
    status: str
    connected: bool = attrs.field(converter=bool)
    stream: int
    """The number of the stream in the session; a result belongs to one stream."""

    authentication: bool = attrs.field(converter=bool)
    fraud_detection: bool = attrs.field(converter=bool)
    acceptance_threshold: int
    risk_threshold: int
    authentication_seconds: float
    watchlist_id: str
    customer_speaker_id: str | None = attrs.field(repr=False)
    enrollment_status: str | None = None
    forced_authentication: int | None = None
    forced_spoofing: int | None = None
    forced_known_fraudster: int | None = None
    authentication_inputs: str | None = None
    authentication_result: str | None = attrs.field(default=None, repr=False)
    fraud_inputs: str | None = None
    fraud_result: str | None = attrs.field(default=None, repr=False)


SESSIONS: Final = Table(
    "sessions",
    Session,
    unique=[("domain_id", "session_id"), ("domain_id", "name")],
    indexes=[("domain_id", "status"), ("domain_id", "customer_speaker_id")],
)


@attrs.frozen
class Utterance(Record):
    """A piece of speech in a session's latest stream."""

    domain_id: str
    session_id: str
    label: str | None = attrs.field(repr=False)
    samples: bytes = attrs.field(repr=False)
    announced_seconds: float | None
    seconds: float
    """Net speech; 0 while it has not been measured."""

    heard_at: float
    is_streamed: int = 0
    """Whether it is a piece of a stream: then the pieces before and after it are one recording with it."""

    is_measured: int = 1

    @property
    def recording(self) -> Recording:
        """The speech as a recording, for a recognizer."""
        return Recording(samples=self.samples, label=self.label, announced_seconds=self.announced_seconds)


UTTERANCES: Final = Table(
    "utterances", Utterance, unique=[("domain_id", "session_id", "sequence")], indexes=[("domain_id",)]
)


def delete_speech_of(context: RequestContext, domain_id: str, customer_id: str) -> None:
    """Delete the speech of all calls in which a speaker is claimed."""
    for session in context.store.all(SESSIONS, domain_id=domain_id, customer_speaker_id=customer_id):
        context.store.remove(UTTERANCES, domain_id=domain_id, session_id=session.session_id)


def forget_speaker(context: RequestContext, domain_id: str, customer_id: str, generated_id: str) -> None:
    """Delete a speaker's speech, and the speaker's ids in sessions and in their results."""
    delete_speech_of(context, domain_id, customer_id)
    mentioned = "domain_id = ? AND (customer_speaker_id = ? OR instr(authentication_result, ?))"
    for session in context.store.select(SESSIONS, f"WHERE {mentioned}", domain_id, customer_id, generated_id):
        is_claimed = session.customer_speaker_id == customer_id
        is_waiting = is_claimed and session.enrollment_status == SessionEnrollmentStatus.NOT_ENOUGH_SPEECH
        without = attrs.evolve(
            session,
            customer_speaker_id=DELETED_SPEAKER if is_claimed else session.customer_speaker_id,
            enrollment_status=SessionEnrollmentStatus.FAILED if is_waiting else session.enrollment_status,
            authentication_inputs=None,
            authentication_result=None,
        )
        context.store.save(SESSIONS, without, erases=True)


def forget_fraudster(context: RequestContext, domain_id: str, fraudster_id: str) -> None:
    """Delete the results in which a fraudster was recognized."""
    mentioned = "domain_id = ? AND instr(fraud_result, ?)"
    for session in context.store.select(SESSIONS, f"WHERE {mentioned}", domain_id, fraudster_id):
        without = attrs.evolve(session, fraud_inputs=None, fraud_result=None)
        context.store.save(SESSIONS, without, erases=True)
