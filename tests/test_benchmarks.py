"""The harness of the benchmarks: comparisons, verdicts, the table, what is published, a quick run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as main
from benchmarks import plots, publish, report
from benchmarks.measuring import Curve, Row, interleave, ratios

ROOT = Path(__file__).parents[1]


def row(*figures: float, must: float | None = 0.5, aim: float | None = 0.2) -> Row:
    return Row(what="listing", figures=figures, must=must, aim=aim)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (row(0.2), "aim reached"),
        (row(0.21), "reached"),
        (row(0.5), "reached"),
        (row(0.51), "MISSED"),
        (row(0.1, 0.4, 9.0), "reached"),
        (row(0.1, aim=None), "reached"),
        (row(9.0, must=None, aim=None), ""),
    ],
)
def test_a_row_is_judged_by_the_median_of_its_rounds(measured: Row, verdict: str) -> None:
    assert measured.verdict == verdict


def test_half_of_the_rounds_lie_between_the_quartiles() -> None:
    assert row(1, 2, 3, 4, 100).quartiles == (2, 4)
    assert row(7).quartiles == (7, 7)


def test_each_round_measures_every_variant_and_begins_with_another() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = interleave({name: lambda name=name: measure(name) for name in "abc"}, 3)  # type: ignore[misc] # mypy has no type for it
    assert order == list("cababcbcacab")
    assert found == {"a": [4, 9, 11], "b": [5, 7, 12], "c": [6, 8, 10]}, "the first round only warms up"


def test_a_ratio_is_of_two_measurements_of_the_same_round() -> None:
    assert ratios({"ours": [1, 30], "boto3": [2, 40]}, "ours", "boto3") == (0.5, 0.75)


def test_the_table_has_the_goals_beside_what_was_measured() -> None:
    kept = Row(what="growth", figures=(1.234,), unit="MB", must=2.0)
    lines = report.table([row(0.1, 0.3, 0.4), kept]).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["listing", "0.30", "0.20", "to", "0.35", "0.50", "0.20", "reached"],
        ["growth", "1.23", "MB", "2.00", "MB", "reached"],
    ]


CURVE = Curve(plot="cpu", label="boto3", points=((100.0, 0.5), (1000.0, 5.0)))


def save(folder: Path, python: str, *rows: Row, quick: bool = False) -> None:
    report.save(folder / f"{python}.json", {"listing": [*rows, CURVE]}, quick=quick)


def test_what_is_saved_can_be_loaded(tmp_path: Path) -> None:
    save(tmp_path, "3.11", row(0.1, 0.3))
    content = report.load(tmp_path / "3.11.json")
    ((measurement, loaded),) = content["rows"]
    assert (measurement, loaded.figures, loaded.verdict) == ("listing", [0.1, 0.3], "aim reached")
    assert content["setting"]["boto3"]


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def page(folder: Path) -> Path:
    path = folder / "benchmarks.md"
    path.write_text(f"# Before\n\n{publish.BEGIN}\nold\n{publish.END}\n\nAfter\n", encoding="utf-8")
    return path


def test_the_figures_of_all_pythons_are_published_in_place_of_the_old(
    tmp_path: Path, no_matplotlib: None
) -> None:
    save(tmp_path, "3.9", row(1.0), quick=True)
    save(tmp_path, "3.13", row(0.6))
    save(tmp_path, "3.11", row(0.3), Row(what="growth", figures=(1.0,), unit="MB"))
    path = page(tmp_path)
    publish.publish(tmp_path, path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Before\n")
    assert text.endswith("\n\nAfter\n")
    assert "old" not in text
    assert [line for line in text.splitlines() if line.startswith("|")] == [
        "| Measured | must reach | aim for | 3.11 | 3.13 |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| listing | 0.50 | 0.20 | 0.30 | **0.60** |",
        "| growth |  |  | 1.00 MB |  |",
    ]
    publish.publish(tmp_path, path)
    assert path.read_text(encoding="utf-8") == text


def test_nothing_is_published_where_nothing_was_measured(tmp_path: Path) -> None:
    save(tmp_path, "3.13", row(0.6), quick=True)
    with pytest.raises(SystemExit, match="run python -m benchmarks first"):
        publish.publish(tmp_path, page(tmp_path))


@pytest.mark.slow
def test_the_same_curves_are_the_same_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    first, second = (plots.draw([CURVE], tmp_path / name)[0] for name in ("first", "second"))
    assert first.name == "cpu.svg"
    assert first.read_bytes() == second.read_bytes()
    assert b"boto3" in first.read_bytes()


def test_without_matplotlib_there_are_no_plots(tmp_path: Path, no_matplotlib: None) -> None:
    assert plots.draw([CURVE], tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "figure", "code"),
    [(["describe"], 0.5, 0), (["describe"], 0.51, 1), (["describe", "--quick"], 0.51, 0)],
)
def test_a_run_fails_when_a_goal_that_must_be_reached_was_missed(
    arguments: list[str], figure: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments, "--json", str(tmp_path / "3.13.json")])
    monkeypatch.setattr(main, "isolate", lambda: None)
    monkeypatch.setattr(main, "_measurement", lambda _: lambda *, quick: iter([row(figure)]))
    assert main.main() == code


def test_a_measurement_without_its_dependency_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["benchmarks", "aiobotocore_client", "--json", str(tmp_path / "3.13.json")]
    )
    monkeypatch.delenv("AIOBOTOCORE_PYTHON", raising=False)
    monkeypatch.setattr(main, "isolate", lambda: None)
    assert main.main() == 0
    assert "skipped: aiobotocore is not installed" in capsys.readouterr().err


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    # The source tree comes last on the path, so that an installed voiceid_sdk is what is measured.
    program = (
        f"import sys; sys.path.append({str(ROOT)!r}); from benchmarks.__main__ import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=os.sep, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_quick_run_measures_what_is_named_and_judges_nothing(tmp_path: Path) -> None:
    result = run("--quick", "--json", str(tmp_path / "3.13.json"), "describe", "second_client")
    assert result.returncode == 0, result.stderr
    assert "describe a speaker" in result.stdout
    assert "its figures mean nothing" in result.stdout
    content = report.load(tmp_path / "3.13.json")
    assert content["quick"]
    assert len(content["rows"]) == 2


@pytest.mark.slow
def test_a_measurement_that_does_not_exist_is_refused() -> None:
    result = run("speed")
    assert result.returncode == 2
    assert "no such measurement: speed" in result.stderr
