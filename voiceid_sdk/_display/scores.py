"""Scores against their thresholds: bars in HTML for notebooks, and in text for terminals."""

import html
from collections.abc import Sequence
from typing import Final

import attrs

HIGHEST: Final = 100
_WIDTH: Final = 25
"""The characters of a bar in text; each stands for four points."""


@attrs.frozen(kw_only=True)
class ScoreBar:
    """One score: its name, its value from 0 to 100, its threshold, and what was decided."""

    name: str
    score: int | None
    threshold: int | None
    decision: str
    is_alarming: bool = False
    """Whether the bar has the colour of a warning."""


def bars_to_text(bars: Sequence[ScoreBar]) -> str:
    """Return a line for each score: ``█`` up to the score, ``│`` at the threshold."""
    width = max((len(bar.name) for bar in bars), default=0)
    return "\n".join(f"  {bar.name:{width}}  {_text_bar(bar)}  {_verdict(bar)}".rstrip() for bar in bars)


def _text_bar(bar: ScoreBar) -> str:
    filled = round((bar.score or 0) * _WIDTH / HIGHEST)
    cells = ["█"] * filled + ["░"] * (_WIDTH - filled)
    if bar.threshold is not None:
        cells[min(_WIDTH - 1, round(bar.threshold * _WIDTH / HIGHEST))] = "│"
    return "".join(cells)


def _verdict(bar: ScoreBar) -> str:
    score = "no score" if bar.score is None else f"{bar.score:3}"
    threshold = "" if bar.threshold is None else f" (threshold {bar.threshold})"
    return f"{score}{threshold}  {bar.decision}"


def bars_to_html(bars: Sequence[ScoreBar]) -> str:
    """Return a row for each score, as a drawing in SVG that scales with the text around it."""
    return f"<table><tbody>{''.join(map(_html_row, bars))}</tbody></table>"


def _html_row(bar: ScoreBar) -> str:
    colour = "#c0392b" if bar.is_alarming else "#2e7d32"
    drawn = f'<rect width="{bar.score or 0}" height="12" fill="{colour}"/>'
    if bar.threshold is not None:
        drawn += (
            f'<line x1="{bar.threshold}" x2="{bar.threshold}" y1="-2" y2="14" '
            'stroke="currentColor" stroke-width="1.5"/>'
        )
    label = html.escape(f"{bar.name}: {_verdict(bar)}")
    return (
        f'<tr><td style="text-align:left">{html.escape(bar.name)}</td><td>'
        f'<svg role="img" aria-label="{label}" viewBox="-1 -3 102 18" width="206" height="36">'
        f'<rect width="{HIGHEST}" height="12" fill="#8884"/>{drawn}</svg></td>'
        f'<td style="text-align:left">{html.escape(_verdict(bar))}</td></tr>'
    )
