"""Lets the retries of boto3 clients take no time: their pauses are for a real network."""

from collections.abc import Callable
from typing import Any, Final

_RETRIES: Final = "needs-retry.voice-id"


def make_retries_instant(events: Any) -> None:  # botocore makes its classes at run time
    """Let a client retry as often as before, without pauses.

    A client's retry handler returns the pause before the next attempt, and botocore sleeps by the system's
    clock. No public interface returns the handlers of an event, so they are looked up in botocore's emitter.
    If there is none, nothing changes.

    Args:
        events: the events of the client.
    """
    emitter = getattr(events, "_emitter", events)
    handlers = getattr(emitter, "_handlers", None)
    for handler in handlers.prefix_search(_RETRIES) if handlers is not None else ():
        if not isinstance(handler, _WithoutPause) and _decides_about_retries(handler):
            events.unregister(_RETRIES, handler, unique_id=_UNIQUE_ID)
            events.register(_RETRIES, _WithoutPause(handler), unique_id=_UNIQUE_ID)


_UNIQUE_ID: Final = "retry-config-voice-id"
"""botocore's name of the handler, in all of its retry modes."""


def _decides_about_retries(handler: object) -> bool:
    # Other handlers of the event, such as that of the adaptive rate limiter, return nothing.
    owner = getattr(handler, "__self__", handler)
    return type(owner).__name__ == "RetryHandler"


class _WithoutPause:
    """A retry handler whose pauses are 0."""

    def __init__(self, handler: Callable[..., float | None]) -> None:
        self._handler = handler

    def __call__(self, **event: object) -> float | None:
        pause = self._handler(**event)
        return None if pause is None else 0
