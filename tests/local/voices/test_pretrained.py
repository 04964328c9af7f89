"""The pretrained recognizer with random weights and a detector that takes all sound for speech."""

import copy
import hashlib
import math
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.campplus_weights import checkpoint, random_weights
from voiceid_sdk.local import (
    Calibrations,
    EmbeddingRecognizer,
    IdentificationCalibration,
    LocalVoiceID,
    PretrainedRecognizer,
    Recording,
    RecordingError,
    VoiceprintError,
    pretrained_recognizer,
    tone,
    wav,
)
from voiceid_sdk.local.__main__ import main
from voiceid_sdk.local.voices import commands, model_download
from voiceid_sdk.local.voices.line_quality import LineQuality
from voiceid_sdk.local.voices.recognizer import is_immediate
from voiceid_sdk.local.voices.speech_detection import WINDOW, SpeechDetector
from voiceid_sdk.local.voices.voiceprints import unpack


def all_sound(self: SpeechDetector, samples: bytes, *, most: int | None = None) -> NDArray[np.bool_]:
    del self, most
    audio = np.frombuffer(samples, "<i2")[: len(samples) // 2 // WINDOW * WINDOW].reshape(-1, WINDOW)
    return np.asarray(np.abs(audio).max(axis=1, initial=0) > 0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / model_download.WEIGHTS
    path.write_bytes(checkpoint(random_weights()))
    return path


@pytest.fixture(scope="module")
def recognizer(weights: Path) -> Iterator[PretrainedRecognizer]:
    """The recognizer, which is loaded once and given to the commands, too."""
    with pytest.MonkeyPatch.context() as patch:
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
        patch.setattr(model_download, "WEIGHTS_SHA256", digest)
        patch.setenv("VOICEID_SDK_MODELS", str(weights.parent))
        patch.setattr(SpeechDetector, "windows", all_sound)
        recognizer = pretrained_recognizer()
        patch.setattr(commands, "load_recognizer", lambda _: recognizer)
        yield recognizer


def noise(seconds: float, seed: int, level: float = 3000) -> bytes:
    samples = np.random.default_rng(seed).standard_normal(int(seconds * 8000)) * level
    return bytes(samples.astype("<i2").tobytes())


def test_a_voiceprint_depends_on_the_sound_and_not_on_its_level(recognizer: PretrainedRecognizer) -> None:
    one, loud, other = (
        recognizer.voiceprint([Recording(samples=samples)])
        for samples in (noise(2, 0), noise(2, 0, 6000), tone(2))
    )
    assert recognizer.cosine(one, loud) > 0.99
    assert recognizer.cosine(one, other) < recognizer.cosine(one, loud)
    assert len(unpack(one)) == 192
    assert math.hypot(*unpack(one)) == pytest.approx(1)
    assert recognizer.similarity(one, loud) == 100


def test_scores_come_from_cosines_that_are_adjusted_for_the_lines(recognizer: PretrainedRecognizer) -> None:
    voice, other = (recognizer.voiceprint([Recording(samples=noise(2, seed))]) for seed in (0, 1))
    lines = LineQuality(
        -np.array(unpack(voice), np.float32), 1.0
    )  # the voice's own line is good, others are bad
    backend = attrs.evolve(recognizer._backend, lines=lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recognizer, "_backend", backend)
        cosine, adjusted = recognizer.cosine(voice, other), recognizer.adjusted_cosine(voice, other)
        assert adjusted == pytest.approx(cosine + 0.06 * np.clip(1 - cosine, 0, 1), abs=1e-5)
        assert recognizer.adjusted_cosine(other, voice) == pytest.approx(adjusted)
        verification = recognizer.calibrations.verification.score(adjusted)
        identification = recognizer.calibrations.identification.score(adjusted, 1)
        assert recognizer.similarity(voice, other) == pytest.approx(verification, abs=1e-3)
        assert recognizer.identification_scores(voice, [other]) == pytest.approx([identification], abs=1e-3)


def test_recordings_are_taken_together_and_silence_is_left_out(recognizer: PretrainedRecognizer) -> None:
    halves = [Recording(samples=noise(1.024, 0)), Recording(samples=bytes(16000) + noise(1.024, 1))]
    whole = [Recording(samples=b"".join(half.samples for half in halves))]
    voiceprints = [recognizer.voiceprint(recordings) for recordings in (halves, whole)]
    assert recognizer.cosine(*voiceprints) == pytest.approx(1, abs=1e-4)
    assert recognizer.speech_seconds(halves[0]) == pytest.approx(1.024)
    assert recognizer.spoofing_risk(halves) == 0


def test_at_most_a_minute_is_embedded(recognizer: PretrainedRecognizer) -> None:
    long = noise(61, 0)
    assert recognizer.speech_seconds(Recording(samples=long)) == 60
    assert len(recognizer._embedder.features(long)) < 100 * 60


def test_a_fraction_of_a_second_still_makes_a_voiceprint(recognizer: PretrainedRecognizer) -> None:
    assert len(unpack(recognizer.voiceprint([Recording(samples=noise(0.1, 0))]))) == 192


def test_what_has_no_speech_is_refused(recognizer: PretrainedRecognizer) -> None:
    with pytest.raises(RecordingError, match="no speech"):
        recognizer.voiceprint([Recording(samples=bytes(16000))])
    with pytest.raises(RecordingError, match="needs a recording"):
        recognizer.speech_seconds(Recording(label="alice", announced_seconds=30))


def test_a_watchlist_of_more_voices_gives_lower_scores(recognizer: PretrainedRecognizer) -> None:
    voice, other = (recognizer.voiceprint([Recording(samples=noise(2, seed))]) for seed in (0, 1))
    assert recognizer.identification_scores(voice, []) == []
    few = recognizer.identification_scores(voice, [other])
    many = recognizer.identification_scores(voice, [other] * 50)
    assert many == [many[0]] * 50
    assert many[0] <= few[0]


def test_voiceprints_of_other_models_are_refused(recognizer: PretrainedRecognizer) -> None:
    own = recognizer.voiceprint([Recording(samples=noise(1, 0))])
    foreign = EmbeddingRecognizer(lambda samples, rate: [1.0] * 192, model="other").voiceprint(
        [Recording(samples=noise(1, 0))]
    )
    with pytest.raises(VoiceprintError, match="different models"):
        recognizer.similarity(own, foreign)
    with pytest.raises(VoiceprintError):
        recognizer.identification_scores(own, [own, foreign])


@pytest.mark.slow
def test_one_voice_is_enrolled_on_a_call(recognizer: PretrainedRecognizer) -> None:
    assert not is_immediate(recognizer)
    with LocalVoiceID(recognizer=recognizer) as service:
        client: Any = service.boto3_client()
        domain = client.create_domain(Name="d", ServerSideEncryptionConfiguration={"KmsKeyId": "k"})
        call = service.start_call(domain["Domain"]["DomainId"], "a-call", "alice")
        call.enroll()
        call.play(wav(noise(30.5, 0)))
        assert call.enrollment_status == "COMPLETED"


def test_own_calibrations_decide(recognizer: PretrainedRecognizer) -> None:
    strict = Calibrations.from_identification(IdentificationCalibration(mean=0.999, deviation=0.1))
    own = PretrainedRecognizer(recognizer._embedder, strict)
    one, other = (own.voiceprint([Recording(samples=samples)]) for samples in (noise(2, 0), tone(2)))
    assert own.similarity(one, other) < 20
    assert own.calibrations == strict != recognizer.calibrations


def test_a_pickled_recognizer_loads_its_model_again(recognizer: PretrainedRecognizer, weights: Path) -> None:
    strict = Calibrations.from_identification(IdentificationCalibration(mean=0.999, deviation=0.1))
    pickled = pickle.dumps(PretrainedRecognizer(recognizer._embedder, strict))
    elsewhere = pickled.replace(weights.name.encode(), weights.name[:-1].encode() + b"_")
    assert pickled != elsewhere
    for each in (pickled, elsewhere):
        loaded = pickle.loads(each)
        assert loaded.calibrations == strict
        recording = [Recording(samples=tone(2))]
        assert loaded.voiceprint(recording) == recognizer.voiceprint(recording)


def test_a_copy_of_a_recognizer_is_the_recognizer_itself(recognizer: PretrainedRecognizer) -> None:
    assert copy.copy(recognizer) is copy.deepcopy(recognizer) is recognizer


def test_two_recordings_are_compared_on_the_command_line(
    recognizer: PretrainedRecognizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "one.wav", tmp_path / "other.wav"]
    for file in files:
        file.write_bytes(wav(noise(2, 0)))
    main(["compare", *map(str, files)])
    printed = capsys.readouterr().out
    assert "cosine    1.00, adjusted for the lines " in printed
    assert "decision  ACCEPT at 90" in printed
    assert "The service evaluates no less than 5 s of speech" in printed


@pytest.mark.slow
def test_a_folder_is_evaluated_on_the_command_line(
    recognizer: PretrainedRecognizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for speaker in range(4):
        folder = tmp_path / "calls" / str(speaker)
        folder.mkdir(parents=True)
        for call in range(2):
            (folder / f"{call}.wav").write_bytes(wav(noise(2, 10 * speaker + call)))
    given = ["evaluate-recognizer", str(tmp_path / "calls"), "--to", str(tmp_path), "--enroll-seconds", "0.4"]
    main([*given, "--test-seconds", "0.4", "--telephone"])
    printed = capsys.readouterr().out
    assert "equal error rate" in printed
    assert "innocent at 50, of 500" in printed
    assert (tmp_path / "det-curve.svg").read_text().startswith("<svg")
    written = Calibrations.from_json((tmp_path / "calibrations.json").read_text())
    assert written.identification.deviation > 0


@pytest.mark.parametrize("score", ["-1", "101", "9.5", "high", ""])
def test_a_threshold_is_a_score(score: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["compare", "one.wav", "other.wav", f"--threshold={score}"])
    assert caught.value.code == 2
    assert "--threshold: must be a whole number from 0 to 100" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["compare", "none.wav", "none.wav"],
            "the first FILE.wav names a file or folder that cannot be read",
        ),
        (
            ["compare", "{folder}/calls/0/0.wav", "{folder}/calls/1/0.wav"],
            "the second FILE.wav: The file is not audio.",
        ),
        (["evaluate-recognizer", "{folder}/calls/0"], "two speakers"),
        (
            ["evaluate-recognizer", "{folder}", "--test-seconds", "0"],
            "--test-seconds must be from 0.1 to 3600 seconds",
        ),
        (
            ["evaluate-recognizer", "{folder}/none-yet"],
            "add recordings, or lower --enroll-seconds and --test-seconds",
        ),
        (["compare", "{folder}/pipe", "{folder}/pipe"], "(it is no regular file)"),
        (["evaluate-recognizer", "{folder}/calls"], "Speaker 2, file 1: "),
        (["evaluate-recognizer", "{folder}/none"], "folder names a file or folder that cannot be read"),
        (["evaluate-recognizer", "{folder}", "--to", "{folder}/calls/0/0.wav"], "--to names a file"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_command_line(
    recognizer: PretrainedRecognizer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    (tmp_path / "none-yet").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for speaker, content in enumerate([wav(noise(2, 0)), b"no audio"]):
        folder = tmp_path / "calls" / str(speaker)
        folder.mkdir(parents=True)
        (folder / "0.wav").write_bytes(content)
    with pytest.raises(SystemExit) as caught:
        main([argument.format(folder=tmp_path) for argument in arguments])
    assert caught.value.code == 1
    assert message in capsys.readouterr().err
