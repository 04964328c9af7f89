"""Answers in plain JSON: those of the control API, and what the HTTP door says before it knows who asks."""

import json
from collections.abc import Mapping
from typing import Final

from voiceid_sdk.local.protocol.aws_json import Answer, as_refusal
from voiceid_sdk.local.protocol.documents import Document, document

JSON: Final = "application/json"


class HttpError(Exception):
    """The door, or the control API, does not do what it is asked.

    Args:
        status: the HTTP status.
        code: a name for the error that programs can go by.
        message: what to do about it; it never repeats a value of the request.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def json_answer(
    status: int, members: Document, request_id: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer with a JSON object."""
    content = json.dumps(members).encode()
    given = {
        "Content-Type": JSON,
        "Content-Length": str(len(content)),
        "x-amzn-RequestId": request_id,
        **(headers or {}),
    }
    return Answer(status, given, content)


def error_answer(error: HttpError, request_id: str) -> Answer:
    """Return the answer that an error becomes."""
    members: Document = {"code": error.code, "message": error.message}
    return json_answer(error.status, members, request_id, error.headers)


def failure(error: Exception, request_id: str) -> Answer:
    """Return the answer of the control API for an error; one that is not expected is logged."""
    if isinstance(error, HttpError):
        return error_answer(error, request_id)
    refusal = as_refusal(error)
    members = document(
        code=refusal.code,
        message=refusal.message,
        conflict_type=refusal.conflict_type,
        resource_type=refusal.resource_type,
    )
    return json_answer(refusal.status(), members, request_id)
