"""One piece of batch work, whichever way leads to the service and to S3."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import attrs
import boto3
import pytest
from moto import mock_aws

from tests.support.servers import serving
from voiceid_sdk import Domain, VoiceID, WaitPolicy
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.enums import AuthenticationDecision, FraudDetectionDecision, JobStatus
from voiceid_sdk.local import LocalVoiceID, Timing, folder_s3_client, mock_voice_id, tone, wav

ROLE = "arn:aws:iam::123456789012:role/voice-id"
SOON = WaitPolicy(timeout=10, initial=0.01, maximum=0.01, jitter=0)


@attrs.frozen
class Place:
    """A service, a client on it, and an S3 client with the bucket ``voices``."""

    service: LocalVoiceID
    voiceid: VoiceID
    s3: S3Client


@contextmanager
def in_process(folder: Path) -> Generator[Place]:
    with LocalVoiceID(s3_root=folder, timing=Timing.at_once()) as service, service.client() as voiceid:
        s3 = service.s3_client()
        s3.create_bucket(Bucket="voices")
        yield Place(service, voiceid, s3)


@contextmanager
def inside_moto(folder: Path) -> Generator[Place]:
    del folder
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    with mock_aws(), mock_voice_id(timing=Timing.at_once()) as service:
        s3 = session.client("s3")
        s3.create_bucket(Bucket="voices")
        yield Place(service, VoiceID(session=session), s3)


@contextmanager
def over_http(folder: Path) -> Generator[Place]:
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    with (
        LocalVoiceID(s3_root=folder, timing=Timing.at_once()) as service,
        serving(service) as url,
        VoiceID(session=session, endpoint_url=url) as voiceid,
    ):
        s3 = folder_s3_client(folder)
        s3.create_bucket(Bucket="voices")
        yield Place(service, voiceid, s3)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in ("ana", "ben", "cem"):
        (folder / f"{name}.wav").write_bytes(wav(tone(31), label=name))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("transport", [in_process, inside_moto, over_http])
def test_callers_are_enrolled_retried_and_judged(
    transport: Callable[[Path], AbstractContextManager[Place]], tmp_path: Path, recordings: Path
) -> None:
    with transport(tmp_path / "s3") as place:
        domain = place.voiceid.create_domain(name="calls", kms_key_id="alias/voice-id")
        domain.speaker("ben").opt_out()
        run = domain.enroll(
            recordings, s3=place.s3, bucket="voices", data_access_role_arn=ROLE, progress=False
        )
        assert run.wait(SOON).job_status == JobStatus.COMPLETED_WITH_ERRORS
        results = run.results()
        assert [outcome.customer_speaker_id for outcome in results.enrolled] == ["ana", "cem"]
        assert [outcome.error_code for outcome in results.failed] == [409]

        domain.speaker("ben").delete()
        again = domain.enroll(
            results.retry_manifest(codes={409}),
            s3=place.s3,
            bucket="voices",
            data_access_role_arn=ROLE,
            progress=False,
        )
        again.wait(SOON)
        assert (results + again.results()).summary()["enrolled"] == 3

        fraudster = tmp_path / "fraudsters"
        fraudster.mkdir()
        (fraudster / "call-7.wav").write_bytes(wav(tone(31), label="mallory"))
        registration = domain.register_fraudsters(
            fraudster, s3=place.s3, bucket="voices", data_access_role_arn=ROLE, progress=False
        )
        registration.wait(SOON)
        assert registration.results().summary()["registered"] == 1
        accepted, risky = AuthenticationDecision.ACCEPT, FraudDetectionDecision.HIGH_RISK
        assert judge(place.service, domain, "ana")[0] == accepted
        assert judge(place.service, domain, "mallory") == (AuthenticationDecision.REJECT, risky)


def judge(service: LocalVoiceID, domain: Domain, voice: str) -> tuple[object, object]:
    """Let somebody call as ana."""
    call = service.start_call(domain.domain_id, f"contact-{voice}", speaker_id="ana")
    call.speak(voice, seconds=12)
    evaluation = domain.session(f"contact-{voice}").evaluate()
    caller, fraud = evaluation.authentication_result, evaluation.fraud_detection_result
    return caller and caller.decision, fraud and fraud.decision
