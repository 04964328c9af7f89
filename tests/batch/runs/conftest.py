"""What the tests of batches share: a service, its S3, a domain and a folder of recordings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.batch_runs import BUCKET, SPEAKERS, SPEECH, QuickEars, make_domain
from tests.support.memory_s3 import MemoryS3
from tests.support.worlds import World
from voiceid_sdk import AsyncVoiceID, Domain, VoiceID
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.local import LocalVoiceID, ManualClock, Timing, wav


@pytest.fixture(scope="module")
def s3() -> MemoryS3:
    return MemoryS3(BUCKET)


@pytest.fixture(scope="module")
def service(s3: MemoryS3) -> Iterator[LocalVoiceID]:
    """Serve all tests: each has a domain of its own, and boto3 takes its time to make a client."""
    timing = Timing(job_start=1, job_request=1)
    with LocalVoiceID(s3=s3, clock=ManualClock(), timing=timing, recognizer=QuickEars()) as service:
        yield service


@pytest.fixture(scope="module")
def voiceid(service: LocalVoiceID) -> VoiceID:
    return service.client()


@pytest.fixture(scope="module")
def async_voiceid(service: LocalVoiceID) -> AsyncVoiceID:
    return service.async_client()


@pytest.fixture
def domain(world: World, voiceid: VoiceID, async_voiceid: AsyncVoiceID) -> Domain:
    return make_domain(world.enter(async_voiceid) if world.is_async else voiceid)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    for name in SPEAKERS:
        (folder / f"{name}.wav").write_bytes(wav(SPEECH, label=name))
    return folder


@pytest.fixture
def two_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a job take two requests, so that few recordings make several jobs."""
    monkeypatch.setattr(EnrollmentManifest, "_MAX_REQUESTS", 2)
    monkeypatch.setattr(RegistrationManifest, "_MAX_REQUESTS", 2)
