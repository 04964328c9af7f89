"""The command of the migration kit: what it writes, and what it refuses."""

import argparse
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.migration.archives import DOMAIN, event, lines, manifest, request, speaker, write
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.migration import cli
from voiceid_sdk.migration.records import ConflictKind, GapKind
from voiceid_sdk.migration.summary import Summary
from voiceid_sdk.migration.writing.manifests import ManifestReport
from voiceid_sdk.migration.writing.report import report


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive of three speakers, one of whom opted out."""
    files = {
        "speakers.jsonl": lines(speaker(1), speaker(2), speaker(3, "OPTED_OUT")),
        "events": lines(event("OPT_OUT_SPEAKER", 2)) + "damaged\n",
        "m.json": manifest(request(1), request(2), request(3)),
    }
    return write(tmp_path / "archive", files)


def test_the_command_writes_everything(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "voiceid.sqlite"
    assert cli.main([str(archive), "--output", str(tmp_path / "out"), "--import-into", str(data)]) == 0
    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert written >= {
        "report.md",
        "summary.json",
        "tables/opt-outs.csv",
        f"local-voice-id/{DOMAIN}.json",
        f"enrollment-manifests/{DOMAIN}-0001.json",
    }
    assert all(stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) == 0o600 for name in written)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["opted_out"] == 2
    shown = capsys.readouterr().out
    assert "**2 of 3 speakers opted out**" in shown
    assert shown == (tmp_path / "out" / "report.md").read_text()
    assert "customer-" not in shown
    with LocalVoiceID(data) as service, service.client() as voiceid:
        assert sum(one.status == "OPTED_OUT" for one in voiceid.domain(DOMAIN).speakers()) == 2


def test_tables_may_be_json_lines(archive: Path, tmp_path: Path) -> None:
    assert cli.main([str(archive), "--output", str(tmp_path / "out"), "--format", "jsonl"]) == 0
    assert (tmp_path / "out" / "tables" / "opt-outs.jsonl").is_file()


def test_the_command_can_be_part_of_another(archive: Path, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser.add_subparsers().add_parser("migrate-data"))
    assert cli.run(parser.parse_args(["migrate-data", str(archive), "--output", str(tmp_path / "out")])) == 0


def test_the_module_runs(archive: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voiceid_sdk.migration", str(archive), "--output", str(tmp_path / "out")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.startswith(
        "# Inventory"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["archive", "--output", "archive/out"], "--output must be outside of source 1"),
        (["archive", "--output", "archive"], "--output must be an empty folder"),
        (["archive", "--output", "archive/events"], "--output must be an empty folder"),
        (["archive", "customer-4711", "--output", "out"], "source 2 does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    archive: Path,
    arguments: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(archive.parent)
    before = sorted(archive.parent.rglob("*"))
    assert cli.main(arguments) == cli.WRONG_COMMAND_LINE
    shown = capsys.readouterr().err
    assert complaint in shown
    assert "4711" not in shown
    assert sorted(archive.parent.rglob("*")) == before


def test_a_domain_that_is_there_already_is_not_imported_again(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "voiceid.sqlite")
    assert cli.main([str(archive), "--output", str(tmp_path / "one"), "--import-into", data]) == 0
    assert cli.main([str(archive), "--output", str(tmp_path / "two"), "--import-into", data]) == cli.FAILED
    assert "a domain of this service" in capsys.readouterr().err


def test_the_report_has_words_for_every_conflict_and_gap() -> None:
    counts = dict.fromkeys(("files", "domains", "speakers", "opted_out", "enrolled", "fraudsters"), 1)
    counts |= dict.fromkeys(("watchlists", "jobs", "recordings", "damaged_lines"), 1)
    summary = Summary(**counts, conflicts=dict.fromkeys(ConflictKind, 1), gaps=dict.fromkeys(GapKind, 1))
    text = report(summary, ManifestReport())
    assert all(f"{kind})" in text for kind in (*ConflictKind, *GapKind))
    assert "\n- 1 " not in text  # its nouns are plurals
