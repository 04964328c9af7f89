"""Batches with a problem: everything is checked before anything is uploaded or started."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.batch_runs import BUCKET, SOON, SPEECH, enroll, what_jobs_did, written
from tests.support.memory_s3 import MemoryS3
from tests.support.tracebacks import shown_frames
from tests.support.worlds import in_each_world
from voiceid_sdk import Domain, errors
from voiceid_sdk.batch import AudioSpecification, EnrollmentRequest
from voiceid_sdk.batch.manifests import EnrollmentManifest
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.local import tone, wav


@in_each_world
def test_nothing_is_uploaded_when_something_is_wrong(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    audio = [AudioSpecification(path=folder / "ana.wav")]
    requests = [
        EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=audio),
        EnrollmentRequest(request_id="1", speaker_id="not an id", audio_specifications=audio),
    ]
    s3.calls.clear()
    with pytest.raises(errors.ManifestError) as caught:
        enroll(domain, s3, EnrollmentManifest(requests))
    assert {problem.parameter for problem in caught.value.problems} == {
        "requests[1].speaker_id",
        "requests[1].request_id",
    }
    assert s3.calls == []


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"data_access_role_arn": "voice-id"}, "data_access_role_arn"),
        ({"risk_threshold": 101}, "risk_threshold"),
        ({"job_name": "not a name"}, "job_name"),
        ({"job_name": "a" * 250}, "job_name"),
        ({"existing_enrollment_action": "MERGE"}, "existing_enrollment_action"),
        ({"bucket": "Not A Bucket"}, "bucket"),
        ({"bucket": "bucket/key"}, "bucket"),
        ({"prefix": "a" * 1000}, "prefix"),
        ({"workers": 0}, "workers"),
        ({"checkpoint": "no/such/folder/file.json"}, "checkpoint"),
    ],
)
def test_an_option_that_is_wrong_is_refused_before_anything_is_done(
    domain: Domain, s3: MemoryS3, folder: Path, options: dict[str, Any], parameter: str
) -> None:
    s3.calls.clear()
    with pytest.raises(errors.RequestValidationError, match=parameter):
        enroll(domain, s3, folder, **options)
    assert s3.calls == []
    assert domain.enrollment_jobs().all() == []


@in_each_world
def test_an_option_that_does_not_exist_is_a_type_error(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    with pytest.raises(TypeError, match="chekpoint"):
        enroll(domain, s3, folder, chekpoint=folder / "file.json")


def test_what_is_no_s3_client_is_refused(domain: Domain, folder: Path) -> None:
    with pytest.raises(errors.RequestValidationError, match="s3 must be"):
        enroll(domain, None, folder)


def test_files_that_cannot_be_read_are_all_named(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    requests = [
        EnrollmentRequest(
            request_id=name, speaker_id=name, audio_specifications=[AudioSpecification(path=folder / name)]
        )
        for name in ("ana.wav", "dora.wav", "eli.wav")
    ]
    manifest = EnrollmentManifest(
        [attrs.evolve(request, speaker_id=request.speaker_id[:3]) for request in requests]
    )
    with pytest.raises(errors.ManifestError) as caught:
        enroll(domain, s3, manifest)
    assert [problem.request_id for problem in caught.value.problems] == ["dora.wav", "eli.wav"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "folder cannot be read"),
        ("calls.csv", "folder must be a folder; from_csv, from_json_lines and from_json make a manifest"),
        ("", r"folder must have recordings, files that end with \.wav\. With convert=True, other formats"),
    ],
)
def test_what_is_no_folder_of_recordings_is_an_error_that_says_what_to_do(
    domain: Domain, s3: MemoryS3, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "calls.csv").write_text("speaker_id,path\n")
    with pytest.raises(errors.ManifestError, match=said):
        enroll(domain, s3, tmp_path / name)


def test_notebooks_show_no_frame_of_the_batch_for_a_recording_that_is_wrong(
    domain: Domain, s3: MemoryS3, tmp_path: Path
) -> None:
    (tmp_path / "ana.wav").write_bytes(b"no audio")
    with pytest.raises(errors.ManifestError) as caught:
        enroll(domain, s3, tmp_path)
    assert shown_frames(caught.value, "voiceid_sdk/runs/") == []


def test_with_conversion_a_folder_must_have_one_of_the_formats(
    domain: Domain, s3: MemoryS3, tmp_path: Path
) -> None:
    with pytest.raises(errors.ManifestError, match=r"files that end with \.wav, .*\.flac.*") as caught:
        enroll(domain, s3, tmp_path, convert=True)
    assert caught.value.next_step is None


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "must not be empty"),
        (b"ID3 no recording", "must be a WAV file"),
        (wav(SPEECH)[:-100], "must be complete"),
        (wav(SPEECH, sample_rate=16_000), "8 kHz"),
        (wav(bytes(len(SPEECH))), "silent"),
        (wav(tone(29)), "30 seconds"),
    ],
)
def test_a_recording_that_the_service_would_refuse_stops_all(
    domain: Domain, s3: MemoryS3, tmp_path: Path, content: bytes, rule: str
) -> None:
    (tmp_path / "ana.wav").write_bytes(wav(SPEECH))
    (tmp_path / "ben.wav").write_bytes(content)
    with pytest.raises(errors.ManifestError, match=rule) as caught:
        enroll(domain, s3, tmp_path)
    assert {problem.request_id for problem in caught.value.problems} == {"ben"}
    assert written(s3, domain, "recordings") == {}


def test_a_manifest_in_s3_that_is_not_json_fails_the_job(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    (name,) = written(s3, domain, "manifests")
    s3.put_object(Bucket=BUCKET, Key=f"{domain.domain_id}/manifests/{name}", Body=b"\xff\xfenot json")
    with pytest.raises(errors.JobFailedError, match="not JSON"):
        run.wait(SOON)
    assert enroll(domain, s3, folder).wait(SOON).job_status == JobStatus.COMPLETED


@in_each_world
def test_an_output_file_that_is_gone_or_cut_off_is_said_to_be(
    domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    run = enroll(domain, s3, folder)
    run.wait(SOON)
    ((name, content),) = written(s3, domain, "results").items()
    key = f"{domain.domain_id}/results/{name}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=content[: len(content) // 2])
    with pytest.raises(errors.ResponseError):
        run.results()
    del s3.objects[BUCKET][key]
    with pytest.raises(errors.ResourceNotFoundError, match="output file"):
        run.results()


def test_a_bucket_that_does_not_exist_is_said_to(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    with pytest.raises(errors.ResourceNotFoundError, match="make the bucket"):
        enroll(domain, s3, folder, bucket="no-such-bucket")
    assert domain.enrollment_jobs().all() == []


@pytest.mark.parametrize("denied", [{"PutObject"}, {"PutObject", "HeadObject"}])
def test_access_that_is_denied_is_said_to_be(
    domain: Domain, s3: MemoryS3, folder: Path, denied: set[str]
) -> None:
    s3.denied |= denied
    try:
        with pytest.raises(errors.AccessDeniedError, match="IAM policy"):
            enroll(domain, s3, folder)
    finally:
        s3.denied.clear()
    enroll(domain, s3, folder).wait(SOON)
    assert sum(what_jobs_did(s3, domain).values()) == 3


def test_those_who_may_not_look_upload_all(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    s3.denied.add("HeadObject")
    try:
        run = enroll(domain, s3, folder)
    finally:
        s3.denied.clear()
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
