"""Calls of the async client: threads, cancellation, several loops, forks, and the end of the client."""

import contextvars
import gc
import logging
import multiprocessing
import os
import pickle
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.support.canned_responses import (
    DOMAIN_ID,
    Canned,
    async_client,
    failure,
    raw_client,
    success,
    typical,
)
from tests.support.gates import Gate
from tests.support.worlds import LOOPS, PATIENCE, World
from voiceid_sdk import WaitPolicy, errors
from voiceid_sdk.aio import AsyncSpeaker, AsyncVoiceID
from voiceid_sdk.aio._threads import MAX_THREADS
from voiceid_sdk.local import LocalVoiceID, ManualClock, mock_voice_id
from voiceid_sdk.testing import instant_waits

pytestmark = pytest.mark.parametrize("world", LOOPS, ids=lambda world: world.name)

CANARY = "canary-customer"


@pytest.fixture
def gate(canned: Canned) -> Iterator[Gate]:
    canned.default = gate = Gate()
    yield gate
    gate.opened.set()


def speaker(client: AsyncVoiceID) -> AsyncSpeaker:
    return client.domain(DOMAIN_ID).speaker(CANARY)


def pool_of(client: AsyncVoiceID) -> ThreadPoolExecutor:
    pool = client._connection.threads._pool
    assert pool is not None
    return pool


def wait_for_threads(client: AsyncVoiceID) -> None:
    """Wait until the threads of a client have ended, those of cancelled calls among them."""
    pool_of(client).shutdown()


# --- Cancellation ---------------------------------------------------------------------------------------


def test_a_cancelled_call_returns_while_its_request_is_under_way(
    world: World, canned: Canned, gate: Gate
) -> None:
    async def main() -> None:
        await world.cancelled(speaker(async_client(canned)).describe, gate.first_came)
        assert gate.inside == 1

    world.run(main)


def test_a_cancelled_call_sends_no_further_attempt(world: World, canned: Canned, gate: Gate) -> None:
    refused = canned.default = Gate(lambda _: failure("ThrottlingException"))
    client = async_client(canned, max_attempts=3)
    world.run(partial(world.cancelled, speaker(client).describe, refused.first_came))
    refused.opened.set()
    wait_for_threads(client)
    assert len(canned.sent) == 1


def test_a_call_that_waits_for_a_thread_is_never_sent_after_cancellation(
    world: World, canned: Canned, gate: Gate
) -> None:
    describe = speaker(async_client(canned)).describe
    gate.full_at(MAX_THREADS)

    async def cancel_one_more() -> None:
        await world.until(gate.full)
        await world.cancelled(describe, gate.full)
        gate.opened.set()

    world.run(world.together, *[describe] * MAX_THREADS, cancel_one_more)
    assert len(canned.sent) == MAX_THREADS


def test_no_more_threads_than_the_limit_send_at_a_time(world: World, canned: Canned, gate: Gate) -> None:
    client = async_client(canned)
    describe = speaker(client).describe
    gate.full_at(MAX_THREADS)

    async def cancel_some_then_open() -> None:
        await world.until(gate.full)
        # The threads of calls that were cancelled are in use until their requests have ended.
        for _ in range(3):
            await world.cancelled(describe, gate.full)
        gate.opened.set()

    world.run(world.together, *[describe] * (MAX_THREADS * 2), cancel_some_then_open)
    assert gate.most_inside == MAX_THREADS
    assert len(pool_of(client)._threads) == MAX_THREADS


def test_a_cancelled_create_is_sent_once_and_can_be_repeated_with_its_token(
    world: World, canned: Canned, gate: Gate
) -> None:
    client = async_client(canned)
    create = partial(client.create_domain, name="calls", kms_key_id="alias/a", client_token="token-1")
    world.run(world.cancelled, create, gate.first_came)
    gate.opened.set()
    world.run(create)
    assert [sent.body["ClientToken"] for sent in canned.sent] == ["token-1", "token-1"]


def test_a_call_that_was_cancelled_may_end_after_its_loop(
    world: World, canned: Canned, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    client = async_client(canned)
    world.run(world.cancelled, speaker(client).describe, gate.first_came)
    gate.opened.set()
    wait_for_threads(client)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_deadline_cancels_a_call(world: World, canned: Canned, gate: Gate) -> None:
    describe = speaker(async_client(canned)).describe

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await world.with_timeout(0.01, describe)

    world.run(main)
    assert not gate.opened.is_set()


# --- Event loops, contexts and processes ----------------------------------------------------------------


def test_one_client_works_in_one_loop_after_another(world: World, canned: Canned) -> None:
    canned.default = typical
    describe = speaker(async_client(canned)).describe
    assert world.run(describe) == world.run(describe)


def test_one_client_works_in_several_loops_at_the_same_time(world: World, canned: Canned, gate: Gate) -> None:
    describe = speaker(async_client(canned)).describe
    gate.full_at(len(LOOPS))
    threads = [threading.Thread(target=other.run, args=(describe,)) for other in LOOPS]
    for thread in threads:
        thread.start()
    assert gate.full.wait(PATIENCE)
    gate.opened.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(canned.sent) == len(LOOPS)


def test_handlers_of_botocore_see_the_context_of_the_caller(world: World, canned: Canned) -> None:
    canned.default = typical
    request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id")
    client = async_client(canned)
    seen: list[str] = []
    events: Any = client.boto3_client
    events.meta.events.register("before-send.voice-id", lambda **_: seen.append(request_id.get()))

    async def main() -> None:
        request_id.set("request-1")
        await speaker(client).describe()

    world.run(main)
    assert seen == ["request-1"]


def _describe_in_child(world: World, describe: Any, results: Any) -> None:
    results.put(world.run(describe).status)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("no_earlier_clients")
def test_a_client_works_after_fork(world: World, canned: Canned) -> None:
    canned.default = typical
    describe = speaker(async_client(canned)).describe
    parents = world.run(describe)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_describe_in_child, args=(world, describe, results))
    child.start()
    assert results.get(timeout=PATIENCE) == parents.status
    child.join(PATIENCE)
    assert child.exitcode == 0


def test_handles_pickle_with_the_settings_of_their_client(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    handle = speaker(AsyncVoiceID(region_name="eu-west-2"))
    found = pickle.loads(pickle.dumps(handle))
    assert found == handle
    assert found._connection.threads is pickle.loads(pickle.dumps(handle))._connection.threads


def test_a_handle_on_a_client_of_the_caller_does_not_pickle(world: World, canned: Canned) -> None:
    handle = speaker(AsyncVoiceID(client=raw_client(canned)))
    with pytest.raises(errors.ConfigurationError, match="you brought its client"):
        pickle.dumps(handle)


# --- The end of a client --------------------------------------------------------------------------------


def test_a_closed_client_says_so(world: World, canned: Canned) -> None:
    async def main() -> None:
        async with async_client(canned) as client:
            pass
        with pytest.raises(errors.ConfigurationError, match="closed"):
            await speaker(client).describe()

    world.run(main)


def test_close_does_not_wait_for_cancelled_calls(world: World, canned: Canned, gate: Gate) -> None:
    async def main() -> None:
        async with async_client(canned) as client:
            await world.cancelled(speaker(client).describe, gate.first_came)
        assert gate.inside == 1

    world.run(main)


def test_calls_without_a_thread_end_with_an_error_when_the_client_closes(
    world: World, canned: Canned, gate: Gate
) -> None:
    client = async_client(canned)
    gate.full_at(MAX_THREADS)
    ended: list[str] = []

    async def describe() -> None:
        try:
            await speaker(client).describe()
            ended.append("sent")
        except errors.ConfigurationError:
            ended.append("closed")

    async def close() -> None:
        await world.until(gate.full)
        await client.close()
        gate.opened.set()

    world.run(world.together, *[describe] * (MAX_THREADS + 2), close)
    assert sorted(ended) == ["closed"] * 2 + ["sent"] * MAX_THREADS


def test_the_threads_of_a_client_that_is_dropped_end(world: World, canned: Canned) -> None:
    canned.default = typical
    client = async_client(canned)
    world.run(speaker(client).describe)
    (thread,) = pool_of(client)._threads
    del client
    gc.collect()
    thread.join(PATIENCE)
    assert not thread.is_alive()


# --- Errors ---------------------------------------------------------------------------------------------


def test_errors_are_those_of_the_sync_client_and_show_no_caller(world: World, canned: Canned) -> None:
    canned.default = failure("ResourceNotFoundException", f"no {CANARY}", ResourceType="SPEAKER")
    with pytest.raises(errors.ResourceNotFoundError) as caught:
        world.run(speaker(async_client(canned)).describe)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_request_that_breaks_a_rule_needs_no_thread(world: World, canned: Canned) -> None:
    client = async_client(canned)
    with pytest.raises(errors.RequestValidationError):
        world.run(client.domain("not an id").describe)
    assert client._connection.threads._pool is None


def test_raw_calls_return_the_dictionary_of_boto3(world: World, canned: Canned) -> None:
    canned.default = success(Tags=[{"Key": "a", "Value": "b"}])
    client = async_client(canned)
    arn = "arn:aws:voiceid:us-west-2:111122223333:domain/Abcdefghijklmnopqrst01"
    found = world.run(partial(client.call, "ListTagsForResource", ResourceArn=arn))
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]


# --- Waits ----------------------------------------------------------------------------------------------

SOON = WaitPolicy(timeout=60, initial=5, maximum=5, multiplier=1, jitter=0)


def test_waits_pause_without_a_thread_and_poll_a_few_at_a_time(world: World, canned: Canned) -> None:
    canned.default = Gate(lambda _: success(Speaker={"CustomerSpeakerId": CANARY, "Status": "PENDING"}))
    canned.default.opened.set()
    client = async_client(canned)

    async def wait() -> None:
        with pytest.raises(errors.WaitTimeoutError):
            await speaker(client).wait_until("ENROLLED", SOON)

    with instant_waits():
        world.run(world.together, *[wait] * 40)
    assert canned.default.most_inside <= MAX_THREADS // 2


def test_a_coroutine_function_may_show_the_progress_of_a_wait(world: World, canned: Canned) -> None:
    canned.default = typical
    seen: list[object] = []

    async def show(info: object) -> None:
        seen.append(info)

    handle = async_client(canned).domain(DOMAIN_ID)
    info = world.run(partial(handle.wait_until_active, on_progress=show))
    assert seen == [info]


def test_a_cancelled_wait_gives_its_slot_back(world: World, canned: Canned, gate: Gate) -> None:
    client = async_client(canned)
    for _ in range(MAX_THREADS):
        gate.first_came.clear()
        world.run(world.cancelled, partial(speaker(client).wait_until, "ENROLLED"), gate.first_came)
    gate.opened.set()
    canned.default = typical
    assert world.run(speaker(client).wait_until, "ENROLLED").status == "ENROLLED"


def test_local_voice_id_is_an_async_context_manager(world: World) -> None:
    async def main() -> None:
        async with LocalVoiceID(clock=ManualClock()) as service, service.async_client() as voiceid:
            domain = await voiceid.create_domain(name="calls", kms_key_id="alias/a")
            assert [info async for info in voiceid.domains()] == [await domain.describe()]

    world.run(main)


def test_mock_voice_id_decorates_coroutine_functions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")

    @mock_voice_id()
    async def main() -> int:
        async with AsyncVoiceID(region_name="us-east-1") as voiceid:
            await voiceid.create_domain(name="calls", kms_key_id="alias/a")
            return len(await voiceid.domains().all())

    assert (world.run(main), world.run(main)) == (1, 1), "each call has a service of its own"
