"""The rate of requests: spacing, bursts, throttling and recovery."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceid_sdk.bulk.pacing import (
    BURST_SECONDS,
    DOUBLING_SECONDS,
    LONGEST_GAP,
    SLOWER,
    SLOWEST,
    AdaptiveRateLimiter,
)
from voiceid_sdk.local.rate_limiter import RateLimiter

RATES = st.floats(2, 500)
"""From the lowest of the published rates; below, a burst of a second has no room for any unevenness."""


def send_when_allowed(
    limiter: AdaptiveRateLimiter, count: int, now: float = 0.0, delays: Iterable[float] = ()
) -> list[float]:
    """Send as early as the limiter allows, each time after its delay, and return the times."""
    lost = iter(delays)
    sent: list[float] = []
    for _ in range(count):
        now += next(lost, 0.0)
        now += limiter.wait(now)
        assert limiter.wait(now) == 0.0
        limiter.send()
        sent.append(now)
    return sent


def test_requests_are_sent_at_an_even_rate() -> None:
    assert send_when_allowed(AdaptiveRateLimiter(2, 0.0), 4) == pytest.approx([0.0, 0.5, 1.0, 1.5])


def test_without_a_limit_nothing_waits() -> None:
    assert send_when_allowed(AdaptiveRateLimiter(None, 0.0), 1000) == [0.0] * 1000


def test_a_delay_is_made_up_for_in_part() -> None:
    limiter = AdaptiveRateLimiter(40, 0.0)
    send_when_allowed(limiter, 1)
    sent = send_when_allowed(limiter, 20, now=60.0)
    assert sum(at == 60.0 for at in sent) == 40 * BURST_SECONDS


@given(RATES, st.lists(st.floats(0, 3), max_size=60))
def test_a_limiter_of_the_same_rate_with_a_burst_of_a_second_refuses_nothing(
    rate: float, delays: list[float]
) -> None:
    limiter = RateLimiter({"DescribeSpeaker": rate})
    for at in send_when_allowed(AdaptiveRateLimiter(rate, 0.0), 60, delays=delays):
        assert limiter.admits("DescribeSpeaker", at + 1e-6)


@given(RATES, st.integers(2, 200))
def test_nothing_is_lost_of_the_rate(rate: float, count: int) -> None:
    sent = send_when_allowed(AdaptiveRateLimiter(rate, 0.0), count)
    assert sent[-1] <= (count - 1) / rate + 1e-6


def test_throttling_slows_down() -> None:
    limiter = AdaptiveRateLimiter(10, 0.0)
    limiter.throttled(0, now=1.0)
    assert limiter.rate == 10 * SLOWER


def test_requests_that_were_sent_before_it_slowed_down_do_not_slow_it_down_again() -> None:
    limiter = AdaptiveRateLimiter(10, 0.0)
    for _ in range(4):
        limiter.send()
    for number in range(4):
        limiter.throttled(number, now=1.0)
    assert limiter.rate == 10 * SLOWER
    limiter.send()
    limiter.throttled(4, now=2.0)
    assert limiter.rate == pytest.approx(10 * SLOWER**2)


def test_some_of_the_rate_is_always_left() -> None:
    limiter = AdaptiveRateLimiter(10, 0.0)
    for now in range(100):
        limiter.throttled(limiter.sent, now=now)
    assert limiter.rate == 10 * SLOWEST


def test_the_rate_recovers_in_time_and_no_further() -> None:
    limiter = AdaptiveRateLimiter(10, 0.0)
    for now in (0.0, 1.0, 2.0):
        limiter.throttled(limiter.sent, now=now)
    limiter.wait(DOUBLING_SECONDS)
    assert limiter.rate == pytest.approx(10 * 2 * SLOWER**3)
    limiter.wait(DOUBLING_SECONDS * 4)
    assert limiter.rate == 10


def test_where_no_limit_is_known_throttling_shows_one() -> None:
    limiter = AdaptiveRateLimiter(None, 0.0)
    for number in range(200):
        limiter.wait(number / 20)
        limiter.send()
    limiter.throttled(0, now=10.0)
    assert limiter.rate == 20 * SLOWER
    assert limiter.wait(10.0) == pytest.approx(1 / (20 * SLOWER))
    limiter.wait(10.0 + DOUBLING_SECONDS)
    assert limiter.rate == 20


@given(st.floats(2, 40), st.floats(0.2, 1.0))
def test_it_settles_near_a_rate_that_is_lower_than_told(told: float, share: float) -> None:
    true_rate, now, sent, refused = told * share, 0.0, 0, 0
    limiter, service = AdaptiveRateLimiter(told, 0.0), RateLimiter({"DescribeSpeaker": told * share})
    while now < 120:
        now += max(limiter.wait(now), 1e-6)
        limiter.send()
        if service.admits("DescribeSpeaker", now):
            sent += 1
        else:
            refused += 1
            limiter.throttled(limiter.sent - 1, now=now)
    assert sent >= 0.65 * true_rate * 120
    assert refused <= 0.15 * sent + 10


def test_a_pause_of_the_run_does_not_lower_the_limit_that_throttling_shows() -> None:
    limiter = AdaptiveRateLimiter(None, 0.0)
    for number in range(200):
        limiter.wait(number / 20)
        limiter.send()
    # The caller left the loop, or the machine was suspended.
    limiter.wait(365 * 24 * 3600.0)
    limiter.throttled(199, now=365 * 24 * 3600.0)
    assert limiter.rate is not None
    assert limiter.rate >= 15 * SLOWER


def test_the_first_request_can_be_throttled_before_it_was_counted() -> None:
    limiter = AdaptiveRateLimiter(None, 0.0)
    limiter.throttled(0, now=0.0)
    assert limiter.wait(0.0) == pytest.approx(1 / SLOWER)


@given(jumps=st.lists(st.floats(0, 1e9), max_size=20), limit=st.none() | st.just(10.0))
def test_the_rate_stays_in_its_range_however_the_clock_jumps(jumps: list[float], limit: float | None) -> None:
    limiter, now = AdaptiveRateLimiter(limit, 0.0), 0.0
    for jump in jumps:
        now += limiter.wait(now)
        limiter.wait(now)
        limiter.send()
        now += jump
        limiter.throttled(limiter.sent - 1, now=now)
        assert limiter.rate is not None
        assert SLOWEST / LONGEST_GAP <= limiter.rate <= 10
        assert 0.0 <= limiter.wait(now) <= 1.001 / limiter.rate
