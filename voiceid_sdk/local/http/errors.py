"""Responses in plain JSON: those of the control API, and errors of the HTTP application itself."""

import json
from collections.abc import Mapping
from typing import Final

from voiceid_sdk.local.protocol.aws_json import Response, as_service_exception
from voiceid_sdk.local.protocol.documents import Document, document

JSON: Final = "application/json"


class HttpError(Exception):
    """An error of the HTTP application or of the control API.

    Args:
        status: the HTTP status.
        code: the name of the error, for programs.
        message: the message, which never contains a value of the request.
        headers: further headers of the response.
    """

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def check_post(method: str, content_type: str, expected: str) -> None:
    """Raise the HttpError of a request for an action that is no POST of the expected content type."""
    if method != "POST":
        raise HttpError(405, "MethodNotAllowed", "Actions are requested with POST.", Allow="POST")
    if content_type.partition(";")[0].strip().lower() != expected:
        raise HttpError(415, "UnsupportedMediaType", f"The content type is not {expected}.")


def json_response(
    status: int, members: Document, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with a JSON object."""
    content = json.dumps(members).encode()
    given = {
        "Content-Type": JSON,
        "Content-Length": str(len(content)),
        "x-amzn-RequestId": request_id,
        **(headers or {}),
    }
    return Response(status, given, content)


def error_response(error: Exception, request_id: str) -> Response:
    """Return the response of the control API for an error; an unexpected one is logged."""
    if isinstance(error, HttpError):
        content: Document = {"code": error.code, "message": error.message}
        return json_response(error.status, content, request_id, error.headers)
    error = as_service_exception(error)
    members = document(
        code=error.code,
        message=error.message,
        conflict_type=error.conflict_type,
        resource_type=error.resource_type,
    )
    return json_response(error.status(), members, request_id)
