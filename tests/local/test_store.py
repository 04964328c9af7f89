"""The store: transactions, files that survive, one owner."""

import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.support.servers import PATIENCE
from voiceid_sdk.local import LocalVoiceID, ManualClock, StoreFormatError, StoreInUseError, Timing
from voiceid_sdk.local.handlers import TABLES
from voiceid_sdk.local.storage.database import Database, StoreError, WriteNeeded
from voiceid_sdk.local.storage.store import Record, Store, Table

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


@attrs.frozen
class Thing(Record):
    name: str
    color: str | None


THINGS = Table("things", Thing, unique=[("name",)], indexes=[("color",)])


@pytest.fixture
def store() -> Any:
    store = Store(None, [THINGS])
    yield store
    store.close()


def test_records_come_back_as_they_were_kept(store: Store) -> None:
    with store.transaction():
        kept = store.add(THINGS, Thing("one", None))
        assert store.get(THINGS, name="one") == kept == Thing("one", None, sequence=1)
        assert store.save(THINGS, attrs.evolve(kept, color="red")) == store.get(THINGS, color="red")


@pytest.mark.parametrize("can_be_copied", [True, False])
def test_stores_in_memory_begin_empty_and_share_nothing(
    monkeypatch: pytest.MonkeyPatch, *, can_be_copied: bool
) -> None:
    if not can_be_copied:
        monkeypatch.setattr(Database, "content", lambda _: None)
    tables = (Table("things", Thing, unique=[("name",)]), Table("others", Thing, unique=[("name",)]))
    stores = [Store(None, tables) for _ in range(3)]
    for number, store in enumerate(stores):
        with store.transaction():
            assert store.add(tables[0], Thing(str(number), None)).sequence == 1
            with pytest.raises(StoreError):
                store.add(tables[0], Thing(str(number), None))
    for number, store in enumerate(stores):
        assert [thing.name for thing in store.all(tables[0])] == [str(number)]
        assert store.count(tables[1], "") == 0
        store.close()


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store) -> None:
    def write_and_fail() -> None:
        with store.transaction():
            store.add(THINGS, Thing("one", None))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_and_fail()
    assert store.count(THINGS, "") == 0


def test_an_attempt_takes_back_only_its_own_writes(store: Store) -> None:
    def write_and_fail() -> None:
        with store.attempt():
            store.add(THINGS, Thing("two", None))
            raise ValueError("no")

    with store.transaction():
        store.add(THINGS, Thing("one", None))
        with pytest.raises(ValueError, match="no"):
            write_and_fail()
        with store.attempt():
            store.add(THINGS, Thing("three", None))
    assert [thing.name for thing in store.all(THINGS)] == ["one", "three"]


def test_a_page_begins_behind_a_record(store: Store) -> None:
    with store.transaction():
        for number in range(5):
            store.add(THINGS, Thing(str(number), "red"))
    assert [thing.name for thing in store.page(THINGS, 2, 2, color="red")] == ["2", "3"]


def test_a_sequence_number_is_never_given_twice(store: Store) -> None:
    with store.transaction():
        last = store.add(THINGS, Thing("one", None))
        store.remove(THINGS, sequence=last.sequence)
        assert store.add(THINGS, Thing("two", None)).sequence > last.sequence


def test_a_recalled_record_is_that_of_the_present_state(store: Store) -> None:
    def recalled() -> Thing | None:
        return store.recall(THINGS, "name", "one")

    assert recalled() is None
    with store.transaction():
        added = store.add(THINGS, Thing("one", None))
        assert recalled() == added
    assert recalled() is recalled() == added

    def change_and_fail() -> None:
        with store.transaction():
            store.save(THINGS, attrs.evolve(added, color="red"))
            assert recalled() != added
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        change_and_fail()
    assert recalled() == added
    with store.transaction():
        store.remove(THINGS, name="one")
    assert recalled() is None


def test_a_block_that_only_reads_begins_no_transaction(store: Store) -> None:
    with store.transaction():
        assert store.count(THINGS, "") == 0
        assert not store._database.is_in_transaction


def test_a_write_needs_a_block(store: Store) -> None:
    with store.transaction():
        pass
    with pytest.raises(WriteNeeded):
        store.add(THINGS, Thing("one", None))
    with pytest.raises(WriteNeeded), store.attempt():
        pass
    assert store.count(THINGS, "") == 0


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("speakers", ["domain_id"]),
        ("watchlists", ["domain_id"]),
        ("fraudsters", ["domain_id"]),
        ("memberships", ["domain_id", "watchlist_id"]),
        ("jobs", ["domain_id", "kind"]),
        ("jobs", ["domain_id", "kind", "status"]),
    ],
)
def test_a_page_is_read_from_an_index_and_never_sorted(table: str, columns: list[str]) -> None:
    store = Store(None, TABLES)
    where = " AND ".join(f"{column} = 'x'" for column in columns)
    query = (
        f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {where} AND sequence > 7 ORDER BY sequence LIMIT 3"
    )
    (plan,) = store._database.rows(query)
    store.close()
    assert plan[3].startswith(f"SEARCH {table} USING INDEX {table}_")
    assert plan[3].endswith("AND rowid>?)")


def test_a_file_is_there_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "voiceid.sqlite"
    with LocalVoiceID(path, clock=clock, seed=1) as service:
        client: Any = service.boto3_client()
        content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
        first = client.create_domain(**content)["Domain"]
        for number in range(3):
            client.opt_out_speaker(DomainId=first["DomainId"], SpeakerId=f"s{number}")
        page = client.list_speakers(DomainId=first["DomainId"], MaxResults=2)
    with LocalVoiceID(path, clock=clock, seed=1) as service:
        client = service.boto3_client()
        assert client.describe_domain(DomainId=first["DomainId"])["Domain"] == first
        rest = client.list_speakers(DomainId=first["DomainId"], NextToken=page["NextToken"])
        assert [speaker["CustomerSpeakerId"] for speaker in rest["SpeakerSummaries"]] == ["s2"]
        second = client.create_domain(**content)
        assert second["Domain"]["DomainId"] != first["DomainId"]
        assert second["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "voiceid.sqlite"
    with LocalVoiceID(path), pytest.raises(StoreInUseError, match="another"):
        LocalVoiceID(path)
    LocalVoiceID(path).close()


def create_and_be_killed(path: Path, test: "Connection[None, str]") -> None:
    """Create a domain in a service, send its id, and kill the process when the test has answered."""
    client: Any = LocalVoiceID(path).boto3_client()
    content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
    test.send(client.create_domain(**content)["Domain"]["DomainId"])
    test.recv()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("no_earlier_clients")
def test_an_answered_write_survives_a_kill_and_the_file_can_be_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "voiceid.sqlite"
    context = multiprocessing.get_context("fork")
    child, test = context.Pipe()
    process = context.Process(target=create_and_be_killed, args=(path, test))
    process.start()
    test.close()
    domain_id = child.recv()
    with pytest.raises(StoreInUseError):
        LocalVoiceID(path)
    child.send(None)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    with LocalVoiceID(path) as service:
        client: Any = service.boto3_client()
        assert client.describe_domain(DomainId=domain_id)["Domain"]["DomainStatus"] == "ACTIVE"


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at as one")
    with pytest.raises(StoreFormatError, match="not a Local Voice ID store"):
        LocalVoiceID(path)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "voiceid.sqlite"
    store = Store(path, TABLES)
    with store.transaction():
        store.set_fact("schema", "0")
    store.close()
    with pytest.raises(StoreFormatError, match="another version"):
        LocalVoiceID(path)
    with pytest.raises(StoreFormatError, match="another version"):
        LocalVoiceID(path)


def test_a_job_goes_on_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    manifest = tmp_path / "jobs/in"
    manifest.parent.mkdir()
    entries = [{"RequestId": str(number), "SpeakerId": "s"} for number in range(4)]
    manifest.write_text(json.dumps({"Version": "1.0", "SpeakerEnrollmentRequests": entries}))
    options: Any = {"clock": clock, "s3_root": tmp_path, "timing": Timing(job_start=10, job_request=10)}
    path = tmp_path / "voiceid.sqlite"
    with LocalVoiceID(path, **options) as service:
        client: Any = service.boto3_client()
        content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
        domain_id = client.create_domain(**content)["Domain"]["DomainId"]
        job = client.start_speaker_enrollment_job(
            DomainId=domain_id,
            DataAccessRoleArn="arn:aws:iam::123456789012:role/VoiceID",
            InputDataConfig={"S3Uri": "s3://jobs/in"},
            OutputDataConfig={"S3Uri": "s3://jobs/out/"},
        )["Job"]
        about = {"DomainId": domain_id, "JobId": job["JobId"]}
        clock.advance(30)
        assert client.describe_speaker_enrollment_job(**about)["Job"]["JobProgress"]["PercentComplete"] == 50
        manifest.unlink()
    clock.advance(100)
    with LocalVoiceID(path, **options) as service:
        client = service.boto3_client()
        ended = client.describe_speaker_enrollment_job(**about)["Job"]
    assert ended["JobStatus"] == "COMPLETED_WITH_ERRORS"
    assert (ended["EndedAt"] - ended["CreatedAt"]).total_seconds() == 50
    assert (tmp_path / "jobs/out" / job["JobId"] / "in.out").exists()


def test_the_same_seed_makes_the_same_ids() -> None:
    made: list[str] = []
    for _ in range(2):
        with LocalVoiceID(seed="a seed", clock=ManualClock()) as service:
            client: Any = service.boto3_client()
            content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
            response = client.create_domain(**content)
            made.append(response["Domain"]["DomainId"] + response["ResponseMetadata"]["RequestId"])
    assert made[0] == made[1]


def test_reads_and_refusals_do_not_move_the_ids_that_follow() -> None:
    made: list[str] = []
    for reads in (0, 3):
        with LocalVoiceID(seed=7, clock=ManualClock()) as service:
            client: Any = service.boto3_client()
            for _ in range(reads):
                client.list_domains()
            content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
            made.append(client.create_domain(**content)["Domain"]["DomainId"])
    assert made[0] == made[1]
