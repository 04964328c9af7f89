"""Each async class has the public methods of its sync twin, with the same arguments but ``cancel``."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import voiceid_sdk
from voiceid_sdk import aio, paging, runs
from voiceid_sdk.aio import runs as async_runs

TOOL = Path(__file__).parents[2] / "tools" / "make_async.py"

PAIRS: list[tuple[type[Any], type[Any]]] = [
    *(
        (
            getattr(voiceid_sdk, name.removeprefix("Async"), None) or getattr(paging, name[5:]),
            getattr(aio, name),
        )
        for name in aio.__all__
    ),
    (runs.BatchEnrollment, async_runs.AsyncBatchEnrollment),
    (runs.BatchRegistration, async_runs.AsyncBatchRegistration),
]
pairs = pytest.mark.parametrize(("sync", "twin"), PAIRS, ids=lambda one: one.__name__)

SPECIAL = {
    "__iter__": "__aiter__",
    "__next__": "__anext__",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
}


def methods(owner: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the public methods of a class, and those that loops and contexts use."""
    for name, value in inspect.getmembers(owner):
        is_public = not name.startswith("_") or name in {*SPECIAL, *SPECIAL.values()}
        if is_public and (inspect.isfunction(value) or isinstance(value, property)):
            yield name, value


@pairs
def test_a_twin_has_the_same_methods(sync: type[Any], twin: type[Any]) -> None:
    expected = {SPECIAL.get(name, name) for name, _ in methods(sync)}
    assert {name for name, _ in methods(twin)} == expected


@pairs
def test_a_method_takes_the_same_arguments_but_cancel(sync: type[Any], twin: type[Any]) -> None:
    for name, function in methods(sync):
        if inspect.isfunction(function):
            parameters = list(inspect.signature(function).parameters.values())
            expected = [(one.name, one.kind, one.default) for one in parameters if one.name != "cancel"]
            found = inspect.signature(getattr(twin, SPECIAL.get(name, name))).parameters.values()
            assert [(one.name, one.kind, one.default) for one in found] == expected


@pairs
def test_no_method_waits_without_await(sync: type[Any], twin: type[Any]) -> None:
    calls = [name for name, value in methods(twin) if "Calls " in (inspect.getdoc(value) or "")]
    lazy = [name for name in calls if "as it is iterated" in (inspect.getdoc(getattr(twin, name)) or "")]
    blocking = [name for name in calls if not inspect.iscoroutinefunction(getattr(twin, name))]
    assert blocking == lazy


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TOOL.parent)
    return importlib.import_module(TOOL.stem)


@pytest.mark.skipif(not TOOL.exists(), reason="only the repository has the folder tools/")
def test_the_tool_uses_every_entry_of_its_tables_and_names_those_that_change_nothing(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = {
        "NAMES": {"NoSuchClass": "AsyncNoSuchClass"},
        "CALLS": {"no_such_call(": "await no_such_call("},
        "TEXTS": {"no such text": "another text"},
        "RECEIVERS": {"no_such_attribute": "Connection"},
    }
    for table, entry in added.items():
        monkeypatch.setattr(tool, table, {**getattr(tool, table), **entry})
    program = tool.Program()
    for module in program.modules:
        program.twin(module)
    assert sorted(program.unused()) == sorted(name for entry in added.values() for name in entry)
