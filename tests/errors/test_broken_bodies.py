"""A response that says success and whose body is broken is an error."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.canned_responses import (
    READS_BODIES,
    REQUEST_ID,
    TABLE,
    TYPICAL,
    Answer,
    Canned,
    request_of,
    success,
)
from tests.support.raised_errors import caught
from voiceid_sdk import VoiceID, service_model
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk.errors import ResponseError

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
