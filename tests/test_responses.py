"""The result of an operation equals, member by member, what raw boto3 reads from the same bytes."""

import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import attrs
import pytest
from botocore.exceptions import UnStubbedResponseError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.canned_responses import (
    DOMAIN_ID,
    READS_BODIES,
    REQUEST_ID,
    SPEAKER_ID,
    TABLE,
    WATCHLIST_ID,
    Answer,
    Canned,
    raw_client,
    shared_session,
    success,
    typed_client,
    with_ids_of,
)
from voiceid_sdk import VoiceID, service_model
from voiceid_sdk._connection import Connection
from voiceid_sdk._wire.operations.list_pages import ListPage
from voiceid_sdk.enums import ConflictType
from voiceid_sdk.errors import ConflictError
from voiceid_sdk.models import Structure
from voiceid_sdk.service_model.names import python_name, wire_name

EACH_OPERATION = pytest.mark.parametrize("name", sorted(TABLE))


# --- The comparison -------------------------------------------------------------------------------------


def as_raw(value: Any) -> Any:
    """Return a value of ours as raw boto3 returns it, without absent members."""
    if isinstance(value, Structure):
        members = {
            wire_name(field.name): getattr(value, field.name)
            for field in attrs.fields(type(value))
            if field.name != "extra"
        }
        return {member: as_raw(part) for member, part in members.items() if part is not None and part != ()}
    if isinstance(value, tuple):
        return [as_raw(item) for item in value]
    return value


def normal(raw: Any) -> Any:
    """Return a result of raw boto3 without empty lists of names, and with times in UTC."""
    if isinstance(raw, dict):
        return {
            name: normal(part)
            for name, part in raw.items()
            if name != "ResponseMetadata" and not (part == [] and name in ("WatchlistIds", "Reasons"))
        }
    if isinstance(raw, list):
        return [normal(item) for item in raw]
    return raw.astimezone(UTC) if isinstance(raw, datetime) else raw


def answer_as_raw(name: str, typed: Any) -> Mapping[str, Any]:
    """Return the result of an operation of ours as the members of its response."""
    output = service_model.operation(name).get("output")
    members = list(service_model.shape(output["shape"]).get("members", {})) if output else []
    if typed is None:
        return {}
    if isinstance(typed, ListPage):
        (content,) = (member for member in members if member != "NextToken")
        token = {} if typed.next_token is None else {"NextToken": typed.next_token}
        return {content: as_raw(typed.items), **token}
    if isinstance(typed, dict):
        return {"Tags": [{"Key": key, "Value": value} for key, value in typed.items()]}
    return as_raw(typed) if name == "EvaluateSession" else {members[0]: as_raw(typed)}


def without_repetition(name: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return raw boto3's response without differences that tags or tokens of ours cannot express."""
    if name == "ListTagsForResource":
        tags = {tag["Key"]: tag["Value"] for tag in raw["Tags"]}
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return {member: value for member, value in raw.items() if (member, value) != ("NextToken", "")}


@attrs.frozen
class Paths:
    """One service, a raw client, and two connections to it."""

    canned: Canned
    raw: Any
    ours: Connection
    brought: Connection


@functools.cache
def paths() -> Paths:
    canned = Canned()
    brought = VoiceID(client=raw_client(canned))
    return Paths(
        canned,
        raw_client(canned),
        typed_client(canned)._connection,
        brought._connection,
    )


@EACH_OPERATION
@strategies.share_of_examples(10)
@given(data=st.data())
def test_typed_answers_are_equal_to_raw_boto3s_member_by_member(name: str, data: st.DataObject) -> None:
    request = data.draw(strategies.requests(name))
    body = with_ids_of(name, request, data.draw(strategies.responses(name)))
    way = paths()
    way.canned.answer(*[Answer(200, json.dumps(body).encode())] * 3)
    raw = getattr(way.raw, python_name(name))(**request)
    ours = way.ours.call(TABLE[name], request)
    brought = way.brought.call(TABLE[name], request)
    assert ours == brought
    assert answer_as_raw(name, ours) == without_repetition(name, normal(raw))
    bodies = [{**sent.body, "ClientToken": "made anew"} for sent in way.canned.sent[-3:]]
    assert bodies[0] == bodies[1] == bodies[2]


@pytest.fixture
def brought(canned: Canned) -> VoiceID:
    """Return a VoiceID with a client of the caller."""
    return VoiceID(client=raw_client(canned))


@pytest.fixture(params=["client", "brought"])
def either(request: pytest.FixtureRequest) -> VoiceID:
    """Return a VoiceID with a client that the SDK made, then one with a client of the caller."""
    client: VoiceID = request.getfixturevalue(request.param)
    return client


# --- Unknown members ------------------------------------------------------------------------------------

ODD = {
    "DomainId": DOMAIN_ID,
    "DomainStatus": "ARCHIVED",
    "Description": None,
    "CreatedAt": 1747737015.25,
    "HomeRegion": {"Name": "eu-west-2", "Since": 1747737015},
}


@READS_BODIES
def test_our_own_client_keeps_members_that_botocores_model_lacks(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=ODD))
    info = client.domain(DOMAIN_ID).describe()
    assert info.to_wire()["HomeRegion"] == ODD["HomeRegion"]


def test_a_client_that_the_caller_made_drops_them_as_boto3_does(brought: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=ODD))
    assert brought.domain(DOMAIN_ID).describe().extra == {}


def test_a_client_that_another_of_ours_made_is_the_callers(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=ODD))
    info = VoiceID(client=client.boto3_client).domain(DOMAIN_ID).describe()
    assert info.domain_id == DOMAIN_ID
    assert info.extra == {}


def test_times_are_the_same_wherever_the_machine_is(
    either: VoiceID, canned: Canned, far_from_utc: None
) -> None:
    canned.answer(success(Domain=ODD))
    assert either.domain(DOMAIN_ID).describe().created_at == datetime.fromtimestamp(1747737015.25, UTC)


def test_a_value_that_nobody_knows_yet_is_kept_on_both_paths(either: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=ODD))
    info = either.domain(DOMAIN_ID).describe()
    assert info.domain_status == "ARCHIVED"
    assert info.domain_status is not None
    assert not info.domain_status.is_known


def test_null_is_absent_on_both_paths(either: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=ODD))
    assert either.domain(DOMAIN_ID).describe().description is None


@pytest.mark.parametrize("token", [None, ""])
def test_a_list_ends_with_an_empty_token_too(either: VoiceID, token: str | None, canned: Canned) -> None:
    canned.answer(success(DomainSummaries=[{"DomainId": DOMAIN_ID}], NextToken=token))
    assert len(either.domains().all()) == 1
    assert len(canned.sent) == 1


def test_the_request_id_is_known_on_both_paths(either: VoiceID, canned: Canned) -> None:
    canned.answer(success(DomainSummaries=[]))
    (page,) = either.domains().pages()
    assert page.request_id == REQUEST_ID


def test_an_answer_without_metadata_has_no_request_id() -> None:
    mocked = mock.Mock()
    mocked.list_domains.return_value = {"DomainSummaries": []}
    (page,) = VoiceID(client=mocked).domains().pages()
    assert page.request_id is None


def test_a_mocked_client_works() -> None:
    mocked = mock.Mock()
    mocked.describe_speaker.return_value = {"Speaker": {"Status": "ENROLLED"}}
    info = VoiceID(client=mocked).domain(DOMAIN_ID).speaker(SPEAKER_ID).describe()
    assert info.status == "ENROLLED"
    mocked.describe_speaker.assert_called_once_with(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)


def test_a_stubbed_error_is_ours_with_all_its_attributes() -> None:
    stubbed = shared_session().client("voice-id")
    with Stubber(stubbed) as stubber:
        stubber.add_client_error(
            "delete_watchlist",
            "ConflictException",
            "The watchlist has fraudsters.",
            http_status_code=409,
            modeled_fields={"ConflictType": "CANNOT_DELETE_NON_EMPTY_WATCHLIST"},
        )
        with pytest.raises(ConflictError) as caught:
            VoiceID(client=stubbed).domain(DOMAIN_ID).watchlist(WATCHLIST_ID).delete()
    assert caught.value.conflict_type is ConflictType.CANNOT_DELETE_NON_EMPTY_WATCHLIST
    assert caught.value.status_code == 409


def test_what_a_stub_complains_of_reaches_the_test_as_it_is() -> None:
    stubbed = shared_session().client("voice-id")
    with Stubber(stubbed), pytest.raises(UnStubbedResponseError):
        VoiceID(client=stubbed).domain(DOMAIN_ID).describe()
