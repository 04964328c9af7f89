"""What an inventory becomes: tables, domains of Local Voice ID, and manifests without opted-out speakers."""

import csv
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.migration.archives import (
    DOMAIN,
    JOB,
    OTHER_DOMAIN,
    WATCHLIST,
    contact,
    domain,
    event,
    generated,
    lines,
    manifest,
    output,
    request,
    speaker,
    success,
    write,
)
from voiceid_sdk.batch import EnrollmentManifest
from voiceid_sdk.errors import ConfigurationError, RequestValidationError
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.migration import Inventory, ManifestReport
from voiceid_sdk.migration.writing.tables import TABLES

if TYPE_CHECKING:
    from voiceid_sdk.migration.writing.manifests import Recordings

ARCHIVE: dict[str, Any] = {
    "domain.json": domain(),
    f"tags-of-{DOMAIN}.json": {"Tags": [{"Key": "team", "Value": "fraud"}]},
    "watchlists.json": {
        "WatchlistId": WATCHLIST,
        "DomainId": DOMAIN,
        "Name": "regional",
        "DefaultWatchlist": False,
    },
    "fraudsters.json": {
        "GeneratedFraudsterId": generated(50),
        "DomainId": DOMAIN,
        "WatchlistIds": [WATCHLIST],
    },
    "speakers.jsonl": lines(
        speaker(1),
        speaker(2, "OPTED_OUT"),
        speaker(3, "EXPIRED"),
        speaker(4, "PENDING"),
        speaker(5),
        speaker(6),
    ),
    "events.jsonl": lines(
        event("OPT_OUT_SPEAKER", 5), event("DELETE_SPEAKER", 6, at="2024-01-01"), event("OPT_OUT_SPEAKER", 7)
    ),
    "jobs.json": {"Job": {"JobId": JOB, "DomainId": DOMAIN, "JobStatus": "COMPLETED"}},
    f"jobs/{JOB}/m.json": manifest(*map(request, range(1, 7)), request(9)),
    f"jobs/{JOB}/m.json.out": output(success(1), success(5)),
    "damaged.jsonl": '{"Status": "OPTED_O\n',
}


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    """Return the inventory of a small archive with something of everything."""
    with Inventory.read([write(tmp_path / "archive", ARCHIVE)]) as inventory:
        yield inventory


# --- Tables -----------------------------------------------------------------------------------------------


def test_every_table_is_a_private_csv_file(inventory: Inventory, tmp_path: Path) -> None:
    inventory.write_csv(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{name}.csv" for name in TABLES}
    for name, table in TABLES.items():
        path = tmp_path / "out" / f"{name}.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        assert tuple(rows[0]) == table.columns
        assert rows[1:], f"the archive has nothing for {name}"


def test_the_folder_of_the_files_is_private(inventory: Inventory, tmp_path: Path) -> None:
    inventory.write_csv(tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_the_first_table_has_everybody_who_opted_out(inventory: Inventory, tmp_path: Path) -> None:
    inventory.write_json_lines(tmp_path / "out")
    rows = list(map(json.loads, (tmp_path / "out" / "opt-outs.jsonl").read_text().splitlines()))
    assert [row["generated_speaker_id"] for row in rows] == [generated(number) for number in (7, 2, 5)]
    assert rows[1] == {
        "domain_id": DOMAIN,
        "customer_speaker_id": "customer-2",
        "generated_speaker_id": generated(2),
        "opted_out_since": "2023-06-01T00:00:00+00:00",
        "file": str(tmp_path / "archive" / "speakers.jsonl"),
        "line": 2,
    }
    assert rows[2]["conflict"] == "OPT_OUT"


def test_tables_are_data_frames_with_types(inventory: Inventory) -> None:
    for name, table in TABLES.items():
        frame = inventory.to_pandas(name)
        assert tuple(frame.columns) == table.columns
    speakers = inventory.to_pandas("speakers").set_index("customer_speaker_id")
    assert speakers.loc["customer-2", "status"] == "OPTED_OUT"
    assert speakers["created_at"].max() == pd.Timestamp("2023-01-01", tz="UTC")
    assert str(inventory.to_pandas("recordings").dtypes["enrolled"]) == "boolean"
    assert str(inventory.to_pandas("damaged-lines").dtypes["line"]) == "Int64"


def test_a_table_that_does_not_exist_is_refused(inventory: Inventory) -> None:
    with pytest.raises(RequestValidationError, match="must be one of opt-outs, "):
        inventory.to_pandas("callers")


def test_data_frames_need_pandas(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ConfigurationError, match="pandas is not installed"):
        inventory.to_pandas("speakers")


# --- Local Voice ID ---------------------------------------------------------------------------------------


def test_local_voice_id_imports_everything(inventory: Inventory) -> None:
    with LocalVoiceID() as service, service.client() as voiceid:
        assert inventory.import_into(service) == [DOMAIN]
        imported = voiceid.domain(DOMAIN)
        assert imported.describe().name == "support-line"
        assert imported.tags() == {"team": "fraud"}
        statuses = {one.generated_speaker_id: str(one.status) for one in imported.speakers()}
        assert statuses == {
            generated(1): "ENROLLED",
            generated(2): "OPTED_OUT",
            generated(3): "EXPIRED",
            generated(4): "PENDING",
            generated(5): "OPTED_OUT",
            generated(7): "OPTED_OUT",
        }
        assert [one.watchlist_ids for one in imported.fraudsters()] == [(WATCHLIST,)]
        assert {one.name for one in imported.watchlists()} == {"regional", "DefaultWatchlist"}


SPARSE: dict[str, dict[str, Any]] = {
    "an event alone": {"e": event("OPT_OUT_SPEAKER")},
    "a customer's id alone": {"s": speaker(1, "OPTED_OUT", GeneratedSpeakerId=None)},
    "an id that the service refuses": {"s": speaker(1, "OPTED_OUT", CustomerSpeakerId="+49 30 1234")},
    "two customers with one generated id": {
        "s": lines(speaker(1, "OPTED_OUT"), speaker(2, "OPTED_OUT", GeneratedSpeakerId=generated(1)))
    },
    "a fraudster without a watchlist": {
        "s": speaker(1, "OPTED_OUT"),
        "f": {"GeneratedFraudsterId": generated(5), "DomainId": DOMAIN, "WatchlistIds": []},
    },
    "a fraudster on an unknown watchlist": {
        "s": speaker(1, "OPTED_OUT"),
        "f": {"GeneratedFraudsterId": generated(5), "DomainId": DOMAIN, "WatchlistIds": [WATCHLIST]},
    },
    "two domains": {"s": lines(speaker(1, "OPTED_OUT"), speaker(1, "OPTED_OUT", DomainId=OTHER_DOMAIN))},
}


@pytest.mark.parametrize("name", SPARSE)
def test_no_opt_out_is_left_out_for_want_of_other_facts(tmp_path: Path, name: str) -> None:
    with Inventory.read([write(tmp_path, SPARSE[name])]) as inventory, LocalVoiceID() as service:
        inventory.import_into(service)
        with service.client() as voiceid:
            opted_out = [
                one
                for found in voiceid.domains()
                for one in voiceid.domain(found).speakers()
                if one.status == "OPTED_OUT"
            ]
        assert len(opted_out) == inventory.summary().opted_out > 0


FORBIDDEN: dict[str, dict[str, Any]] = {
    "a domain with an unknown status": domain(DomainStatus="DELETED"),
    "a domain with a name that is too long": domain(Name="n" * 257),
    "a domain with an invalid key": domain(ServerSideEncryptionConfiguration={"KmsKeyId": "a key"}),
    "a domain with an invalid creation time": domain(CreatedAt=1e308),
    "a domain with another ARN": domain(Arn="arn:aws:s3:::bucket"),
    "a domain with a damaged default watchlist": domain(WatchlistDetails={"DefaultWatchlistId": "w"}),
    "a watchlist with a damaged id": {"DomainId": DOMAIN, "WatchlistId": "w", "Name": "regional"},
    "a watchlist with a forbidden name": {"DomainId": DOMAIN, "WatchlistId": WATCHLIST, "Name": "a b"},
    "a fraudster on a watchlist with a damaged id": {
        "GeneratedFraudsterId": generated(5),
        "DomainId": DOMAIN,
        "WatchlistIds": ["w", WATCHLIST],
    },
    "a tag with a forbidden key": {
        "DomainId": DOMAIN,
        "Tags": [{"Key": "k" * 129, "Value": "v"}, {"Key": "team", "Value": "fraud"}],
    },
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_values_that_the_service_does_not_allow_stop_no_import(tmp_path: Path, name: str) -> None:
    archive = write(tmp_path, {"s": speaker(1, "OPTED_OUT"), "other": FORBIDDEN[name]})
    with Inventory.read([archive]) as inventory, LocalVoiceID() as service, service.client() as voiceid:
        assert inventory.import_into(service) == [DOMAIN]
        (imported,) = voiceid.domain(DOMAIN).speakers()
        assert imported.status == "OPTED_OUT"


def test_a_watchlist_with_a_damaged_id_gets_another_one(tmp_path: Path) -> None:
    fraudsters = [
        {"GeneratedFraudsterId": generated(number), "DomainId": DOMAIN, "WatchlistIds": ["w"]}
        for number in (5, 6)
    ]
    archive = write(tmp_path, {"f": lines(*fraudsters)})
    with Inventory.read([archive]) as inventory, LocalVoiceID() as service, service.client() as voiceid:
        inventory.import_into(service)
        one, other = voiceid.domain(DOMAIN).fraudsters()
        assert one.watchlist_ids == other.watchlist_ids
        assert not voiceid.domain(DOMAIN).watchlist(one.watchlist_ids[0]).describe().default_watchlist


# --- Manifests --------------------------------------------------------------------------------------------


def manifests(folder: Path) -> dict[str, list[str]]:
    """Return whom each manifest enrolls."""
    return {
        path.name: [one.speaker_id for one in EnrollmentManifest.from_json(path.read_bytes()).requests]
        for path in sorted(folder.iterdir())
    }


def test_a_manifest_enrolls_whom_it_may(inventory: Inventory, tmp_path: Path) -> None:
    report = inventory.write_enrollment_manifests(tmp_path / "out")
    assert manifests(tmp_path / "out") == {f"{DOMAIN}-0001.json": ["customer-1"]}
    assert report == ManifestReport(manifests=1, speakers=1, opted_out=2, not_enrolled=4)
    assert stat.S_IMODE((tmp_path / "out" / f"{DOMAIN}-0001.json").stat().st_mode) == 0o600


def test_expired_speakers_are_enrolled_only_when_asked_for(inventory: Inventory, tmp_path: Path) -> None:
    inventory.write_enrollment_manifests(tmp_path / "out", include_expired=True)
    assert manifests(tmp_path / "out") == {f"{DOMAIN}-0001.json": ["customer-1", "customer-3"]}


def test_a_manifest_has_only_recordings_that_exist(tmp_path: Path) -> None:
    files = {"s": lines(speaker(1), speaker(2)), "m": manifest(request(1, "a.wav", "b.wav"), request(2))}
    write(tmp_path / "s3", {"calls/b.wav": b"RIFF"})
    with Inventory.read([write(tmp_path / "archive", files)]) as inventory:
        ways: tuple[Recordings, ...] = (tmp_path / "s3", lambda uri: uri == "s3://calls/b.wav")
        for number, recordings in enumerate(ways):
            report = inventory.write_enrollment_manifests(tmp_path / f"{number}", recordings=recordings)
            assert report == ManifestReport(manifests=1, speakers=1, without_recording=1)
            written = EnrollmentManifest.from_json(
                (tmp_path / f"{number}" / f"{DOMAIN}-0001.json").read_bytes()
            )
            assert [one.s3_uri for one in written.requests[0].audio_specifications] == ["s3://calls/b.wav"]
            assert written.problems() == ()


def test_the_recordings_that_enrolled_somebody_come_first_and_no_more_than_a_request_may_have(
    tmp_path: Path,
) -> None:
    files = {
        "s": speaker(1),
        "old.json": manifest(request(1, *(f"{number:02}.wav" for number in range(9)))),
        "new.json": manifest(request(1, "x.wav", "y.wav")),
        "new.json.out": output(success(1)),
    }
    with Inventory.read([write(tmp_path / "archive", files)]) as inventory:
        inventory.write_enrollment_manifests(tmp_path / "out")
    (written,) = EnrollmentManifest.from_json(
        (tmp_path / "out" / f"{DOMAIN}-0001.json").read_bytes()
    ).requests
    names = [str(one.s3_uri).rpartition("/")[2] for one in written.audio_specifications]
    assert names == ["x.wav", "y.wav", *(f"{number:02}.wav" for number in range(8))]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"s": lines(speaker(1), speaker(1, "OPTED_OUT", DomainId=OTHER_DOMAIN))}, "opted_out_elsewhere"),
        ({"s": speaker(1), "x": json.dumps(speaker(1)).partition('"ENROLLED"')[0]}, "in_doubt"),
        ({"s": speaker(1), "e": event("OPT_OUT_SPEAKER", errorInfo={})}, "in_doubt"),
        ({"s": speaker(1), "c": contact(1, SpeakerOptedOut=True)}, "opted_out"),
        ({"s": speaker(1), "m": manifest(request(1, "call.mp3"))}, "refused"),
        (
            {"s": speaker(1, CustomerSpeakerId="no id"), "m": manifest({**request(1), "SpeakerId": "no id"})},
            "refused",
        ),
    ],
)
def test_nobody_is_enrolled_who_must_not_or_cannot_be(
    tmp_path: Path, files: dict[str, Any], reason: str
) -> None:
    archive = write(tmp_path / "archive", {"m": manifest(request(1)), **files})
    with Inventory.read([archive], domain_id=DOMAIN) as inventory:
        report = inventory.write_enrollment_manifests(tmp_path / "out")
    assert report == ManifestReport(**{reason: 1})
    assert list((tmp_path / "out").iterdir()) == []


def test_a_manifest_is_no_larger_than_a_job_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceid_sdk.migration.writing.manifests.SPEAKERS_PER_JOB", 2)
    numbers = range(1, 6)
    files = {"s": lines(*map(speaker, numbers)), "m": manifest(*map(request, numbers))}
    with Inventory.read([write(tmp_path / "archive", files)]) as inventory:
        inventory.write_enrollment_manifests(tmp_path / "out")
    assert [len(ids) for ids in manifests(tmp_path / "out").values()] == [2, 2, 1]
