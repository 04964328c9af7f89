"""A request that breaks a rule is rejected before sending; the error has parameter and rule, no value."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    ROLE_ARN,
    TABLE,
    WATCHLIST_ID,
    Canned,
    failure,
    typed_client,
    typical,
)
from voiceid_sdk import Domain, VoiceID, service_model
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.errors import RequestValidationError, ValidationError


def create(client: VoiceID, **changed: Any) -> object:
    return client.create_domain(**{"name": "n", "kms_key_id": "k", **changed})


def start(client: VoiceID, **changed: Any) -> object:
    given_: dict[str, Any] = {
        "input_s3_uri": "s3://bucket/in.json",
        "output_s3_uri": "s3://bucket/out",
        "data_access_role_arn": ROLE_ARN,
    }
    return client.domain(DOMAIN_ID).start_enrollment_job(**{**given_, **changed})


def in_domain(client: VoiceID) -> Domain:
    return client.domain(DOMAIN_ID)


EXISTING = "EnrollmentConfig.ExistingEnrollmentAction"
FRAUD = "EnrollmentConfig.FraudDetectionConfig"
NAME = "must begin with a letter or digit and hold only letters, digits, _ and -"
NAME_OR_ID = (
    "must be 'id#' and 22 letters and digits, or begin with a letter or digit and hold only letters, digits, "
    "_ and -"
)
TAG = "must hold only letters, digits, spaces and _ . : / = + - @"
NO_ARN = "must be an id, not an ARN; the id is what follows the ARN's last slash"
EXAMPLE = "arn:aws:voiceid:us-east-1:111122223333:domain/<22 letters and digits>"
A_DOMAIN = f"must be the ARN of a domain such as {EXAMPLE}"
A_ROLE = "must be the ARN of an IAM role such as arn:aws:iam::111122223333:role/name"

REFUSALS: list[tuple[Callable[[VoiceID], object], str]] = [
    # The wrong type.
    (lambda c: create(c, name=1), "name must be a string"),
    (lambda c: start(c, risk_threshold="5"), f"risk_threshold ({FRAUD}.RiskThreshold) must be an integer"),
    (lambda c: start(c, watchlist_ids=[1]), f"watchlist_ids ({FRAUD}.WatchlistIds[0]) must be a string"),
    (lambda c: c.call("TagResource", ResourceArn=DOMAIN_ARN, Tags={}), "tags must be a list"),
    (
        lambda c: c.call("TagResource", ResourceArn=DOMAIN_ARN, Tags=["k=v"]),
        "tags (Tags[0]) must be a structure",
    ),
    # The length.
    (lambda c: create(c, name="n" * 257), "name must have at most 256 characters"),
    (
        lambda c: create(c, kms_key_id=""),
        "kms_key_id (ServerSideEncryptionConfiguration.KmsKeyId) must have at least 1 character",
    ),
    (
        lambda c: create(c, tags={str(number): "" for number in range(201)}),
        "tags must have at most 200 items",
    ),
    (lambda c: start(c, watchlist_ids=[]), f"watchlist_ids ({FRAUD}.WatchlistIds) must have exactly 1 item"),
    (
        lambda c: start(c, watchlist_ids=[WATCHLIST_ID] * 2),
        f"watchlist_ids ({FRAUD}.WatchlistIds) must have exactly 1 item",
    ),
    (
        lambda c: c.domain("short").describe(),
        "domain_id must be 22 letters and digits",
    ),
    (
        lambda c: start(c, data_access_role_arn="no role"),
        f"data_access_role_arn must have at least 20 characters and {A_ROLE}",
    ),
    # The range.
    (lambda c: c.domains(page_size=0).all(), "page_size must be at least 1"),
    (lambda c: c.domains(page_size=11).all(), "page_size must be at most 10"),
    (lambda c: in_domain(c).speakers(page_size=101).all(), "page_size must be at most 100"),
    (lambda c: start(c, risk_threshold=-1), f"risk_threshold ({FRAUD}.RiskThreshold) must be at least 0"),
    (lambda c: start(c, risk_threshold=101), f"risk_threshold ({FRAUD}.RiskThreshold) must be at most 100"),
    # The pattern.
    (lambda c: create(c, name="-n"), f"name {NAME}"),
    (
        lambda c: create(c, description="<b>"),
        "description must hold only letters, digits, spaces and _ . : / = + - % @",
    ),
    (lambda c: create(c, client_token="?"), "client_token must hold only letters, digits, _ and -"),
    (lambda c: in_domain(c).speaker("?").describe(), f"speaker_id {NAME_OR_ID}"),
    (lambda c: in_domain(c).session("?").evaluate(), f"name_or_id {NAME_OR_ID}"),
    (
        lambda c: in_domain(c).fraudster("id#" + "?" * 22).describe(),
        "fraudster_id must be 'id#' and 22 letters and digits",
    ),
    (
        lambda c: start(c, input_s3_uri="https://bucket/in.json"),
        "input_s3_uri (InputDataConfig.S3Uri) must be an S3 URI such as s3://bucket/key",
    ),
    (
        lambda c: start(c, output_s3_uri="bucket"),
        "output_s3_uri (OutputDataConfig.S3Uri) must be an S3 URI such as s3://bucket/key",
    ),
    (
        lambda c: start(c, data_access_role_arn="arn:aws:iam::111122223333:user/someone"),
        f"data_access_role_arn {A_ROLE}",
    ),
    (
        lambda c: c.tags("arn:aws:s3:::bucket"),
        f"arn {A_DOMAIN}",
    ),
    (lambda c: c.call("ListDomains", NextToken="é"), r"resume_token must match ^\p{ASCII}{0,8192}$"),
    # An ARN where an id belongs.
    (lambda c: c.domain(DOMAIN_ARN).describe(), f"domain_id {NO_ARN}"),
    (lambda c: in_domain(c).watchlist(DOMAIN_ARN).describe(), f"watchlist_id {NO_ARN}"),
    (lambda c: in_domain(c).speaker(DOMAIN_ARN).describe(), f"speaker_id {NO_ARN}"),
    (lambda c: start(c, watchlist_ids=[DOMAIN_ARN]), f"watchlist_ids ({FRAUD}.WatchlistIds[0]) {NO_ARN}"),
    # An enumeration.
    (
        lambda c: in_domain(c).enrollment_jobs(status="DONE").all(),
        "status must be one of SUBMITTED, IN_PROGRESS, COMPLETED, COMPLETED_WITH_ERRORS, FAILED",
    ),
    (
        lambda c: start(c, existing_enrollment_action="MERGE"),
        f"existing_enrollment_action ({EXISTING}) must be one of SKIP, OVERWRITE",
    ),
    # Tags.
    (lambda c: c.tag(DOMAIN_ARN, {"": "v"}), "tags (Tags[0].Key) must have at least 1 character"),
    (
        lambda c: c.tag(DOMAIN_ARN, {"a": "b", "c": "v" * 257}),
        "tags (Tags[1].Value) must have at most 256 characters",
    ),
    (lambda c: c.tag(DOMAIN_ARN, {"a": "<b>"}), f"tags (Tags[0].Value) {TAG}"),
    (lambda c: c.untag(DOMAIN_ARN, ["k", "?"]), f"keys (TagKeys[1]) {TAG}"),
    # Missing, or unknown.
    (lambda c: c.call("DescribeDomain"), "domain_id is required"),
    (lambda c: c.call("DescribeDomain", DomainId=None), "domain_id is required"),
    (
        lambda c: c.call("TagResource", ResourceArn=DOMAIN_ARN, Tags=[{"Key": "k"}]),
        "tags (Tags[0].Value) is required",
    ),
    (
        lambda c: c.call("DescribeDomain", DomainId=DOMAIN_ID, Colour="red"),
        "Colour is not a member; DescribeDomain has DomainId",
    ),
    (
        lambda c: c.call(
            "TagResource", ResourceArn=DOMAIN_ARN, Tags=[{"Key": "k", "Value": "v", "Colour": 1}]
        ),
        "Tags[0] has an unknown member; it can have Key, Value",
    ),
]


@pytest.mark.parametrize(("call", "problem"), REFUSALS, ids=[problem for _, problem in REFUSALS])
def test_a_refusal_names_the_parameter_and_the_rule_and_nothing_is_sent(
    call: Callable[[VoiceID], object], problem: str, client: VoiceID, canned: Canned
) -> None:
    with pytest.raises(RequestValidationError) as caught:
        call(client)
    error = caught.value
    assert [str(each) for each in error.problems] == [problem]
    assert str(error) == f"{error.operation}: {problem}"
    assert error.operation in TABLE
    assert error.__context__ is None
    assert canned.sent == []


@pytest.mark.parametrize("tags", [5, [("team", "support")]])
def test_what_are_no_tags_is_an_error_of_the_operation_that_takes_them(client: VoiceID, tags: Any) -> None:
    with pytest.raises(RequestValidationError, match="CreateDomain: tags must be a dictionary"):
        create(client, tags=tags)
    with pytest.raises(RequestValidationError, match="TagResource: tags must be a dictionary"):
        client.domain(DOMAIN_ID).tag(tags)


def test_every_problem_of_a_request_is_named_at_once(client: VoiceID) -> None:
    with pytest.raises(RequestValidationError) as caught:
        create(client, name="", kms_key_id="", description="", tags={"": "<b>"}, client_token="?")
    assert [problem.parameter for problem in caught.value.problems] == [
        "client_token",
        "description",
        "name",
        "kms_key_id (ServerSideEncryptionConfiguration.KmsKeyId)",
        "tags (Tags[0].Key)",
        "tags (Tags[0].Value)",
    ]
    assert caught.value.parameter == "client_token"


def test_an_enumeration_that_is_new_to_the_model_passes_as_a_member_of_ours(
    client: VoiceID, canned: Canned
) -> None:
    canned.default = typical
    in_domain(client).enrollment_jobs(status=JobStatus("PAUSED")).all()
    assert canned.sent[0].body["JobStatus"] == "PAUSED"


@functools.cache
def lasting_client(*, validate_requests: bool) -> tuple[VoiceID, Canned]:
    """Return a client for the many examples of a property."""
    canned = Canned()
    canned.default = typical
    return typed_client(canned, validate_requests=validate_requests), canned


@pytest.mark.parametrize("name", TABLE)
@strategies.share_of_examples(20)
@given(data=st.data())
def test_a_request_that_fits_the_model_is_sent_as_it_is(name: str, data: st.DataObject) -> None:
    request = data.draw(strategies.requests(name))
    client, canned = lasting_client(validate_requests=True)
    client._connection.call(TABLE[name], request)
    sent = canned.sent[-1]
    assert sent.operation == name
    assert {**sent.body, **request} == sent.body
    assert sent.body.keys() - request.keys() <= {"ClientToken"}


# --- The value is never shown ---------------------------------------------------------------------------

CANARY = "Xq7Canary"
a_text = st.text(max_size=300).map(lambda text: CANARY + text) | st.text(max_size=30).map(
    lambda text: text + CANARY
)
a_number = st.integers(47_110_000, 47_119_999)
a_value: st.SearchStrategy[Any] = st.recursive(
    a_text | a_number | a_number.map(float),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(a_text, inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("validate", [True, False], ids=["ours", "botocore's"])
@pytest.mark.parametrize("name", TABLE)
@strategies.share_of_examples(10)
@given(data=st.data())
def test_a_refusal_never_shows_the_value(name: str, *, validate: bool, data: st.DataObject) -> None:
    members = service_model.shape(service_model.operation(name)["input"]["shape"])["members"]
    request = data.draw(strategies.requests(name))
    request[data.draw(st.sampled_from(sorted(members)))] = data.draw(a_value)
    client, _ = lasting_client(validate_requests=validate)
    try:
        client._connection.call(TABLE[name], request)
    except RequestValidationError as error:
        shown = f"{error!r} {error} {error.problems}"
        assert CANARY not in shown
        assert "4711" not in shown
        assert error.__context__ is None  # noqa: PT017 - valid requests raise nothing


# --- Switched off ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "member", "value"),
    [
        (lambda c: c.domains(page_size=500).all(), "MaxResults", 500),
        (lambda c: c.domain("a-domain-of-another-time").describe(), "DomainId", "a-domain-of-another-time"),
        (lambda c: in_domain(c).enrollment_jobs(status="DONE").all(), "JobStatus", "DONE"),
        (lambda c: create(c, name="n" * 300), "Name", "n" * 300),
    ],
)
def test_unchecked_requests_are_the_services_to_judge(
    call: Callable[[VoiceID], object], member: str, value: object, canned: Canned
) -> None:
    canned.default = failure("ValidationException")
    with pytest.raises(ValidationError):
        call(typed_client(canned, validate_requests=False))
    assert canned.sent[0].body[member] == value


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda c: c.call("DescribeDomain"), "domain_id is required"),
        (lambda c: create(c, name=1), "name must be a string"),
        (lambda c: c.domains(page_size=0).all(), "page_size must be at least 1"),
    ],
)
def test_what_botocore_refuses_of_its_own_is_named_all_the_same(
    call: Callable[[VoiceID], object], problem: str, canned: Canned
) -> None:
    with pytest.raises(RequestValidationError) as caught:
        call(typed_client(canned, validate_requests=False))
    assert [str(each) for each in caught.value.problems] == [problem]
    assert caught.value.__context__ is None
    assert canned.sent == []


def test_what_botocore_alone_refuses_is_our_error_too(client: VoiceID, canned: Canned) -> None:
    with pytest.raises(RequestValidationError, match="botocore rejected its parameters") as caught:
        client.call("TagResource", ResourceArn=DOMAIN_ARN, Tags=range(0))
    assert caught.value.operation == "TagResource"
    assert caught.value.problems == ()
    assert "range" not in str(caught.value)
    assert canned.sent == []
