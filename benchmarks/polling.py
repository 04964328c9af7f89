"""Waiting: what a wait costs beyond the describes that it makes, with a clock that does not wait."""

import threading
from collections.abc import Iterator

from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, one_speaker, session
from benchmarks.measuring import Row, cpu, interleave, ratios
from voiceid_sdk import VoiceID, WaitPolicy
from voiceid_sdk.waiting import clock_in_use

LOOKS = 50
"""How many looks a wait takes."""


class _Clock:
    """Time that passes only when it is waited for."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        del cancel
        self._now += seconds


def measure(*, quick: bool) -> Iterator[Row]:
    """Wait for a speaker who is enrolled at the last look, or describe the speaker as often."""
    answers = one_speaker(*["PENDING"] * (LOOKS - 1), "ENROLLED")
    speaker = VoiceID(session=session(answers)).domain(DOMAIN_ID).speaker(SPEAKER_ID)
    policy = WaitPolicy(timeout=1e6)

    def describe() -> None:
        for _ in range(LOOKS):
            speaker.describe()

    def wait() -> None:
        speaker.wait_until("ENROLLED", policy)

    with clock_in_use(_Clock()):
        found = interleave({"describe": cpu(describe), "wait": cpu(wait)}, 3 if quick else 201)
    yield Row(
        what=f"a wait of {LOOKS} looks, beyond its describes",
        figures=tuple((ratio - 1) * 100 for ratio in ratios(found, "wait", "describe")),
        unit="%",
        must=5,
        aim=2,
    )
