"""Measures how well a recognizer tells the speakers in a folder apart, and fits calibrations to them."""

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from numbers import Real
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceid_sdk._files import as_path, naming_argument, read_regular
from voiceid_sdk.local.voices.calibration import MIN_PAIRS, Calibration, Calibrations
from voiceid_sdk.local.voices.onnx_graph import Floats
from voiceid_sdk.local.voices.recognizer import score
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, read_wav
from voiceid_sdk.local.voices.telephone import narrow, telephone, to_pcm
from voiceid_sdk.service_model.limits import SAMPLE_RATE

_MIN_SPEAKERS: Final = 2
_MIN_SECONDS: Final = 0.1
_MAX_SECONDS: Final = 3600.0
ACCEPTANCE_THRESHOLD: Final = 90
RISK_THRESHOLD: Final = 50
WATCHLISTS: Final = (1, 10, 100, 500)
"""The numbers of fraudsters for which the risk of an innocent caller is reported."""

_BYTES_PER_SECOND: Final = 2 * SAMPLE_RATE
_ROUNDS: Final = 400
_CONFIDENCE: Final = (0.025, 0.975)
_AUDIO: Final = frozenset({".wav", ".flac", ".ogg", ".mp3"})


@runtime_checkable
class AdjustingRecognizer(Protocol):
    """A recognizer whose calibrations take cosines that are adjusted, such as the pretrained one."""

    def adjusted_cosine(self, one: bytes, other: bytes, /) -> float:
        """Return the adjusted cosine of two voiceprints."""
        ...


@runtime_checkable
class ModelRecognizer(Protocol):
    """A recognizer whose voiceprints have cosines, such as the pretrained one."""

    def voiceprint(self, recordings: Sequence[Recording], /) -> bytes:
        """Return the voiceprint of some recordings."""
        ...

    def cosine(self, one: bytes, other: bytes, /) -> float:
        """Return the cosine of two voiceprints."""
        ...


@attrs.frozen(kw_only=True)
class Evaluation:
    """How well a recognizer told the speakers apart; ``evaluate_recognizer`` makes one."""

    speakers: int
    """Speakers that were compared."""

    left_out: int
    """Speakers without enough audio, or without speech in it."""

    same: tuple[float, ...] = attrs.field(repr=False)
    """Cosines of the trials in which the speaker is the enrolled one.

    They are adjusted for the lines if the recognizer adjusts them, as the pretrained one does."""

    different: tuple[float, ...] = attrs.field(repr=False)
    """Cosines of the trials in which the speaker is another one, adjusted in the same way."""

    equal_error_rate: float
    """The rate at which wrong rejections and wrong acceptances are equal, from 0 to 1."""

    interval: tuple[float, float]
    """Where the equal error rate lies with 95 % confidence, by resampling speakers.

    It is (0, 0) if no trial was wrong. Of n such trials, the true rate is at most about 3/n."""

    calibrations: Calibrations
    """Fitted to these trials, for the recognizer to take."""

    def wrong_rejections(self, calibrations: Calibrations) -> float:
        """Return the share of right callers that are rejected at 90."""
        return 1 - _share_at(calibrations.verification, self.same)

    def wrong_acceptances(self, calibrations: Calibrations) -> float:
        """Return the share of impostors that are accepted at 90."""
        return _share_at(calibrations.verification, self.different)

    def innocent_risk(self, calibrations: Calibrations, voices: int) -> float:
        """Return the share of innocent callers at high risk against a watchlist of a given number of voices.

        From the share of single voices that are alike enough, as if the voices of a watchlist were
        independent: so the watchlist may be larger than the folder.
        """
        scored = [score(calibrations.identification.score(one, voices)) for one in self.different]
        alone = sum(one >= RISK_THRESHOLD for one in scored) / len(scored)
        return float(1 - (1 - alone) ** voices)

    def found_fraudsters(self, calibrations: Calibrations, voices: int) -> float:
        """Return the share of fraudsters that are at high risk on a watchlist of that many voices."""
        scored = [score(calibrations.identification.score(one, voices)) for one in self.same]
        return sum(one >= RISK_THRESHOLD for one in scored) / len(scored)

    def _repr_html_(self) -> str:
        """Return the evaluation as a table, with the rates of its own calibrations; Jupyter calls this."""
        rates = ((name, f"{rate:.2%}") for name, rate in rates_of_error(self, self.calibrations))
        rows = (f"<tr><td>{name}</td><td>{text}</td></tr>" for name, text in (*facts(self), *rates))
        return f"<strong>Evaluation</strong><table><tbody>{''.join(rows)}</tbody></table>"


def facts(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return names and texts: how much was compared, and the equal error rate."""
    low, high = evaluation.interval
    same, different = len(evaluation.same), len(evaluation.different)
    # Resampling trials without an error gives no error again. If no trial of n is wrong, the true rate is at
    # most about 3/n with 95 % confidence.
    highest = min(1.0, 3 / min(same, different))
    interval = f"{low:.2%} to {high:.2%}" if high else f"at most {highest:.2%}"
    return [
        ("speakers", f"{evaluation.speakers}, and {evaluation.left_out} with too little speech"),
        ("trials", f"{same} of the enrolled speaker, {different} of others"),
        ("equal error rate", f"{evaluation.equal_error_rate:.2%} (95 %: {interval})"),
    ]


def rates_of_error(evaluation: Evaluation, calibrations: Calibrations) -> list[tuple[str, float]]:
    """Return the names and values of the rates that depend on calibrations."""
    rates = [
        (f"right callers rejected at {ACCEPTANCE_THRESHOLD}", evaluation.wrong_rejections(calibrations)),
        (f"impostors accepted at {ACCEPTANCE_THRESHOLD}", evaluation.wrong_acceptances(calibrations)),
    ]
    for voices in WATCHLISTS:
        rates += [
            (f"innocent at {RISK_THRESHOLD}, of {voices}", evaluation.innocent_risk(calibrations, voices)),
            (f"fraudsters found, of {voices}", evaluation.found_fraudsters(calibrations, voices)),
        ]
    return rates


def evaluate_recognizer(
    folder: str | os.PathLike[str],
    recognizer: ModelRecognizer,
    *,
    enroll_seconds: float = 30.0,
    test_seconds: float = 8.0,
    over_telephone: bool = False,
    on_speaker: Callable[[int, int], object] | None = None,
) -> Evaluation:
    """Enroll every speaker in a folder and compare the rest of the recordings with all of them.

    Args:
        folder: holds a folder for each speaker, or a file. The audio of a speaker is taken in the order of
            the file names. 8 kHz WAV is read as it is; other audio needs the extra ``audio``.
        recognizer: ``pretrained_recognizer()``, or an ``EmbeddingRecognizer``.
        enroll_seconds: how much of a speaker's audio the voiceprint is made of, in seconds.
        test_seconds: the length of each piece that is compared, in seconds.
        over_telephone: whether to simulate a telephone line: 300 to 3400 Hz, through mu-law.
        on_speaker: called before each speaker with the number of the speaker, from 1, and of all.

    Raises:
        TypeError: ``enroll_seconds`` or ``test_seconds`` is no number, ``recognizer`` is no recognizer with
            cosines, or ``on_speaker`` is no function.
        ValueError: one of them is no length of audio; there are fewer than two speakers with enough speech,
            or too few trials to fit calibrations.
        RecordingError: a file is not audio. The text has the number of the speaker and of the file, in the
            order of their names, because a name may be a caller's id. Other files do not count.
        FileAccessError: a file cannot be read.
    """
    _check_seconds(enroll_seconds=enroll_seconds, test_seconds=test_seconds)
    _check_types(recognizer, on_speaker)
    enrolled: list[bytes] = []
    tested: list[list[bytes]] = []
    left_out = 0
    for samples in _speakers(folder, on_speaker, over_telephone=over_telephone):
        try:
            enrollment, tests = _voiceprints(recognizer, samples, enroll_seconds, test_seconds)
        except RecordingError:
            left_out += 1
        else:
            enrolled.append(enrollment)
            tested.append(tests)
    if len(enrolled) < _MIN_SPEAKERS:
        raise ValueError(
            f"an evaluation needs two speakers with at least {enroll_seconds + test_seconds:g} s of audio "
            f"each, and speech in it; the folder has {len(enrolled)} such, and {left_out} with less: "
            "add recordings, or lower enroll_seconds and test_seconds"
        )
    others = sum(map(len, tested)) * (len(enrolled) - 1)
    if others < MIN_PAIRS:
        raise ValueError(
            f"calibrations need {MIN_PAIRS} trials of other speakers, and {len(enrolled)} speakers with "
            f"these recordings make {others}: add speakers or recordings, or lower test_seconds"
        )
    cosine = recognizer.adjusted_cosine if isinstance(recognizer, AdjustingRecognizer) else recognizer.cosine
    trials = [np.array([[cosine(one, test) for test in tests] for one in enrolled]) for tests in tested]
    same = [trials[speaker][speaker] for speaker in range(len(trials))]
    different = [np.delete(trials[speaker], speaker, axis=0) for speaker in range(len(trials))]
    alike = np.concatenate(same)
    unlike = np.concatenate([one.ravel() for one in different])
    return Evaluation(
        speakers=len(enrolled),
        left_out=left_out,
        same=tuple(alike.tolist()),
        different=tuple(unlike.tolist()),
        equal_error_rate=_equal_error_rate(alike, unlike),
        interval=_interval(same, different),
        calibrations=Calibrations.from_pairs(unlike.tolist()),
    )


def error_rates(
    same: NDArray[Any], different: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rates of wrong rejections and of wrong acceptances, at every threshold that matters."""
    thresholds = np.append(np.unique(np.concatenate([same, different])), np.inf)
    rejections = np.searchsorted(np.sort(same), thresholds, "left") / len(same)
    acceptances = 1 - np.searchsorted(np.sort(different), thresholds, "left") / len(different)
    return rejections, acceptances


def read_audio(path: Path, *, over_telephone: bool = False) -> bytes:
    """Return one channel of a file as 16-bit samples at 8 kHz: the first, if there are several.

    Raises:
        RecordingError: the file is not audio, or its format needs the extra ``audio``, which is not there.
    """
    content = read_regular(path)
    try:
        samples = read_wav(content, 0).samples
    except RecordingError:
        audio, rate = _decoded(content)
        return telephone(audio, rate) if over_telephone else to_pcm(narrow(audio, rate))
    if over_telephone:
        return telephone(np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(32768), SAMPLE_RATE)
    return samples


def _decoded(content: bytes) -> tuple[Floats, int]:
    try:
        soundfile: Any = importlib.import_module("soundfile")
    except ModuleNotFoundError:
        raise RecordingError(
            "Audio that is not 8 kHz, 16-bit WAV needs the extra: pip install 'voiceid-sdk[audio]'"
        ) from None
    try:
        audio, rate = soundfile.read(BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        raise RecordingError("The file is not audio.") from None
    return audio[:, 0], int(rate)


def _speakers(
    folder: str | os.PathLike[str],
    on_speaker: Callable[[int, int], object] | None,
    *,
    over_telephone: bool,
) -> Iterator[bytes]:
    naming = naming_argument("folder", action="read")
    with naming:
        places = [place for place in sorted(as_path(folder, "folder").iterdir()) if _is_speaker(place)]
    for speaker, place in enumerate(places, 1):
        if on_speaker is not None:
            on_speaker(speaker, len(places))
        with naming:
            found = sorted(place.rglob("*")) if place.is_dir() else [place]
            # A folder or a named pipe may be called like a recording, and reading a pipe would never end.
            files = [file for file in found if _is_recording(file)]
            parts: list[bytes] = []
            for number, file in enumerate(files, 1):
                try:
                    parts.append(read_audio(file, over_telephone=over_telephone))
                except RecordingError as error:
                    raise RecordingError(f"Speaker {speaker}, file {number}: {error}") from None
        if parts:
            yield b"".join(parts)


def _is_speaker(place: Path) -> bool:
    return place.is_dir() or _is_recording(place)


def _is_recording(file: Path) -> bool:
    """Return whether a name is that of audio; a link that leads nowhere is an error when it is read."""
    return file.suffix.lower() in _AUDIO and (file.is_file() or not file.exists())


def _voiceprints(
    recognizer: ModelRecognizer, samples: bytes, enroll_seconds: float, test_seconds: float
) -> tuple[bytes, list[bytes]]:
    cut, step = (int(seconds * SAMPLE_RATE) * 2 for seconds in (enroll_seconds, test_seconds))
    if len(samples) < cut + step:
        raise RecordingError("There is not enough audio.")
    enrollment = recognizer.voiceprint([Recording(samples=samples[:cut])])
    tests: list[bytes] = []
    for start in range(cut, len(samples) - step + 1, step):
        try:
            tests.append(recognizer.voiceprint([Recording(samples=samples[start : start + step])]))
        except RecordingError:  # A piece without speech is no trial.
            continue
    if not tests:
        raise RecordingError("There is no speech.")
    return enrollment, tests


def _check_types(recognizer: object, on_speaker: object) -> None:
    if not isinstance(recognizer, ModelRecognizer) or isinstance(recognizer, type):
        raise TypeError("recognizer must be an object with the methods voiceprint and cosine")
    if on_speaker is not None and not callable(on_speaker):
        raise TypeError(f"on_speaker must be a function, not {type(on_speaker).__name__}")


def _check_seconds(**arguments: float) -> None:
    for name, seconds in arguments.items():
        kind: type = type(seconds)
        if kind is bool or not issubclass(kind, Real):
            raise TypeError(f"{name} must be a number of seconds, not {kind.__name__}")
        if not _MIN_SECONDS <= seconds <= _MAX_SECONDS:
            raise ValueError(f"{name} must be from {_MIN_SECONDS:g} to {_MAX_SECONDS:g} seconds")


def _equal_error_rate(same: NDArray[Any], different: NDArray[Any]) -> float:
    rejections, acceptances = error_rates(same, different)
    crossing = int(np.argmax(rejections >= acceptances))
    after = rejections[crossing] - acceptances[crossing]
    before = acceptances[crossing - 1] - rejections[crossing - 1] if crossing else 0.0
    share = before / (before + after) if before + after else 0.0
    left = max(0, crossing - 1)
    return float(rejections[left] + share * (rejections[crossing] - rejections[left]))


def _interval(same: list[NDArray[Any]], different: list[NDArray[Any]]) -> tuple[float, float]:
    """Return the quantiles of the equal error rate when speakers are drawn again, with repetition."""
    random = np.random.default_rng(0)
    rates: list[float] = []
    for _ in range(_ROUNDS):
        drawn: list[int] = random.integers(len(same), size=len(same)).tolist()
        alike = np.concatenate([same[speaker] for speaker in drawn])
        unlike = np.concatenate([different[speaker].ravel() for speaker in drawn])
        rates.append(_equal_error_rate(alike, unlike))
    low, high = np.quantile(rates, _CONFIDENCE)
    return float(low), float(high)


def _share_at(calibration: Calibration, cosines: Sequence[float]) -> float:
    return sum(score(calibration.score(one)) >= ACCEPTANCE_THRESHOLD for one in cosines) / len(cosines)
