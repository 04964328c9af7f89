"""Draws detection error trade-off curves: wrong rejections against wrong acceptances, as SVG."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np

from voiceid_sdk.local.arguments import check_arguments
from voiceid_sdk.local.voices.evaluation import Evaluation, error_rates

_SIZE: Final = 480
_MARGIN: Final = 60
_SHARES: Final = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4)
_COLORS: Final = ("#0b6e99", "#b3541e", "#4f7a28", "#7a3b8f", "#8a6d00")
_LINE: Final = 18


def det_curve(curves: Sequence[tuple[str, Evaluation]]) -> str:
    """Return an SVG picture of the curves of some evaluations, each with a name for the legend.

    Both axes are scaled by the quantiles of the normal distribution, as is usual, so that curves are straight
    where scores are distributed normally.

    Raises:
        TypeError: ``curves`` are no pairs of a name and an evaluation.
    """
    check_arguments(curves=(curves, (Sequence,)))
    for pair in curves:
        _check_pair(pair)
    # The margin has room for a legend of two lines.
    top = -_LINE * max(0, len(curves) - 2)
    box = f'viewBox="0 {top} {_SIZE} {_SIZE - top}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="11">',
        f'<rect y="{top}" width="{_SIZE}" height="{_SIZE - top}" fill="white"/>',
    ]
    for share in _SHARES:
        place = _place(share)
        end = _SIZE - _MARGIN
        parts += [
            f'<path d="M{place:.1f} {_MARGIN}V{end}M{_MARGIN} {_SIZE - place:.1f}H{end}" stroke="#ddd"/>',
            f'<text x="{place:.1f}" y="{end + 16}" text-anchor="middle">{100 * share:g}</text>',
            f'<text x="{_MARGIN - 6}" y="{_SIZE - place + 4:.1f}" text-anchor="end">{100 * share:g}</text>',
        ]
    middle = _SIZE // 2
    for position, label in (
        (f"translate({middle} {_SIZE - 20})", "wrong acceptances, %"),
        (f"translate(18 {middle}) rotate(-90)", "wrong rejections, %"),
    ):
        parts.append(f'<text transform="{position}" text-anchor="middle">{label}</text>')
    for number, (name, evaluation) in enumerate(curves):
        color = _COLORS[number % len(_COLORS)]
        height = top + 24 + _LINE * number
        parts += [
            f'<path d="{_path(evaluation)}" fill="none" stroke="{color}" stroke-width="2"/>',
            f'<path d="M{_MARGIN} {height - 4}h24" stroke="{color}" stroke-width="2"/>',
            f'<text x="{_MARGIN + 30}" y="{height}">{_escaped(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>\n"])


def _check_pair(pair: object) -> None:
    match pair:
        case (str(), Evaluation()):
            return
        case _:
            raise TypeError("curves must be pairs of a name and an Evaluation")


def _path(evaluation: Evaluation) -> str:
    rejections, acceptances = error_rates(np.array(evaluation.same), np.array(evaluation.different))
    points: list[tuple[str, str]] = []
    for rejection, acceptance in zip(rejections.tolist(), acceptances.tolist(), strict=True):
        point = (f"{_place(acceptance):.1f}", f"{_SIZE - _place(rejection):.1f}")
        if len(points) > 1 and any(
            one == other == new for one, other, new in zip(*points[-2:], point, strict=True)
        ):
            points.pop()  # It lies on the line between its neighbours.
        points.append(point)
    return f"M{'L'.join(f'{across} {down}' for across, down in points)}"


def _place(share: float) -> float:
    """Return where a share stands on an axis; what is beyond the axis stands at its end."""
    low, high = (NormalDist().inv_cdf(end) for end in (_SHARES[0], _SHARES[-1]))
    inside = min(max(share, _SHARES[0]), _SHARES[-1])
    return _MARGIN + (NormalDist().inv_cdf(inside) - low) / (high - low) * (_SIZE - 2 * _MARGIN)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
