"""What methods of a domain and of the client do beyond one call."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest.mock import Mock

import pytest

from tests.handles.calls import DOMAIN, IN_DOMAIN, TAGS, WATCHLIST_ID, domain, of
from tests.support.canned_responses import DOMAIN_ARN, DOMAIN_ID, Canned, success
from tests.support.worlds import in_each_world
from voiceid_sdk import Domain, VoiceID, service_model
from voiceid_sdk.errors import ConfigurationError, ResponseError
from voiceid_sdk.models import DomainInfo, WatchlistDetails

# --- Domain.update --------------------------------------------------------------------------------------

STORED: Final = {
    **DOMAIN,
    "Name": "stored",
    "Description": "Stored",
    "ServerSideEncryptionConfiguration": {"KmsKeyId": "stored-key"},
}
UPDATES: Final[list[tuple[dict[str, Any], dict[str, object]]]] = [
    ({}, {}),
    ({"name": "new"}, {"Name": "new"}),
    ({"description": "New"}, {"Description": "New"}),
    ({"kms_key_id": "new-key"}, {"ServerSideEncryptionConfiguration": {"KmsKeyId": "new-key"}}),
    (
        {"name": "new", "description": "New", "kms_key_id": "new-key"},
        {"Name": "new", "Description": "New", "ServerSideEncryptionConfiguration": {"KmsKeyId": "new-key"}},
    ),
]


@in_each_world
@pytest.mark.parametrize(("changes", "changed"), UPDATES, ids=lambda value: " ".join(value) or "nothing")
def test_an_update_keeps_what_is_left_out(
    changes: dict[str, Any], changed: dict[str, object], client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain=STORED), success(Domain=DOMAIN))
    assert domain(client).update(**changes) == of(DomainInfo, DOMAIN)
    kept = {name: STORED[name] for name in ("Name", "Description", "ServerSideEncryptionConfiguration")}
    assert [sent.operation for sent in canned.sent] == ["DescribeDomain", "UpdateDomain"]
    assert canned.sent[1].body == {**IN_DOMAIN, **kept, **changed}


@in_each_world
def test_an_update_removes_a_description_that_is_none(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=STORED), success(Domain=DOMAIN))
    domain(client).update(description=None)
    assert "Description" not in canned.sent[1].body


@in_each_world
@pytest.mark.parametrize("missing", ["Name", "ServerSideEncryptionConfiguration"])
def test_an_update_that_would_clear_what_it_cannot_see_is_not_sent(
    missing: str, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain={name: value for name, value in STORED.items() if name != missing}))
    with pytest.raises(ResponseError, match="so UpdateDomain would clear"):
        domain(client).update(description="New")
    assert len(canned.sent) == 1


@in_each_world
def test_an_update_that_gives_everything_needs_nothing_of_what_is_there(
    client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain={}), success(Domain=DOMAIN))
    domain(client).update(name="new", kms_key_id="new-key")
    assert canned.sent[1].body["Name"] == "new"


# --- Tags without data ----------------------------------------------------------------------------------


@in_each_world
@pytest.mark.parametrize(
    "handle",
    [lambda client: client.domain(DOMAIN_ID), lambda client: client.domain(DomainInfo(domain_id=DOMAIN_ID))],
    ids=["from an id", "from data without an ARN"],
)
@pytest.mark.parametrize(
    ("use", "operation"),
    [
        (lambda domain: domain.tags(), "ListTagsForResource"),
        (lambda domain: domain.tag({"team": "support"}), "TagResource"),
        (lambda domain: domain.untag(["team"]), "UntagResource"),
    ],
    ids=["tags", "tag", "untag"],
)
def test_tags_ask_for_the_arn_where_it_is_not_known(
    handle: Callable[[VoiceID], Domain],
    use: Callable[[Domain], object],
    operation: str,
    client: VoiceID,
    canned: Canned,
) -> None:
    canned.answer(success(Domain=DOMAIN), success(Tags=TAGS))
    use(handle(client))
    assert [sent.operation for sent in canned.sent] == ["DescribeDomain", operation]
    assert canned.sent[1].body["ResourceArn"] == DOMAIN_ARN


@pytest.mark.parametrize(
    "use", [lambda domain: domain.tag({"team": "support"}), lambda domain: domain.untag(["team"])]
)
def test_a_request_for_tags_is_checked_once_where_the_arn_is_known(
    use: Callable[[Domain], object], client: VoiceID, canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    canned.answer(success())
    checked: list[str] = []
    violations = service_model.violations

    def counted(operation: str, request: Mapping[str, object]) -> list[service_model.Violation]:
        checked.append(operation)
        return violations(operation, request)

    monkeypatch.setattr(service_model, "violations", counted)
    use(domain(client))
    assert checked == [canned.sent[0].operation]


@in_each_world
def test_tags_of_a_domain_without_an_arn_are_an_error(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain={"DomainId": DOMAIN_ID}))
    with pytest.raises(ResponseError, match="DescribeDomain returned no ARN"):
        client.domain(DOMAIN_ID).tags()


@in_each_world
def test_tags_do_not_show_what_they_say(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Tags=[{"Key": "canary", "Value": "canary"}]))
    tags = client.tags(DOMAIN_ARN)
    assert tags == {"canary": "canary"}
    assert "canary" not in repr(tags)


# --- The default watchlist ------------------------------------------------------------------------------

WITH_DEFAULT: Final = {**DOMAIN, "WatchlistDetails": {"DefaultWatchlistId": WATCHLIST_ID}}


def test_the_default_watchlist_is_known_from_the_data(offline: VoiceID) -> None:
    details = WatchlistDetails(default_watchlist_id=WATCHLIST_ID)
    handle = offline.domain(DomainInfo(domain_id=DOMAIN_ID, watchlist_details=details))
    assert handle.default_watchlist() == handle.watchlist(WATCHLIST_ID)


@in_each_world
@pytest.mark.parametrize("known", [DOMAIN_ID, DomainInfo(domain_id=DOMAIN_ID)], ids=["id", "data without it"])
def test_the_default_watchlist_is_asked_for_where_it_is_not_known(
    known: str | DomainInfo, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain=WITH_DEFAULT))
    assert client.domain(known).default_watchlist() == client.domain(DOMAIN_ID).watchlist(WATCHLIST_ID)


@in_each_world
def test_a_domain_without_a_default_watchlist_is_an_error(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=DOMAIN))
    with pytest.raises(ResponseError, match="DescribeDomain returned no default watchlist"):
        client.domain(DOMAIN_ID).default_watchlist()


# --- The client -----------------------------------------------------------------------------------------


def test_a_client_of_the_callers_cannot_be_configured() -> None:
    with pytest.raises(ConfigurationError, match="client and region_name, max_attempts exclude each other"):
        VoiceID(client=Mock(spec=[]), region_name="eu-west-2", max_attempts=5)


def test_a_client_of_the_callers_stays_as_it_is() -> None:
    brought = Mock(spec=["meta", "describe_domain"])
    with VoiceID(client=brought) as client:
        assert client.boto3_client is brought
    assert brought.mock_calls == []


def test_a_client_of_the_callers_may_be_a_mock() -> None:
    brought = Mock(spec=["describe_domain"])
    brought.describe_domain.return_value = {"Domain": DOMAIN}
    assert VoiceID(client=brought).domain(DOMAIN_ID).describe() == of(DomainInfo, DOMAIN)
    brought.describe_domain.assert_called_once_with(DomainId=DOMAIN_ID)
