"""Audio of a call as it comes: a streamed POST of the control API, which responds while it runs."""

import functools
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qsl

from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.http import control
from voiceid_sdk.local.http.asgi import Body, DisconnectedError, Receive, Send
from voiceid_sdk.local.http.errors import HttpError, check_post, error_response
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.service import LocalVoiceID

ACTION: Final = "hear"
"""The action's name, after the prefix of the control API."""

AUDIO: Final = "application/octet-stream"
JSON_LINES: Final = "application/x-ndjson"

_ENCODING: Final = "encoding"
_STATE_EVERY_BYTES: Final = {"pcm16": 16_000, "mulaw": 8_000}
"""Bytes of a second of audio, after which the state of the call is sent."""

ResultT = TypeVar("ResultT")


class Run(Protocol):
    """Calls a function in a thread beside the event loop."""

    def __call__(self, function: Callable[[], ResultT], /) -> Awaitable[ResultT]:
        """Return what the function returns."""
        ...


class Hearing:
    """One streamed request: passes pieces of audio on as they come, and sends the call's state each second.

    Args:
        service: the service.
        run: calls the service in a thread.
        allow_more_time: lets the time limit of the request begin again: a call takes as long as it takes.
        request_id: the value of ``x-amzn-RequestId``.
    """

    def __init__(
        self, service: LocalVoiceID, run: Run, allow_more_time: Callable[[], None], request_id: str
    ) -> None:
        self._service = service
        self._run = run
        self._allow_more_time = allow_more_time
        self._request_id = request_id
        self._is_answered = False

    async def respond(self, request: SignedRequest, http_version: str, receive: Receive, send: Send) -> int:
        """Take in the request's body, and return the status of the response."""
        try:
            call, encoding = await self._begin(request, http_version)
            body = Body(receive)
            since = 0
            more = True
            while more:
                piece = await body.next_part()
                more = not body.is_complete
                if more:
                    self._allow_more_time()
                since += len(piece)
                is_due = not more or since >= _STATE_EVERY_BYTES[encoding]
                state = await self._run(functools.partial(_hear, call, piece, encoding, is_due=is_due))
                if state is not None:
                    since = 0
                    await self._send_line(send, state, more=more)
        except DisconnectedError:
            raise
        except Exception as error:  # every error becomes a response
            return await self._fail(send, error)
        return HTTPStatus.OK

    async def _begin(self, request: SignedRequest, http_version: str) -> tuple[Call, str]:
        if http_version == "1.0":
            raise HttpError(505, "HTTPVersionNotSupported", "Streamed responses need HTTP/1.1.")
        check_post(request.method, request.values.get("content-type", ""), AUDIO)
        pairs = parse_qsl(request.query, keep_blank_values=True)
        members: Document = {name: value for name, value in pairs if not name.startswith("X-Amz-")}
        encoding = str(members.pop(_ENCODING, "pcm16"))
        if encoding not in _STATE_EVERY_BYTES:
            raise HttpError(
                400, "InvalidRequest", f"'{_ENCODING}' is not one of {', '.join(_STATE_EVERY_BYTES)}."
            )
        return await self._run(functools.partial(control.find_call, self._service, members)), encoding

    async def _fail(self, send: Send, error: Exception) -> int:
        response = error_response(error, self._request_id)
        if self._is_answered:
            await send({"type": "http.response.body", "body": response.body + b"\n"})
            return HTTPStatus.OK
        headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
        headers.append((b"connection", b"close"))  # The rest of the audio is not read.
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})
        return response.status

    async def _send_line(self, send: Send, state: Document, *, more: bool) -> None:
        if not self._is_answered:
            headers = [
                (b"content-type", JSON_LINES.encode()),
                (b"x-amzn-requestid", self._request_id.encode()),
            ]
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
            self._is_answered = True
        line = json.dumps(state).encode() + b"\n"
        await send({"type": "http.response.body", "body": line, "more_body": more})


def _hear(call: Call, piece: bytes, encoding: str, *, is_due: bool) -> Document | None:
    call.hear(piece, encoding=encoding)
    return control.state_of(call) if is_due else None
