"""Ids for requests without one: the same input always gets the same ids."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Final

from voiceid_sdk.batch.requests import AudioSpecification

_BYTES: Final = 12
"""Enough to make a collision among a million digests improbable."""


class RequestIds:
    """Makes the ids of the requests in one manifest, each from the content of the request."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def of_speaker(self, speaker_id: str) -> str:
        """Return an id for a request to enroll a speaker: the speaker's own id."""
        return self._numbered(speaker_id)

    def of_recordings(self, recordings: Iterable[AudioSpecification]) -> str:
        """Return an id for a request to register a fraudster: a digest of the recordings' names."""
        names = (f"{audio.s3_uri or audio.path}\0{audio.channel_id}" for audio in recordings)
        content = "\0".join(names).encode("utf-8", "surrogatepass")
        return self._numbered(hashlib.blake2b(content, digest_size=_BYTES).hexdigest())

    def _numbered(self, base: str) -> str:
        self._times[base] += 1
        times = self._times[base]
        # Neither a speaker's id nor a digest has a full stop, so the id is unique.
        return base if times == 1 else f"{base}.{times}"
