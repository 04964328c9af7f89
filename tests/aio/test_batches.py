"""Batches of the async client: cancelled while recordings are uploaded, nothing is started."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.memory_s3 import MemoryS3
from tests.support.worlds import LOOPS, PATIENCE, World
from voiceid_sdk.local import LocalVoiceID, ManualClock, tone, wav

pytestmark = pytest.mark.parametrize("world", LOOPS, ids=lambda world: world.name)


class SlowS3(MemoryS3):
    """Stores objects once it is allowed to."""

    def __init__(self) -> None:
        super().__init__("voices")
        self.asked = threading.Event()
        self.allowed = threading.Event()

    def put_object(self, **request: Any) -> Any:
        self.asked.set()
        assert self.allowed.wait(PATIENCE)
        return super().put_object(**request)


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    with LocalVoiceID(clock=ManualClock()) as service:
        yield service


def test_cancelled_while_it_uploads_it_starts_no_job(
    world: World, service: LocalVoiceID, tmp_path: Path
) -> None:
    for number in range(3):
        (tmp_path / f"caller-{number}.wav").write_bytes(wav(tone(31)))
    s3 = SlowS3()

    async def main() -> None:
        async with service.async_client() as voiceid:
            domain = await voiceid.create_domain(name="calls", kms_key_id="alias/voice-id")
            enroll = partial(
                domain.enroll,
                tmp_path,
                s3=s3,
                bucket="voices",
                data_access_role_arn="arn:aws:iam::123456789012:role/voice-id",
                progress=False,
                workers=1,
            )
            await world.cancelled(enroll, s3.asked)
            s3.allowed.set()
            assert await domain.enrollment_jobs().all() == []

    world.run(main)


def test_an_async_batch_has_no_option_cancel(world: World, service: LocalVoiceID, tmp_path: Path) -> None:
    async def main() -> None:
        domain = service.async_client().domain("Abcdefghijklmnopqrst01")
        options: Any = {"cancel": threading.Event()}
        with pytest.raises(TypeError, match="cancel"):
            await domain.enroll(tmp_path, s3=SlowS3(), bucket="b", data_access_role_arn="a", **options)

    world.run(main)
