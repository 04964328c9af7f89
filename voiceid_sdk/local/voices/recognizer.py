"""The protocol of recognizers, and the default one, which compares labels."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeGuard, cast, runtime_checkable

from voiceid_sdk._values import NUMBER
from voiceid_sdk.local.arguments import TEXT, check_arguments
from voiceid_sdk.local.voices.recordings import Recording, speech_seconds

_HIGHEST: Final = 100
_PAIR: Final = 2


@runtime_checkable
class Recognizer(Protocol):
    """Tells voices apart. Bring your own to put an embedding model behind Local Voice ID."""

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return what is kept of the voice that speaks in these recordings."""
        ...

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return how alike the voices of two voiceprints are, from 0 to 100."""
        ...

    def spoofing_risk(self, recordings: Sequence[Recording]) -> float:
        """Return how likely it is that the speech was made by a machine or played back, from 0 to 100."""
        ...

    def speech_seconds(self, recording: Recording) -> float:
        """Return the seconds of net speech in a recording."""
        ...


@runtime_checkable
class IdentifyingRecognizer(Recognizer, Protocol):
    """A recognizer with scores of its own for a voice against a watchlist."""

    def identification_scores(self, voiceprint: bytes, others: Sequence[bytes]) -> Sequence[float]:
        """Return how likely the voice is each of the others, from 0 to 100."""
        ...


@runtime_checkable
class EnrollingRecognizer(Recognizer, Protocol):
    """A recognizer that checks recordings before a voice is enrolled or registered from them."""

    def enrollment_voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the voiceprint; raises ``RecordingError`` if the recordings are not fit for one."""
        ...


METHODS: Final = ", ".join(sorted(name for name in vars(Recognizer) if not name.startswith("_")))
"""The methods of every recognizer, as text for errors."""


def is_recognizer(value: object) -> TypeGuard[Recognizer]:
    """Return whether an object is a recognizer, and no class of recognizers."""
    return isinstance(value, Recognizer) and not isinstance(value, type)


def is_immediate(recognizer: Recognizer) -> bool:
    """Return whether a recognizer returns at once, so that the service calls it inside its transactions.

    A recognizer says so with an attribute ``is_immediate`` of True. Others are taken for models, which take
    long: the service calls them from several threads, and an idle service goes on with its jobs.
    """
    return getattr(recognizer, "is_immediate", False) is True


def identification_scores(
    recognizer: Recognizer, voiceprint: bytes, others: Sequence[bytes]
) -> Sequence[float]:
    """Return the scores of a voice against a watchlist."""
    if isinstance(recognizer, IdentifyingRecognizer):
        return recognizer.identification_scores(voiceprint, others)
    return [recognizer.similarity(other, voiceprint) for other in others]


def enrollment_voiceprint(recognizer: Recognizer, recordings: Sequence[Recording]) -> bytes:
    """Return the voiceprint for an enrollment or a registration."""
    if isinstance(recognizer, EnrollingRecognizer):
        return recognizer.enrollment_voiceprint(recordings)
    return recognizer.voiceprint(recordings)


class LabelRecognizer:
    """Compares the labels of recordings, so that a test chooses what happens; it does not compare sound.

    The same label is the same voice (100), another label another (0). A recording without a label is a voice
    of its own: only the very same samples are it again. When several voices speak, the one that speaks
    longest counts.

    Args:
        similarities: how alike two labels are, from 0 to 100, where that is not all or nothing.
        spoofing: labels whose speech is at risk of being spoofed, and the risk from 0 to 100.

    Raises:
        TypeError: an argument, a label or a score has another type, or a key of ``similarities`` is no pair.
        ValueError: a score is not from 0 to 100.
    """

    is_immediate: Final = True

    def __init__(
        self,
        similarities: Mapping[tuple[str, str], float] | None = None,
        spoofing: Mapping[str, float] | None = None,
    ) -> None:
        optional = (Mapping, type(None))
        check_arguments(similarities=(similarities, optional), spoofing=(spoofing, optional))
        self._similarities = dict(
            _entry("similarities", _pair(labels), value) for labels, value in (similarities or {}).items()
        )
        self._spoofing = dict(_entry("spoofing", (label,), risk) for label, risk in (spoofing or {}).items())

    def voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the label of the voice that speaks longest, or a digest of an unlabelled recording."""
        seconds: dict[bytes, float] = {}
        for recording in recordings:
            voice = _voice(recording)
            seconds[voice] = seconds.get(voice, 0.0) + self.speech_seconds(recording)
        return max(seconds, key=lambda voice: seconds[voice], default=b"")

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return 100 for the same voice, and otherwise what ``similarities`` says, or 0."""
        return 100.0 if one == other else self._similarities.get(frozenset((one, other)), 0.0)

    def spoofing_risk(self, recordings: Sequence[Recording]) -> float:
        """Return what ``spoofing`` says of the voice that speaks longest, or 0."""
        return self._spoofing.get(frozenset((self.voiceprint(recordings),)), 0.0)

    def speech_seconds(self, recording: Recording) -> float:
        """Return the seconds that were announced, or else those in which the recording is not silent."""
        if recording.announced_seconds is not None:
            return recording.announced_seconds
        return speech_seconds(recording.samples)


def score(value: float) -> int:
    """Return a recognizer's figure as the service's whole number from 0 to 100."""
    return round(min(100.0, max(0.0, value)))


def _voice(recording: Recording) -> bytes:
    if recording.label is not None:
        return _named(recording.label)
    return b"recording:" + hashlib.sha256(recording.samples).digest()


def _pair(labels: object) -> tuple[str, ...]:
    if not isinstance(labels, tuple) or len(cast("tuple[object, ...]", labels)) != _PAIR:
        raise TypeError("a key of similarities must be a tuple of two labels")
    return cast("tuple[str, ...]", labels)


def _entry(parameter: str, labels: tuple[str, ...], value: float) -> tuple[frozenset[bytes], float]:
    """Return the voices and the score of an entry; raises TypeError or ValueError."""
    for label in labels:
        check_arguments(**{f"a label in {parameter}": (label, TEXT)})
    check_arguments(**{f"a score in {parameter}": (value, NUMBER)})
    if not 0 <= value <= _HIGHEST:
        raise ValueError(f"a score in {parameter} must be from 0 to 100")
    return frozenset(map(_named, labels)), float(value)


def _named(label: str) -> bytes:
    return b"label:" + label.encode()
