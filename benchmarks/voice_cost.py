"""The cost of real voices: the CPU and memory of a model, and what it does to requests beside it."""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks import speech
from benchmarks.measuring import Row
from benchmarks.simulated_calls import Floats, mu_law
from voiceid_sdk.local import (
    LabelRecognizer,
    LocalVoiceID,
    PretrainedRecognizer,
    Recording,
    Timing,
    wav,
)

_KEY: Final = {"KmsKeyId": "alias/benchmark"}
_EVALUATIONS_A_SECOND: Final = 10

_MEMORY: Final = """
import sys
from pathlib import Path
from benchmarks.peak_memory import peak_megabytes
from voiceid_sdk.local import pretrained_recognizer, read_wav

recognizer = pretrained_recognizer()
recognizer.enrollment_voiceprint([read_wav(Path(sys.argv[1]).read_bytes(), 0)])
print(peak_megabytes())
"""


def measure(*, quick: bool) -> Iterator[Row]:
    """Make voiceprints of one speaker, and send requests beside evaluations and beside a job."""
    recognizer = speech.recognizer()
    (voice, *_) = speech.voices(speech.LONG)
    yield from _cost(recognizer, voice, rounds=2 if quick else 15)
    yield from _beside(recognizer, voice, seconds=1 if quick else 10)
    yield _beside_a_job(recognizer, voice, requests=20 if quick else 10_000)


def _cost(recognizer: PretrainedRecognizer, voice: Floats, *, rounds: int) -> Iterator[Row]:
    """Measure the CPU of ten seconds of audio that was not seen before."""
    figures: list[float] = []
    for number in range(rounds):
        ten = voice[number * 800 : number * 800 + 80_000]
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
        large.write_bytes(wav((mu_law(voice) * 20)[:19_999_000]))
        program = subprocess.run(
            [sys.executable, "-c", _MEMORY, large], capture_output=True, text=True, check=True
        )
    yield Row(
        what="memory of a process that enrolls from a recording of 20 MB",
        figures=(float(program.stdout),),
        unit="MB",
        must=250.0,
    )


def _beside(recognizer: PretrainedRecognizer, voice: Floats, *, seconds: float) -> Iterator[Row]:
    """Measure DescribeDomain while ten evaluations a second run on the model."""
    with LocalVoiceID(recognizer=recognizer) as service:
        client: Any = service.boto3_client()
        created = client.create_domain(Name="d", ServerSideEncryptionConfiguration=_KEY)
        domain = str(created["Domain"]["DomainId"])
        call = service.start_call(domain, "enroll", "a")
        call.enroll()
        call.play(wav(mu_law(voice[: 45 * 8000])))
        count = int(seconds * _EVALUATIONS_A_SECOND)
        for number in range(count):
            service.start_call(domain, f"call-{number}", "a").play(
                wav(mu_law(voice[number * 400 : number * 400 + 16 * 8000]))
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


def _beside_a_job(recognizer: PretrainedRecognizer, voice: Floats, *, requests: int) -> Row:
    """Measure the longest DescribeDomain while a job does its requests, against an enrollment of 30 s."""
    recording = Recording(samples=mu_law(voice[: 30 * 8000]))
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
