"""Telling voices apart by sound, with an embedding model of your own behind it."""

import array
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from voiceid_sdk.local.arguments import OPTIONAL_TEXT, check_arguments
from voiceid_sdk.local.voices import voiceprints
from voiceid_sdk.local.voices.calibration import Calibration, IdentificationCalibration
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, speech_seconds
from voiceid_sdk.service_model.limits import SAMPLE_RATE

if TYPE_CHECKING:
    Samples: TypeAlias = array.array[float]
else:
    Samples = array.array

Embed: TypeAlias = Callable[[Samples, int], Iterable[float]]
"""Returns the embedding of a voice from samples between -1 and 1; the second argument is the sample rate."""

Measure: TypeAlias = Callable[[Samples, int], float]
"""Returns a figure about samples between -1 and 1; the second argument is the sample rate."""

MAX_SECONDS: Final = 60
"""Seconds of audio that a model is given; the rest of longer audio is left out."""

_FULL_SCALE: Final = 32768
_BYTES_PER_SECOND: Final = 2 * SAMPLE_RATE


class EmbeddingRecognizer:
    """Compares voices by the vectors that a model computes from their sound.

    Its quality depends on the model and the calibrations, which this class does not include. It needs
    recordings (``call.play``, jobs); ``call.speak`` raises an error, because it only names a voice. The
    service calls the functions from several threads.

    Args:
        embed: the model: a function from samples (an ``array`` of floats between -1 and 1, which numpy takes
            as it is) and their rate (8000 a second) to a vector. All recordings of one request are put
            together before, up to 60 seconds.
        calibration: what the cosine of two vectors is worth, from 0 to 100; without one, a recognizer can
            only be given to ``evaluate_recognizer``, which makes one.
        identification: what it is worth against a watchlist; unless given, the same.
        spoofing: a function from samples and rate to the risk that they are played back or made by a machine,
            from 0 to 100; without one, there is no risk.
        speech: a function from samples and rate to the seconds of speech among them; without one, the
            seconds that are not silent.
        model: a name for the model, which every voiceprint carries a mark of, so that those of another model
            are never compared. Without a name, the mark changes with the code of ``embed``.

    Raises:
        TypeError: an argument has another type.
    """

    def __init__(
        self,
        embed: Embed,
        *,
        calibration: Calibration | None = None,
        identification: IdentificationCalibration | None = None,
        spoofing: Measure | None = None,
        speech: Measure | None = None,
        model: str | None = None,
    ) -> None:
        check_arguments(
            calibration=(calibration, (Calibration, type(None))),
            identification=(identification, (IdentificationCalibration, type(None))),
            model=(model, OPTIONAL_TEXT),
        )
        functions: dict[str, object] = {"embed": embed, "spoofing": spoofing, "speech": speech}
        for name, function in functions.items():
            if not callable(function) and (function is not None or name == "embed"):
                raise TypeError(f"{name} must be a function, not {type(function).__name__}")
        self._embed = embed
        self._calibration = calibration
        self._identification = identification
        self._spoofing = spoofing
        self._speech = speech
        self.model: Final = voiceprints.describe_function(embed) if model is None else model
        """The name of the model."""

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the vector of all recordings together, of length one, and the model's mark.

        Raises:
            RecordingError: there is no audio.
            ValueError: the model gives no vector.
        """
        samples = _samples(recordings)
        if not samples:
            raise RecordingError("There is no audio to make a voiceprint of.")
        return voiceprints.pack(self.model, self._embed(samples, SAMPLE_RATE))

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return what the calibration makes of the cosine of two voiceprints.

        Raises:
            VoiceprintError: another model made one of them.
            ValueError: there is no calibration.
        """
        return self._calibrated(self.cosine(one, other))

    def identification_scores(self, voiceprint: bytes, others: Sequence[bytes]) -> list[float]:
        """Return the scores of one voice against each voiceprint of a watchlist.

        Raises:
            VoiceprintError: another model made one of them.
        """
        cosines = [self.cosine(voiceprint, other) for other in others]
        if self._identification is None:
            return [self._calibrated(each) for each in cosines]
        return [self._identification.score(each, len(others)) for each in cosines]

    def spoofing_risk(self, recordings: Sequence[Recording]) -> float:
        """Return what ``spoofing`` says of all recordings together.

        Raises:
            ValueError: it says something that is not a number.
        """
        if self._spoofing is None:
            return 0.0
        return _finite(self._spoofing(_samples(recordings), SAMPLE_RATE), "spoofing")

    def speech_seconds(self, recording: Recording) -> float:
        """Return how many seconds of speech ``speech`` finds in a recording.

        Raises:
            RecordingError: there is no sound in it.
            ValueError: ``speech`` returned no number of seconds, or more than the recording has.
        """
        if recording.announced_seconds is not None:
            raise RecordingError(
                "A recognizer that compares sound needs a recording, not the name of a voice."
            )
        if self._speech is None:
            return speech_seconds(recording.samples)
        if not recording.samples:
            return 0.0
        seconds = _finite(self._speech(_samples([recording]), SAMPLE_RATE), "speech")
        if not 0 <= seconds <= len(recording.samples) / _BYTES_PER_SECOND:
            raise ValueError(
                "the function given as speech= returned fewer than no seconds, or more than the audio has"
            )
        return seconds

    def cosine(self, one: bytes, other: bytes) -> float:
        """Return the cosine of two voiceprints.

        Raises:
            VoiceprintError: another model made one of them.
        """
        for each in (one, other):
            voiceprints.check_made_by(self.model, each)
        return voiceprints.cosine(one, other)

    def _calibrated(self, cosine: float) -> float:
        if self._calibration is None:
            raise ValueError("the recognizer has no calibration: evaluate_recognizer makes one")
        return self._calibration.score(cosine)


def cosine(one: bytes, other: bytes) -> float:
    """Return the cosine of two voiceprints of one embedding model.

    Raises:
        VoiceprintError: they come from different models.
    """
    return voiceprints.cosine(one, other)


def _finite(value: object, parameter: str) -> float:
    try:
        # A function of the user's own may return anything.
        number = float(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"the function given as {parameter}= returned no number")
    return number


def _samples(recordings: Iterable[Recording]) -> Samples:
    content = b"".join(recording.samples for recording in recordings)[: MAX_SECONDS * _BYTES_PER_SECOND]
    whole = array.array("h", content)
    if sys.byteorder == "big":  # pragma: no cover
        whole.byteswap()
    return array.array("f", (sample / _FULL_SCALE for sample in whole))
