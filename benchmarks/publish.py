"""Writes the figures into the documentation: ``python -m benchmarks.publish``.

The tables have a column for each Python with a file in ``results``; the plots show the newest Python.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks import plots, report
from benchmarks.measuring import Row

RESULTS: Final = Path(__file__).with_name("results")
PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"
TITLES: Final = {
    "bulk": "Many calls at a time",
    "async_client": "The async client",
    "local_service": "Local Voice ID over HTTP",
    "voices": "Real voices",
    "checking": "Recordings",
    "resampling": "Recordings",
    "pydantic_models": "Peers",
    "aiobotocore_client": "Peers",
}
"""The tables of the measurements; all others are in the first table."""

BEGIN: Final = "<!--- figures: written by python -m benchmarks.publish -->"
END: Final = "<!--- figures: end -->"


def publish(results: Path = RESULTS, page: Path = PAGE) -> None:
    """Write the tables into ``page``, and the plots into the folder beside it."""
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
    settings = [content["setting"] for content in found.values()]
    newest = settings[-1]
    packages = ", ".join(f"{name} {newest[name]}" for name in report.PACKAGES)
    pythons = ", ".join(setting["python"] for setting in settings)
    tables: dict[str, dict[str, dict[str, Row]]] = {}
    for python, content in found.items():
        for measurement, row in content["rows"]:
            table = tables.setdefault(TITLES.get(measurement, "The client"), {})
            table.setdefault(row.what, {})[python] = row
    shown = (f"**{title}**\n\n{_table(rows, found)}" for title, rows in tables.items())
    return "\n\n".join([f"{pythons} on {newest['system']}; {packages}.", *shown])


def _table(rows: Mapping[str, Mapping[str, Row]], pythons: Collection[str]) -> str:
    lines = [
        ["Measured", "must reach", "aim for", *pythons],
        ["---", *["---:"] * (2 + len(pythons))],
    ]
    for found in rows.values():
        one = next(iter(found.values()))
        goals = ["" if goal is None else report.figure(goal, one) for goal in (one.must, one.aim)]
        lines.append([report.wording(one), *goals, *(_cell(found.get(python)) for python in pythons)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    shown = report.figure(row.median, row)
    return f"**{shown}**" if row.verdict == "MISSED" else shown


if __name__ == "__main__":
    publish()
