"""The harness of the benchmarks: comparisons, verdicts, the table, what is published, a quick run."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from benchmarks import __main__ as main
from benchmarks import plots, publish, report, results, state
from benchmarks.measurements import MEASUREMENTS
from benchmarks.measuring import Curve, Drawing, Result, Row, Skipped, cheapest, interleave, ratios
from benchmarks.results import Measured, Results
from benchmarks.state import State
from voiceid_sdk.local.storage.file_lock import FileLock

ROOT = Path(__file__).parents[1]


def row(*figures: float, must: float | None = 0.5, aim: float | None = 0.2) -> Row:
    return Row(what="listing", figures=figures, must=must, aim=aim, summary="a list takes {} of the time")


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


def test_the_cheapest_part_of_a_round_counts() -> None:
    assert cheapest({"one": [3.0, 1.0, 2.0, 5.0, 6.0, 4.0]}, 3) == {"one": [1.0, 4.0]}


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
STATE = State(
    commit="0123456789abcdef",
    code="1",
    packages={"boto3": "1.40.0"},
    machine="Linux, 2 cores",
    python="CPython 3",
)


def test_the_time_of_each_measurement_is_shown_with_the_sum() -> None:
    lines = report.times(
        {
            "listing": Measured(seconds=20.0, cpu_seconds=19.5, others=0.014),
            "voices": Measured(seconds=0.1, cpu_seconds=0.1, others=None, skipped="there is no speech"),
        }
    ).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["listing", "20.0", "19.5", "1%"],
        ["voices", "0.1", "0.1", "skipped"],
        ["all", "20.1", "19.6"],
    ]


def measured(*found: Result, others: float = 0.01) -> Measured:
    return Measured(results=list(found), seconds=10.0, others=others)


def complete(**found: Measured) -> dict[str, Measured]:
    """Return results of every measurement; those that are not given have none."""
    return {**{name: Measured() for name in MEASUREMENTS}, **found}


def save(
    folder: Path, python: str, found: dict[str, Measured], *, quick: bool = False, state: State = STATE
) -> None:
    its = attrs.evolve(state, python=f"CPython {python}.1")
    Results(state=its, day="2026-06-01", quick=quick, measured=found).save(folder / f"{python}.json")


def test_results_are_loaded_as_they_were_saved(tmp_path: Path) -> None:
    drawing = Drawing(name="voices", svg="<svg/>")
    given = Results(
        state=STATE,
        day="2026-06-01",
        quick=False,
        measured={
            "listing": measured(row(0.1, 0.3), CURVE, drawing),
            "voices": Measured(skipped="no speech"),
        },
    )
    given.save(tmp_path / "3.11.json")
    assert Results.load(tmp_path / "3.11.json") == given


def test_a_file_of_another_version_is_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "3.11.json").write_text('{"setting": {}, "rows": []}', encoding="utf-8")
    assert results.by_python(tmp_path) == {}
    assert "3.11.json is no file of results of this version" in capsys.readouterr().err


def test_the_state_of_the_code_changes_with_a_file_of_the_package(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("a = 1\n", encoding="utf-8")
    before = state.hash_of(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "3.11.json").write_text("{}", encoding="utf-8")
    assert state.hash_of(tmp_path) == before, "results are not code"
    file.write_text("a = 2\n", encoding="utf-8")
    assert state.hash_of(tmp_path) != before


# --- What a run measures --------------------------------------------------------------------------------


def test_a_run_lacks_what_was_skipped_or_never_measured() -> None:
    own = complete(voices=Measured(skipped="no speech"))
    del own["bulk"]
    found = {"3.11": Results(state=STATE, day="", quick=False, measured=own)}
    assert results.missing("3.11", found, STATE) == ["bulk", "voices"]


def test_a_run_lacks_everything_after_a_change_of_the_code() -> None:
    found = {"3.11": Results(state=STATE, day="", quick=False, measured=complete())}
    assert results.missing("3.11", found, attrs.evolve(STATE, code="2")) == list(MEASUREMENTS)


def test_figures_that_cannot_depend_on_the_python_are_taken_from_another_one() -> None:
    found = {"3.11": Results(state=STATE, day="", quick=False, measured=complete())}
    needed = results.missing("3.12", found, attrs.evolve(STATE, python="CPython 3.12.1"))
    assert set(MEASUREMENTS) - set(needed) == {"voices", "resampling"}


# --- What is published ----------------------------------------------------------------------------------


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Return a folder with the two pages, whose blocks have an old content."""
    folder = tmp_path / "docs"
    (folder / "plots").mkdir(parents=True)
    for name, blocks in {
        "benchmarks.md": ("summary", "figures", "goals"),
        "lambda.md": ("start-up",),
    }.items():
        texts = [f"{publish.BEGIN.format(block)}\nold\n{publish.END.format(block)}" for block in blocks]
        (folder / name).write_text("\n\n".join(["# Before", *texts, "After\n"]), encoding="utf-8")
    return folder


def page(docs: Path, name: str = "benchmarks.md") -> str:
    return (docs / name).read_text(encoding="utf-8")


@pytest.mark.usefixtures("no_matplotlib")
def test_the_figures_of_all_pythons_are_published_in_place_of_the_old(tmp_path: Path, docs: Path) -> None:
    growth = Row(what="growth", figures=(1.0,), unit="MB")
    save(tmp_path, "3.9", complete(listing=measured(row(1.0))), quick=True)
    save(tmp_path, "3.13", complete(listing=measured(row(0.6))))
    save(tmp_path, "3.11", complete(listing=measured(row(0.3), growth)))
    publish.publish(tmp_path, docs)
    text = page(docs)
    assert text.startswith("# Before\n")
    assert text.endswith("\n\nAfter\n")
    assert "old" not in text + page(docs, "lambda.md")
    assert [line for line in text.splitlines() if line.startswith("|")] == [
        "| Measured | must reach | aim for | 3.11 | 3.13 |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| listing | 0.50 | 0.20 | 0.30 | **0.60** |",
        "| growth |  |  | 1.00 MB |  |",
    ]
    publish.publish(tmp_path, docs)
    assert page(docs) == text


@pytest.mark.usefixtures("no_matplotlib")
def test_the_sentence_at_the_top_has_the_range_of_all_pythons(tmp_path: Path, docs: Path) -> None:
    for python, call, memory in (("3.11", 0.9, 0.25), ("3.12", 0.95, 0.25), ("3.13", 0.92, 0.25)):
        rows = [
            Row(what="call", figures=(call,), summary="a call takes {} of the CPU time"),
            Row(what="memory", figures=(memory,), summary="a list takes {} of the memory"),
        ]
        save(tmp_path, python, complete(listing=measured(*rows)))
    publish.publish(tmp_path, docs)
    expected = "a call takes 0.90 to 0.95 of the CPU time, and a list takes 0.25 of the memory."
    assert f"**Measured against raw boto3, {expected}**" in page(docs)


@pytest.mark.usefixtures("no_matplotlib")
def test_the_open_goals_are_listed_with_their_reason(tmp_path: Path, docs: Path) -> None:
    def rows(call: float, wait: float) -> Measured:
        slow = Row(
            what="call",
            figures=(call,),
            must=1.0,
            aim=0.9,
            summary="a call takes {}",
            reason="It is botocore's.",
        )
        return measured(slow, Row(what="wait", figures=(wait,), must=20, aim=10, unit="%"))

    save(tmp_path, "3.11", complete(listing=rows(0.95, 12.5)))
    save(tmp_path, "3.13", complete(listing=rows(1.02, 9.0)))
    publish.publish(tmp_path, docs)
    assert [line for line in page(docs).splitlines() if line.startswith(("**", "- *"))][1:] == [
        "**The client**",
        "**Goals that were missed:**",
        "- *call*: 1.02 on 3.13, instead of 1.00. It is botocore's.",
        "**Aims that were not reached:**",
        "- *wait*: 12.5 % on 3.11, instead of 10.0 %.",
    ]


@pytest.mark.usefixtures("no_matplotlib")
def test_the_state_and_disturbances_are_published(tmp_path: Path, docs: Path) -> None:
    disturbed = complete(
        listing=measured(row(0.3)), bulk=measured(others=0.31), voices=Measured(skipped="there is no speech")
    )
    save(tmp_path, "3.11", disturbed)
    publish.publish(tmp_path, docs)
    assert (
        "Commit 0123456789ab, measured on 2026-06-01 on Linux, 2 cores. CPython 3.11.1; boto3 1.40.0. "
        "Other programs used 16% of the processor's time. They used more beside these measurements: "
        "bulk on 3.11 (31%). Not measured: voices on 3.11 (there is no speech)."
    ) in page(docs)


@pytest.mark.usefixtures("no_matplotlib")
def test_figures_of_one_python_are_shown_once_with_its_name(tmp_path: Path, docs: Path) -> None:
    rate = Row(what="EER", figures=(1.0,), unit="%")
    save(tmp_path, "3.11", complete(listing=measured(row(0.3)), voices=measured(rate)))
    second = complete(listing=measured(row(0.3)))
    del second["voices"], second["resampling"]
    save(tmp_path, "3.12", second)
    publish.publish(tmp_path, docs)
    _, _, table = page(docs).partition("**Real voices: errors**\n\n")
    assert table.splitlines()[:5] == [
        "These figures do not depend on the Python, and were measured with 3.11.",
        "",
        "| Measured | must reach | aim for | 3.11 |",
        "| --- | ---: | ---: | ---: |",
        "| EER |  |  | 1.0 % |",
    ]


@pytest.mark.usefixtures("no_matplotlib")
def test_the_page_about_lambda_has_the_rows_of_start_up(tmp_path: Path, docs: Path) -> None:
    drawing = Drawing(name="voices", svg="<svg/>")
    found = complete(
        listing=measured(row(0.3), drawing), startup=measured(Row(what="import", figures=(0.2,)))
    )
    save(tmp_path, "3.11", found)
    publish.publish(tmp_path, docs)
    text = page(docs, "lambda.md")
    assert "| import |  |  | 0.20 |" in text
    assert "| listing" not in text
    assert (docs / "plots" / "voices.svg").read_text(encoding="utf-8") == "<svg/>"


def test_the_documentation_has_a_place_for_all_that_is_published() -> None:
    for name, blocks in {"benchmarks.md": ["summary", "figures", "goals"], "lambda.md": ["start-up"]}.items():
        text = page(publish.DOCS, name)
        places = [part.format(block) for block in blocks for part in (publish.BEGIN, publish.END)]
        assert sorted(places, key=text.index) == places


def test_nothing_is_published_where_nothing_was_measured(tmp_path: Path, docs: Path) -> None:
    save(tmp_path, "3.13", complete(), quick=True)
    with pytest.raises(SystemExit, match="run python -m benchmarks first"):
        publish.publish(tmp_path, docs)


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(STATE, commit="f"),
        attrs.evolve(STATE, code="2"),
        attrs.evolve(STATE, packages={"boto3": "1.41.0"}),
        attrs.evolve(STATE, machine="Linux, 4 cores"),
    ],
)
def test_figures_of_different_states_are_never_published_together(
    other: State, tmp_path: Path, docs: Path
) -> None:
    save(tmp_path, "3.11", complete(listing=measured(row(0.3))), state=other)
    save(tmp_path, "3.13", complete(listing=measured(row(0.3))))
    before = page(docs)
    with pytest.raises(SystemExit, match=r"3\.11 was measured in another state than the newest"):
        publish.publish(tmp_path, docs)
    assert page(docs) == before


def test_incomplete_figures_are_not_published(tmp_path: Path, docs: Path) -> None:
    cut = complete()
    del cut["bulk"], cut["checking"]
    save(tmp_path, "3.11", cut)
    with pytest.raises(SystemExit, match=r"3\.11 has no results of bulk, checking"):
        publish.publish(tmp_path, docs)


# --- Plots ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_curves_are_the_same_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    first, second = (plots.draw([CURVE], tmp_path / name)[0] for name in ("first", "second"))
    assert first.name == "cpu.svg"
    assert first.read_bytes() == second.read_bytes()
    assert b"boto3" in first.read_bytes()


def test_without_matplotlib_there_are_no_plots(tmp_path: Path, no_matplotlib: None) -> None:
    assert plots.draw([CURVE], tmp_path) == []


# --- Runs -----------------------------------------------------------------------------------------------


@pytest.fixture
def measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return a function that runs the program; each measurement gives one row, or raises an error."""

    def run_main(*arguments: str, figure: float = 0.5, fault: Exception | None = None) -> int:
        def one_row(*, quick: bool) -> Iterator[Row]:
            del quick
            if fault is not None:
                raise fault
            return iter([row(figure)])

        monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
        monkeypatch.setattr(main, "isolate", lambda: None)
        monkeypatch.setattr(main, "measure_function", lambda _: one_row)
        monkeypatch.setattr(main, "LOCK", tmp_path / "lock")
        monkeypatch.setattr(results, "FOLDER", tmp_path)
        return main.main()

    return run_main


@pytest.mark.parametrize(
    ("arguments", "figure", "code"),
    [(["describe"], 0.5, 0), (["describe"], 0.51, 1), (["describe", "--quick"], 0.51, 0)],
)
def test_a_run_fails_when_a_goal_that_must_be_reached_was_missed(
    measure: Callable[..., int], arguments: list[str], figure: float, code: int
) -> None:
    assert measure(*arguments, figure=figure) == code


def test_a_complete_run_writes_the_results_of_its_python(measure: Callable[..., int], tmp_path: Path) -> None:
    measure()
    found = Results.load(tmp_path / f"{main.PYTHON}.json")
    assert list(found.measured) == list(MEASUREMENTS)
    assert found.state == State.present()


def test_a_run_of_some_measurements_leaves_the_complete_results(
    measure: Callable[..., int], tmp_path: Path
) -> None:
    measure()
    before = (tmp_path / f"{main.PYTHON}.json").read_bytes()
    measure("describe")
    assert (tmp_path / f"{main.PYTHON}.json").read_bytes() == before
    assert list(Results.load(tmp_path / "latest.json").measured) == ["describe"]


def test_a_run_that_was_cut_is_completed(
    measure: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measure("--join", "describe", "listing", figure=0.1)
    measure("--join", "listing", figure=0.2)
    capsys.readouterr()
    measure("--join", figure=0.3)
    assert "measuring describe" not in capsys.readouterr().err
    found = Results.load(tmp_path / f"{main.PYTHON}.json").measured
    assert set(found) == set(MEASUREMENTS)
    figures = {name: found[name].rows[0].median for name in ("describe", "listing", "memory")}
    assert figures == {"describe": 0.1, "listing": 0.2, "memory": 0.3}


def test_a_run_is_not_joined_to_one_of_another_state(measure: Callable[..., int], tmp_path: Path) -> None:
    save(tmp_path, main.PYTHON, complete())
    with pytest.raises(SystemExit, match="measured in another state"):
        measure("--join", "describe")


def test_a_failed_measurement_costs_the_others_nothing(
    measure: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure("--join", "describe", figure=0.1) == 0
    assert measure("--join", "listing", fault=RuntimeError("the server did not start")) == 1
    assert "failed: listing" in capsys.readouterr().out
    assert list(Results.load(tmp_path / f"{main.PYTHON}.json").measured) == ["describe"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Skipped("there is no speech"), "there is no speech"),
        (ModuleNotFoundError(name="moto"), "moto is not installed"),
    ],
)
def test_a_measurement_without_what_it_needs_is_skipped(
    measure: Callable[..., int],
    fault: Exception,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert measure("voices", fault=fault) == 0
    assert f"skipped: {reason}" in capsys.readouterr().err
    assert Results.load(tmp_path / "latest.json").measured["voices"].skipped == reason


def test_a_measurement_that_does_not_exist_is_refused(
    measure: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        measure("speed")
    assert refused.value.code == 2
    assert "no such measurement: speed" in capsys.readouterr().err


def test_two_runs_never_measure_at_the_same_time(measure: Callable[..., int], tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    try:
        with pytest.raises(SystemExit, match="another run is measuring"):
            measure("describe")
        assert measure("describe", "--quick") == 0
    finally:
        lock.release()


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    # The source tree comes last on the path, so that an installed voiceid_sdk is what is measured.
    program = (
        f"import sys; sys.path.append({str(ROOT)!r}); from benchmarks.__main__ import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=os.sep, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_quick_run_measures_what_is_named_and_judges_nothing(tmp_path: Path) -> None:
    result = run("--quick", "--json", str(tmp_path / "3.13.json"), "checking")
    assert result.returncode == 0, result.stderr
    assert "check a recording" in result.stdout
    assert "its figures mean nothing" in result.stdout
    found = Results.load(tmp_path / "3.13.json")
    assert found.quick
    assert list(found.measured) == ["checking"]
