"""What customers kept is recognized by itself, in whichever form and file it stands."""

import bz2
import gzip
import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.migration.archives import (
    DEFAULT_WATCHLIST,
    DOMAIN,
    JOB,
    WATCHLIST,
    contact,
    domain,
    event,
    failure,
    generated,
    lines,
    manifest,
    only_speaker,
    output,
    request,
    speaker,
    speakers_of,
    success,
    write,
)
from voiceid_sdk.batch import EnrollmentManifest, EnrollmentResults
from voiceid_sdk.errors import RequestValidationError
from voiceid_sdk.events import VoiceIDEvent
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.migration import GapKind, Inventory, SourceKind
from voiceid_sdk.models import SpeakerInfo

OPTED_OUT = speaker(1, "OPTED_OUT")

DUMP = SpeakerInfo.from_dict(
    {
        "customer_speaker_id": "customer-1",
        "generated_speaker_id": generated(1),
        "domain_id": DOMAIN,
        "status": "OPTED_OUT",
        "created_at": "2023-01-01T00:00:00+00:00",
        "updated_at": "2023-06-01T00:00:00+00:00",
    }
)

SPEAKER_FORMS = {
    "described": {"Speaker": OPTED_OUT},
    "listed": {"SpeakerSummaries": [OPTED_OUT]},
    "listed with more": {"ResponseMetadata": {"RequestId": "r"}, "SpeakerSummaries": [OPTED_OUT]},
    "queried": [OPTED_OUT],
    "in epoch seconds": {"Speaker": {**OPTED_OUT, "CreatedAt": 1672531200.0, "UpdatedAt": 1685577600.0}},
    "in milliseconds": {"Speaker": {**OPTED_OUT, "CreatedAt": 1672531200000, "UpdatedAt": 1685577600000}},
    "by boto3 with default=str": {
        "Speaker": {
            **OPTED_OUT,
            "CreatedAt": "2023-01-01 00:00:00+00:00",
            "UpdatedAt": "2023-06-01 02:00:00+02:00",
        }
    },
    "by the SDK for JavaScript": {
        "Speaker": {
            **OPTED_OUT,
            "CreatedAt": "2023-01-01T00:00:00.000Z",
            "UpdatedAt": "2023-06-01T00:00:00.000Z",
        }
    },
    "by to_dict": DUMP.to_dict(),
    "by to_wire": DUMP.to_wire(),
    "of several pages": [{"SpeakerSummaries": [OPTED_OUT], "NextToken": "t"}, {"SpeakerSummaries": []}],
    "inside something else": {"export": {"when": "2026", "data": [{"answer": {"Speaker": OPTED_OUT}}]}},
    "inside a message": {"Type": "Notification", "Message": json.dumps({"Speaker": OPTED_OUT})},
}


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("form", SPEAKER_FORMS)
def test_a_speaker_is_recognized(tmp_path: Path, form: str, indent: int | None) -> None:
    found = only_speaker(tmp_path, {"a.json": json.dumps(SPEAKER_FORMS[form], indent=indent)})
    assert found.domain_id == DOMAIN
    assert (found.customer_speaker_id, found.generated_speaker_id) == ("customer-1", generated(1))
    assert found.opted_out
    assert found.created_at == datetime(2023, 1, 1, tzinfo=UTC)
    assert found.opted_out_since == datetime(2023, 6, 1, tzinfo=UTC)


ENCODED: dict[str, Any] = {
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 as PowerShell writes it": lambda text: text.encode("utf-16"),
    "gzip": lambda text: gzip.compress(text.encode()),
    "several gzips": lambda text: gzip.compress(text[:10].encode()) + gzip.compress(text[10:].encode()),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode()),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
def test_a_file_may_be_encoded_and_compressed(tmp_path: Path, encode: Any) -> None:
    text = lines(speaker(1), speaker(2, "OPTED_OUT"))
    found = speakers_of(tmp_path, {"export": encode(text)})
    assert [(one.opted_out, one.decided_by and one.decided_by.line) for one in found] == [
        (False, 1),
        (True, 2),
    ]


def test_folders_are_read_with_all_that_is_in_them(tmp_path: Path) -> None:
    files = {
        "2023/01/a": lines(speaker(1)),
        "2023/02/b.json": speaker(2),
        "2023/call.wav": b"RIFF",
        ".hidden": "x",
    }
    assert len(speakers_of(tmp_path, files)) == 2


def test_a_file_that_is_given_twice_counts_once(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.json": speaker(1)})
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    with Inventory.read([folder, folder / "a.json", str(folder)]) as inventory:
        assert inventory.summary().files == 1
        (found,) = inventory.speakers()
    assert len(found.statements) == 1


def test_a_single_path_is_a_source(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": speaker(1)})
    with Inventory.read(tmp_path / "a.json") as inventory:
        assert inventory.summary().speakers == 1


def test_a_source_that_does_not_exist_is_refused_by_its_position(tmp_path: Path) -> None:
    with pytest.raises(RequestValidationError, match=r"sources\[1\] must exist") as caught:
        Inventory.read([tmp_path, tmp_path / "customer-1.json"])
    assert "customer-1" not in str(caught.value)


def test_every_fact_has_its_source(tmp_path: Path) -> None:
    files = {
        "list.json": json.dumps({"SpeakerSummaries": [OPTED_OUT]}, indent=4),
        "events": lines({}, event("OPT_OUT")),
    }
    found = only_speaker(tmp_path, files)
    places = {(one.kind, Path(one.reference.file).name, one.reference.line) for one in found.statements}
    assert places == {(SourceKind.LISTED, "list.json", 3), (SourceKind.EVENT, "events", 2)}


# --- Events ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["OPT_OUT_SPEAKER", "OptOutSpeaker", "SPEAKER_OPTED_OUT", "opt-out"])
def test_an_opt_out_is_recognized_by_whichever_word_the_event_has(tmp_path: Path, action: str) -> None:
    assert only_speaker(tmp_path, {"e": event(action)}).opted_out


def test_a_failed_opt_out_is_none_and_is_listed(tmp_path: Path) -> None:
    failed = event("OPT_OUT_SPEAKER", status="FAILURE", errorInfo={"errorCode": 500})
    with Inventory.read([write(tmp_path, {"e": failed, "s": speaker(1)})]) as inventory:
        assert [one.status for one in inventory.speakers()] == ["ENROLLED"]
        assert next(inventory.gaps()).kind == GapKind.OPT_OUT_FAILED


def test_an_enrollment_that_failed_for_an_opt_out_tells_of_the_opt_out(tmp_path: Path) -> None:
    error = {"errorCode": 409, "errorMessage": "You cannot request an enrollment for an opted out speaker."}
    assert only_speaker(tmp_path, {"e": event("ENROLL_SPEAKER", errorInfo=error)}).opted_out
    (tmp_path / "e").unlink()
    other = event("ENROLL_SPEAKER", errorInfo={"errorCode": 400, "errorMessage": "not enough speech"})
    assert speakers_of(tmp_path, {"e": other}) == []


def test_an_evaluation_tells_what_the_speaker_was(tmp_path: Path) -> None:
    kind = "VoiceId Evaluate Session Action"
    session = {"generatedSpeakerId": generated(1), "authenticationResult": {"decision": "SPEAKER_OPTED_OUT"}}
    found = event("EVALUATE_SESSION", detail_type=kind, session=session)
    assert only_speaker(tmp_path, {"e": found}).opted_out


def test_a_deletion_is_told_by_an_event(tmp_path: Path) -> None:
    found = only_speaker(tmp_path, {"s": speaker(1), "e": event("DELETE_SPEAKER", at="2023-09-01")})
    assert found.status is None
    assert found.deleted_at == datetime(2023, 9, 1, tzinfo=UTC)


def test_a_fraudster_is_registered_and_deleted_by_events(tmp_path: Path) -> None:
    kind = "VoiceId Fraudster Action"
    members: dict[str, Any] = {
        "generatedFraudsterId": generated(9),
        "watchlistIds": [WATCHLIST],
        "generatedSpeakerId": None,
    }
    registered = event("REGISTER_FRAUDSTER", at="2023-01-01", detail_type=kind, **members)
    deleted = event("DELETE_FRAUDSTER", at="2023-02-01", detail_type=kind, **members)
    with Inventory.read([write(tmp_path, {"e": lines(registered)})]) as inventory:
        (found,) = inventory.fraudsters()
        assert (found.info.watchlist_ids, found.deleted_at) == ((WATCHLIST,), None)
    with Inventory.read([write(tmp_path, {"e": lines(deleted, registered)})]) as inventory:
        (found,) = inventory.fraudsters()
        assert found.deleted_at == datetime(2023, 2, 1, tzinfo=UTC)


def test_cloudtrail_tells_of_opt_outs_even_if_the_speaker_is_hidden(tmp_path: Path) -> None:
    hidden = {
        "eventSource": "voiceid.amazonaws.com",
        "eventName": "OptOutSpeaker",
        "eventTime": "2023-01-01T00:00:00Z",
        "requestParameters": {"domainId": DOMAIN, "speakerId": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    }
    shown = {
        **hidden,
        "responseElements": {"speaker": {"domainId": DOMAIN, "generatedSpeakerId": generated(1)}},
    }
    other = {**hidden, "eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
    with Inventory.read([write(tmp_path, {"trail.json": {"Records": [hidden, shown, other]}})]) as inventory:
        assert [one.generated_speaker_id for one in inventory.opt_outs()] == [generated(1)]
        assert next(inventory.gaps()).kind == GapKind.OPT_OUT_WITHOUT_SPEAKER


def test_cloudtrail_may_come_through_eventbridge(tmp_path: Path) -> None:
    call = {
        "eventSource": "voiceid.amazonaws.com",
        "eventName": "DeleteSpeaker",
        "eventTime": "2023-01-01T00:00:00Z",
        "requestParameters": {"domainId": DOMAIN, "speakerId": generated(1)},
    }
    wrapped = {"detail-type": "AWS API Call via CloudTrail", "source": "aws.voiceid", "detail": call}
    failed = {**wrapped, "detail": {**call, "errorCode": "AccessDenied", "eventTime": "2024-01-01T00:00:00Z"}}
    found = only_speaker(tmp_path, {"e": lines(wrapped, failed)})
    assert found.deleted_at == datetime(2023, 1, 1, tzinfo=UTC)


def test_a_job_is_known_from_its_event(tmp_path: Path) -> None:
    data = {
        "inputDataConfig": {"s3Uri": "s3://in/m.json"},
        "registrationConfig": {"watchlistIds": [WATCHLIST]},
    }
    kind = "VoiceId Batch Fraudster Registration Action"
    started = event("BATCH_REGISTRATION_REQUEST", detail_type=kind, batchJobId=JOB, data=data)
    without = event("BATCH_REGISTRATION_REQUEST", detail_type=kind, batchJobId=None)
    with Inventory.read([write(tmp_path, {"e": lines(started, without)})]) as inventory:
        (found,) = inventory.jobs()
    assert type(found.info).__name__ == "RegistrationJobInfo"
    assert (found.info.job_id, found.info.domain_id) == (JOB, DOMAIN)
    assert found.info.input_data_config is not None
    assert found.info.input_data_config.s3_uri == "s3://in/m.json"


def test_the_domain_of_an_event_is_among_its_resources(tmp_path: Path) -> None:
    assert only_speaker(tmp_path, {"e": event("OPT_OUT_SPEAKER", domainId=None)}).domain_id == DOMAIN


def test_a_failed_registration_is_no_fraudster(tmp_path: Path) -> None:
    members: dict[str, Any] = {"generatedFraudsterId": generated(9), "errorInfo": {"errorCode": 400}}
    failed = event("REGISTER_FRAUDSTER", detail_type="VoiceId Fraudster Action", **members)
    with Inventory.read([write(tmp_path, {"e": failed})]) as inventory:
        assert list(inventory.fraudsters()) == []


@pytest.mark.parametrize(
    "record",
    [
        {**contact(1, SpeakerOptedOut=True, GeneratedSpeakerId=None), "CustomerId": None},
        event("OPT_OUT_SPEAKER", generatedSpeakerId=None),
    ],
    ids=["contact record", "event"],
)
def test_an_opt_out_that_names_no_speaker_is_listed(tmp_path: Path, record: dict[str, Any]) -> None:
    with Inventory.read([write(tmp_path, {"a": record})]) as inventory:
        assert next(inventory.gaps()).kind == GapKind.OPT_OUT_WITHOUT_SPEAKER


def test_events_of_other_services_are_passed(tmp_path: Path) -> None:
    other = {"detail-type": "Object Created", "source": "aws.s3", "detail": {"action": "OPT_OUT"}}
    with Inventory.read([write(tmp_path, {"e": lines(other)})]) as inventory:
        assert inventory.summary().damaged_lines == 0


def test_the_events_of_local_voice_id_are_read(tmp_path: Path) -> None:
    archived = tmp_path / "events.jsonl"
    with LocalVoiceID() as service, service.client() as voiceid:
        service.events.subscribe(archived)
        made = voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id")
        made.speaker("customer-1").opt_out()
    with Inventory.read([archived]) as inventory:
        (found,) = inventory.opt_outs()
    told = VoiceIDEvent.from_eventbridge(json.loads(archived.read_text()))
    assert found.generated_speaker_id == told.detail.to_dict()["generated_speaker_id"]


# --- Contact records, sessions, jobs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"SpeakerOptedOut": True}, "OPTED_OUT"),
        ({"Authentication": {"Result": "Opted Out"}}, "OPTED_OUT"),
        ({"Authentication": {"Result": "Authenticated"}}, "ENROLLED"),
        ({"Authentication": {"Result": "Not Authenticated"}}, "ENROLLED"),
        ({"Authentication": {"Result": "Not Enrolled"}}, None),
        ({"SpeakerEnrolled": True}, "ENROLLED"),
        ({"SpeakerEnrolled": True, "SpeakerOptedOut": True}, "OPTED_OUT"),
    ],
)
def test_a_contact_record_tells_what_the_speaker_was(
    tmp_path: Path, result: dict[str, Any], status: str | None
) -> None:
    found = only_speaker(tmp_path, {"ctr": contact(1, **result)})
    assert found.status == status
    assert found.customer_speaker_id == "customer-1"


@pytest.mark.parametrize("at", ["yesterday", -1, 1e30, True, [], 10**400])
def test_a_time_in_an_unknown_form_is_no_time(tmp_path: Path, at: Any) -> None:
    found = only_speaker(tmp_path, {"s": speaker(1, CreatedAt=at, UpdatedAt=at)})
    assert (found.created_at, found.status_at, found.status) == (None, None, "ENROLLED")


@pytest.mark.parametrize("audio", ["text", [{}], [{"S3Uri": "s3://calls/1.wav", "ChannelId": 7}]])
def test_recordings_in_an_unknown_form_are_named(tmp_path: Path, audio: Any) -> None:
    broken = {**request(1), "AudioSpecifications": audio}
    with Inventory.read([write(tmp_path, {"m": manifest(broken)})]) as inventory:
        assert list(inventory.recordings()) == []
        assert inventory.summary().damaged_lines == (0 if audio == "text" else 1)


def test_contact_records_of_other_calls_are_passed(tmp_path: Path) -> None:
    without = {**contact(1), "VoiceIdResult": None, "Recordings": [{"Location": "calls/1.wav"}]}
    with Inventory.read([write(tmp_path, {"ctr": lines(without)})]) as inventory:
        assert (inventory.summary().speakers, inventory.summary().damaged_lines) == (0, 0)


def test_the_evaluation_of_a_session_joins_both_ids(tmp_path: Path) -> None:
    evaluation = {
        "DomainId": DOMAIN,
        "SessionId": generated(7),
        "StreamingStatus": "ENDED",
        "AuthenticationResult": {
            "CustomerSpeakerId": "customer-1",
            "GeneratedSpeakerId": generated(1),
            "Decision": "ACCEPT",
            "AudioAggregationEndedAt": "2023-05-01T00:00:00Z",
        },
    }
    found = only_speaker(tmp_path, {"evaluation.json": evaluation, "e": event("OPT_OUT")})
    assert found.customer_speaker_id == "customer-1"
    assert found.opted_out


def test_a_job_enrolls_from_the_recordings_of_its_manifest(tmp_path: Path) -> None:
    files = {
        "m.json": manifest(request(1, "a.wav", "b.wav"), request(2)),
        f"{JOB}/m.json.out": output(success(1), failure(2, 400)),
        "domain": domain(),
    }
    with Inventory.read([write(tmp_path, files)]) as inventory:
        statuses = {one.customer_speaker_id: one.status for one in inventory.speakers()}
        enrollments = [
            (one.customer_speaker_id, one.result, one.error_code) for one in inventory.enrollments()
        ]
        recordings = [(one.s3_uri, one.enrolled) for one in inventory.recordings()]
    assert statuses == {"customer-1": "ENROLLED", "customer-2": None}
    assert sorted(enrollments, key=str) == [("customer-1", "NEW_ENROLLMENT", None), ("customer-2", None, 400)]
    assert recordings == [("s3://calls/a.wav", True), ("s3://calls/b.wav", True), ("s3://calls/2.wav", False)]


def test_a_job_that_refused_an_opted_out_speaker_tells_of_the_opt_out(tmp_path: Path) -> None:
    files = {"m.json": manifest(request(1)), "m.json.out": output(failure(1, 409)), "s": speaker(1)}
    found = only_speaker(tmp_path, files)
    assert found.opted_out
    assert found.conflict == "OPT_OUT"


def test_results_and_manifests_of_the_sdk_are_read(tmp_path: Path) -> None:
    made = EnrollmentManifest.from_json(json.dumps(manifest(request(1), request(2))))
    results = EnrollmentResults.from_output(json.dumps(output(success(1), failure(2, 409))), manifest=made)
    found = speakers_of(tmp_path, {"results.json": results.to_json(), "m.json": made.to_json()})
    assert {one.customer_speaker_id: one.status for one in found} == {
        "customer-1": "ENROLLED",
        "customer-2": "OPTED_OUT",
    }


def test_the_registration_of_fraudsters_is_no_enrollment(tmp_path: Path) -> None:
    registration = {
        "Version": "1.0",
        "Errors": [],
        "SuccessfulRegistrations": [
            {"RequestId": "1", "GeneratedFraudsterId": generated(5), "RegistrationStatus": "NEW_REGISTRATION"}
        ],
    }
    with Inventory.read([write(tmp_path, {"f.json.out": registration})]) as inventory:
        assert (list(inventory.speakers()), list(inventory.enrollments())) == ([], [])


# --- Domains and what is in them --------------------------------------------------------------------------


def test_domains_have_their_tags_watchlists_and_fraudsters(tmp_path: Path) -> None:
    files = {
        "domains.json": json.dumps({"DomainSummaries": [domain()]}, indent=4),
        f"tags-{DOMAIN}.json": {"Tags": [{"Key": "team", "Value": "fraud"}]},
        "watchlists.json": {
            "WatchlistSummaries": [{"WatchlistId": WATCHLIST, "DomainId": DOMAIN, "Name": "regional"}]
        },
        "fraudsters.json": {
            "FraudsterSummaries": [
                {
                    "GeneratedFraudsterId": generated(5),
                    "DomainId": DOMAIN,
                    "WatchlistIds": [WATCHLIST, DEFAULT_WATCHLIST],
                }
            ]
        },
        "job.json": {
            "Job": {
                "JobId": JOB,
                "DomainId": DOMAIN,
                "JobStatus": "COMPLETED",
                "RegistrationConfig": {"DuplicateRegistrationAction": "SKIP"},
            }
        },
    }
    with Inventory.read([write(tmp_path, files)]) as inventory:
        (found,) = inventory.domains()
        assert (found.info.domain_id, found.info.name, found.tags) == (
            DOMAIN,
            "support-line",
            (("team", "fraud"),),
        )
        assert found.references[0].line == 3
        described, named = inventory.watchlists()
        assert (described.info.name, named.info.watchlist_id) == ("regional", DEFAULT_WATCHLIST)
        (fraudster,) = inventory.fraudsters()
        assert fraudster.info.watchlist_ids == (DEFAULT_WATCHLIST, WATCHLIST)
        (job,) = inventory.jobs()
        assert type(job.info).__name__ == "RegistrationJobInfo"


def test_what_local_voice_id_exports_is_read(tmp_path: Path) -> None:
    exported = tmp_path / "domain.json"
    with LocalVoiceID() as service, service.client() as voiceid:
        made = voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id", tags={"team": "fraud"})
        made.speaker("customer-1").opt_out()
        service.export_domain(made.domain_id, exported)
    with Inventory.read([exported]) as inventory:
        (found,) = inventory.domains()
        assert (found.info.domain_id, found.tags) == (made.domain_id, (("team", "fraud"),))
        (opted_out,) = inventory.opt_outs()
        assert opted_out.domain_id == made.domain_id
        assert inventory.summary().damaged_lines == 0


@pytest.mark.parametrize(
    "files",
    [
        {f"{DOMAIN}/m.json": manifest(request(1)), "domain": domain()},
        {
            f"{JOB}/m.json.out": output(success(1)),
            "job": {"Job": {"JobId": JOB, "DomainId": DOMAIN, "JobStatus": "COMPLETED"}},
        },
        {
            "m.json": manifest(request(1)),
            "job": {
                "Job": {
                    "JobId": JOB,
                    "DomainId": DOMAIN,
                    "JobStatus": "COMPLETED",
                    "InputDataConfig": {"S3Uri": "s3://jobs/in/m.json"},
                }
            },
        },
        {"m.json": manifest(request(1)), "domain": domain()},
        {"ctr": contact(1, SpeakerOptedOut=True), "e": event("ENROLL_SPEAKER")},
    ],
    ids=["its path", "its job", "the manifest of its job", "there being one domain", "the generated id"],
)
def test_a_record_without_a_domain_gets_it_from(tmp_path: Path, files: dict[str, Any]) -> None:
    assert only_speaker(tmp_path, files).domain_id == DOMAIN


def test_the_domain_of_the_rest_can_be_given(tmp_path: Path) -> None:
    files = {"m.json": manifest(request(1)), "domains": lines(domain(), domain("DomainDomainDomain0002"))}
    assert only_speaker(tmp_path, files).domain_id is None
    assert only_speaker(tmp_path, files, domain_id=DOMAIN).domain_id == DOMAIN
