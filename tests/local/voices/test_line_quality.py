"""How the quality of two lines changes a cosine."""

import numpy as np
import pytest

from voiceid_sdk.local.voices.line_quality import LineQuality

LINES = LineQuality(np.array([1.0, 0.0], np.float32), 0.25)


def badness(*estimates: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(estimates, np.float32)


def test_the_badness_of_a_line_is_between_zero_and_one() -> None:
    vectors = np.array([[0.5, 0.8], [-0.6, 0.8], [0.9, 0.4]], np.float32)
    assert LINES.badness(vectors) == pytest.approx([0.75, 0, 1])
    assert LINES.badness(vectors[0]) == pytest.approx(0.75)


def test_on_two_good_lines_a_cosine_stays() -> None:
    assert LINES.adjusted(np.array([0.6]), badness(0)[0], badness(0)) == pytest.approx([0.6])


def test_a_caller_on_a_worse_line_than_the_enrollment_is_more_alike_than_the_cosine_says() -> None:
    slightly, much = LINES.adjusted(np.array([0.5, 0.5]), badness(0)[0], badness(0.3, 1))
    assert 0.5 < slightly < much


def test_two_voices_on_bad_lines_are_less_alike_than_the_cosine_says() -> None:
    (both_good,) = LINES.adjusted(np.array([0.5]), badness(0.2)[0], badness(0.2))
    (both_bad,) = LINES.adjusted(np.array([0.5]), badness(1)[0], badness(1))
    assert both_bad < both_good < 0.5


def test_which_of_two_voices_is_the_caller_makes_no_difference() -> None:
    (one,) = LINES.adjusted(np.array([0.5]), badness(0.2)[0], badness(0.9))
    (other,) = LINES.adjusted(np.array([0.5]), badness(0.9)[0], badness(0.2))
    assert one == pytest.approx(other)
