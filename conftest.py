"""Pytest's configuration: examples in documents, and the option that requires an installed package."""

import gc
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

# Tests import `tests.support` and `benchmarks` from the project. Its folder is last on the path, so that an
# installed voiceid_sdk comes first.
sys.path.append(str(Path(__file__).parent))

# numpy's threads wait for one another in loops, which costs more than the small arrays of tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import voiceid_sdk
from voiceid_sdk import VoiceID
from voiceid_sdk.local import LocalVoiceID

pytest.register_assert_rewrite("tests")

# By its own thresholds, Python would spend a twentieth of the time of the tests on garbage, and more of their
# collection: clients and tests are many objects.
gc.set_threshold(5_000, 20, 10)

PACKAGE = Path(voiceid_sdk.__file__).parent

# Every run uses the same few examples, and a busy machine causes no failure. The soak searches for new ones,
# and for longer: pytest --hypothesis-profile explore
settings.register_profile(
    "full", max_examples=10, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("full"), max_examples=5)
settings.register_profile("soak", settings.get_profile("full"), derandomize=False, max_examples=500)
settings.register_profile("explore", settings.get_profile("full"), derandomize=False, max_examples=5_000)
settings.load_profile("full")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option that requires an installed package, and one that limits the cases of a test."""
    parser.addoption(
        "--installed",
        action="store_true",
        help="run only if voiceid_sdk is imported from an installed wheel",
    )
    parser.addoption(
        "--cases", type=int, help="run at most this many cases of a parametrized test, evenly spread"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reject the source tree with ``--installed``; let pytest-randomly shuffle the tests only.

    Tests that need random values have generators of their own. To seed the global ones before each part of
    each test would take a fifth of the time of pytest itself.
    """
    if hasattr(config.option, "randomly_reset_seed"):
        config.option.randomly_reset_seed = False
    if config.getoption("--installed") and PACKAGE.parent == config.rootpath:
        raise pytest.UsageError(
            f"--installed requires an installed package, but this is the source tree: {PACKAGE}"
        )


def pytest_report_header() -> str:
    """Print the tested package in the header of every run."""
    return f"voiceid_sdk: {PACKAGE}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Limit the cases; restore the order of a document's examples, as each depends on those before it."""
    most: int | None = config.getoption("--cases")
    if most:
        kept = _some_cases(items, most)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]
    examples = [item for item in items if isinstance(item, SybilItem)]
    examples.sort(key=lambda item: (item.path, item.example.line))
    items[:] = [*(item for item in items if not isinstance(item, SybilItem)), *examples]


def _some_cases(items: list[pytest.Item], most: int) -> set[pytest.Item]:
    """Return at most ``most`` cases of each test. Every run has the same ones."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in sorted(items, key=lambda item: item.nodeid):
        tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return {cases[position * len(cases) // most] for cases in tests.values() for position in range(most)}


def pytest_collection_finish() -> None:
    """Leave the modules and the thousands of tests out of every later garbage collection."""
    gc.collect()
    gc.freeze()


def _enter_document(namespace: dict[str, Any]) -> None:
    """Run the examples of a document in an empty folder, without the machine's AWS settings."""
    leave = namespace["_leave_document"] = ExitStack()
    folder = leave.enter_context(tempfile.TemporaryDirectory())
    leave.callback(os.chdir, Path.cwd())
    os.chdir(folder)
    settings = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    leave.enter_context(mock.patch.dict(os.environ, settings, clear=True))


def _leave_document(namespace: dict[str, Any]) -> None:
    """Close the clients and services of a document, because its visible code leaves them open."""
    for opened in (VoiceID, LocalVoiceID):
        for value in namespace.values():
            if isinstance(value, opened):
                value.close()
    namespace["_leave_document"].close()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    setup=_enter_document,
    teardown=_leave_document,
).pytest()
