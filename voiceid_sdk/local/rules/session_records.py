"""Records of sessions, and of the speech in them."""

from typing import Final

import attrs

from voiceid_sdk.local.storage.store import Record, Table
from voiceid_sdk.local.voices.recordings import Recording


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
    indexes=[("domain_id", "status")],
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
