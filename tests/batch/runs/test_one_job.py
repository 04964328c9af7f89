"""Domain.enroll and Domain.register_fraudsters: from recordings to results, with one job."""

import pickle
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.batch_runs import BUCKET, ROLE, SOON, SPEAKERS, SPEECH, enroll, what_jobs_did, written
from tests.support.memory_s3 import MemoryS3
from tests.support.worlds import in_each_world
from voiceid_sdk import Domain, errors
from voiceid_sdk.batch import AudioSpecification, EnrollmentRequest
from voiceid_sdk.batch.manifests import EnrollmentManifest
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.local import wav

# --- One job --------------------------------------------------------------------------------------------


@in_each_world
def test_a_folder_of_recordings_becomes_enrolled_speakers(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert [outcome.customer_speaker_id for outcome in run.results().enrolled] == SPEAKERS
    assert {speaker.customer_speaker_id for speaker in domain.speakers()} == set(SPEAKERS)


@in_each_world
def test_a_batch_has_its_jobs(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    assert run.jobs == (domain.enrollment_job(run.job_id),)
    assert run.describe() == domain.enrollment_job(run.job_id).describe()


@in_each_world
def test_a_run_does_not_pickle_and_says_what_to_do(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match="Pickle its jobs"):
        pickle.dumps(enroll(domain, s3, folder))


@in_each_world
def test_results_are_joined_to_what_was_given(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    manifest = EnrollmentManifest.from_folder(folder)
    run = enroll(domain, s3, manifest)
    run.wait(SOON)
    assert [outcome.request for outcome in run.results().outcomes] == list(manifest.requests)
    assert run.results(s3) == run.results()


def test_what_failed_can_be_tried_again(domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path) -> None:
    domain.speaker("ana").opt_out()
    run = enroll(domain, s3, folder)
    assert run.wait(SOON).job_status == JobStatus.COMPLETED_WITH_ERRORS
    domain.speaker("ana").delete()
    again = enroll(domain, s3, run.results().retry_manifest(codes={409}))
    again.wait(SOON)
    assert (run.results() + again.results()).summary()["enrolled"] == 3


@in_each_world
def test_results_are_not_there_before_the_end(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    with pytest.raises(errors.WaitError, match="not ended"):
        run.results()


def test_the_options_reach_the_job(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    watchlist = domain.default_watchlist()
    run = enroll(
        domain,
        s3,
        folder,
        output_kms_key_id="alias/results",
        job_name="nightly",
        existing_enrollment_action="OVERWRITE",
        fraud_detection_action="IGNORE",
        risk_threshold=70,
        watchlist_ids=[watchlist.watchlist_id],
    )
    info = run.describe()
    config = info.enrollment_config
    assert config is not None
    assert config.existing_enrollment_action == "OVERWRITE"
    assert config.fraud_detection_config is not None
    assert config.fraud_detection_config.risk_threshold == 70
    assert config.fraud_detection_config.watchlist_ids == (watchlist.watchlist_id,)
    assert info.output_data_config is not None
    assert info.output_data_config.kms_key_id == "alias/results"
    assert info.job_name is not None
    assert info.job_name.startswith("nightly-")


@in_each_world
def test_fraudsters_are_registered_alike(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = domain.register_fraudsters(
        folder, s3=s3, bucket=BUCKET, prefix=domain.domain_id, data_access_role_arn=ROLE, progress=False
    )
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert run.results().summary()["registered"] == 3
    assert len(domain.fraudsters().all()) == 3
    assert run.jobs == (domain.registration_job(run.job_id),)


# --- Uploads --------------------------------------------------------------------------------------------


def test_no_key_in_s3_names_a_caller(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    enroll(domain, s3, folder).wait(SOON)
    keys = [key for key in s3.objects[BUCKET] if key.startswith(domain.domain_id)]
    assert len(keys) == 5
    assert [key for key in keys if any(name in key for name in SPEAKERS)] == []


def test_only_what_changed_is_uploaded(domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path) -> None:
    enroll(domain, s3, folder).wait(SOON)
    for name in SPEAKERS:
        (tmp_path / f"{name}.wav").write_bytes((folder / f"{name}.wav").read_bytes())
    (tmp_path / "ben.wav").write_bytes(wav(SPEECH, label="ben, later"))
    s3.calls.clear()
    enroll(domain, s3, tmp_path).wait(SOON)
    put = [key for operation, key in s3.calls if operation == "PutObject" and "/recordings/" in key]
    assert len(put) == 1


def test_a_recording_that_several_requests_share_is_uploaded_once(
    domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    audio = [AudioSpecification(path=folder / "ana.wav")]
    requests = [
        EnrollmentRequest(request_id=name, speaker_id=name, audio_specifications=audio) for name in SPEAKERS
    ]
    enroll(domain, s3, EnrollmentManifest(requests)).wait(SOON)
    assert len(written(s3, domain, "recordings")) == 1


def test_a_recording_goes_where_the_manifest_says(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    audio = AudioSpecification(path=folder / "ana.wav", s3_uri=f"s3://{BUCKET}/chosen/ana.wav")
    request = EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=[audio])
    run = enroll(domain, s3, EnrollmentManifest([request]))
    run.wait(SOON)
    assert run.results().summary()["enrolled"] == 1
    assert s3.objects[BUCKET]["chosen/ana.wav"][0] == (folder / "ana.wav").read_bytes()


def test_two_recordings_do_not_go_to_the_same_place(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    audio = [
        AudioSpecification(path=folder / f"{name}.wav", s3_uri=f"s3://{BUCKET}/one.wav") for name in SPEAKERS
    ]
    request = EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=audio)
    with pytest.raises(errors.ManifestError, match="URI of another recording"):
        enroll(domain, s3, EnrollmentManifest([request]))


def test_a_recording_that_is_in_s3_stays_where_it_is(domain: Domain, s3: MemoryS3) -> None:
    s3.put_object(Bucket=BUCKET, Key="there/ana.wav", Body=wav(SPEECH, label="ana"))
    audio = AudioSpecification(s3_uri=f"s3://{BUCKET}/there/ana.wav")
    request = EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=[audio])
    enroll(domain, s3, EnrollmentManifest([request])).wait(SOON)
    assert what_jobs_did(s3, domain) == {("ana", "NEW_ENROLLMENT"): 1}
    assert written(s3, domain, "recordings") == {}


def test_uploads_are_encrypted_with_the_key_that_is_given(
    domain: Domain, s3: MemoryS3, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[object] = []

    def put_object(**request: Any) -> Any:
        keys.append(request.get("SSEKMSKeyId"))
        return MemoryS3.put_object(s3, **request)

    monkeypatch.setattr(s3, "put_object", put_object)
    enroll(domain, s3, folder, input_kms_key_id="alias/voices")
    assert keys == ["alias/voices"] * 4


def test_a_recording_that_changes_meanwhile_is_noticed(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ana.wav"
    path.write_bytes((folder / "ana.wav").read_bytes())

    def change(manifest: EnrollmentManifest) -> str:
        path.write_bytes(wav(SPEECH, label="somebody else"))
        return to_json(manifest)

    to_json = EnrollmentManifest.to_json
    monkeypatch.setattr(EnrollmentManifest, "to_json", change)
    with pytest.raises(errors.ManifestError, match="changed"):
        enroll(domain, s3, tmp_path)
    assert domain.enrollment_jobs().all() == []


# --- Converted ------------------------------------------------------------------------------------------


def test_recordings_are_converted_where_asked(domain: Domain, s3: MemoryS3, tmp_path: Path) -> None:
    soundfile: Any = pytest.importorskip("soundfile")
    numpy: Any = pytest.importorskip("numpy")
    hum = numpy.sin(numpy.arange(31 * 44_100) / 20) / 4
    for name, suffix in (("ana", "flac"), ("ben", "wav")):
        with soundfile.SoundFile(tmp_path / f"{name}.{suffix}", "w", 44_100, 1) as file:
            file.artist = name
            file.write(hum)
    run = enroll(domain, s3, tmp_path, convert=True)
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert [outcome.customer_speaker_id for outcome in run.results().enrolled] == ["ana", "ben"]
    assert all(content[:4] == b"RIFF" for content in written(s3, domain, "recordings").values())


def test_all_that_cannot_be_converted_is_said_at_once(domain: Domain, s3: MemoryS3, tmp_path: Path) -> None:
    (tmp_path / "ana.flac").write_bytes(b"no recording")
    (tmp_path / "ben.wav").write_bytes(b"")
    (tmp_path / "cem.wav").write_bytes(wav(SPEECH))
    with pytest.raises(errors.ManifestError) as caught:
        enroll(domain, s3, tmp_path, convert=True)
    assert [Path(problem.file or "").name for problem in caught.value.problems] == ["ana.flac", "ben.wav"]
    assert written(s3, domain, "recordings") == {}


def test_only_converted_recordings_need_the_folder_for_temporary_files(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(errors.FileAccessError, match="TMPDIR") as caught:
        enroll(domain, s3, folder, convert=True)
    assert "missing" not in str(caught.value)
    assert enroll(domain, s3, folder).wait(SOON).job_status == JobStatus.COMPLETED
