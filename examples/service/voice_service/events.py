"""Events of Voice ID from EventBridge: verified, and each handled once."""

import hmac
from collections import OrderedDict

from voiceid_sdk.events import VoiceIDEvent

SOURCE = "aws.voiceid"
MOST_REMEMBERED = 10_000
"""How many ids are kept, in memory. A store outside of the process would keep them over a restart, and for
several replicas of the service."""


class SeenEvents:
    """The ids of the newest events."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._most = most

    def __contains__(self, event_id: str) -> bool:
        """Return whether an event was handled."""
        return event_id in self._ids

    def add(self, event_id: str) -> None:
        """Remember an event that was handled."""
        self._ids[event_id] = None
        self._ids.move_to_end(event_id)
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)


def is_from_eventbridge(given: str | None, secret: str) -> bool:
    """Return whether a request has the secret of the API destination, in constant time."""
    return given is not None and hmac.compare_digest(given.encode(), secret.encode())


def is_about(event: VoiceIDEvent, domain_id: str) -> bool:
    """Return whether Voice ID sent an event, and it is about the domain of this service."""
    return event.source == SOURCE and getattr(event.detail, "domain_id", None) == domain_id
