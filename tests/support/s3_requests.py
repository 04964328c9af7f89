"""Requests of S3 as they come over the wire, sent to a folder without an HTTP library in between."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import attrs

from voiceid_sdk.local.s3.application import FolderS3, error_response
from voiceid_sdk.local.s3.errors import S3Error
from voiceid_sdk.local.s3.messages import S3Response


@attrs.frozen
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """S3's code of an error."""
        return self.text("Code")

    def text(self, name: str) -> str:
        """Return the text of the only element with a name."""
        (found,) = self.texts(name)
        return found

    def texts(self, name: str) -> list[str]:
        """Return the texts of all elements with a name."""
        root = ET.fromstring(self.body)
        return [each.text or "" for each in root.iter() if each.tag.rpartition("}")[2] == name]


class Wire:
    """Sends requests to a folder.

    Args:
        root: the folder.
        options: those of FolderS3.
    """

    def __init__(self, root: Path, **options: Any) -> None:
        self.folder = FolderS3(root, **options)

    def __call__(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        host: str = "localhost",
    ) -> Answer:
        """Send a request to a path with a query string, percent-encoded."""
        path, _, query = target.partition("?")
        try:
            request = self.folder.read(
                method=method,
                path=path,
                query=query,
                headers=[("Host", host), *(headers or {}).items()],
                body=io.BytesIO(body),
            )
        except S3Error as error:
            return _answer(error_response(error, method))
        return _answer(self.folder.handle(request))


def _answer(response: S3Response) -> Answer:
    body = response.body if isinstance(response.body, bytes) else response.body.read()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, body)
