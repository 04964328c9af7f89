"""boto3 clients in the same process: an event handler takes their requests before a connection is opened.

botocore emits ``before-send`` with the finished request, and sends nothing if a handler returns a response.
So serialization, validation, signing, retries and the parsing of errors are botocore's own.
"""

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
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import ConnectionClosedError
from botocore.loaders import Loader, create_loader
from urllib3.exceptions import ProtocolError

from voiceid_sdk import service_model
from voiceid_sdk.local.protocol.aws_json import Delivery, Response
from voiceid_sdk.local.s3.application import FolderS3, error_response
from voiceid_sdk.local.s3.errors import S3Error
from voiceid_sdk.local.s3.messages import CHUNK, FileBody, S3Response

EVENT: Final = "before-send.voice-id"

S3_ENDPOINT_URL: Final = "http://local-s3.invalid"
"""The endpoint of S3 clients for a folder."""


class Handle(Protocol):
    """Returns the response to an HTTP request."""

    def __call__(self, headers: Mapping[str, str], body: bytes, *, method: str, path: str) -> Response:
        """Return the response."""
        ...


def make_session(handle: Handle, region_name: str) -> boto3.Session:
    """Return a boto3 session whose ``voice-id`` clients get the responses of ``handle``."""
    session = _private_session(region_name)
    session.events.register(EVENT, event_handler(handle))
    return session


def make_s3_client(folder: FolderS3) -> Any:  # noqa: ANN401 - as botocore makes it
    """Return a boto3 S3 client whose requests a folder responds to."""
    session: Any = _private_session("us-east-1")
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    client = session.client("s3", endpoint_url=S3_ENDPOINT_URL, config=config)

    def respond(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        given = _s3_response(folder, request)
        headers: Any = given.headers
        body = _Stream(given.body) if isinstance(given.body, bytes) else _FileStream(given.body)
        return AWSResponse(request.url, given.status, headers, body)

    client.meta.events.register("before-send.s3", respond)
    return client


def _s3_response(folder: FolderS3, request: AWSPreparedRequest) -> S3Response:
    url = urlsplit(request.url)
    body: Any = request.body
    try:
        parts = folder.read(
            method=request.method,
            path=url.path,
            query=url.query,
            headers=[
                ("host", url.netloc),
                *((name, _text(value)) for name, value in request.headers.items()),
            ],
            body=body if hasattr(body, "read") else io.BytesIO(_bytes(body)),
        )
    except S3Error as error:
        return error_response(error, request.method)
    return folder.handle(parts)


def _private_session(region_name: str) -> boto3.Session:
    """Return a boto3 session with credentials of its own.

    It reads neither the user's AWS files nor the AWS environment variables.
    """
    core = botocore.session.Session()
    settings = {name: default for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    settings |= {"config_file": os.devnull, "credentials_file": os.devnull, "region": region_name}
    for name, value in settings.items():
        core.get_component("config_store").set_config_variable(name, value)
    core.set_credentials("local", "local")
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
        headers = {name: _text(value) for name, value in request.headers.items()}
        path = urlsplit(request.url).path
        response = handle(headers, _bytes(request.body), method=request.method, path=path)
        if response.delay:
            time.sleep(response.delay)
        if response.delivery is Delivery.DROPPED:
            raise _connection_closed(request)
        response_headers: Any = response.headers  # any mapping will do, whatever the stubs say
        # botocore and urllib3 accept a truncated body, so this raises nothing.
        return AWSResponse(request.url, response.status, response_headers, _Stream(response.delivered_body))

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


class _Stream(io.BytesIO):
    """A body with the interface of a connection that botocore reads from."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


class _FileStream:
    """The content of an object in the form in which botocore reads it from a connection.

    Args:
        body: the content.
    """

    def __init__(self, body: FileBody) -> None:
        self._body = body
        self.read = body.read
        self.close = body.close

    def stream(self) -> Iterator[bytes]:
        """Return the content piece by piece."""
        while part := self._body.read(CHUNK):
            yield part


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: object) -> bytes:
    if hasattr(body, "read"):
        body = cast("io.BytesIO", body).read()
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""
