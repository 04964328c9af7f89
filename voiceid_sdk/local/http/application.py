"""The HTTP door, an ASGI application: the AWS API, the control API and the readiness path."""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, TypeAlias, TypedDict

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.http import control
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.errors import HttpError, error_response, json_response
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.protocol import aws_json as protocol
from voiceid_sdk.local.protocol.aws_json import Delivery, Response
from voiceid_sdk.local.service import LocalVoiceID

READY: Final = "/ready"
"""Answers 200 to anyone as soon as the server takes requests."""

MAX_DRAINED_BYTES: Final = 8 * 1024 * 1024
"""Bytes beyond the largest body that are read all the same, so that their sender gets to read the answer."""

INLINE_BODY_BYTES: Final = 16 * 1024
"""Bytes of a body that is read in the event loop."""

_READS: Final = ("Describe", "List")
_OPERATIONS: Final = frozenset(service_model.operation_names())

ACCESS_LOG: Final = logging.getLogger("voiceid_sdk.local.access")
"""One line for each request: operation, status, milliseconds, request id; nothing that a client sent."""


class State(TypedDict):
    """What the server adds to ASGI."""

    hang_up: Callable[[], None]
    """Closes the connection after what has been sent."""


class Scope(TypedDict):
    """As much of an ASGI request as is used here."""

    method: str
    raw_path: bytes
    query_string: bytes
    headers: list[tuple[bytes, bytes]]
    state: State


class Event(TypedDict, total=False):
    """An ASGI event, in either direction; each has a type."""

    type: str
    body: bytes
    more_body: bool
    status: int
    headers: list[tuple[bytes, bytes]]


Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]


class _GoneError(Exception):
    """The client hung up before it had sent everything."""


class HttpApplication:
    """Answers HTTP requests with a service.

    What may take long (writes, jobs that are due, recordings) is done in a thread beside the event loop, one
    request after the other, and the loop goes on accepting, reading and timing out meanwhile. A read of a
    service that is at rest costs less than handing it to the thread would, and is done in the loop.

    Args:
        service: answers the requests; it is not closed here.
        admission: who may come in.
    """

    def __init__(self, service: LocalVoiceID, access_rules: AccessRules) -> None:
        self._service = service
        self._access_rules = access_rules
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="local-voice-id")

    def close(self) -> None:
        """Wait for the request that is being answered; those behind it are not answered any more."""
        self._worker.shutdown(cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        path = scope["raw_path"].decode("latin-1")
        if path == READY:
            await _send(send, json_response(200, {"status": "ready"}, _new_id()))
            return
        action = path.removeprefix(control.PREFIX) if path.startswith(control.PREFIX) else None
        request = _request(scope, path)
        response = await self._admit(request, action, receive)
        if response is None:
            return
        ACCESS_LOG.info(
            "%s %d %.1f ms %s",
            _name(request, action),
            response.status,
            (time.perf_counter() - began) * 1000,
            response.headers["x-amzn-RequestId"],
        )
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.delivery is Delivery.WHOLE:
            await _send(send, response)
        else:
            await _send_part(send, response)
            scope["state"]["hang_up"]()
            while (await receive()).get("type") != "http.disconnect":
                pass

    async def _admit(self, request: SignedRequest, action: str | None, receive: Receive) -> Response | None:
        """Return the answer, or None when the client has hung up."""
        try:
            self._access_rules.check_sender(request)
            limit = protocol.MAX_BODY_BYTES if action is None else control.MAX_BODY_BYTES
            whole = attrs.evolve(request, body=await _body(receive, limit))
            if action is None and self._is_quick(whole):
                return self._response(whole, action)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._worker, self._response, whole, action)
        except _GoneError:
            return None
        except Exception as error:  # noqa: BLE001 - the caller gets an answer, whatever goes wrong in here
            is_from_aws_api = action is None and not isinstance(error, HttpError)
            respond = protocol.error_response if is_from_aws_api else error_response
            return respond(error, _new_id())

    def _is_quick(self, request: SignedRequest) -> bool:
        return (
            len(request.body) <= INLINE_BODY_BYTES
            and _operation(request.headers).startswith(_READS)
            and self._service.is_idle()
        )

    def _response(self, request: SignedRequest, action: str | None) -> Response:
        self._access_rules.check_signature(request)
        headers = {name.lower(): value for name, value in request.headers}
        if action is None:
            return self._service.handle(headers, request.body, method=request.method, path=request.path)
        return control.respond(
            self._service,
            action,
            request.body,
            request_id=_new_id(),
            method=request.method,
            content_type=headers.get("content-type", ""),
        )


def _new_id() -> str:
    return str(uuid.uuid4())


def _request(scope: Scope, path: str) -> SignedRequest:
    """Return what is known of a request before its body has come."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return SignedRequest(scope["method"], path, scope["query_string"].decode("latin-1"), headers, b"")


async def _body(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        event = await receive()
        if event.get("type") == "http.disconnect":
            raise _GoneError
        part = event.get("body", b"")
        more = event.get("more_body", False)
        size += len(part)
        if size <= limit:
            parts.append(part)
        elif size > limit + MAX_DRAINED_BYTES:
            break
    if size > limit:
        raise protocol.too_large(limit)
    return b"".join(parts)


async def _send(send: Send, response: Response) -> None:
    await _send_head(send, response)
    await send({"type": "http.response.body", "body": response.body})


async def _send_part(send: Send, response: Response) -> None:
    if response.delivery is Delivery.TRUNCATED:
        await _send_head(send, response)
        await send({"type": "http.response.body", "body": response.delivered_body, "more_body": True})


async def _send_head(send: Send, response: Response) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers.append((b"connection", b"close"))  # There may be more of the body than anyone wants to read.
    await send({"type": "http.response.start", "status": response.status, "headers": headers})


def _operation(headers: Iterable[tuple[str, str]]) -> str:
    """Return the operation that a request names, or a hyphen when there is no such operation."""
    operation = dict(headers).get("x-amz-target", "").rpartition(".")[2]
    return operation if operation in _OPERATIONS else "-"


def _name(request: SignedRequest, action: str | None) -> str:
    """Return what the access log calls a request: a name that is ours, never one that its sender made up."""
    if action is not None:
        return f"control/{action}" if action in control.ACTIONS else "-"
    return _operation(request.headers)
