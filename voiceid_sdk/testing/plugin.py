"""Pytest fixtures for code that uses Voice ID; pytest loads them automatically.

- ``voiceid``: a ``VoiceID`` on a new Local Voice ID for each test.
- ``async_voiceid``: an ``AsyncVoiceID`` on the same, for tests that pytest-asyncio, anyio or pytest-trio run.
- ``voiceid_domain``: a new ``Domain`` of ``voiceid``; ``async_voiceid_domain`` is the same for async tests.
- ``voiceid_local``: that ``LocalVoiceID``, empty, with repeatable ids.
- ``voiceid_clock``: its ``ManualClock``. Waits of its clients advance it instead of sleeping, and retries do
  not pause.
- ``voiceid_s3_root``: the folder that stands in for S3: ``s3://bucket/key`` is its file ``bucket/key``.
- ``voiceid_stub``: a ``VoiceIDStub``, whose expectations are verified when the test ends.

The report of a failed comparison shows data and handles by their ``repr``, without the sensitive values.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import attrs

    from voiceid_sdk.aio.client import AsyncVoiceID
    from voiceid_sdk.aio.domain import AsyncDomain
    from voiceid_sdk.client import VoiceID
    from voiceid_sdk.domain import Domain
    from voiceid_sdk.local import LocalVoiceID, ManualClock
    from voiceid_sdk.testing.stub import VoiceIDStub

# The imports are in the fixtures, because pytest loads this module in every run, even if no test uses them.


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain a failed comparison of data or handles by their ``repr`` and the names of differing fields.

    Without this, pytest shows the values of the differing fields themselves, also of the sensitive ones.
    """
    if not (_is_data(left) or _is_data(right)):
        return None
    lines = [f"{left!r} {op} {right!r}"]
    if op == "==" and type(left) is type(right):
        fields: tuple[attrs.Attribute[object], ...] = getattr(type(left), "__attrs_attrs__", ())
        names = [
            field.name
            for field in fields
            if field.eq and getattr(left, field.name) != getattr(right, field.name)
        ]
        if names:
            lines.append(f"Fields that differ: {', '.join(names)}")
    return lines


def _is_data(value: object) -> bool:
    """Return whether a value is data or a handle of this package; its enumerations are plain strings."""
    return type(value).__module__.split(".")[0] == "voiceid_sdk" and not isinstance(value, str)


@pytest.fixture
def voiceid_clock() -> "ManualClock":
    """Return the clock of ``voiceid_local``; it stays at 2026-01-01 until a test or a wait advances it."""
    from voiceid_sdk.local import ManualClock

    return ManualClock()


@pytest.fixture
def voiceid_s3_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that stands in for S3 in ``voiceid_local``."""
    return tmp_path_factory.mktemp("s3")


@pytest.fixture
def voiceid_local(voiceid_clock: "ManualClock", voiceid_s3_root: Path) -> "Iterator[LocalVoiceID]":
    """Give a new LocalVoiceID, in memory, with a manual clock and repeatable ids."""
    from voiceid_sdk.local import LocalVoiceID

    with LocalVoiceID(s3_root=voiceid_s3_root, clock=voiceid_clock, seed=0) as service:
        yield service


@pytest.fixture
def voiceid(voiceid_local: "LocalVoiceID") -> "Iterator[VoiceID]":
    """Give a client of ``voiceid_local``; its waits advance the clock instead of sleeping."""
    with voiceid_local.client() as client:
        yield client


@pytest.fixture
def async_voiceid(voiceid_local: "LocalVoiceID") -> "AsyncVoiceID":
    """Return an async client of ``voiceid_local``; its waits advance the clock instead of sleeping."""
    # The fixture itself is not asynchronous, so it works with every plugin for async tests.
    return voiceid_local.async_client()


@pytest.fixture
def voiceid_domain(voiceid: "VoiceID") -> "Domain":
    """Return a new domain of ``voiceid``, called "test"."""
    return voiceid.create_domain(name="test", kms_key_id="alias/test")


@pytest.fixture
def async_voiceid_domain(async_voiceid: "AsyncVoiceID", voiceid_domain: "Domain") -> "AsyncDomain":
    """Return an async handle on the domain of ``voiceid_domain``."""
    return async_voiceid.domain(voiceid_domain.domain_id)


@pytest.fixture
def voiceid_stub() -> "Iterator[VoiceIDStub]":
    """Give a VoiceIDStub, and verify its expectations when the test ends."""
    from voiceid_sdk.testing.stub import VoiceIDStub

    with VoiceIDStub() as stub:
        yield stub
