"""From how alike two embeddings are to a score from 0 to 100, in verification and in identification."""

import bisect
import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, cast

import attrs

from voiceid_sdk._values import NUMBER, has_type
from voiceid_sdk.local.arguments import check_arguments

HIGHEST: Final = 100.0

_FORMAT: Final = 3
"""The format of calibrations as text. With those of another format, cosines were other ones."""

_UNITS: Final = 10
_POINTS_PER_UNIT: Final = 5
_MOST_STEPS: Final = 100
_PRECISION: Final = 1e-9

MIN_PAIRS: Final = 100
"""The least number of pairs of two speakers to which an identification is fitted."""

_TAIL_PAIRS: Final = 100
_MOST_ALIKE: Final = 0.01
_MIN_POINTS: Final = 2
_SCORES_AT_RATES: Final = ((0.5, 0), (0.1, 20), (0.01, 50), (1 / 1500, 90), (1e-6, 100))
_POINTS_PER_TENTH: Final = 25


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
            ValueError: there are too few, one is no pair of numbers, two have the same similarity, or a
                higher one has a lower score.
        """
        try:
            given = sorted((float(similarity), float(score)) for similarity, score in points)
        except (OverflowError, TypeError, ValueError):  # their texts may have the value
            raise ValueError("points must be pairs of a similarity and a score from 0 to 100") from None
        if len(given) < _MIN_POINTS:
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
            TypeError: one of them is not several numbers.
            ValueError: there are no pairs of a kind, or those of one voice are not more alike.
        """
        same, different = _similarities("same", same), _similarities("different", different)
        if not same or not different:
            raise ValueError("a calibration needs pairs of one voice (same) and pairs of two (different)")
        distance = math.fsum(same) / len(same) - math.fsum(different) / len(different)
        if distance <= _PRECISION * max(map(abs, (*same, *different))):
            raise ValueError("the pairs of one voice are not more alike than those of two")
        slope, middle = _logistic_regression(same, different)
        # Beyond ten units to each side of the middle, the curve is almost flat.
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


@attrs.frozen
class IdentificationCalibration:
    """Turns the similarity to a voice of a watchlist into a score that depends on the number of voices.

    The more voices a caller is compared with, the more alike is the closest of them by chance. So the score
    says how rare such a similarity is: 25 points for each factor of ten. Of innocent callers, one in a
    hundred reaches 50 and one in a thousand 75, whatever the number of voices.

    The similarity of two speakers is taken to be distributed normally where it is high.
    """

    mean: float
    """The mean of the normal distribution."""

    deviation: float
    """The standard deviation of the normal distribution."""

    @classmethod
    def from_pairs(cls, different: Sequence[float]) -> "IdentificationCalibration":
        """Return the calibration that fits the most alike pairs of two speakers among some pairs.

        Those are a hundredth of the pairs, but at least a hundred, or a tenth where there are fewer.

        Args:
            different: similarities of pairs of two speakers, at least a hundred; the risk of an innocent
                caller is extrapolated from them, so a few thousand are better.

        Raises:
            TypeError: they are not several numbers.
            ValueError: there are too few pairs, or they are all alike.
        """
        return cls(*_most_alike(_similarities("different", different)))

    def similarity_at(self, rate: float) -> float:
        """Return the similarity that a share of all pairs of two speakers reaches.

        Raises:
            TypeError: ``rate`` is no number.
            ValueError: it is not above 0 and below 1.
        """
        check_arguments(rate=(rate, NUMBER))
        if not 0 < rate < 1:
            raise ValueError("rate must be above 0 and below 1")
        from statistics import NormalDist

        return self.mean + self.deviation * NormalDist().inv_cdf(1 - rate)

    def score(self, similarity: float, voices: int) -> float:
        """Return the score of a similarity, if the voice is compared with that many voices."""
        one = math.erfc((similarity - self.mean) / (self.deviation * math.sqrt(2))) / 2
        innocent = -math.expm1(voices * math.log1p(-one)) if one < 1 else 1.0
        return min(HIGHEST, -_POINTS_PER_TENTH * math.log10(innocent)) if innocent else HIGHEST


@attrs.frozen(kw_only=True)
class Calibrations:
    """What similarities are worth to a recognizer."""

    verification: Calibration
    """For one voice against the voice that it claims to be."""

    identification: IdentificationCalibration
    """For one voice against all voices of a watchlist."""

    @classmethod
    def from_pairs(cls, different: Sequence[float]) -> "Calibrations":
        """Return the calibrations that fit the similarities of some pairs of two speakers.

        In verification, one impostor in a hundred reaches 50, and one in 1500 reaches 90. The
        most alike pairs are fitted, as in ``IdentificationCalibration.from_pairs``.

        Raises:
            TypeError: they are not several numbers.
            ValueError: there are too few pairs, or they are all alike.
        """
        return cls.from_identification(IdentificationCalibration.from_pairs(different))

    @classmethod
    def from_identification(cls, identification: IdentificationCalibration) -> "Calibrations":
        """Return the calibrations for similarities of two speakers that are distributed in this way."""
        points = [(identification.similarity_at(rate), points) for rate, points in _SCORES_AT_RATES]
        return cls(verification=Calibration.from_points(points), identification=identification)

    def to_json(self) -> str:
        """Return the calibrations as text, to be kept in a file."""
        content = {
            "format": _FORMAT,
            "verification": {"points": self.verification.points},
            "identification": attrs.asdict(self.identification),
        }
        return json.dumps(content, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Calibrations":
        """Return the calibrations that ``to_json`` wrote.

        Raises:
            TypeError: it is neither text nor bytes.
            ValueError: the text is something else.
        """
        check_arguments(text=(text, (str, bytes)))
        try:
            content: Any = json.loads(text)
            identification = IdentificationCalibration(
                **{name: float(value) for name, value in content["identification"].items()}
            )
            verification = Calibration.from_points(content["verification"]["points"])
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            raise ValueError(
                "the text does not hold calibrations as evaluate-recognizer writes them"
            ) from None
        if content.get("format") != _FORMAT:
            raise ValueError("another version of evaluate-recognizer wrote these calibrations: run it again")
        if not math.isfinite(identification.mean) or not 0 < identification.deviation < math.inf:
            raise ValueError("the deviation of an identification is a number above zero")
        return cls(verification=verification, identification=identification)


def _similarities(name: str, given: Iterable[object]) -> list[float]:
    """Return similarities as a list; raises TypeError or ValueError with the name of the argument."""
    rule = f"{name} must be several finite numbers, such as a list"
    if isinstance(given, str | bytes | bytearray | memoryview):
        raise TypeError(f"{rule}, not {type(given).__name__}")
    check_arguments(**{name: (given, (Iterable,))})
    numbers: list[float] = []
    for value in given:
        if not has_type(value, NUMBER):
            raise TypeError(rule)
        try:
            numbers.append(float(cast("float", value)))
        except OverflowError:
            numbers.append(math.inf)
    if not all(map(math.isfinite, numbers)):
        raise ValueError(rule)
    return numbers


def _most_alike(different: Sequence[float]) -> tuple[float, float]:
    """Return mean and deviation of the normal distribution that fits the most alike of some pairs.

    Raises:
        ValueError: there are too few pairs, or they are all alike.
    """
    if len(different) < MIN_PAIRS:
        raise ValueError(f"identification needs {MIN_PAIRS} pairs of two speakers (different)")
    from statistics import NormalDist  # slow to import

    ordered = sorted(different)
    count = len(ordered)
    tail = range(count - max(int(count * _MOST_ALIKE), min(count // 10, _TAIL_PAIRS)), count)
    quantiles = [NormalDist().inv_cdf((place + 0.5) / count) for place in tail]
    values = [ordered[place] for place in tail]
    mean_quantile, mean_value = math.fsum(quantiles) / len(tail), math.fsum(values) / len(tail)
    spread = math.fsum((quantile - mean_quantile) ** 2 for quantile in quantiles)
    together = math.fsum(
        (quantile - mean_quantile) * (value - mean_value)
        for quantile, value in zip(quantiles, values, strict=True)
    )
    if together <= _PRECISION * spread:
        raise ValueError("the pairs of two speakers are all alike")
    deviation = together / spread
    return mean_value - deviation * mean_quantile, deviation


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
