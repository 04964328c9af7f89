"""The pretrained network without its weights: reading a checkpoint, the graph, the features, speech."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import campplus_reference, filterbank_reference
from tests.support.campplus_weights import checkpoint, random_weights
from voiceid_sdk.local.voices.campplus import CamPlusPlus
from voiceid_sdk.local.voices.filterbank import Filterbank, frames
from voiceid_sdk.local.voices.one_voice import check_one_voice
from voiceid_sdk.local.voices.recordings import RecordingError, tone
from voiceid_sdk.local.voices.speech_detection import WINDOW, SpeechDetector, convolution_matrix
from voiceid_sdk.local.voices.torch_weights import WeightsError, read_weights

# --- A checkpoint ---------------------------------------------------------------------------------------


def test_weights_are_read_from_a_checkpoint_and_counters_left_out(tmp_path: Path) -> None:
    weights: dict[str, Any] = {
        "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "a.num_batches_tracked": np.array(7, dtype=np.int64),
    }
    path = tmp_path / "weights.pt"
    path.write_bytes(checkpoint(weights))
    read = read_weights(path)
    assert list(read) == ["a.weight"]
    assert read["a.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


class Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('the file ran code')",)


@pytest.mark.parametrize(
    "content",
    [
        checkpoint({"a": Malicious()}),
        checkpoint({"a": np.zeros((2, 3), np.float32).T}),
        checkpoint([1]),
        b"no zip file",
    ],
    ids=["code", "view", "list", "text"],
)
def test_a_file_with_anything_but_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="does not hold the weights"):
        read_weights(path)


def test_a_zip_file_without_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/other.pkl", pickle.dumps({}))
    with pytest.raises(WeightsError):
        read_weights(path)


# --- The network ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_graph_computes_what_the_operators_say() -> None:
    weights = random_weights()
    for name in ("xvector.block1.tdnnd2.nonlinear1.batchnorm", "xvector.transit3.nonlinear.batchnorm"):
        changed = weights[f"{name}.weight"].copy()
        changed[::2] *= -1
        weights[f"{name}.weight"] = changed
    features = np.random.default_rng(1).standard_normal((230, 80)).astype(np.float32)
    expected = campplus_reference.embed(weights, features)
    embedding = CamPlusPlus(dict(weights)).embed(features)
    assert embedding == pytest.approx(expected, rel=1e-3, abs=1e-3 * float(np.abs(expected).max()))


def test_missing_weights_are_noticed() -> None:
    weights = random_weights()
    del weights["head.conv2.weight"]
    with pytest.raises(KeyError, match=r"head\.conv2"):
        CamPlusPlus(weights)


# --- Features -------------------------------------------------------------------------------------------


def filterbank(samples: Any, *, floor: float = 1e-7) -> Any:
    return Filterbank(floor=floor).features(frames(samples))


def test_features_are_those_of_the_definition() -> None:
    noise = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    expected = filterbank_reference.filterbank(noise)
    assert filterbank(noise + np.float32(0.1)) == pytest.approx(expected, abs=1e-3)


def test_a_tone_is_loudest_in_its_band() -> None:
    samples = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000).astype(np.float32)
    features = filterbank(samples)
    assert features.shape == (98, 80)
    centers = np.linspace(31.7, 2840.0, 82)[1:-1]
    mel = 1127 * np.log1p(1000 / 700)
    assert set(features.argmax(axis=1)) <= {int(np.abs(centers - mel).argmin()) + step for step in (-1, 0, 1)}


def test_features_have_a_floor_and_follow_the_level() -> None:
    noise = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    assert filterbank(noise * np.float32(2)) == pytest.approx(filterbank(noise) + np.log(4), abs=1e-3)
    silence = filterbank(np.zeros(4000, np.float32), floor=1e-3)
    assert silence == pytest.approx(np.full((23, 80), np.log(1e-3)))


def test_features_of_the_highest_bands_may_be_left_out() -> None:
    noise = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    features = Filterbank(floor=1e-3, bands=61).features(frames(noise))
    assert features[:, :61] == pytest.approx(filterbank(noise, floor=1e-3)[:, :61], abs=1e-4)
    assert features[:, 61:] == pytest.approx(np.full((23, 19), np.log(1e-3)))


# --- Speech ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def detector() -> SpeechDetector:
    return SpeechDetector()


def pcm(samples: Any) -> bytes:
    return bytes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


SECONDS = 30
TIME = np.arange(SECONDS * 8000) / 8000
NOISE = np.random.default_rng(0).standard_normal(SECONDS * 8000)
NOT_SPEECH = {
    "silence": np.zeros(SECONDS * 8000),
    "loud white noise": 0.1 * NOISE,
    "quiet white noise": 0.005 * NOISE,
    "American ringing": 0.15
    * (np.sin(2 * np.pi * 440 * TIME) + np.sin(2 * np.pi * 480 * TIME))
    * (TIME % 6 < 2),
    "European ringing": 0.2 * np.sin(2 * np.pi * 425 * TIME) * (TIME % 5 < 1),
    "a tone": 0.2 * np.sin(2 * np.pi * 1000 * TIME),
    "a chord": 0.1 * sum(np.sin(2 * np.pi * each * TIME) for each in (262, 330, 392)),
}


@pytest.mark.parametrize("name", NOT_SPEECH)
def test_what_is_not_speech_counts_for_nothing(detector: SpeechDetector, name: str) -> None:
    assert detector.windows(pcm(NOT_SPEECH[name])).sum() * 0.032 < 1


def test_every_whole_window_is_judged(detector: SpeechDetector) -> None:
    samples = tone(10.25)
    assert detector.windows(samples).size == len(samples) // (2 * WINDOW)
    assert detector.windows(samples[: 2 * WINDOW - 1]).size == 0
    assert detector.windows(b"").size == 0


def test_a_product_with_a_matrix_is_a_convolution() -> None:
    random = np.random.default_rng(0)
    weight, values = random.standard_normal((5, 3, 3), np.float32), random.standard_normal((4, 3))
    padded = np.pad(values, ((1, 1), (0, 0)))
    for stride in (1, 2):
        expected = [
            np.einsum("oik,ki->o", weight, padded[start : start + 3]) for start in range(0, 4, stride)
        ]
        product = values.ravel() @ convolution_matrix(weight, 4, stride)
        assert product == pytest.approx(np.concatenate(expected), abs=1e-5)


def test_a_recording_is_not_searched_after_enough_speech(detector: SpeechDetector) -> None:
    samples = bytes(2 * 8000 * 120)
    assert detector.windows(samples, most=0).size < len(samples) // (2 * WINDOW)


# --- One voice ------------------------------------------------------------------------------------------


def around(center: Any, count: int, random: np.random.Generator) -> Any:
    vectors = center + 0.02 * random.standard_normal((count, len(center)))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_two_voices_are_noticed_and_one_odd_piece_is_not() -> None:
    random = np.random.default_rng(0)
    one, other = np.eye(192)[:2]
    check_one_voice(around(one, 10, random))
    check_one_voice(np.concatenate([around(one, 10, random), around(other, 1, random)]))
    with pytest.raises(RecordingError, match="one voice"):
        check_one_voice(np.concatenate([around(one, 6, random), around(other, 4, random)]))


def test_voices_that_are_somewhat_alike_are_told_apart_by_many_pieces_only() -> None:
    random = np.random.default_rng(0)
    one, other = np.eye(192)[:2]
    alike = one / 2 + other * np.sqrt(0.75)
    check_one_voice(np.concatenate([around(one, 6, random), around(alike, 6, random)]))
    with pytest.raises(RecordingError, match="one voice"):
        check_one_voice(np.concatenate([around(one, 10, random), around(alike, 10, random)]))
