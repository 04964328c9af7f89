"""The registry of what a forked child renews."""

import gc
import os
import sys
from collections.abc import Callable

import pytest

from voiceid_sdk import _forks
from voiceid_sdk._forks import after_fork_in_child

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")


@pytest.fixture(autouse=True)
def _own_registry(no_earlier_clients: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_forks, "_callbacks", dict(_forks._callbacks))


def in_child(work: Callable[[], bool]) -> bool:
    """Return what a function returns in a forked child."""
    child = os.fork()
    if child == 0:
        succeeded = False
        try:
            succeeded = work()
        finally:
            os._exit(0 if succeeded else 1)
    return os.waitpid(child, 0)[1] == 0


class Resource:
    def __init__(self, calls: list[str], name: str) -> None:
        self.calls = calls
        self.name = name
        after_fork_in_child(self.renew)

    def renew(self) -> None:
        self.calls.append(self.name)


def test_callbacks_run_in_the_child_in_the_order_of_their_registration_and_not_in_the_parent() -> None:
    calls: list[str] = []
    resources = [Resource(calls, "first"), Resource(calls, "second")]
    after_fork_in_child(lambda: calls.append("function"))
    assert in_child(lambda: calls == ["first", "second", "function"])
    assert not calls
    del resources


def test_a_method_is_forgotten_with_its_object() -> None:
    calls: list[str] = []
    before = len(_forks._callbacks)
    resource = Resource(calls, "gone")
    del resource
    gc.collect()
    assert len(_forks._callbacks) == before
    assert in_child(lambda: not calls)


def test_the_callbacks_after_a_failing_one_still_run(capfd: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []
    resources = [Resource(calls, "first")]
    after_fork_in_child(lambda: sys.exit("fails"))
    resources.append(Resource(calls, "last"))
    assert in_child(lambda: calls == ["first", "last"])
    capfd.readouterr()


def test_a_child_of_a_child_runs_them_as_well() -> None:
    calls: list[str] = []
    resource = Resource(calls, "renewed")
    assert in_child(lambda: in_child(lambda: calls == ["renewed", "renewed"]))
    del resource
