"""The recommended recognizer: CAM++ on telephone speech, with calibrations."""

import io
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs
import numpy as np

from voiceid_sdk.local.arguments import check_arguments
from voiceid_sdk.local.voices import voiceprints
from voiceid_sdk.local.voices.calibration import Calibrations
from voiceid_sdk.local.voices.line_quality import LineQuality
from voiceid_sdk.local.voices.model_download import WEIGHTS_SHA256, find_weights
from voiceid_sdk.local.voices.one_voice import MIN_PIECES, PIECE_SECONDS, check_one_voice
from voiceid_sdk.local.voices.onnx_graph import Floats
from voiceid_sdk.local.voices.recordings import Recording, RecordingError
from voiceid_sdk.local.voices.speech_embedding import FRAMES_PER_SECOND, SpeechEmbedder, unit

MODEL: Final = f"campplus-zh-en-common {WEIGHTS_SHA256[:16]} telephone 3"
"""The name of the model, which every voiceprint carries a mark of."""

_PIECE_FRAMES: Final = round(PIECE_SECONDS * FRAMES_PER_SECOND)

_PACKAGE: Final = "voiceid_sdk.local.voices"
_BACKEND: Final = "campplus_telephone.npz"
_CALIBRATIONS: Final = "campplus_calibrations.json"


def pretrained_recognizer(
    *,
    weights: str | os.PathLike[str] | None = None,
    calibrations: Calibrations | None = None,
) -> "PretrainedRecognizer":
    """Return the recommended recognizer for calls, with the model that ``download-model`` fetched.

    Args:
        weights: the file with the weights, or its folder; unless given, where ``download-model`` puts it.
        calibrations: from ``evaluate_recognizer`` on your own calls; unless given, those that come with
            the package, which were fitted to read English speech on a simulated telephone.

    Returns:
        A recognizer for ``LocalVoiceID(recognizer=...)``. It may serve several threads at a time.

    Raises:
        ModelNotFoundError: the model has not been downloaded; the message has the command.
        ModuleNotFoundError: the extra ``voices`` is not installed.
        ModelDownloadError: the file is damaged.
    """
    check_arguments(calibrations=(calibrations, (Calibrations, type(None))))
    path = find_weights(weights)
    try:
        embedder = SpeechEmbedder(path)
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[voices]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    return PretrainedRecognizer(embedder, calibrations)


class PretrainedRecognizer:
    """Tells callers apart on telephone speech; ``pretrained_recognizer`` makes one.

    Only frames with speech are embedded, at most 60 seconds of them. It does not detect spoofing. A pickled
    recognizer has its calibrations and the path of the weights; unpickling loads the model from that file, or
    from the folder for models if there is no such file.
    """

    def __init__(self, embedder: SpeechEmbedder, calibrations: Calibrations | None = None) -> None:
        self._embedder = embedder
        self._backend = _Backend.load()
        if calibrations is None:
            text = files(_PACKAGE).joinpath(_CALIBRATIONS).read_text(encoding="utf-8")
            calibrations = Calibrations.from_json(text)
        self.calibrations: Final = calibrations
        """What similarities are worth, in verification and in identification."""

    def __reduce__(self) -> tuple[object, ...]:
        return _load, (self._embedder.path, self.calibrations)

    def __copy__(self) -> "PretrainedRecognizer":
        return self  # It does not change.

    def __deepcopy__(self, memo: object) -> "PretrainedRecognizer":
        return self

    @property
    def model(self) -> str:
        """The name of the model, which every voiceprint carries a mark of."""
        return MODEL

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the voiceprint of all speech in some recordings.

        Raises:
            RecordingError: there is no speech.
        """
        features = self._embedder.features(_joined(recordings))
        return voiceprints.pack(MODEL, self._backend.project(self._embedder.embed(features)).tolist())

    def enrollment_voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the voiceprint of all speech in some recordings, if it sounds like one voice.

        Two voices that take turns of three seconds or more are mostly noticed, shorter turns often not. With
        less than 17 seconds of speech, nothing is checked.

        Raises:
            RecordingError: there is no speech, or it does not sound like one voice.
        """
        features = self._embedder.features(_joined(recordings))
        count = len(features) // _PIECE_FRAMES
        if count >= MIN_PIECES:
            pieces = self._embedder.embed_each(np.array_split(features, count))
            check_one_voice(unit(self._backend.project(pieces)))
        return voiceprints.pack(MODEL, self._backend.project(self._embedder.embed(features)).tolist())

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return the score from 0 to 100 in a verification: one voice against one voiceprint.

        Raises:
            VoiceprintError: another model made one of them.
        """
        return self.calibrations.verification.score(self.adjusted_cosine(one, other))

    def identification_scores(self, voiceprint: bytes, others: Sequence[bytes]) -> list[float]:
        """Return the scores from 0 to 100 of one voice against each voiceprint of a watchlist.

        Raises:
            VoiceprintError: another model made one of them.
        """
        if not others:
            return []
        score = self.calibrations.identification.score
        return [score(cosine, len(others)) for cosine in self._adjusted_cosines(voiceprint, others)]

    def cosine(self, one: bytes, other: bytes) -> float:
        """Return the cosine of two voiceprints.

        Raises:
            VoiceprintError: another model made one of them.
        """
        for each in (one, other):
            voiceprints.check_made_by(MODEL, each)
        return voiceprints.cosine(one, other)

    def adjusted_cosine(self, one: bytes, other: bytes) -> float:
        """Return the cosine of two voiceprints, adjusted for the noise and the codecs of their lines.

        The calibrations turn it into a score.

        Raises:
            VoiceprintError: another model made one of them.
        """
        return self._adjusted_cosines(one, [other])[0]

    def _adjusted_cosines(self, voiceprint: bytes, others: Sequence[bytes]) -> list[float]:
        for each in (voiceprint, *others):
            voiceprints.check_made_by(MODEL, each)
        matrix = np.array([voiceprints.unpack(other) for other in others], np.float32)
        vector = np.array(voiceprints.unpack(voiceprint), np.float32)
        lines = self._backend.lines
        adjusted = lines.adjusted(matrix @ vector, lines.badness(vector), lines.badness(matrix))
        return [float(cosine) for cosine in adjusted]

    def spoofing_risk(self, recordings: Sequence[Recording]) -> float:
        """Return 0: the model does not detect spoofing."""
        del recordings
        return 0.0

    def speech_seconds(self, recording: Recording) -> float:
        """Return the seconds of speech in a recording, at most 60.

        Raises:
            RecordingError: the recording only names a voice.
        """
        return self._embedder.speech_seconds(_joined([recording]))


def _load(weights: Path, calibrations: Calibrations) -> PretrainedRecognizer:
    return pretrained_recognizer(weights=weights if weights.is_file() else None, calibrations=calibrations)


@attrs.frozen
class _Backend:
    """Takes out of embeddings what a telephone line adds to them; ``tools/fit_voices.py`` fits it."""

    mean: Floats
    """The mean embedding of telephone speech, which is the line's part."""

    projection: Floats
    """Shortens the directions in which recordings of one speaker differ."""

    lines: LineQuality
    """Estimates the quality of the line from a projected vector."""

    @classmethod
    def load(cls) -> "_Backend":
        content = files(_PACKAGE).joinpath(_BACKEND).read_bytes()
        with np.load(io.BytesIO(content)) as arrays:
            line = arrays["line"].astype(np.float32)
            lines = LineQuality(line[:-1], float(line[-1]))
            return cls(arrays["mean"].astype(np.float32), arrays["projection"].astype(np.float32), lines)

    def project(self, embeddings: Floats) -> Floats:
        """Return vectors whose cosines compare speakers."""
        projected: Floats = unit(embeddings - self.mean) @ self.projection
        return projected


def _joined(recordings: Sequence[Recording]) -> bytes:
    if any(recording.announced_seconds is not None for recording in recordings):
        raise RecordingError("A recognizer that compares sound needs a recording, not the name of a voice.")
    return b"".join(recording.samples for recording in recordings)
