"""Failures on demand: what the service should answer instead of doing what it is asked."""

import threading
from collections import defaultdict, deque

from voiceid_sdk import service_model
from voiceid_sdk.local.refusals import Refusal, named


class Faults:
    """The failures that are waiting for a request; ``service.faults``."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Refusal]] = defaultdict(deque)
        self._lock = threading.Lock()

    def fail_next(
        self,
        operation: str,
        code: str,
        *,
        times: int = 1,
        message: str | None = None,
        conflict_type: str | None = None,
        resource_type: str | None = None,
    ) -> None:
        """Let the next requests of an operation fail; a later call of this queues up behind earlier ones.

        Args:
            operation: the operation's name, such as ``"ListSpeakers"``.
            code: an error code of the service, such as ``"ThrottlingException"``.
            times: how many requests fail; a retry is a request.
            message: what the error says.
            conflict_type: the ``ConflictType`` of a ``ConflictException``.
            resource_type: the ``ResourceType`` of a ``ResourceNotFoundException``.

        Raises:
            ValueError: the service has no such operation, code or type, or ``times`` is below one.
        """
        if operation not in service_model.operation_names():
            raise ValueError("the service has no such operation")
        if times < 1:
            raise ValueError("times starts at one")
        refusals = [named(code, message, conflict_type, resource_type) for _ in range(times)]
        with self._lock:
            self._waiting[operation].extend(refusals)

    def clear(self) -> None:
        """Forget all failures that are still waiting."""
        with self._lock:
            self._waiting.clear()

    def next_for(self, operation: str) -> Refusal | None:
        """Take the failure that is next for an operation, if any."""
        if not self._waiting:
            return None
        with self._lock:
            waiting = self._waiting.get(operation)
            return waiting.popleft() if waiting else None
