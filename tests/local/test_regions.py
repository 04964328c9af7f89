"""All accounts and regions behind one endpoint: in process, on an open server, and with signatures."""

import functools
import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.servers import OPEN, call, connect, serving
from tests.support.stage import KEY
from voiceid_sdk import VoiceID, errors
from voiceid_sdk.local import LocalVoiceID, ManualClock, Quotas, mock_voice_id, rate_limiter
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.credentials import CredentialsError, read_credentials
from voiceid_sdk.local.http.sigv4 import Credential
from voiceid_sdk.service_model import REGIONS

DEFAULT: Final = "123456789012"
OTHER: Final = "210987654321"

TWO_ACCOUNTS: Final = AccessRules(
    credentials={
        "FIRST": Credential("FIRST", "first secret"),
        "SECOND": Credential("SECOND", "second secret", account_id=OTHER),
    }
)


def boto3_client(url: str, region: str, key: str = "local", secret: str = "local") -> Any:
    config = Config(retries={"total_max_attempts": 1})
    credentials = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return session().client("voice-id", region, endpoint_url=url, config=config, **credentials)


@functools.cache
def session() -> Any:
    """Return one session for all clients, because a session takes long to read the models of botocore."""
    return boto3.Session()


def create(client: Any, **members: Any) -> Any:
    encryption = {"KmsKeyId": KEY}
    return client.create_domain(Name="a", ServerSideEncryptionConfiguration=encryption, **members)["Domain"]


def arns(client: Any) -> list[str]:
    return [domain["Arn"] for domain in client.list_domains()["DomainSummaries"]]


def code(error: "pytest.ExceptionInfo[ClientError]") -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    with LocalVoiceID(seed=1, clock=ManualClock()) as service:
        yield service


# In process


@pytest.mark.slow
def test_each_region_and_account_has_its_own_domains(service: LocalVoiceID) -> None:
    made = {}
    for region in REGIONS:
        for account in (DEFAULT, OTHER):
            client: VoiceID = service.client(region_name=region, account_id=account)
            made[region, account] = client.create_domain(name="a", kms_key_id="alias/a").domain_id
    for (region, account), domain_id in made.items():
        (listed,) = service.client(region_name=region, account_id=account).domains()
        assert listed.arn == f"arn:aws:voiceid:{region}:{account}:domain/{domain_id}"
        assert listed.server_side_encryption_configuration is not None
        key = str(listed.server_side_encryption_configuration.kms_key_id)
        assert key.startswith(f"arn:aws:kms:{region}:{account}:key/")


def test_a_client_without_a_region_has_that_of_the_service() -> None:
    with LocalVoiceID(region_name="ca-central-1", account_id=OTHER) as service:
        arn = str(create(service.boto3_client())["Arn"])
    assert arn.startswith(f"arn:aws:voiceid:ca-central-1:{OTHER}:domain/")


def test_an_account_has_12_digits(service: LocalVoiceID) -> None:
    with pytest.raises(ValueError, match="account_id must be the 12 digits"):
        service.client(account_id="12")


def test_a_domain_is_not_found_from_another_region_or_account(service: LocalVoiceID) -> None:
    domain = create(service.boto3_client())
    strangers: list[Any] = [
        service.boto3_client(region_name="eu-west-2"),
        service.boto3_client(account_id=OTHER),
    ]
    for stranger in strangers:
        for operation, members in {
            "describe_domain": {"DomainId": domain["DomainId"]},
            "list_speakers": {"DomainId": domain["DomainId"]},
            "delete_domain": {"DomainId": domain["DomainId"]},
            "list_tags_for_resource": {"ResourceArn": domain["Arn"]},
        }.items():
            with pytest.raises(stranger.exceptions.ResourceNotFoundException):
                getattr(stranger, operation)(**members)


def test_a_client_token_belongs_to_its_account_and_region(service: LocalVoiceID) -> None:
    clients: list[Any] = [
        service.boto3_client(),
        service.boto3_client(region_name="eu-west-2"),
        service.boto3_client(account_id=OTHER),
    ]
    assert len({create(client, ClientToken="t")["Arn"] for client in clients}) == 3
    watchlist = {"DomainId": arns(clients[0])[0][-22:], "Name": "w", "ClientToken": "t"}
    clients[0].create_watchlist(**watchlist)
    with pytest.raises(clients[1].exceptions.ResourceNotFoundException):
        clients[1].create_watchlist(**watchlist)


def test_a_page_token_belongs_to_its_account_and_region(service: LocalVoiceID) -> None:
    client: Any = service.boto3_client()
    for _ in range(2):
        create(client)
    token = client.list_domains(MaxResults=1)["NextToken"]
    stranger: Any = service.boto3_client(region_name="eu-west-2")
    with pytest.raises(stranger.exceptions.ValidationException):
        stranger.list_domains(NextToken=token)


def test_the_rates_of_accounts_that_send_no_more_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limiter, "_MOST_BUCKETS", 10)
    limiter = rate_limiter.RateLimiter({"ListDomains": 1})
    assert all(limiter.admits("ListDomains", 0, client=account) for account in range(11))
    assert limiter.admits("ListDomains", 0.5, client="recent")
    assert limiter.admits("ListDomains", 1, client="another")
    assert len(limiter._buckets) == 2
    assert not limiter.admits("ListDomains", 1, client="recent")


def test_quotas_and_rates_belong_to_an_account_and_region() -> None:
    with LocalVoiceID(quotas=Quotas(domains=1), clock=ManualClock()) as service:
        for options in ({}, {"region_name": "eu-west-2"}, {"account_id": OTHER}):
            config = Config(retries={"total_max_attempts": 1})
            client: Any = service.boto3_client(config=config, **options)
            create(client)
            with pytest.raises(client.exceptions.ServiceQuotaExceededException):
                create(client)
            with pytest.raises(client.exceptions.ThrottlingException):
                create(client)


def test_the_consent_is_given_for_an_account_in_all_regions() -> None:
    with LocalVoiceID(compliance_consent=False) as service:
        service.register_compliance_consent(OTHER)
        create(service.boto3_client(region_name="eu-west-2", account_id=OTHER))
        client: Any = service.boto3_client()
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            create(client)


def test_events_belong_to_the_account_and_region_of_their_domain(service: LocalVoiceID) -> None:
    seen: list[Any] = []
    service.events.subscribe(seen.append)
    client: Any = service.boto3_client(region_name="eu-west-2", account_id=OTHER)
    domain = create(client)
    client.opt_out_speaker(DomainId=domain["DomainId"], SpeakerId="s")
    (event,) = seen
    assert (event["region"], event["account"]) == ("eu-west-2", OTHER)
    assert event["resources"] == [domain["Arn"]]


def test_a_stranger_causes_no_events_of_a_domain(service: LocalVoiceID) -> None:
    domain = create(service.boto3_client())
    seen: list[Any] = []
    service.events.subscribe(seen.append)
    stranger: Any = service.boto3_client(account_id=OTHER)
    with pytest.raises(stranger.exceptions.ResourceNotFoundException):
        stranger.delete_speaker(DomainId=domain["DomainId"], SpeakerId="s")
    assert seen == []


def test_a_call_needs_only_the_id_of_its_domain(service: LocalVoiceID) -> None:
    client: Any = service.boto3_client(region_name="eu-west-2")
    domain_id = create(client)["DomainId"]
    service.start_call(domain_id, "contact").speak("one", seconds=10)
    result = client.evaluate_session(DomainId=domain_id, SessionNameOrId="contact")
    assert result["FraudDetectionResult"]["Decision"] == "LOW_RISK"


def test_a_domain_is_imported_into_an_account_and_region(service: LocalVoiceID) -> None:
    exported = service.export_domain(create(service.boto3_client())["DomainId"])
    with LocalVoiceID() as other:
        other.import_domain(exported, region_name="eu-west-2", account_id=OTHER)
        assert len(arns(other.boto3_client(region_name="eu-west-2", account_id=OTHER))) == 1
        assert arns(other.boto3_client()) == []


def test_a_region_that_never_had_voice_id_has_no_endpoint(service: LocalVoiceID) -> None:
    client: Any = service.boto3_client(region_name="us-east-2")
    with pytest.raises(ClientError, match="Voice ID had no endpoint in the region") as caught:
        client.list_domains()
    assert code(caught) == "UnknownEndpoint"
    with pytest.raises(errors.VoiceIDError, match="us-east-1, us-west-2"):
        service.client(region_name="us-east-2").domains().all()


def test_the_region_of_the_service_always_has_an_endpoint() -> None:
    with LocalVoiceID(region_name="eu-west-3") as service:
        assert arns(service.boto3_client()) == []


def test_a_mocked_client_has_its_own_region() -> None:
    with mock_voice_id():
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        clients = [session().client("voice-id", region, **keys) for region in ("us-east-1", "eu-west-2")]
        create(clients[0])
        assert [len(arns(client)) for client in clients] == [1, 0]


# Over HTTP


@pytest.mark.slow
def test_a_scan_of_all_regions_finds_the_domains_where_they_are(service: LocalVoiceID) -> None:
    with serving(service, TWO_ACCOUNTS) as url:
        made = {
            (region, key): create(boto3_client(url, region, key, f"{key.lower()} secret"))["Arn"]
            for region, key in (("eu-west-2", "FIRST"), ("us-west-2", "SECOND"), ("us-east-1", "FIRST"))
        }
        found = {
            (region, key): arn
            for region in REGIONS
            for key in ("FIRST", "SECOND")
            for arn in arns(boto3_client(url, region, key, f"{key.lower()} secret"))
        }
    assert found == made
    assert {arn.split(":")[3:5][1] for (_, key), arn in found.items() if key == "SECOND"} == {OTHER}


def test_an_access_key_id_of_12_digits_is_an_account_on_an_open_server(service: LocalVoiceID) -> None:
    with serving(service, OPEN) as url:
        assert str(create(boto3_client(url, "eu-west-2", OTHER))["Arn"]).split(":")[3:5] == [
            "eu-west-2",
            OTHER,
        ]
        assert arns(boto3_client(url, "eu-west-2")) == []


def test_an_access_key_id_is_no_account_where_signatures_are_checked(service: LocalVoiceID) -> None:
    rules = AccessRules(credentials={OTHER: Credential(OTHER, "secret")})
    with serving(service, rules) as url:
        arn = str(create(boto3_client(url, "us-east-1", OTHER, "secret"))["Arn"])
    assert arn.split(":")[4] == DEFAULT


def test_the_host_names_the_region_of_a_request_without_a_signature(service: LocalVoiceID) -> None:
    create(service.boto3_client(region_name="eu-west-2"))
    with serving(service) as url, closing(connect(url)) as connection:
        assert domains(connection, "voiceid.eu-west-2.amazonaws.com") == 1
        assert domains(connection, "voiceid.us-east-1.amazonaws.com:443") == 0
        assert domains(connection, "localhost") == 0


def domains(connection: http.client.HTTPConnection, host: str) -> int:
    return len(call(connection, "ListDomains", Host=host).json()["DomainSummaries"])


def test_a_presigned_url_has_a_region_too(service: LocalVoiceID) -> None:
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    create(service.boto3_client(region_name="eu-west-2"))
    with serving(service) as url, closing(connect(url)) as connection:
        request: Any = AWSRequest("POST", f"{url}/", {"X-Amz-Target": "VoiceID.ListDomains"}, b"")
        SigV4QueryAuth(Credentials("a", "b"), "voiceid", "eu-west-2", expires=60).add_auth(request)
        prepared = request.prepare()
        headers = {"X-Amz-Target": "VoiceID.ListDomains", "Content-Type": "application/x-amz-json-1.0"}
        connection.request("POST", str(prepared.url).removeprefix(url), b"{}", headers)
        assert len(json.loads(connection.getresponse().read())["DomainSummaries"]) == 1


# Credentials


def test_a_profile_may_name_its_account(tmp_path: Any) -> None:
    file = tmp_path / "credentials"
    keys = "aws_access_key_id=A\naws_secret_access_key=b\n"
    file.write_text(f"[one]\n{keys}aws_account_id={OTHER}\n", encoding="utf-8")
    assert read_credentials({}, file) == {"A": Credential("A", "b", account_id=OTHER)}
    file.write_text(f"[one]\n{keys}aws_account_id=1\n", encoding="utf-8")
    with pytest.raises(CredentialsError, match="aws_account_id is not the 12 digits"):
        read_credentials({}, file)


def test_the_environment_may_name_the_account() -> None:
    environment = {
        "VOICEID_LOCAL_ACCESS_KEY_ID": "A",
        "VOICEID_LOCAL_SECRET_ACCESS_KEY": "b",
        "VOICEID_LOCAL_ACCOUNT_ID": OTHER,
        "VOICEID_LOCAL_EXPIRATION": "2027-01-01T00:00:00Z",
    }
    expected = Credential("A", "b", None, datetime(2027, 1, 1, tzinfo=UTC), OTHER)
    assert read_credentials(environment) == {"A": expected}
