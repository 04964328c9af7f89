"""Reading a list by columns gives the same result as reading its structures one by one."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.clocks import machine_in
from voiceid_sdk._conversion import columns, structuring
from voiceid_sdk._conversion.columns import structure_all
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.extra_fields import NO_EXTRA
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobSummary,
    FraudsterInfo,
    RegistrationJobSummary,
    SpeakerInfo,
    Structure,
    WatchlistInfo,
)

LISTED: dict[str, type[Structure]] = {
    "DomainSummary": DomainInfo,
    "SpeakerSummary": SpeakerInfo,
    "FraudsterSummary": FraudsterInfo,
    "WatchlistSummary": WatchlistInfo,
    "SpeakerEnrollmentJobSummary": EnrollmentJobSummary,
    "FraudsterRegistrationJobSummary": RegistrationJobSummary,
}
EACH_LIST = pytest.mark.parametrize("shape", sorted(LISTED))
SPEAKER = {"CustomerSpeakerId": "ana", "Status": "ENROLLED", "CreatedAt": 1.75e9, "LastAccessedAt": 1.0}
LOCAL = parse_timestamp("0").tzinfo
MOMENT = datetime(2025, 5, 20, 10, 30, 15, 250_000, tzinfo=UTC)


def at_once(data_class: type[Structure], items: list[Any]) -> object:
    try:
        return structure_all(data_class, items)
    except ConversionError as error:
        return error.problems


def one_by_one(data_class: type[Structure], items: list[Any]) -> object:
    try:
        return tuple([structuring.structure(data_class, item) for item in items])
    except ConversionError as error:
        return error.problems


def refuse(*_: object) -> Any:
    raise AssertionError


@pytest.fixture
def in_columns_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test when a structure is read one by one."""
    monkeypatch.setattr(columns, "structure", refuse)


# --- Both readers agree ---------------------------------------------------------------------------------


@EACH_LIST
@given(st.data())
@strategies.share_of_examples(len(LISTED))
def test_what_does_not_fit_is_read_or_refused_the_same(shape: str, data: st.DataObject) -> None:
    members = {member.name for member in structuring.members(LISTED[shape])} | {"MemberOfTomorrow"}
    broken = st.dictionaries(st.sampled_from(sorted(members)), strategies.json_values, max_size=3)
    items = data.draw(st.lists(strategies.values(shape) | broken | strategies.json_values, max_size=5))
    assert at_once(LISTED[shape], items) == one_by_one(LISTED[shape], items)


@pytest.mark.parametrize(
    "odd",
    [
        {**SPEAKER, "Status": "ASLEEP"},
        {**SPEAKER, "Status": ["ENROLLED"]},
        {**SPEAKER, "CreatedAt": "2025-05-20T10:30:15Z"},
        {**SPEAKER, "CreatedAt": float("nan")},
        {**SPEAKER, "CreatedAt": True},
        {**SPEAKER, "CreatedAt": 10**400},
        {**SPEAKER, "CreatedAt": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))},
        {**SPEAKER, "CreatedAt": datetime(2025, 5, 20)},
        {**SPEAKER, "LastAccessedAt": True},
        {**SPEAKER, "DomainId": 1},
        {**SPEAKER, "MemberOfTomorrow": 1},
        {"Status": "ENROLLED", 1: 1},
        {},
        None,
        "CreatedAt",
        ["CreatedAt"],
    ],
    ids=str,
)
@pytest.mark.parametrize("position", [0, 2])
def test_one_that_is_different_is_read_or_refused_as_it_is_alone(odd: object, position: int) -> None:
    items: list[object] = [SPEAKER, SPEAKER]
    items.insert(position, odd)
    assert at_once(SpeakerInfo, items) == one_by_one(SpeakerInfo, items)


def test_an_empty_list_is_empty() -> None:
    assert structure_all(SpeakerInfo, []) == ()


@EACH_LIST
def test_filling_the_slots_leaves_nothing_out_that_a_class_would_do_with_a_value(shape: str) -> None:
    for field in attrs.fields(LISTED[shape]):
        assert field.converter is None
        assert field.validator is None
        assert field.default in (attrs.NOTHING, None, (), NO_EXTRA)
    assert not hasattr(LISTED[shape], "__attrs_post_init__")


# --- Regular pages --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("in_columns_alone")
@EACH_LIST
@given(st.data())
@strategies.share_of_examples(len(LISTED))
def test_what_fits_the_model_is_read_in_columns_and_the_same(shape: str, data: st.DataObject) -> None:
    items = data.draw(st.lists(strategies.values(shape), max_size=5))
    assert at_once(LISTED[shape], items) == one_by_one(LISTED[shape], items)


@pytest.mark.usefixtures("in_columns_alone")
def test_a_status_of_tomorrow_and_a_member_that_some_lack_are_regular() -> None:
    items = [{**SPEAKER, "Status": "ASLEEP"}, {"Status": "ENROLLED"}, SPEAKER]
    found = structure_all(SpeakerInfo, items)
    assert [speaker.status for speaker in found] == [
        SpeakerStatus("ASLEEP"),
        SpeakerStatus.ENROLLED,
        SpeakerStatus.ENROLLED,
    ]
    assert [speaker.last_accessed_at is None for speaker in found] == [False, True, False]


def test_equal_domain_ids_and_equal_hours_are_one_object() -> None:
    # As JSON, so that the values are not the same objects before.
    text = json.dumps([{"DomainId": "GilyV5Xkq2CbtRtRKSMBmL", "LastAccessedAt": 1_747_735_200.0}] * 2)
    one, other = structure_all(SpeakerInfo, json.loads(text))
    assert one.domain_id is other.domain_id
    assert one.last_accessed_at is other.last_accessed_at


# --- Pages that botocore parsed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone",
    [
        "UTC",
        "Far-11:30",
        "EST5EDT,M3.2.0,M11.1.0",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
    ],
)
def test_times_in_the_zone_of_the_machine_are_read_as_utc(zone: str) -> None:
    # Over the hour that is repeated when daylight saving time ends, and half a year later.
    seconds = [1_762_050_600.5 + 1_200 * step for step in range(20)] + [1_747_737_015.25]
    with machine_in(zone):
        items = [{"CreatedAt": parse_timestamp(str(second))} for second in seconds]
        found = structure_all(SpeakerInfo, items)
    assert [speaker.created_at for speaker in found] == [
        datetime.fromtimestamp(second, UTC) for second in seconds
    ]
    assert all(speaker.created_at is not None and speaker.created_at.tzinfo is UTC for speaker in found)


@pytest.mark.parametrize("zones", [[UTC], [timezone(timedelta(hours=2))], [UTC, LOCAL], [UTC, None]])
def test_times_in_other_zones_are_read_as_they_are_alone(zones: list[Any], far_from_utc: None) -> None:
    items = [
        {"CreatedAt": MOMENT.astimezone(zone) if zone else MOMENT.replace(tzinfo=None)} for zone in zones
    ]
    assert [speaker.created_at for speaker in structure_all(SpeakerInfo, items)] == [MOMENT] * len(zones)
