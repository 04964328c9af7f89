"""A client of aiobotocore that the caller brings is awaited: no threads, and the same data and errors.

aiobotocore requires a botocore that is older than the newest boto3, so these tests run in an environment of
their own: nox's session ``aiobotocore``. There, the scenarios of handles run with such a client as well.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.support.memory_s3 import MemoryS3
from tests.support.servers import serving
from voiceid_sdk import AsyncDomain, AsyncVoiceID, VoiceID, WaitPolicy, bulk, errors
from voiceid_sdk.enums import JobStatus, SpeakerStatus
from voiceid_sdk.local import LocalVoiceID, Timing, tone, wav

aiobotocore_session: Any = pytest.importorskip("aiobotocore.session")

ROLE = "arn:aws:iam::123456789012:role/voice-id"
QUICK = WaitPolicy(timeout=10, initial=0.01, maximum=0.01, jitter=0)


@pytest.fixture(scope="module")
def s3() -> MemoryS3:
    return MemoryS3("voices")


@pytest.fixture(scope="module")
def service(s3: MemoryS3) -> Iterator[LocalVoiceID]:
    with LocalVoiceID(s3=s3, timing=Timing.at_once()) as service:
        yield service


@pytest.fixture(scope="module")
def url(service: LocalVoiceID) -> Iterator[str]:
    with serving(service) as url:
        yield url


def run(url: str, scenario: Callable[[AsyncVoiceID], Awaitable[None]]) -> None:
    """Run a scenario with a client of aiobotocore that sends to a URL."""

    async def main() -> None:
        settings = {
            "endpoint_url": url,
            "region_name": "us-east-1",
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
        }
        async with aiobotocore_session.get_session().create_client("voice-id", **settings) as client:
            async with AsyncVoiceID(client=client) as voiceid:
                await scenario(voiceid)
            assert voiceid._connection.threads._pool is None

    asyncio.run(main())


async def make_domain(voiceid: AsyncVoiceID) -> AsyncDomain:
    return await voiceid.create_domain(name="calls", kms_key_id="alias/voice-id")


def test_calls_return_typed_data(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        domain = await make_domain(voiceid)
        info = await domain.describe()
        assert info == domain.info
        assert info.created_at is not None
        assert info.created_at.tzinfo is not None

    run(url, scenario)


def test_lists_are_read_page_by_page(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        domain = await make_domain(voiceid)
        for number in range(5):
            await domain.speaker(f"caller-{number}").opt_out()
        pages = [page async for page in domain.speakers(page_size=2).pages()]
        assert [len(page.items) for page in pages] == [2, 2, 1]
        rest = [speaker async for speaker in domain.speakers().items(pages[0].resume_token)]
        assert len(rest) == 3

    run(url, scenario)


def test_waits_poll(url: str, service: LocalVoiceID) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        domain = await make_domain(voiceid)
        service.start_call(domain.domain_id, "contact-1", "ana").speak("ana", seconds=12)
        evaluation = await domain.session("contact-1").wait_for_decision(QUICK)
        assert evaluation.authentication_result is not None
        assert (await domain.speaker("ana").wait_until("PENDING", QUICK)).status == SpeakerStatus.PENDING

    run(url, scenario)


def test_errors_are_those_of_the_sync_client(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        with pytest.raises(errors.ResourceNotFoundError) as caught:
            await voiceid.domain("Abcdefghijklmnopqrst01").describe()
        assert caught.value.request_id
        with pytest.raises(errors.RequestValidationError):
            await voiceid.domain("not an id").describe()

    run(url, scenario)


def test_a_service_that_cannot_be_reached_is_a_transport_error() -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        with pytest.raises(errors.TransportError):
            await voiceid.domain("Abcdefghijklmnopqrst01").describe()

    run("http://127.0.0.1:1", scenario)


def test_raw_calls_return_its_dictionary(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        assert "DomainSummaries" in await voiceid.call("ListDomains")
        with pytest.raises(errors.RequestValidationError, match="No such operation"):
            await voiceid.call("ListCats")

    run(url, scenario)


def test_bulk_runs_make_tasks(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        domain = await make_domain(voiceid)
        ids = [f"caller-{number}" for number in range(40)]
        outcomes = [outcome async for outcome in bulk.opt_out_speakers(domain, ids, rate=None)]
        assert sorted(outcome.item for outcome in outcomes if outcome.ok) == sorted(ids)
        speakers = domain.speakers()
        deleted = [outcome async for outcome in bulk.delete_speakers(domain, speakers, rate=None)]
        assert len(deleted) == len(ids)

    run(url, scenario)


def test_a_batch_is_begun_and_waited_for(url: str, s3: MemoryS3, tmp_path: Any) -> None:
    (tmp_path / "ana.wav").write_bytes(wav(tone(31), label="ana"))

    async def scenario(voiceid: AsyncVoiceID) -> None:
        domain = await make_domain(voiceid)
        batch = await domain.enroll(
            tmp_path, s3=s3, bucket="voices", data_access_role_arn=ROLE, progress=False
        )
        assert (await batch.wait(QUICK)).job_status == JobStatus.COMPLETED

    run(url, scenario)


def test_a_cancelled_call_ends_its_request(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        domain = await make_domain(voiceid)
        task = asyncio.create_task(domain.describe())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await domain.describe() == domain.info

    run(url, scenario)


def test_the_client_of_the_caller_stays_open(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        await voiceid.close()
        with pytest.raises(errors.ConfigurationError, match="closed"):
            await voiceid.domains().all()
        client: Any = voiceid.boto3_client
        assert "DomainSummaries" in await client.list_domains()

    run(url, scenario)


def test_the_sync_client_refuses_it(url: str) -> None:
    async def scenario(voiceid: AsyncVoiceID) -> None:
        with pytest.raises(errors.ConfigurationError, match="Give it to AsyncVoiceID"):
            VoiceID(client=voiceid.boto3_client)

    run(url, scenario)
