"""Domain.enroll and Domain.register_fraudsters: from recordings to results, however often they are killed."""

import contextlib
import json
import logging
import os
import pickle
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
import pytest
from botocore.exceptions import ConnectionClosedError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.attacks import SOAK
from tests.support.memory_s3 import MemoryS3
from tests.support.tracebacks import shown_frames
from tests.support.worlds import World, in_each_world
from voiceid_sdk import AsyncVoiceID, Domain, VoiceID, WaitPolicy, errors
from voiceid_sdk._files import write_whole
from voiceid_sdk.batch import AudioSpecification, EnrollmentRequest, EnrollmentResults
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.local import LabelRecognizer, LocalVoiceID, ManualClock, Recording, Timing, tone, wav
from voiceid_sdk.models import EnrollmentJobInfo
from voiceid_sdk.paging import Pager
from voiceid_sdk.runs import BatchEnrollment, checkpoint

if TYPE_CHECKING:
    from voiceid_sdk.progress import Progress

ResultT = TypeVar("ResultT")

ROLE = "arn:aws:iam::123456789012:role/voice-id"
BUCKET = "voices"
SPEAKERS: Final = ["ana", "ben", "cem"]
SPEECH = tone(31)
SOON = WaitPolicy(timeout=100, initial=1, maximum=1, jitter=0)


class QuickEars(LabelRecognizer):
    """Takes a recording's word for how much speech is on it, for tests of many."""

    def speech_seconds(self, recording: Recording) -> float:
        return 31.0 if len(recording.samples) > 2000 else 1.0


@pytest.fixture(scope="module")
def s3() -> MemoryS3:
    return MemoryS3(BUCKET)


@pytest.fixture(scope="module")
def service(s3: MemoryS3) -> Iterator[LocalVoiceID]:
    """Serve all tests: each has a domain of its own, and boto3 takes its time to make a client."""
    timing = Timing(job_start=1, job_request=1)
    with LocalVoiceID(s3=s3, clock=ManualClock(), timing=timing, recognizer=QuickEars()) as service:
        yield service


@pytest.fixture(scope="module")
def voiceid(service: LocalVoiceID) -> VoiceID:
    return service.client()


@pytest.fixture(scope="module")
def async_voiceid(service: LocalVoiceID) -> AsyncVoiceID:
    return service.async_client()


@pytest.fixture
def domain(world: World, voiceid: VoiceID, async_voiceid: AsyncVoiceID) -> Domain:
    return make_domain(world.enter(async_voiceid) if world.is_async else voiceid)


def make_domain(voiceid: VoiceID) -> Domain:
    return voiceid.create_domain(name="calls", kms_key_id="alias/voice-id")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    for name in SPEAKERS:
        (folder / f"{name}.wav").write_bytes(wav(SPEECH, label=name))
    return folder


@pytest.fixture
def two_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job take two requests, so that few recordings make several jobs."""
    monkeypatch.setattr(EnrollmentManifest, "_MAX_REQUESTS", 2)
    monkeypatch.setattr(RegistrationManifest, "_MAX_REQUESTS", 2)


def enroll(domain: Domain, s3: Any, manifest: EnrollmentManifest | Path, **options: Any) -> BatchEnrollment:
    """Enroll with a part of the bucket for each domain, and without showing anything."""
    usual = {
        "bucket": BUCKET,
        "prefix": domain.domain_id,
        "data_access_role_arn": ROLE,
        "progress": False,
        "policy": SOON,
    }
    return domain.enroll(manifest, s3=s3, **{**usual, **options})


def written(s3: MemoryS3, domain: Domain, folder: str) -> dict[str, bytes]:
    """Return what stands in one of a domain's folders."""
    prefix = f"{domain.domain_id}/{folder}/"
    return {
        key.removeprefix(prefix): content
        for key, (content, _) in s3.objects[BUCKET].items()
        if key.startswith(prefix)
    }


def what_jobs_did(s3: MemoryS3, domain: Domain) -> Counter[tuple[str, str]]:
    """Return how often each speaker was enrolled, and how, by all the output files."""
    outputs = map(json.loads, written(s3, domain, "results").values())
    return Counter(
        (done["CustomerSpeakerId"], done["EnrollmentStatus"])
        for output in outputs
        for done in output["SuccessfulEnrollments"]
    )


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


# --- Something is wrong ---------------------------------------------------------------------------------


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


# --- Several jobs ---------------------------------------------------------------------------------------


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_more_than_a_job_takes_becomes_several_jobs_one_after_the_other(
    domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    run = enroll(domain, s3, folder)
    first = run.jobs
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert (len(first), len(run.jobs)) == (1, 2)
    assert [outcome.customer_speaker_id for outcome in run.results().enrolled] == SPEAKERS


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_a_run_of_several_jobs_is_described_as_one(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    domain.speaker("ana").opt_out()
    run = enroll(domain, s3, folder)
    seen: list[tuple[JobStatus | None, int, bool]] = []

    def note(info: EnrollmentJobInfo) -> None:
        percent = info.job_progress and info.job_progress.percent_complete
        seen.append((info.job_status, percent or 0, info.ended_at is not None))

    run.wait(SOON, on_progress=note)
    assert seen[0] == (JobStatus.SUBMITTED, 0, False)
    assert {status for status, _, _ in seen[1:-1]} == {JobStatus.IN_PROGRESS}
    assert [percent for _, percent, _ in seen] == sorted(percent for _, percent, _ in seen)
    assert (JobStatus.IN_PROGRESS, 66, False) in seen
    assert seen[-1] == (JobStatus.COMPLETED_WITH_ERRORS, 100, True)
    assert run.describe().job_status == JobStatus.COMPLETED_WITH_ERRORS


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_errors_in_any_job_are_raised_where_asked(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    domain.speaker("ana").opt_out()
    run = enroll(domain, s3, folder)
    with pytest.raises(errors.JobFailedError, match="with errors"):
        run.wait(SOON, raise_on_errors=True)
    assert len(run.jobs) == 2


@pytest.mark.usefixtures("two_a_job")
def test_results_wait_for_all_jobs(service: LocalVoiceID, domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    run.jobs[0].wait(SOON)
    with pytest.raises(errors.WaitError, match="1 of 2 jobs"):
        run.results()
    assert run.describe().job_status == JobStatus.IN_PROGRESS


@in_each_world
def test_a_job_of_somebody_else_is_waited_for(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    other = enroll(domain, s3, folder, job_name="other")
    run = enroll(domain, s3, folder)
    assert run.job_id != other.job_id
    assert other.describe().job_status == JobStatus.COMPLETED
    assert run.wait(SOON).job_status == JobStatus.COMPLETED


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_a_job_of_somebody_else_between_two_of_ours_is_waited_for(
    domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    run = enroll(domain, s3, folder)
    run.jobs[0].wait(SOON)
    other = enroll(domain, s3, folder, job_name="other")
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert len(run.jobs) == 2
    assert other.jobs[0].describe().job_status == JobStatus.COMPLETED


@in_each_world
def test_a_job_of_somebody_else_is_not_waited_for_forever(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    enroll(domain, s3, folder, job_name="other")
    with pytest.raises(errors.WaitTimeoutError, match="another enrollment job"):
        enroll(domain, s3, folder, policy=WaitPolicy(timeout=0))


def test_a_start_that_is_answered_without_an_id_is_not_taken_for_one(
    voiceid: VoiceID, domain: Domain, s3: MemoryS3, folder: Path
) -> None:
    class Mute(Stepping):
        """Starts jobs, and does not say which."""

        def start_speaker_enrollment_job(self, **request: Any) -> Any:
            return {
                "Job": {"JobStatus": self._client.start_speaker_enrollment_job(**request)["Job"]["JobStatus"]}
            }

    client = VoiceID(client=Mute(voiceid.boto3_client, Steps()), clock=voiceid._connection.clock)
    with pytest.raises(errors.ResponseError, match="no job_id"):
        enroll(client.domain(domain.domain_id), s3, folder)
    enroll(domain, s3, folder)
    assert len(domain.enrollment_jobs().all()) == 1


# --- Begun again ----------------------------------------------------------------------------------------


@in_each_world
def test_the_same_again_is_the_same_run(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    first = enroll(domain, s3, folder)
    again = enroll(domain, s3, folder)
    assert again == first
    again.wait(SOON)
    assert enroll(domain, s3, folder).results() == first.results()
    assert len(domain.enrollment_jobs().all()) == 1


def test_under_another_name_the_same_is_done_once_more(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    enroll(domain, s3, folder).wait(SOON)
    again = enroll(domain, s3, folder, job_name="again")
    again.wait(SOON)
    assert again.results().summary()["skipped"] == 3


@in_each_world
def test_a_job_that_failed_as_a_whole_is_started_again(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    run = enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
    for _ in range(2):
        s3.denied.add("GetObject")
        try:
            with pytest.raises(errors.JobFailedError):
                run.wait(SOON)
        finally:
            s3.denied.clear()
        before, run = run, enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
        assert run.job_id != before.job_id
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
    assert run.results().summary()["enrolled"] == 3


@in_each_world
@pytest.mark.usefixtures("two_a_job")
def test_no_job_follows_one_that_failed(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run = enroll(domain, s3, folder)
    s3.denied.add("GetObject")
    try:
        for _ in range(2):
            with pytest.raises(errors.JobFailedError):
                run.wait(SOON)
    finally:
        s3.denied.clear()
    assert len(run.jobs) == 1


def test_a_run_that_has_ended_is_not_looked_for_again(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
    run.wait(SOON)
    monkeypatch.setattr(Domain, "enrollment_jobs", None)
    s3.calls.clear()
    again = enroll(domain, s3, folder, checkpoint=tmp_path / "checkpoint")
    assert s3.calls == []
    assert again.results() == run.results()


# --- The checkpoint ------------------------------------------------------------------------------------


def test_the_checkpoint_is_its_owners_alone_and_names_nobody(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    enroll(domain, s3, folder, checkpoint=file).wait(SOON)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [name for name in (*SPEAKERS, BUCKET, "s3:", str(folder)) if name in file.read_text()] == []
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_a_checkpoint_that_cannot_be_replaced_stays_as_it_was(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError

    file = tmp_path / "checkpoint"
    run = enroll(domain, s3, folder, checkpoint=file)
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(errors.RequestValidationError, match="can be written"):
            run.wait(SOON)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("checkpoint", before)]
    assert run.wait(SOON).job_status == JobStatus.COMPLETED


def test_the_checkpoint_of_a_batch_that_has_not_ended_is_kept_from_another(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    run = enroll(domain, s3, folder, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(errors.RequestValidationError, match="other recordings or options"):
        enroll(domain, s3, folder, checkpoint=file, risk_threshold=7)
    assert file.read_bytes() == before
    run.wait(SOON)
    assert enroll(domain, s3, folder, checkpoint=file, risk_threshold=7) != run


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"version": 2, "run": "a", "jobs": []}', b'{"version": 1}']
)
def test_what_is_no_checkpoint_is_refused_and_left_alone(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "checkpoint"
    file.write_bytes(content)
    with pytest.raises(errors.RequestValidationError, match="checkpoint must be the checkpoint"):
        enroll(domain, s3, folder, checkpoint=file)
    assert file.read_bytes() == content


def test_a_checkpoint_with_another_number_of_jobs_is_refused(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint"
    enroll(domain, s3, folder, checkpoint=file).wait(SOON)
    content = json.loads(file.read_text())
    counts: list[list[object]] = [[], content["jobs"] * 9]
    for jobs in counts:
        file.write_text(json.dumps({**content, "jobs": jobs}))
        with pytest.raises(errors.RequestValidationError, match="checkpoint must be the checkpoint"):
            enroll(domain, s3, folder, checkpoint=file)


def test_a_checkpoint_serves_when_the_service_lists_nothing_any_more(
    domain: Domain, s3: MemoryS3, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "checkpoint"
    run = enroll(domain, s3, folder, checkpoint=file)
    monkeypatch.setattr(Pager, "items", lambda *_: iter(()))
    assert enroll(domain, s3, folder, checkpoint=file) == run


# --- Killed ---------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


class Steps:
    """Counts the steps of a program, one before and one after each call, and kills it at one of them."""

    def __init__(self, last: int | None = None) -> None:
        self.taken = 0
        self.last = last

    def around(self, work: Callable[..., ResultT]) -> Callable[..., ResultT]:
        def stepped(*arguments: Any, **named: Any) -> ResultT:
            self.take()
            result = work(*arguments, **named)
            self.take()
            return result

        return stepped

    def take(self) -> None:
        self.taken += 1
        if self.taken == self.last:
            raise Killed


class Stepping:
    """A client every call of which is two steps."""

    def __init__(self, client: Any, steps: Steps) -> None:
        self._client = client
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return found if name in ("meta", "events") else self._steps.around(found)


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
                # Whoever is enrolled twice shows in the results.
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


# --- Shown, and given up --------------------------------------------------------------------------------


@in_each_world
def test_progress_is_shown_from_the_files_to_the_requests(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    seen: list[Progress] = []
    run = enroll(domain, s3, folder, progress=seen.append)
    run.wait(SOON)
    last = {progress.what: (progress.done, progress.total) for progress in seen}
    assert last == {
        "reading recordings": (3, 3),
        "uploading recordings": (3, 3),
        "enrolling speakers": (3, 3),
    }


@in_each_world
def test_a_wait_may_show_its_progress_in_another_way(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    begun: list[Progress] = []
    waited: list[Progress] = []
    enroll(domain, s3, folder, progress=begun.append).wait(SOON, progress=waited.append)
    assert {progress.what for progress in begun} == {"reading recordings", "uploading recordings"}
    assert {progress.what for progress in waited} == {"enrolling speakers"}


def test_without_progress_nothing_is_shown(
    domain: Domain, s3: MemoryS3, folder: Path, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    with caplog.at_level(logging.INFO, "voiceid_sdk"):
        enroll(domain, s3, folder).wait(SOON)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_it_is_cancelled_before_a_job_is_started(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(errors.WaitCancelledError):
        enroll(domain, s3, folder, cancel=cancel)
    assert domain.enrollment_jobs().all() == []


@pytest.mark.usefixtures("two_a_job")
def test_cancelled_while_waiting_no_job_follows(domain: Domain, s3: MemoryS3, folder: Path) -> None:
    run, cancel = enroll(domain, s3, folder), threading.Event()
    with pytest.raises(errors.WaitCancelledError):
        run.wait(SOON, cancel=cancel, on_progress=lambda _: cancel.set())
    assert len(run.jobs) == 1
    assert run.wait(SOON).job_status == JobStatus.COMPLETED
