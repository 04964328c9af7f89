"""Plots with matplotlib, where it is installed."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from voiceid_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GOOD: Final = "#2e7d32"
_ALARMING: Final = "#c0392b"


def draw_counts(counts: Mapping[str, int], axes: "Axes | None", *, alarming: Collection[str] = ()) -> "Axes":
    """Draw a horizontal bar for each count, with its number, and return the axes.

    Args:
        counts: the counts by name, drawn from top to bottom.
        axes: where to draw; new axes when None.
        alarming: the names whose bars have the colour of a warning.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError as error:
        if not f"{error.name}.".startswith("matplotlib."):
            raise
        raise ConfigurationError(
            "matplotlib is not installed", next_step="Install it: pip install matplotlib."
        ) from None
    pyplot: Any = plt  # its functions are partly typed
    if axes is None:
        _, axes = pyplot.subplots(figsize=(6, 0.5 + 0.4 * len(counts)), layout="constrained")
    drawn: Any = axes
    colours = [_ALARMING if name in alarming else _GOOD for name in counts]
    bars = drawn.barh(list(counts), list(counts.values()), color=colours)
    drawn.bar_label(bars, fmt="{:,.0f}", padding=3)
    drawn.invert_yaxis()
    drawn.margins(x=0.1)
    drawn.spines[["top", "right"]].set_visible(False)
    drawn.set_xlabel("requests")
    return drawn  # type: ignore[no-any-return] # the same object as `axes`
