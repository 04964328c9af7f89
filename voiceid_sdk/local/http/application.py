"""The ASGI application: the AWS API, the control API and the readiness path."""

import asyncio
import contextlib
import functools
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO
from typing import Final, TypeVar

import attrs

from voiceid_sdk.local.core.scope import account_of
from voiceid_sdk.local.dispatch import AcceptedRequest
from voiceid_sdk.local.http import control, hearing
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.asgi import Body, DisconnectedError, Event, Receive, Scope, Send
from voiceid_sdk.local.http.errors import HttpError, error_response, json_response
from voiceid_sdk.local.http.page import StatusPage, is_from_browser
from voiceid_sdk.local.http.s3 import S3Application, is_signed_for_s3, may_be_for_s3
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.http.sigv4 import Credential
from voiceid_sdk.local.protocol import aws_json as protocol
from voiceid_sdk.local.protocol.aws_json import Delivery, Response
from voiceid_sdk.local.s3.application import FolderS3
from voiceid_sdk.local.service import LocalVoiceID

READY: Final = "/ready"
"""The path that responds with 200, without any check, once the server accepts requests."""

METRICS: Final = "/metrics"
"""The path of the metrics for Prometheus, which need no signature, because they have no ids and names."""

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

INLINE_BODY_BYTES: Final = 16 * 1024
"""Limit of the body of a request that is carried out in the event loop."""

MAX_BODIES: Final = 40 * 1024 * 1024
"""Bytes of all bodies that are being received together."""

MAX_WAITING: Final = 32
"""Requests that wait for models, or for audio of calls to be stored, at a time."""

ACCESS_LOG: Final = logging.getLogger("voiceid_sdk.local.access")
"""One line for each request: operation, status, milliseconds, request id; no data of the client."""


ResultT = TypeVar("ResultT")


class HttpApplication:
    """Passes HTTP requests to a service.

    A worker thread carries out requests that may take long (writes, due tasks, recordings), one after the
    other, while the event loop accepts, reads and times out connections. Requests that change nothing are
    carried out in the event loop while the service is idle, because that costs less than passing them to the
    thread. Requests that may wait for a model have threads of their own.

    Args:
        service: the service, which the application does not close.
        access_rules: the rules that requests must meet.
        s3_folder: the folder in place of S3, if S3 is served beside Voice ID.
        has_page: whether browsers get a page with the domains and recent requests. Only a server that no
            other machine can reach may have it.
    """

    def __init__(
        self,
        service: LocalVoiceID,
        access_rules: AccessRules,
        s3_folder: FolderS3 | None = None,
        *,
        has_page: bool = False,
    ) -> None:
        self._page = StatusPage() if has_page else None
        self._service = service
        self._access_rules = access_rules
        self._s3 = S3Application(s3_folder, access_rules)
        self._received = 0
        """Bytes of all bodies that are being received."""
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="local-voice-id")
        self._waiting = ThreadPoolExecutor(MAX_WAITING, thread_name_prefix="local-voice-id-waiting")

    def close(self) -> None:
        """Wait for the current request, and cancel those that are waiting."""
        self._worker.shutdown(cancel_futures=True)
        self._waiting.shutdown(cancel_futures=True)
        self._s3.close()

    async def catch_up(self) -> None:
        """Run the tasks of the service that are due; an error leaves them for the next request."""
        loop = asyncio.get_running_loop()
        worker = self._waiting if self._service.calls_models else self._worker
        try:
            await loop.run_in_executor(worker, self._service.catch_up)
        except Exception as error:  # the server goes on
            protocol.log_unexpected(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request. After an unforeseen error, the connection ends."""
        try:
            await self._handle(scope, receive, send)
        except Exception as error:  # uvicorn would log its text, which may have data of callers
            protocol.log_unexpected(error)
            await _hang_up(scope, receive)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = _request(scope)
        if not _is_for_api(request) and await self._respond_otherwise(request, scope, receive, send, began):
            return
        action = _action(request)
        response = await self._respond(request, action, receive)
        if response is None:
            return
        self._log(_name(request, action), response.status, began, response.headers["x-amzn-RequestId"])
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.delivery is Delivery.WHOLE:
            await _send(send, response)
        else:
            await _send_part(send, response)
            await _hang_up(scope, receive)

    async def _respond_otherwise(
        self, request: SignedRequest, scope: Scope, receive: Receive, send: Send, began: float
    ) -> bool:
        """Respond to a request that is neither for the AWS API nor an action on JSON; False for those."""
        if is_signed_for_s3(request):
            await self._respond_as_s3(request, receive, send, began)
            return True
        shown = await self._show(request, scope["scheme"])
        if shown is not None:
            await _send(send, shown)
            return True
        action = _action(request)
        if action is None and self._s3.is_enabled and may_be_for_s3(request):
            await self._respond_as_s3(request, receive, send, began)
            return True
        if action == hearing.ACTION:
            with contextlib.suppress(DisconnectedError):
                await self._hear(request, scope, receive, send, began)
            return True
        return False

    async def _show(self, request: SignedRequest, scheme: str) -> Response | None:
        """Return the response to a request for readiness, metrics or the page; None for other requests."""
        if request.path == READY:
            return json_response(HTTPStatus.OK, {"status": "ready"}, _new_id())
        page = self._page if is_from_browser(request) else None
        if page is None and (request.path, request.method) != (METRICS, "GET"):
            return None
        try:
            self._access_rules.check_sender(request)
            loop = asyncio.get_running_loop()
            if page is None:
                return _metrics_response(await loop.run_in_executor(self._worker, self._service.metrics))
            domains = await loop.run_in_executor(self._worker, self._service.overview)
        except Exception as error:  # every error becomes a response
            return error_response(error, _new_id())
        return page.response(domains, f"{scheme}://{request.values['host']}")

    def _log(self, name: str, status: int, began: float, request_id: str) -> None:
        milliseconds = (time.perf_counter() - began) * 1000
        ACCESS_LOG.info("%s %d %.1f ms %s", name, status, milliseconds, request_id)
        if self._page is not None:
            self._page.record(name, status, milliseconds, request_id)

    async def _hear(
        self, request: SignedRequest, scope: Scope, receive: Receive, send: Send, began: float
    ) -> None:
        def run(function: Callable[[], ResultT]) -> Awaitable[ResultT]:
            return asyncio.get_running_loop().run_in_executor(self._waiting, function)

        request_id = _new_id()
        try:
            self._access_rules.check_sender(request)
            # The audio is not known when the request begins, so the signature is that of an empty body.
            credential = self._access_rules.check_signed_head(request)
            self._access_rules.check_signature(request, credential)
        except Exception as error:  # every error becomes a response
            await _send(send, error_response(error, request_id))
            return
        stream = hearing.Hearing(self._service, run, scope["state"]["allow_more_time"], request_id)
        status = await stream.respond(request, scope["http_version"], receive, send)
        self._log(f"control/{hearing.ACTION}", status, began, request_id)

    async def _respond_as_s3(
        self, request: SignedRequest, receive: Receive, send: Send, began: float
    ) -> None:
        with contextlib.suppress(DisconnectedError):
            name, response = await self._s3.respond(request, receive)
            self._log(name, response.status, began, response.headers["x-amz-request-id"])
            await self._s3.send(response, send)

    async def _respond(self, request: SignedRequest, action: str | None, receive: Receive) -> Response | None:
        """Return the response, or None if the client has closed the connection."""
        body = Body(receive)
        try:
            credential = self._check_head(request, action)
            limit = protocol.MAX_BODY_BYTES if action is None else control.MAX_BODY_BYTES
            request.body = await self._read(body, limit, _announced_size(request))
            work: Callable[[], Response]
            if action is not None:
                work = functools.partial(self._act, request, credential, action)
            elif len(request.body) <= INLINE_BODY_BYTES:
                accepted = self._accept(request, credential)
                response = accepted.response_at_once()
                if response is not None:
                    return response
                work = accepted.response
            else:
                work = functools.partial(self._carry_out, request, credential)
            may_wait = self._service.calls_models and (
                action is not None or protocol.requested_operation(request.values) == "EvaluateSession"
            )
            worker = self._waiting if may_wait else self._worker
            return await asyncio.get_running_loop().run_in_executor(worker, work)
        except DisconnectedError:
            return None
        except Exception as error:  # every error becomes a response
            is_from_aws_api = action is None and not isinstance(error, HttpError)
            respond = protocol.error_response if is_from_aws_api else error_response
            response = respond(error, _new_id())
            if request.waits_to_send:  # Its body may never come.
                return attrs.evolve(response, headers={**response.headers, "Connection": "close"})
            with contextlib.suppress(DisconnectedError):
                await body.drain()
                return response
            return None

    async def _read(self, body: Body, limit: int, announced: int) -> bytes:
        """Return a body, within the limits for one and for all.

        Args:
            body: the body.
            limit: bytes that it may have.
            announced: bytes that it has according to the head of the request; 0 if that says nothing.

        Raises:
            ServiceException: the body is larger than the limit.
            HttpError: all bodies together are larger than their limit.
            DisconnectedError: the client closed the connection before its end.
        """
        content = BytesIO()  # Its value is not copied.
        size = 0
        try:
            while max(size, announced) <= limit and not body.is_complete:
                part = await body.next_part()
                size += len(part)
                self._received += len(part)
                if self._received > MAX_BODIES:
                    raise HttpError(
                        503,
                        "ServiceUnavailable",
                        "The server receives too many bytes at a time. Try again later.",
                    )
                content.write(part)
            if max(size, announced) > limit:
                raise protocol.too_large(limit)
            return content.getvalue()
        finally:
            self._received -= size
            content.close()  # because the rest is read while an error still refers to it

    def _check_head(self, request: SignedRequest, action: str | None) -> Credential | None:
        """Return the credential that a request claims, if signatures are checked.

        Raise the error of a request that can be rejected before its body is received.
        """
        self._access_rules.check_sender(request)
        credential = self._access_rules.check_signed_head(request)
        if action is not None:
            control.check_head(action, request.method, request.values.get("content-type", ""))
        else:
            protocol.check_head(request.values, method=request.method, path=request.path)
        return credential

    def _accept(self, request: SignedRequest, credential: Credential | None) -> AcceptedRequest:
        """Check the signature of a request of the AWS API, and let the service accept it."""
        self._access_rules.check_signature(request, credential)
        scope = request.credential_scope  # also of a presigned URL, unlike what the service reads
        if credential is not None:
            account_id = credential.account_id
        else:  # An access key id of 12 digits stands for that account.
            account_id = account_of(scope.access_key_id) if scope else None
        return self._service.accept(
            request.values,
            request.body,
            method=request.method,
            path=request.path,
            account_id=account_id or self._service.account_id,
            region_name=scope.region if scope else None,
        )

    def _carry_out(self, request: SignedRequest, credential: Credential | None) -> Response:
        return self._accept(request, credential).response()

    def _act(self, request: SignedRequest, credential: Credential | None, action: str) -> Response:
        """Carry out a request of the control API."""
        self._access_rules.check_signature(request, credential)
        return control.respond(self._service, action, request.take_body(), request_id=_new_id())


def _metrics_response(text: str) -> Response:
    content = text.encode()
    headers = {"Content-Type": METRICS_TYPE, "Content-Length": str(len(content))}
    return Response(HTTPStatus.OK, headers, content)


def _new_id() -> str:
    return str(uuid.uuid4())


def _request(scope: Scope) -> SignedRequest:
    """Return a request without its body."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    return SignedRequest(scope["method"], path, query, headers, b"")


def _action(request: SignedRequest) -> str | None:
    """Return the action of the control API that a request is for, or None."""
    path = request.path
    return path.removeprefix(control.PREFIX) if path.startswith(control.PREFIX) else None


def _is_for_api(request: SignedRequest) -> bool:
    """Return whether a request can only be one of the AWS API."""
    return request.path == "/" and request.method == "POST" and "x-amz-target" in request.values


def _announced_size(request: SignedRequest) -> int:
    size = request.values.get("content-length", "")
    return int(size) if size.isdecimal() and size.isascii() else 0


async def _send(send: Send, response: Response) -> None:
    await send(_head(response))
    await send({"type": "http.response.body", "body": response.body})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection after the data that was sent, and wait for its end."""
    scope["state"]["hang_up"]()
    while (await receive()).get("type") != "http.disconnect":
        pass


async def _send_part(send: Send, response: Response) -> None:
    if response.delivery is Delivery.TRUNCATED:
        await send(_head(response))
        await send({"type": "http.response.body", "body": response.delivered_body, "more_body": True})


def _head(response: Response) -> Event:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers.append((b"connection", b"close"))  # The rest of the body is not read.
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def _name(request: SignedRequest, action: str | None) -> str:
    """Return the name of a request in the access log, which is never text of the client."""
    if action is not None:
        return f"control/{action}" if action in control.ACTIONS else "-"
    return protocol.requested_operation(request.values) or "-"
