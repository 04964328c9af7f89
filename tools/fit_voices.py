"""Fits what comes with the pretrained recognizer: the line's part of embeddings, and calibrations.

    python -m tools.fit_voices FOLDER --languages FOLDER

FOLDER holds speech of many speakers of one language: a folder for each, or a file for each, whose name begins
with the speaker. Every speaker is heard over a simulated telephone as it is, with babble, with music and
through a GSM codec. The projection is fitted to all speakers. Speakers with less than 14 seconds are fitted
to, and not compared.

The folder of other languages holds a folder for each collection of recordings, with a file for each speaker.
Only the mean of their embeddings is fitted to.

What is printed, and the calibrations, are cross-validated: speakers that are compared had no part in fitting
what compares them, and neither had other speakers of the same collection of other languages.
"""

import argparse
import io
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

import voiceid_sdk.local.voices as package
from benchmarks.simulated_calls import babble, gsm, mu_law, music, with_noise
from voiceid_sdk.local.voices.calibration import Calibrations
from voiceid_sdk.local.voices.evaluation import read_audio
from voiceid_sdk.local.voices.line_quality import LineQuality
from voiceid_sdk.local.voices.model_download import find_weights
from voiceid_sdk.local.voices.recordings import RecordingError
from voiceid_sdk.local.voices.speech_embedding import SpeechEmbedder

Floats = NDArray[Any]
Trials = dict[tuple[str, str, str], Floats]
Backend = tuple[Floats, Floats, LineQuality]


# Cross-validated, 0.9 rejects twice as many right callers whose line is not that of their enrollment, and
# less than 0.5 is no better.
SHRINKAGE = 0.5
# On a watchlist, one fraudster who sounds like a caller is enough. Without the margin, the two most alike
# speakers here would be taken for each other, and 1.2 instead of 0.2 % of innocent callers would be at risk.
MARGIN = 0.035
# Recordings of other languages and microphones have a mean of their own, and two voices far from the fitted
# mean are alike. With the middle between both means, other voices are less alike, also in collections that
# were not fitted to.
LANGUAGES_SHARE = 0.5
RISK_THRESHOLD = 50
ACCEPTANCE_THRESHOLD = 90
FOLDS, ROUNDS = 4, 16
# The conditions, and how bad their lines are.
CONDITIONS = {"clean": 0.0, "babble": 0.6, "music": 0.5, "gsm": 0.6, "gsm and noise": 1.0}
LINE_RIDGE = 0.3
ENROLL, TEST = 9 * 8000, 5 * 8000
LONG_ENROLL, LONG_TEST = 30 * 8000, 8 * 8000
LANGUAGES = "languages"
MOST_TESTS = 6


@attrs.frozen
class Heard:
    """A piece of speech as it was heard."""

    speaker: str
    group: str
    """``long``, ``short`` or ``languages``; ``too short`` if there is too little to compare."""

    role: str
    condition: str
    embedding: Floats


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description="Fit the pretrained recognizer's backend and calibrations.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", type=Path, required=True, help="speech in other languages")
    parser.add_argument(
        "--embeddings", type=Path, help="keep the embeddings in this file, or take them from it"
    )
    given = parser.parse_args()
    heard = _kept(given.embeddings) or _hear(_speech(given.folder)) + _hear(_languages(given.languages))
    if given.embeddings and not given.embeddings.exists():
        np.savez(given.embeddings, heard=np.array([attrs.astuple(one) for one in heard], object))
    same, different = _cross_validated(heard)
    mean, projection, lines = _fit(heard)
    calibrations = _calibrate(different)
    _print_rates(same, different, calibrations)
    folder = Path(next(iter(package.__path__)))
    content = io.BytesIO()
    line = np.append(lines.direction, lines.offset)
    halves = [array.astype(np.float16) for array in (mean, projection, line)]
    np.savez_compressed(content, mean=halves[0], projection=halves[1], line=halves[2])
    (folder / "campplus_telephone.npz").write_bytes(content.getvalue())
    (folder / "campplus_calibrations.json").write_text(calibrations.to_json(), encoding="utf-8")


def _kept(path: Path | None) -> list[Heard]:
    if path is None or not path.exists():
        return []
    with np.load(path, allow_pickle=True) as arrays:
        return [Heard(*one) for one in arrays["heard"]]


def _hear(speech: dict[str, tuple[str, Floats]]) -> list[Heard]:
    embedder = SpeechEmbedder(find_weights())
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


def _languages(folder: Path) -> dict[str, tuple[str, Floats]]:
    return {
        f"{path.parent.name}/{path.stem}": (LANGUAGES, _narrow(path)) for path in sorted(folder.glob("*/*"))
    }


def _narrow(path: Path) -> Floats:
    samples = np.frombuffer(read_audio(path, over_telephone=True), "<i2")
    return samples.astype(np.float32) / 32768


def _speech(folder: Path) -> dict[str, tuple[str, Floats]]:
    parts: dict[str, list[Floats]] = defaultdict(list)
    groups: dict[str, str] = {}
    for path in sorted(folder.rglob("*.flac")):
        speaker = path.name.split("-")[0]
        groups[speaker] = "long" if path.parent.name == speaker else "short"
        parts[speaker].append(_narrow(path))
    speech = {speaker: np.concatenate(audio) for speaker, audio in parts.items()}
    groups |= {speaker: "too short" for speaker, audio in speech.items() if len(audio) < ENROLL + TEST}
    return {speaker: (groups[speaker], audio) for speaker, audio in speech.items()}


def _pieces(audio: Floats, group: str) -> list[tuple[str, Floats]]:
    if group in {"long", LANGUAGES}:
        starts = range(LONG_ENROLL, len(audio) - LONG_TEST + 1, LONG_TEST)
        starts = starts[:MOST_TESTS] if group == LANGUAGES else starts
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


def _fit(heard: list[Heard]) -> Backend:
    """Return the mean, the inverse root of what differs within speakers, and the lines."""
    languages = [one for one in heard if one.group == LANGUAGES and one.role == "enroll"]
    heard = [one for one in heard if one.group != LANGUAGES]
    conditions = {name: _mean(one for one in heard if one.condition == name) for name in CONDITIONS}
    other = _mean(one for one in languages if one.condition == "clean")
    mean = np.mean(list(conditions.values()), axis=0) + LANGUAGES_SHARE * (other - conditions["clean"])
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
    projection /= np.sqrt(np.mean(np.diag(projection) ** 2))
    vectors = _unit(_unit(np.array([one.embedding for one in heard]) - mean) @ projection)
    return mean, projection, _fit_lines(vectors, np.array([CONDITIONS[one.condition] for one in heard]))


def _mean(heard: Iterable[Heard]) -> Floats:
    mean: Floats = np.mean([one.embedding for one in heard], axis=0)
    return mean


def _fit_lines(vectors: Floats, badness: Floats) -> LineQuality:
    """Return the estimate of the lines from vectors: a ridge regression."""
    center, middle = vectors.mean(axis=0), float(badness.mean())
    centered = vectors - center
    size = vectors.shape[1]
    penalty = LINE_RIDGE * len(vectors) / size * np.eye(size)
    direction = np.linalg.solve(centered.T @ centered + penalty, centered.T @ (badness - middle))
    return LineQuality(direction, middle - float(center @ direction))


def _cross_validated(heard: list[Heard]) -> tuple[Trials, Trials]:
    """Return the adjusted cosines of trials of the enrolled speaker and of others, by condition."""
    same: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    different: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for left_out in _left_out(heard):
        backend = _fit([one for one in heard if one.speaker not in left_out])
        for group in ("long", "short", LANGUAGES):
            compared = [one for one in heard if one.speaker in left_out and one.group == group]
            for is_same, conditions, cosine in _compare(compared, backend) if compared else ():
                (same if is_same else different)[conditions].append(cosine)
    return (
        {key: np.array(values) for key, values in same.items()},
        {key: np.array(values) for key, values in different.items()},
    )


def _left_out(heard: list[Heard]) -> Iterator[set[str]]:
    """Yield speakers who are compared with each other, by a backend that is fitted to the rest."""
    names = sorted({one.speaker for one in heard if one.group != LANGUAGES})
    for seed in range(ROUNDS):
        shuffled = np.random.default_rng(seed).permutation(names)
        for fold in range(FOLDS):
            yield set(shuffled[fold::FOLDS])
    languages = {one.speaker for one in heard if one.group == LANGUAGES}
    for collection in sorted({speaker.split("/")[0] for speaker in languages}):
        yield {speaker for speaker in languages if speaker.split("/")[0] == collection}


def _compare(heard: list[Heard], backend: Backend) -> Iterator[tuple[bool, tuple[str, str, str], float]]:
    """Compare each enrollment with each test, if the one is clean or both are in one condition.

    Yields whether one speaker is in both, the group and the conditions, and the adjusted cosine.
    """
    mean, projection, lines = backend
    vectors = _unit(_unit(np.array([one.embedding for one in heard]) - mean) @ projection)
    badness = lines.badness(vectors)
    for left, one in enumerate(heard):
        if one.role != "enroll":
            continue
        adjusted = lines.adjusted(vectors @ vectors[left], badness[left], badness)
        for other, cosine in zip(heard, adjusted, strict=True):
            if other.role == "test" and one.condition in {"clean", other.condition}:
                conditions = one.group, one.condition, other.condition
                yield one.speaker == other.speaker, conditions, float(cosine)


def _print_rates(same: Trials, different: Trials, calibrations: Calibrations) -> None:
    """Print the rates of error of each condition."""
    print(f"{'enrolled, tested':34}    trials  rejected at 90  accepted at 90  found of 100  at risk of 100")
    for key, alike in same.items():
        unlike = different[key]
        rates = [
            np.mean([calibrations.verification.score(one) < ACCEPTANCE_THRESHOLD - 0.5 for one in alike]),
            np.mean([calibrations.verification.score(one) >= ACCEPTANCE_THRESHOLD - 0.5 for one in unlike]),
            np.mean([calibrations.identification.score(one, 100) >= RISK_THRESHOLD - 0.5 for one in alike]),
            np.mean([calibrations.identification.score(one, 100) >= RISK_THRESHOLD - 0.5 for one in unlike]),
        ]
        rates[3] = 1 - (1 - rates[3]) ** 100
        shown = "".join(f"{100 * rate:15.2f}%" for rate in rates)
        print(f"{', '.join(key):34} {len(alike):4} {len(unlike):5}{shown}")


def _calibrate(different: Trials) -> Calibrations:
    """Return what fits the trials without those of other languages, which are left to check it."""
    pairs = np.concatenate([cosines for key, cosines in different.items() if key[0] != LANGUAGES])
    fitted = Calibrations.from_pairs(pairs.tolist())
    moved = attrs.evolve(fitted.identification, mean=fitted.identification.mean + MARGIN)
    calibrations = attrs.evolve(fitted, identification=moved)
    print("verification:", [(round(at, 3), score) for at, score in calibrations.verification.points])
    for voices in (1, 10, 100, 500):
        places = np.arange(0, 1, 0.001)
        at_risk = next(at for at in places if calibrations.identification.score(at, voices) >= RISK_THRESHOLD)
        print(f"identification: {RISK_THRESHOLD} among {voices} at {at_risk:.3f}")
    return calibrations


if __name__ == "__main__":
    main()
