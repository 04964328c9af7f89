"""Embedding models as recognizers: calibration, any function, and an ONNX file."""

import array
import importlib
import json
import math
import operator
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.direct_stage import stage_on
from tests.support.stage import Stage
from tests.support.tiny_onnx_model import PERIODS, tiny_model
from voiceid_sdk.local import (
    Calibration,
    EmbeddingRecognizer,
    FileAccessError,
    LabelRecognizer,
    LocalVoiceID,
    ManualClock,
    Recording,
    RecordingError,
    ServiceException,
    onnx_embedding,
)
from voiceid_sdk.local.voices.embeddings import cosine
from voiceid_sdk.local.voices.recordings import tone, wav
from voiceid_sdk.local.voices.voiceprints import unpack

LINEAR = Calibration.from_points([(0, 0), (1, 100)])


def hum(seconds: float, *parts: tuple[int, float]) -> bytes:
    """Return samples of tones, each with its period in samples and its loudness: a voice of sorts."""
    whole = max(period for period, _ in parts)
    period = [
        round(sum(loud * 8000 * math.sin(2 * math.pi * step / length) for length, loud in parts))
        for step in range(whole)
    ]
    return struct.pack(f"<{whole}h", *period) * round(seconds * 8000 / whole)


ALICE = hum(1, (40, 1), (20, 0.3))
ALICE_AGAIN = hum(1, (40, 1), (20, 0.5))
BOB = hum(1, (40, 0.1), (10, 1))


def loudness(samples: Sequence[float], rate: int) -> list[float]:
    """Return the levels of a few tones: a model in plain Python."""
    assert rate == 8000
    found: list[float] = []
    for period in PERIODS:
        waves = [
            [turn(2 * math.pi * step / period) for step in range(len(samples))]
            for turn in (math.sin, math.cos)
        ]
        found.append(math.hypot(*(sum(map(operator.mul, samples, wave)) for wave in waves)))
    return found


def recording(samples: bytes) -> Recording:
    return Recording(samples=samples)


# --- Calibration ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"embed": 5}, "embed must be a function, not int"),
        ({"embed": len, "speech": "5"}, "speech must be a function, not str"),
        ({"embed": len, "calibration": 0.5}, "calibration must be a Calibration or None, not float"),
        ({"embed": len, "identification": {}}, "identification must be a IdentificationCalibration"),
        ({"embed": len, "model": 1}, "model must be a str or None, not int"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        EmbeddingRecognizer(**arguments)


def test_a_score_is_interpolated_between_points_and_stays_beyond_them() -> None:
    calibration = Calibration.from_points([(0.8, 90), (0.2, 10), (0.4, 50)])
    similarities = [-1, 0.2, 0.3, 0.4, 0.5, 0.8, 1]
    assert [calibration.score(one) for one in similarities] == pytest.approx([10, 10, 30, 50, 60, 90, 90])


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(0, 50)],
        [(0, -1), (1, 100)],
        [(0, 0), (1, 101)],
        [(0, 50), (1, 40)],
        [(0, 50), (0, 60)],
        [(float("nan"), 0), (1, 100)],
        [(0, float("nan")), (1, 100)],
    ],
)
def test_points_that_make_no_calibration_are_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=r"two points|a point is|similarities differ"):
        Calibration.from_points(points)


@pytest.mark.parametrize(
    ("same", "different"),
    [([], [0.1]), ([0.9], []), ([0.9, float("nan")], [0.1]), ([0.1], [0.9]), ([0.5], [0.5])],
)
def test_pairs_that_make_no_calibration_are_refused(same: list[float], different: list[float]) -> None:
    with pytest.raises(ValueError, match=r"needs pairs|not more alike|finite"):
        Calibration.from_pairs(same, different)


def test_pairs_that_overlap_are_scored_by_their_share() -> None:
    # At 0.2, 0.5 and 0.8, one in ten, one in two, and nine in ten are of one voice.
    same = [0.2] * 100 + [0.5] * 500 + [0.8] * 900
    different = [0.2] * 900 + [0.5] * 500 + [0.8] * 100
    calibration = Calibration.from_pairs(same, different)
    assert [calibration.score(one) for one in (0.2, 0.5, 0.8)] == pytest.approx([10, 50, 90], abs=0.2)


def test_pairs_weigh_the_same_however_many_there_are_of_a_kind() -> None:
    same, different = [0.7, 0.8, 0.9], [0.1, 0.2, 0.3]
    few = Calibration.from_pairs(same * 20, different * 20)
    many = Calibration.from_pairs(same * 20, different * 200)
    assert few.score(0.5) == pytest.approx(50)
    asked = (0.1, 0.4, 0.6, 0.9)
    assert [many.score(one) for one in asked] == pytest.approx([few.score(one) for one in asked])


def test_pairs_that_are_far_apart_are_not_certain() -> None:
    calibration = Calibration.from_pairs([0.9, 0.95], [0.1, 0.05])
    assert 50 < calibration.score(0.9) < 90
    assert calibration.score(1) < 99


def test_a_calibration_from_pairs_can_be_kept_by_its_points() -> None:
    calibration = Calibration.from_pairs([0.7, 0.8], [0.1, 0.2])
    kept = json.loads(json.dumps(calibration.points))
    assert Calibration.from_points(kept) == calibration


COSINES = st.floats(-1, 1).map(lambda value: round(value, 4))


@given(
    same=st.lists(COSINES, min_size=1, max_size=8),
    different=st.lists(COSINES, min_size=1, max_size=8),
    asked=st.lists(st.floats(-2, 2), min_size=2, max_size=8).map(sorted),
)
def test_more_alike_is_never_a_lower_score(
    same: list[float], different: list[float], asked: list[float]
) -> None:
    try:
        calibration = Calibration.from_pairs(same, different)
    except ValueError:
        assert sum(same) / len(same) <= sum(different) / len(different) + 1e-9
        return
    scores = [calibration.score(one) for one in asked]
    assert scores == sorted(scores)
    assert all(0 <= one <= 100 for one in scores)
    middle = (sum(same) / len(same) + sum(different) / len(different)) / 2
    assert abs(calibration.score(middle) - 50) < 50


# --- A function -----------------------------------------------------------------------------------------


def test_a_voiceprint_is_a_vector_of_length_one() -> None:
    recognizer = EmbeddingRecognizer(lambda samples, rate: [3, 4], calibration=LINEAR)
    voiceprint = recognizer.voiceprint([recording(ALICE)])
    assert list(unpack(voiceprint)) == pytest.approx([0.6, 0.8])
    assert cosine(voiceprint, voiceprint) == pytest.approx(1)


def test_a_model_is_given_all_recordings_at_once_between_minus_one_and_one() -> None:
    given_to_it: list[tuple[list[float], int]] = []

    def embed(samples: "array.array[float]", rate: int) -> list[float]:
        given_to_it.append((samples.tolist(), rate))
        return [1.0]

    recognizer = EmbeddingRecognizer(embed, calibration=LINEAR)
    recognizer.voiceprint([recording(struct.pack("<2h", -32768, 0)), recording(struct.pack("<h", 16384))])
    assert given_to_it == [([-1.0, 0.0, 0.5], 8000)]


def test_a_likeness_is_the_calibrated_cosine() -> None:
    recognizer = EmbeddingRecognizer(loudness, calibration=Calibration.from_points([(0.5, 0), (0.9, 100)]))
    alice, again, bob = (recognizer.voiceprint([recording(one)]) for one in (ALICE, ALICE_AGAIN, BOB))
    assert recognizer.similarity(alice, again) == 100
    assert recognizer.similarity(alice, bob) == 0
    assert cosine(alice, again) > 0.9
    assert cosine(alice, bob) < 0.5


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [float("nan")], [float("inf")]])
def test_a_model_that_gives_no_direction_is_refused(vector: list[float]) -> None:
    recognizer = EmbeddingRecognizer(lambda samples, rate: vector, calibration=LINEAR)
    with pytest.raises(ValueError, match="no vector with a direction"):
        recognizer.voiceprint([recording(ALICE)])


@pytest.mark.parametrize("other", [b"", b"label:alice!", LabelRecognizer().voiceprint([recording(ALICE)])])
def test_voiceprints_of_another_recognizer_are_refused(other: bytes) -> None:
    recognizer = EmbeddingRecognizer(lambda samples, rate: [3, 4], calibration=LINEAR)
    with pytest.raises(ValueError, match="different models"):
        recognizer.similarity(recognizer.voiceprint([recording(ALICE)]), other)


def test_there_is_no_risk_of_spoofing_unless_someone_says_so() -> None:
    recordings = [recording(ALICE), recording(BOB)]
    assert EmbeddingRecognizer(loudness, calibration=LINEAR).spoofing_risk(recordings) == 0
    careful = EmbeddingRecognizer(
        loudness, calibration=LINEAR, spoofing=lambda samples, rate: len(samples) / rate
    )
    assert careful.spoofing_risk(recordings) == 2


def test_speech_is_what_is_not_silent_unless_someone_says_so() -> None:
    half = recording(ALICE + bytes(len(ALICE)))
    assert EmbeddingRecognizer(loudness, calibration=LINEAR).speech_seconds(half) == 1
    other = EmbeddingRecognizer(
        loudness, calibration=LINEAR, speech=lambda samples, rate: len(samples) / rate
    )
    assert other.speech_seconds(half) == 2


def test_the_name_of_a_voice_is_no_sound() -> None:
    recognizer = EmbeddingRecognizer(loudness, calibration=LINEAR)
    with pytest.raises(RecordingError, match="needs a recording"):
        recognizer.speech_seconds(Recording(label="alice", announced_seconds=30))


# --- In the service -------------------------------------------------------------------------------------


def on_sound(folder: Path, recognizer: EmbeddingRecognizer) -> Stage:
    return stage_on(LocalVoiceID(clock=ManualClock(), s3_root=folder, recognizer=recognizer), folder)


def enroll_by_sound(stage: Stage, domain: str, samples: bytes) -> None:
    """Enroll alice with thirty seconds of sound."""
    call = stage.call_in(domain, "an-enrollment", "alice")
    call.enroll()
    call.play(wav(samples * 30))


@pytest.mark.parametrize(("samples", "decision"), [(ALICE_AGAIN, "ACCEPT"), (BOB, "REJECT")])
def test_a_caller_is_known_by_sound(tmp_path: Path, samples: bytes, decision: str) -> None:
    def embed(heard: Sequence[float], rate: int) -> list[float]:
        return loudness(heard[:800], rate)

    recognizer = EmbeddingRecognizer(embed, calibration=Calibration.from_points([(0.5, 0), (0.9, 100)]))
    stage = on_sound(tmp_path, recognizer)
    with stage.service:
        domain = stage.domain()
        enroll_by_sound(stage, domain, ALICE)
        stage.call_in(domain, speaker="alice").play(wav(samples * 10, label="alice"))
        assert stage.decision(domain) == decision


def test_a_voice_that_is_only_named_is_refused_on_a_call(tmp_path: Path) -> None:
    stage = on_sound(tmp_path, EmbeddingRecognizer(loudness, calibration=LINEAR))
    with stage.service:
        call = stage.call_in(stage.domain())
        with pytest.raises(ServiceException, match="needs a recording") as caught:
            call.speak("alice", seconds=1)
        assert caught.value.code == "ValidationException"
        assert call.streaming_status == "PENDING_CONFIGURATION"


# --- An ONNX file ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.onnx"
    path.write_bytes(tiny_model())
    return path


def test_a_model_in_a_file_tells_voices_apart(model: Path) -> None:
    recognizer = EmbeddingRecognizer(onnx_embedding(model), calibration=LINEAR)
    alice, again, bob = (recognizer.voiceprint([recording(one)]) for one in (ALICE, ALICE_AGAIN, BOB))
    assert len(unpack(alice)) == 3
    assert recognizer.similarity(alice, alice) == pytest.approx(100)
    assert recognizer.similarity(alice, again) > 95
    assert recognizer.similarity(alice, bob) < 50


def test_a_model_in_a_file_knows_a_caller(model: Path, tmp_path: Path) -> None:
    calibration = Calibration.from_points([(0.5, 0), (0.9, 100)])
    stage = on_sound(tmp_path, EmbeddingRecognizer(onnx_embedding(str(model)), calibration=calibration))
    with stage.service:
        domain = stage.domain()
        enroll_by_sound(stage, domain, ALICE)
        stage.call_in(domain, speaker="alice").play(wav(ALICE_AGAIN * 10))
        assert stage.decision(domain) == "ACCEPT"


def test_what_a_model_takes_can_be_prepared(model: Path) -> None:
    rates: list[int] = []

    def prepare(samples: "array.array[float]", rate: int) -> object:
        rates.append(rate)
        return [[[2 * sample for sample in samples]]]

    loud = array.array("f", [sample / 32768 for sample in struct.unpack("<8000h", ALICE)])
    plain = list(onnx_embedding(model)(loud, 8000))
    doubled = list(onnx_embedding(model, prepare=prepare)(loud, 8000))
    assert doubled == pytest.approx([2 * one for one in plain])
    assert rates == [8000]


@pytest.mark.parametrize("content", [b"", b"no model", tiny_model(inputs=2)])
def test_a_file_that_is_no_model_for_voices_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not an ONNX model with one input"):
        onnx_embedding(path)


def test_a_model_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"^path names a file"):
        onnx_embedding(tmp_path / "none.onnx")


@pytest.mark.parametrize("missing", ["numpy", "onnxruntime"])
def test_without_the_extra_the_message_says_what_to_install(
    model: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    import_module = importlib.import_module

    def without(name: str, *rest: Any) -> Any:
        if name == missing:
            raise ModuleNotFoundError(name=name)
        return import_module(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'voiceid-sdk\[onnx\]'") as caught:
        onnx_embedding(model)
    assert caught.value.name == missing


def test_importing_local_voice_id_loads_neither() -> None:
    program = "import voiceid_sdk.local, sys; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert set(loaded.split()).isdisjoint({"numpy", "onnxruntime"})


def test_a_tone_is_as_long_as_it_says() -> None:
    assert len(hum(1, (40, 1))) == len(tone(1)) == 16000
