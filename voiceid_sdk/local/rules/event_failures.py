"""What events tell of requests that were refused: those about speakers and sessions."""

import functools
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import attrs

from voiceid_sdk.local.core.context import Context, Refused
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.rules import events, sessions, speakers
from voiceid_sdk.local.rules.events import Failure

Tell: TypeAlias = Callable[[Context, str, str, Failure], None]
"""Tells of a failure in a domain that has to do with the speaker or session of an id."""


def refused(tell: Tell, domain_id: str, subject_id: str) -> Refused:
    """Return what is done when a request about a speaker or session is refused."""
    return lambda context, refusal: tell(context, domain_id, subject_id, Failure.of(refusal))


def refused_operation(operation: str, request: Document) -> Refused | None:
    """Return what is done when a request for an operation is refused, if there are events of its kind."""
    told = _OPERATIONS.get(operation)
    if told is None:
        return None
    return refused(told.tell, str(request["DomainId"]), str(request[told.subject]))


def start(context: Context, domain_id: str, contact_id: str, failure: Failure) -> None:
    """Tell that a stream could not be started."""
    del contact_id  # There may be no session to name.
    events.start_session_failed(context, domain_id, failure)


def update(context: Context, domain_id: str, session_id: str, failure: Failure) -> None:
    """Tell that a session could not be changed."""
    session = sessions.lookup(context, domain_id, session_id)
    if session is not None:
        speaker_id = sessions.generated_speaker_id(context, session)
        events.update_session(context, session, speaker_id, failure)


def enroll(context: Context, domain_id: str, session_id: str, failure: Failure) -> None:
    """Tell that an enrollment could not be requested on a call."""
    session = sessions.lookup(context, domain_id, session_id)
    if session is not None:
        events.request_enrollment(context, session, failure)


def _evaluate(context: Context, domain_id: str, session_id: str, failure: Failure) -> None:
    del session_id  # There may be no session to name.
    events.evaluate_session_failed(context, domain_id, failure)


def _speaker(action: str, context: Context, domain_id: str, speaker_id: str, failure: Failure) -> None:
    speaker = speakers.lookup(context, domain_id, speaker_id)
    generated_id = speaker.generated_id if speaker else None
    events.speaker_action(context, action, domain_id, generated_id, failure=failure)


@attrs.frozen
class _Operation:
    """An operation whose refusals are told of."""

    subject: str
    """The member of its request that names the speaker or session."""

    tell: Tell


_OPERATIONS: Final[Mapping[str, _Operation]] = {
    "DeleteSpeaker": _Operation("SpeakerId", functools.partial(_speaker, events.DELETE_SPEAKER)),
    "EvaluateSession": _Operation("SessionNameOrId", _evaluate),
    "OptOutSpeaker": _Operation("SpeakerId", functools.partial(_speaker, events.OPT_OUT_SPEAKER)),
}
