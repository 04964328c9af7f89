"""Evaluations and calibrations, with a model in plain Python, and the simulated telephone line."""

import functools
import json
import math
import os
import re
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from voiceid_sdk.local import (
    Calibration,
    Calibrations,
    EmbeddingRecognizer,
    IdentificationCalibration,
    Recording,
    RecordingError,
    det_curve,
    evaluate_recognizer,
    wav,
)
from voiceid_sdk.local.__main__ import main
from voiceid_sdk.local.voices import mulaw
from voiceid_sdk.local.voices.evaluation import error_rates, read_audio
from voiceid_sdk.local.voices.telephone import telephone

RATE = 8000


@functools.cache
def sound(hertz: float, seconds: float, amplitude: float = 8000) -> bytes:
    count = int(seconds * RATE)
    samples = [round(amplitude * math.sin(math.tau * hertz * at / RATE)) for at in range(count)]
    return struct.pack(f"<{count}h", *samples)


def pitch(samples: Sequence[float], rate: int) -> list[float]:
    """Return a direction for the frequency of a tone."""
    crossings = sum(one < 0 <= other for one, other in pairwise(samples))
    angle = crossings * rate / len(samples) / 400
    return [math.cos(angle), math.sin(angle)]


# --- Evaluations ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight speakers with tones of their own, one of whom says too little."""
    for number in range(8):
        place = tmp_path / "speakers" / str(number)
        place.mkdir(parents=True)
        (place / "a.wav").write_bytes(wav(sound(200 + 100 * number, 1)))
        (place / "b.wav").write_bytes(wav(sound(205 + 100 * number, 2)))
    (tmp_path / "speakers" / "short.wav").write_bytes(wav(sound(300, 0.5)))
    (tmp_path / "speakers" / "notes.txt").write_text("not audio")
    return tmp_path / "speakers"


def test_every_speaker_is_enrolled_and_tried_against_all(folder: Path) -> None:
    evaluation = evaluate_recognizer(folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=0.5)
    assert (evaluation.speakers, evaluation.left_out) == (8, 1)
    assert (len(evaluation.same), len(evaluation.different)) == (8 * 4, 8 * 7 * 4)
    assert min(evaluation.same) > max(evaluation.different)
    assert evaluation.equal_error_rate == 0
    assert evaluation.interval == (0, 0)


class Adjusting(EmbeddingRecognizer):
    """Takes 0.1 off every cosine."""

    def adjusted_cosine(self, one: bytes, other: bytes) -> float:
        return self.cosine(one, other) - 0.1


def test_trials_have_the_cosines_that_the_calibrations_of_the_recognizer_take(folder: Path) -> None:
    plain, adjusted = (
        evaluate_recognizer(folder, recognizer, enroll_seconds=1, test_seconds=0.5)
        for recognizer in (EmbeddingRecognizer(pitch), Adjusting(pitch))
    )
    assert adjusted.same == pytest.approx([cosine - 0.1 for cosine in plain.same])
    assert adjusted.different == pytest.approx([cosine - 0.1 for cosine in plain.different])


def test_an_evaluation_makes_the_calibrations_that_its_recognizer_takes(folder: Path) -> None:
    fitted = evaluate_recognizer(
        folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=0.5
    ).calibrations
    recognizer = EmbeddingRecognizer(
        pitch, calibration=fitted.verification, identification=fitted.identification
    )
    evaluation = evaluate_recognizer(folder, recognizer, enroll_seconds=1, test_seconds=0.5)
    assert 0 <= evaluation.wrong_rejections(fitted) <= 1
    assert evaluation.wrong_acceptances(fitted) == 0
    assert evaluation.innocent_risk(fitted, 1) <= 0.05
    assert evaluation.found_fraudsters(fitted, 500) <= evaluation.found_fraudsters(fitted, 1)


def test_a_notebook_shows_an_evaluation_as_a_table_without_its_trials(folder: Path) -> None:
    evaluation = evaluate_recognizer(folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=0.5)
    shown = evaluation._repr_html_()
    assert "<td>speakers</td><td>8, and 1 with too little speech</td>" in shown
    assert "<td>equal error rate</td><td>0.00% (95 %: at most 9.38%)</td>" in shown
    assert "<td>impostors accepted at 90</td><td>0.00%</td>" in shown
    assert len(shown) < 1500


def test_a_recognizer_without_a_calibration_has_no_scores() -> None:
    recognizer = EmbeddingRecognizer(lambda samples, rate: [1.0])
    voiceprint = recognizer.voiceprint([Recording(samples=sound(200, 1))])
    with pytest.raises(ValueError, match="evaluate_recognizer makes one"):
        recognizer.similarity(voiceprint, voiceprint)


def test_one_speaker_is_no_evaluation(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(wav(sound(200, 3)))
    with pytest.raises(ValueError, match="two speakers"):
        evaluate_recognizer(tmp_path, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=1)


def test_an_evaluation_without_speakers_says_how_much_audio_each_needs(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(wav(sound(200, 1)))
    with pytest.raises(ValueError, match=r"at least 3 s of audio each.* 0 such, and 1 with less"):
        evaluate_recognizer(tmp_path, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=2)


def test_an_evaluation_with_too_few_trials_says_how_many_there_are(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"100 trials of other speakers, and 8 speakers .* make 56"):
        evaluate_recognizer(folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=2)


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("parameter", ["enroll_seconds", "test_seconds"])
def test_a_length_that_no_audio_has_is_refused(tmp_path: Path, parameter: str, seconds: float) -> None:
    lengths: dict[str, Any] = {parameter: seconds}
    with pytest.raises(ValueError, match=f"{parameter} must be from 0.1 to 3600 seconds"):
        evaluate_recognizer(tmp_path, EmbeddingRecognizer(pitch), **lengths)


def test_an_evaluation_reports_each_speaker_before_it_is_read(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    evaluate_recognizer(
        folder,
        EmbeddingRecognizer(pitch),
        enroll_seconds=1,
        test_seconds=0.5,
        on_speaker=lambda number, total: seen.append((number, total)),
    )
    assert seen == [(number, 9) for number in range(1, 10)]


def test_a_file_that_is_no_recording_is_no_speaker(folder: Path) -> None:
    (folder / "0" / "a.wav").write_bytes(b"no audio")
    (folder / ".DS_Store").write_bytes(b"")
    with pytest.raises(RecordingError, match="Speaker 1, file 1: "):
        evaluate_recognizer(folder, EmbeddingRecognizer(pitch))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_that_is_called_like_a_recording_is_not_read(folder: Path) -> None:
    os.mkfifo(folder / "0" / "pipe.wav")
    (folder / "1" / "folder.wav").mkdir()
    evaluation = evaluate_recognizer(folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=0.5)
    assert evaluation.speakers == 8


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_has_no_calibrations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SystemExit):
        main(["compare", "one.wav", "other.wav", "--calibrations", str(tmp_path / "pipe")])
    assert "--calibrations names a file or folder that cannot be read (it is no regular file)" in (
        capsys.readouterr().err
    )


def test_the_curve_of_an_evaluation_is_a_picture(folder: Path) -> None:
    evaluation = evaluate_recognizer(folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=0.5)
    picture = det_curve([("clean & loud", evaluation), ("again", evaluation)])
    assert picture.count("clean &amp; loud") == 1
    assert picture.count("stroke-width") == 4


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_the_names_of_all_curves_are_above_the_axes(folder: Path, count: int) -> None:
    evaluation = evaluate_recognizer(folder, EmbeddingRecognizer(pitch), enroll_seconds=1, test_seconds=0.5)
    picture = det_curve([(f"curve {number}", evaluation) for number in range(count)])
    (top,) = map(int, re.findall(r'viewBox="0 (-?\d+) 480 ', picture))
    names = list(map(int, re.findall(r'y="(-?\d+)">curve', picture)))
    assert len(set(names)) == count
    assert all(top < name < 60 - 11 for name in names)


def test_rates_of_error_fall_and_rise_with_the_threshold() -> None:
    rejections, acceptances = error_rates(np.array([0.5, 0.7, 0.9]), np.array([0.1, 0.6]))
    assert rejections.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 3, 2 / 3, 1])
    assert acceptances.tolist() == pytest.approx([1, 0.5, 0.5, 0, 0, 0])


def test_audio_of_other_formats_is_read(tmp_path: Path) -> None:
    wide = wav(sound(500, 1), sample_rate=16000)
    (tmp_path / "wide.wav").write_bytes(wide)
    assert len(read_audio(tmp_path / "wide.wav")) == RATE
    (tmp_path / "not.flac").write_bytes(b"not audio")
    with pytest.raises(RecordingError, match="not audio"):
        read_audio(tmp_path / "not.flac")


# --- Calibrations ---------------------------------------------------------------------------------------


def test_one_innocent_caller_in_a_hundred_reaches_fifty_against_any_number_of_voices() -> None:
    normal = NormalDist(0.1, 0.15)
    calibration = IdentificationCalibration(0.1, 0.15)
    for voices in (1, 10, 500):
        alone = 1 - (1 - 0.01) ** (1 / voices)
        assert calibration.score(normal.inv_cdf(1 - alone), voices) == pytest.approx(50, abs=1e-6)
    assert calibration.score(-1, 1) == pytest.approx(0, abs=0.1)
    assert calibration.score(1, 500) == 100
    assert calibration.score(100, 500) == 100


def test_the_tail_of_pairs_is_fitted() -> None:
    pairs = NormalDist(0.2, 0.1).samples(5000, seed=1)
    calibration = IdentificationCalibration.from_pairs(pairs)
    assert calibration.similarity_at(0.001) == pytest.approx(0.2 + 3.09 * 0.1, abs=0.03)


@pytest.mark.parametrize("pairs", [[0.1] * 99, [0.1] * 100, [float("nan")] * 100])
def test_pairs_that_make_no_identification_are_refused(pairs: list[float]) -> None:
    with pytest.raises(ValueError, match=r"100 pairs|all alike|finite"):
        IdentificationCalibration.from_pairs(pairs)


def test_only_the_most_alike_hundredth_of_many_pairs_is_fitted() -> None:
    pairs = sorted(NormalDist(0.2, 0.1).samples(20_000, seed=1))
    calibrations = Calibrations.from_pairs(pairs)

    def changed_below(most_alike: int) -> Calibrations:
        return Calibrations.from_pairs([pair / 2 for pair in pairs[:-most_alike]] + pairs[-most_alike:])

    assert changed_below(200) == calibrations
    assert changed_below(199).verification != calibrations.verification
    assert changed_below(199).identification != calibrations.identification


def test_calibrations_are_kept_as_text() -> None:
    calibrations = Calibrations.from_pairs(NormalDist(0.2, 0.1).samples(500, seed=1))
    assert Calibrations.from_json(calibrations.to_json()) == calibrations


def test_one_impostor_in_fifteen_hundred_reaches_ninety() -> None:
    calibrations = Calibrations.from_pairs(NormalDist(0.2, 0.1).samples(20_000, seed=1))
    similarity = NormalDist(0.2, 0.1).inv_cdf(1 - 1 / 1500)
    assert calibrations.verification.score(similarity) == pytest.approx(90, abs=2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1" * 5000,
        '{"format": 3, "verification": {"points": [["secret", 0], [1, 100]]}, "identification": {"mean": 0}}',
        '{"format": 3, "verification": {"points": []}, "identification": {"mean": "secret"}}',
        '{"format": 3, "verification": {"points": []}, "identification": {"mean": 1%s}}' % ("0" * 400),
        "[]",
        "{}",
        json.dumps({"format": 3}),
        json.dumps(
            {
                "format": 3,
                "verification": {"points": [[0, 0], [1, 100]]},
                "identification": {"mean": 0, "deviation": 0},
            }
        ),
        json.dumps(
            {"format": 3, "verification": {"points": []}, "identification": {"mean": 0, "deviation": 1}}
        ),
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"the text|an identification") as caught:
        Calibrations.from_json(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("points", [[("secret", 0), (1, 100)], [(0,), (1, 100)], [(0, 10**400), (1, 1)], 5])
def test_points_are_pairs_of_numbers(points: Any) -> None:
    with pytest.raises(ValueError, match="points must be pairs") as caught:
        Calibration.from_points(points)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("other", [None, 2])
def test_calibrations_of_another_format_are_refused_with_the_next_step(other: int | None) -> None:
    content = json.loads(Calibrations.from_pairs(NormalDist(0.2, 0.1).samples(500, seed=1)).to_json())
    content["format"] = other
    with pytest.raises(ValueError, match="run it again"):
        Calibrations.from_json(json.dumps(content))


@pytest.mark.parametrize(
    "command", [["compare", "a.wav", "b.wav"], ["--port", "0", "--recognizer", "pretrained"]]
)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", "--calibrations: the text does not hold calibrations as evaluate-recognizer writes them"),
        (b"\xff", "--calibrations: the text does not hold"),
        (b"{", "--calibrations: the text does not hold"),
        (None, "--calibrations names a file or folder that cannot be read"),
    ],
)
def test_a_file_without_calibrations_is_said_on_the_command_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    content: bytes | None,
    message: str,
) -> None:
    file = tmp_path / "calibrations.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit):
        main([*command, "--calibrations", str(file)])
    assert message in capsys.readouterr().err


# --- A telephone line -----------------------------------------------------------------------------------


def test_mu_law_is_that_of_the_standard() -> None:
    assert struct.unpack("<6h", mulaw.decode(bytes([0xFF, 0x7F, 0x80, 0x00, 0xE7, 0x9A]))) == (
        0, 0, 32124, -32124, 260, 10876,
    )  # fmt: skip
    every_byte = bytes(set(range(256)) - {0x7F})
    assert mulaw.encode(mulaw.decode(every_byte)) == every_byte


@pytest.mark.parametrize(("hertz", "passes"), [(100, False), (500, True), (3000, True), (3900, False)])
def test_a_line_passes_the_band_of_speech(hertz: int, *, passes: bool) -> None:
    wide = np.sin(2 * np.pi * hertz * np.arange(16000) / 16000) / 2
    heard = np.frombuffer(telephone(wide.astype(np.float32), 16000), "<i2")[1000:-1000] / 32768
    assert (float(np.sqrt(np.mean(np.square(heard)))) > 0.2) is passes
