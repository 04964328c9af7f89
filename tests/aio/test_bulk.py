"""Async runs: the schedule of sync runs with tasks, cancellation, and sources that are asynchronous."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.support.canned_responses import (
    DOMAIN_ID,
    FRAUDSTER_ID,
    WATCHLIST_ID,
    Answer,
    Canned,
    Sent,
    async_client,
    failure,
    success,
    typed_client,
    typical,
)
from tests.support.gates import Gate
from tests.support.worlds import LOOPS, World
from voiceid_sdk import AsyncDomain, bulk, errors
from voiceid_sdk.aio._threads import MAX_THREADS
from voiceid_sdk.bulk import AsyncRun, Outcome, Report
from voiceid_sdk.progress import Progress
from voiceid_sdk.testing import instant_waits

pytestmark = [
    pytest.mark.parametrize("world", LOOPS, ids=lambda world: world.name),
    pytest.mark.usefixtures("clock"),
]

IDS = [f"caller-{number}" for number in range(20)]


@pytest.fixture
def domain(canned: Canned) -> AsyncDomain:
    canned.default = echo
    return async_client(canned).domain(DOMAIN_ID)


@pytest.fixture
def gate(canned: Canned) -> Iterator[Gate]:
    gate = Gate(echo)
    yield gate
    gate.opened.set()


def echo(sent: Sent) -> Answer:
    return success(Speaker={"CustomerSpeakerId": sent.body["SpeakerId"]})


def sent_ids(canned: Canned) -> list[str]:
    return [sent.body["SpeakerId"] for sent in canned.sent]


async def outcomes_of(run: AsyncRun[Any, Any]) -> list[Outcome[Any, Any]]:
    return [outcome async for outcome in run]


async def items_of(run: AsyncRun[Any, Any], seen: list[object]) -> None:
    """Add the item of each outcome to a list, as it comes."""
    async for outcome in run:
        seen.append(outcome.item)  # noqa: PERF401 - the list must not wait for the end


# --- Outcomes -------------------------------------------------------------------------------------------


def test_each_item_has_one_outcome(world: World, domain: AsyncDomain) -> None:
    outcomes = world.run(outcomes_of, bulk.describe_speakers(domain, IDS))
    found = {outcome.item: outcome.unwrap().customer_speaker_id for outcome in outcomes}
    assert len(outcomes) == len(IDS)
    assert found == {caller: caller for caller in IDS}


def test_outcomes_come_in_the_order_of_the_items_where_that_is_asked_for(
    world: World, domain: AsyncDomain
) -> None:
    outcomes = world.run(outcomes_of, bulk.describe_speakers(domain, IDS, order="input"))
    assert [outcome.item for outcome in outcomes] == IDS


@pytest.mark.parametrize(
    ("use", "operation"),
    [
        (lambda domain: bulk.opt_out_speakers(domain, ["a"]), "OptOutSpeaker"),
        (lambda domain: bulk.delete_speakers(domain, ["a"]), "DeleteSpeaker"),
        (lambda domain: bulk.describe_fraudsters(domain, [FRAUDSTER_ID]), "DescribeFraudster"),
        (lambda domain: bulk.delete_fraudsters(domain, [FRAUDSTER_ID]), "DeleteFraudster"),
        (
            lambda domain: bulk.associate_fraudsters(domain.watchlist(WATCHLIST_ID), [FRAUDSTER_ID]),
            "AssociateFraudster",
        ),
        (
            lambda domain: bulk.disassociate_fraudsters(domain.watchlist(WATCHLIST_ID), [FRAUDSTER_ID]),
            "DisassociateFraudster",
        ),
        (lambda domain: bulk.evaluate_sessions(domain, ["call-1"]), "EvaluateSession"),
    ],
)
def test_every_function_takes_async_handles(
    world: World,
    use: Callable[[AsyncDomain], AsyncRun[Any, Any]],
    operation: str,
    domain: AsyncDomain,
    canned: Canned,
) -> None:
    canned.default = typical
    (outcome,) = world.run(outcomes_of, use(domain))
    assert outcome.ok
    assert [sent.operation for sent in canned.sent] == [operation]


def test_domains_are_tagged_through_an_async_client(world: World, canned: Canned) -> None:
    canned.default = typical
    (outcome,) = world.run(
        outcomes_of, bulk.tag_domains(async_client(canned), [DOMAIN_ID], {"team": "fraud"})
    )
    assert outcome.ok
    assert [sent.operation for sent in canned.sent] == ["DescribeDomain", "TagResource"]


def test_a_coroutine_function_makes_an_async_run(world: World, domain: AsyncDomain) -> None:
    async def status(caller: str) -> str | None:
        return (await domain.speaker(caller).describe()).customer_speaker_id

    outcomes = world.run(outcomes_of, bulk.run(status, IDS, operation="DescribeSpeaker"))
    assert sorted(outcome.unwrap() for outcome in outcomes) == sorted(IDS)


class Enrollment:
    """An object that is called like an ``async def`` function."""

    async def __call__(self, prefix: str, caller: str) -> str:
        return prefix + caller


def test_an_object_with_an_async_call_makes_an_async_run(world: World) -> None:
    run = bulk.run(partial(Enrollment(), "no. "), ["7"])
    assert isinstance(run, AsyncRun)
    (outcome,) = world.run(outcomes_of, run)
    assert outcome.unwrap() == "no. 7"


def test_an_error_of_one_item_leaves_the_others_alone(
    world: World, domain: AsyncDomain, canned: Canned
) -> None:
    canned.answer(failure("ResourceNotFoundException", ResourceType="SPEAKER"))
    outcomes = world.run(outcomes_of, bulk.describe_speakers(domain, IDS))
    (failed,) = (outcome for outcome in outcomes if not outcome.ok)
    assert isinstance(failed.error, errors.ResourceNotFoundError)
    assert len(outcomes) == len(IDS)


def test_an_error_of_the_function_says_where_it_was_raised(world: World) -> None:
    async def fail(_: str) -> None:
        raise LookupError("canary")

    (outcome,) = world.run(outcomes_of, bulk.run(fail, ["a"]))
    assert "raised LookupError" in str(outcome.error)
    assert "canary" not in str(outcome.error)


def test_no_more_calls_than_workers_go_on_at_a_time(
    world: World, domain: AsyncDomain, canned: Canned, gate: Gate
) -> None:
    canned.default = gate
    gate.full_at(3)

    async def open_gate() -> None:
        await world.until(gate.full)
        gate.opened.set()

    run = bulk.describe_speakers(domain, IDS, workers=3, rate=None)
    world.run(world.together, partial(outcomes_of, run), open_gate)
    assert gate.most_inside == 3


# --- Pacing ---------------------------------------------------------------------------------------------


def test_calls_keep_to_the_rate(world: World, domain: AsyncDomain) -> None:
    with instant_waits() as clock:
        world.run(outcomes_of, bulk.describe_speakers(domain, IDS, rate=2))
    assert clock.slept == pytest.approx((len(IDS) - 1) / 2)


def test_throttled_items_are_tried_again_after_a_pause(world: World, canned: Canned) -> None:
    canned.default = echo
    canned.answer(failure("ThrottlingException"))
    client = async_client(canned, max_attempts=1)
    with instant_waits() as clock:
        outcomes = world.run(outcomes_of, bulk.describe_speakers(client.domain(DOMAIN_ID), ["a"], rate=None))
    assert [outcome.ok for outcome in outcomes] == [True]
    assert clock.slept >= 1
    assert len(canned.sent) == 2


# --- Sources --------------------------------------------------------------------------------------------


async def callers(*raised: Exception) -> AsyncIterator[str]:
    for caller in IDS:
        yield caller
    for error in raised:
        raise error


def test_a_source_may_be_asynchronous(world: World, domain: AsyncDomain) -> None:
    outcomes = world.run(outcomes_of, bulk.describe_speakers(domain, callers()))
    assert sorted(outcome.item for outcome in outcomes) == sorted(IDS)


def test_a_list_of_the_service_is_a_source(world: World, domain: AsyncDomain, canned: Canned) -> None:
    speakers = [{"GeneratedSpeakerId": f"id#Abcdefghijklmnopqrst0{number}"} for number in range(4)]
    pages = {
        None: success(SpeakerSummaries=speakers[:2], NextToken="next"),
        "next": success(SpeakerSummaries=speakers[2:]),
    }
    canned.default = lambda sent: (
        pages[sent.body.get("NextToken")] if sent.operation == "ListSpeakers" else typical(sent)
    )
    outcomes = world.run(outcomes_of, bulk.opt_out_speakers(domain, domain.speakers()))
    assert sorted(outcome.item.generated_speaker_id for outcome in outcomes) == sorted(
        speaker["GeneratedSpeakerId"] for speaker in speakers
    )


def test_an_error_of_the_source_ends_the_loop_after_the_outcomes(world: World, domain: AsyncDomain) -> None:
    run = bulk.describe_speakers(domain, callers(LookupError("no more")))
    seen: list[object] = []

    with pytest.raises(LookupError):
        world.run(items_of, run, seen)
    assert sorted(map(str, seen)) == sorted(IDS)


# --- Leaving and cancelling -----------------------------------------------------------------------------


def test_a_loop_that_is_left_sends_nothing_more_and_another_continues(
    world: World, domain: AsyncDomain, canned: Canned
) -> None:
    run = bulk.describe_speakers(domain, IDS, workers=2)
    seen: list[object] = []

    async def main() -> None:
        async for outcome in run:
            seen.append(outcome.item)
            if len(seen) == 5:
                break
        await run.close()
        assert len(canned.sent) <= 5 + 2
        assert not run.report.complete
        await items_of(run, seen)

    world.run(main)
    assert sorted(map(str, seen)) == sorted(IDS)
    assert sorted(sent_ids(canned)) == sorted(IDS)
    assert run.report.complete


def test_a_cancelled_loop_returns_at_once_and_another_gets_the_outcomes_in_flight(
    world: World, domain: AsyncDomain, canned: Canned, gate: Gate
) -> None:
    canned.default = gate
    run = bulk.describe_speakers(domain, IDS, workers=2)
    seen: list[object] = []

    async def main() -> None:
        await world.cancelled(partial(items_of, run, seen), gate.first_came)
        assert seen == []
        gate.opened.set()
        await items_of(run, seen)

    world.run(main)
    assert sorted(map(str, seen)) == sorted(IDS)
    assert sorted(sent_ids(canned)) == sorted(IDS)


def test_calls_without_a_thread_are_sent_by_another_loop(
    world: World, domain: AsyncDomain, canned: Canned, gate: Gate
) -> None:
    canned.default = gate
    gate.full_at(MAX_THREADS)
    many = [f"caller-{number}" for number in range(MAX_THREADS + 5)]
    run = bulk.describe_speakers(domain, many, workers=MAX_THREADS + 5, rate=None)

    async def main() -> None:
        await world.cancelled(partial(outcomes_of, run), gate.full)
        gate.opened.set()
        await run.close()
        assert len(canned.sent) == MAX_THREADS
        assert len(await outcomes_of(run)) == len(many)

    world.run(main)
    assert sorted(sent_ids(canned)) == sorted(many)


def test_a_run_continues_in_another_event_loop(world: World, domain: AsyncDomain, canned: Canned) -> None:
    run = bulk.describe_speakers(domain, IDS, workers=2)
    seen: list[object] = []

    async def take(count: int) -> None:
        async for outcome in run:
            seen.append(outcome.item)
            if len(seen) == count:
                break
        await run.close()

    world.run(take, 3)
    world.run(take, -1)
    assert sorted(map(str, seen)) == sorted(IDS)
    assert sorted(sent_ids(canned)) == sorted(IDS)


def test_a_report_is_continued_by_a_run_of_the_other_world(
    world: World, domain: AsyncDomain, canned: Canned
) -> None:
    run = bulk.describe_speakers(domain, IDS)

    async def main() -> None:
        async for _ in run:
            if run.report.done == 4:
                break
        await run.close()

    world.run(main)
    report = Report.from_dict(run.report.to_dict())
    client = typed_client(canned)
    rest = [outcome.index for outcome in bulk.describe_speakers(client.domain(DOMAIN_ID), IDS, resume=report)]
    assert sorted([*report.succeeded, *rest]) == list(range(len(IDS)))


def test_two_loops_over_one_run_are_an_error(world: World, domain: AsyncDomain) -> None:
    run = bulk.describe_speakers(domain, IDS)

    async def main() -> None:
        async for _ in run:
            with pytest.raises(errors.BulkError, match="Another loop"):
                await anext(aiter(run))
            break

    world.run(main)


def test_a_run_is_an_async_context_manager_that_waits_for_calls_in_flight(
    world: World, domain: AsyncDomain, canned: Canned
) -> None:
    async def main() -> None:
        async with bulk.describe_speakers(domain, IDS, workers=2) as run:
            async for _ in run:
                break
        assert run.report.done == 1

    world.run(main)
    assert len(canned.sent) <= 3


# --- Options --------------------------------------------------------------------------------------------


def test_progress_may_be_a_coroutine_function(world: World, domain: AsyncDomain) -> None:
    seen: list[int] = []

    async def show(progress: Progress) -> None:
        seen.append(progress.done)

    world.run(outcomes_of, bulk.describe_speakers(domain, IDS, progress=show))
    assert seen == list(range(1, len(IDS) + 1))


@pytest.mark.parametrize("option", ["cancel", "executor"])
def test_options_of_sync_runs_alone_are_errors(world: World, domain: AsyncDomain, option: str) -> None:
    options: Any = {option: threading.Event()}
    with pytest.raises(TypeError, match=option):
        bulk.describe_speakers(domain, IDS, **options)
