"""Every failure is one of our errors, with a message for people and attributes for programs."""

import contextlib
import copy
import functools
import inspect
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.canned_responses import (
    DOMAIN_ID,
    JOB_ID,
    READS_BODIES,
    REGION,
    REQUEST_ID,
    SPEAKER_ID,
    TABLE,
    TYPICAL,
    Answer,
    Canned,
    failure,
    raw_client,
    request_of,
    success,
    typed_client,
    typical,
    web_page,
)
from voiceid_sdk import VoiceID, errors, service_model
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._wire import botocore_errors, requests
from voiceid_sdk.enums import ConflictType, ResourceType
from voiceid_sdk.errors import (
    AccessDeniedError,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    InternalServerError,
    JobFailedError,
    Problem,
    RequestValidationError,
    ResourceNotFoundError,
    ResponseError,
    ServiceError,
    ServiceQuotaExceededError,
    ThrottlingError,
    TransportError,
    TransportTimeoutError,
    ValidationError,
    VoiceIDError,
    WaitCancelledError,
    WaitTimeoutError,
)
from voiceid_sdk.models import EnrollmentJobInfo, FailureDetails

CLASSES = [kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), VoiceIDError)]
EACH_CLASS = pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)


# --- The classes ----------------------------------------------------------------------------------------


def test_the_tree_in_the_documentation_is_the_real_one() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    page = Path(__file__).parents[1] / "docs/errors.md"
    (tree,) = re.findall(
        r"^```text\n(VoiceIDError\n.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    for place, name in re.findall(r"^([│├└─ ]*)(\w+Error)\b", tree, re.MULTILINE):
        above = [(depth, parent) for depth, parent in above if depth < len(place)]
        drawn[name] = above[-1][1] if above else "Exception"
        above.append((len(place), name))
    assert drawn == {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES}
    assert next(iter(drawn)) == "VoiceIDError"


def complete(kind: type[VoiceIDError]) -> VoiceIDError:
    """Return an error of a class with a value in every attribute."""
    given_: dict[str, Any] = {
        "client_token": "token-1",
        "code": "SomeException",
        "operation": "DescribeDomain",
        "region": REGION,
        "request_id": REQUEST_ID,
        "status_code": 400,
        "resource": EnrollmentJobInfo(job_id=JOB_ID),
        "attempts": 3,
        "elapsed": 12.5,
        "errno": 28,
        "parameter": "target",
        "problems": (Problem(parameter="name", rule="is required"),),
        "next_step": "Try again.",
    }
    names = [name for name in inspect.signature(kind).parameters if name != "message"]
    error = kind("It did not work.", **{name: given_[name] for name in names})
    error.resume_token = "token-of-a-page"
    if isinstance(error, ConflictError):
        error.conflict_type = ConflictType.CONCURRENT_CHANGES
    if isinstance(error, ResourceNotFoundError):
        error.resource_type = ResourceType("PLANET")
    if isinstance(error, JobFailedError):
        error.failure_details = FailureDetails(message="No manifest.", status_code=404)
    return error


@EACH_CLASS
@pytest.mark.parametrize(
    "twin_of", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_error_keeps_its_attributes_when_it_is_copied_or_pickled(
    kind: type[VoiceIDError], twin_of: Callable[[VoiceIDError], VoiceIDError]
) -> None:
    error = complete(kind)
    twin = twin_of(error)
    assert type(twin) is kind
    assert vars(twin) == vars(error)
    assert twin.args == error.args == ("It did not work.",)
    assert str(twin) == str(error)
    assert repr(twin) == repr(error)


@EACH_CLASS
def test_an_error_can_be_made_from_a_message_alone(kind: type[VoiceIDError]) -> None:
    assert kind("It did not work.").message == "It did not work."
    assert kind().message == ""
    assert kind().next_step is None
    assert "It did not work" in str(kind("It did not work."))


@EACH_CLASS
def test_an_error_can_be_subclassed(kind: type[VoiceIDError]) -> None:
    class Own(kind):  # type: ignore[misc, valid-type] # a base known at run time
        """One of an application's own."""

        def __init__(self, message: str = "", *, colour: str = "red") -> None:
            super().__init__(message)
            self.colour = colour

    error = copy.copy(Own("It did not work.", colour="blue"))
    assert error.colour == "blue"
    assert isinstance(error, kind)
    assert error.message == "It did not work."


@EACH_CLASS
def test_the_next_step_ends_the_text(kind: type[VoiceIDError]) -> None:
    error = kind("It did not work.", next_step="Try again.")
    assert str(error).endswith(". Try again.")
    assert ".." not in str(error)


source_of = functools.cache(inspect.getsource)


@EACH_CLASS
def test_every_attribute_of_an_error_is_explained(kind: type[VoiceIDError]) -> None:
    source = "".join(source_of(base) for base in kind.__mro__ if base.__module__ == "voiceid_sdk.errors")
    for name in vars(complete(kind)):
        assert re.search(rf'\b{name}\b(: [^=\n]+)? = [^\n]+\n +"""[A-Z]', source), name


def test_a_service_error_says_what_a_person_needs() -> None:
    error = ServiceError(
        "The domain is busy.",
        code="BusyException",
        operation="UpdateDomain",
        request_id=REQUEST_ID,
        status_code=423,
        region=REGION,
        next_step="Wait.",
    )
    assert str(error) == (
        "UpdateDomain: The domain is busy "
        f"(BusyException; HTTP 423; region {REGION}; request id {REQUEST_ID}). Wait."
    )


def test_a_conflict_and_a_missing_resource_say_of_which_kind_they_are() -> None:
    conflict, missing = ConflictError("No."), ResourceNotFoundError("No.")
    assert str(conflict) == str(missing) == "No."
    conflict.conflict_type = ConflictType.SPEAKER_NOT_SET
    missing.resource_type = ResourceType.WATCHLIST
    assert str(conflict) == "No (SPEAKER_NOT_SET)"
    assert str(missing) == "No (WATCHLIST)"


def test_a_wait_error_says_how_long_was_waited() -> None:
    assert str(WaitTimeoutError("Too long", attempts=1, elapsed=2.04)) == "Too long (1 poll in 2.0 s)"
    assert str(WaitCancelledError("Cancelled", attempts=2)) == "Cancelled (2 polls in 0.0 s)"


def test_a_transport_error_says_which_region_was_not_reached() -> None:
    assert str(TransportError("No.", region=REGION)) == f"No (region {REGION})"
    assert str(TransportError("No.")) == "No."


def test_a_response_error_says_which_request_it_was() -> None:
    assert str(ResponseError("No.", request_id="r-1")) == "No (request id r-1)"
    assert str(ResponseError("No.")) == "No."


def test_a_validation_error_names_the_first_parameter_and_rule() -> None:
    problems = (
        Problem(parameter="name", rule="is required"),
        Problem(parameter="tags", rule="must be a list"),
    )
    error = RequestValidationError.of("CreateDomain", problems)
    assert (error.parameter, error.rule) == ("name", "is required")
    assert error.problems == problems
    assert str(error) == "CreateDomain: name is required; tags must be a list"
    assert isinstance(error, ValueError)


def test_a_validation_error_without_problems_names_none() -> None:
    error = RequestValidationError("No.")
    assert error.parameter is None
    assert error.rule is None


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (ThrottlingError("No.", code="Throttling", status_code=400), True),
        (InternalServerError("No.", code="InternalFailure"), True),
        (ServiceError("No.", status_code=503), True),
        (ServiceError("No.", status_code=400), False),
        (ServiceError("No."), False),
        (ValidationError("No.", status_code=400), False),
        (ConflictError("No.", status_code=409), False),
    ],
)
def test_an_error_knows_whether_the_same_request_may_succeed_later(
    error: ServiceError, *, retryable: bool
) -> None:
    assert error.retryable is retryable


@pytest.mark.parametrize("conflict_type", ConflictType)
def test_of_all_conflicts_only_concurrent_changes_pass(conflict_type: ConflictType) -> None:
    error = ConflictError("No.")
    error.conflict_type = conflict_type
    assert error.retryable is (conflict_type is ConflictType.CONCURRENT_CHANGES)


# --- Errors of the service ------------------------------------------------------------------------------

BY_CODE: dict[str, tuple[type[ServiceError], int]] = {
    "AccessDenied": (AccessDeniedError, 403),
    "AccessDeniedException": (AccessDeniedError, 403),
    "ConflictException": (ConflictError, 409),
    "ExpiredToken": (AuthenticationError, 400),
    "ExpiredTokenException": (AuthenticationError, 400),
    "RequestInTheFuture": (AuthenticationError, 403),
    "RequestTimeTooSkewed": (AuthenticationError, 403),
    "IncompleteSignature": (AuthenticationError, 400),
    "IncompleteSignatureException": (AuthenticationError, 400),
    "InternalFailure": (InternalServerError, 500),
    "InternalServerError": (InternalServerError, 500),
    "InternalServerException": (InternalServerError, 500),
    "InvalidClientTokenId": (AuthenticationError, 403),
    "InvalidSignatureException": (AuthenticationError, 403),
    "MissingAuthenticationToken": (AuthenticationError, 403),
    "MissingAuthenticationTokenException": (AuthenticationError, 403),
    "NotAuthorized": (AccessDeniedError, 400),
    "OptInRequired": (AccessDeniedError, 403),
    "RequestExpired": (AuthenticationError, 400),
    "RequestLimitExceeded": (ThrottlingError, 400),
    "ResourceNotFoundException": (ResourceNotFoundError, 404),
    "SerializationException": (ValidationError, 400),
    "ServiceQuotaExceededException": (ServiceQuotaExceededError, 402),
    "ServiceUnavailable": (InternalServerError, 503),
    "ServiceUnavailableException": (InternalServerError, 503),
    "SignatureDoesNotMatch": (AuthenticationError, 403),
    "ThrottledException": (ThrottlingError, 400),
    "Throttling": (ThrottlingError, 400),
    "ThrottlingException": (ThrottlingError, 429),
    "TooManyRequestsException": (ThrottlingError, 429),
    "UnrecognizedClientException": (AuthenticationError, 403),
    "ValidationException": (ValidationError, 400),
}


def caught(client: VoiceID) -> Any:
    """Return the error that describing a domain raises."""
    with pytest.raises(VoiceIDError) as raised:
        client.domain(DOMAIN_ID).describe()
    return raised.value


@pytest.fixture(params=["made by us", "made by the caller"])
def either(request: pytest.FixtureRequest, canned: Canned) -> VoiceID:
    """Return a VoiceID with a client that the SDK made, then one with a client of the caller."""
    if request.param == "made by us":
        return typed_client(canned, max_attempts=1)
    return VoiceID(client=raw_client(canned))


def test_every_known_code_is_tried() -> None:
    assert set(BY_CODE) == set(botocore_errors.BY_CODE)


@pytest.mark.parametrize(("code", "expected"), BY_CODE.items(), ids=BY_CODE)
def test_a_code_has_its_class_whatever_the_status(
    code: str, expected: tuple[type[ServiceError], int], canned: Canned
) -> None:
    kind, status = expected
    client = typed_client(canned, max_attempts=1)
    canned.answer(failure(code, status=status), failure(code, status=400))
    first, second = caught(client), caught(client)
    assert type(first) is type(second) is kind
    assert (first.code, first.status_code) == (code, status)


def test_a_refusal_has_all_that_a_program_needs(either: VoiceID, canned: Canned) -> None:
    canned.default = failure("ValidationException", "The domain id is odd.")
    error = caught(either)
    assert type(error) is ValidationError
    assert vars(error) == {
        "message": "The domain id is odd.",
        "code": "ValidationException",
        "operation": "DescribeDomain",
        "request_id": REQUEST_ID,
        "status_code": 400,
        "region": REGION,
        "client_token": None,
        "next_step": None,
        "resume_token": None,
    }


def test_an_error_chains_nothing_of_botocores(either: VoiceID, canned: Canned) -> None:
    canned.default = failure("ValidationException")
    error = caught(either)
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("conflict_type", [*ConflictType, "PLANETS_NOT_ALIGNED"])
def test_a_conflict_has_its_type_and_the_next_step(
    conflict_type: str, either: VoiceID, canned: Canned
) -> None:
    canned.default = failure("ConflictException", status=409, ConflictType=conflict_type)
    error = caught(either)
    assert type(error) is ConflictError
    assert type(error.conflict_type) is ConflictType
    assert error.conflict_type == conflict_type
    assert bool(error.next_step) == error.conflict_type.is_known
    assert conflict_type in str(error)


@pytest.mark.parametrize("resource_type", [*ResourceType, "PLANET"])
def test_a_missing_resource_has_its_type_and_the_next_step(
    resource_type: str, either: VoiceID, canned: Canned
) -> None:
    canned.default = failure("ResourceNotFoundException", status=404, ResourceType=resource_type)
    error = caught(either)
    assert type(error) is ResourceNotFoundError
    assert type(error.resource_type) is ResourceType
    assert error.resource_type == resource_type
    assert bool(error.next_step) == error.resource_type.is_known
    assert resource_type in str(error)


@pytest.mark.parametrize("told", [{}, {"ConflictType": None, "ResourceType": None}])
@pytest.mark.parametrize("code", ["ConflictException", "ResourceNotFoundException"])
def test_a_type_that_the_service_does_not_tell_is_none(
    told: dict[str, Any], code: str, either: VoiceID, canned: Canned
) -> None:
    canned.default = failure(code, **told)
    error = caught(either)
    assert getattr(error, "conflict_type", None) is None
    assert getattr(error, "resource_type", None) is None
    assert error.next_step is None


@pytest.mark.parametrize("kind", botocore_errors._BY_CLASS)
def test_an_error_of_its_class_has_the_next_step(kind: type[ServiceError], canned: Canned) -> None:
    code = next(code for code, (each, _) in BY_CODE.items() if each is kind)
    canned.default = failure(code)
    assert caught(typed_client(canned, max_attempts=1)).next_step


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (failure("NewException", status=418), ServiceError, "NewException"),
        (failure("NewException", status=500), InternalServerError, "NewException"),
        (failure("NewException", status=429), ThrottlingError, "NewException"),
        (failure("com.amazonaws.voiceid#ValidationException"), ValidationError, "ValidationException"),
        (failure("ValidationException:http://internal/"), ValidationError, "ValidationException"),
        (Answer(400, b"{}"), ServiceError, "400"),
        (Answer(500, b""), InternalServerError, "500"),
        (Answer(301, b"{}"), ServiceError, "301"),
    ],
)
def test_a_code_that_is_new_or_missing_is_classed_by_its_status(
    answer: Answer, kind: type[ServiceError], code: str, canned: Canned
) -> None:
    canned.default = answer
    error = caught(typed_client(canned, max_attempts=1))
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, ServiceError),
        (404, ServiceError),
        (413, ServiceError),
        (429, ThrottlingError),
        (500, InternalServerError),
        (502, InternalServerError),
        (503, InternalServerError),
        (504, InternalServerError),
    ],
)
def test_a_web_page_is_classed_by_its_status_and_not_shown(
    status: int, kind: type[ServiceError], canned: Canned
) -> None:
    canned.default = web_page(status)
    error = caught(typed_client(canned, max_attempts=1))
    assert type(error) is kind
    assert error.status_code == status
    assert error.request_id is None
    assert "<" not in str(error)


def test_a_web_page_is_called_one(canned: Canned) -> None:
    canned.default = web_page(403)
    assert caught(typed_client(canned)).message == "the response is a web page, not the service's"


@pytest.mark.parametrize("message", ["", None])
def test_a_refusal_without_a_message_says_so(message: str | None, either: VoiceID, canned: Canned) -> None:
    canned.default = Answer(400, json.dumps({"__type": "ValidationException", "Message": message}).encode())
    assert "the service gave no reason" in str(caught(either))


def test_a_message_loses_the_sensitive_values_of_the_request(either: VoiceID, canned: Canned) -> None:
    told = "No speaker caller-1 (Caller-11, xcaller-1x), id#Abcdefghijklmnopqrst02, in s3://bucket/in.json."
    canned.default = failure("ValidationException", told)
    with pytest.raises(ValidationError) as raised:
        either.domain(DOMAIN_ID).speaker("caller-1").describe()
    assert "caller-1 " not in raised.value.message
    assert SPEAKER_ID not in raised.value.message
    assert "s3://" not in raised.value.message


# --- AWS has ended the service --------------------------------------------------------------------------

AWS = "https://voiceid.us-west-2.amazonaws.com"
LOCAL = "http://localhost:8787"
UNREACHED = botocore.exceptions.EndpointConnectionError(endpoint_url=AWS)


@pytest.mark.parametrize(
    "reply",
    [
        UNREACHED,
        botocore.exceptions.ConnectTimeoutError(endpoint_url=AWS),
        failure("AccessDeniedException", "You are not authorized.", status=403),
        failure("AccessDeniedException", "New customer access is no longer available.", status=403),
    ],
)
def test_awss_own_endpoint_says_that_the_service_has_ended(
    reply: Any, either: VoiceID, canned: Canned
) -> None:
    canned.default = reply
    error = caught(either)
    assert "2026-05-20" in str(error)
    assert "voiceid_sdk.local" in str(error)


@pytest.mark.parametrize("reply", [UNREACHED, failure("AccessDeniedException", "Not you.", status=403)])
def test_another_endpoint_does_not(reply: Any, canned: Canned) -> None:
    canned.default = reply
    error = caught(typed_client(canned, endpoint_url=LOCAL, max_attempts=1))
    assert error.next_step
    assert "2026" not in str(error)


def test_the_end_for_new_customers_is_explained_wherever_it_is_told(canned: Canned) -> None:
    canned.default = failure("ValidationException", "New customer access is no longer available for this.")
    assert "2026-05-20" in str(caught(typed_client(canned, endpoint_url=LOCAL)))


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1", "sa-east-1"])
def test_a_region_that_never_had_voice_id_says_so(region: str, canned: Canned) -> None:
    canned.default = UNREACHED
    error = caught(typed_client(canned, region_name=region, max_attempts=1))
    assert f"Voice ID was never offered in {region}" in str(error)
    assert all(offered in str(error) for offered in service_model.REGIONS)
    assert "2026-05-20" in str(error)


@pytest.mark.parametrize("region", service_model.REGIONS)
def test_a_region_that_had_voice_id_does_not(region: str, canned: Canned) -> None:
    canned.default = UNREACHED
    error = caught(typed_client(canned, region_name=region, max_attempts=1))
    assert "never offered" not in str(error)
    assert "2026-05-20" in str(error)


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


# --- A success whose body is broken ---------------------------------------------------------------------

BROKEN = {
    "empty": b"",
    "empty object": b"{}",
    "cut off": b'{"Domain": {"DomainId": "Abc',
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "a web page": b"<html></html>",
    "no text at all": b"\xff\xfe\x00",
    "too deep": b"[" * 100_000,
}
WITH_CONTENT = sorted(TYPICAL)
WITHOUT_CONTENT = sorted(set(TABLE) - set(TYPICAL))


def send(client: VoiceID, name: str) -> object:
    request = {member: value for member, value in request_of(name).items() if member != "ClientToken"}
    return client._connection.call(TABLE[name], request)


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_body_is_a_response_error(body: bytes, either: VoiceID, canned: Canned) -> None:
    canned.default = Answer(200, body)
    for name in WITH_CONTENT:
        with pytest.raises(ResponseError) as raised:
            send(either, name)
        assert raised.value.operation == name
        assert raised.value.next_step
        assert raised.value.client_token == canned.sent[-1].body.get("ClientToken")
        assert raised.value.__context__ is None


@READS_BODIES
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_response_error_on_our_own_client_has_the_request_id(
    body: bytes, client: VoiceID, canned: Canned
) -> None:
    canned.default = Answer(200, body)
    assert caught(client).request_id == REQUEST_ID


@pytest.mark.parametrize("body", [b"", b"{}", b'{"Tomorrow": 1}'])
@pytest.mark.parametrize("name", WITHOUT_CONTENT)
def test_an_operation_without_content_may_answer_with_nothing(
    name: str, body: bytes, either: VoiceID, canned: Canned
) -> None:
    canned.default = Answer(200, body)
    assert send(either, name) is None


@READS_BODIES
@pytest.mark.parametrize("name", WITHOUT_CONTENT)
def test_what_is_no_json_object_is_broken_without_content_too(
    name: str, client: VoiceID, canned: Canned
) -> None:
    canned.default = Answer(200, b"<html></html>")
    with pytest.raises(ResponseError):
        send(client, name)


@READS_BODIES
@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"Domain": None}, "Domain is missing"),
        ({"Domain": "canary"}, "DomainInfo must be a structure"),
        ({"Domain": {"Name": 4711}}, "name must be a string"),
        ({"Domain": {"CreatedAt": "canary"}}, "created_at must be a timestamp"),
        ({"Domain": {"WatchlistDetails": {}}}, "watchlist_details.default_watchlist_id is missing"),
        ({"Domain": {"WatchlistDetails": "canary"}}, "watchlist_details must be a structure"),
    ],
)
def test_a_response_error_names_the_member_and_not_the_value(
    members: dict[str, Any], problem: str, client: VoiceID, canned: Canned
) -> None:
    canned.default = success(**members)
    error = caught(client)
    assert type(error) is ResponseError
    assert problem in error.message
    assert "canary" not in str(error)
    assert "4711" not in str(error)


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("DescribeDomain", {"Domain": "canary"}),
        ("DescribeDomain", {"Domain": {"CreatedAt": "canary"}}),
        ("DescribeDomain", {"Domain": {"CreatedAt": ["canary"]}}),
        ("DescribeDomain", {"Domain": {"WatchlistDetails": "canary"}}),
        ("DescribeSpeaker", {"Speaker": {"Status": 4711}}),
        ("DescribeFraudster", {"Fraudster": {"WatchlistIds": [4711]}}),
        ("ListSpeakers", {"SpeakerSummaries": "canary"}),
        ("ListSpeakers", {"SpeakerSummaries": {"canary": 1}}),
        ("ListSpeakers", {"SpeakerSummaries": ["canary"]}),
        ("ListSpeakers", {"SpeakerSummaries": [None]}),
        ("ListSpeakers", {"SpeakerSummaries": [], "NextToken": 4711}),
        ("ListTagsForResource", {"Tags": "canary"}),
        ("ListTagsForResource", {"Tags": [{"Key": "canary"}]}),
        ("ListTagsForResource", {"Tags": [{"Key": "canary", "Value": None}]}),
        ("EvaluateSession", {"AuthenticationResult": "canary"}),
        ("EvaluateSession", {"FraudDetectionResult": {"RiskDetails": {}}}),
    ],
)
def test_a_member_of_the_wrong_type_is_a_response_error_on_either_client(
    name: str, members: dict[str, Any], either: VoiceID, canned: Canned
) -> None:
    canned.default = success(**members)
    with pytest.raises(ResponseError) as raised:
        send(either, name)
    assert raised.value.__context__ is None
    assert "canary" not in str(raised.value)
    assert "4711" not in str(raised.value)


@pytest.mark.parametrize("name", WITH_CONTENT)
@strategies.share_of_examples(10)
@given(data=st.data())
def test_whatever_stands_in_a_body_is_data_or_a_response_error(name: str, data: st.DataObject) -> None:
    members = list(service_model.shape(service_model.operation(name)["output"]["shape"])["members"])
    body = data.draw(st.dictionaries(st.sampled_from(members), strategies.json_values, max_size=3))
    with contextlib.suppress(ConversionError):  # anything else fails
        TABLE[name].read(body)
