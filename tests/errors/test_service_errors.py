"""Errors of the service, and of a service that AWS has ended."""

import json
from typing import Any

import botocore.exceptions
import pytest

from tests.support.canned_responses import (
    DOMAIN_ID,
    REGION,
    REQUEST_ID,
    SPEAKER_ID,
    Answer,
    Canned,
    failure,
    typed_client,
    web_page,
)
from tests.support.raised_errors import AWS, LOCAL, UNREACHED, caught
from voiceid_sdk import VoiceID, service_model
from voiceid_sdk._wire import botocore_errors
from voiceid_sdk.enums import ConflictType, ResourceType
from voiceid_sdk.errors import (
    AccessDeniedError,
    AuthenticationError,
    ConflictError,
    InternalServerError,
    ResourceNotFoundError,
    ServiceError,
    ServiceQuotaExceededError,
    ThrottlingError,
    ValidationError,
)

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
