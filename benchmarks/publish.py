"""Writes the figures into the documentation: ``python -m benchmarks.publish``.

The tables have a column for each Python with a file in ``results``; the plots show the newest Python. All
files must be complete and of one state, so that the documentation never mixes figures of different code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

from benchmarks import plots, report, results
from benchmarks.measurements import MEASUREMENTS
from benchmarks.measuring import Row
from benchmarks.results import Measured, Results

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = "benchmarks.md"
START_UP_PAGE: Final = "lambda.md"

BEGIN: Final = "<!--- {}: written by python -m benchmarks.publish -->"
END: Final = "<!--- {}: end -->"

_MUCH: Final = 0.10
"""The share of the processor's time from which on other programs disturb a measurement."""


@attrs.frozen
class _Line:
    """A row of a table: what the Pythons have measured under one title."""

    measurement: str
    found: Mapping[str, Row]
    """The rows by Python."""

    @property
    def row(self) -> Row:
        """The row of the newest Python, for the title and the goals."""
        return list(self.found.values())[-1]


def publish(folder: Path = results.FOLDER, docs: Path = DOCS) -> None:
    """Write the figures into pages of ``docs``, and the plots into a folder beside them.

    Raises:
        SystemExit: the results are incomplete, or of different states; nothing was written.
    """
    found = results.by_python(folder)
    _check(found, folder)
    lines = list(_lines(found))
    start_up = [line for line in lines if line.measurement == "startup"]
    _replace(docs / PAGE, "summary", f"**{_summary(lines)}**")
    _replace(docs / PAGE, "figures", "\n\n".join([_state(found), *_tables(lines)]))
    _replace(docs / PAGE, "goals", _goals(lines))
    _replace(docs / START_UP_PAGE, "start-up", "\n".join([*_table(start_up), "", _state(found)]))

    every = [measured for content in found.values() for measured in content.measured.values()]
    (*_, newest) = found.values()
    plots.draw([curve for measured in newest.measured.values() for curve in measured.curves], docs / "plots")
    for drawing in [drawing for measured in every for drawing in measured.drawings]:
        (docs / "plots" / f"{drawing.name}.svg").write_text(drawing.svg, encoding="utf-8")


def _check(found: Mapping[str, Results], folder: Path) -> None:
    """Raise SystemExit unless all results are complete and of one state."""
    if not found:
        raise SystemExit(f"nothing to publish in {folder}: run python -m benchmarks first")
    (*_, newest) = found.values()
    faults: list[str] = []
    for python, content in found.items():
        if not content.state.equals_but_for_python(newest.state):
            faults.append(f"{python} was measured in another state than the newest: {content.state}")
            continue
        missing = results.missing(python, found, content.state)
        if unmeasured := [name for name in missing if name not in content.measured]:
            faults.append(f"{python} has no results of {', '.join(unmeasured)}")
    if faults:
        raise SystemExit(
            "\n".join(["nothing was written, because the results do not belong together:", *faults])
            + f"\nThe newest state is: {newest.state}"
            + "\nnox -s figures-… -- --join measures what is missing; without --join, everything."
        )


def _replace(page: Path, block: str, text: str) -> None:
    """Write a text in the place of the last one of its block."""
    begin, end = BEGIN.format(block), END.format(block)
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{page.name} has no block {block!r}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def _lines(found: Mapping[str, Results]) -> Iterator[_Line]:
    for name, measurement in MEASUREMENTS.items():
        by_python = {python: it.measured[name].rows for python, it in found.items() if name in it.measured}
        if measurement.any_python:
            by_python = dict([(python, rows) for python, rows in by_python.items() if rows][-1:])
        rows: dict[str, dict[str, Row]] = {}
        for python, of_python in by_python.items():
            for row in of_python:
                rows.setdefault(row.what, {})[python] = row
        for of_pythons in rows.values():
            yield _Line(name, of_pythons)


# --- Texts ----------------------------------------------------------------------------------------------


def _summary(lines: Iterable[_Line]) -> str:
    """Return the sentence of the rows that have a clause in it."""
    clauses = [line.row.summary.format(_range(line.found.values())) for line in lines if line.row.summary]
    *first, last = clauses
    return f"Measured against raw boto3, {', '.join(first)}{', and ' if first else ''}{last}."


def _range(rows: Iterable[Row]) -> str:
    medians = sorted((row.median, report.figure(row.median, row)) for row in rows)
    least, most = medians[0][1], medians[-1][1]
    return least if least == most else f"{least} to {most}"


def _state(found: Mapping[str, Results]) -> str:
    """Return where, when and with which versions everything was measured."""
    (*_, newest) = found.values()
    state = newest.state
    pythons = ", ".join(content.state.python for content in found.values())
    packages = ", ".join(f"{name} {version}" for name, version in state.packages.items())
    days = sorted({content.day for content in found.values()})
    texts = [f"Commit {state.commit[:12]}, measured on {' and '.join(days)} on {state.machine}."]
    texts.append(f"{pythons}; {packages}.")
    measured = [
        (f"{name} on {python}", it)
        for python, content in found.items()
        for name, it in content.measured.items()
    ]
    texts.append(_disturbances(measured))
    skipped = {f"{what} ({it.skipped})" for what, it in measured if it.skipped}
    if skipped:
        texts.append(f"Not measured: {', '.join(sorted(skipped))}.")
    return " ".join(text for text in texts if text)


def _disturbances(measured: Sequence[tuple[str, Measured]]) -> str:
    """Return what part of the processor's time other programs used meanwhile."""
    known = [(what, it.others, it.seconds) for what, it in measured if it.others is not None]
    seconds = sum(each for _, _, each in known)
    if not seconds:
        return ""
    mean = sum(others * each for _, others, each in known) / seconds
    text = f"Other programs used {report.share(mean)} of the processor's time."
    much = [f"{what} ({report.share(others)})" for what, others, _ in known if others >= _MUCH]
    return f"{text} They used more beside these measurements: {', '.join(much)}." if much else text


def _goals(lines: Sequence[_Line]) -> str:
    """Return a list of the goals and aims that some Python missed."""
    missed = [line for line in lines if any(row.verdict == "MISSED" for row in line.found.values())]
    aims = [
        line for line in lines if line not in missed and any(row.misses_aim for row in line.found.values())
    ]
    texts = ["" if missed else 'Every goal in the column "must reach" was reached on every Python.']
    if missed:
        texts += ["**Goals that were missed:**", "\n".join(_open_goal(line, "must") for line in missed)]
    if aims:
        texts += ["**Aims that were not reached:**", "\n".join(_open_goal(line, "aim") for line in aims)]
    return "\n\n".join(filter(None, texts))


def _open_goal(line: _Line, kind: str) -> str:
    row = line.row
    goal: float = getattr(row, kind)
    figures = ", ".join(
        f"{report.figure(it.median, it)} on {python}"
        for python, it in line.found.items()
        if (it.verdict == "MISSED" if kind == "must" else it.misses_aim)
    )
    reason = f" {row.reason}" if row.reason else ""
    return f"- *{row.what}*: {figures}, instead of {report.figure(goal, row)}.{reason}"


# --- Tables ---------------------------------------------------------------------------------------------


def _tables(lines: Sequence[_Line]) -> Iterator[str]:
    titles = dict.fromkeys(MEASUREMENTS[line.measurement].table for line in lines)
    for title in titles:
        shown = [line for line in lines if MEASUREMENTS[line.measurement].table == title]
        yield f"**{title}**"
        pythons = dict.fromkeys(python for line in shown for python in line.found)
        if all(MEASUREMENTS[line.measurement].any_python for line in shown):
            yield f"These figures do not depend on the Python, and were measured with {', '.join(pythons)}."
        yield "\n".join(_table(shown))


def _table(lines: Sequence[_Line]) -> Iterator[str]:
    pythons = sorted({python for line in lines for python in line.found}, key=_minor)
    yield _row_of(["Measured", "must reach", "aim for", *pythons])
    yield _row_of(["---", *["---:"] * (2 + len(pythons))])
    for line in lines:
        row = line.row
        goals = ["" if goal is None else report.figure(goal, row) for goal in (row.must, row.aim)]
        yield _row_of([report.wording(row), *goals, *(_cell(line.found.get(python)) for python in pythons)])


def _minor(python: str) -> int:
    return int(python.partition(".")[2])


def _row_of(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    shown = report.figure(row.median, row)
    return f"**{shown}**" if row.verdict == "MISSED" else shown


if __name__ == "__main__":
    publish()
