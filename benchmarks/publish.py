"""Puts what was measured into the documentation: ``python -m benchmarks.publish``.

It takes the results of every Python that lie in ``results``: the table has a column for each, the plots are
those of the newest.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks import plots, report
from benchmarks.measuring import Row

RESULTS: Final = Path(__file__).with_name("results")
PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN: Final = "<!--- figures: written by python -m benchmarks.publish -->"
END: Final = "<!--- figures: end -->"


def publish(results: Path = RESULTS, page: Path = PAGE) -> None:
    """Write the table into ``page``, and the plots beside it."""
    found = {
        path.stem: report.load(path)
        for path in sorted(results.glob("3.*.json"), key=lambda path: int(path.stem.partition(".")[2]))
    }
    found = {python: content for python, content in found.items() if not content["quick"]}
    if not found:
        raise SystemExit(f"nothing to publish in {results}: run python -m benchmarks first")
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{_figures(found)}\n\n{END}{after}", encoding="utf-8")
    newest = list(found.values())[-1]
    plots.draw(newest["curves"], page.with_name("plots"))


def _figures(found: Mapping[str, Mapping[str, Any]]) -> str:
    by_row: dict[str, dict[str, Row]] = {}
    for python, content in found.items():
        for row in content["rows"]:
            by_row.setdefault(row.what, {})[python] = row
    lines = [
        ["Measured, lower is better", "must reach", "aim for", *found],
        ["---", *["---:"] * (2 + len(found))],
    ]
    for what, rows in by_row.items():
        one = next(iter(rows.values()))
        goals = [report.figure(goal, one) if goal is not None else "" for goal in (one.must, one.aim)]
        lines.append([what, *goals, *(_cell(rows.get(python)) for python in found)])
    versions = {python: content["setting"] for python, content in found.items()}
    newest = list(versions.values())[-1]
    packages = ", ".join(f"{name} {newest[name]}" for name in report.PACKAGES)
    pythons = ", ".join(setting["python"] for setting in versions.values())
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{pythons} on {newest['system']}; {packages}.\n\n{table}"


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    shown = report.figure(row.median, row)
    return f"**{shown}**" if row.verdict == "MISSED" else shown


if __name__ == "__main__":
    publish()
