"""boto3 clients in the same process: an event handler takes their requests before a connection is opened.

botocore emits ``before-send`` with the finished request, and sends nothing if a handler returns a response.
So serialization, validation, signing, retries and the parsing of errors are botocore's own.
"""

import copy
import functools
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import RemoteDisconnected
from typing import Any, Final, Protocol, cast
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import ConnectionClosedError
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader, create_loader
from urllib3.exceptions import ProtocolError

from voiceid_sdk import service_model
from voiceid_sdk.local.clients.instant_retries import make_retries_instant
from voiceid_sdk.local.protocol.aws_json import Delivery, Response

EVENT: Final = "before-send.voice-id"


class Handle(Protocol):
    """Returns the response to an HTTP request."""

    def __call__(self, headers: Mapping[str, str], body: bytes, *, method: str, path: str) -> Response:
        """Return the response."""
        ...


def make_session(
    handle: Handle, region_name: str, access_key_id: str = "local", *, instant_retries: bool = False
) -> boto3.Session:
    """Return a boto3 session whose ``voice-id`` clients get the responses of ``handle``.

    Args:
        handle: returns the responses.
        region_name: the region of clients that name none.
        access_key_id: the access key with which they sign.
        instant_retries: whether the clients retry without pauses.
    """
    session = private_session(region_name, access_key_id)
    session.events.register(EVENT, event_handler(handle))
    if instant_retries:
        session.events.register("before-call.voice-id", _make_retries_instant)
    return session


def _make_retries_instant(request_signer: Any, **_: object) -> None:  # made at run time
    # A session has no event for a client that was made; this one comes before each of its calls.
    make_retries_instant(request_signer._event_emitter)


def private_session(region_name: str, access_key_id: str = "local") -> boto3.Session:
    """Return a boto3 session with credentials of its own.

    It reads neither the user's AWS files nor the AWS environment variables.
    """
    core = botocore.session.Session(
        event_hooks=copy.copy(_builtin_handlers()), include_builtin_handlers=False
    )
    settings = {name: default for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    settings |= {"config_file": os.devnull, "credentials_file": os.devnull, "region": region_name}
    for name, value in settings.items():
        core.get_component("config_store").set_config_variable(name, value)
    core.set_credentials(access_key_id, "local")
    loader = _loader()
    core.register_component("data_loader", loader)
    paths = loader.search_paths.copy()
    session = boto3.Session(botocore_session=core)
    # boto3 adds a folder for resources with every session; Voice ID has no resources.
    loader.search_paths[:] = paths
    return session


def event_handler(handle: Handle) -> Callable[..., Any]:
    """Return the botocore event handler that passes a client's requests to ``handle``."""

    def respond(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = {name: header_text(value) for name, value in request.headers.items()}
        path = urlsplit(request.url).path
        response = handle(headers, body_bytes(request.body), method=request.method, path=path)
        if response.delay:
            time.sleep(response.delay)
        if response.delivery is Delivery.DROPPED:
            raise _connection_closed(request)
        # botocore accepts any mapping, but its stubs require a class of its own.
        response_headers: Any = response.headers
        # botocore and urllib3 accept a truncated body, so this raises nothing.
        return AWSResponse(
            request.url, response.status, response_headers, BodyStream(response.delivered_body)
        )

    return respond


def _connection_closed(request: AWSPreparedRequest) -> ConnectionClosedError:
    """Return the error that botocore raises when a server closes the connection without a response."""
    cause = RemoteDisconnected("Remote end closed connection without response")
    error = ProtocolError("Connection aborted.", cause)
    return ConnectionClosedError(error=error, request=request, endpoint_url=request.url)


@functools.cache
def _loader() -> Loader:
    """Return the loader of botocore's models, which caches them: one for all sessions.

    Our own model is the last in the search path, so botocore's takes precedence while it has one.
    """
    loader = create_loader()
    loader.search_paths.append(service_model.LOADER_PATH)
    return loader


@functools.cache
def _builtin_handlers() -> HierarchicalEmitter:
    """Return the events of a session with botocore's handlers of them, to copy.

    botocore inspects some 130 handlers for every session, which takes longer than making a client.
    """
    events = HierarchicalEmitter()
    botocore.session.Session(event_hooks=events)
    return events


class BodyStream(io.BytesIO):
    """A body with the interface of a connection that botocore reads from."""

    def stream(self) -> Iterator[bytes]:
        """Return the whole body."""
        yield self.read()


def header_text(value: object) -> str:
    """Return the value of a header, which botocore has as text or as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def body_bytes(body: object) -> bytes:
    """Return a body, which botocore has as text, as bytes or as a file."""
    if hasattr(body, "read"):
        body = cast("io.BytesIO", body).read()
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""
