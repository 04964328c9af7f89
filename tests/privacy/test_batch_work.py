"""Batch work and bulk runs show no sensitive value: the canary is in none of the texts."""

import io
import json
import logging
import logging.handlers
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import botocore.exceptions
import pytest

from tests.support.canary import (
    ANSWERS,
    CANARY,
    MANIFEST,
    PROSE,
    TOMORROW,
    VALUES,
    error_of,
    everything_shown,
    has_canary,
)
from tests.support.canned_responses import DOMAIN_ID, JOB_ID, ROLE_ARN, Canned, success
from tests.support.memory_s3 import MemoryS3
from voiceid_sdk import Domain, VoiceID, WaitPolicy, batch, errors, models
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk.local import LocalVoiceID, ManualClock, tone, wav
from voiceid_sdk.progress import Progress
from voiceid_sdk.runs import BatchEnrollment

# --- The canary in batch work ---------------------------------------------------------------------------

AUDIO: Final = batch.AudioSpecification(s3_uri=MANIFEST, path=f"calls/{CANARY}.wav")
SPEAKERS: Final = batch.EnrollmentManifest(
    [
        batch.EnrollmentRequest(
            request_id=CANARY, speaker_id=VALUES["GeneratedSpeakerId"], audio_specifications=[AUDIO] * 11
        )
    ]
)
FRAUDSTERS: Final = batch.RegistrationManifest(
    [
        batch.RegistrationRequest(
            request_id=CANARY, audio_specifications=[batch.AudioSpecification(path=f"{CANARY}.wav")]
        )
    ]
)
ENROLLED: Final = {
    "RequestId": CANARY,
    "GeneratedSpeakerId": VALUES["GeneratedSpeakerId"],
    "CustomerSpeakerId": VALUES["SpeakerId"],
    "EnrollmentStatus": "NEW_ENROLLMENT",
    "Tomorrow": TOMORROW,
}
REFUSED: Final = {"RequestId": CANARY, "ErrorCode": 500, "ErrorMessage": PROSE}


def output_of(**members: object) -> str:
    return json.dumps({"Version": "1.0", **members})


class RefusingS3:
    """An S3 client whose errors contain the values that it rejects."""

    def get_object(self, *, Bucket: str, Key: str, **_: object) -> Mapping[str, object]:
        said = f"No {Key} in {Bucket}: s3://{Bucket}/{Key} is not there."
        raise botocore.exceptions.ClientError({"Error": {"Code": "NoSuchKey", "Message": said}}, "GetObject")

    head_object = put_object = get_object


@pytest.mark.parametrize("manifest", [SPEAKERS, FRAUDSTERS], ids=lambda manifest: type(manifest).__name__)
def test_manifests_do_not_show_it(manifest: batch.EnrollmentManifest | batch.RegistrationManifest) -> None:
    assert has_canary(str(manifest.requests[0].to_dict()))
    for data in (manifest, *manifest.requests):
        assert not has_canary(everything_shown(data))


def test_results_do_not_show_it() -> None:
    speakers = batch.EnrollmentResults.from_output(
        output_of(
            SuccessfulEnrollments=[ENROLLED, {**ENROLLED, "EnrollmentStatus": CANARY}], Errors=[REFUSED]
        ),
        manifest=SPEAKERS,
    )
    fraudsters = batch.RegistrationResults.from_output(output_of(Errors=[REFUSED]), manifest=FRAUDSTERS)
    assert has_canary(speakers.to_json())
    for results in (speakers, fraudsters):
        for data in (results, *results.outcomes):
            assert not has_canary(everything_shown(data))


BATCH_FAILURES: Final[Mapping[str, Callable[[], object]]] = {
    "check": SPEAKERS.validate,
    "check of recordings": partial(FRAUDSTERS.validate, recordings={}),
    "writing": FRAUDSTERS.to_json,
    "upload": lambda: batch.EnrollmentManifest(
        [
            batch.EnrollmentRequest(
                request_id=CANARY,
                speaker_id=CANARY,
                audio_specifications=[batch.AudioSpecification(s3_uri=f"s3://calls/{CANARY}.wav")],
            )
        ]
    ).upload(RefusingS3(), MANIFEST),
    "no JSON": lambda: batch.EnrollmentManifest.from_json(CANARY),
    "no requests": lambda: batch.EnrollmentManifest.from_json(
        output_of(SpeakerEnrollmentRequests=[CANARY, {"RequestId": {CANARY: CANARY}, "SpeakerId": [CANARY]}])
    ),
    "no lines": lambda: batch.RegistrationManifest.from_json_lines(
        [CANARY, f'{{"RequestId": ["{CANARY}"]}}']
    ),
    "no file": lambda: batch.EnrollmentManifest.from_csv(f"{CANARY}.csv"),
    "no text": lambda: batch.EnrollmentManifest.from_csv(io.BytesIO(f"{CANARY}\0".encode())),
    "no Unicode": lambda: batch.EnrollmentManifest.from_csv(io.BytesIO(f"{CANARY}é".encode("latin-1"))),
    "no columns": lambda: batch.EnrollmentManifest.from_csv([f"{CANARY},{CANARY}"]),
    "no rows": lambda: batch.EnrollmentManifest.from_csv(
        ["request_id,speaker_id,s3_uri,channel_id\n", f"{CANARY},,,{CANARY}\n", CANARY, f'"{CANARY}']
    ),
    "no column": lambda: batch.EnrollmentManifest.from_csv([], columns={CANARY: CANARY}),
    "no folder": lambda: batch.RegistrationManifest.from_folder(CANARY),
    "no output": lambda: batch.EnrollmentResults.from_output(CANARY),
    "no outcomes": lambda: batch.EnrollmentResults.from_output(
        output_of(Errors=[{**REFUSED, "ErrorCode": CANARY}])
    ),
    "no results": lambda: batch.EnrollmentResults.from_json(f'{{"outcomes": [{{"status": ["{CANARY}"]}}]}}'),
    "no request": batch.EnrollmentResults.from_output(output_of(Errors=[REFUSED])).retry_manifest,
    "no policy": lambda: batch.policies.data_access_policy(input_s3_uris=[CANARY], output_s3_uri=CANARY),
}


@pytest.mark.parametrize("what", BATCH_FAILURES)
def test_an_error_of_batch_work_does_not_show_it(what: str) -> None:
    error = error_of(BATCH_FAILURES[what])
    assert isinstance(error, errors.VoiceIDError)
    assert not has_canary(everything_shown(error))


def test_results_that_cannot_be_fetched_do_not_show_it(canned: Canned, client: VoiceID) -> None:
    canned.default = success(**ANSWERS["DescribeSpeakerEnrollmentJob"])
    ended = structure(models.EnrollmentJobInfo, ANSWERS["DescribeSpeakerEnrollmentJob"]["Job"])
    assert ended.ended_at is not None
    error = error_of(lambda: client.domain(DOMAIN_ID).enrollment_job(JOB_ID).results(RefusingS3()))
    assert isinstance(error, errors.ResourceNotFoundError)
    assert not has_canary(everything_shown(error))


# --- The canary in runs ---------------------------------------------------------------------------------

BUCKET: Final = f"bucket-{CANARY.lower()}"


@attrs.frozen
class Place:
    """The inputs of a run, with the canary in every name."""

    domain: Domain
    s3: MemoryS3
    folder: Path

    def enroll(self, **options: Any) -> BatchEnrollment:
        usual = {
            "manifest": self.folder,
            "s3": self.s3,
            "bucket": BUCKET,
            "prefix": CANARY,
            "job_name": CANARY,
            "data_access_role_arn": ROLE_ARN,
            "policy": WaitPolicy(timeout=0),
            "progress": False,
        }
        return self.domain.enroll(**{**usual, **options})

    def enroll_and_wait(self, **options: Any) -> BatchEnrollment:
        run = self.enroll(**options)
        run.wait()
        return run

    def deny(self, operation: str) -> "Place":
        """Deny an operation of S3 from now on."""
        self.s3.denied.add(operation)
        return self

    def write(self, content: bytes) -> Path:
        """Write a second recording."""
        path = self.folder / f"{CANARY}-2.wav"
        path.write_bytes(content)
        return path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder, s3 = tmp_path / CANARY, MemoryS3(BUCKET)
    folder.mkdir()
    (folder / f"{CANARY}-1.wav").write_bytes(wav(tone(31), label=CANARY))
    with LocalVoiceID(s3=s3, clock=ManualClock()) as service:
        domain = service.client().create_domain(name=CANARY, kms_key_id="alias/voice-id")
        yield Place(domain, s3, folder)


def test_a_run_does_not_show_it(
    place: Place, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    state, seen = place.folder / "state", list[Progress]()
    place.domain.speaker(f"{CANARY}-1").opt_out()
    with caplog.at_level(logging.DEBUG, "voiceid_sdk"):
        run = place.enroll(checkpoint=state, progress=True)
        info = run.wait()
        place.enroll(checkpoint=state, progress=seen.append)
    results = run.results()
    assert has_canary(results.to_json())
    assert [record for record in caplog.records if record.name == "voiceid_sdk"]
    shown = [run, *run.jobs, info, results, *results.outcomes, *seen]
    texts = [*map(everything_shown, shown), caplog.text, *capfd.readouterr(), state.read_text()]
    assert [text for text in texts if has_canary(text)] == []


RUN_FAILURES: Final[Mapping[str, Callable[[Place], object]]] = {
    "no bucket": lambda place: place.enroll(bucket=f"{BUCKET}-2"),
    "no name of a bucket": lambda place: place.enroll(bucket=CANARY),
    "no prefix": lambda place: place.enroll(prefix=f"{CANARY}\n"),
    "no job name": lambda place: place.enroll(job_name=f"{CANARY} {CANARY}"),
    "no client": lambda place: place.enroll(s3=CANARY),
    "no access": lambda place: place.enroll(s3=RefusingS3()),
    "no folder": lambda place: place.enroll(manifest=place.folder / CANARY),
    "no recording": lambda place: (place.write(CANARY.encode()), place.enroll()),
    "nothing to convert": lambda place: (place.write(CANARY.encode()), place.enroll(convert=True)),
    "no file": lambda place: place.enroll(manifest=SPEAKERS),
    "no state": lambda place: place.enroll(checkpoint=place.folder / CANARY / CANARY),
    "no state file": lambda place: place.enroll(checkpoint=place.write(f'{{"run": "{CANARY}"}}'.encode())),
    "another state": lambda place: [place.enroll(checkpoint=place.folder / "s", prefix=at) for at in "ab"],
    "another job": lambda place: [place.enroll(prefix=at) for at in "ab"],
    "not ended": lambda place: place.enroll().results(),
    "no time": lambda place: place.enroll().wait(WaitPolicy(timeout=0)),
    "no manifest": lambda place: place.deny("GetObject").enroll_and_wait(),
    "no output": lambda place: place.enroll_and_wait().results(RefusingS3()),
}


@pytest.mark.parametrize("what", RUN_FAILURES)
def test_an_error_of_a_run_does_not_show_it(what: str, place: Place) -> None:
    error = error_of(lambda: RUN_FAILURES[what](place))
    assert isinstance(error, errors.VoiceIDError)
    assert not has_canary(everything_shown(error))
