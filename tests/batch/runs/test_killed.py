"""Batches whose program is killed at any step, and begun again."""

import contextlib
from pathlib import Path
from typing import Any

import attrs
import pytest
from botocore.exceptions import ConnectionClosedError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.attacks import SOAK
from tests.support.batch_runs import BUCKET, SOON, enroll, make_domain, what_jobs_did
from tests.support.memory_s3 import MemoryS3
from tests.support.steps import Killed, Stepping, Steps
from voiceid_sdk import Domain, VoiceID
from voiceid_sdk._files import write_whole
from voiceid_sdk.batch import AudioSpecification, EnrollmentRequest, EnrollmentResults
from voiceid_sdk.batch.manifests import EnrollmentManifest
from voiceid_sdk.local import LocalVoiceID, ManualClock, tone, wav
from voiceid_sdk.paging import Pager
from voiceid_sdk.runs import checkpoint


@attrs.frozen
class Program:
    """A program that enrolls and waits, with two requests a job."""

    voiceid: VoiceID
    s3: MemoryS3
    manifest: EnrollmentManifest

    def run(self, domain: Domain, steps: Steps, file: Path | None) -> EnrollmentResults:
        stepping = VoiceID(
            client=Stepping(self.voiceid.boto3_client, steps), clock=self.voiceid._connection.clock
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EnrollmentManifest, "_MAX_REQUESTS", 2)
            patch.setattr(checkpoint, "write_whole", steps.around(write_whole))
            run = enroll(
                stepping.domain(domain.domain_id),
                Stepping(self.s3, steps),
                self.manifest,
                # The results show each speaker who is enrolled twice.
                existing_enrollment_action="OVERWRITE",
                checkpoint=file,
                workers=1,
            )
            run.wait(SOON)
            return run.results()

    def killed_at(self, step: int, domain: Domain, file: Path | None) -> None:
        with pytest.raises(Killed):
            self.run(domain, Steps(step), file)


def speakers_to_enroll(s3: MemoryS3, folder: Path, count: int) -> EnrollmentManifest:
    """Return speakers the first of whom has a file, and the others short recordings in S3, to be quick."""
    requests: list[EnrollmentRequest] = []
    for number in range(count):
        name, key = f"speaker-{number}", f"short/{number}.wav"
        s3.put_object(Bucket=BUCKET, Key=key, Body=wav(tone(1), label=name))
        audio = AudioSpecification(s3_uri=f"s3://{BUCKET}/{key}")
        if not number:
            audio = AudioSpecification(path=folder / "ana.wav")
        requests.append(EnrollmentRequest(request_id=name, speaker_id=name, audio_specifications=[audio]))
    return EnrollmentManifest(requests)


@pytest.mark.uncovered
@pytest.mark.parametrize(("with_file", "days"), [(True, 0), (False, 2)])
def test_killed_at_any_step_and_begun_again_everybody_is_enrolled_exactly_once(
    voiceid: VoiceID,
    s3: MemoryS3,
    service: LocalVoiceID,
    folder: Path,
    tmp_path: Path,
    *,
    with_file: bool,
    days: int,
) -> None:
    program = Program(voiceid, s3, speakers_to_enroll(s3, folder, 3))
    names = [request.speaker_id for request in program.manifest.requests]
    steps = Steps()
    program.run(make_domain(voiceid), steps, tmp_path / "checkpoint" if with_file else None)
    # A soak kills it at every step.
    for step in range(1, steps.taken + 1, 1 if SOAK else 13):
        domain, file = make_domain(voiceid), tmp_path / f"file-{step}" if with_file else None
        program.killed_at(step, domain, file)
        assert isinstance(service.clock, ManualClock)
        # After a day, client tokens are forgotten, and jobs have long ended.
        service.clock.advance(days * 24 * 3600)
        results = program.run(domain, Steps(), file)
        assert what_jobs_did(s3, domain) == {(name, "NEW_ENROLLMENT"): 1 for name in names}, step
        assert [outcome.customer_speaker_id for outcome in results.enrolled] == names, step
        assert len(domain.enrollment_jobs().all()) == 2, step


@given(count=st.integers(1, 7), kills=st.lists(st.integers(1, 60), max_size=3), with_file=st.booleans())
@settings(max_examples=settings().max_examples // 4 + 5)
def test_however_often_it_is_killed_everybody_is_enrolled_exactly_once(
    voiceid: VoiceID,
    s3: MemoryS3,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    count: int,
    kills: list[int],
    with_file: bool,
) -> None:
    program, domain = Program(voiceid, s3, speakers_to_enroll(s3, folder, count)), make_domain(voiceid)
    names = [request.speaker_id for request in program.manifest.requests]
    file = tmp_path_factory.mktemp("batch") / "checkpoint" if with_file else None
    for step in kills:
        # There may be fewer steps left than that.
        with contextlib.suppress(Killed):
            program.run(domain, Steps(step), file)
    results = program.run(domain, Steps(), file)
    assert what_jobs_did(s3, domain) == {(name, "NEW_ENROLLMENT"): 1 for name in names}
    assert [outcome.customer_speaker_id for outcome in results.enrolled] == names


def test_an_answer_that_is_lost_does_not_start_a_second_job(
    service: LocalVoiceID, domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    # botocore's own attempts are lost as well.
    service.faults.drop_next("StartSpeakerEnrollmentJob", times=3)
    run = enroll(domain, s3, folder)
    run.wait(SOON)
    assert len(domain.enrollment_jobs().all()) == 1


def test_a_lost_job_is_found_where_tokens_are_forgotten_at_once(
    voiceid: VoiceID, domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    class Forgetful(Stepping):
        """Starts jobs without their tokens, and loses the first answer."""

        lost = False

        def start_speaker_enrollment_job(self, ClientToken: str, **request: Any) -> Any:
            answer = self._client.start_speaker_enrollment_job(**request)
            if not self.lost:
                self.lost = True
                raise ConnectionClosedError(endpoint_url="")
            return answer

    client = Forgetful(voiceid.boto3_client, Steps())
    forgetful = VoiceID(client=client, clock=voiceid._connection.clock).domain(domain.domain_id)
    run = enroll(forgetful, s3, folder)
    assert [job.job_id for job in domain.enrollment_jobs()] == [run.job_id]


def test_a_lost_job_is_found_by_its_token_where_jobs_are_not_listed(
    domain: Domain, s3: MemoryS3, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = enroll(domain, s3, folder)
    with monkeypatch.context() as patch:
        patch.setattr(Pager, "items", lambda *_: iter(()))
        assert enroll(domain, s3, folder) == lost
    assert len(domain.enrollment_jobs().all()) == 1
