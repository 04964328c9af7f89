"""Telling voices apart by sound, with an embedding model of your own behind it."""

import array
import math
import operator
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from voiceid_sdk.local.voices.calibration import Calibration
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, speech_seconds
from voiceid_sdk.service_model.limits import SAMPLE_RATE

if TYPE_CHECKING:
    Samples: TypeAlias = array.array[float]
else:
    Samples = array.array

Embed: TypeAlias = Callable[[Samples, int], Iterable[float]]
"""Returns the embedding of a voice from samples between -1 and 1, and how many of them make a second."""

Measure: TypeAlias = Callable[[Samples, int], float]
"""Returns a figure about samples between -1 and 1, of which so many make a second."""

_FULL_SCALE: Final = 32768
_COMPONENT: Final = "f"


class EmbeddingRecognizer:
    """Tells voices apart by what a model makes of their sound.

    Whether that is any good is up to the model and the calibration: neither comes with this package. It needs
    recordings (``call.play``, jobs); a voice that is only named (``call.speak``) is refused.

    Args:
        embed: the model: a function from samples (an ``array`` of floats between -1 and 1, which numpy takes
            as it is) and their rate (8000 a second) to a vector. All recordings of one request are put
            together before. The same function must be given whenever the same file is opened.
        calibration: what the cosine of two vectors is worth, from 0 to 100.
        spoofing: a function from samples and rate to the risk that they are played back or made by a machine,
            from 0 to 100; without one, there is no risk.
        speech: a function from samples and rate to the seconds of speech among them; without one, the
            seconds that are not silent.
    """

    def __init__(
        self,
        embed: Embed,
        *,
        calibration: Calibration,
        spoofing: Measure | None = None,
        speech: Measure | None = None,
    ) -> None:
        self._embed = embed
        self._calibration = calibration
        self._spoofing = spoofing
        self._speech = speech

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the vector of all recordings together, of length one, as 32-bit little-endian floats."""
        vector = [float(component) for component in self._embed(_samples(recordings), SAMPLE_RATE)]
        length = math.hypot(*vector)
        if not math.isfinite(length) or not length:
            raise ValueError("the model gave no vector with a direction")
        return _packed(component / length for component in vector)

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return what the calibration makes of the cosine of two voiceprints."""
        return self._calibration.score(cosine(one, other))

    def spoofing_risk(self, recordings: Sequence[Recording]) -> float:
        """Return what ``spoofing`` says of all recordings together."""
        return 0.0 if self._spoofing is None else float(self._spoofing(_samples(recordings), SAMPLE_RATE))

    def speech_seconds(self, recording: Recording) -> float:
        """Return what ``speech`` says of a recording.

        Raises:
            RecordingError: there is no sound in it.
        """
        if recording.announced_seconds is not None:
            raise RecordingError(
                "A recognizer that goes by sound needs a recording, not the name of a voice."
            )
        if self._speech is None:
            return speech_seconds(recording.samples)
        return float(self._speech(_samples([recording]), SAMPLE_RATE))


def cosine(one: bytes, other: bytes) -> float:
    """Return the cosine of two voiceprints of an ``EmbeddingRecognizer``.

    Raises:
        ValueError: they come from different recognizers.
    """
    if len(one) != len(other) or len(one) % array.array(_COMPONENT).itemsize:
        raise ValueError("the voiceprints come from different models: enroll with the present one")
    return max(-1.0, min(1.0, math.fsum(map(operator.mul, _unpacked(one), _unpacked(other)))))


def _samples(recordings: Iterable[Recording]) -> Samples:
    whole = array.array("h", b"".join(recording.samples for recording in recordings))
    if sys.byteorder == "big":  # pragma: no cover
        whole.byteswap()
    return array.array(_COMPONENT, (sample / _FULL_SCALE for sample in whole))


def _packed(components: Iterable[float]) -> bytes:
    vector = array.array(_COMPONENT, components)
    if sys.byteorder == "big":  # pragma: no cover
        vector.byteswap()
    return vector.tobytes()


def _unpacked(voiceprint: bytes) -> Samples:
    vector = array.array(_COMPONENT, voiceprint)
    if sys.byteorder == "big":  # pragma: no cover
        vector.byteswap()
    return vector
