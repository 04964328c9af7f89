"""Captures the raw body of a response before botocore parses it.

botocore drops members that its model lacks, takes broken JSON for an empty success, and spends most of its
time on timestamps.
"""

import contextvars
import functools
import logging
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

_logger: Final = logging.getLogger("voiceid_sdk")


class BodyCapture:
    """Captures the body of one call while the context lasts.

    Args:
        operation: the operation that is called; the bodies of other calls inside the context are left alone.
    """

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.body: bytes | None = None
        """The raw body of the success; None when botocore did not show it."""

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        if exc_type is None and self.body is None:
            _log_that_bodies_are_hidden()


_current: Final[contextvars.ContextVar[BodyCapture | None]] = contextvars.ContextVar("capture", default=None)


def capture_bodies_of(client: Any) -> None:
    """Let ``BodyCapture`` take the bodies of this client's calls."""
    client.meta.events.register("before-parse.voice-id", _take_body)


def _take_body(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:
    """Keep the raw body of a success, and leave botocore nothing to parse.

    Calls that a user makes on the same client, even from a handler inside a call of ours, are left alone.
    """
    capture = _current.get()
    if (
        capture is not None
        and capture.operation == operation_model.name
        and response_dict["status_code"] < HTTPStatus.MULTIPLE_CHOICES
    ):
        capture.body = response_dict["body"]
        response_dict["body"] = b""


@functools.cache
def _log_that_bodies_are_hidden() -> None:
    # Cached, so that it is logged once.
    _logger.debug("botocore shows no raw bodies, or the client is stubbed; reading what botocore parsed")
