"""mock_voice_id catches every voice-id client of the process, alone and inside moto."""

import inspect
import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from voiceid_sdk import VoiceID
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.local import LocalVoiceID, ServiceException, Timing, mock_voice_id
from voiceid_sdk.local.options import ServiceOptions
from voiceid_sdk.models import DomainInfo

ROLE = "arn:aws:iam::123456789012:role/voice-id"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign with credentials that open nothing, and leave boto3's default session as it was."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def make_domain(name: str = "calls") -> DomainInfo:
    info = VoiceID(session=boto3.Session()).create_domain(name=name, kms_key_id="alias/voice-id").info
    assert info is not None
    return info


def test_a_client_that_was_made_before_is_caught() -> None:
    client = boto3.Session().client("voice-id")
    with mock_voice_id():
        assert client.list_domains()["DomainSummaries"] == []


def test_a_client_that_is_made_meanwhile_is_caught() -> None:
    with mock_voice_id():
        assert boto3.client("voice-id").list_domains()["DomainSummaries"] == []


def test_clients_of_all_kinds_see_the_same_domains() -> None:
    with mock_voice_id() as service:
        info = make_domain()
        (raw,) = boto3.client("voice-id", region_name="us-east-1").list_domains()["DomainSummaries"]
        assert raw["DomainId"] == info.domain_id
        assert service.client().domains().all() == [info]


def test_a_client_is_let_go_at_the_end() -> None:
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("voice-id", endpoint_url="http://127.0.0.1:1", config=config)
    with mock_voice_id():
        client.list_domains()
    with pytest.raises(EndpointConnectionError):
        client.list_domains()


def test_a_service_in_the_process_keeps_its_own_clients() -> None:
    with LocalVoiceID() as own, mock_voice_id() as mocked:
        own.client().create_domain(name="own", kms_key_id="alias/voice-id")
        assert mocked.client().domains().all() == []
        assert len(own.client().domains().all()) == 1


def test_a_second_one_inside_the_first_is_refused() -> None:
    with mock_voice_id(), pytest.raises(RuntimeError, match="active already"), mock_voice_id():
        pass


def test_it_decorates_a_function() -> None:
    @mock_voice_id(account_id="123456789012")
    def work() -> str | None:
        return make_domain().arn

    arn = work()
    assert arn is not None
    assert arn.startswith("arn:aws:voiceid:us-east-1:")


def test_the_service_starts_calls() -> None:
    with mock_voice_id() as service:
        domain_id = make_domain().domain_id
        assert domain_id is not None
        call = service.start_call(domain_id, "contact-1")
        assert call.session_id
        with pytest.raises(ServiceException):
            service.start_call(domain_id, "contact-1")


def test_other_services_are_left_to_moto() -> None:
    with mock_aws(), mock_voice_id():
        boto3.client("s3").create_bucket(Bucket="recordings")
        assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["recordings"]


def test_jobs_read_and_write_the_s3_of_moto() -> None:
    with mock_aws(), mock_voice_id(timing=Timing.at_once()):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="calls")
        audio = [{"S3Uri": "s3://calls/missing.wav", "ChannelId": 0}]
        request = {"RequestId": "request-1", "SpeakerId": "speaker-1", "AudioSpecifications": audio}
        manifest = {"Version": "1.0", "SpeakerEnrollmentRequests": [request]}
        s3.put_object(Bucket="calls", Key="manifest.json", Body=json.dumps(manifest))
        domain = VoiceID(session=boto3.Session()).create_domain(name="calls", kms_key_id="alias/voice-id")
        job = domain.start_enrollment_job(
            input_s3_uri="s3://calls/manifest.json", output_s3_uri="s3://calls/out", data_access_role_arn=ROLE
        )
        assert job.wait().job_status == JobStatus.COMPLETED_WITH_ERRORS
        written = s3.get_object(Bucket="calls", Key=f"out/{job.job_id}/manifest.json.out")
        assert [error["RequestId"] for error in json.load(written["Body"])["Errors"]] == ["request-1"]


def test_moto_that_began_first_does_not_answer_for_voice_id() -> None:
    with mock_aws():
        client = boto3.client("voice-id")
        with mock_voice_id():
            assert client.list_domains()["DomainSummaries"] == []


def test_it_takes_every_option_of_the_service() -> None:
    taken = set(inspect.signature(LocalVoiceID).parameters)
    assert set(ServiceOptions.__annotations__) == taken
