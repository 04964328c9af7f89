"""The events of failed requests: those about speakers and sessions, and those of Amazon Connect."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from voiceid_sdk.local.core.context import OnError, RequestContext
from voiceid_sdk.local.rules import events, sessions, speakers
from voiceid_sdk.local.rules.events import Failure

START_SESSION: Final = "StartSession"
UPDATE_SESSION: Final = "UpdateSession"
REQUEST_ENROLLMENT: Final = "RequestEnrollment"
"""Operations of Amazon Connect, which the public API does not have."""

_Emit: TypeAlias = Callable[[RequestContext, str, str, Failure], None]
"""Emits the event of a failure, given the domain's id, and the id of the speaker, session or contact."""


def failure_event(operation: str, request: Mapping[str, object]) -> OnError | None:
    """Return the function that emits the event of a failed request, or None if there is no such event."""
    if operation not in _EVENTS:
        return None
    subject, emit = _EVENTS[operation]
    domain_id, subject_id = str(request["DomainId"]), str(request[subject])
    return lambda context, error: emit(context, domain_id, subject_id, Failure.of(error))


def _start_session(context: RequestContext, domain_id: str, contact_id: str, failure: Failure) -> None:
    events.start_session_failed(context, domain_id, contact_id, failure)


def _update_session(context: RequestContext, domain_id: str, session_id: str, failure: Failure) -> None:
    session = sessions.lookup(context, domain_id, session_id)
    if session is not None:
        speaker_id = sessions.generated_speaker_id(context, session)
        events.update_session(context, session, speaker_id, failure)


def _request_enrollment(context: RequestContext, domain_id: str, session_id: str, failure: Failure) -> None:
    session = sessions.lookup(context, domain_id, session_id)
    if session is not None:
        events.request_enrollment(context, session, failure)


def _evaluate_session(context: RequestContext, domain_id: str, session_id: str, failure: Failure) -> None:
    session = sessions.lookup(context, domain_id, session_id)
    events.evaluate_session_failed(context, domain_id, session, failure)


def _delete_speaker(context: RequestContext, domain_id: str, speaker_id: str, failure: Failure) -> None:
    _speaker_action(events.DELETE_SPEAKER, context, domain_id, speaker_id, failure)


def _opt_out_speaker(context: RequestContext, domain_id: str, speaker_id: str, failure: Failure) -> None:
    _speaker_action(events.OPT_OUT_SPEAKER, context, domain_id, speaker_id, failure)


def _speaker_action(
    action: str, context: RequestContext, domain_id: str, speaker_id: str, failure: Failure
) -> None:
    speaker = speakers.lookup(context, domain_id, speaker_id)
    generated_id = speaker.generated_id if speaker else None
    events.speaker_action(context, action, domain_id, generated_id, failure=failure)


# By operation: the member of the request that names the speaker, session or contact, and the function.
_EVENTS: Final[Mapping[str, tuple[str, _Emit]]] = {
    "DeleteSpeaker": ("SpeakerId", _delete_speaker),
    "EvaluateSession": ("SessionNameOrId", _evaluate_session),
    "OptOutSpeaker": ("SpeakerId", _opt_out_speaker),
    REQUEST_ENROLLMENT: ("SessionNameOrId", _request_enrollment),
    START_SESSION: ("SessionNameOrId", _start_session),
    UPDATE_SESSION: ("SessionNameOrId", _update_session),
}
