"""Clients of a server on this machine work without a region and credentials, and use those that there are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.servers import serving
from voiceid_sdk import AsyncVoiceID, VoiceID, errors
from voiceid_sdk._wire.endpoints import is_on_this_machine
from voiceid_sdk.local import LocalVoiceID

LOCAL = "http://127.0.0.1:8787"


@pytest.fixture
def url() -> Iterator[str]:
    """Give the URL of a server on this machine."""
    with LocalVoiceID() as service, serving(service) as url:
        yield url


def credentials(client: VoiceID) -> Any:
    raw: Any = client.boto3_client
    return raw._request_signer._credentials


def test_a_call_works_in_an_empty_environment(url: str) -> None:
    with VoiceID(endpoint_url=url) as voiceid:
        assert voiceid.domains().all() == []


async def first(url: str) -> object:
    async with AsyncVoiceID(endpoint_url=url) as voiceid:
        return await voiceid.domains().first()


def test_an_async_call_works_in_an_empty_environment(url: str) -> None:
    import asyncio

    assert asyncio.run(first(url)) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://127.8.0.1",
        "http://localhost:1",
        "https://voice.localhost",
        "http://[::1]:1",
    ],
)
def test_an_endpoint_on_this_machine_is_loopback(url: str) -> None:
    assert is_on_this_machine(url)


@pytest.mark.parametrize(
    "url",
    [None, "http://10.0.0.1", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://[::2]"],
)
def test_any_other_endpoint_is_not(url: str | None) -> None:
    assert not is_on_this_machine(url)


def test_other_endpoints_still_need_a_region() -> None:
    with pytest.raises(errors.ConfigurationError, match="No AWS region is configured"):
        VoiceID(endpoint_url="http://voice-id.example.com")


def test_the_region_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert "eu-west-2" in repr(VoiceID(endpoint_url=LOCAL))


def test_a_given_region_is_used() -> None:
    assert "eu-west-2" in repr(VoiceID(endpoint_url=LOCAL, region_name="eu-west-2"))


def test_the_credentials_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-server")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert credentials(VoiceID(endpoint_url=LOCAL)).access_key == "of-the-server"


def test_the_credentials_of_a_profile_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[calls]\naws_access_key_id = of-the-profile\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    assert credentials(VoiceID(endpoint_url=LOCAL, profile_name="calls")).access_key == "of-the-profile"


def test_the_credentials_of_a_session_are_used() -> None:
    session = boto3.Session(aws_access_key_id="of-the-session", aws_secret_access_key="secret")
    assert credentials(VoiceID(endpoint_url=LOCAL, session=session)).access_key == "of-the-session"


def test_the_session_is_not_changed() -> None:
    session = boto3.Session()
    VoiceID(endpoint_url=LOCAL, session=session)
    assert session.get_credentials() is None
    assert not session.region_name


def test_the_instance_metadata_service_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.utils import InstanceMetadataFetcher

    def fail(_: object) -> None:
        raise AssertionError("it was called")

    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setattr(InstanceMetadataFetcher, "retrieve_iam_role_credentials", fail)
    assert credentials(VoiceID(endpoint_url=LOCAL)).access_key == "local"


def test_such_a_client_can_be_sent_to_another_process() -> None:
    import pickle

    handle = VoiceID(endpoint_url=LOCAL).domain("Abcdefghijklmnopqrst01")
    assert pickle.loads(pickle.dumps(handle)) == handle
