"""Identifiers that the service generates: unguessable, or repeatable from a seed."""

import random
import string
from typing import Final

_ALPHABET: Final = string.ascii_letters + string.digits
_LENGTH: Final = 22


class Identifiers:
    """Generates the ids of resources, requests and events.

    Args:
        seed: the same seed generates the same ids in the same order; None takes the system's randomness.
    """

    def __init__(self, seed: str | None) -> None:
        self._resources = _source(seed)
        # A source of its own, so that reads and failed requests do not change the ids of later resources.
        self._requests = _source(None if seed is None else f"{seed}/requests")
        # The same for events, so that subscribers do not change the ids of resources.
        self._events = _source(None if seed is None else f"{seed}/events")

    def resource(self) -> str:
        """Return 22 letters and digits: a domain's, watchlist's, job's or result's id."""
        return "".join(self._resources.choices(_ALPHABET, k=_LENGTH))

    def generated(self) -> str:
        """Return ``id#`` and 22 letters and digits: a speaker's, fraudster's or session's id."""
        return "id#" + self.resource()

    def request(self) -> str:
        """Return a request id, a UUID."""
        return _uuid(self._requests)

    def event(self) -> str:
        """Return an id for an event, or for its source, a UUID."""
        return _uuid(self._events)

    def secret(self) -> bytes:
        """Return 32 bytes for a key."""
        return self._resources.getrandbits(256).to_bytes(32, "big")


def _uuid(source: random.Random) -> str:
    digits = f"{source.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _source(seed: str | None) -> random.Random:
    return random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - meant to be repeatable
