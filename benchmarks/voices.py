"""Real voices: rates of error on a simulated telephone. Resemblyzer is the peer, where it is installed."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks import speech
from benchmarks.measuring import Drawing, Result, Row
from benchmarks.simulated_calls import Floats, babble, gsm, mu_law, music, with_noise
from voiceid_sdk.local import (
    Calibration,
    EmbeddingRecognizer,
    Evaluation,
    PretrainedRecognizer,
    det_curve,
    evaluate_recognizer,
    wav,
)
from voiceid_sdk.local.voices.evaluation import ModelRecognizer

_DECIBELS: Final = 15

Change = Callable[[Floats, list[Floats], np.random.Generator], bytes]

CONDITIONS: Final[dict[str, Change]] = {
    "clean": lambda speech, _, __: mu_law(speech),
    "four voices 15 dB below": lambda speech, others, random: mu_law(
        with_noise(speech, babble(len(speech), others, random), _DECIBELS)
    ),
    "music 15 dB below, GSM": lambda speech, _, random: gsm(
        mu_law(with_noise(speech, music(len(speech), random), _DECIBELS))
    ),
}


def measure(*, quick: bool) -> Iterator[Result]:
    """Evaluate the pretrained recognizer under each condition, and its peer without noise."""
    recognizer = speech.recognizer()
    names = list(CONDITIONS)[: 1 if quick else None]
    sets = ((speech.LONG, 30.0, 8.0), (speech.SHORT, 9.0, 5.0))[: 1 if quick else None]
    curves: list[tuple[str, Evaluation]] = []
    for name in names:
        for data, enroll, test in sets:
            evaluation = _evaluated(data, recognizer, name, enroll, test)
            yield from _rows(evaluation, recognizer, f"{enroll:g} s to enroll, {test:g} s to test, {name}")
            if data == speech.SHORT:
                curves.append((name, evaluation))
    if not quick:
        yield Drawing(name="voices", svg=det_curve(curves))
        if (peer := _resemblyzer()) is not None:
            evaluation = _evaluated(speech.SHORT, peer, "clean", 9.0, 5.0)
            yield Row(
                what="Resemblyzer: EER, 9 s, 5 s, clean",
                figures=(100 * evaluation.equal_error_rate,),
                unit="%",
            )


def _evaluated(
    data: str, recognizer: ModelRecognizer, condition: str, enroll: float, test: float
) -> Evaluation:
    """Evaluate a set under a condition: enrolled on a clean line, unless the condition is other voices."""
    random = np.random.default_rng(0)
    voices = speech.voices(data)
    with TemporaryDirectory() as temporary:
        for number, audio in enumerate(voices):
            others = [other for place, other in enumerate(voices) if place != number]
            changed = CONDITIONS[condition](audio, others, random)
            Path(temporary, f"{number:03}.wav").write_bytes(wav(changed))
        return evaluate_recognizer(temporary, recognizer, enroll_seconds=enroll, test_seconds=test)


def _rows(evaluation: Evaluation, recognizer: PretrainedRecognizer, what: str) -> Iterator[Row]:
    calibrations = recognizer.calibrations
    is_clean = "clean" in what
    error = 0.5 if is_clean else 1.5 if "voices" in what else 4.0
    yield Row(what=f"EER: {what}", figures=(100 * evaluation.equal_error_rate,), unit="%", must=error)
    yield Row(
        what=f"right callers rejected at 90: {what}",
        figures=(100 * evaluation.wrong_rejections(calibrations),),
        unit="%",
        aim=2.0 if is_clean else 10.0,
    )
    yield Row(
        what=f"impostors accepted at 90: {what}",
        figures=(100 * evaluation.wrong_acceptances(calibrations),),
        unit="%",
        aim=0.1,
    )
    yield Row(
        what=f"innocent callers at risk, 100 on the watchlist: {what}",
        figures=(100 * evaluation.innocent_risk(calibrations, 100),),
        unit="%",
        aim=1.0,
    )
    yield Row(
        what=f"fraudsters found, 100 on the watchlist: {what}",
        figures=(100 * evaluation.found_fraudsters(calibrations, 100),),
        unit="%",
        aim=95.0,
        higher_is_better=True,
    )


def _resemblyzer() -> EmbeddingRecognizer | None:
    try:
        resemblyzer: Any = importlib.import_module("resemblyzer")
    except ModuleNotFoundError:
        return None
    encoder = resemblyzer.VoiceEncoder("cpu", verbose=False)

    def embed(samples: Any, rate: int) -> list[float]:  # an array of floats
        prepared = resemblyzer.preprocess_wav(np.asarray(samples, np.float32), source_sr=rate)
        embedding: list[float] = encoder.embed_utterance(prepared).tolist()
        return embedding

    return EmbeddingRecognizer(
        embed, calibration=Calibration.from_points([(0, 0), (1, 100)]), model="resemblyzer"
    )
