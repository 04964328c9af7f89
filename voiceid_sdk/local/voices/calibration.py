"""From how alike two embeddings are to a score: a monotone map to the range from 0 to 100."""

import bisect
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import attrs

HIGHEST: Final = 100.0

_UNITS: Final = 10
_POINTS_PER_UNIT: Final = 5
_MOST_STEPS: Final = 100
_PRECISION: Final = 1e-9


@attrs.frozen
class Calibration:
    """Turns a similarity into a score from 0 to 100; more alike is never a lower score.

    Between its points, the score is interpolated; below the first and above the last, it stays.
    """

    points: tuple[tuple[float, float], ...]
    """Pairs of a similarity and its score, in rising order."""

    @classmethod
    def from_points(cls, points: Iterable[tuple[float, float]]) -> "Calibration":
        """Return the calibration that goes through points which you know or choose.

        For instance, the similarities at which your model has a false acceptance in a hundred and in ten
        thousand calls, with scores below and above the thresholds that you use (90 to accept, 50 for fraud).

        Args:
            points: pairs of a similarity and its score from 0 to 100, at least two, in any order.

        Raises:
            ValueError: there are too few, two have the same similarity, or a higher one has a lower score.
        """
        given = sorted((float(similarity), float(score)) for similarity, score in points)
        if len(given) < 2:  # noqa: PLR2004
            raise ValueError("a calibration needs two points")
        if not all(math.isfinite(similarity) and 0 <= score <= HIGHEST for similarity, score in given):
            raise ValueError("a point is a similarity and a score from 0 to 100")
        if any(one[0] == other[0] or one[1] > other[1] for one, other in pairwise(given)):
            raise ValueError("similarities differ, and scores do not fall as they rise")
        return cls(tuple(given))

    @classmethod
    def from_pairs(cls, same: Sequence[float], different: Sequence[float]) -> "Calibration":
        """Return the calibration that fits pairs of which you know whether one voice speaks in both.

        The score is the chance, in percent, that a pair so alike is of one voice, when half of all pairs are:
        logistic regression, with a doubt as Platt proposed, so that pairs which never overlap do not make it
        certain. A few dozen pairs of each kind will do; use recordings like those of your calls.

        Args:
            same: similarities of pairs in which one voice speaks twice.
            different: similarities of pairs in which two voices speak.

        Raises:
            ValueError: there are no pairs of a kind, or those of one voice are not more alike.
        """
        if not same or not different or not all(map(math.isfinite, (*same, *different))):
            raise ValueError(
                "a calibration needs pairs of one voice and pairs of two, each with a similarity"
            )
        distance = math.fsum(same) / len(same) - math.fsum(different) / len(different)
        if distance <= _PRECISION * max(map(abs, (*same, *different))):
            raise ValueError("the pairs of one voice are not more alike than those of two")
        slope, middle = _logistic_regression(same, different)
        # Beyond ten units to each side of the middle, the curve is as good as flat.
        steps = range(-_UNITS * _POINTS_PER_UNIT, _UNITS * _POINTS_PER_UNIT + 1)
        odds = [step / _POINTS_PER_UNIT for step in steps]
        return cls(tuple((middle + unit / slope, HIGHEST / (1 + math.exp(-unit))) for unit in odds))

    def score(self, similarity: float) -> float:
        """Return the score of a similarity."""
        place = bisect.bisect_left(self.points, (similarity,))
        if place == 0:
            return self.points[0][1]
        if place == len(self.points):
            return self.points[-1][1]
        (left, low), (right, high) = self.points[place - 1 : place + 1]
        return low + (high - low) * (similarity - left) / (right - left)


def _logistic_regression(same: Sequence[float], different: Sequence[float]) -> tuple[float, float]:
    """Return the slope of the log odds, and the similarity at which they are even.

    Each kind of pair weighs the same, however many there are of it.
    """
    everything = (*same, *different)
    mean = math.fsum(everything) / len(everything)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in everything) / len(everything))
    doubt = 1 / (min(len(same), len(different)) + 2)
    pairs = [
        ((value - mean) / spread, chance, 1 / len(kind))
        for kind, chance in ((same, 1 - doubt), (different, doubt))
        for value in kind
    ]
    slope = offset = 0.0
    size, steps = math.inf, 0
    while size > _PRECISION and steps < _MOST_STEPS:
        by_slope, by_offset = _newton_step(pairs, slope, offset)
        loss, share = _loss(pairs, slope, offset), 1.0
        while (
            _loss(pairs, slope + share * by_slope, offset + share * by_offset) > loss and share > _PRECISION
        ):
            share /= 2
        slope, offset = slope + share * by_slope, offset + share * by_offset
        size, steps = share * max(abs(by_slope), abs(by_offset)), steps + 1
    return slope / spread, mean - spread * offset / slope


def _newton_step(
    pairs: Sequence[tuple[float, float, float]], slope: float, offset: float
) -> tuple[float, float]:
    """Return how Newton's method changes slope and offset."""
    gradient = [0.0, 0.0]
    curvature = [0.0, 0.0, 0.0]
    for value, chance, weight in pairs:
        expected = (1 + math.tanh((slope * value + offset) / 2)) / 2
        error, certainty = weight * (expected - chance), weight * expected * (1 - expected)
        gradient[0] += error * value
        gradient[1] += error
        curvature[0] += certainty * value * value
        curvature[1] += certainty * value
        curvature[2] += certainty
    determinant = curvature[0] * curvature[2] - curvature[1] ** 2
    return (
        (curvature[1] * gradient[1] - curvature[2] * gradient[0]) / determinant,
        (curvature[1] * gradient[0] - curvature[0] * gradient[1]) / determinant,
    )


def _loss(pairs: Sequence[tuple[float, float, float]], slope: float, offset: float) -> float:
    total = 0.0
    for value, chance, weight in pairs:
        odds = slope * value + offset
        total += weight * (max(odds, 0.0) + math.log1p(math.exp(-abs(odds))) - chance * odds)
    return total
