"""Runs on other processes and on a cluster, against a Local Voice ID that is served over HTTP."""

import importlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from types import ModuleType
from typing import Any

import pytest

from tests.support.attacks import size
from tests.support.pool_work import die, process_of
from tests.support.servers import serving
from voiceid_sdk import Domain, VoiceID, bulk
from voiceid_sdk.bulk import Report
from voiceid_sdk.errors import BulkError, ConfigurationError, ResourceNotFoundError
from voiceid_sdk.local import LocalVoiceID

pytestmark = pytest.mark.uncovered

IDS = [f"caller-{number}" for number in range(size(30, 240))]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with LocalVoiceID() as service, serving(service) as url:
        yield url


@pytest.fixture(autouse=True)
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide pytest from new processes, which import the program of their parent."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.fixture
def domain(url: str, monkeypatch: pytest.MonkeyPatch) -> Domain:
    # What each process finds in its environment, here as anywhere.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    return VoiceID(region_name="us-east-1", endpoint_url=url).create_domain(
        name="calls", kms_key_id="alias/key"
    )


def new_processes(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))


def check_the_work_of_a_whole_life(domain: Domain, executor: Executor) -> None:
    """Opt out, describe and delete speakers; stop in between and go on."""
    run = bulk.opt_out_speakers(domain, IDS, executor=executor, rate=None, workers=4)
    for outcome in run:
        assert outcome.unwrap().status == "OPTED_OUT"
        if outcome.index == 20:
            break
    report = Report.from_dict(run.report.to_dict())
    rest = bulk.opt_out_speakers(domain, IDS, executor=executor, rate=None, resume=report)
    assert all(outcome.ok for outcome in rest)
    assert list(rest.report.succeeded) == list(range(len(IDS)))
    speakers = domain.speakers(page_size=10)
    described = bulk.describe_speakers(domain, speakers, executor=executor, rate=None, order="input")
    assert [outcome.value for outcome in described] == speakers.all()
    deleted = bulk.delete_speakers(domain, [*IDS, "stranger"], executor=executor, rate=None)
    failed = [outcome for outcome in deleted if not outcome.ok]
    assert [outcome.item for outcome in failed] == ["stranger"]
    assert isinstance(failed[0].error, ResourceNotFoundError)
    assert failed[0].error.request_id is not None


# --- Processes ------------------------------------------------------------------------------------------


def test_a_pool_of_processes_does_the_work(domain: Domain) -> None:
    with new_processes(2) as executor:
        check_the_work_of_a_whole_life(domain, executor)
        pids = {outcome.value for outcome in bulk.run(process_of, range(20), executor=executor)}
    assert os.getpid() not in pids


def test_what_cannot_go_to_another_process_is_said_at_once_and_nothing_is_lost() -> None:
    with LocalVoiceID() as service, new_processes(1) as executor:
        run = bulk.opt_out_speakers(
            service.client().create_domain(name="calls", kms_key_id="alias/key"), IDS, executor=executor
        )
        with pytest.raises(ConfigurationError, match="over HTTP"):
            list(run)
    assert run.report.done == 0


def test_when_a_process_dies_each_item_has_an_outcome_or_is_not_done() -> None:
    with new_processes(1) as executor:
        run = bulk.run(die, range(30), executor=executor, workers=2)
        given: list[Any] = []
        with pytest.raises(BulkError, match=r"accepts no more calls \(BrokenProcessPool\)"):
            given.extend(run)
    assert 1 <= run.report.failures <= 4
    assert [failed.error for failed in run.report.failed] == ["BulkError"]
    assert not run.report.complete


# --- A cluster ------------------------------------------------------------------------------------------


def test_a_dask_cluster_does_the_work(domain: Domain) -> None:
    distributed: Any = importlib.import_module("distributed")  # slow, and without types
    # A worker in this process, which starts sooner; everything goes to it over TCP, as to another machine.
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=4,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=False,
    )
    with cluster, distributed.Client(cluster) as client:
        executor = client.get_executor()
        check_the_work_of_a_whole_life(domain, executor)
        assert client.submit(id, domain).result() != id(domain), "the worker has no copy of its own"
        handles = client.map(Domain.speaker, [domain] * 20, IDS[:20], pure=False)
        assert client.gather(handles) == [domain.speaker(speaker) for speaker in IDS[:20]]
