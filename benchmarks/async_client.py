"""The async client, against the sync one on threads and against aiobotocore with dictionaries."""

import asyncio
import gc
import json
import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import attrs

from benchmarks import slow_service
from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, session, speaker_pages
from benchmarks.measuring import Measure, Row, cpu, interleave, new_process, ratios
from voiceid_sdk import AsyncVoiceID, VoiceID, WaitPolicy, errors

AT_A_TIME: Final = 32
SECONDS: Final = 0.05
"""How long the service takes for a response."""

PEER: Final = "AIOBOTOCORE_PYTHON"


def measure(*, quick: bool) -> Iterator[Row]:
    """Make many calls at a time, wait a thousand times at once, and iterate over a list."""
    yield from _many_calls(calls=64 if quick else 960, rounds=1 if quick else 5)
    yield from _many_waits(waits=50 if quick else 1_000, rounds=1 if quick else 3)
    yield _list(speakers=500 if quick else 100_000, rounds=1 if quick else 4)
    if (python := os.environ.get(PEER)) is not None and Path(python).exists():
        yield _brought(python, speakers=500 if quick else 20_000, rounds=1 if quick else 7)


# --- Calls ----------------------------------------------------------------------------------------------


def in_turn_of_tasks(runner: asyncio.Runner, call: Callable[[], Awaitable[object]], calls: int) -> None:
    """Make calls from as many tasks as go on at a time."""

    async def make_all() -> None:
        left = iter(range(calls))

        async def work() -> None:
            for _ in left:
                await call()

        await asyncio.gather(*(work() for _ in range(AT_A_TIME)))

    runner.run(make_all())


def _many_calls(calls: int, rounds: int) -> Iterator[Row]:
    spent: dict[str, list[float]] = {"sync": [], "async": []}

    def timed(name: str, work: Callable[[], object]) -> Measure:
        def measure() -> float:
            began, cpu_began = time.perf_counter(), time.process_time()
            work()
            spent[name].append(time.process_time() - cpu_began)
            return time.perf_counter() - began

        return measure

    with ExitStack() as stack:
        url = stack.enter_context(slow_service.running(SECONDS))
        pool = stack.enter_context(ThreadPoolExecutor(AT_A_TIME))
        runner = stack.enter_context(asyncio.Runner())
        sync = VoiceID(endpoint_url=url).domain(DOMAIN_ID).speaker(SPEAKER_ID)
        twin = AsyncVoiceID(endpoint_url=url).domain(DOMAIN_ID).speaker(SPEAKER_ID)
        variants = {
            "sync": timed("sync", lambda: deque(pool.map(lambda _: sync.describe(), range(calls)), maxlen=0)),
            "async": timed("async", lambda: in_turn_of_tasks(runner, twin.describe, calls)),
        }
        if (peer := _peer(stack, url, calls)) is not None:
            variants["aiobotocore"] = peer
        found = interleave(variants, rounds)
    warm = {name: figures[1:] for name, figures in spent.items()}
    yield Row(
        what=f"async: {AT_A_TIME} calls at a time, CPU a call, of the sync client on threads",
        figures=ratios(warm, "async", "sync"),
        must=1.30,
        aim=1.15,
    )
    yield Row(
        what=f"async: {AT_A_TIME} calls at a time, throughput, of the sync client's",
        figures=ratios(found, "sync", "async"),
        must=0.90,
        aim=1.00,
        higher_is_better=True,
    )
    if "aiobotocore" in found:
        yield Row(
            what=f"async: {AT_A_TIME} calls at a time, throughput, of aiobotocore's with dictionaries",
            figures=ratios(found, "aiobotocore", "async"),
            must=1.00,
            aim=1.30,
            higher_is_better=True,
        )


def _peer(stack: ExitStack, url: str, calls: int) -> Measure | None:
    """Return the measure of the same calls with aiobotocore, in a process of its environment."""
    python = os.environ.get(PEER)
    if python is None or not Path(python).exists():
        return None
    command = [python, "-m", "benchmarks.aiobotocore_calls", url, str(calls)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stack.callback(process.communicate)
    requests, results = process.stdin, process.stdout

    def measure() -> float:
        if requests is None or results is None:
            raise RuntimeError("the process has no pipes")
        requests.write("again\n")
        requests.flush()
        return float(results.readline())

    return measure


# --- Waits ----------------------------------------------------------------------------------------------


@attrs.frozen
class Waits:
    """What a thousand waits took."""

    threads: int
    megabytes: float
    milliseconds: float


def _many_waits(waits: int, rounds: int) -> Iterator[Row]:
    found = [
        Waits(**json.loads(new_process(f"from benchmarks import async_client; async_client.wait({waits})")))
        for _ in range(rounds)
    ]
    what = f"async: {waits:,} wait_for_decision at once"
    rows: list[tuple[str, list[float], str, float, float]] = [
        (f"{what}: threads", [one.threads for one in found], "threads", 33, 33),
        (f"{what}: memory", [one.megabytes for one in found], "MB", 20, 15),
        (f"{what}: another task's longest delay", [one.milliseconds for one in found], "ms", 50, 20),
    ]
    for name, figures, unit, must, aim in rows:
        yield Row(what=name, figures=tuple(figures), unit=unit, must=must, aim=aim)


def wait(waits: int) -> None:
    """Wait for decisions that do not come, and print the threads, the memory and the longest delay."""
    with slow_service.running(SECONDS, slow_service.UNDECIDED) as url:
        print(json.dumps(attrs.asdict(asyncio.run(_wait(waits, url)))))


async def _wait(waits: int, url: str) -> Waits:
    voiceid = AsyncVoiceID(endpoint_url=url)
    sessions = voiceid.domain(DOMAIN_ID).session("contact-1")
    await asyncio.gather(*(sessions.evaluate() for _ in range(AT_A_TIME)))
    # All poll at the same time, twice. The pauses are short, because nothing happens in them.
    policy = WaitPolicy(timeout=8, delay=2, initial=5, maximum=5, multiplier=1, jitter=0)
    delays: list[float] = []

    async def beat() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            delays.append(time.perf_counter() - began - 0.005)

    async def wait_once() -> None:
        try:
            await sessions.wait_for_decision(policy)
        except errors.WaitTimeoutError:
            return

    gc.collect()
    # Collections of the objects that botocore has made take as long without waits; servers freeze them, too.
    gc.freeze()
    before = _resident_bytes()
    beating = asyncio.create_task(beat())
    tasks = [asyncio.create_task(wait_once()) for _ in range(waits)]
    threads, most = 0, before
    while not all(task.done() for task in tasks):
        threads, most = max(threads, threading.active_count()), max(most, _resident_bytes())
        await asyncio.sleep(0.25)
    beating.cancel()
    return Waits(threads, (most - before) / 1e6, max(delays) * 1000)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


# --- Lists ----------------------------------------------------------------------------------------------


def _list(speakers: int, rounds: int) -> Row:
    respond = session(speaker_pages(speakers))
    sync = VoiceID(session=respond).domain(DOMAIN_ID).speakers()
    twin = AsyncVoiceID(session=respond).domain(DOMAIN_ID).speakers()

    async def iterate() -> None:
        async for _ in twin:
            pass

    with asyncio.Runner() as runner:
        variants = {
            "sync": cpu(lambda: deque(sync, maxlen=0)),
            "async": cpu(lambda: runner.run(iterate())),
        }
        found = interleave(variants, rounds)
    return Row(
        what=f"async for over {speakers:,} speakers, CPU an item, of the sync list",
        figures=ratios(found, "async", "sync"),
        must=1.30,
        aim=1.20,
    )


def _brought(python: str, speakers: int, rounds: int) -> Row:
    command = [python, "-m", "benchmarks.aiobotocore_calls", "--list", str(speakers), str(rounds)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Row(
        what=f"async: list {speakers:,} through a client of aiobotocore, kept, of aiobotocore's own",
        figures=tuple(json.loads(shown)),
        must=1.10,
        aim=1.00,
    )
