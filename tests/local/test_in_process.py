"""boto3 clients in the same process, without the user's AWS settings."""

import logging
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import botocore.loaders
import pytest
from botocore.config import Config

from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.local.clients import botocore_hook

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def client(service: LocalVoiceID) -> Any:
    return service.boto3_client(config=ONCE)


def create_domain(client: Any) -> Any:
    content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/key"}}
    return client.create_domain(**content)["Domain"]


def test_a_boto3_client_gets_botocores_answers(client: Any) -> None:
    domain = create_domain(client)
    assert domain["CreatedAt"].year == 2026
    assert client.describe_domain(DomainId=domain["DomainId"])["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_error_is_the_clients_own_exception(client: Any) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.describe_domain(DomainId="N" * 22)
    assert caught.value.response["ResourceType"] == "DOMAIN"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_botocore_still_validates_before_it_sends(client: Any) -> None:
    with pytest.raises(botocore.exceptions.ParamValidationError):
        client.describe_domain()


def test_botocore_paginates(client: Any) -> None:
    for _ in range(11):
        create_domain(client)
    assert len(client.get_paginator("list_domains").paginate().build_full_result()["DomainSummaries"]) == 11


def test_a_throttled_call_is_tried_again_by_botocore(service: LocalVoiceID, monkeypatch: Any) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    client: Any = service.boto3_client(config=Config(retries={"total_max_attempts": 3, "mode": "standard"}))
    service.faults.fail_next("ListDomains", "ThrottlingException", times=2)
    assert client.list_domains()["ResponseMetadata"]["RetryAttempts"] == 2


def test_the_users_aws_setup_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "config"
    broken.write_text("[profile none\n")
    for name, value in {
        "AWS_PROFILE": "missing",
        "AWS_DEFAULT_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(broken),
        "AWS_SHARED_CREDENTIALS_FILE": str(broken),
        "AWS_ACCESS_KEY_ID": "the-users-own",
        "AWS_SECRET_ACCESS_KEY": "the-users-own",
        "AWS_REGION": "moon-1",
        "AWS_DEFAULT_REGION": "moon-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_ENDPOINT_URL_VOICE_ID": "http://elsewhere.invalid",
        "AWS_RETRY_MODE": "nonsense",
        "AWS_MAX_ATTEMPTS": "none",
        "AWS_CA_BUNDLE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    with LocalVoiceID() as service:
        client: Any = service.boto3_client()
        assert create_domain(client)["DomainStatus"] == "ACTIVE"
        assert client.meta.region_name == "us-east-1"


def test_boto3s_default_session_is_left_alone(client: Any) -> None:
    create_domain(client)
    assert boto3.DEFAULT_SESSION is None


def test_a_client_of_another_session_is_not_answered(service: LocalVoiceID) -> None:
    service.boto3_client()
    other = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    client: Any = other.client("voice-id", endpoint_url="http://127.0.0.1:9", config=ONCE)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client.list_domains()


def test_two_services_answer_their_own_clients() -> None:
    with LocalVoiceID() as one, LocalVoiceID() as two:
        clients: list[Any] = [one.boto3_client(), two.boto3_client()]
        create_domain(clients[0])
        assert [len(client.list_domains()["DomainSummaries"]) for client in clients] == [1, 0]


def test_it_works_when_botocore_has_no_voice_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for entry in Path(botocore.loaders.Loader.BUILTIN_DATA_PATH).iterdir():
        if entry.name != "voice-id":
            (tmp_path / entry.name).symlink_to(entry)
    monkeypatch.setattr(botocore.loaders.Loader, "BUILTIN_DATA_PATH", str(tmp_path))
    monkeypatch.setattr(botocore_hook, "_loader", botocore_hook._loader.__wrapped__)
    with pytest.raises(botocore.exceptions.UnknownServiceError):
        boto3.Session(region_name="us-east-1").client("voice-id")
    with LocalVoiceID() as service:
        client: Any = service.boto3_client()
        assert create_domain(client)["DomainStatus"] == "ACTIVE"


def test_many_services_leave_the_shared_loader_as_it_was() -> None:
    before = list(botocore_hook._loader().search_paths)
    for _ in range(3):
        with LocalVoiceID() as service:
            service.boto3_client()
    assert botocore_hook._loader().search_paths == before


def test_a_client_of_a_closed_service_is_told_so() -> None:
    service = LocalVoiceID()
    client: Any = service.boto3_client()
    service.close()
    service.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.list_domains()


def test_a_request_that_waited_until_the_service_was_closed_fails_like_a_later_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    headers = {"x-amz-target": "VoiceID.ListDomains", "content-type": "application/x-amz-json-1.0"}
    service = LocalVoiceID()
    one, other = (service.accept(headers, b"{}") for _ in range(2))
    service.close()
    for respond in (one.response, other.response_at_once):
        with pytest.raises(RuntimeError, match="this LocalVoiceID is closed"):
            respond()
    assert not caplog.records


def test_a_closed_service_makes_no_clients() -> None:
    service = LocalVoiceID()
    service.close()
    for make in (service.client, service.async_client, service.boto3_client, lambda: service.session):
        with pytest.raises(RuntimeError, match="this LocalVoiceID is closed"):
            make()


def test_the_sdks_client_runs_on_the_service(service: LocalVoiceID) -> None:
    with service.client() as voiceid:
        domain = voiceid.create_domain(name="typed", kms_key_id="alias/key")
        assert domain.describe().name == "typed"


def test_the_sdks_client_runs_on_the_systems_clock_too() -> None:
    with LocalVoiceID() as service, service.client() as voiceid:
        assert voiceid.domains().all() == []


def test_the_region_is_the_services(clock: ManualClock) -> None:
    with LocalVoiceID(region_name="eu-west-2", account_id="111122223333", clock=clock) as service:
        client: Any = service.boto3_client()
        assert create_domain(client)["Arn"].startswith("arn:aws:voiceid:eu-west-2:111122223333:domain/")
        assert service.session.region_name == "eu-west-2"


def test_debug_logs_of_botocore_cannot_leave_through_us(
    client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="voiceid_sdk"):
        create_domain(client)
    assert [record for record in caplog.records if record.name.startswith("voiceid_sdk.local")] == []
