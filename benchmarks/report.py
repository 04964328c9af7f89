"""The results as tables of plain text."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.measuring import Row
from benchmarks.results import Measured

HEADINGS = ("measured, lower is better", "median", "middle half", "must reach", "aim for", "")


def table(rows: Iterable[Row]) -> str:
    """Return the rows with the goals beside them."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.quartiles
    spread = "" if len(row.figures) == 1 else f"{figure(low, row)} to {figure(high, row)}"
    goals = ("" if goal is None else figure(goal, row) for goal in (row.must, row.aim))
    return (wording(row), figure(row.median, row), spread, *goals, row.verdict)


def wording(row: Row) -> str:
    """Return the first cell of a row."""
    return f"{row.what} (higher is better)" if row.higher_is_better else row.what


def figure(value: float, row: Row) -> str:
    """Format a figure or a goal of a row."""
    digits = {"": 2, "MB": 2, "%": 1, "x": 1, "dB": 4}.get(row.unit, 0)
    return f"{value:.{digits}f} {row.unit}".strip()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    what, *figures, verdict = (
        cell.ljust(width) if place in (0, len(cells) - 1) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([what, *figures, verdict]).rstrip()


def times(measured: Mapping[str, Measured]) -> str:
    """Return a table of the time that each measurement took, with the sum."""
    lines: list[tuple[str, ...]] = [("measurement", "seconds", "CPU seconds", "used by other programs", "")]
    lines += [
        (name, f"{it.seconds:.1f}", f"{it.cpu_seconds:.1f}", share(it.others), it.skipped and "skipped")
        for name, it in measured.items()
    ]
    total = [sum(getattr(it, name) for it in measured.values()) for name in ("seconds", "cpu_seconds")]
    lines.append(("all", *(f"{seconds:.1f}" for seconds in total), "", ""))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def share(part: float | None) -> str:
    """Format a share of the processor's time."""
    return "" if part is None else f"{part:.0%}"
