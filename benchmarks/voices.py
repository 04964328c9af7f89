"""Real voices: rates of error on a simulated telephone, the CPU of a model, and requests beside it.

Speech is no part of the project: VOICEID_SDK_SPEECH names a folder with it. Resemblyzer is the peer, where it
is installed.
"""

import importlib
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks.measuring import Row
from benchmarks.simulated_calls import Floats, babble, gsm, mu_law, music, with_noise
from voiceid_sdk.local import (
    Calibration,
    EmbeddingRecognizer,
    Evaluation,
    LabelRecognizer,
    LocalVoiceID,
    ModelNotFoundError,
    PretrainedRecognizer,
    Recording,
    Timing,
    det_curve,
    evaluate_recognizer,
    pretrained_recognizer,
    wav,
)
from voiceid_sdk.local.voices.evaluation import ModelRecognizer, read_audio

LONG: Final = "librispeech-test-other"
SHORT: Final = "librispeech-train-clean-100"
PLOT: Final = Path(__file__).parents[1] / "docs" / "plots" / "voices.svg"

_SECOND: Final = 2 * 8000
_KEY: Final = {"KmsKeyId": "alias/benchmark"}
_DECIBELS: Final = 15
_EVALUATIONS_A_SECOND: Final = 10

_MEMORY: Final = """
import sys
from pathlib import Path
from benchmarks.measuring import peak_megabytes
from voiceid_sdk.local import pretrained_recognizer, read_wav

recognizer = pretrained_recognizer()
recognizer.enrollment_voiceprint([read_wav(Path(sys.argv[1]).read_bytes(), 0)])
print(peak_megabytes())
"""

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


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure errors, then the cost of a model and what it does to other requests."""
    folder = os.environ.get("VOICEID_SDK_SPEECH")
    if not folder:
        print("skipped: VOICEID_SDK_SPEECH names no folder with speech", file=sys.stderr)
        return
    try:
        recognizer = pretrained_recognizer()
    except ModelNotFoundError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return
    names = list(CONDITIONS)[: 1 if quick else None]
    curves: list[tuple[str, Evaluation]] = []
    for name in names:
        for data, enroll, test in ((LONG, 30.0, 8.0), (SHORT, 9.0, 5.0)):
            evaluation = _evaluated(Path(folder, data), recognizer, name, enroll, test)
            yield from _rows(evaluation, recognizer, f"{enroll:g} s to enroll, {test:g} s to test, {name}")
            if data == SHORT:
                curves.append((name, evaluation))
    if not quick:
        PLOT.write_text(det_curve(curves), encoding="utf-8")
        if (peer := _resemblyzer()) is not None:
            evaluation = _evaluated(Path(folder, SHORT), peer, "clean", 9.0, 5.0)
            yield Row(
                what="Resemblyzer: EER, 9 s, 5 s, clean",
                figures=(100 * evaluation.equal_error_rate,),
                unit="%",
            )
    speech = _speech(Path(folder, LONG))
    yield from _cost(recognizer, speech[0], rounds=2 if quick else 15)
    yield from _beside(recognizer, speech[0], seconds=1 if quick else 10)
    yield _beside_a_job(recognizer, speech[0], requests=20 if quick else 10_000)


def _evaluated(
    folder: Path, recognizer: ModelRecognizer, condition: str, enroll: float, test: float
) -> Evaluation:
    """Evaluate a set under a condition: enrolled on a clean line, unless the condition is other voices."""
    random = np.random.default_rng(0)
    speech = _speech(folder)
    with TemporaryDirectory() as temporary:
        for number, audio in enumerate(speech):
            others = [other for place, other in enumerate(speech) if place != number]
            changed = CONDITIONS[condition](audio, others, random)
            Path(temporary, f"{number:03}.wav").write_bytes(wav(changed))
        return evaluate_recognizer(temporary, recognizer, enroll_seconds=enroll, test_seconds=test)


def _speech(folder: Path) -> list[Floats]:
    found: list[Floats] = []
    for place in sorted(folder.iterdir()):
        files = sorted(place.glob("*.flac")) if place.is_dir() else [place]
        samples = b"".join(read_audio(file, over_telephone=True) for file in files)
        found.append(np.frombuffer(samples, "<i2").astype(np.float32) / 32768)
    return found


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


def _cost(recognizer: PretrainedRecognizer, speech: Floats, *, rounds: int) -> Iterator[Row]:
    """Measure the CPU of ten seconds of audio that was not seen before."""
    figures: list[float] = []
    for number in range(rounds):
        ten = speech[number * 800 : number * 800 + 80_000]
        recording = Recording(samples=mu_law(ten))
        began = time.process_time()
        recognizer.voiceprint([recording])
        figures.append(1000 * (time.process_time() - began))
    yield Row(
        what="a voiceprint of 10 s of audio, with speech detection",
        figures=tuple(figures),
        unit="ms",
        aim=100,
    )
    with TemporaryDirectory() as temporary:
        large = Path(temporary, "large.wav")
        large.write_bytes(wav((mu_law(speech) * 20)[:19_999_000]))
        program = subprocess.run(
            [sys.executable, "-c", _MEMORY, large], capture_output=True, text=True, check=True
        )
    yield Row(
        what="memory of a process that enrolls from a recording of 20 MB",
        figures=(float(program.stdout),),
        unit="MB",
        must=250.0,
    )


def _beside(recognizer: PretrainedRecognizer, speech: Floats, *, seconds: float) -> Iterator[Row]:
    """Measure DescribeDomain while ten evaluations a second run on the model."""
    with LocalVoiceID(recognizer=recognizer) as service:
        client: Any = service.boto3_client()
        created = client.create_domain(Name="d", ServerSideEncryptionConfiguration=_KEY)
        domain = str(created["Domain"]["DomainId"])
        call = service.start_call(domain, "enroll", "a")
        call.enroll()
        call.play(wav(mu_law(speech[: 45 * 8000])))
        count = int(seconds * _EVALUATIONS_A_SECOND)
        for number in range(count):
            service.start_call(domain, f"call-{number}", "a").play(
                wav(mu_law(speech[number * 400 : number * 400 + 16 * 8000]))
            )
        idle = _describes(client, domain, seconds)
        evaluator: Any = service.boto3_client()

        def evaluate(number: int) -> None:
            evaluator.evaluate_session(DomainId=domain, SessionNameOrId=f"call-{number}")

        def drive() -> None:
            began = time.monotonic()
            threads = [threading.Thread(target=evaluate, args=(number,)) for number in range(count)]
            for number, thread in enumerate(threads):
                time.sleep(max(0.0, began + number / _EVALUATIONS_A_SECOND - time.monotonic()))
                thread.start()
            for thread in threads:
                thread.join()

        driver = threading.Thread(target=drive)
        driver.start()
        busy = _describes(client, domain, seconds)
        driver.join()
    yield Row(
        what="DescribeDomain beside 10 evaluations a second, against idle", figures=(busy / idle,), must=2.0
    )


class _InstantModel(LabelRecognizer):
    """A model that takes no time, so that only the service's own work holds up requests."""

    is_immediate: bool = False  # type: ignore[misc]  # the base class is immediate for good

    def speech_seconds(self, recording: Recording) -> float:
        """Return enough for an enrollment."""
        del recording
        return 30.0


def _beside_a_job(recognizer: PretrainedRecognizer, speech: Floats, *, requests: int) -> Row:
    """Measure the longest DescribeDomain while a job does its requests, against an enrollment of 30 s."""
    recording = Recording(samples=mu_law(speech[: 30 * 8000]))
    began = time.monotonic()
    recognizer.enrollment_voiceprint([recording])
    embedding = time.monotonic() - began
    with (
        TemporaryDirectory() as root,
        LocalVoiceID(
            Path(root, "voiceid.sqlite"), s3_root=root, recognizer=_InstantModel(), timing=Timing.at_once()
        ) as service,
    ):
        client: Any = service.boto3_client()
        created = client.create_domain(Name="d", ServerSideEncryptionConfiguration=_KEY)
        domain = str(created["Domain"]["DomainId"])
        started = client.start_speaker_enrollment_job(
            DomainId=domain,
            InputDataConfig={"S3Uri": _manifest(Path(root, "bucket"), requests)},
            OutputDataConfig={"S3Uri": "s3://bucket/out"},
            DataAccessRoleArn="arn:aws:iam::123456789012:role/role",
        )
        output = Path(root, "bucket", "out", str(started["Job"]["JobId"]), "manifest.json.out")
        longest = 0.0
        while not output.exists():
            longest = max(longest, _describes(client, domain, 1.0, statistic=max))
    return Row(
        what=f"longest DescribeDomain beside a job of {requests:,} requests, against an embedding",
        figures=(longest / embedding,),
        must=1.0,
    )


def _manifest(bucket: Path, requests: int) -> str:
    bucket.mkdir()
    (bucket / "voice.wav").write_bytes(wav(b"", label="voice"))
    audio = [{"S3Uri": "s3://bucket/voice.wav", "ChannelId": 0}]
    entries = [
        {"RequestId": str(number), "SpeakerId": f"speaker-{number}", "AudioSpecifications": audio}
        for number in range(requests)
    ]
    manifest = {"Version": "1.0", "SpeakerEnrollmentRequests": entries}
    (bucket / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return "s3://bucket/manifest.json"


def _describes(
    client: Any,  # boto3's client
    domain: str,
    seconds: float,
    statistic: Callable[[list[float]], float] = statistics.median,
) -> float:
    """Return the median seconds of a DescribeDomain, or another statistic."""
    found: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        client.describe_domain(DomainId=domain)
        found.append(time.perf_counter() - began)
        time.sleep(0.01)
    return statistic(found)


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
