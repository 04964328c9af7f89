"""Data is data: plain, frozen, comparable, hashable, picklable, and the same after every round trip."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from voiceid_sdk import batch, models
from voiceid_sdk._conversion import structuring
from voiceid_sdk.enums import DomainStatus, SpeakerStatus
from voiceid_sdk.errors import RequestValidationError
from voiceid_sdk.models import (
    DomainInfo,
    ExtraFields,
    FraudsterInfo,
    SpeakerInfo,
    Structure,
    WatchlistDetails,
)

CLASSES = [
    exported
    for module in (models, batch)
    for name in module.__all__
    if isinstance(exported := getattr(module, name), type)
    and issubclass(exported, Structure)
    and exported is not Structure
]
EACH_CLASS = pytest.mark.parametrize("data_class", CLASSES, ids=lambda data_class: data_class.__name__)


# --- Properties of every class --------------------------------------------------------------------------


@EACH_CLASS
@strategies.share_of_examples(10)
@given(data=st.data())
def test_from_dict_is_the_way_back_from_to_dict(data_class: type[Structure], data: st.DataObject) -> None:
    instance = data.draw(strategies.instances(data_class))
    assert data_class.from_dict(instance.to_dict()) == instance


@EACH_CLASS
@strategies.share_of_examples(10)
@given(data=st.data())
def test_from_dict_is_the_way_back_through_json_too(data_class: type[Structure], data: st.DataObject) -> None:
    instance = data.draw(strategies.instances(data_class))
    written = json.dumps(instance.to_dict())
    assert data_class.from_dict(json.loads(written)) == instance


@EACH_CLASS
@strategies.share_of_examples(10)
@given(data=st.data())
def test_what_to_wire_writes_is_read_back_from_the_wire(
    data_class: type[Structure], data: st.DataObject
) -> None:
    instance = data.draw(strategies.instances(data_class))
    body = json.loads(json.dumps(instance.to_wire()))
    assert structuring.structure(data_class, body) == instance


@EACH_CLASS
@strategies.share_of_examples(10)
@given(data=st.data())
def test_copies_and_pickles_are_equal_and_hash_alike(
    data_class: type[Structure], data: st.DataObject
) -> None:
    instance = data.draw(strategies.instances(data_class))
    for twin in (copy.copy(instance), copy.deepcopy(instance), pickle.loads(pickle.dumps(instance))):
        assert twin == instance
        assert hash(twin) == hash(instance)
        assert type(twin) is data_class


@EACH_CLASS
@strategies.share_of_examples(20)
@given(data=st.data())
def test_equal_data_comes_from_equal_fields_only(data_class: type[Structure], data: st.DataObject) -> None:
    one, other = data.draw(strategies.instances(data_class)), data.draw(strategies.instances(data_class))
    names = [field.name for field in attrs.fields(data_class)]
    assert (one == other) == all(getattr(one, name) == getattr(other, name) for name in names)


@EACH_CLASS
@strategies.share_of_examples(20)
@given(data=st.data())
def test_data_is_frozen_and_has_no_room_for_more(data_class: type[Structure], data: st.DataObject) -> None:
    instance = data.draw(strategies.instances(data_class))
    for field in attrs.fields(data_class):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(instance, field.name, None)
    with pytest.raises(AttributeError):
        instance.colour = "red"  # type: ignore[attr-defined] # the mistake
    assert not hasattr(instance, "__dict__")


@EACH_CLASS
def test_fields_are_given_by_name(data_class: type[Structure]) -> None:
    with pytest.raises(TypeError):
        data_class("a")  # type: ignore[call-arg, arg-type] # the mistake


# --- Layouts --------------------------------------------------------------------------------------------

CREATED = datetime(2025, 5, 20, 10, 30, 0, 123000, tzinfo=UTC)
DOMAIN = DomainInfo(
    created_at=CREATED,
    domain_id="Abcdefghijklmnopqrst01",
    domain_status=DomainStatus.ACTIVE,
    name="callers",
    watchlist_details=WatchlistDetails(default_watchlist_id="Abcdefghijklmnopqrst04"),
)


def test_to_dict_gives_plain_values_under_the_names_of_the_fields() -> None:
    assert DOMAIN.to_dict() == {
        "arn": None,
        "created_at": "2025-05-20T10:30:00.123000+00:00",
        "description": None,
        "domain_id": "Abcdefghijklmnopqrst01",
        "domain_status": "ACTIVE",
        "name": "callers",
        "server_side_encryption_configuration": None,
        "server_side_encryption_update_details": None,
        "updated_at": None,
        "watchlist_details": {"default_watchlist_id": "Abcdefghijklmnopqrst04"},
    }


def test_to_wire_gives_the_services_names_and_leaves_out_what_is_absent() -> None:
    assert DOMAIN.to_wire() == {
        "CreatedAt": 1747737000.123,
        "DomainId": "Abcdefghijklmnopqrst01",
        "DomainStatus": "ACTIVE",
        "Name": "callers",
        "WatchlistDetails": {"DefaultWatchlistId": "Abcdefghijklmnopqrst04"},
    }


@pytest.mark.parametrize("form", ["to_dict", "to_wire"])
def test_enumerations_are_written_as_plain_strings(form: str) -> None:
    written = getattr(SpeakerInfo(status=SpeakerStatus.ENROLLED), form)()
    (status,) = [value for value in written.values() if value is not None]
    assert type(status) is str


def test_lists_are_tuples_here_and_lists_in_the_forms() -> None:
    fraudster = structuring.structure(FraudsterInfo, {"WatchlistIds": ["a", "b"]})
    assert fraudster.watchlist_ids == ("a", "b")
    assert fraudster.to_dict()["watchlist_ids"] == ["a", "b"]
    assert fraudster.to_wire() == {"WatchlistIds": ["a", "b"]}


def test_a_time_without_a_zone_is_written_as_utc_on_every_machine(far_from_utc: None) -> None:
    naive = DomainInfo(created_at=datetime(2025, 5, 20))
    east = timezone(timedelta(hours=12))
    there = DomainInfo(created_at=datetime(2025, 5, 20, 12, tzinfo=east))
    assert naive.to_wire() == there.to_wire() == {"CreatedAt": 1747699200.0}


def test_a_time_of_another_zone_comes_back_in_utc() -> None:
    there = DomainInfo(created_at=datetime(2025, 5, 20, 12, tzinfo=timezone(timedelta(hours=12))))
    back = DomainInfo.from_dict(there.to_dict())
    assert back == there
    assert back.created_at is not None
    assert back.created_at.tzinfo is UTC


# --- Unknown members ------------------------------------------------------------------------------------

UNKNOWN = {"Region": "eu", "Limits": {"Most": [1, {"Least": None}]}, "extra": True, "name": "small"}


def test_unknown_members_of_the_wire_are_kept_under_their_names() -> None:
    domain = structuring.structure(DomainInfo, {"Name": "callers", **UNKNOWN})
    assert domain.name == "callers"
    assert domain.extra == ExtraFields(UNKNOWN)
    assert domain.to_wire() == {"Name": "callers", **UNKNOWN}
    assert domain.to_dict()["extra"] == UNKNOWN


def test_unknown_members_are_kept_in_nested_structures() -> None:
    domain = structuring.structure(
        DomainInfo, {"WatchlistDetails": {"DefaultWatchlistId": "w", "MostFraudsters": 500}}
    )
    assert domain.extra == {}
    assert domain.watchlist_details is not None
    assert domain.watchlist_details.extra == {"MostFraudsters": 500}


def test_fields_of_a_newer_version_get_their_wire_names() -> None:
    domain = DomainInfo.from_dict({"name": "callers", "home_region": "eu", "extra": {"Colour": "red"}})
    assert domain.extra == {"HomeRegion": "eu", "Colour": "red"}


def test_data_without_unknown_members_shares_one_empty_extra() -> None:
    domain = structuring.structure(DomainInfo, {"Name": "callers"})
    assert domain.extra is DomainInfo().extra
    assert "extra" not in domain.to_dict()


def test_unknown_members_make_a_difference() -> None:
    assert DomainInfo(extra=ExtraFields({"Colour": "red"})) != DomainInfo()


def test_unknown_members_are_counted_and_not_shown() -> None:
    assert repr(ExtraFields({"Colour": "red"})) == "<1 unknown member>"
    assert repr(ExtraFields({"Colour": "red", "Age": 3})) == "<2 unknown members>"
    assert "member" not in repr(DomainInfo(extra=ExtraFields({"Colour": "red"})))


def test_unknown_members_are_read_only_down_to_the_last() -> None:
    given_: dict[str, Any] = {"Limits": {"Most": [1, 2]}}
    extra = ExtraFields(given_)
    given_["Limits"]["Most"].append(3)
    assert extra == {"Limits": {"Most": (1, 2)}}
    with pytest.raises(TypeError):
        extra["Limits"] = 1  # type: ignore[index] # the mistake
    assert len(extra) == 1
    assert list(extra) == ["Limits"]


@given(st.dictionaries(st.text(max_size=5), strategies.json_values, max_size=3))
def test_unknown_members_that_are_equal_hash_alike(fields: dict[str, Any]) -> None:
    one, other = ExtraFields(fields), ExtraFields(dict(reversed(fields.items())))
    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one


# --- What from_dict rejects -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ({"name": 4711}, ["name must be a string"]),
        ({"name": ["canary"]}, ["name must be a string"]),
        ({"created_at": "canary"}, ["created_at must be a timestamp"]),
        ({"domain_status": 1}, ["domain_status must be a string"]),
        ({"watchlist_details": {}}, ["watchlist_details.default_watchlist_id is missing"]),
        ({"watchlist_details": "canary"}, ["watchlist_details must be a structure"]),
        ({"extra": "canary"}, ["data must have a structure in extra"]),
        (
            {"watchlist_details": {"default_watchlist_id": "canary", "extra": ["canary"]}},
            ["watchlist_details must have a structure in extra"],
        ),
        ({"arn": 1, "description": "canary", "name": 2}, ["arn must be a string", "name must be a string"]),
        ("canary", ["data must be a structure"]),
        (None, ["data must be a structure"]),
        ({4711: "canary"}, ["data must be a structure"]),
    ],
)
def test_from_dict_names_every_problem_and_no_value(data: Any, problems: list[str]) -> None:
    with pytest.raises(RequestValidationError) as caught:
        DomainInfo.from_dict(data)
    assert [str(problem) for problem in caught.value.problems] == problems
    assert str(caught.value) == f"DomainInfo.from_dict: {'; '.join(problems)}"
    assert "canary" not in repr(caught.value)
    assert caught.value.__context__ is None


def test_every_exported_class_is_documented() -> None:
    for name in models.__all__:
        assert getattr(models, name).__doc__
