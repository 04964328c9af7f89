"""The control API: calls as Amazon Connect makes them, faults, keys and the clock, as JSON over HTTP.

An action is a method of the Python interface, and the request's JSON object has its parameters as members.
``docs/local-voice-id-server.md`` shows each with an example.
"""

import binascii
import inspect
import typing
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.clock import ManualClock
from voiceid_sdk.local.faults import Faults
from voiceid_sdk.local.http.errors import JSON, HttpError, check_post, error_response, json_response
from voiceid_sdk.local.protocol.aws_json import Response, parse_text, text_of
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.validation import check_values
from voiceid_sdk.local.service import LocalVoiceID
from voiceid_sdk.service_model.limits import RECORDING_BYTES

PREFIX: Final = "/control/"
"""The path of an action is this and the action's name."""

MAX_BODY_BYTES: Final = RECORDING_BYTES * 4 // 3 + 64 * 1024
"""Limit of a request body: the largest recording in base64, and room for other members."""

ResultT = TypeVar("ResultT")

_Action: TypeAlias = Callable[[LocalVoiceID, Document], Document]


@attrs.frozen
class _Parameter:
    """One member of an action's request."""

    kind: type
    required: bool


_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def respond(service: LocalVoiceID, action: str, body: bytes, *, request_id: str) -> Response:
    """Return the response to a request of the control API.

    Args:
        service: the service.
        action: the action's name, from the path.
        body: the body of a request that ``check_head`` has accepted.
        request_id: the value of ``x-amzn-RequestId``.
    """
    try:
        # A body with a recording takes much memory, so it is not kept longer than needed.
        text = text_of(body)
        del body
        members = parse_text(text)
        del text
        return json_response(HTTPStatus.OK, ACTIONS[action](service, members), request_id)
    except Exception as error:  # every error becomes a response
        return error_response(error, request_id)


def check_head(action: str, method: str, content_type: str) -> None:
    """Raise the HttpError of a request that is rejected for any body.

    Its content type must be JSON, which browsers send to other sites only after a preflight.
    """
    if action not in ACTIONS:
        raise HttpError(404, "UnknownAction", f"The actions are {', '.join(ACTIONS)}.")
    check_post(method, content_type, JSON)


def _invalid(message: str) -> HttpError:
    return HttpError(400, "InvalidRequest", message)


def _parameters(function: Callable[..., object]) -> dict[str, _Parameter]:
    """Return the parameters of a method or function, except the first one."""
    hints = typing.get_type_hints(function)
    named = list(inspect.signature(function).parameters.items())[1:]
    return {
        name: _Parameter(_kind(hints[name]), parameter.default is parameter.empty)
        for name, parameter in named
    }


def _kind(hint: object) -> type:
    """Return the type that a type hint allows in addition to None."""
    allowed = typing.get_args(hint) or (hint,)
    (kind,) = (kind for kind in _TYPE_NAMES if kind in allowed)
    return kind


def _checked(members: Document, parameters: Mapping[str, _Parameter]) -> dict[str, Any]:
    """Return the members if they fit the parameters; raises an HttpError with all problems otherwise."""
    problems = [
        f"'{name}' is missing"
        for name, parameter in parameters.items()
        if parameter.required and name not in members
    ]
    problems += [
        f"'{name}' is not {_TYPE_NAMES[parameter.kind]}"
        for name, parameter in parameters.items()
        if name in members and not _fits(members[name], parameter.kind)
    ]
    if members.keys() - parameters.keys():
        problems.append(
            f"there is an unknown member; the members are {', '.join(map(repr, parameters)) or 'none'}"
        )
    if problems:
        raise _invalid(f"{'; '.join(problems)}.")
    return members


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _on_service(function: Callable[..., ResultT], show: Callable[[ResultT], Document]) -> _Action:
    """Return the action that calls a method of the service, and returns its result with ``show``."""
    parameters = _parameters(function)
    return lambda service, members: show(function(service, **_checked(members, parameters)))


def _on_faults(function: Callable[..., None]) -> _Action:
    """Return the action that calls a method of ``service.faults``."""
    parameters = _parameters(function)

    def act(service: LocalVoiceID, members: Document) -> Document:
        given = _checked(members, parameters)
        try:
            function(service.faults, **given)
        except ValueError as error:
            raise _invalid(f"{error}.") from None
        return {}

    return act


def find_call(service: LocalVoiceID, members: Document) -> Call:
    """Return the call that the members of a request name."""
    return service.call(**_checked(members, _parameters(LocalVoiceID.call)))


def _on_call(function: Callable[..., None]) -> _Action:
    """Return the action that calls a method of a call, and returns the state of the call."""
    names = _parameters(LocalVoiceID.call)
    parameters = names | _parameters(function)

    def act(service: LocalVoiceID, members: Document) -> Document:
        given = _checked(members, parameters)
        call = service.call(**{name: given.pop(name) for name in names})
        function(call, **given)
        return state_of(call)

    return act


def state_of(call: Call) -> Document:
    """Return the state of a call."""
    return {
        "domain_id": call.domain_id,
        "session_id": call.session_id,
        "streaming_status": call.streaming_status,
        "enrollment_status": call.enrollment_status,
        "seconds_heard": call.seconds_heard,
    }


def _nothing(_: None) -> Document:
    return {}


def _describe(call: Call) -> None:
    del call


_PLAYED: Final = {
    **_parameters(LocalVoiceID.call),
    "wav": _Parameter(str, required=False),
    "s3_uri": _Parameter(str, required=False),
    "channel": _Parameter(int, required=False),
}


def _play(service: LocalVoiceID, members: Document) -> Document:
    """Play a recording in base64, or in S3, and return the state of the call."""
    given = _checked(members, _PLAYED)
    call = service.call(given["domain_id"], given["session_name_or_id"])
    channel = given.get("channel", 0)
    if given.keys() >= {"wav", "s3_uri"} or given.keys().isdisjoint({"wav", "s3_uri"}):
        raise _invalid("Give either 'wav' or 's3_uri'.")
    if "wav" in given:
        call.play(_take_recording(given), channel=channel)
    else:
        check_values(s3_uri=("S3Uri", given["s3_uri"]))
        call.play(given["s3_uri"], channel=channel)
    return state_of(call)


def _take_recording(given: dict[str, Any]) -> bytes:
    """Return the recording in base64, which is not kept: it takes much memory."""
    try:
        return binascii.a2b_base64(given.pop("wav"), strict_mode=True)
    except ValueError:
        raise _invalid("'wav' is not base64.") from None


def _clock(service: LocalVoiceID) -> Document:
    clock = service.clock
    return {"now": clock.now().isoformat(), "manual": isinstance(clock, ManualClock)}


def _advance_clock(service: LocalVoiceID, *, seconds: float) -> Document:
    if not isinstance(service.clock, ManualClock):
        raise HttpError(
            409, "ClockNotManual", "The clock is the system's. Start the server with --manual-clock."
        )
    try:
        service.clock.advance(seconds)
    except ValueError:
        raise _invalid("'seconds' is negative or too large.") from None
    return _clock(service)


ACTIONS: Final[Mapping[str, _Action]] = {
    "start_call": _on_service(LocalVoiceID.start_call, state_of),
    "call": _on_call(_describe),
    "speak": _on_call(Call.speak),
    "play": _play,
    "enroll": _on_call(Call.enroll),
    "update": _on_call(Call.update),
    "score": _on_call(Call.score),
    "end": _on_call(Call.end),
    "restart_stream": _on_call(Call.restart_stream),
    "fail_next": _on_faults(Faults.fail_next),
    "fail_share": _on_faults(Faults.fail_share),
    "drop_next": _on_faults(Faults.drop_next),
    "drop_share": _on_faults(Faults.drop_share),
    "truncate_next": _on_faults(Faults.truncate_next),
    "truncate_share": _on_faults(Faults.truncate_share),
    "delay": _on_faults(Faults.delay),
    "throttle": _on_faults(Faults.throttle),
    "end_of_service": _on_faults(Faults.end_of_service),
    "clear_faults": _on_faults(Faults.clear),
    "disable_key": _on_service(LocalVoiceID.disable_key, _nothing),
    "enable_key": _on_service(LocalVoiceID.enable_key, _nothing),
    "restore_domain": _on_service(LocalVoiceID.restore_domain, _nothing),
    "register_compliance_consent": _on_service(LocalVoiceID.register_compliance_consent, _nothing),
    "clock": _on_service(_clock, dict),
    "advance_clock": _on_service(_advance_clock, dict),
}
