"""Enumerations are strings and open: an unknown value is a member like any other."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceid_sdk.enums import AuthenticationDecision, DomainStatus, JobStatus, OpenEnum, SpeakerStatus

KINDS = OpenEnum.__subclasses__()
EVERY_MEMBER = [member for kind in KINDS for member in kind]

known = st.sampled_from(EVERY_MEMBER)
unknown = st.builds(
    lambda kind, value: kind(value),
    st.sampled_from(KINDS),
    st.text().filter(lambda text: text.upper() != text),
)
members = known | unknown


@given(members)
def test_a_member_equals_its_value_and_hashes_like_it(member: OpenEnum) -> None:
    assert member == member.value
    assert member.value == member
    assert hash(member) == hash(member.value)
    assert {member.value: 1}[member] == 1


@given(members)
def test_a_member_is_found_by_its_value(member: OpenEnum) -> None:
    twin = type(member)(member.value)
    assert twin == member
    assert twin.name == member.name
    assert twin.value == member.value
    assert type(twin) is type(member)


@given(known)
def test_a_known_member_is_the_only_one_of_its_value(member: OpenEnum) -> None:
    assert type(member)(member.value) is member
    assert member.is_known


@given(unknown)
def test_an_unknown_member_is_named_by_its_value_and_not_kept(member: OpenEnum) -> None:
    assert member.name == member.value
    assert not member.is_known
    assert member.value not in type(member).__members__
    assert member not in list(type(member))


@given(members, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_a_member_survives_pickling(member: OpenEnum, protocol: int) -> None:
    twin = pickle.loads(pickle.dumps(member, protocol))
    assert twin == member
    assert type(twin) is type(member)
    assert twin.is_known == member.is_known


@given(members)
def test_a_member_survives_copying(member: OpenEnum) -> None:
    for twin in (copy.copy(member), copy.deepcopy(member)):
        assert twin == member
        assert type(twin) is type(member)


@given(members)
def test_a_member_is_written_as_its_value(member: OpenEnum) -> None:
    value = member.value
    assert type(value) is str
    assert str(member) == value
    assert f"{member}" == value
    assert f"{member:>30}" == f"{value:>30}"
    assert "%s" % member == value  # noqa: UP031 - that is the case
    parts = [member, member]
    assert ", ".join(parts) == f"{value}, {value}"
    assert json.loads(json.dumps({member: member})) == {value: value}


@given(known | st.just(SpeakerStatus("ARCHIVED")))
def test_a_member_is_shown_with_its_class_and_value(member: OpenEnum) -> None:
    assert repr(member) == f"<{type(member).__name__}.{member.value}: '{member.value}'>"


def test_a_value_that_looks_like_none_of_the_services_is_not_shown() -> None:
    assert repr(SpeakerStatus("caller-1")) == "<SpeakerStatus.[redacted]: '[redacted]'>"


def test_the_value_of_one_enumeration_may_be_unknown_to_another() -> None:
    crossed = SpeakerStatus(DomainStatus.ACTIVE)
    assert crossed == "ACTIVE"
    assert type(crossed.value) is str
    assert not crossed.is_known


def test_an_unknown_member_of_another_enumeration_is_found_by_its_value() -> None:
    assert JobStatus(DomainStatus("FAILED")) is JobStatus.FAILED


def test_members_of_different_values_differ() -> None:
    assert SpeakerStatus("ARCHIVED") != SpeakerStatus("RETIRED")
    assert AuthenticationDecision("ARCHIVED") != AuthenticationDecision.ACCEPT


@pytest.mark.parametrize("value", [None, 1, b"ENROLLED", ["ENROLLED"]])
def test_what_is_no_string_is_no_member(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid SpeakerStatus"):
        SpeakerStatus(value)


def test_members_work_as_patterns() -> None:
    match SpeakerStatus("ENROLLED"):
        case SpeakerStatus.ENROLLED:
            matched = True
        case _:
            matched = False
    assert matched
