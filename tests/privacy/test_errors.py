"""Errors show no sensitive value: the canary is in none of the texts."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import botocore.exceptions
import pytest

from tests.support.canary import (
    ANSWERS,
    CANARY,
    MANIFEST,
    OPERATIONS,
    QUOTATIONS,
    REQUESTS,
    SENSITIVE_PARTS,
    TAGS,
    TELLING,
    TOMORROW,
    VALUES,
    call,
    error_of,
    everything_shown,
    has_canary,
)
from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    JOB_ID,
    Answer,
    Canned,
    failure,
    raw_client,
    success,
    typed_client,
)
from tests.support.clocks import FakeClock
from voiceid_sdk import Domain, VoiceID, WaitPolicy, errors, models
from voiceid_sdk.privacy import REDACTED
from voiceid_sdk.service_model.names import python_name
from voiceid_sdk.waiting import clock_in_use

EACH_SET_OF_VALUES: Final = {frozenset(SENSITIVE_PARTS[operation]): operation for operation in TELLING}
"""An operation for each set of sensitive values that operations send."""


@pytest.mark.parametrize("quotation", QUOTATIONS)
def test_a_message_of_the_service_does_not_show_it(quotation: str, canned: Canned, client: VoiceID) -> None:
    for operation in EACH_SET_OF_VALUES.values():
        request = REQUESTS[operation]
        quoted = ", ".join(map(QUOTATIONS[quotation], SENSITIVE_PARTS[operation]))
        assert has_canary(quoted)
        canned.default = failure("ValidationException", f"Value {quoted} is not good enough.")
        error = error_of(lambda: client.call(operation, **request))
        assert isinstance(error, errors.ValidationError)
        assert not has_canary(everything_shown(error)), operation
        assert REDACTED in error.message
        assert "is not good enough" in str(error)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_error_of_each_method_does_not_show_it(operation: str, canned: Canned, client: VoiceID) -> None:
    canned.default = lambda sent: failure("ConflictException", f"Cannot do {json.dumps(sent.body)}.")
    error = error_of(lambda: call(operation, client))
    assert isinstance(error, errors.ConflictError)
    assert not has_canary(everything_shown(error))


def test_other_parts_of_a_refusal_do_not_show_it(canned: Canned, client: VoiceID) -> None:
    value = VALUES["SpeakerId"]
    for odd in (
        failure(value, "No."),
        failure("ConflictException", ConflictType=value),
        failure("ResourceNotFoundException", ResourceType=value),
        failure("ValidationException", Tomorrow=TOMORROW),
        Answer(400, f"<html>{value}</html>".encode(), {"Content-Type": "text/html"}),
        Answer(500, f'{{"__type": "X", "Message": "{value}'.encode()),
    ):
        canned.default = odd
        error = error_of(lambda: call("DescribeSpeaker", client))
        assert isinstance(error, errors.ServiceError)
        assert not has_canary(everything_shown(error))


def test_a_value_does_not_hide_the_services_own_words(canned: Canned, client: VoiceID) -> None:
    canned.answer(failure("ConflictException", "Conflict.", ConflictType="SPEAKER_OPTED_OUT"))
    error = error_of(lambda: client.domain(DOMAIN_ID).speaker("Conflict").describe())
    assert isinstance(error, errors.ConflictError)
    assert error.code == "ConflictException"
    assert str(error).startswith("DescribeSpeaker: [redacted] (SPEAKER_OPTED_OUT; ConflictException; ")


def test_a_new_kind_of_conflict_or_resource_is_shown(canned: Canned, client: VoiceID) -> None:
    canned.answer(failure("ConflictException", ConflictType="MERCURY_IS_RETROGRADE"))
    assert "MERCURY_IS_RETROGRADE" in str(error_of(lambda: call("DescribeSpeaker", client)))
    canned.answer(failure("ResourceNotFoundException", ResourceType="PLANET"))
    assert "PLANET" in str(error_of(lambda: call("DescribeSpeaker", client)))


@pytest.mark.parametrize(
    "make_client",
    [typed_client, lambda canned: VoiceID(client=raw_client(canned))],
    ids=["our client", "the caller's client"],
)
@pytest.mark.parametrize(
    "content",
    [
        CANARY,
        {CANARY: CANARY},
        [CANARY],
        [[CANARY]],
        {"Status": {CANARY: 1}, "CreatedAt": CANARY, "Name": [CANARY]},
    ],
    ids=["string", "structure", "list", "nested list", "wrong members"],
)
def test_a_success_that_cannot_be_read_does_not_show_it(
    content: object, make_client: Callable[[Canned], VoiceID], canned: Canned
) -> None:
    voiceid = make_client(canned)
    for operation, answer in ANSWERS.items():
        canned.default = success(**dict.fromkeys(answer, content))
        try:
            shown = call(operation, voiceid)
        except errors.VoiceIDError as error:
            shown = error
        assert not has_canary(everything_shown(shown)), operation


@pytest.mark.parametrize("body", [CANARY, f'"{CANARY}"', f'{{"Speaker": {{"CustomerSpeakerId": "{CANARY}'])
def test_a_body_that_is_no_json_object_is_not_shown(body: str, canned: Canned, client: VoiceID) -> None:
    canned.default = Answer(200, body.encode())
    for voiceid in (client, VoiceID(client=raw_client(canned))):
        error = error_of(lambda: call("DescribeSpeaker", voiceid))
        assert isinstance(error, errors.ResponseError)
        assert not has_canary(everything_shown(error))


def with_wrong_values(value: object, wrong: object) -> object:
    """Return a request with ``wrong`` in place of each string."""
    if isinstance(value, dict):
        return {name: with_wrong_values(inner, wrong) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_wrong_values(inner, wrong) for inner in value]
    return wrong if isinstance(value, str) else value


@pytest.mark.parametrize(
    "wrong",
    [f"\0ö{CANARY}", CANARY * 1000, f"arn:aws:voiceid:ö{CANARY}", [CANARY], {CANARY: CANARY}],
    ids=["pattern", "length", "ARN", "list", "structure"],
)
def test_a_request_that_is_refused_does_not_show_it(wrong: object, client: VoiceID) -> None:
    for operation in OPERATIONS:
        request: Any = with_wrong_values(REQUESTS[operation], wrong)
        error = error_of(lambda: client.call(operation, **request))
        assert isinstance(error, errors.RequestValidationError), operation
        assert not has_canary(everything_shown(error)), operation


@pytest.mark.parametrize("wrong", [[CANARY], {CANARY: CANARY}], ids=["list", "structure"])
def test_a_request_that_botocore_refuses_does_not_show_it(wrong: object, canned: Canned) -> None:
    client, raw = typed_client(canned, validate_requests=False), raw_client(canned)
    for operation in OPERATIONS:
        request: Any = with_wrong_values(REQUESTS[operation], wrong)
        error = error_of(lambda: client.call(operation, **request))
        assert isinstance(error, errors.RequestValidationError), operation
        assert not has_canary(everything_shown(error)), operation
        assert has_canary(str(error_of(lambda: getattr(raw, python_name(operation))(**request))))


def test_a_member_that_nobody_knows_is_not_named_where_its_name_may_be_data(client: VoiceID) -> None:
    # The most common mistake with tags: keys in the place of "Key" and "Value".
    error = error_of(lambda: client.call("TagResource", ResourceArn=DOMAIN_ARN, Tags=[TAGS]))
    assert isinstance(error, errors.RequestValidationError)
    assert not has_canary(everything_shown(error))
    assert "Tags[0]" in str(error)
    assert "Key, Value" in str(error)


def test_data_that_cannot_be_read_back_is_not_shown() -> None:
    data = {CANARY: CANARY, "status": [CANARY], "created_at": CANARY, "customer_speaker_id": {CANARY: CANARY}}
    error = error_of(lambda: models.SpeakerInfo.from_dict(data))
    assert isinstance(error, errors.RequestValidationError)
    assert not has_canary(everything_shown(error))


@pytest.mark.parametrize(
    "failure_of_the_network",
    [
        botocore.exceptions.EndpointConnectionError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ReadTimeoutError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ConnectTimeoutError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ConnectionClosedError(endpoint_url=CANARY, request=CANARY),
        botocore.exceptions.SSLError(endpoint_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.ProxyConnectionError(proxy_url=CANARY, error=OSError(CANARY)),
        botocore.exceptions.HTTPClientError(error=OSError(CANARY), request=CANARY),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_of_the_network_does_not_show_it(
    failure_of_the_network: Exception, canned: Canned, client: VoiceID
) -> None:
    canned.default = failure_of_the_network
    error = error_of(lambda: call("DescribeSpeaker", client))
    assert isinstance(error, errors.TransportError)
    assert not has_canary(everything_shown(error))
    assert has_canary(
        str(error_of(lambda: raw_client(canned).describe_speaker(**REQUESTS["DescribeSpeaker"])))
    )


def test_an_error_in_a_list_does_not_show_it(canned: Canned, client: VoiceID) -> None:
    pager = client.domain(DOMAIN_ID).speakers()
    canned.answer(success(**ANSWERS["ListSpeakers"]), failure("ValidationException", VALUES["NextToken"]))
    refused = error_of(pager.all)
    canned.default = success(**ANSWERS["ListSpeakers"])
    repeated = error_of(pager.all)
    damaged = error_of(lambda: next(pager.items(CANARY)))
    assert isinstance(refused, errors.ValidationError)
    assert refused.resume_token
    assert isinstance(repeated, errors.PaginationError)
    assert isinstance(damaged, errors.RequestValidationError)
    for error in (refused, repeated, damaged):
        assert not has_canary(everything_shown(error))


FAILED_JOB: Final = f"Job {VALUES['JobName']} cannot read bucket-{CANARY.lower()} or {json.dumps(MANIFEST)}."
FAILED_KEY: Final = f"No key for {VALUES['DomainName'].upper()} ({json.dumps(VALUES['Description'])})."

WAITS: Final[Mapping[str, tuple[Callable[[Domain], object], str, str, Mapping[str, object]]]] = {
    "a failed enrollment job": (
        lambda domain: domain.enrollment_job(JOB_ID).wait(),
        "DescribeSpeakerEnrollmentJob",
        "Job",
        {"JobStatus": "FAILED", "FailureDetails": {"Message": FAILED_JOB}},
    ),
    "a failed registration job": (
        lambda domain: domain.registration_job(JOB_ID).wait(),
        "DescribeFraudsterRegistrationJob",
        "Job",
        {"JobStatus": "FAILED", "FailureDetails": {"Message": FAILED_JOB}},
    ),
    "a job with errors": (
        lambda domain: domain.enrollment_job(JOB_ID).wait(raise_on_errors=True),
        "DescribeSpeakerEnrollmentJob",
        "Job",
        {"JobStatus": "COMPLETED_WITH_ERRORS"},
    ),
    "a job that takes too long": (
        lambda domain: domain.enrollment_job(JOB_ID).wait(WaitPolicy(timeout=60)),
        "DescribeSpeakerEnrollmentJob",
        "Job",
        {"JobStatus": "IN_PROGRESS", "EndedAt": None},
    ),
    "a key change that failed": (
        lambda domain: domain.wait_until_encryption_updated(),
        "DescribeDomain",
        "Domain",
        {"ServerSideEncryptionUpdateDetails": {"UpdateStatus": "FAILED", "Message": FAILED_KEY}},
    ),
    "a deleted domain": (
        lambda domain: domain.wait_until_active(),
        "DescribeDomain",
        "Domain",
        {"DomainStatus": "SUSPENDED"},
    ),
    "a speaker who does not enroll": (
        lambda domain: domain.speaker(VALUES["SpeakerId"]).wait_until("ENROLLED"),
        "DescribeSpeaker",
        "Speaker",
        {"Status": "PENDING"},
    ),
}


@pytest.mark.parametrize("wait", WAITS)
def test_an_error_of_a_wait_does_not_show_it(wait: str, canned: Canned, client: VoiceID) -> None:
    waits, operation, member, state = WAITS[wait]
    canned.default = success(**{member: {**ANSWERS[operation][member], **state}})
    with clock_in_use(FakeClock()):
        error = error_of(lambda: waits(client.domain(DOMAIN_ID)))
    assert isinstance(error, errors.WaitError)
    assert isinstance(error.resource, models.Structure)
    assert not has_canary(everything_shown(error))
    assert not has_canary(everything_shown(error.resource))
    assert has_canary(str(error.resource.to_dict()))


def test_a_failed_job_still_says_why(canned: Canned, client: VoiceID) -> None:
    canned.default = success(
        Job={"JobStatus": "FAILED", "FailureDetails": {"Message": "The manifest is empty."}}
    )
    error = error_of(lambda: client.domain(DOMAIN_ID).enrollment_job(JOB_ID).wait())
    assert str(error).startswith("The enrollment job failed: The manifest is empty")
