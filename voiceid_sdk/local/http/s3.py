"""S3 over HTTP: heads are checked first, bodies are received on disk, objects are sent in pieces."""

import asyncio
import functools
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import attrs

from voiceid_sdk.local.http import s3_access, sigv2
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.asgi import Body, DisconnectedError, Receive, Send
from voiceid_sdk.local.http.errors import HttpError
from voiceid_sdk.local.http.signature_claims import SignedRequest, signed_service
from voiceid_sdk.local.s3 import addressing
from voiceid_sdk.local.s3.application import FolderS3, error_response
from voiceid_sdk.local.s3.errors import S3Error, not_implemented, slow_down
from voiceid_sdk.local.s3.messages import CHUNK, S3Response
from voiceid_sdk.local.s3.payload import MAX_CONTENT, too_large

MAX_BODIES: Final = 2 * MAX_CONTENT
"""Limit of bytes of all bodies that are being received, which are on disk."""

_IN_MEMORY: Final = 64 * 1024
"""Limit of the bytes of a body that is kept in memory."""

_WORKERS: Final = 4


def is_signed_for_s3(request: SignedRequest) -> bool:
    """Return whether the signature or the host of a request is for S3."""
    headers = request.values
    if "x-amz-target" in headers:
        return False
    service = signed_service(request)
    if service is not None:
        return service == s3_access.SERVICE
    return sigv2.is_presigned(request) or addressing.is_s3_host(headers.get("host", ""))


def may_be_for_s3(request: SignedRequest) -> bool:
    """Return whether a request is unsigned and is not a request of the Voice ID API."""
    if "x-amz-target" in request.values or signed_service(request) is not None:
        return False
    return request.method != "POST" or request.path != "/"


class S3Application:
    """Passes HTTP requests to the folder in place of S3.

    Args:
        folder: the folder; without one, every request is rejected.
        access_rules: the rules that requests must meet.
    """

    def __init__(self, folder: FolderS3 | None, access_rules: AccessRules) -> None:
        self._folder = folder
        self._access_rules = access_rules
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="local-voice-id-s3")
        self._received = 0

    @property
    def is_enabled(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    def close(self) -> None:
        """Wait for the current requests, and cancel those that are waiting."""
        self._workers.shutdown(cancel_futures=True)

    async def respond(self, request: SignedRequest, receive: Receive) -> tuple[str, S3Response]:
        """Return the name of a request in the access log, and its response.

        Raises:
            DisconnectedError: the client closed the connection before the end of its request.
        """
        name = "s3/-"
        body = Body(receive)
        try:
            signatures = self._check_head(request)
            folder = self._opened()
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
                parts = folder.read(
                    method=request.method,
                    path=request.path,
                    query=request.query,
                    headers=request.headers,
                    body=content,
                    signatures=signatures,
                )
                operation = folder.find(parts)
                name = f"s3/{operation.name}"
                size = 0
                try:
                    while not body.is_complete:
                        part = await body.next_part()
                        size += len(part)
                        self._received += len(part)
                        if size > MAX_CONTENT:
                            raise too_large()
                        if self._received > MAX_BODIES:
                            raise slow_down()
                        content.write(part)
                    content.seek(0)
                    loop = asyncio.get_running_loop()
                    perform = functools.partial(folder.perform, operation, parts)
                    return name, await loop.run_in_executor(self._workers, perform)
                finally:
                    self._received -= size
        except DisconnectedError:
            raise
        except Exception as error:  # every error becomes a response
            return name, await _refuse(request, error, body)

    async def send(self, response: S3Response, send: Send) -> None:
        """Send a response, an object piece by piece."""
        headers = [
            (name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()
        ]
        try:
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            if isinstance(response.body, bytes):
                await send({"type": "http.response.body", "body": response.body})
                return
            loop = asyncio.get_running_loop()
            part = await loop.run_in_executor(self._workers, response.body.read, CHUNK)
            while part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                part = await loop.run_in_executor(self._workers, response.body.read, CHUNK)
            await send({"type": "http.response.body", "body": b""})
        finally:
            if not isinstance(response.body, bytes):
                response.body.close()

    def _opened(self) -> FolderS3:
        if self._folder is None:
            raise not_implemented("This server has no folder for S3: start it with --s3-root.")
        return self._folder

    def _check_head(self, request: SignedRequest) -> s3_access.SignedChunks | None:
        """Return the verifier of the body's chunks, if they are signed; raises S3Error."""
        try:
            self._access_rules.check_sender(request, with_subdomains=True)
        except HttpError as error:
            raise S3Error(error.status, error.code, error.message) from None
        if not self._access_rules.credentials:
            return None
        rules = self._access_rules
        return s3_access.verify(
            request, rules.credentials, now=rules.clock.now(), host_names=rules.host_names
        )


async def _refuse(request: SignedRequest, error: Exception, body: Body) -> S3Response:
    """Return the response to a request whose body was not read to its end."""
    response = error_response(error, request.method)
    if not request.waits_to_send and await body.drain():
        return response
    return attrs.evolve(response, headers={**response.headers, "Connection": "close"})
