"""``mock_voice_id`` and ``instant_waits`` as decorators of functions of every kind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import boto3
import pytest

from voiceid_sdk.local import mock_voice_id
from voiceid_sdk.testing import WaitClock, instant_waits
from voiceid_sdk.waiting import process_clock


def is_mocked() -> bool:
    boto3_module: Any = boto3
    client = boto3_module.client("voice-id", region_name="us-east-1")
    return bool(client.list_domains()["DomainSummaries"] == [])


def is_instant() -> bool:
    return isinstance(process_clock(), WaitClock)


CASES = pytest.mark.parametrize(
    ("decorate", "is_active"),
    [(mock_voice_id, is_mocked), (instant_waits, is_instant)],
    ids=["mock", "waits"],
)


@CASES
def test_a_function_runs_in_the_context(decorate: Any, is_active: Callable[[], bool]) -> None:
    assert decorate()(is_active)()
    assert not is_instant()


@CASES
def test_the_body_of_an_async_function_runs_in_the_context(
    decorate: Any, is_active: Callable[[], bool]
) -> None:
    async def body() -> bool:
        await asyncio.sleep(0)
        return is_active()

    assert asyncio.run(decorate()(body)())


@CASES
def test_the_body_of_a_generator_runs_in_the_context(decorate: Any, is_active: Callable[[], bool]) -> None:
    def body() -> Iterator[bool]:
        yield is_active()
        yield is_active()

    assert list(decorate()(body)()) == [True, True]
    assert not is_instant()


@CASES
def test_the_body_of_an_async_generator_runs_in_the_context(
    decorate: Any, is_active: Callable[[], bool]
) -> None:
    async def body() -> AsyncIterator[bool]:
        yield is_active()
        await asyncio.sleep(0)
        yield is_active()

    async def collect() -> list[bool]:
        return [found async for found in decorate()(body)()]

    assert asyncio.run(collect()) == [True, True]


@CASES
def test_a_class_is_refused(decorate: Any, is_active: Callable[[], bool]) -> None:
    with pytest.raises(TypeError, match="decorates functions"):
        decorate()(type("Tests", (), {"active": is_active}))


def test_each_call_has_a_clock_of_its_own() -> None:
    clocks: list[object] = []

    def remember() -> None:
        clocks.append(process_clock())

    remember = instant_waits()(remember)
    remember()
    remember()
    assert clocks[0] is not clocks[1]
