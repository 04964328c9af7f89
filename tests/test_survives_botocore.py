"""The SDK works after botocore has dropped the service."""

from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config
from botocore.loaders import Loader

from tests.support.canned_responses import DOMAIN_ID, REGION, Canned, aws_session, failure, success, typical
from voiceid_sdk import VoiceID, errors, service_model
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.service_model.names import python_name


@pytest.fixture(scope="module")
def other_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with botocore's files about all services, and with one of its hundreds of services."""
    folder = tmp_path_factory.mktemp("data")
    data = Path(Loader.BUILTIN_DATA_PATH)
    for entry in (*data.glob("*.json*"), data / "sts"):
        (folder / entry.name).symlink_to(entry)
    return folder


@pytest.fixture
def no_model(other_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the folder of voice-id from botocore, as after the release that drops it."""
    monkeypatch.setattr(Loader, "BUILTIN_DATA_PATH", str(other_data))


def client_of(session: boto3.Session, canned: Canned, **options: Any) -> VoiceID:
    client = VoiceID(session=session, **options)
    canned.attach(client.boto3_client)
    return client


@pytest.fixture
def client(no_model: None, canned: Canned) -> VoiceID:
    return client_of(aws_session(), canned)


def test_botocore_itself_has_nothing_left(no_model: None) -> None:
    with pytest.raises(botocore.exceptions.UnknownServiceError):
        aws_session().client("voice-id")


def test_a_call_is_answered(client: VoiceID, canned: Canned) -> None:
    canned.answer(typical)
    assert client.domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID


def test_the_request_goes_to_the_service_and_is_signed_for_it(client: VoiceID, canned: Canned) -> None:
    canned.answer(typical)
    client.domain(DOMAIN_ID).describe()
    (sent,) = canned.sent
    assert sent.url == f"https://voiceid.{REGION}.amazonaws.com/"
    assert sent.headers["X-Amz-Target"] == "VoiceID.DescribeDomain"
    assert sent.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert f"/{REGION}/voiceid/aws4_request" in sent.headers["Authorization"]


@pytest.mark.parametrize(
    ("config", "host"),
    [
        (Config(use_fips_endpoint=True), f"voiceid-fips.{REGION}.amazonaws.com"),
        (Config(use_dualstack_endpoint=True), f"voiceid.{REGION}.api.aws"),
    ],
)
def test_special_endpoints_are_found(no_model: None, canned: Canned, config: Config, host: str) -> None:
    canned.answer(typical)
    client_of(aws_session(), canned, config=config).domain(DOMAIN_ID).describe()
    assert canned.sent[0].url == f"https://{host}/"


def test_every_operation_is_there(client: VoiceID) -> None:
    methods = map(python_name, service_model.operation_names())
    assert [name for name in methods if not callable(getattr(client.boto3_client, name, None))] == []


def test_a_list_is_paged(client: VoiceID, canned: Canned) -> None:
    pages = [["a", "b"], ["c"]]
    for number, page in enumerate(pages, start=1):
        summaries = [{"CustomerSpeakerId": name, "Status": "ENROLLED"} for name in page]
        token = {"NextToken": f"page-{number}"} if number < len(pages) else {}
        canned.answer(success(SpeakerSummaries=summaries, **token))
    found = client.domain(DOMAIN_ID).speakers().all()
    assert [(item.customer_speaker_id, item.status) for item in found] == [
        (name, SpeakerStatus.ENROLLED) for page in pages for name in page
    ]
    assert client.boto3_client.can_paginate("list_speakers")


def test_modelled_errors_keep_their_fields(client: VoiceID, canned: Canned) -> None:
    canned.answer(failure("ResourceNotFoundException", status=404, ResourceType="DOMAIN"))
    with pytest.raises(errors.ResourceNotFoundError) as caught:
        client.domain(DOMAIN_ID).describe()
    assert caught.value.resource_type == "DOMAIN"


def test_the_credentials_are_those_of_the_session(no_model: None, canned: Canned) -> None:
    session = boto3.Session(
        aws_access_key_id="AKIDOTHER",
        aws_secret_access_key="secret",
        aws_session_token="token",
        region_name=REGION,
    )
    canned.answer(typical)
    client_of(session, canned).domain(DOMAIN_ID).describe()
    assert "Credential=AKIDOTHER/" in canned.sent[0].headers["Authorization"]
    assert canned.sent[0].headers["X-Amz-Security-Token"] == "token"


def test_the_region_is_that_of_the_session(no_model: None) -> None:
    raw: Any = client_of(aws_session(), Canned()).boto3_client
    assert raw.meta.region_name == REGION


def test_the_profile_is_that_of_the_session(
    no_model: None, canned: Canned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws.ini"
    keys = "aws_access_key_id = AKIDCALLS\naws_secret_access_key = secret\n"
    config.write_text(f"[profile calls]\nregion = eu-west-2\n{keys}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    canned.answer(typical)
    client_of(boto3.Session(profile_name="calls"), canned).domain(DOMAIN_ID).describe()
    assert "Credential=AKIDCALLS/" in canned.sent[0].headers["Authorization"]
    assert "eu-west-2" in canned.sent[0].url


def test_handlers_on_the_session_are_heard(no_model: None, canned: Canned) -> None:
    session = aws_session()
    heard: list[str] = []
    session.events.register("before-call.voice-id", lambda model, **_: heard.append(model.name))
    canned.answer(typical)
    client_of(session, canned).domain(DOMAIN_ID).describe()
    assert heard == ["DescribeDomain"]


def test_the_session_is_left_as_it_was(no_model: None) -> None:
    session = aws_session()
    before = session.get_available_services()
    VoiceID(session=session)
    assert session.get_available_services() == before
    assert "voice-id" not in before


def test_local_voice_id_runs_as_well(no_model: None) -> None:
    with LocalVoiceID() as service:
        domain = service.client().create_domain(name="calls", kms_key_id="alias/voice-id")
        assert domain.describe() == domain.info
