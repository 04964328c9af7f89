"""A service that is killed at any moment has lost no answered write and has done nothing by halves."""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Self, TypeAlias

import pytest

from tests.support import store_invariants
from tests.support.attacks import SOAK, size
from tests.support.servers import PATIENCE
from tests.support.silent_jobs import BUCKET
from tests.support.store_invariants import Wire
from tests.support.write_ledger import Ask, GoneError, Ledger, Members
from voiceid_sdk.local import ManualClock
from voiceid_sdk.local.handlers import TABLES
from voiceid_sdk.local.protocol.aws_json import CONTENT_TYPE
from voiceid_sdk.local.rules import jobs
from voiceid_sdk.local.rules.job_records import JOB_REQUESTS
from voiceid_sdk.local.rules.speakers import SPEAKERS
from voiceid_sdk.local.rules.statuses import JobStatus, SpeakerStatus
from voiceid_sdk.local.storage.store import Store

if not hasattr(os, "fork"):
    pytest.skip("the process that is killed is a copy of another", allow_module_level=True)

from tests.support.killed_process import DATA, open_service

pytestmark = pytest.mark.uncovered

KILLS = 25 if SOAK else 2
"""How often the service on a file is killed."""

SEEDS = size(1, 20)
"""Files for each of the two ways of asking. So there are at most 1,000 kills."""


Outcomes: TypeAlias = dict[tuple[str, int], str]
"""What became of requests of jobs, by job and position in the manifest, as seen after a kill."""


class Killer:
    """Starts services and kills them, with a process that has everything imported."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        self._orders.settimeout(PATIENCE)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "tests.support.killed_process"]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), env=environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.close()
        assert self._process.wait(PATIENCE) == 0

    def start(self, connection: socket.socket, folder: Path, *, over_http: bool, seconds: float) -> None:
        """Start a service, which is killed ``seconds`` after ``kill``."""
        order = {"folder": str(folder), "over_http": over_http, "seconds": seconds}
        socket.send_fds(self._orders, [json.dumps(order).encode()], [connection.fileno()])

    def kill(self) -> None:
        """Let the time run."""
        self._orders.sendall(b"!")

    def exit_code(self) -> int:
        """Wait until the service has been killed, and return its exit code."""
        return int(self._orders.recv(65536))


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with Killer() as killer:
        yield killer


@pytest.mark.parametrize("over_http", [False, True], ids=["in process", "over HTTP"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_kill_loses_no_answer_and_leaves_nothing_half_done(
    killer: Killer, tmp_path: Path, tries: Counter[str], seed: int, *, over_http: bool
) -> None:
    chance = random.Random(seed)
    ledgers = [
        Ledger(f"client-{number}", 10 * seed + number, tmp_path) for number in range(1 + 2 * over_http)
    ]
    outcomes: Outcomes = {}
    attack = f"Kills of Local Voice ID {'over HTTP' if over_http else 'in its process'}"
    for _ in range(KILLS):
        live(killer, tmp_path, ledgers, chance, over_http=over_http)
        tries[attack] += 1
        look_into_file(tmp_path, outcomes)
        ask_again(tmp_path, ledgers)
    deleted = set[str]().union(*(ledger.deleted_fraudsters() for ledger in ledgers))
    look_at_the_end(tmp_path, outcomes, deleted)


def live(
    killer: Killer, folder: Path, ledgers: list[Ledger], chance: random.Random, *, over_http: bool
) -> None:
    """Let clients write until the service is killed: when it opens its file, or after some writes."""
    responses = chance.choice((0, chance.randrange(60)))
    seconds = chance.choice((0.002, 0.01, 0.05)) * chance.random()
    with contextlib.ExitStack() as stack:
        if over_http:
            theirs = socket.create_server(("127.0.0.1", 0))
            port = theirs.getsockname()[1]
            asks = [http_client(stack, port) for _ in ledgers]
        else:
            ours, theirs = socket.socketpair()
            asks = [pipe_client(stack, ours)]
        with theirs:
            killer.start(theirs, folder, over_http=over_http, seconds=seconds)
        countdown = Countdown(responses, killer.kill)
        with ThreadPoolExecutor(len(ledgers)) as threads:
            done = [
                threads.submit(write_on, ledger, countdown.counted(ask))
                for ledger, ask in zip(ledgers, asks, strict=True)
            ]
        countdown.end()
        for each in done:
            each.result()
        assert killer.exit_code() == -signal.SIGKILL


def write_on(ledger: Ledger, ask: Ask) -> None:
    """Write until the service is gone."""
    with contextlib.suppress(GoneError):
        while True:
            ledger.write(ask)


class Countdown:
    """Calls ``then`` once, after ``responses`` responses."""

    def __init__(self, responses: int, then: Callable[[], None]) -> None:
        self._left = responses
        self._then: Callable[[], None] | None = then
        self._lock = Lock()
        if not responses:
            self.end()

    def counted(self, ask: Ask) -> Ask:
        """Return ``ask`` so that its answers count."""

        def counted(operation: str, members: Members) -> tuple[int, Members]:
            response = ask(operation, members)
            with self._lock:
                self._left -= 1
            if self._left <= 0:
                self.end()
            return response

        return counted

    def end(self) -> None:
        """Do not wait for more answers."""
        with self._lock:
            then, self._then = self._then, None
        if then is not None:
            then()


def pipe_client(stack: contextlib.ExitStack, connection: socket.socket) -> Ask:
    """Ask a service that reads requests line by line."""
    connection.settimeout(PATIENCE)
    stack.enter_context(connection)
    lines = stack.enter_context(connection.makefile("rb"))

    def ask(operation: str, members: Members) -> tuple[int, Members]:
        try:
            connection.sendall(b"%b %b\n" % (operation.encode(), json.dumps(members).encode()))
            line = lines.readline()
        except ConnectionError:
            raise GoneError from None
        if not line.endswith(b"\n"):
            raise GoneError
        status, _, body = line.partition(b" ")
        return int(status), json.loads(body.strip() or b"{}")

    return ask


def http_client(stack: contextlib.ExitStack, port: int) -> Ask:
    """Ask a service over HTTP, always on the same connection."""
    connection = stack.enter_context(
        contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, PATIENCE))
    )

    def ask(operation: str, members: Members) -> tuple[int, Members]:
        headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": CONTENT_TYPE}
        try:
            connection.request("POST", "/", json.dumps(members), headers)
            response = connection.getresponse()
            body = response.read()
        except (ConnectionError, http.client.HTTPException):
            raise GoneError from None
        return response.status, json.loads(body or b"{}")

    return ask


def look_into_file(folder: Path, outcomes: Outcomes) -> None:
    """Look at the file as the kill has left it, before any service goes on with it."""
    store = Store(folder / DATA, TABLES)
    store_invariants.check_store(store)
    for kept in store.all(JOB_REQUESTS):
        if kept.outcome is not None:
            # What was done stays done: it is not done again, nor differently.
            assert outcomes.setdefault((kept.job_id, kept.position), kept.outcome) == kept.outcome
        # Registration jobs have speakers in their manifests, too, and do not read them.
        speaker_id = json.loads(kept.request)["speaker_id"]
        if speaker_id is not None:
            speaker = store.get(SPEAKERS, domain_id=kept.domain_id, customer_id=speaker_id)
            assert (speaker is not None) == (kept.outcome is not None and not kept.failed)
    store.close()


def ask_again(folder: Path, ledgers: list[Ledger]) -> None:
    """Send again what was not answered, and compare everything with what was."""
    with open_service(folder, clock=ManualClock(datetime.now(UTC))) as service:
        wire = Wire(service)
        for ledger in ledgers:
            ledger.send_again(wire.try_to)
        listed = [domain["DomainId"] for domain in wire.all("ListDomains")]
        assert sorted(listed) == sorted(domain_id for ledger in ledgers for domain_id in ledger.domains)
        for ledger in ledgers:
            ledger.check(wire)


def look_at_the_end(folder: Path, outcomes: Outcomes, deleted: set[str]) -> None:
    """Let all jobs end, and compare their outputs with what has become of them."""
    clock = ManualClock(datetime.now(UTC) + timedelta(hours=1))
    with open_service(folder, clock=clock) as service:
        wire = Wire(service)
        store_invariants.check_service(service)
        store_invariants.check_store(service._store.opened())
        outputs = 0
        for domain in wire.all("ListDomains"):
            about = {"DomainId": domain["DomainId"]}
            with wire.restored(domain["DomainId"]):
                speakers = {one["CustomerSpeakerId"]: one for one in wire.all("ListSpeakers", **about)}
                enrollments, _ = read_outputs(wire, domain, jobs.ENROLLMENT, folder, outcomes)
                for entry in enrollments:
                    speaker = speakers[entry["CustomerSpeakerId"]]
                    assert (speaker["GeneratedSpeakerId"], speaker["Status"]) == (
                        entry["GeneratedSpeakerId"],
                        SpeakerStatus.ENROLLED,
                    )
                registrations, complete = read_outputs(wire, domain, jobs.REGISTRATION, folder, outcomes)
                registered = {entry["GeneratedFraudsterId"] for entry in registrations} - deleted
                fraudsters = {one["GeneratedFraudsterId"] for one in wire.all("ListFraudsters", **about)}
                assert registered == fraudsters if complete else registered <= fraudsters
            outputs += len(enrollments) + len(registrations)
    assert outputs


def read_outputs(
    wire: Wire, domain: Members, kind: jobs.JobType, folder: Path, outcomes: Outcomes
) -> tuple[list[Members], bool]:
    """Return the successes in the outputs of a domain's jobs, and whether all of its jobs have an output."""
    about = {"DomainId": domain["DomainId"]}
    successes: list[Members] = []
    complete = True
    for job in wire.all(kind.list_operation, **about):
        if job["JobStatus"] == JobStatus.FAILED:
            # A job does not go on in a suspended domain; what it has done by then is kept.
            assert domain["DomainStatus"] == "SUSPENDED"
            complete = False
            continue
        assert job["JobStatus"] == JobStatus.COMPLETED_WITH_ERRORS
        operation = kind.list_operation.replace("List", "Describe").removesuffix("s")
        described = wire.ask(operation, **about, JobId=job["JobId"])["Job"]
        name = described["InputDataConfig"]["S3Uri"].rpartition("/")[2]
        requests = json.loads((folder / BUCKET / name).read_bytes())[kind.manifest_list]
        output = json.loads((folder / BUCKET / "out" / job["JobId"] / f"{name}.out").read_bytes())
        entries = {int(entry["RequestId"]): entry for entry in (*output["Errors"], *output[kind.successes])}
        assert sorted(entries) == list(range(len(requests)))
        assert len(output["Errors"]) == 1
        for position, entry in entries.items():
            assert json.loads(outcomes.get((job["JobId"], position), json.dumps(entry))) == entry
        successes += output[kind.successes]
    return successes, complete
