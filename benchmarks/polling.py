"""Waiting: the cost of a wait beyond its describes, with a fake clock."""

import threading
from collections.abc import Iterator

from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, one_speaker, session
from benchmarks.measuring import Row, cpu, interleave, ratios
from voiceid_sdk import VoiceID, WaitPolicy
from voiceid_sdk.waiting import clock_in_use

POLLS = 50
"""The number of polls of a wait."""


class _Clock:
    """A clock that only ``sleep`` advances."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        del cancel
        self._now += seconds


def measure(*, quick: bool) -> Iterator[Row]:
    """Compare a wait that ends at its last poll with the same number of describes."""
    bodies = one_speaker(*["PENDING"] * (POLLS - 1), "ENROLLED")
    speaker = VoiceID(session=session(bodies)).domain(DOMAIN_ID).speaker(SPEAKER_ID)
    policy = WaitPolicy(timeout=1e6)

    def describe() -> None:
        for _ in range(POLLS):
            speaker.describe()

    def wait() -> None:
        speaker.wait_until("ENROLLED", policy)

    with clock_in_use(_Clock()):
        found = interleave({"describe": cpu(describe), "wait": cpu(wait)}, 3 if quick else 101)
    yield Row(
        what=f"a wait of {POLLS} polls, beyond its describes",
        figures=tuple((ratio - 1) * 100 for ratio in ratios(found, "wait", "describe")),
        unit="%",
        must=20,
        aim=10,
        reason="This is the cost of tenacity's own loop.",
    )
