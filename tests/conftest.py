"""What every test stands on: none of the machine's AWS settings, no real pauses, and a canned service."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest

from tests.support.attacks import PROPERTY, SOAK, table
from tests.support.botocore_data import read_once
from tests.support.canned_responses import Canned, typed_client
from tests.support.clocks import FakeClock, machine_in
from tests.support.forks import forgetting_clients
from tests.support.worlds import SYNC, World, use
from voiceid_sdk import VoiceID
from voiceid_sdk.waiting import clock_in_use


@pytest.fixture(scope="session", autouse=True)
def data_of_botocore() -> Iterator[None]:
    """Read botocore's data once, because many tests make sessions of their own."""
    with read_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def no_aws_settings() -> Iterator[None]:
    """Hide the user's AWS files and variables, and certificates. A test that sets some takes them back."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(autouse=True)
def no_default_session() -> None:
    """Forget boto3's default session, which a test before may have made."""
    boto3.DEFAULT_SESSION = None


@pytest.fixture(scope="session", autouse=True)
def asked_pauses() -> Iterator[list[float]]:
    """Let botocore's retries pause only in name; return all pauses they asked for."""
    asked: list[float] = []
    instant = SimpleNamespace(**{**vars(time), "sleep": asked.append})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "time", instant)
        yield asked


@pytest.fixture
def pauses(asked_pauses: list[float]) -> list[float]:
    """Return the pauses that botocore's retries ask for in this test."""
    asked_pauses.clear()
    return asked_pauses


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Put the objects of a test into a world; a test without this fixture has sync ones."""
    with use(getattr(request, "param", SYNC)) as world:
        yield world


@pytest.fixture
def no_earlier_clients() -> Iterator[None]:
    """Let the forked children of a test renew its own clients alone."""
    with forgetting_clients():
        yield


@pytest.fixture
def tries(record_property: Callable[[str, object], None]) -> Iterator[Counter[str]]:
    """Count the tries of each attack that a test makes, for the table at the end of a soak."""
    counts: Counter[str] = Counter()
    yield counts
    for attack, count in counts.items():
        record_property(PROPERTY, (attack, count))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of attacks at the end of a soak."""
    if SOAK:
        reports = [one for kind in terminalreporter.stats.values() for one in kind]
        terminalreporter.section("attacks")
        for line in table(one for one in reports if isinstance(one, pytest.TestReport)):
            terminalreporter.write_line(line)


@pytest.fixture
def canned() -> Canned:
    """Return a service without answers."""
    return Canned()


@pytest.fixture
def client(canned: Canned) -> VoiceID:
    """Return a client of ours whose requests ``canned`` answers."""
    return typed_client(canned)


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """Let all waits of the process go by a clock that needs no time."""
    fake = FakeClock()
    with clock_in_use(fake):
        yield fake


@pytest.fixture
def far_from_utc() -> Iterator[None]:
    """Let the machine be where clocks are half a day and half an hour away from UTC."""
    with machine_in("Far-11:30"):
        yield
