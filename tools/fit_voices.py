"""Fits what comes with the pretrained recognizer: the line's part of embeddings, and calibrations.

    python -m tools.fit_voices FOLDER

FOLDER holds speech of many speakers: a folder for each, or a file for each, whose name begins with the
speaker. Every speaker is heard over a simulated telephone as it is, with babble, with music and through a
GSM codec. The projection is fitted to all speakers. What is printed, and the calibrations, are cross-
validated: speakers that are compared had no part in fitting the projection that compares them.
"""

import argparse
import importlib
import io
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

import voiceid_sdk.local.voices as package
from benchmarks.simulated_calls import babble, gsm, mu_law, music, with_noise
from voiceid_sdk.local.voices.calibration import Calibrations, IdentificationCalibration
from voiceid_sdk.local.voices.model_download import find_weights
from voiceid_sdk.local.voices.recordings import RecordingError
from voiceid_sdk.local.voices.speech_embedding import SpeechEmbedder
from voiceid_sdk.local.voices.telephone import telephone

Floats = NDArray[Any]

_soundfile: Any = importlib.import_module("soundfile")  # has no types

# Cross-validated, 0.9 rejects twice as many right callers whose line is not that of their enrollment, and
# less than 0.5 is no better.
SHRINKAGE = 0.5
# Speakers of other languages are somewhat more alike to a model than those that it was fitted to.
MARGIN = 0.05
RISK_THRESHOLD = 50
FOLDS = 4
CONDITIONS = ("clean", "babble", "music", "gsm", "gsm and noise")
ENROLL, TEST = 9 * 8000, 5 * 8000
LONG_ENROLL, LONG_TEST = 30 * 8000, 8 * 8000


@attrs.frozen
class Heard:
    """A piece of speech as it was heard."""

    speaker: str
    group: str
    role: str
    condition: str
    embedding: Floats


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description="Fit the pretrained recognizer's backend and calibrations.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--embeddings", type=Path, help="keep the embeddings in this file, or take them from it"
    )
    given = parser.parse_args()
    heard = _kept(given.embeddings) or _hear(given.folder)
    if given.embeddings and not given.embeddings.exists():
        np.savez(given.embeddings, heard=np.array([attrs.astuple(one) for one in heard], object))
    different = _cross_validated(heard)
    mean, projection = _fit(heard)
    calibrations = _calibrate(different)
    folder = Path(next(iter(package.__path__)))
    content = io.BytesIO()
    np.savez_compressed(content, mean=mean.astype(np.float16), projection=projection.astype(np.float16))
    (folder / "campplus_telephone.npz").write_bytes(content.getvalue())
    (folder / "campplus_calibrations.json").write_text(calibrations.to_json(), encoding="utf-8")


def _kept(path: Path | None) -> list[Heard]:
    if path is None or not path.exists():
        return []
    with np.load(path, allow_pickle=True) as arrays:
        return [Heard(*one) for one in arrays["heard"]]


def _hear(folder: Path) -> list[Heard]:
    embedder = SpeechEmbedder(find_weights())
    speech = _speech(folder)
    heard: list[Heard] = []
    for number, (speaker, (group, audio)) in enumerate(speech.items()):
        random = np.random.default_rng(number)
        others = [one for name, (_, one) in speech.items() if name != speaker]
        for role, piece in _pieces(audio, group):
            for condition in CONDITIONS:
                samples = _on_a_line(piece, condition, others, random)
                try:
                    embedding = embedder.embed(embedder.features(samples))
                except RecordingError:
                    continue
                heard.append(Heard(speaker, group, role, condition, embedding))
        print(f"{number + 1} of {len(speech)}", end="\r", file=sys.stderr)
    return heard


def _speech(folder: Path) -> dict[str, tuple[str, Floats]]:
    parts: dict[str, list[Floats]] = defaultdict(list)
    groups: dict[str, str] = {}
    for path in sorted(folder.rglob("*.flac")):
        audio, rate = _soundfile.read(path, dtype="float32")
        speaker = path.name.split("-")[0]
        groups[speaker] = "long" if path.parent.name == speaker else "short"
        narrow = np.frombuffer(telephone(audio, rate), "<i2").astype(np.float32) / 32768
        parts[speaker].append(narrow)
    return {speaker: (groups[speaker], np.concatenate(audio)) for speaker, audio in parts.items()}


def _pieces(audio: Floats, group: str) -> list[tuple[str, Floats]]:
    if group == "long":
        starts = range(LONG_ENROLL, len(audio) - LONG_TEST + 1, LONG_TEST)
        tests = [audio[start : start + LONG_TEST] for start in starts]
        return [("enroll", audio[:LONG_ENROLL]), *(("test", test) for test in tests)]
    cut = min(ENROLL, max(len(audio) - TEST, len(audio) // 2))
    return [("enroll", audio[:cut]), ("test", audio[max(cut, len(audio) - TEST) :])]


def _on_a_line(piece: Floats, condition: str, others: list[Floats], random: np.random.Generator) -> bytes:
    loud: Floats = piece * np.float32(10 ** (random.uniform(-8, 4) / 20))
    noise = condition if condition in {"babble", "music"} else random.choice(["babble", "music"])
    if condition in {"babble", "music", "gsm and noise"}:
        added = babble(len(loud), others, random) if noise == "babble" else music(len(loud), random)
        loud = with_noise(loud, added, random.uniform(10, 20))
    samples = mu_law(loud)
    return gsm(samples) if condition.startswith("gsm") else samples


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit


def _fit(heard: list[Heard]) -> tuple[Floats, Floats]:
    """Return the mean of all conditions, and the inverse root of what differs within speakers."""
    conditions = [[one.embedding for one in heard if one.condition == condition] for condition in CONDITIONS]
    mean = np.mean([np.mean(embeddings, axis=0) for embeddings in conditions], axis=0)
    by_speaker: dict[str, list[Floats]] = defaultdict(list)
    for one in heard:
        by_speaker[one.speaker].append(one.embedding)
    rows = []
    for embeddings in by_speaker.values():
        centered = _unit(np.array(embeddings) - mean)
        rows.append(centered - centered.mean(axis=0))
    within = np.concatenate(rows)
    covariance = within.T @ within / len(within)
    size = len(covariance)
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * np.trace(covariance) / size * np.eye(size)
    projection = np.linalg.cholesky(np.linalg.inv(shrunk))
    return mean, projection / np.sqrt(np.mean(np.diag(projection) ** 2))


def _cross_validated(heard: list[Heard]) -> dict[Any, NDArray[Any]]:
    speakers = np.random.default_rng(0).permutation(sorted({one.speaker for one in heard}))
    fold_of = {speaker: place % FOLDS for place, speaker in enumerate(speakers)}
    same: dict[Any, list[float]] = defaultdict(list)
    different: dict[Any, list[float]] = defaultdict(list)
    for fold in range(FOLDS):
        mean, projection = _fit([one for one in heard if fold_of[one.speaker] != fold])
        for group in ("long", "short"):
            seen = [one for one in heard if fold_of[one.speaker] == fold and one.group == group]
            vectors = _unit(_unit(np.array([one.embedding for one in seen]) - mean) @ projection)
            for left, one in enumerate(seen):
                if one.role != "enroll":
                    continue
                for right, other in enumerate(seen):
                    if other.role == "test" and one.condition in {"clean", other.condition}:
                        where = same if one.speaker == other.speaker else different
                        key = (group, one.condition, other.condition)
                        where[key].append(float(vectors[left] @ vectors[right]))
    for key, values in same.items():
        alike, unlike = np.array(values), np.array(different[key])
        print(
            f"{'/'.join(key):34} {len(alike):4} same {alike.mean():.3f} ± {alike.std():.3f}, lowest "
            f"{np.quantile(alike, [0, 0.02, 0.05]).round(3)}; {len(unlike):6} different "
            f"{unlike.mean():.3f} ± {unlike.std():.3f}, highest {np.quantile(unlike, [0.999, 1]).round(3)}"
        )
    return {key: np.array(value) for key, value in different.items()}


def _calibrate(different: dict[Any, NDArray[Any]]) -> Calibrations:
    fitted = IdentificationCalibration.from_pairs(np.concatenate(list(different.values())).tolist())
    moved = IdentificationCalibration(fitted.mean + MARGIN, fitted.deviation)
    calibrations = Calibrations.from_identification(moved)
    print(f"mean {fitted.mean:.3f}, deviation {fitted.deviation:.3f} before the margin")
    print("verification:", [(round(at, 3), score) for at, score in calibrations.verification.points])
    for voices in (1, 10, 100, 500):
        places = np.arange(0, 1, 0.001)
        at_risk = next(at for at in places if calibrations.identification.score(at, voices) >= RISK_THRESHOLD)
        print(f"identification: {RISK_THRESHOLD} among {voices} at {at_risk:.3f}")
    return calibrations


if __name__ == "__main__":
    main()
