"""The hook for boto3's S3 clients: the folder responds where they would open a connection."""

import io
import os
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from voiceid_sdk.local.clients.botocore_hook import BodyStream, body_bytes, header_text, private_session
from voiceid_sdk.local.s3.application import FolderS3, error_response
from voiceid_sdk.local.s3.errors import S3Error
from voiceid_sdk.local.s3.messages import CHUNK, FileBody, S3Response

ENDPOINT_URL: Final = "http://local-s3.invalid"
"""The endpoint of S3 clients for a folder."""


def make_s3_client(root: str | os.PathLike[str]) -> Any:  # as botocore makes it
    """Return a boto3 S3 client whose requests a folder responds to."""
    folder = FolderS3(root)
    session: Any = private_session("us-east-1")
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    client = session.client("s3", endpoint_url=ENDPOINT_URL, config=config)

    def respond(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        given = _s3_response(folder, request)
        headers: Any = given.headers
        body = BodyStream(given.body) if isinstance(given.body, bytes) else _FileStream(given.body)
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
                *((name, header_text(value)) for name, value in request.headers.items()),
            ],
            body=body if hasattr(body, "read") else io.BytesIO(body_bytes(body)),
        )
    except S3Error as error:
        return error_response(error, request.method)
    return folder.handle(parts)


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
