"""Everything for which the service would refuse a manifest is found at once, before it is sent."""

import pickle
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import values
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentRequest,
    RegistrationManifest,
    RegistrationRequest,
)
from voiceid_sdk.errors import ManifestError
from voiceid_sdk.local import tone, wav

GOOD = EnrollmentRequest(
    request_id="1",
    speaker_id="customer-1",
    audio_specifications=[AudioSpecification(s3_uri="s3://calls/1.wav")],
)
WAVS = values("S3Uri").map(lambda uri: f"{uri}/x.wav").filter(lambda uri: len(uri) <= 1024)


def broken(*requests: EnrollmentRequest) -> list[str]:
    return [str(problem) for problem in EnrollmentManifest(requests).problems()]


def broken_by(**changes: Any) -> list[str]:
    return broken(attrs.evolve(GOOD, **changes))


def broken_by_audio(**changes: Any) -> list[str]:
    audio = attrs.evolve(GOOD.audio_specifications[0], **changes)
    return broken(attrs.evolve(GOOD, audio_specifications=[audio]))


@given(
    st.lists(
        st.builds(
            EnrollmentRequest,
            request_id=st.text(min_size=1, max_size=8),
            speaker_id=values("CustomerSpeakerId"),
            audio_specifications=st.lists(
                st.builds(AudioSpecification, s3_uri=WAVS, channel_id=st.integers(0, 1)),
                min_size=1,
                max_size=10,
            ),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda request: request.request_id,
    )
)
def test_a_manifest_that_keeps_every_rule_has_no_problem(requests: list[EnrollmentRequest]) -> None:
    EnrollmentManifest(requests).validate()


def test_every_problem_is_found_and_has_its_request() -> None:
    bad = EnrollmentRequest(request_id="1", speaker_id="id#Abcdefghijklmnopqrst02")
    with pytest.raises(ManifestError) as caught:
        EnrollmentManifest([GOOD, bad]).validate()
    assert [str(problem) for problem in caught.value.problems] == [
        "requests[1].speaker_id must be an id of your own, not one that the service generated",
        "requests[1].audio_specifications must be 1 to 10 recordings",
        "requests[1].request_id must be unique; requests[0] has the same",
    ]
    assert {problem.request_id for problem in caught.value.problems} == {"1"}
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_the_error_counts_the_problems_and_shows_the_first_few_without_their_values() -> None:
    bad = attrs.evolve(GOOD, speaker_id="Ana María", audio_specifications=[])
    with pytest.raises(ManifestError) as caught:
        EnrollmentManifest([bad] * 3).validate()
    assert str(caught.value) == (
        "The manifest has 8 problems: "
        "requests[0].speaker_id must begin with a letter or digit and hold only letters, digits, _ and -; "
        "requests[0].audio_specifications must be 1 to 10 recordings; "
        "requests[1].speaker_id must begin with a letter or digit and hold only letters, digits, _ and -; "
        "and 5 more in .problems"
    )
    assert "Ana" not in repr(caught.value) + repr(caught.value.problems)


def test_a_manifest_has_requests() -> None:
    assert broken() == ["requests must not be empty"]


@pytest.mark.parametrize(
    ("manifest", "most"),
    [
        (
            EnrollmentManifest(attrs.evolve(GOOD, request_id=str(number)) for number in range(10_001)),
            "10,000",
        ),
        (
            RegistrationManifest(
                RegistrationRequest(request_id=str(number), audio_specifications=GOOD.audio_specifications)
                for number in range(501)
            ),
            "500",
        ),
    ],
)
def test_one_job_takes_so_many_requests(
    manifest: EnrollmentManifest | RegistrationManifest, most: str
) -> None:
    (problem,) = manifest.problems()
    assert problem.parameter == "requests"
    assert f"at most {most} for one job" in problem.rule
    assert "split()" in problem.rule
    for part in manifest.split():
        part.validate()


@pytest.mark.parametrize(
    ("speaker_id", "rule"),
    [
        ("", "must have at least 1 character and must begin with a letter or digit"),
        ("x" * 257, "must have at most 256 characters"),
        ("-ana", "must begin with a letter or digit"),
        ("ana maría", "must begin with a letter or digit and hold only letters, digits, _ and -"),
        ("id#Abcdefghijklmnopqrst02", "must be an id of your own"),
        (7, "must be a string"),
    ],
)
def test_a_speaker_has_an_id_of_the_application(speaker_id: object, rule: str) -> None:
    (problem,) = broken_by(speaker_id=speaker_id)
    assert problem.startswith(f"requests[0].speaker_id {rule}")


@pytest.mark.parametrize("count", [0, 11])
def test_a_request_has_one_to_ten_recordings(count: int) -> None:
    audio = GOOD.audio_specifications * count
    assert broken_by(audio_specifications=audio) == [
        "requests[0].audio_specifications must be 1 to 10 recordings"
    ]


def test_a_request_has_an_id() -> None:
    assert broken_by(request_id="") == ["requests[0].request_id must not be empty"]
    assert broken_by(request_id=[1]) == ["requests[0].request_id must be a string"]


@pytest.mark.parametrize(
    ("uri", "rule"),
    [
        ("calls/1.wav", "must be an S3 URI such as s3://bucket/key"),
        ("s3://A/1.wav", "must be an S3 URI such as s3://bucket/key"),
        (f"s3://calls/{'x' * 1024}.wav", "must have at most 1024 characters"),
        ("s3://calls", "must end with .wav"),
        ("s3://calls/1.mp3", "must end with .wav"),
    ],
)
def test_a_recording_is_a_wav_file_in_s3(uri: str, rule: str) -> None:
    assert broken_by_audio(s3_uri=uri) == [f"requests[0].audio_specifications[0].s3_uri {rule}"]


def test_a_recording_is_somewhere() -> None:
    assert broken_by_audio(s3_uri=None) == [
        "requests[0].audio_specifications[0] must have an s3_uri, or a path for Domain.enroll to upload"
    ]
    assert broken_by_audio(s3_uri=None, path="1.flac") == []


@pytest.mark.parametrize("channel", [2, -1, True, None, "0", 1.0])
def test_a_channel_is_the_first_or_the_second(channel: object) -> None:
    assert broken_by_audio(channel_id=channel) == [
        "requests[0].audio_specifications[0].channel_id must be 0 or 1"
    ]


def test_requests_for_fraudsters_need_no_speaker() -> None:
    audio = GOOD.audio_specifications
    RegistrationManifest([RegistrationRequest(request_id="1", audio_specifications=audio)]).validate()


# --- With the recordings --------------------------------------------------------------------------------

LONG, SHORT = wav(tone(30)), wav(tone(15))


def with_audio(*uris: str, channel_id: int = 0) -> EnrollmentManifest:
    audio = [AudioSpecification(s3_uri=uri, channel_id=channel_id) for uri in uris]
    return EnrollmentManifest([attrs.evolve(GOOD, audio_specifications=audio)])


def test_recordings_are_looked_for_in_a_folder_that_stands_for_s3(tmp_path: Path) -> None:
    (tmp_path / "calls/in").mkdir(parents=True)
    (tmp_path / "calls/in/1.wav").write_bytes(LONG)
    with_audio("s3://calls/in/1.wav").validate(recordings=tmp_path)
    (problem,) = with_audio("s3://calls/in/2.wav").problems(recordings=str(tmp_path))
    assert str(problem) == ("requests[0].audio_specifications[0] must be a file that exists and can be read")
    assert problem.file == str(tmp_path / "calls/in/2.wav")
    assert problem.request_id == "1"


def test_recordings_may_be_given_by_their_uris(tmp_path: Path) -> None:
    file = tmp_path / "2.wav"
    file.write_bytes(SHORT)
    one, two, three = (f"s3://calls/{number}.wav" for number in (1, 2, 3))
    recordings: dict[str, bytes | Path] = {one: LONG, two: file}
    with_audio(one, two).validate(recordings=recordings)
    (problem,) = with_audio(one, three).problems(recordings=recordings)
    assert str(problem) == "requests[0].audio_specifications[1] must be among the recordings given"
    assert problem.file == three


def test_a_recording_with_a_path_is_looked_for_there(tmp_path: Path) -> None:
    (tmp_path / "ana.wav").write_bytes(LONG)
    (tmp_path / "ben.wav").write_bytes(b"RIFF")
    manifest = EnrollmentManifest.from_folder(tmp_path)
    manifest.validate()
    (problem,) = manifest.problems(recordings=tmp_path)
    assert str(problem).startswith("requests[1].audio_specifications[0] must be a WAV file")
    assert problem.file == str(tmp_path / "ben.wav")


@pytest.mark.parametrize(
    ("content", "place", "rule"),
    [
        (b"", "", "must not be empty"),
        (LONG[:-2], "", "must be complete: its header announces more audio"),
        (wav(tone(30), sample_rate=16_000), "", "must be sampled at 8 kHz"),
        (wav(bytes(480_000)), "", "must not be silent"),
        (LONG, ".channel_id", "must be a channel of the recording: 0, or 1 of two"),
    ],
)
def test_what_is_wrong_with_a_recording_is_found(content: bytes, place: str, rule: str) -> None:
    uri = "s3://calls/1.wav"
    manifest = with_audio(uri, channel_id=int(place == ".channel_id"))
    (problem,) = manifest.problems(recordings={uri: content})
    assert str(problem) == f"requests[0].audio_specifications[0]{place} {rule}"


def test_the_recordings_of_a_speaker_are_long_enough_together() -> None:
    one, two = "s3://calls/1.wav", "s3://calls/2.wav"
    recordings = {one: SHORT, two: SHORT}
    with_audio(one, two).validate(recordings=recordings)
    (problem,) = with_audio(one).problems(recordings=recordings)
    assert str(problem) == (
        "requests[0].audio_specifications must have at least 30 seconds together that are not silent"
    )
    # How much a fraudster's registration needs is not documented.
    fraudster = RegistrationRequest(request_id="1", audio_specifications=[AudioSpecification(s3_uri=one)])
    RegistrationManifest([fraudster]).validate(recordings=recordings)


def test_what_is_wrong_in_the_manifest_is_not_told_twice() -> None:
    (problem,) = with_audio("s3://calls/1.mp3").problems(recordings={})
    assert problem.rule == "must end with .wav"
    (problem,) = with_audio().problems(recordings={})
    assert problem.rule == "must be 1 to 10 recordings"
