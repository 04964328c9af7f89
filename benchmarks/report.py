"""The results as a table to read and as JSON to keep."""

import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from benchmarks.measuring import Curve, Result, Row
from voiceid_sdk import __version__

PACKAGES = ("boto3", "botocore", "attrs", "cattrs", "tenacity")

HEADINGS = ("measured, lower is better", "median", "middle half", "must reach", "aim for", "")


def setting() -> dict[str, str]:
    """Return Python, the system and the versions of the packages, which the figures depend on."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "voiceid_sdk": __version__,
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }


def headline() -> str:
    """Return these settings as one line."""
    versions = setting()
    python, system = versions.pop("python"), versions.pop("system")
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{python} on {system}; {packages}; ratios of CPU time unless a unit is given\n"


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


def save(path: Path, results: Mapping[str, Sequence[Result]], *, quick: bool) -> None:
    """Write all figures of all rounds, and all curves, as JSON."""
    content = {
        "setting": setting(),
        "quick": quick,
        "rows": [
            {"measurement": name, "median": row.median, "verdict": row.verdict, **attrs.asdict(row)}
            for name, found in results.items()
            for row in found
            if isinstance(row, Row)
        ],
        "curves": [
            attrs.asdict(curve) for found in results.values() for curve in found if isinstance(curve, Curve)
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> dict[str, Any]:
    """Return the content of a file of ``save``; each row comes with the name of its measurement."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    content["rows"] = [
        (row["measurement"], Row(**{name: row[name] for name in attrs.fields_dict(Row) if name in row}))
        for row in content["rows"]
    ]
    content["curves"] = [Curve(**curve) for curve in content["curves"]]
    return content
