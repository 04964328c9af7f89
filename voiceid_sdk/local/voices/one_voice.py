"""Notices speech of two people in one enrollment, such as both sides of a call on one channel."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceid_sdk.local.voices.onnx_graph import Floats
from voiceid_sdk.local.voices.recordings import RecordingError

_ROUNDS: Final = 10

PIECE_SECONDS: Final = 1.5
"""Seconds of speech in a piece: mostly one voice where speakers take turns of three seconds."""

MIN_PIECES: Final = 11
"""Fewer pieces say too little."""

# In 60 enrollments of 40 seconds of ten single speakers, two thirds of them with noise, the groups were never
# less alike than 0.54, and only once less than 0.63. In 67 of 75 with two speakers who take turns of three
# seconds, they were less alike than 0.54. Groups of fewer pieces differ more by chance: in shorter ones, 0.42
# is as rare.
_MIN_COSINE: Final = 0.54
_MIN_COSINE_OF_FEW: Final = 0.42
_FEW_PIECES: Final = 18
_MIN_SHARE: Final = 0.2


def check_one_voice(vectors: Floats) -> None:
    """Raise ``RecordingError`` if pieces of speech fall into two groups that are not alike.

    Args:
        vectors: the embeddings of the pieces, each of length one, a row for each.
    """
    first = _split(vectors)
    share = min(first.sum(), (~first).sum()) / len(vectors)
    if share < _MIN_SHARE:  # Some odd seconds, such as a voice in a pause, are no second speaker.
        return
    least = _MIN_COSINE_OF_FEW if len(vectors) < _FEW_PIECES else _MIN_COSINE
    if float(_center(vectors[first]) @ _center(vectors[~first])) < least:
        raise RecordingError(
            "The audio does not sound like one voice. Take it from a channel that only the speaker is on."
        )


def _split(vectors: Floats) -> NDArray[np.bool_]:
    """Return which rows belong to the first of two groups, which begin with the two that are least alike."""
    cosines = vectors @ vectors.T
    one, other = np.unravel_index(int(np.argmin(cosines)), cosines.shape)
    left, right = vectors[one], vectors[other]
    first = vectors @ left >= vectors @ right
    for _ in range(_ROUNDS):
        if first.all():
            break
        left, right = _center(vectors[first]), _center(vectors[~first])
        first = vectors @ left >= vectors @ right
    return np.asarray(first, np.bool_)


def _center(vectors: Floats) -> Floats:
    center: Floats = vectors.sum(axis=0)
    center /= np.linalg.norm(center)
    return center
