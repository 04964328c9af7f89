"""The recognizer that goes by labels."""

import pytest

from voiceid_sdk.local import LabelRecognizer, Recording
from voiceid_sdk.local.voices.recognizer import score
from voiceid_sdk.local.voices.recordings import tone


def said(label: str, seconds: float) -> Recording:
    return Recording(label=label, announced_seconds=seconds)


def test_the_same_label_is_the_same_voice() -> None:
    recognizer = LabelRecognizer()
    alice, bob = (recognizer.voiceprint([said(name, 1)]) for name in ("alice", "bob"))
    assert (recognizer.similarity(alice, alice), recognizer.similarity(alice, bob)) == (100, 0)


def test_the_one_who_speaks_longest_counts() -> None:
    recognizer = LabelRecognizer()
    mixed = [said("alice", 3), said("bob", 5), said("alice", 3)]
    assert recognizer.voiceprint(mixed) == recognizer.voiceprint([said("alice", 1)])


def test_an_unlabelled_recording_is_a_voice_of_its_own() -> None:
    recognizer = LabelRecognizer()
    one, same, other = (recognizer.voiceprint([Recording(samples=tone(length))]) for length in (1, 1, 2))
    assert one == same != other


def test_a_recording_cannot_be_taken_for_a_label() -> None:
    recognizer = LabelRecognizer()
    unlabelled = recognizer.voiceprint([Recording(samples=b"")])
    assert unlabelled != recognizer.voiceprint([said(unlabelled.decode("latin-1"), 1)])


def test_nobody_speaking_has_a_voiceprint_too() -> None:
    assert LabelRecognizer().voiceprint([]) == b""


def test_likeness_can_be_chosen_both_ways() -> None:
    recognizer = LabelRecognizer(similarities={("alice", "her twin"): 93})
    alice, twin = (recognizer.voiceprint([said(name, 1)]) for name in ("alice", "her twin"))
    assert recognizer.similarity(alice, twin) == recognizer.similarity(twin, alice) == 93


def test_a_label_can_be_at_risk_of_being_spoofed() -> None:
    recognizer = LabelRecognizer(spoofing={"robot": 85})
    assert recognizer.spoofing_risk([said("robot", 2), said("alice", 1)]) == 85
    assert recognizer.spoofing_risk([said("alice", 1)]) == 0


def test_announced_seconds_go_before_measured_ones() -> None:
    recognizer = LabelRecognizer()
    assert recognizer.speech_seconds(Recording(samples=tone(1), announced_seconds=7)) == 7
    assert recognizer.speech_seconds(Recording(samples=tone(1))) == 1


def test_a_recording_shows_neither_samples_nor_label() -> None:
    assert (
        repr(Recording(samples=b"secret", label="alice", announced_seconds=2))
        == "Recording(announced_seconds=2)"
    )


@pytest.mark.parametrize(("value", "expected"), [(-3, 0), (0.4, 0), (49.6, 50), (100, 100), (173.2, 100)])
def test_a_score_is_a_whole_number_from_0_to_100(value: float, expected: int) -> None:
    assert score(value) == expected
