"""The requests that the methods of handles send, and their results."""

import uuid
from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.stub import ANY, Stubber

from tests.handles.calls import (
    DOMAIN,
    FRAUDSTER,
    INPUT,
    JOB,
    OUTPUT,
    WATCHLIST_ID,
    Row,
    domain,
    fraudster,
    watchlist,
)
from tests.handles.domain_calls import DOMAIN_CALLS
from tests.handles.job_calls import JOB_CALLS
from tests.support.canned_responses import DOMAIN_ARN, ROLE_ARN, Canned, raw_client, success, typed_client
from tests.support.worlds import in_each_world
from voiceid_sdk import VoiceID, service_model
from voiceid_sdk.enums import FraudDetectionAction
from voiceid_sdk.errors import RequestValidationError
from voiceid_sdk.models import WatchlistInfo
from voiceid_sdk.service_model.names import python_name

ROWS: Final = [*DOMAIN_CALLS, *JOB_CALLS]

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def takes_client_token(operation: str) -> bool:
    request = service_model.shape(service_model.operation(operation)["input"]["shape"])
    return "ClientToken" in request.get("members", {})


# --- Requests and results -------------------------------------------------------------------------------


def test_the_table_has_every_operation() -> None:
    assert {row.operation for row in ROWS} == set(service_model.operation_names())


@in_each_world
@each_row
def test_each_method_sends_its_request_and_returns_typed_data(
    row: Row, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(**row.answer))
    returned = row.use(client)
    (sent,) = canned.sent
    made = {"ClientToken": sent.body.get("ClientToken")} if takes_client_token(row.operation) else {}
    assert sent.operation == row.operation
    assert sent.body == {**made, **row.request}
    assert returned == row.returns
    assert type(returned) is type(row.returns) or isinstance(returned, dict | list)


@each_row
def test_each_method_does_the_same_on_a_stubbed_client_of_the_callers(row: Row) -> None:
    brought = raw_client(Canned())
    expected = {**({"ClientToken": ANY} if takes_client_token(row.operation) else {}), **row.request}
    with Stubber(brought) as stubber:
        stubber.add_response(python_name(row.operation), dict(row.answer), expected)
        assert row.use(VoiceID(client=brought)) == row.returns
        stubber.assert_no_pending_responses()


@in_each_world
@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if takes_client_token(row.operation) and "ClientToken" not in row.request],
    ids=lambda row: row.name,
)
def test_a_client_token_is_made_anew_for_each_call(row: Row, client: VoiceID, canned: Canned) -> None:
    canned.answer(success(**row.answer), success(**row.answer))
    row.use(client)
    row.use(client)
    first, second = (str(uuid.UUID(sent.body["ClientToken"])) for sent in canned.sent)
    assert first != second


@in_each_world
def test_plain_strings_and_enumerations_are_sent_alike(client: VoiceID, canned: Canned) -> None:
    canned.default = success(Job=JOB)
    for action in ("FAIL", FraudDetectionAction.FAIL):
        domain(client).start_enrollment_job(
            input_s3_uri=INPUT,
            output_s3_uri=OUTPUT,
            data_access_role_arn=ROLE_ARN,
            fraud_detection_action=action,
        )
    first, second = (sent.body["EnrollmentConfig"] for sent in canned.sent)
    assert first == second == {"FraudDetectionConfig": {"FraudDetectionAction": "FAIL"}}


@in_each_world
def test_a_list_is_read_over_its_pages(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(DomainSummaries=[DOMAIN], NextToken="next"), success(DomainSummaries=[DOMAIN]))
    pages = list(client.domains(page_size=1).pages())
    assert [sent.body for sent in canned.sent] == [{"MaxResults": 1}, {"MaxResults": 1, "NextToken": "next"}]
    assert [len(page.items) for page in pages] == [1, 1]
    assert pages[0].request_id


@in_each_world
def test_a_list_can_be_resumed_by_another_client(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(DomainSummaries=[DOMAIN], NextToken="next"), success(DomainSummaries=[DOMAIN]))
    page = next(client.domains().pages())
    assert len(list(typed_client(canned).domains().items(page.resume_token))) == 1
    assert canned.sent[-1].body == {"NextToken": "next"}


# --- Which watchlist, which strings ---------------------------------------------------------------------


@in_each_world
@pytest.mark.parametrize(
    "given",
    [
        lambda client: WATCHLIST_ID,
        watchlist,
        lambda client: WatchlistInfo(watchlist_id=WATCHLIST_ID),
    ],
    ids=["id", "handle", "data"],
)
def test_a_watchlist_is_given_as_id_handle_or_data(
    given: Callable[[VoiceID], Any], client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Fraudster=FRAUDSTER), success(Fraudster=FRAUDSTER), success(FraudsterSummaries=[]))
    fraudster(client).associate(given(client))
    fraudster(client).disassociate(given(client))
    domain(client).fraudsters(watchlist=given(client)).all()
    assert [sent.body["WatchlistId"] for sent in canned.sent] == [WATCHLIST_ID] * 3


@in_each_world
@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.untag(DOMAIN_ARN, "team"),
        lambda client: domain(client).untag("team"),
        lambda client: domain(client).start_enrollment_job(
            input_s3_uri=INPUT,
            output_s3_uri=OUTPUT,
            data_access_role_arn=ROLE_ARN,
            watchlist_ids=WATCHLIST_ID,
        ),
        lambda client: domain(client).start_registration_job(
            input_s3_uri=INPUT,
            output_s3_uri=OUTPUT,
            data_access_role_arn=ROLE_ARN,
            watchlist_ids=WATCHLIST_ID,
        ),
    ],
)
def test_one_string_is_not_taken_for_the_list_of_its_characters(
    use: Callable[[VoiceID], object], client: VoiceID, canned: Canned
) -> None:
    with pytest.raises(RequestValidationError, match="must be several strings, such as a list"):
        use(client)
    assert canned.sent == []
