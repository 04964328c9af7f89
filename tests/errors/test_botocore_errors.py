"""Errors of botocore, of the network and of AWS settings; and which errors are worth a retry."""

from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest

from tests.support.canned_responses import (
    DOMAIN_ID,
    REGION,
    TABLE,
    TYPICAL,
    Answer,
    Canned,
    failure,
    success,
    typed_client,
    typical,
    web_page,
)
from tests.support.raised_errors import AWS, LOCAL, UNREACHED, caught
from voiceid_sdk import VoiceID
from voiceid_sdk._wire import botocore_errors, requests
from voiceid_sdk.errors import (
    ConfigurationError,
    InternalServerError,
    ResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
    TransportTimeoutError,
    ValidationError,
    VoiceIDError,
)

# --- Errors of botocore ---------------------------------------------------------------------------------

TRANSPORT: list[tuple[Exception, type[TransportError]]] = [
    (UNREACHED, TransportError),
    (botocore.exceptions.ConnectTimeoutError(endpoint_url=AWS), TransportTimeoutError),
    (botocore.exceptions.ReadTimeoutError(endpoint_url=AWS), TransportTimeoutError),
    (botocore.exceptions.ConnectionClosedError(endpoint_url=AWS), TransportError),
    (botocore.exceptions.SSLError(endpoint_url=AWS, error=OSError("canary")), TransportError),
    (botocore.exceptions.ProxyConnectionError(proxy_url="http://canary"), TransportError),
    (botocore.exceptions.HTTPClientError(error=OSError("canary")), TransportError),
    (botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), TransportError),
    (botocore.exceptions.BotoCoreError(), TransportError),
]


@pytest.mark.parametrize(
    ("raised", "kind"), TRANSPORT, ids=lambda each: getattr(each, "__name__", type(each).__name__)
)
def test_what_stands_between_us_and_the_service_is_a_transport_error(
    raised: Exception, kind: type[TransportError], either: VoiceID, canned: Canned
) -> None:
    canned.default = raised
    error = caught(either)
    assert type(error) is kind
    assert error.operation == "DescribeDomain"
    assert error.region == REGION
    assert error.next_step
    assert error.__context__ is None
    assert "canary" not in str(error)
    assert "DescribeDomain" in str(error)


def test_after_a_failure_of_tls_the_next_step_is_the_certificate(canned: Canned) -> None:
    canned.default = botocore.exceptions.SSLError(endpoint_url=LOCAL, error=OSError())
    error = caught(typed_client(canned, endpoint_url=LOCAL, max_attempts=1))
    assert "set AWS_CA_BUNDLE" in str(error)


def test_a_server_on_this_machine_that_is_not_reached_may_not_run(canned: Canned) -> None:
    canned.default = botocore.exceptions.EndpointConnectionError(endpoint_url=LOCAL)
    error = caught(typed_client(canned, endpoint_url=LOCAL, max_attempts=1))
    assert "'voiceid serve' starts Local Voice ID" in str(error)


def test_after_a_response_of_another_service_the_next_step_is_the_endpoint(canned: Canned) -> None:
    canned.default = failure("UnknownOperationException", "The operation is not known", status=404)
    error = caught(typed_client(canned, endpoint_url=LOCAL, max_attempts=1))
    assert type(error) is ServiceError
    assert "Check the endpoint_url" in str(error)


def test_a_kind_of_failure_that_is_new_names_its_class(either: VoiceID, canned: Canned) -> None:
    class MoonPhaseError(botocore.exceptions.BotoCoreError):
        fmt = "canary"

    canned.default = MoonPhaseError()
    error = caught(either)
    assert type(error) is TransportError
    assert "MoonPhaseError" in str(error)
    assert "canary" not in str(error)


CONFIGURATION: dict[str, dict[str, str]] = {
    "NoRegionError": {},
    "InvalidRegionError": {"region_name": "canary"},
    "ProfileNotFound": {"profile": "canary"},
    "NoCredentialsError": {},
    "PartialCredentialsError": {"provider": "canary", "cred_var": "canary"},
    "CredentialRetrievalError": {"provider": "canary", "error_msg": "canary"},
    "NoAuthTokenError": {},
    "TokenRetrievalError": {"provider": "canary", "error_msg": "canary"},
    "SSOError": {},
    "MetadataRetrievalError": {"error_msg": "canary"},
    "ConfigParseError": {"path": "canary"},
    "InvalidConfigError": {"error_msg": "canary"},
    "InvalidRetryModeError": {"provided_retry_mode": "canary", "valid_modes": "canary"},
    "InvalidMaxRetryAttemptsError": {"provided_max_attempts": "canary", "min_value": "canary"},
    "InvalidRetryConfigurationError": {"retry_config_option": "canary", "valid_options": "canary"},
    "UnknownEndpointError": {"service_name": "canary", "region_name": "canary"},
    "EndpointProviderError": {"msg": "canary"},
    "EndpointVariantError": {"tags": "canary"},
}


@pytest.mark.parametrize(("name", "arguments"), CONFIGURATION.items(), ids=CONFIGURATION)
def test_what_is_wrong_with_the_configuration_is_a_configuration_error(
    name: str, arguments: dict[str, str], either: VoiceID, canned: Canned
) -> None:
    raised = getattr(botocore.exceptions, name, None)
    if raised is None:
        pytest.skip("this botocore has no such error")
    canned.default = raised(**arguments)
    error = caught(either)
    assert type(error) is ConfigurationError
    assert error.next_step
    assert error.__context__ is None
    assert "canary" not in str(error)


def test_every_known_configuration_error_is_tried() -> None:
    assert set(CONFIGURATION) == set(botocore_errors._CONFIGURATION)


def test_a_configuration_error_of_a_newer_botocore_is_one_by_its_base(
    either: VoiceID, canned: Canned
) -> None:
    class SSOTokenLoadError(botocore.exceptions.SSOError):
        fmt = "canary"

    canned.default = SSOTokenLoadError()
    assert type(caught(either)) is ConfigurationError


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), ZeroDivisionError(), RuntimeError("of a handler")])
def test_what_is_none_of_botocores_passes_as_it_is(raised: BaseException, client: VoiceID) -> None:
    def raise_it(**_: object) -> None:
        raise raised

    boto3_client: Any = client.boto3_client
    boto3_client.meta.events.register("before-call.voice-id", raise_it)
    with pytest.raises(type(raised)) as passed:
        client.domain(DOMAIN_ID).describe()
    assert passed.value is raised


@pytest.mark.parametrize(
    "reply", [botocore.parsers.ResponseParserError("canary"), Answer(400, b'["canary"]')]
)
def test_an_answer_that_botocore_cannot_parse_is_a_response_error(
    reply: Any, either: VoiceID, canned: Canned
) -> None:
    canned.default = reply
    error = caught(either)
    assert type(error) is ResponseError
    assert error.operation == "DescribeDomain"
    assert error.next_step
    assert "canary" not in str(error)


# --- Retries --------------------------------------------------------------------------------------------

WITH_TOKEN = [name for name in TABLE if requests.takes_client_token(name)]
NEEDED: dict[str, Any] = {
    "CreateDomain": {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}},
    "CreateWatchlist": {"DomainId": DOMAIN_ID, "Name": "n"},
    "StartSpeakerEnrollmentJob": {
        "DomainId": DOMAIN_ID,
        "DataAccessRoleArn": "arn:aws:iam::111122223333:role/voice-id",
        "InputDataConfig": {"S3Uri": "s3://bucket/in.json"},
        "OutputDataConfig": {"S3Uri": "s3://bucket/out"},
    },
}
NEEDED["StartFraudsterRegistrationJob"] = NEEDED["StartSpeakerEnrollmentJob"]

OUTAGES: list[tuple[Any, type[VoiceIDError]]] = [
    (failure("ThrottlingException", status=429), ThrottlingError),
    (failure("InternalServerException", status=500), InternalServerError),
    (web_page(503), InternalServerError),
    (UNREACHED, TransportError),
    (botocore.exceptions.ReadTimeoutError(endpoint_url=AWS), TransportTimeoutError),
]
EACH_OUTAGE = pytest.mark.parametrize(
    ("reply", "kind"), OUTAGES, ids=lambda each: getattr(each, "__name__", "")
)


@EACH_OUTAGE
@pytest.mark.parametrize("max_attempts", [1, 2, 3, 5])
def test_in_an_outage_a_call_is_sent_max_attempts_times(
    reply: Any, kind: type[VoiceIDError], max_attempts: int, canned: Canned, pauses: list[float]
) -> None:
    canned.default = reply
    assert type(caught(typed_client(canned, max_attempts=max_attempts))) is kind
    assert len(canned.sent) == max_attempts
    assert len(pauses) == max_attempts - 1


@EACH_OUTAGE
def test_a_call_is_sent_three_times_unless_told_otherwise(
    reply: Any, kind: type[VoiceIDError], client: VoiceID, canned: Canned
) -> None:
    canned.default = reply
    caught(client)
    assert len(canned.sent) == 3


@EACH_OUTAGE
def test_a_call_that_succeeds_at_last_has_succeeded(
    reply: Any, kind: type[VoiceIDError], client: VoiceID, canned: Canned
) -> None:
    canned.answer(reply, reply, success(**TYPICAL["DescribeDomain"]))
    assert client.domain(DOMAIN_ID).describe().domain_id == DOMAIN_ID


@pytest.mark.parametrize("code", ["ValidationException", "ConflictException", "AccessDeniedException"])
def test_a_refusal_is_not_sent_again(code: str, client: VoiceID, canned: Canned) -> None:
    canned.default = failure(code)
    caught(client)
    assert len(canned.sent) == 1


@EACH_OUTAGE
@pytest.mark.parametrize("name", WITH_TOKEN)
def test_every_attempt_has_the_same_token_and_the_error_echoes_it(
    name: str, reply: Any, kind: type[VoiceIDError], client: VoiceID, canned: Canned
) -> None:
    canned.default = reply
    with pytest.raises(kind) as raised:
        client._connection.call(TABLE[name], NEEDED[name])
    tokens = [sent.body["ClientToken"] for sent in canned.sent]
    assert len(tokens) == 3
    assert {*tokens} == {raised.value.client_token}  # type: ignore[attr-defined] # these kinds have it


@pytest.mark.parametrize("name", WITH_TOKEN)
def test_every_call_has_a_token_of_its_own(name: str, client: VoiceID, canned: Canned) -> None:
    canned.default = typical
    for _ in range(2):
        client._connection.call(TABLE[name], NEEDED[name])
    first, second = [sent.body["ClientToken"] for sent in canned.sent]
    assert first != second


@pytest.mark.parametrize("name", WITH_TOKEN)
def test_a_token_that_the_caller_gives_is_sent_and_echoed(name: str, client: VoiceID, canned: Canned) -> None:
    canned.default = failure("ValidationException")
    with pytest.raises(ValidationError) as raised:
        client._connection.call(TABLE[name], {**NEEDED[name], "ClientToken": "mine"})
    assert canned.sent[0].body["ClientToken"] == raised.value.client_token == "mine"
