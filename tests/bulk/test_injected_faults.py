"""Bulk runs under random faults: each item has one outcome and one token, and nothing is done twice."""

import contextlib
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Final, Self

import pytest

from tests.support.attacks import size
from tests.support.bulk_threads import threads_that_stay
from tests.support.canned_responses import (
    DOMAIN_ID,
    WATCHLIST_ID,
    Answer,
    Canned,
    Sent,
    success,
    typed_client,
)
from tests.support.clocks import FakeClock
from tests.support.injected_faults import Faults
from voiceid_sdk import Domain, Watchlist, bulk
from voiceid_sdk._files import write_whole
from voiceid_sdk.bulk import Outcome, Report, Run
from voiceid_sdk.errors import BulkError, VoiceIDError
from voiceid_sdk.waiting import clock_in_use

FAULTS: Final = size(60, 100_000)
MAX_LOOPS: Final = 1_000
FAULTY_RUNS: Final = 5
"""The number of runs over the same items with faults; the next run has none, so it must complete."""


class Service:
    """Creates watchlists, one for each token, and injects faults before and after it has done so."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.tokens: defaultdict[str, set[str]] = defaultdict(set)
        self.made: dict[str, str] = {}
        self.sent: set[str] = set()
        """The names that were sent in the present run."""
        self.delivered: set[str] = set()
        """Those of them for which a response with the watchlist was given."""
        self.sent_again: list[str] = []
        self._lock = threading.Lock()

    def new_run(self) -> None:
        self.sent.clear()
        self.delivered.clear()

    def __call__(self, sent: Sent) -> Answer:
        name, token = sent.body["Name"], sent.body["ClientToken"]
        with self._lock:
            if name in self.delivered:
                self.sent_again.append(name)
            self.sent.add(name)
            self.tokens[name].add(token)
            fault = self.faults.of_network() if self.faults.comes("network and service") else None
            if fault is None or self.faults.chance.random() < 0.5:
                self.made.setdefault(token, name)
            if fault is not None:
                return given(fault)
            self.delivered.add(name)
            return success(Watchlist={"WatchlistId": WATCHLIST_ID, "DomainId": DOMAIN_ID})


def given(fault: Exception | Answer) -> Answer:
    if isinstance(fault, Exception):
        raise fault
    return fault


class Source:
    """Gives the items; an interrupt or error comes between two of them, and ends nothing."""

    def __init__(self, names: list[str], faults: Faults) -> None:
        self._names = iter(names)
        self._faults = faults

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        self._faults.interrupt("interrupts in the source", 0.1)
        if self._faults.comes("OSErrors of the source", 0.1):
            raise self._faults.of_system()
        return next(self._names)


class InterruptedClock(FakeClock):
    """A clock whose pauses are interrupted."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults

    def sleep(self, seconds: float, cancel: threading.Event | None) -> None:
        self._faults.interrupt("interrupts in pauses", 0.3)
        super().sleep(seconds, cancel)


class Mortal(Executor):
    """Makes calls at once; dies like a pool whose process was killed, in a call or before it."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._is_dead = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._is_dead = self._is_dead or self._faults.comes("deaths of the executor", 0.2)
        if self._is_dead and self._faults.chance.random() < 0.5:
            raise BrokenProcessPool("A child process terminated abruptly.")
        future: Future[Any] = Future()
        result = fn(*args, **kwargs)
        if self._is_dead:
            future.set_exception(BrokenProcessPool("A child process terminated abruptly."))
        else:
            future.set_result(result)
        return future


class Attack:
    """Runs over the same items until all of them have succeeded, each continued from the last kept report."""

    def __init__(self, seed: int, domain: Domain, canned: Canned, folder: Path, pool: Executor) -> None:
        self.faults = Faults(seed, share=(1 + seed % 9) / 12)
        self.service = canned.default = Service(self.faults)
        canned.sent.clear()
        self.names = [f"canary-{number}" for number in range(self.faults.chance.randint(1, 14))]
        self._domain = domain
        self._file = folder / "report.json"
        self._pool = pool

    def make(self) -> None:
        self._file.write_text(json.dumps(Report(operation="CreateWatchlist").to_dict()))
        for number in range(FAULTY_RUNS + 1):
            if number == FAULTY_RUNS:
                self.faults.share = 0
            self.service.new_run()
            before = self._kept()
            run = self._new_run(before)
            outcomes = list(self._outcomes(run))
            self._check(run.report, outcomes, set(before.succeeded))
            self._keep(run.report)
        assert list(self._kept().succeeded) == list(range(len(self.names)))
        # One token for each item over all tries, loops, runs and reports, so one watchlist for each item.
        assert sorted(self.service.made.values()) == sorted(self.names)
        assert all(len(tokens) == 1 for tokens in self.service.tokens.values())
        assert self.service.sent_again == []

    def _new_run(self, report: Report) -> Run[str, Watchlist]:
        chance = self.faults.chance

        def create(name: str) -> Watchlist:
            self.faults.interrupt("interrupts in and after calls", 0.05)
            watchlist = self._domain.create_watchlist(name=name)
            self.faults.interrupt("interrupts in and after calls", 0.05)
            return watchlist

        return bulk.run(
            create,
            Source(self.names, self.faults),
            operation="CreateWatchlist",
            workers=chance.randint(1, 3),
            executor=chance.choice((None, None, self._pool, Mortal(self.faults))),
            order=chance.choice(("completion", "input")),
            rate=chance.choice((None, "published", 3.0)),
            progress=lambda _: self.faults.interrupt("interrupts in the loop", 0.05),
            resume=report,
            retry_failed=True,
        )

    def _outcomes(self, run: Run[str, Watchlist]) -> Iterator[Outcome[str, Watchlist]]:
        """Give the outcomes of all loops over a run, until it ends or its executor dies."""
        for _ in range(MAX_LOOPS):
            try:
                for outcome in run:
                    yield outcome
                    self.faults.interrupt("interrupts in the loop", 0.05)
            except (KeyboardInterrupt, OSError):
                continue
            except BulkError as error:
                if "accepts no more calls" not in str(error):
                    raise
            else:
                # The report of a run whose source was interrupted at its end says that it is incomplete.
                assert run.report.done == len(self.names)
            return
        raise AssertionError("the run does not end")

    def _check(self, report: Report, outcomes: list[Outcome[str, Watchlist]], before: set[int]) -> None:
        indices = [outcome.index for outcome in outcomes]
        assert len(set(indices)) == len(indices)
        assert before.isdisjoint(indices)
        assert self.service.sent.isdisjoint(self.names[index] for index in before)
        assert all(outcome.item == self.names[outcome.index] for outcome in outcomes)
        succeeded = {outcome.index for outcome in outcomes if outcome.ok}
        assert {self.names[index] for index in succeeded} <= self.service.delivered
        assert set(report.succeeded) == before | succeeded
        assert report.failures == len(outcomes) - len(succeeded)
        assert report.done == len(before) + len(outcomes)
        assert not report.complete or report.done == len(self.names)
        for outcome in outcomes:
            assert outcome.ok or isinstance(outcome.error, VoiceIDError)
            assert "canary" not in f"{outcome.error} {outcome.error!r}"

    def _keep(self, report: Report) -> None:
        with contextlib.suppress(OSError), self.faults.in_files():
            write_whole(self._file, json.dumps(report.to_dict()), private=False)
        assert [path.name for path in self._file.parent.iterdir()] == [self._file.name]

    def _kept(self) -> Report:
        return Report.from_dict(json.loads(self._file.read_text()))


@pytest.mark.slow
def test_runs_under_random_faults_do_each_item_once_and_their_reports_add_up(
    canned: Canned, tmp_path: Path, tries: Counter[str]
) -> None:
    domain = typed_client(canned, max_attempts=2).domain(DOMAIN_ID)
    injected: Counter[str] = Counter()
    with ThreadPoolExecutor(2) as pool:
        for seed in range(FAULTS):
            if injected.total() >= FAULTS:
                break
            attack = Attack(seed, domain, canned, tmp_path, pool)
            with clock_in_use(InterruptedClock(attack.faults)):
                attack.make()
            injected += attack.faults.injected
    for kind, count in injected.items():
        tries[f"Faults in bulk runs: {kind}"] += count
    assert injected.total() >= FAULTS
    assert threads_that_stay() == []
