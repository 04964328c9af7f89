"""Enrolls a dozen callers from recordings, on Local Voice ID in this process: `make demo` runs it."""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from voiceid_sdk import Domain, WaitPolicy, errors
from voiceid_sdk.batch import EnrollmentManifest, EnrollmentResults
from voiceid_sdk.batch.recordings import convert
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local import LocalVoiceID, Timing
from voiceid_sdk.progress import Progress

# The default policies are for work of many minutes; here it takes a second or two.
SOON = WaitPolicy(timeout=30, initial=0.1, multiplier=1, jitter=0)

CALLERS = ("ana", "ben", "cleo", "dan", "eva", "finn", "gus", "hana", "ivo", "jane", "karl", "lena")

# Usual formats of recordings: container, encoding, samples per second, channels.
FORMATS = (
    ("wav", "PCM_16", 8_000, 1),
    ("wav", "PCM_16", 16_000, 1),
    ("flac", "PCM_16", 44_100, 1),
    ("wav", "ULAW", 8_000, 1),
    ("wav", "PCM_24", 44_100, 2),
    ("flac", "PCM_16", 16_000, 2),
)

soundfile: Any = importlib.import_module("soundfile")  # it has no type annotations


def main() -> None:
    """Enroll callers from recordings, correct the rejected ones, and evaluate four calls."""
    print("Local Voice ID enrolls callers from recordings, in this process. No request leaves this machine.")
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalVoiceID(s3_root=f"{folder}/s3", timing=Timing(job_start=0.3, job_request=0.1)) as service,
        service.client() as voiceid,
    ):
        s3 = service.s3_client()
        s3.create_bucket(Bucket="voices")
        domain = voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id")
        recordings = make_recordings(Path(folder))
        correct_recordings(domain, s3, recordings)
        results = enroll_callers(domain, s3, recordings)
        retry_failed(domain, s3, results)
        register_fraudster(domain, s3, Path(folder))
        evaluate_calls(service, domain, Path(folder))


def make_recordings(folder: Path) -> Path:
    """Record a dozen callers, in all formats."""
    step("Record a dozen callers")
    for number, caller in enumerate(CALLERS):
        seconds = 12 if caller == "gus" else 35
        record(folder / "callers", caller, seconds, FORMATS[number % len(FORMATS)])
    for container, encoding, rate, channels in FORMATS:
        show(f"{container}, {encoding}", f"{rate / 1000:g} kHz, {'mono' if channels == 1 else 'stereo'}")
    return folder / "callers"


def correct_recordings(domain: Domain, s3: S3Client, recordings: Path) -> None:
    """Find a recording that the service would reject, before any upload, and replace it."""
    step("Check all recordings before the first upload")
    try:
        enroll(domain, s3, recordings)
    except errors.ManifestError as error:
        for problem in error.problems:
            show(f"rejected: {problem.request_id}", problem.rule)
    record(recordings, "gus", 35, FORMATS[0])
    show("gus", "recorded again, 35 seconds")


def enroll_callers(domain: Domain, s3: S3Client, recordings: Path) -> EnrollmentResults:
    """Enroll all callers with one call."""
    step('Enroll all callers with one call: domain.enroll("callers", convert=True, ...)')
    domain.speaker("hana").opt_out()
    results = enroll(domain, s3, recordings)
    show("enrolled", len(results.enrolled))
    for outcome in results.failed:
        show(f"failed: {outcome.customer_speaker_id}", f"{outcome.error_code}, {outcome.error_message}")
    return results


def retry_failed(domain: Domain, s3: S3Client, results: EnrollmentResults) -> None:
    """Retry the failed request after the caller has agreed."""
    step("Retry the failed request after the caller has agreed")
    domain.speaker("hana").delete()
    again = enroll(domain, s3, results.retry_manifest(codes={409}))
    show("in total", results + again)


def enroll(domain: Domain, s3: S3Client, manifest: EnrollmentManifest | Path) -> EnrollmentResults:
    """Enroll, wait, and return the results: this is all that a program needs."""
    job = domain.enroll(
        manifest,
        s3=s3,
        bucket="voices",
        data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
        convert=True,
        progress=show_progress,
    )
    job.wait(SOON)
    return job.results()


def register_fraudster(domain: Domain, s3: S3Client, folder: Path) -> None:
    """Register a fraudster, whose voice the service then detects in calls."""
    step("Register a fraudster in the same way")
    record(folder / "fraudsters", "mallory", 35, FORMATS[2])
    job = domain.register_fraudsters(
        folder / "fraudsters",
        s3=s3,
        bucket="voices",
        data_access_role_arn="arn:aws:iam::111122223333:role/voice-id",
        convert=True,
        progress=show_progress,
    )
    job.wait(SOON)
    show("registered", len(job.results().registered))


def evaluate_calls(service: LocalVoiceID, domain: Domain, folder: Path) -> None:
    """Evaluate four calls, each from a recording; `start_call` takes the place of Amazon Connect."""
    domain.speaker("lena").opt_out()
    print(f"\n{'Voice':8}  {'Claims':8}  {'Authentication':17}  {'Score':>5}  {'Fraud risk':10}  Reason")
    print(f"{'-' * 8}  {'-' * 8}  {'-' * 17}  {'-' * 5}  {'-' * 10}  {'-' * 15}")
    for voice, claim in (("ana", "ana"), ("zoe", "ana"), ("mallory", "ana"), ("lena", "lena")):
        call = service.start_call(domain.domain_id, f"call-from-{voice}", speaker_id=claim)
        call.play(convert(record(folder / "calls", voice, 12, FORMATS[2])))
        evaluation = domain.session(f"call-from-{voice}").wait_for_decision(SOON)
        caller, fraud = evaluation.authentication_result, evaluation.fraud_detection_result
        if caller is not None and fraud is not None:
            score = "-" if caller.score is None else caller.score
            reasons = ", ".join(fraud.reasons) or "-"
            print(f"{voice:8}  {claim:8}  {caller.decision:17}  {score:>5}  {fraud.decision:10}  {reasons}")


def record(folder: Path, name: str, seconds: int, made: tuple[str, str, int, int]) -> Path:
    """Make a recording with the caller on the left channel and, in stereo, an agent on the right one.

    All voices are the same hum. Local Voice ID distinguishes them by the artist tag of the file.
    """
    container, encoding, rate, channels = made
    folder.mkdir(exist_ok=True)
    for earlier in folder.glob(f"{name}.*"):
        earlier.unlink()
    times = np.arange(rate) / rate  # of one second, after which the hum repeats
    hum = 0.3 * np.sin(2 * np.pi * 150 * times) * (1.2 + np.sin(2 * np.pi * 3 * times)) / 2.2
    samples = np.tile(np.stack([hum, hum / 2][:channels], axis=1), (seconds, 1))
    path = folder / f"{name}.{container}"
    with soundfile.SoundFile(path, "w", rate, channels, encoding) as file:
        file.artist = name if channels == 1 else f"{name};agent"
        file.write(samples)
    return path


def show_progress(progress: Progress) -> None:
    """Draw a bar on one line of a terminal; in other outputs, print only the last state."""
    share = progress.done / progress.total if progress.total else 1.0
    is_last = progress.done == progress.total
    if sys.stdout.isatty() or is_last:
        bar = f"{'█' * round(20 * share):░<20}"
        line = f"\r  {progress.what:22}  {bar} {progress.done:3} of {progress.total}"
        print(line, end="\n" if is_last else "", flush=True)


def step(title: str) -> None:
    """Print the heading of a step."""
    print(f"\n{title}")


def show(name: str, value: object) -> None:
    """Print one result of a step."""
    print(f"  {name:22}  {value}")


if __name__ == "__main__":
    main()
