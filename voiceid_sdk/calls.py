"""Records of calls: what was called, how long it took and how it ended, without any data of callers."""

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, cast

from voiceid_sdk.errors import VoiceIDError

__all__ = ["CallRecord", "OnCall", "record_calls"]

_logger: Final = logging.getLogger("voiceid_sdk.calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call of an operation, with its retries; ``str`` makes it a line of the log."""

    operation: str
    """The operation: ``"DescribeSpeaker"``."""
    elapsed: float
    """How long the call took, in seconds, with all retries and the pauses between them."""
    request_id: str | None = None
    """The id that the service gave the request, for AWS Support; None when there was no response."""
    status_code: int | None = None
    """The HTTP status; None when there was no response."""
    attempts: int | None = None
    """How often the request was sent; None when that is unknown."""
    error: str | None = None
    """The name of the error's class in ``voiceid_sdk.errors``; None after a success."""
    code: str | None = None
    """The service's error code; None after a success, and when the error does not come from the service."""

    def __str__(self) -> str:
        outcome = "succeeded" if self.error is None else f"failed ({self.code or self.error})"
        tries = "" if self.attempts in (None, 1) else f", {self.attempts} attempts"
        return (
            f"{self.operation} {outcome} after {self.elapsed * 1000:.0f} ms{tries}, "
            f"request id {self.request_id or 'unknown'}"
        )


OnCall = Callable[[CallRecord], object]
"""A function that receives the record of each call, on the thread that made the call."""

_recording: Final = ContextVar[tuple[list[CallRecord], ...]]("voiceid_sdk_recording", default=())


@contextlib.contextmanager
def record_calls() -> Generator[list[CallRecord]]:
    """Record the calls of this thread or task inside the ``with`` block, of all clients.

    A record has the request id of a success, too.

    Example:
        >>> with record_calls() as calls:
        ...     info = domain.speaker("customer-42").opt_out()
        >>> calls[-1].operation, len(calls[-1].request_id)
        ('OptOutSpeaker', 36)
    """
    records: list[CallRecord] = []
    token = _recording.set((*_recording.get(), records))
    try:
        yield records
    finally:
        _recording.reset(token)


@dataclass(slots=True, eq=False)
class CallTimer:
    """Times one call, and makes its record if there is a receiver."""

    operation: str
    on_call: OnCall | None
    _began: float = field(init=False, default_factory=time.perf_counter)

    def succeeded(self, response: Mapping[str, object]) -> None:
        """Record that the call succeeded, with boto3's dictionary."""
        if self._is_wanted():
            metadata = cast("Mapping[str, object]", response.get("ResponseMetadata") or {})
            retries, status = metadata.get("RetryAttempts"), metadata.get("HTTPStatusCode")
            request_id = metadata.get("RequestId")
            self._record(
                request_id=request_id if isinstance(request_id, str) else None,
                status_code=status if isinstance(status, int) else None,
                attempts=retries + 1 if isinstance(retries, int) else None,
            )

    def failed(self, error: VoiceIDError) -> None:
        """Record that the call failed."""
        if self._is_wanted():
            self._record(
                request_id=getattr(error, "request_id", None),
                status_code=getattr(error, "status_code", None),
                error=type(error).__name__,
                code=getattr(error, "code", None),
            )

    def _is_wanted(self) -> bool:
        return self.on_call is not None or bool(_recording.get()) or _logger.isEnabledFor(logging.DEBUG)

    def _record(
        self,
        *,
        request_id: str | None,
        status_code: int | None,
        attempts: int | None = None,
        error: str | None = None,
        code: str | None = None,
    ) -> None:
        record = CallRecord(
            operation=self.operation,
            elapsed=max(0.0, time.perf_counter() - self._began),
            request_id=request_id,
            status_code=status_code,
            attempts=attempts,
            error=error,
            code=code,
        )
        for records in _recording.get():
            records.append(record)
        _logger.debug("%s", record)
        if self.on_call is not None:
            try:
                self.on_call(record)
            except Exception:
                # The call itself has ended, so the fault of a metric must not change its outcome.
                _logger.exception("on_call failed for %s", self.operation)
