"""A domain moves from one service to another, or from AWS, as one JSON file, with every id it has."""

import base64
import copy
import json
import pickle
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.direct_stage import stage_on
from tests.support.stage import DAY, KEY, NO_ID, OTHER_KEY, Stage
from voiceid_sdk import service_model
from voiceid_sdk.local import (
    DomainFileError,
    FileAccessError,
    LocalVoiceID,
    ManualClock,
    ServiceException,
    Timing,
)

File = dict[str, Any]

TIMING = Timing(domain_activation=1000, encryption_update=1000)


def filled(stage: Stage) -> str:
    """Make a domain with something of everything in it."""
    domain = stage.domain(Description="For calls", Tags=[{"Key": "team", "Value": "fraud"}])
    watchlist = stage.watchlist(domain, Description="Known by name")
    stage.enroll(domain, "alice")
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="bob")
    stage.call_in(domain, "a-pending-call", "carol")
    fraudster = stage.fraudster(domain, "mallory")
    stage.call("AssociateFraudster", DomainId=domain, WatchlistId=watchlist, FraudsterId=fraudster)
    stage.fraudster(domain, "trudy", RegistrationConfig={"WatchlistIds": [watchlist]})
    return domain


@pytest.fixture
def stage(service: LocalVoiceID, tmp_path: Path) -> Stage:
    """Return a stage with such a domain."""
    stage = stage_on(service, tmp_path / "s3")
    filled(stage)
    return stage


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> File:
    """Return that domain exported; the same seed makes the same domain."""
    folder = tmp_path_factory.mktemp("s3")
    with LocalVoiceID(clock=ManualClock(), seed=1, s3_root=folder) as service:
        return service.export_domain(filled(stage_on(service, folder)))


@pytest.fixture
def exported(original: File) -> File:
    return copy.deepcopy(original)


@pytest.fixture
def domain(original: File) -> str:
    return str(original["domain"]["domain_id"])


def imported(file: Any, folder: Path, **options: Any) -> Stage:
    """Return a stage on another service, into which a domain was imported."""
    service = LocalVoiceID(clock=ManualClock(), s3_root=folder, **options)
    service.import_domain(file)
    return stage_on(service, folder)


# --- The file -------------------------------------------------------------------------------------------


def test_a_file_has_everything_but_calls_and_jobs(stage: Stage, domain: str, exported: File) -> None:
    assert list(exported) == ["version", "domain", "tags", "watchlists", "speakers", "fraudsters"]
    assert exported["domain"] == {
        "domain_id": domain,
        "arn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}",
        "name": "a-domain",
        "description": "For calls",
        "domain_status": "ACTIVE",
        "server_side_encryption_configuration": {"kms_key_id": KEY},
        "watchlist_details": {"default_watchlist_id": stage.default_watchlist(domain)},
        "created_at": "2026-01-01T00:00:00+00:00",
        "updated_at": "2026-01-01T00:00:00+00:00",
    }
    assert exported["tags"] == {"team": "fraud"}
    assert [one["status"] for one in exported["speakers"]] == ["ENROLLED", "OPTED_OUT", "PENDING"]
    assert [len(one["watchlist_ids"]) for one in exported["fraudsters"]] == [2, 1]
    assert [one["default_watchlist"] for one in exported["watchlists"]] == [True, False]


def test_the_file_is_the_same_for_the_same_domain(stage: Stage, domain: str, exported: File) -> None:
    assert stage.service.export_domain(domain) == exported


def test_voiceprints_are_in_a_file_only_when_asked_for(stage: Stage, domain: str, exported: File) -> None:
    assert "voiceprint" not in json.dumps(exported)
    asked: File = stage.service.export_domain(domain, include_voiceprints=True)
    people = [*asked["speakers"], *asked["fraudsters"]]
    voiceprints = [one["voiceprint"] for one in people if "voiceprint" in one]
    assert [base64.b64decode(one) for one in voiceprints] == [
        b"label:alice",
        b"label:mallory",
        b"label:trudy",
    ]


def test_long_lists_are_exported_whole(stage: Stage, domain: str) -> None:
    for number in range(250):
        stage.call("OptOutSpeaker", DomainId=domain, SpeakerId=f"s{number}")
    exported: File = stage.service.export_domain(domain)
    assert len(exported["speakers"]) == 253


def test_a_file_is_written_for_its_owner_alone(stage: Stage, domain: str, tmp_path: Path) -> None:
    path = tmp_path / "domain.json"
    exported = stage.service.export_domain(domain, path)
    assert json.loads(path.read_text(encoding="utf-8")) == exported
    assert [entry.name for entry in tmp_path.glob("domain*")] == ["domain.json"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_domain_that_does_not_exist_cannot_be_exported(stage: Stage) -> None:
    with pytest.raises(ServiceException, match="DOMAIN"):
        stage.service.export_domain(NO_ID)


def test_a_domain_whose_key_is_gone_cannot_be_exported(stage: Stage, domain: str) -> None:
    stage.service.disable_key(KEY)
    with pytest.raises(ServiceException, match="key"):
        stage.service.export_domain(domain)


# --- Round trips ----------------------------------------------------------------------------------------

READS = ("DescribeDomain", "ListWatchlists", "ListSpeakers", "ListFraudsters")


@pytest.mark.parametrize("kind", [str, Path, json.loads])
def test_another_service_answers_as_the_first_one_did(
    stage: Stage, domain: str, tmp_path: Path, kind: Callable[[Any], Any]
) -> None:
    path = tmp_path / "domain.json"
    stage.service.export_domain(domain, path)
    other = imported(kind(path.read_text() if kind is json.loads else path), tmp_path)
    for operation in READS:
        assert other.call(operation, DomainId=domain) == stage.call(operation, DomainId=domain)
    arn = stage.describe(domain)["Arn"]
    tags = [one.call("ListTagsForResource", ResourceArn=arn) for one in (stage, other)]
    assert tags[0] == tags[1]
    other.service.close()


def test_an_import_gives_back_the_id(exported: File, domain: str) -> None:
    with LocalVoiceID() as service:
        assert service.import_domain(exported) == domain


TIMES = st.integers(0, 6 * 10**10).map(
    lambda milliseconds: (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)).isoformat()
)
NAMES = st.text("aZ09_-", max_size=5).map("n{}".format)
TEXTS = st.text("aZ0ß語 _.:/=+-%@", min_size=1, max_size=8)
TAGS = st.text("aZ0ß語 _.:/=+-@", min_size=1, max_size=8)
KEYS = st.sampled_from([KEY, OTHER_KEY])
VOICEPRINTS = st.binary(max_size=20).map(lambda voiceprint: base64.b64encode(voiceprint).decode())
MOMENTS = {"created_at": TIMES, "updated_at": TIMES}
WATCHLIST_IDS = ["W" * 22, "X" * 22, "Y" * 22]
GENERATED_IDS = [f"id#{number:022}" for number in range(4)]


def one_of(shape: str) -> st.SearchStrategy[str]:
    """Return the values of an enumeration of the model."""
    return st.sampled_from(service_model.shape(shape).get("enum", []))


@st.composite
def files(draw: st.DrawFn) -> File:
    """Return files in the form in which they are exported."""

    def structure(
        known: File, drawn: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
    ) -> File:
        members = st.fixed_dictionaries(drawn, optional=optional)
        return {"domain_id": NO_ID, **known, **draw(members)}

    def some(ids: list[str], least: int = 0) -> list[str]:
        return ids[: draw(st.integers(least, len(ids)))]

    watchlists = [
        structure(
            {"watchlist_id": watchlist_id, "default_watchlist": watchlist_id == WATCHLIST_IDS[0]},
            {"name": NAMES, **MOMENTS},
            description=TEXTS,
        )
        for watchlist_id in some(WATCHLIST_IDS, 1)
    ]
    speakers = [
        structure(
            {"generated_speaker_id": generated_id, "customer_speaker_id": f"s{generated_id[-1]}"},
            {"status": one_of("SpeakerStatus"), **MOMENTS},
            last_accessed_at=TIMES,
            voiceprint=VOICEPRINTS,
        )
        for generated_id in some(GENERATED_IDS)
    ]
    for speaker in speakers:
        if speaker["status"] != "ENROLLED":  # The voiceprint of a speaker who has expired is not imported.
            speaker.pop("voiceprint", None)
    on_watchlists = st.lists(
        st.sampled_from([watchlist["watchlist_id"] for watchlist in watchlists]), min_size=1, unique=True
    )
    fraudsters = [
        structure(
            {"generated_fraudster_id": generated_id},
            {"watchlist_ids": on_watchlists, "created_at": TIMES},
            voiceprint=VOICEPRINTS,
        )
        for generated_id in some(GENERATED_IDS)
    ]
    domain = structure(
        {
            "arn": f"arn:aws:voiceid:us-east-1:123456789012:domain/{NO_ID}",
            "watchlist_details": {"default_watchlist_id": WATCHLIST_IDS[0]},
        },
        {
            "name": NAMES,
            "domain_status": one_of("DomainStatus"),
            "server_side_encryption_configuration": st.fixed_dictionaries({"kms_key_id": KEYS}),
            **MOMENTS,
        },
        description=TEXTS,
        server_side_encryption_update_details=st.fixed_dictionaries(
            {"update_status": one_of("ServerSideEncryptionUpdateStatus")},
            optional={"old_kms_key_id": KEYS, "message": TEXTS},
        ),
    )
    return {
        "version": 1,
        "domain": domain,
        "tags": draw(st.dictionaries(TAGS, TAGS, max_size=3)),
        "watchlists": watchlists,
        "speakers": speakers,
        "fraudsters": fraudsters,
    }


@given(file=files())
def test_what_is_exported_is_what_was_imported(file: File) -> None:
    before = copy.deepcopy(file)
    with LocalVoiceID(clock=ManualClock(), timing=TIMING) as service:
        domain_id = service.import_domain(file)
        exported = service.export_domain(domain_id, include_voiceprints=True)
    assert exported == before == file


# --- From AWS -------------------------------------------------------------------------------------------


def test_what_was_listed_through_the_sdk_can_be_imported(stage: Stage, domain: str, exported: File) -> None:
    with stage.service.client() as voiceid:
        there = voiceid.domain(domain)
        listed = {
            "domain": there.describe().to_dict(),
            "tags": there.tags(),
            "watchlists": [watchlist.to_dict() for watchlist in there.watchlists()],
            "speakers": [speaker.to_dict() for speaker in there.speakers()],
            "fraudsters": [fraudster.to_dict() for fraudster in there.fraudsters()],
        }
    with LocalVoiceID() as other:
        other.import_domain(json.loads(json.dumps(listed)))
        assert other.export_domain(domain) == exported


def test_members_may_have_the_names_of_the_wire(tmp_path: Path) -> None:
    encryption = {"KmsKeyId": KEY}
    file = {
        "domain": {"DomainId": NO_ID, "Name": "n", "ServerSideEncryptionConfiguration": encryption},
        "speakers": [
            {
                "GeneratedSpeakerId": f"id#{NO_ID}",
                "CustomerSpeakerId": "alice",
                "Status": "OPTED_OUT",
                "CreatedAt": "2025-01-01T00:00:00Z",
            }
        ],
    }
    stage = imported(file, tmp_path)
    assert stage.speaker(NO_ID, "alice")["CreatedAt"] == datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    stage.service.close()


def test_a_domain_alone_is_enough(tmp_path: Path) -> None:
    file = {
        "domain": {
            "domain_id": NO_ID,
            "name": "n",
            "server_side_encryption_configuration": {"kms_key_id": "alias/k"},
            "description": None,
            "extra": {"MemberOfTomorrow": 1},
        }
    }
    stage = imported(file, tmp_path)
    described = stage.describe(NO_ID)
    assert described["DomainStatus"] == "ACTIVE"
    assert described["CreatedAt"] == described["UpdatedAt"] == stage.clock.now().timestamp()
    assert described["ServerSideEncryptionConfiguration"]["KmsKeyId"].startswith("arn:aws:kms:us-east-1:")
    (watchlist,) = stage.call("ListWatchlists", DomainId=NO_ID)["WatchlistSummaries"]
    assert watchlist["DefaultWatchlist"]
    assert watchlist["WatchlistId"] == described["WatchlistDetails"]["DefaultWatchlistId"]
    assert stage.enroll(NO_ID, "alice")
    stage.service.close()


def test_the_default_watchlist_is_known_by_the_domain_or_by_itself(
    exported: File, domain: str, tmp_path: Path
) -> None:
    default_id = exported["watchlists"][0]["watchlist_id"]
    del exported["domain"]["watchlist_details"]
    stage = imported(exported, tmp_path)
    assert stage.default_watchlist(domain) == default_id
    stage.service.close()


def test_tags_of_aws_itself_are_kept(exported: File, domain: str) -> None:
    exported["tags"] = {"aws:cloudformation:stack-name": "a-stack"}
    with LocalVoiceID() as service:
        service.import_domain(exported)
        assert service.export_domain(domain)["tags"] == exported["tags"]


# --- Life goes on ---------------------------------------------------------------------------------------


def decision(stage: Stage, domain: str, voice: str) -> tuple[str, str]:
    """Return what is decided about a call by alice on which a voice speaks."""
    stage.call_in(domain, "another-contact", "alice").speak(voice, seconds=10)
    evaluated = stage.evaluate(domain, "another-contact")
    return evaluated["AuthenticationResult"]["Decision"], evaluated["FraudDetectionResult"]["Decision"]


@pytest.mark.parametrize(
    ("voice", "decisions"), [("alice", ("ACCEPT", "LOW_RISK")), ("mallory", ("REJECT", "HIGH_RISK"))]
)
def test_voices_are_recognized_when_their_voiceprints_came_along(
    stage: Stage, domain: str, tmp_path: Path, voice: str, decisions: tuple[str, str]
) -> None:
    other = imported(stage.service.export_domain(domain, include_voiceprints=True), tmp_path)
    assert decision(other, domain, voice) == decisions
    other.service.close()


@pytest.mark.parametrize("voice", ["alice", "mallory"])
def test_nobody_is_recognized_without_voiceprints(
    exported: File, domain: str, tmp_path: Path, voice: str
) -> None:
    other = imported(exported, tmp_path)
    assert decision(other, domain, voice) == ("SPEAKER_NOT_ENROLLED", "LOW_RISK")
    assert other.speaker(domain, "alice")["Status"] == "ENROLLED"
    other.enroll(domain, "alice", "alice")
    assert other.decision(domain, "another-contact") == ("ACCEPT" if voice == "alice" else "REJECT")
    other.service.close()


def test_who_was_expired_stays_so_whatever_the_clock_says(
    exported: File, domain: str, tmp_path: Path
) -> None:
    exported["speakers"][0]["status"] = "EXPIRED"
    other = imported(exported, tmp_path)
    assert other.speaker(domain, "alice")["Status"] == "EXPIRED"
    assert decision(other, domain, "alice")[0] == "SPEAKER_EXPIRED"
    other.enroll(domain, "alice")
    assert other.speaker(domain, "alice")["Status"] == "ENROLLED"
    other.service.close()


def test_a_suspended_domain_is_erased_thirty_days_after_its_import(
    stage: Stage, domain: str, tmp_path: Path
) -> None:
    stage.call("DeleteDomain", DomainId=domain)
    stage.clock.advance(20 * DAY)
    other = imported(stage.service.export_domain(domain), tmp_path)
    other.clock.advance(30 * DAY - 1)
    assert other.describe(domain)["DomainStatus"] == "SUSPENDED"
    other.clock.advance(1)
    assert other.error("DescribeDomain", DomainId=domain).resource_type == "DOMAIN"
    other.service.close()


def test_a_pending_domain_becomes_active(exported: File, domain: str, tmp_path: Path) -> None:
    exported["domain"]["domain_status"] = "PENDING"
    other = imported(exported, tmp_path, timing=TIMING)
    assert other.describe(domain)["DomainStatus"] == "PENDING"
    other.clock.advance(timedelta(seconds=1000))
    assert other.describe(domain)["DomainStatus"] == "ACTIVE"
    other.service.close()


def test_a_change_of_key_that_was_going_on_goes_on(exported: File, domain: str, tmp_path: Path) -> None:
    details = {"old_kms_key_id": OTHER_KEY, "update_status": "IN_PROGRESS"}
    exported["domain"]["server_side_encryption_update_details"] = details
    other = imported(exported, tmp_path, timing=TIMING)
    other.clock.advance(1000)
    assert other.describe(domain)["ServerSideEncryptionUpdateDetails"]["UpdateStatus"] == "COMPLETED"
    other.service.close()


def test_an_import_survives_a_restart(exported: File, domain: str, tmp_path: Path) -> None:
    with LocalVoiceID(tmp_path / "voiceid.sqlite") as service:
        service.import_domain(exported)
    with LocalVoiceID(tmp_path / "voiceid.sqlite") as service:
        assert service.export_domain(domain) == exported


# --- What is wrong with a file --------------------------------------------------------------------------


def put(value: object, *place: Any) -> Callable[[File], None]:
    """Return what puts a value, which no message may show, into a place of a file."""

    def change(file: Any) -> None:
        for part in place[:-1]:
            file = file[part]
        file[place[-1]] = value

    return change


def twice(part: str) -> Callable[[File], None]:
    return lambda file: file[part].append(file[part][0])


YES, NO = True, False

WRONG: list[tuple[Callable[[File], None], str]] = [
    (put(1, "Canary9"), "there is an unknown part; the parts are version, domain, tags, watchlists, "),
    (put(2, "version"), "version is not 1"),
    (put(None, "domain"), "domain.domain_id is missing; domain.name is missing; domain.server_side_"),
    (put(["Canary9"], "domain"), "domain is not a structure"),
    (put("Canary9", "domain", "domain_id"), "domain.domain_id: Member must satisfy regular expression"),
    (put("Canary9", "domain", "canary9"), "domain has an unknown member; the members are arn, created_at, "),
    (put({}, "domain", "server_side_encryption_configuration"), "_configuration.kms_key_id is missing"),
    (
        put({"kms_key_id": "Canary 9"}, "domain", "server_side_encryption_configuration"),
        "domain.server_side_encryption_configuration.kms_key_id is not a key id, key ARN or alias",
    ),
    (
        put({"old_kms_key_id": "9 9"}, "domain", "server_side_encryption_update_details"),
        "domain.server_side_encryption_update_details.old_kms_key_id is not a key id, key ARN or alias",
    ),
    (put("Canary9", "domain", "created_at"), "domain.created_at is not a timestamp"),
    (put(1e300, "domain", "created_at"), "domain.created_at is not a timestamp"),
    (put("2026-01-01T00:00:00", "domain", "created_at"), "domain.created_at is not a timestamp"),
    (put("9999-12-31T23:59:59-23:00", "domain", "created_at"), "domain.created_at is not a timestamp"),
    (put(["Canary9"], "tags"), "tags is not an object of strings"),
    (put({"Canary9!": "x"}, "tags"), "tags[0].key: Member must satisfy regular expression pattern"),
    (put({"x": 9}, "tags"), "tags[0].value is not a string"),
    (put({str(number): "" for number in range(201)}, "tags"), "tags: Member must have length less than"),
    (put({"Canary9": 1}, "speakers"), "speakers is not a list"),
    (put("Canary9", "speakers", 1), "speakers[1] is not a structure"),
    (put(None, "speakers", 1), "speakers[1].generated_speaker_id is missing"),
    (put("CANARY9", "speakers", 1, "status"), "speakers[1].status: Member must satisfy enum value set: [ENR"),
    (put(9, "speakers", 1, "customer_speaker_id"), "speakers[1].customer_speaker_id is not a string"),
    (put("Canary9", "speakers", 0, "voiceprint"), "speakers[0].voiceprint is not base64"),
    (put(9, "speakers", 0, "voiceprint"), "speakers[0].voiceprint is not base64"),
    (put("Canary99", "speakers", 1, "voiceprint"), "speakers[1].voiceprint does not fit the status"),
    (put("N" * 22, "speakers", 1, "domain_id"), "speakers[1].domain_id is not the domain's"),
    (twice("speakers"), "speakers[3].customer_speaker_id is in the list more than once; speakers[3].gen"),
    (twice("watchlists"), "watchlists[2].watchlist_id is in the list more than once"),
    (twice("fraudsters"), "fraudsters[2].generated_fraudster_id is in the list more than once"),
    (put(YES, "watchlists", 1, "default_watchlist"), "watchlists[1].default_watchlist contradicts the"),
    (put(NO, "watchlists", 0, "default_watchlist"), "watchlists[0].default_watchlist contradicts the"),
    (put([], "fraudsters", 0, "watchlist_ids"), "fraudsters[0].watchlist_ids is empty, or has an id more"),
    (put(["N" * 22], "fraudsters", 0, "watchlist_ids"), "watchlist_ids has an id that is not in watchlists"),
    (put(["Canary9"], "fraudsters", 1, "watchlist_ids"), "fraudsters[1].watchlist_ids[0]: Member must"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), WRONG)
def test_what_is_wrong_with_a_file_is_said_by_place_and_rule(
    exported: File, change: Callable[[File], None], says: str
) -> None:
    change(exported)
    with LocalVoiceID() as service:
        with pytest.raises(DomainFileError) as caught:
            service.import_domain(exported)
        assert says in str(caught.value)
        assert "canary" not in str(caught.value).lower()
        assert service.boto3_client().list_domains()["DomainSummaries"] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff", "the file is not JSON"),
        (b"{", "the file is not JSON"),
        (b"[" * 100_000, "the file is not JSON"),
        (b"[]", "the file is not a JSON object"),
    ],
)
def test_a_file_that_is_no_json_object_is_refused(
    service: LocalVoiceID, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "domain.json"
    path.write_bytes(content)
    with pytest.raises(DomainFileError, match=says):
        service.import_domain(path)


def test_a_file_that_is_not_there_cannot_be_read(service: LocalVoiceID, tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"^source names a file"):
        service.import_domain(tmp_path / "none.json")


def test_a_domain_is_not_imported_over_another(exported: File) -> None:
    with LocalVoiceID() as service:
        service.import_domain(exported)
        with pytest.raises(DomainFileError, match="is the id of a domain of this service"):
            service.import_domain(exported)


def test_all_problems_are_kept_and_the_first_are_shown() -> None:
    error = DomainFileError(*(f"place[{number}] is missing" for number in range(23)))
    assert str(error).startswith("place[0] is missing; place[1] is missing; ")
    assert str(error).endswith("place[19] is missing; and 3 more problems")
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
