"""Pytest's set-up for the whole project: documents whose examples run, and proof of what is under test."""

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

# Tests import what they share by its place in the project. The project comes last on the path, so that an
# installed voiceid_sdk comes first.
sys.path.append(str(Path(__file__).parent))

import voiceid_sdk

pytest.register_assert_rewrite("tests")

PACKAGE = Path(voiceid_sdk.__file__).parent

# The same examples in every run, and no failure because a machine is busy. To look for new ones:
# pytest --hypothesis-profile explore
settings.register_profile(
    "full", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("full"), max_examples=10)
settings.register_profile("explore", settings.get_profile("full"), derandomize=False, max_examples=5_000)
settings.load_profile("full")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run insist on testing what users install, not the source tree."""
    parser.addoption(
        "--installed",
        action="store_true",
        help="refuse to run unless voiceid_sdk is imported from an installed wheel",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse the wrong package; xdist's workers come here, too."""
    if config.getoption("--installed") and PACKAGE.parent == config.rootpath:
        raise pytest.UsageError(f"--installed was asked for, but voiceid_sdk is the source tree: {PACKAGE}")


def pytest_report_header() -> str:
    """Say in every run what is under test."""
    return f"voiceid_sdk: {PACKAGE}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the examples of a document back in order: each builds on those before it."""
    examples = [item for item in items if isinstance(item, SybilItem)]
    examples.sort(key=lambda item: (item.path, item.example.line))
    items[:] = [*(item for item in items if not isinstance(item, SybilItem)), *examples]


def _enter_document(namespace: dict[str, Any]) -> None:
    """Give a document a fresh Local Voice ID, as ``service``, and a client on it, as ``voiceid``.

    Its examples run in an empty folder, which stands for S3 as well, and see no AWS settings of the machine.
    """
    from voiceid_sdk.local import LocalVoiceID

    leave = namespace["_leave_document"] = ExitStack()
    folder = leave.enter_context(tempfile.TemporaryDirectory())
    leave.callback(os.chdir, Path.cwd())
    os.chdir(folder)
    settings = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    leave.enter_context(mock.patch.dict(os.environ, settings, clear=True))
    service = leave.enter_context(LocalVoiceID(s3_root=folder))
    namespace["service"] = service
    namespace["voiceid"] = leave.enter_context(service.client())


def _leave_document(namespace: dict[str, Any]) -> None:
    namespace["_leave_document"].close()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    setup=_enter_document,
    teardown=_leave_document,
).pytest()
