"""A service whose model calls a function of the test before each voiceprint."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.silent_jobs import QuickRecognizer
from voiceid_sdk.local import LocalVoiceID, ManualClock, Recording, Timing


class ListeningRecognizer(QuickRecognizer):
    """Calls a function before each enrollment. The service takes it for a model."""

    is_immediate: bool = False  # type: ignore[misc]  # the base class is immediate for good

    def __init__(self, before: Callable[[], object]) -> None:
        super().__init__()
        self._before = before

    def enrollment_voiceprint(self, recordings: Sequence[Recording]) -> bytes:
        """Return the voiceprint after the function has returned."""
        self._before()
        return self.voiceprint(recordings)


def open_listening(
    folder: Path, before: Callable[[], object], clock: ManualClock | None = None
) -> LocalVoiceID:
    """Return the service on the file in a folder, with jobs that take no time of their own."""
    return LocalVoiceID(
        folder / "voiceid.sqlite",
        s3_root=folder,
        recognizer=ListeningRecognizer(before),
        timing=Timing.at_once(),
        clock=clock,
    )
