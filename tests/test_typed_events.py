"""EventBridge events as data: typed, open to what is new, and showing nothing sensitive."""

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from voiceid_sdk import events
from voiceid_sdk._conversion import structuring
from voiceid_sdk.errors import RequestValidationError
from voiceid_sdk.events import (
    EnrollmentJobDetail,
    EventData,
    EventDetail,
    FraudsterDetail,
    RegistrationJobDetail,
    SessionDetail,
    SessionEnrollmentDetail,
    SpeakerDetail,
    VoiceIDEvent,
)
from voiceid_sdk.local import LocalVoiceID, ManualClock, Timing, tone, wav

Raw = dict[str, Any]

CLASSES = [
    exported
    for name in events.__all__
    if (exported := getattr(events, name)) is not EventData and exported is not VoiceIDEvent
]
EACH_CLASS = pytest.mark.parametrize("data_class", CLASSES, ids=lambda data_class: data_class.__name__)

ROLE = "arn:aws:iam::123456789012:role/VoiceID"


def raw(detail_type: str = "VoiceId Speaker Action", **detail: Any) -> Raw:
    """Return an event with an envelope and some detail."""
    return {
        "version": "0",
        "id": "6f0d",
        "detail-type": detail_type,
        "source": "aws.voiceid",
        "account": "111122223333",
        "time": "2025-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": ["arn:aws:voiceid:us-east-1:111122223333:domain/AAAAAAAAAAAAAAAAAAAAAA"],
        "detail": {"sourceId": "s", "action": "AN_ACTION", "status": "SUCCESS", **detail},
    }


# --- Laws -----------------------------------------------------------------------------------------------


@EACH_CLASS
@strategies.share_of_examples(10)
@given(data=st.data())
def test_data_survives_the_way_through_an_event(data_class: Any, data: st.DataObject) -> None:
    instance = data.draw(strategies.instances(data_class))
    written = json.loads(json.dumps(structuring.unstructure(instance, "event")))
    assert structuring.structure(data_class, written, "event") == instance


@EACH_CLASS
@strategies.share_of_examples(20)
@given(data=st.data())
def test_copies_and_pickles_are_equal_and_hash_alike(data_class: Any, data: st.DataObject) -> None:
    instance = data.draw(strategies.instances(data_class))
    for twin in (copy.copy(instance), pickle.loads(pickle.dumps(instance))):
        assert twin == instance
        assert hash(twin) == hash(instance)
    assert json.dumps(instance.to_dict())


# --- What Local Voice ID sends --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, VoiceIDEvent]:
    """Return the last event of each kind of a busy day, by its kind."""
    folder = tmp_path_factory.mktemp("s3")
    seen: list[VoiceIDEvent] = []
    with LocalVoiceID(clock=ManualClock(), s3_root=folder, timing=Timing.at_once(), seed=1) as service:
        service.events.subscribe(lambda event: seen.append(VoiceIDEvent.from_eventbridge(event)))
        voiceid = service.client()
        domain = voiceid.create_domain(name="n", kms_key_id="k")
        call = service.start_call(domain.domain_id, "a-contact", "alice")
        call.enroll()
        call.update(acceptance_threshold=80)
        call.speak("alice", seconds=30)
        domain.session("a-contact").evaluate()
        (folder / "jobs").mkdir()
        (folder / "jobs/a.wav").write_bytes(wav(tone(10), label="mallory"))
        audio = {"AudioSpecifications": [{"S3Uri": "s3://jobs/a.wav", "ChannelId": 0}]}
        jobs: dict[str, Any] = {
            "FraudsterRegistrationRequests": domain.start_registration_job,
            "SpeakerEnrollmentRequests": domain.start_enrollment_job,
        }
        thresholds = ({"fraudster_similarity_threshold": 60}, {"risk_threshold": 70})
        for (requests, start), threshold in zip(jobs.items(), thresholds, strict=True):
            manifest = {"Version": "1.0", requests: [{"RequestId": "r", "SpeakerId": "bob", **audio}]}
            (folder / "jobs/in").write_text(json.dumps(manifest))
            places = {"input_s3_uri": "s3://jobs/in", "output_s3_uri": "s3://jobs/out"}
            start(data_access_role_arn=ROLE, **places, **threshold).wait()
    return {event.detail_type.removeprefix("VoiceId ").removesuffix(" Action"): event for event in seen}


def detail_of(sent: dict[str, VoiceIDEvent], kind: str) -> Any:
    return sent[kind].detail


def test_the_envelope_is_typed(sent: dict[str, VoiceIDEvent]) -> None:
    event = sent["Speaker"]
    assert (event.source, event.account, event.region) == ("aws.voiceid", "123456789012", "us-east-1")
    assert event.time == datetime(2026, 1, 1, tzinfo=UTC)
    assert event.resources == (f"arn:aws:voiceid:us-east-1:123456789012:domain/{event.detail.domain_id}",)
    assert event.detail.source_id != event.id


def test_each_kind_of_event_has_its_class(sent: dict[str, VoiceIDEvent]) -> None:
    assert {kind: type(event.detail) for kind, event in sent.items()} == {
        "Start Session": SessionDetail,
        "Update Session": SessionDetail,
        "Evaluate Session": SessionDetail,
        "Session Speaker Enrollment": SessionEnrollmentDetail,
        "Speaker": SpeakerDetail,
        "Fraudster": FraudsterDetail,
        "Batch Speaker Enrollment": EnrollmentJobDetail,
        "Batch Fraudster Registration": RegistrationJobDetail,
    }


def test_nothing_that_local_voice_id_sends_is_unknown(sent: dict[str, VoiceIDEvent]) -> None:
    assert '"extra"' not in json.dumps([event.to_dict() for event in sent.values()])


def test_sessions_are_typed(sent: dict[str, VoiceIDEvent]) -> None:
    started = detail_of(sent, "Start Session").session
    assert started.enrollment_audio_progress.audio_aggregation_status == "COMPLETED"
    assert started.authentication_audio_progress.audio_aggregation_ended_at == sent["Start Session"].time
    updated = detail_of(sent, "Update Session").session
    assert updated.authentication_configuration.acceptance_threshold == 80
    assert updated.streaming_configuration.authentication_minimum_speech_in_seconds == 10
    evaluated = detail_of(sent, "Evaluate Session").session
    assert evaluated.streaming_status == "ENDED"
    assert evaluated.authentication_result.decision == "ACCEPT"
    assert evaluated.fraud_detection_result.risk_details.voice_spoofing_risk.risk_score == 0
    requested = detail_of(sent, "Session Speaker Enrollment")
    assert (requested.session_id, requested.session_name) == (updated.session_id, "a-contact")


def test_speakers_and_fraudsters_are_typed(sent: dict[str, VoiceIDEvent]) -> None:
    speaker = detail_of(sent, "Speaker")
    assert (speaker.action, speaker.status) == ("ENROLL_SPEAKER", "FAILURE")
    assert (speaker.error_info.error_code, speaker.error_info.error_type) == (400, "BadRequestException")
    assert speaker.data.enrollment_source == "BATCH_JOB"
    fraudster = detail_of(sent, "Fraudster")
    assert fraudster.data.registration_status == "NEW_REGISTRATION"
    assert len(fraudster.watchlist_ids) == 1


def test_jobs_are_typed(sent: dict[str, VoiceIDEvent]) -> None:
    enrollment = detail_of(sent, "Batch Speaker Enrollment")
    assert enrollment.batch_job_id == detail_of(sent, "Speaker").data.enrollment_source_id
    assert enrollment.data.enrollment_config.fraud_detection_config.fraud_detection_threshold == 70
    assert enrollment.data.input_data_config.s3_uri == "s3://jobs/in"
    registration = detail_of(sent, "Batch Fraudster Registration")
    assert registration.data.registration_config.fraudster_similarity_threshold == 60


# --- What is new or unknown -----------------------------------------------------------------------------


def test_an_event_of_an_unknown_kind_keeps_everything() -> None:
    event = VoiceIDEvent.from_eventbridge(raw("VoiceId Robot Action", robotId={"number": 9}))
    assert type(event.detail) is EventDetail
    assert event.detail.action == "AN_ACTION"
    assert event.detail.extra == {"robotId": {"number": 9}}


def test_members_that_are_unknown_are_kept_by_their_names() -> None:
    event = VoiceIDEvent.from_eventbridge({**raw(memberOfTomorrow=1), "replay-name": "r"})
    assert event.detail.extra == {"memberOfTomorrow": 1}
    assert event.extra == {"replay-name": "r"}
    assert event.to_dict()["extra"] == {"replay-name": "r"}


def test_the_kind_is_known_in_the_spelling_of_the_guide_too() -> None:
    event = VoiceIDEvent.from_eventbridge(raw("VoiceID Batch Speaker Enrollment Action", batchJobId="j"))
    assert isinstance(event.detail, EnrollmentJobDetail)
    assert event.detail.batch_job_id == "j"


def test_the_contact_of_amazon_connect_is_at_hand() -> None:
    arn = "arn:aws:connect:us-east-1:111122223333:instance/i/contact/c"
    for attributes, expected in (({"aws:connect:OriginalContactArn": arn}, arn), ({}, None)):
        detail: Any = VoiceIDEvent.from_eventbridge(raw(systemAttributes=attributes)).detail
        assert detail.system_attributes.original_contact_arn == expected


def test_nulls_are_none_or_empty() -> None:
    event = VoiceIDEvent.from_eventbridge(
        raw("VoiceId Fraudster Action", errorInfo=None, watchlistIds=None, data=None)
    )
    assert isinstance(event.detail, FraudsterDetail)
    assert (event.detail.error_info, event.detail.watchlist_ids, event.detail.data) == (None, (), None)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({}, "id is missing"),
        ({**raw(), "detail-type": None}, "detail_type must be a string"),
        ({**raw(), "detail-type": 9}, "detail_type must be a string"),
        ({**raw(), "detail": "Canary9"}, "detail must be a structure"),
        ({**raw(), "detail": None}, "detail must be a structure"),
        ({**raw(), "time": "Canary9"}, "time must be a timestamp"),
        (raw(generatedSpeakerId=["Canary9"]), "generated_speaker_id must be a string"),
        (raw(data={"enrollmentStatus": 9}), "data.enrollment_status must be a string"),
    ],
)
def test_what_is_no_event_is_refused_by_place_and_rule(event: Raw, says: str) -> None:
    with pytest.raises(RequestValidationError, match=says.replace(".", r"\.")) as caught:
        VoiceIDEvent.from_eventbridge(event)
    assert "Canary9" not in str(caught.value)


# --- Privacy --------------------------------------------------------------------------------------------


def canary(value: Any) -> Any:
    """Return an event with a canary in every string of its detail, and in unknown members."""
    if isinstance(value, dict):
        return {
            **{name: canary(member) for name, member in value.items()},
            "tomorrow": {"Canary9": "Canary9"},
        }
    return "Canary9" if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("detail_type", "detail"),
    [
        (
            "VoiceId Evaluate Session Action",
            {
                "errorInfo": {"errorMessage": ""},
                "systemAttributes": {"aws:connect:OriginalContactArn": ""},
                "session": {
                    "sessionId": "",
                    "sessionName": "",
                    "generatedSpeakerId": "",
                    "fraudDetectionResult": {
                        "riskDetails": {
                            "knownFraudsterRisk": {"generatedFraudsterId": "", "riskScore": 1},
                            "voiceSpoofingRisk": {"riskScore": 1},
                        }
                    },
                },
            },
        ),
        ("VoiceId Session Speaker Enrollment Action", {"sessionId": "", "sessionName": ""}),
        ("VoiceId Speaker Action", {"generatedSpeakerId": "", "data": {"enrollmentSourceId": ""}}),
        ("VoiceId Fraudster Action", {"generatedFraudsterId": "", "data": {"registrationSourceId": ""}}),
        (
            "VoiceId Batch Speaker Enrollment Action",
            {"data": {"inputDataConfig": {"s3Uri": ""}, "outputDataConfig": {"s3Uri": ""}}},
        ),
        ("VoiceId Robot Action", {"robotId": ""}),
    ],
)
def test_nothing_sensitive_is_shown(detail_type: str, detail: Raw) -> None:
    event = raw(detail_type)
    event["detail"].update(canary(detail))
    typed = VoiceIDEvent.from_eventbridge(event)
    assert "Canary9" in json.dumps(typed.to_dict())
    assert "Canary9" not in repr(typed)
    assert "Canary9" not in str(typed.detail)
