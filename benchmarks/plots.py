"""Draws curves as SVG files, which are reproducible, and readable on light and dark backgrounds."""

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import attrs

from benchmarks.measuring import Curve


@attrs.frozen
class Plot:
    """The title and the axes of a plot."""

    title: str
    x: str
    y: str
    base: int
    """The base of both axes' logarithms."""


PLOTS: Final = {
    "cpu": Plot("CPU to list speakers and keep them", "speakers", "seconds", 10),
    "memory": Plot("Memory of the speakers that are kept", "speakers", "megabytes", 10),
    "workers": Plot("Calls at the same time", "workers", "requests a second", 2),
}
"""The plots, by the names that curves refer to."""

_GRAY: Final = "#7f8896"
_COLORS: Final = ("#e0803a", "#3d8bd9", "#3aa76d", "#b06fc4")
_STYLE: Final[dict[str, Any]] = {
    # Reproducible ids, and text in the reader's fonts.
    "svg.hashsalt": "voiceid_sdk",
    "svg.fonttype": "none",
    "font.size": 11,
    "axes.edgecolor": _GRAY,
    "axes.facecolor": "none",
    "axes.labelcolor": _GRAY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "grid.alpha": 0.3,
    "grid.color": _GRAY,
    "legend.frameon": False,
    "text.color": _GRAY,
    "xtick.color": _GRAY,
    "ytick.color": _GRAY,
}


def draw(curves: Iterable[Curve], folder: Path) -> list[Path]:
    """Draw each plot that has curves into ``folder``, and return the files; do nothing without matplotlib."""
    by_plot: dict[str, list[Curve]] = {}
    for curve in curves:
        by_plot.setdefault(curve.plot, []).append(curve)
    if not by_plot:
        return []
    try:
        matplotlib: Any = importlib.import_module("matplotlib")
        figures: Any = importlib.import_module("matplotlib.figure")
    except ModuleNotFoundError:  # of the group `bench`
        print("no plots: matplotlib is not installed")
        return []
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name, drawn in by_plot.items():
        with matplotlib.rc_context(_STYLE):
            figure = figures.Figure(figsize=(6.4, 3.8), layout="constrained")
            _fill(figure, PLOTS[name], drawn)
            files.append(folder / f"{name}.svg")
            figure.savefig(files[-1], transparent=True, metadata={"Date": None, "Creator": None})
    return files


def _fill(figure: Any, plot: Plot, curves: list[Curve]) -> None:  # matplotlib is not always installed
    axes = figure.subplots()
    for color, curve in zip(_COLORS, curves, strict=False):
        xs, ys = zip(*curve.points, strict=True)
        axes.plot(xs, ys, marker="o", color=color, label=curve.label)
    axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
    axes.set_xscale("log", base=plot.base)
    axes.set_yscale("log", base=plot.base)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.minorticks_off()
    axes.grid(visible=True)
    axes.legend()
