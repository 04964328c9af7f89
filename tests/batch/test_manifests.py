"""Manifests: data that becomes the service's JSON and comes back from it, splits, and is uploaded."""

import copy
import io
import json
import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import json_values
from voiceid_sdk._conversion.extra_fields import ExtraFields
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentRequest,
    RegistrationManifest,
    RegistrationRequest,
)
from voiceid_sdk.errors import ManifestError, RequestValidationError

TEXT = st.text(max_size=12)
EXTRA = st.dictionaries(st.text(max_size=6), json_values, max_size=1).map(ExtraFields)
IN_S3 = st.builds(
    AudioSpecification, s3_uri=TEXT, channel_id=st.integers(), extra=EXTRA.filter(lambda e: "Path" not in e)
)
ENROLLMENTS = st.builds(
    EnrollmentManifest,
    st.lists(
        st.builds(
            EnrollmentRequest,
            request_id=TEXT,
            speaker_id=TEXT,
            audio_specifications=st.lists(IN_S3, max_size=3),
            extra=EXTRA,
        ),
        max_size=4,
    ),
)
REGISTRATIONS = st.builds(
    RegistrationManifest,
    st.lists(
        st.builds(
            RegistrationRequest,
            request_id=TEXT,
            audio_specifications=st.lists(IN_S3, max_size=3),
            extra=EXTRA,
        ),
        max_size=4,
    ),
)


def enrollment(name: str = "ana", uri: str = "s3://calls/ana.wav") -> EnrollmentRequest:
    return EnrollmentRequest(
        request_id=name, speaker_id=name, audio_specifications=[AudioSpecification(s3_uri=uri)]
    )


# --- Data -----------------------------------------------------------------------------------------------


def test_a_manifest_is_made_from_any_iterable_and_keeps_its_order() -> None:
    requests = [enrollment(name) for name in ("ben", "ana")]
    assert EnrollmentManifest(iter(requests)).requests == tuple(requests)


def test_recordings_may_be_a_list_and_a_path_may_be_a_string() -> None:
    request = RegistrationRequest(request_id="1", audio_specifications=[AudioSpecification(path="a/b.wav")])
    assert request.audio_specifications == (AudioSpecification(path=Path("a/b.wav")),)


@given(ENROLLMENTS | REGISTRATIONS)
def test_copies_and_pickles_are_equal_and_hash_alike(
    manifest: EnrollmentManifest | RegistrationManifest,
) -> None:
    for twin in (copy.deepcopy(manifest), pickle.loads(pickle.dumps(manifest))):
        assert twin == manifest
        assert hash(twin) == hash(manifest)


def test_a_manifest_shows_how_many_requests_it_has_and_nothing_of_them() -> None:
    assert repr(EnrollmentManifest([enrollment()])) == "EnrollmentManifest(requests=<1 request>)"
    assert repr(RegistrationManifest([])) == "RegistrationManifest(requests=<0 requests>)"


# --- The service's form ---------------------------------------------------------------------------------


@given(ENROLLMENTS)
def test_from_json_is_the_way_back_from_to_json(manifest: EnrollmentManifest) -> None:
    assert EnrollmentManifest.from_json(manifest.to_json()) == manifest
    assert EnrollmentManifest.from_json(manifest.to_json().encode()) == manifest


@given(REGISTRATIONS)
def test_from_json_is_the_way_back_from_to_json_for_fraudsters(manifest: RegistrationManifest) -> None:
    assert RegistrationManifest.from_json(manifest.to_json()) == manifest


def test_to_json_writes_what_the_guide_documents() -> None:
    audio = [
        AudioSpecification(s3_uri="s3://my-calls/a.wav", channel_id=0),
        AudioSpecification(s3_uri="s3://my-calls/b.wav", channel_id=1, path=Path("b.wav")),
    ]
    request = EnrollmentRequest(request_id="req-001", speaker_id="cust-4711", audio_specifications=audio)
    assert json.loads(EnrollmentManifest([request]).to_json()) == {
        "Version": "1.0",
        "SpeakerEnrollmentRequests": [
            {
                "RequestId": "req-001",
                "SpeakerId": "cust-4711",
                "AudioSpecifications": [
                    {"S3Uri": "s3://my-calls/a.wav", "ChannelId": 0},
                    {"S3Uri": "s3://my-calls/b.wav", "ChannelId": 1},
                ],
            }
        ],
    }
    fraudster = RegistrationRequest(request_id="f-1", audio_specifications=audio[:1])
    assert json.loads(RegistrationManifest([fraudster]).to_json()) == {
        "Version": "1.0",
        "FraudsterRegistrationRequests": [
            {
                "RequestId": "f-1",
                "AudioSpecifications": [{"S3Uri": "s3://my-calls/a.wav", "ChannelId": 0}],
            }
        ],
    }


def test_to_json_refuses_recordings_that_are_not_in_s3() -> None:
    local = EnrollmentRequest(
        request_id="ben",
        speaker_id="ben",
        audio_specifications=[AudioSpecification(s3_uri="s3://b-b/a.wav"), AudioSpecification(path="b.wav")],
    )
    with pytest.raises(ManifestError) as caught:
        EnrollmentManifest([enrollment(), local]).to_json()
    (problem,) = caught.value.problems
    assert problem.parameter == "requests[1].audio_specifications[1].s3_uri"
    assert problem.request_id == "ben"
    assert "Domain.enroll" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "document"),
        ('{"Version": "1.0", "SpeakerEnrollmentRequests": [', "document"),
        (b"\xff\xfe\x00\xd8", "document"),
        ("[" * 100_000, "document"),
        ("[]", "document"),
        ("{}", "Version"),
        ('{"Version": "2.0", "SpeakerEnrollmentRequests": []}', "Version"),
        ('{"Version": "1.0"}', "document"),
        ('{"Version": "1.0", "FraudsterRegistrationRequests": []}', "document"),
        ('{"Version": "1.0", "SpeakerEnrollmentRequests": [], "More": 1}', "document"),
        ('{"Version": "1.0", "SpeakerEnrollmentRequests": {}}', "SpeakerEnrollmentRequests"),
    ],
)
def test_from_json_refuses_what_is_no_manifest(content: str | bytes, place: str) -> None:
    with pytest.raises(ManifestError) as caught:
        EnrollmentManifest.from_json(content)
    assert [problem.parameter for problem in caught.value.problems] == [place]
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_from_json_names_every_member_that_does_not_fit() -> None:
    requests = [
        {"RequestId": "1", "SpeakerId": "ana", "AudioSpecifications": []},
        {
            "RequestId": 2,
            "AudioSpecifications": [{"S3Uri": "s3://a"}, {"S3Uri": "s3://a", "ChannelId": "left"}],
        },
        "ben",
    ]
    with pytest.raises(ManifestError) as caught:
        EnrollmentManifest.from_json(json.dumps({"Version": "1.0", "SpeakerEnrollmentRequests": requests}))
    assert {str(problem) for problem in caught.value.problems} == {
        "requests[1].request_id must be a string",
        "requests[1].speaker_id is missing",
        "requests[1].audio_specifications[1].channel_id must be an integer",
        "requests[2] must be a structure",
    }


def test_from_json_reads_a_manifest_with_a_byte_order_mark() -> None:
    text = EnrollmentManifest([enrollment()]).to_json()
    for content in (f"\ufeff{text}", text.encode("utf-8-sig"), text.encode("utf-16")):
        assert EnrollmentManifest.from_json(content).requests == (enrollment(),)


# --- Splitting ------------------------------------------------------------------------------------------


@given(ENROLLMENTS, st.integers(1, 10_000))
def test_the_parts_of_a_manifest_are_the_manifest(manifest: EnrollmentManifest, size: int) -> None:
    parts = list(manifest.split(size))
    assert EnrollmentManifest(request for part in parts for request in part.requests) == manifest
    assert all(1 <= len(part.requests) <= size for part in parts)
    assert all(len(part.requests) == size for part in parts[:-1])


def test_a_part_has_at_most_what_one_job_takes() -> None:
    speakers = EnrollmentManifest([enrollment()] * 10_001)
    assert [len(part.requests) for part in speakers.split()] == [10_000, 1]
    fraudsters = RegistrationManifest([RegistrationRequest(request_id="1")] * 501)
    assert [len(part.requests) for part in fraudsters.split()] == [500, 1]


@pytest.mark.parametrize("size", [0, -1, 10_001])
def test_parts_of_no_size_or_too_large_ones_are_refused(size: int) -> None:
    with pytest.raises(RequestValidationError, match="size must be 1 to 10,000"):
        EnrollmentManifest([]).split(size)


# --- Uploading ------------------------------------------------------------------------------------------


class Bucket:
    """As much of an S3 client as uploading needs."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def head_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:
        raise NotImplementedError

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: object) -> Mapping[str, object]:
        self.objects[Bucket, Key] = Body
        return {}


def test_an_uploaded_manifest_can_be_read_back() -> None:
    s3, manifest = Bucket(), EnrollmentManifest([enrollment()])
    manifest.upload(s3, "s3://calls/in/manifest.json")
    assert EnrollmentManifest.from_json(s3.objects["calls", "in/manifest.json"]) == manifest


def test_a_manifest_that_the_service_would_refuse_is_not_uploaded() -> None:
    s3 = Bucket()
    with pytest.raises(ManifestError, match="must not be empty"):
        EnrollmentManifest([]).upload(s3, "s3://calls/in/manifest.json")
    assert not s3.objects


def test_text_that_cannot_be_encoded_is_a_problem_of_the_manifest() -> None:
    audio = AudioSpecification(path="calls/an\udce9.wav")
    manifest = RegistrationManifest(
        [RegistrationRequest(request_id="an\udce9", audio_specifications=[audio])]
    )
    assert [(problem.parameter, problem.rule) for problem in manifest.problems()] == [
        ("requests[0].request_id", "must be text that UTF-8 can encode"),
        ("requests[0].audio_specifications[0].path", "must be text that UTF-8 can encode"),
    ]
