"""Many calls: the speed-up over a loop of single calls, and the results under throttling and in an outage.

These are wall-clock times. The slow service is a separate process, reached over loopback HTTP; the throttled
and the failing one are canned responses in the process.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks import slow_service
from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, CannedError, session
from benchmarks.measuring import Curve, Result, Row, interleave
from voiceid_sdk import VoiceID, bulk
from voiceid_sdk.local.rate_limiter import RateLimiter
from voiceid_sdk.service_model.rates import PUBLISHED_RATES

OPERATION: Final = "EvaluateSession"
"""The operation with the highest of the published rates, so that the measurement takes the least time."""

SAME_RETRIES: Final = Config(retries={"mode": "standard", "total_max_attempts": 3})


WORKERS: Final = (1, 2, 4, 8, 16, 32, 64)

MOST_CALLS: Final = 1_600


_THREADS: Final = (
    "Each call takes about a millisecond of botocore's own work, and the threads of a process cannot do this "
    "work in parallel. Raw boto3's client in a pool of 16 threads is not faster. Processes raise the limit: "
    "pass `executor=`."
)


def measure(*, quick: bool) -> Iterator[Result]:
    """Compare single calls with many at a time, then call a throttled service and a failing one."""
    rounds = 1 if quick else 4
    yield _speed(32, 0.05, calls=64 if quick else 960, rounds=rounds, must=25, aim=29)
    at_5_ms = partial(_speed, 16, 0.005, calls=64 if quick else 3_000, rounds=rounds, must=6, aim=8)
    yield at_5_ms(reason=_THREADS)
    with ProcessPoolExecutor(16, mp_context=get_context("spawn")) as processes:
        yield at_5_ms(executor=processes)
    for seconds in (0.05, 0.005):
        yield _throughput(seconds, WORKERS[:3] if quick else WORKERS)
    yield from _throttled(ids=60 if quick else 600, rounds=1 if quick else 2)
    yield _outage(calls=20 if quick else 200)


def _speed(
    workers: int,
    seconds: float,
    *,
    calls: int,
    rounds: int,
    must: float,
    aim: float,
    reason: str = "",
    executor: Executor | None = None,
) -> Row:
    in_turn = max(4, calls // 40)
    with slow_service.running(seconds) as url:
        raw = boto3.client("voice-id", endpoint_url=url)
        domain = VoiceID(endpoint_url=url).domain(DOMAIN_ID)

        def one_after_the_other() -> None:
            for _ in range(in_turn):
                raw.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)

        def many_at_a_time() -> None:
            ids = itertools.repeat(SPEAKER_ID, calls)
            run = bulk.describe_speakers(domain, ids, workers=workers, rate=None, executor=executor)
            deque(run, maxlen=0)

        found = interleave(
            {
                "boto3": lambda: _elapsed(one_after_the_other) / in_turn,
                "bulk": lambda: _elapsed(many_at_a_time) / calls,
            },
            rounds,
        )
    return Row(
        what=f"{workers} {'workers' if executor is None else 'processes'}, "
        f"a service that takes {seconds * 1000:.0f} ms, against a loop over boto3",
        figures=tuple(one / many for one, many in zip(found["boto3"], found["bulk"], strict=True)),
        unit="x",
        must=must,
        aim=aim,
        higher_is_better=True,
        reason=reason,
    )


def _throughput(seconds: float, numbers: tuple[int, ...]) -> Curve:
    points: list[tuple[float, float]] = []
    with slow_service.running(seconds) as url:
        domain = VoiceID(endpoint_url=url).domain(DOMAIN_ID)
        for workers in numbers:
            calls = min(int(workers / seconds), MOST_CALLS)
            ids = itertools.repeat(SPEAKER_ID, calls)
            run = bulk.describe_speakers(domain, ids, workers=workers, rate=None)
            points.append((workers, calls / _elapsed(partial(deque, run, maxlen=0))))
    return Curve(plot="workers", label=f"a service that takes {seconds * 1000:.0f} ms", points=tuple(points))


def _throttled(*, ids: int, rounds: int) -> Iterator[Row]:
    rate = PUBLISHED_RATES[OPERATION]
    lost, requests, share = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        service = _Service(limiter=RateLimiter({OPERATION: rate}))
        domain = VoiceID(session=session(service)).domain(DOMAIN_ID)
        run = bulk.evaluate_sessions(domain, (f"call-{number}" for number in range(ids)))
        seconds = _elapsed(partial(deque, run, maxlen=0))
        lost.append(float(ids - len(run.report.succeeded)))
        requests.append(service.requests / ids)
        share.append(ids / seconds / rate)
    of = f"{ids} ids, throttled at the published rate"
    yield Row(what=f"{of}: ids lost", figures=tuple(lost), unit="ids", must=0, aim=0)
    yield Row(what=f"{of}: requests per id", figures=tuple(requests), must=1.15, aim=1.05)
    yield Row(what=f"{of}: share of the rate used", figures=tuple(share), must=0.90, higher_is_better=True)


def _outage(*, calls: int) -> Row:
    for_boto3, for_bulk = _Service(), _Service()
    raw: Any = session(for_boto3).client("voice-id", config=SAME_RETRIES)
    for _ in range(calls):
        with suppress(ClientError):
            raw.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)
    domain = VoiceID(session=session(for_bulk)).domain(DOMAIN_ID)
    deque(bulk.describe_speakers(domain, itertools.repeat(SPEAKER_ID, calls), rate=None), maxlen=0)
    return Row(
        what="a service that is down: requests per call, against botocore's own",
        figures=(for_bulk.requests / for_boto3.requests,),
        must=1.00,
        aim=1.00,
    )


class _Service:
    """Counts the requests, and throttles those over the limit; without a limiter, every request fails."""

    def __init__(self, limiter: RateLimiter | None = None) -> None:
        self.requests = 0
        self._limiter = limiter
        self._lock = threading.Lock()

    def __call__(self, _: bytes) -> bytes:
        """Respond to a request."""
        with self._lock:
            self.requests += 1
            if self._limiter is None:
                raise CannedError("InternalServerException", 500)
            if not self._limiter.admits(OPERATION, time.monotonic()):
                raise CannedError("ThrottlingException", 429)
        return b'{"DomainId": "%b", "StreamingStatus": "ONGOING"}' % DOMAIN_ID.encode()


def _elapsed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
