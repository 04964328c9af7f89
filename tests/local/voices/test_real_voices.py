"""The pretrained recognizer on real speech: rates of error, calls, and what is not one voice.

Speech is no part of the project: ``VOICEID_SDK_SPEECH`` names a folder with a folder for each set. The model
comes from ``download-model``.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.simulated_calls import babble, mu_law, with_noise
from voiceid_sdk.local import (
    Call,
    Evaluation,
    LocalVoiceID,
    PretrainedRecognizer,
    Recording,
    RecordingError,
    evaluate_recognizer,
    pretrained_recognizer,
    wav,
)
from voiceid_sdk.local.voices import mulaw
from voiceid_sdk.local.voices.evaluation import read_audio

SPEECH = Path(os.environ.get("VOICEID_SDK_SPEECH") or "no folder with speech")
LONG = SPEECH / "librispeech-test-other"
SHORT = SPEECH / "librispeech-train-clean-100"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LONG.is_dir(), reason="VOICEID_SDK_SPEECH names no folder with speech"),
]

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
SECOND = 2 * 8000


@pytest.fixture(scope="module")
def recognizer() -> PretrainedRecognizer:
    return pretrained_recognizer()


def over_telephone(folder: Path) -> bytes:
    files = sorted(folder.rglob("*.flac")) if folder.is_dir() else [folder]
    return b"".join(read_audio(file, over_telephone=True) for file in files)


@pytest.fixture(scope="module")
def speakers() -> dict[str, bytes]:
    """The audio of each of three speakers, over a telephone."""
    return {folder.name: over_telephone(folder) for folder in sorted(LONG.iterdir())[:3]}


@pytest.fixture(scope="module")
def ten_speakers(recognizer: PretrainedRecognizer) -> Evaluation:
    return evaluate_recognizer(LONG, recognizer, over_telephone=True)


def test_ten_speakers_are_told_apart(ten_speakers: Evaluation, recognizer: PretrainedRecognizer) -> None:
    assert ten_speakers.speakers == 10
    assert ten_speakers.equal_error_rate <= 0.005
    assert ten_speakers.wrong_rejections(recognizer.calibrations) == 0
    assert ten_speakers.wrong_acceptances(recognizer.calibrations) == 0
    assert ten_speakers.found_fraudsters(recognizer.calibrations, 100) >= 0.95


def test_short_recordings_of_many_speakers_are_told_apart(recognizer: PretrainedRecognizer) -> None:
    evaluation = evaluate_recognizer(SHORT, recognizer, enroll_seconds=9, test_seconds=5, over_telephone=True)
    assert evaluation.speakers >= 70
    assert evaluation.equal_error_rate <= 0.005
    assert evaluation.wrong_rejections(recognizer.calibrations) <= 0.02
    assert evaluation.wrong_acceptances(recognizer.calibrations) <= 0.001
    assert evaluation.innocent_risk(recognizer.calibrations, 100) <= 0.01
    assert evaluation.found_fraudsters(recognizer.calibrations, 100) >= 0.95


def test_other_voices_in_the_room_do_not_hide_a_speaker(
    recognizer: PretrainedRecognizer, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    clean = {
        file.stem: np.frombuffer(over_telephone(file), "<i2").astype(np.float32) / 32768
        for file in sorted(SHORT.glob("*.flac"))[::3]
    }
    for name, audio in clean.items():
        others = [other for known, other in clean.items() if known != name]
        noisy = mu_law(with_noise(audio, babble(len(audio), others, random), 15))
        (tmp_path / f"{name}.wav").write_bytes(wav(noisy))
    evaluation = evaluate_recognizer(tmp_path, recognizer, enroll_seconds=9, test_seconds=5)
    assert evaluation.equal_error_rate <= 0.015


# --- In the service -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service(recognizer: PretrainedRecognizer) -> Iterator[LocalVoiceID]:
    with LocalVoiceID(recognizer=recognizer) as service:
        yield service


@pytest.fixture(scope="module")
def domain(service: LocalVoiceID, speakers: dict[str, bytes]) -> str:
    client: Any = service.boto3_client()
    created = client.create_domain(Name="d", ServerSideEncryptionConfiguration={"KmsKeyId": KEY})
    domain = str(created["Domain"]["DomainId"])
    for name, audio in speakers.items():
        call = service.start_call(domain, f"enroll-{name}", name)
        call.enroll()
        call.play(wav(audio[: -20 * SECOND]))
        assert call.enrollment_status == "COMPLETED"
    return domain


def evaluated(service: LocalVoiceID, call: Call) -> Any:
    client: Any = service.boto3_client()
    return client.evaluate_session(DomainId=call.domain_id, SessionNameOrId=call.session_id)


def test_right_callers_are_accepted_and_impostors_rejected(
    service: LocalVoiceID, domain: str, speakers: dict[str, bytes]
) -> None:
    decisions = {}
    for name, audio in speakers.items():
        for claimed in speakers:
            call = service.start_call(domain, f"{name}-as-{claimed}", claimed)
            call.play(wav(audio[-20 * SECOND :]))
            decisions[name == claimed, name, claimed] = evaluated(service, call)["AuthenticationResult"][
                "Decision"
            ]
    assert {decision for (right, *_), decision in decisions.items() if right} == {"ACCEPT"}
    assert {decision for (right, *_), decision in decisions.items() if not right} == {"REJECT"}


def test_a_call_in_pieces_is_the_same_as_a_whole_one(
    service: LocalVoiceID, domain: str, speakers: dict[str, bytes]
) -> None:
    name, audio = next(iter(speakers.items()))
    coded = mulaw.encode(audio[-20 * SECOND :])
    whole = service.start_call(domain, "whole", name)
    whole.play(wav(mulaw.decode(coded)))
    pieces = service.start_call(domain, "pieces", name)
    for start in range(0, len(coded), 2777):
        pieces.hear(coded[start : start + 2777], encoding="mulaw")
    assert pieces.seconds_heard == pytest.approx(whole.seconds_heard, abs=0.001)
    assert evaluated(service, pieces)["AuthenticationResult"]["Decision"] == "ACCEPT"


@pytest.mark.parametrize("decibels", [-20, -35, -45])
def test_speech_counts_the_same_at_any_level(
    recognizer: PretrainedRecognizer, speakers: dict[str, bytes], decibels: int
) -> None:
    audio = np.frombuffer(next(iter(speakers.values()))[: 30 * SECOND], "<i2").astype(np.float32)
    seconds = recognizer.speech_seconds(Recording(samples=audio.astype("<i2").tobytes()))
    level = 32768 * 10 ** (decibels / 20) / np.sqrt(np.mean(np.square(audio)))
    changed = np.clip(np.rint(audio * level), -32768, 32767).astype("<i2").tobytes()
    assert recognizer.speech_seconds(Recording(samples=changed)) == pytest.approx(seconds, rel=0.05)


def test_two_speakers_on_one_channel_are_not_enrolled(
    recognizer: PretrainedRecognizer, speakers: dict[str, bytes]
) -> None:
    one, _, other = speakers.values()
    recordings = [Recording(samples=audio[: 20 * SECOND]) for audio in (one, other)]
    with pytest.raises(RecordingError, match="one voice"):
        recognizer.enrollment_voiceprint(recordings)
    assert recognizer.enrollment_voiceprint(recordings[:1] * 2)


def test_two_speakers_who_take_turns_of_three_seconds_are_not_enrolled(
    recognizer: PretrainedRecognizer, speakers: dict[str, bytes]
) -> None:
    first, second, third = speakers.values()
    turn = 3 * SECOND
    for one, other in ((first, third), (second, third)):
        turns = b"".join(
            audio[start : start + turn] for start in range(0, 8 * turn, turn) for audio in (one, other)
        )
        with pytest.raises(RecordingError, match="one voice"):
            recognizer.enrollment_voiceprint([Recording(samples=turns)])
