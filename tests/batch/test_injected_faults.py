"""Batches under random faults: each recording has one outcome, and nobody is enrolled or registered twice."""

import asyncio
import contextlib
import io
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from botocore.exceptions import ClientError

from tests.support.attacks import size
from tests.support.injected_faults import CODES, Faults, botocore_error
from tests.support.memory_s3 import MemoryS3
from voiceid_sdk import AsyncVoiceID, VoiceID, WaitPolicy
from voiceid_sdk.batch import EnrollmentResults, RegistrationResults
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import VoiceIDError
from voiceid_sdk.local import LabelRecognizer, LocalVoiceID, ManualClock, Recording, Timing, tone, wav
from voiceid_sdk.waiting import Clock

ResultT = TypeVar("ResultT")

FAULTS: Final = size(20, 50_000)
FAULTS_OF_OTHERS: Final = size(10, 10_000)
"""For each other way to make a batch."""
FAULTY_RUNS: Final = 6
"""The number of runs over the same recordings with faults; the next run has none, so it must complete."""

BUCKET: Final = "voices"
ROLE: Final = "arn:aws:iam::123456789012:role/voice-id"
SOON: Final = WaitPolicy(timeout=100, initial=1, maximum=1, jitter=0)
S3_CODES: Final = ("AccessDenied", "InternalError", "NoSuchBucket", "NoSuchKey", "SlowDown", "404")
REQUESTS_OF_A_JOB: Final = 2


class QuickEars(LabelRecognizer):
    """Finds enough speech on every recording."""

    def speech_seconds(self, recording: Recording) -> float:
        del recording
        return 31.0


class FaultyClient:
    """A client whose calls fail before or after they were carried out, or are interrupted then."""

    def __init__(self, client: Any, faults: Faults, kind: str, codes: tuple[str, ...], share: float) -> None:
        self._client, self._faults, self._share = client, faults, share
        self._kind, self._codes = kind, codes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return found if name in {"meta", "events"} or not callable(found) else self._faulty(found, name)

    def _faulty(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def faulty(**request: Any) -> Any:
            self._fail(name)
            response = call(**request)
            self._fail(name)
            if "Body" in response and self._faults.comes(f"bodies of {self._kind}", 0.5):
                content = response["Body"].read()
                response["Body"] = io.BytesIO(content[: self._faults.chance.randrange(len(content))])
            return response

        return faulty

    def _fail(self, name: str) -> None:
        self._faults.interrupt(f"interrupts in {self._kind}", 0.2)
        if self._faults.comes(self._kind, self._share):
            raise self._fault(name)

    def _fault(self, name: str) -> Exception:
        chance = self._faults.chance
        # botocore makes its own errors of those of the system.
        if chance.random() < 0.4:
            return botocore_error(chance)
        error: Any = {"Code": chance.choice(self._codes), "Message": "No."}
        metadata: Any = {"HTTPStatusCode": chance.choice((400, 403, 404, 429, 500, 503))}
        return ClientError({"Error": error, "ResponseMetadata": metadata}, name)


class InterruptedClock:
    """A clock whose pauses are interrupted; now and then, all jobs fail that run during a pause."""

    def __init__(self, clock: Clock, faults: Faults, s3: MemoryS3) -> None:
        self._clock, self._faults, self._s3 = clock, faults, s3

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float, cancel: Any) -> None:
        self._faults.interrupt("interrupts in pauses", 0.5)
        if self._faults.comes("jobs that fail", 0.5):
            self._s3.denied.add("GetObject")
        try:
            self._clock.sleep(seconds, cancel)
            self._faults.interrupt("interrupts in pauses", 0.5)
        finally:
            self._s3.denied.clear()


Results = EnrollmentResults | RegistrationResults


class Attack:
    """Enrolls the same recordings in several runs, all but the last under faults, with checkpoints or not."""

    what = "batches"

    def __init__(self, seed: int, voiceid: VoiceID, s3: MemoryS3, clock: ManualClock, folder: Path) -> None:
        self.faults = Faults(seed, share=0.05 + 0.05 * (seed % 5))
        self._voiceid, self._s3, self._clock, self._folder = voiceid, s3, clock, folder
        chance = self.faults.chance
        self._domain = voiceid.create_domain(name="calls", kms_key_id="alias/voice-id")
        self._names = [f"canary-{number}" for number in range(chance.randint(1, 5))]
        self._table = folder / "speakers.csv"
        self._checkpoint = chance.choice((None, folder / "checkpoint.json"))
        self._opted_out = set(chance.sample(self._names, chance.randint(0, 1)))
        self._prepare()

    def _prepare(self) -> None:
        rows = ["speaker_id,path,s3_uri"]
        for number, name in enumerate(self._names):
            # The first recording is a file; the others are short, and in S3, to be quick.
            key = f"short/{name}.wav"
            self._s3.put_object(Bucket=BUCKET, Key=key, Body=wav(tone(0.1), label=name))
            rows.append(f"{name},canary.wav," if not number else f"{name},,s3://{BUCKET}/{key}")
        self._table.write_text("\n".join(rows))
        self._prepare_service()

    def _prepare_service(self) -> None:
        if self._checkpoint is not None:
            self._checkpoint.unlink(missing_ok=True)
        for name in self._opted_out:
            self._domain.speaker(name).opt_out()

    def make(self) -> None:
        for _ in range(FAULTY_RUNS):
            self._run_under_faults()
            self._check_jobs(completed=False)
            # After a day, the service has forgotten client tokens, and jobs have long ended.
            self._clock.advance(self.faults.chance.choice((0, 0, 2 * 24 * 3600)))
        self.faults.share = 0
        self._check_results(self._run())
        self._check_jobs(completed=True)

    def _run_under_faults(self) -> None:
        try:
            results = self._run()
        except KeyboardInterrupt:
            return
        except VoiceIDError as error:
            shown = f"{error} {error!r}"
        else:
            self._check_results(results)
            return
        assert "canary" not in shown

    def _run(self) -> Results:
        waits = self._voiceid._connection.clock
        assert waits is not None
        client = FaultyClient(self._voiceid.boto3_client, self.faults, "the service", CODES, 1)
        clock = InterruptedClock(waits, self.faults, self._s3)
        s3: Any = FaultyClient(self._s3, self.faults, "S3", S3_CODES, 0.3)
        options: dict[str, Any] = {
            "s3": s3,
            "bucket": BUCKET,
            "prefix": self._domain.domain_id,
            "data_access_role_arn": ROLE,
            "checkpoint": self._checkpoint,
            "workers": 1,
            "policy": SOON,
            "progress": lambda _: self.faults.interrupt("interrupts in the progress", 0.1),
        }
        with self.faults.in_files(), self._in_reads():
            return self._make_batch(client, clock, options)

    def _make_batch(self, client: FaultyClient, clock: Clock, options: dict[str, Any]) -> Results:
        domain = VoiceID(client=client, clock=clock).domain(self._domain.domain_id)
        manifest = EnrollmentManifest.from_csv(self._table)
        # A speaker who is enrolled twice shows in the results.
        batch = domain.enroll(manifest, existing_enrollment_action="OVERWRITE", **options)
        batch.wait(SOON)
        return batch.results()

    @contextlib.contextmanager
    def _in_reads(self) -> Iterator[None]:
        """Let files that are read fail, except those that are being written."""
        work = Path.open

        def failing(path: Path, *arguments: Any, **named: Any) -> Any:
            if self.faults.comes("OSErrors of reads", 0.1):
                raise self.faults.of_system()
            return work(path, *arguments, **named)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", failing)
            yield

    def _check_results(self, results: Results) -> None:
        assert isinstance(results, EnrollmentResults)
        assert [outcome.customer_speaker_id for outcome in results.outcomes] == self._names
        assert {outcome.customer_speaker_id for outcome in results.failed} == self._opted_out
        enrolled = [outcome.customer_speaker_id for outcome in results.enrolled]
        assert enrolled == [name for name in self._names if name not in self._opted_out]
        assert results.summary()["enrolled"] + results.summary()["failed"] == len(self._names)

    def _check_jobs(self, *, completed: bool) -> None:
        """Check that no part of the batch has two jobs, apart from those that failed as a whole."""
        jobs = Counter(
            job.job_name
            for listed in (self._domain.enrollment_jobs(), self._domain.registration_jobs())
            for job in listed
            if job.job_status != JobStatus.FAILED
        )
        parts = -(-len(self._names) // REQUESTS_OF_A_JOB)
        assert set(jobs.values()) <= {1}
        assert len(jobs) == parts if completed else len(jobs) <= parts


class AsyncAttack(Attack):
    """The same with the async client."""

    what = "async batches"

    def _make_batch(self, client: FaultyClient, clock: Clock, options: dict[str, Any]) -> Results:
        async def make() -> Results:
            domain = AsyncVoiceID(client=client, clock=clock).domain(self._domain.domain_id)
            manifest = EnrollmentManifest.from_csv(self._table)
            batch = await domain.enroll(manifest, existing_enrollment_action="OVERWRITE", **options)
            await batch.wait(SOON)
            return await batch.results()

        return asyncio.run(make())


class FolderAttack(Attack):
    """Enrolls from a folder of recordings, which are converted and uploaded by several workers."""

    what = "batches from folders"

    def _prepare(self) -> None:
        self._names = self._names[:2]
        self._opted_out &= {*self._names}
        recordings = self._folder / "recordings"
        recordings.mkdir(exist_ok=True)
        for old in recordings.iterdir():
            old.unlink()
        content = (self._folder / "canary.wav").read_bytes()
        for number, name in enumerate(self._names):
            # Equal recordings would share one object.
            (recordings / f"{name}.wav").write_bytes(content[:-2] + bytes((number, 0)))
        self._prepare_service()

    def _make_batch(self, client: FaultyClient, clock: Clock, options: dict[str, Any]) -> Results:
        domain = VoiceID(client=client, clock=clock).domain(self._domain.domain_id)
        options |= {"workers": 3, "convert": True, "existing_enrollment_action": "OVERWRITE"}
        batch = domain.enroll(self._folder / "recordings", **options)
        batch.wait(SOON)
        return batch.results()


class RegistrationAttack(Attack):
    """Registers fraudsters, as new ones, so that one who is registered twice shows."""

    what = "registration batches"

    def _prepare(self) -> None:
        super()._prepare()
        rows = [row.replace("speaker_id", "request_id") for row in self._table.read_text().split("\n")]
        self._table.write_text("\n".join(rows))

    def _make_batch(self, client: FaultyClient, clock: Clock, options: dict[str, Any]) -> Results:
        domain = VoiceID(client=client, clock=clock).domain(self._domain.domain_id)
        manifest = RegistrationManifest.from_csv(self._table)
        batch = domain.register_fraudsters(
            manifest, duplicate_registration_action="REGISTER_AS_NEW", **options
        )
        batch.wait(SOON)
        return batch.results()

    def _check_results(self, results: Results) -> None:
        assert isinstance(results, RegistrationResults)
        assert [outcome.request_id for outcome in results.outcomes] == self._names
        assert not results.failed
        registered = [outcome.generated_fraudster_id for outcome in results.registered]
        assert sorted(filter(None, registered)) == sorted(
            fraudster.generated_fraudster_id or "" for fraudster in self._domain.fraudsters()
        )


class AsyncRegistrationAttack(RegistrationAttack):
    """The same with the async client."""

    what = "async registration batches"

    def _make_batch(self, client: FaultyClient, clock: Clock, options: dict[str, Any]) -> Results:
        async def make() -> Results:
            domain = AsyncVoiceID(client=client, clock=clock).domain(self._domain.domain_id)
            manifest = RegistrationManifest.from_csv(self._table)
            batch = await domain.register_fraudsters(
                manifest, duplicate_registration_action="REGISTER_AS_NEW", **options
            )
            await batch.wait(SOON)
            return await batch.results()

        return asyncio.run(make())


def attack(kind: type[Attack], count: int, folder: Path) -> Counter[str]:
    """Attack batches until ``count`` faults came, and return the faults by kind."""
    (folder / "canary.wav").write_bytes(wav(tone(31), label="canary-0"))
    injected: Counter[str] = Counter()
    for seed in range(count):
        # A new service now and then, so that it does not grow.
        s3, clock = MemoryS3(BUCKET), ManualClock()
        timing = Timing(job_start=1, job_request=1)
        with LocalVoiceID(s3=s3, clock=clock, timing=timing, recognizer=QuickEars()) as service:
            voiceid = service.client()
            for number in range(20):
                if injected.total() >= count:
                    return injected
                one = kind(20 * seed + number, voiceid, s3, clock, folder)
                one.make()
                injected += one.faults.injected
    return injected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (Attack, FAULTS),
        (AsyncAttack, FAULTS_OF_OTHERS),
        (FolderAttack, FAULTS_OF_OTHERS),
        (RegistrationAttack, FAULTS_OF_OTHERS),
        (AsyncRegistrationAttack, FAULTS_OF_OTHERS),
    ],
)
def test_batches_under_random_faults_handle_each_recording_once_and_their_results_add_up(
    kind: type[Attack],
    count: int,
    tmp_path: Path,
    tries: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(EnrollmentManifest, "_MAX_REQUESTS", REQUESTS_OF_A_JOB)
    monkeypatch.setattr(RegistrationManifest, "_MAX_REQUESTS", REQUESTS_OF_A_JOB)
    injected = attack(kind, count, tmp_path)
    tries[f"Faults in {kind.what}"] += injected.total()
    assert injected.total() >= count
