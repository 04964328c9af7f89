"""The conversion is strict, reads every format of timestamps, and reports members and rules, never values."""

import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from voiceid_sdk._conversion import structuring, timestamps
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import Layout
from voiceid_sdk.enums import DomainStatus, SpeakerStatus
from voiceid_sdk.models import (
    AuthenticationConfiguration,
    AuthenticationResult,
    DomainInfo,
    FraudDetectionResult,
    FraudRiskDetails,
    FraudsterInfo,
    InputDataConfig,
    JobProgress,
    SessionEvaluation,
    SpeakerInfo,
    Structure,
    Tag,
    WatchlistInfo,
)
from voiceid_sdk.service_model.names import wire_name

EACH_FORM = pytest.mark.parametrize("form", ["wire", "dict"])


def problems(data_class: type[Structure], data: object, form: Layout = "wire") -> list[str]:
    """Return the problems of ``data``, or nothing when it fits."""
    try:
        structuring.structure(data_class, data, form)
    except ConversionError as error:
        return [f"{member} {rule}" for member, rule in error.problems]
    return []


def test_an_error_chains_nothing_that_could_hold_a_value() -> None:
    with pytest.raises(ConversionError) as caught:
        structuring.structure(DomainInfo, {"Name": 4711})
    assert caught.value.__context__ is None


# --- Names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "on_the_wire"),
    [
        ("domain_id", "DomainId"),
        ("s3_uri", "S3Uri"),
        ("name", "Name"),
        ("watchlist_ids", "WatchlistIds"),
        ("Name", "Name"),
        ("", ""),
    ],
)
def test_names_map_mechanically(name: str, on_the_wire: str) -> None:
    assert wire_name(name) == on_the_wire


# --- Types ----------------------------------------------------------------------------------------------

OF_EACH_TYPE: list[tuple[type[Structure], str, str]] = [
    (DomainInfo, "Name", "must be a string"),
    (JobProgress, "PercentComplete", "must be an integer"),
    (WatchlistInfo, "DefaultWatchlist", "must be a boolean"),
    (DomainInfo, "CreatedAt", "must be a timestamp"),
    (DomainInfo, "DomainStatus", "must be a string"),
    (FraudsterInfo, "WatchlistIds", "must be a list"),
    (DomainInfo, "WatchlistDetails", "must be a structure"),
]
VALUES: list[tuple[object, str]] = [
    ("canary", "must be a string"),
    (4711, "must be an integer"),
    (True, "must be a boolean"),
    (datetime(2025, 5, 20, tzinfo=UTC), "must be a timestamp"),
    (["canary"], "must be a list"),
    ({"DefaultWatchlistId": "canary"}, "must be a structure"),
    (0.5, "must be a number"),
    (b"canary", "must be bytes"),
    (object(), "must be an object"),
]
ALSO_FITS = {("must be a timestamp", "must be an integer"), ("must be a timestamp", "must be a number")}


@pytest.mark.parametrize(
    ("data_class", "member", "rule", "value"),
    [
        (data_class, member, rule, value)
        for (data_class, member, rule), (value, fits) in itertools.product(OF_EACH_TYPE, VALUES)
        if rule != fits and (rule, fits) not in ALSO_FITS
    ],
)
def test_a_value_of_another_type_is_refused(
    data_class: type[Structure], member: str, rule: str, value: object
) -> None:
    field = next(f.name for f in attrs.fields(data_class) if wire_name(f.name) == member)
    assert problems(data_class, {member: value}) == [f"{field} {rule}"]


@pytest.mark.parametrize(("data_class", "member", "_"), OF_EACH_TYPE)
def test_null_is_as_good_as_absent_where_the_model_requires_nothing(
    data_class: type[Structure], member: str, _: str
) -> None:
    assert structuring.structure(data_class, {member: None}) == data_class()


@pytest.mark.parametrize(
    ("data_class", "member"),
    [(Tag, "Key"), (InputDataConfig, "S3Uri"), (AuthenticationConfiguration, "AcceptanceThreshold")],
)
@pytest.mark.parametrize("value", [None, 0.5, ["canary"]])
def test_a_required_member_of_no_value_is_refused_and_no_text_none_comes_of_it(
    data_class: type[Structure], member: str, value: object
) -> None:
    fitting: dict[str, Any] = {"Key": "k", "Value": "v", "S3Uri": "s3://b/k", "AcceptanceThreshold": 90}
    known = {wire_name(field.name) for field in attrs.fields(data_class)}
    data = {name: fitting[name] for name in fitting if name in known}
    assert problems(data_class, data) == []
    (problem,) = problems(data_class, {**data, member: value})
    assert re.fullmatch(r"[a-z0-9_]+ must be an? (string|integer)", problem)


def test_a_required_structure_of_no_value_is_refused() -> None:
    data = {"KnownFraudsterRisk": None, "VoiceSpoofingRisk": {"RiskScore": 1}}
    assert problems(FraudRiskDetails, data) == ["known_fraudster_risk must be a structure"]


def test_a_missing_member_is_named_by_the_way_to_it() -> None:
    data: strategies.Wire = {"RiskDetails": {"KnownFraudsterRisk": {}}}
    assert problems(FraudDetectionResult, data) == [
        "risk_details.known_fraudster_risk.risk_score is missing",
        "risk_details.voice_spoofing_risk is missing",
    ]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    progress = structuring.structure(JobProgress, {"PercentComplete": 50.0})
    assert progress == JobProgress(percent_complete=50)
    assert type(progress.percent_complete) is int


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 50.5])
def test_a_number_that_is_not_whole_is_no_integer(number: float) -> None:
    assert problems(AuthenticationResult, {"Score": number}) == ["score must be an integer"]


@pytest.mark.parametrize(
    ("items", "broken"), [(["a", 1], [1]), (["a", None], [1]), ([["a"]], [0]), ([{}, "a", 2], [0, 2])]
)
def test_each_item_of_another_type_is_refused_and_numbered(items: list[object], broken: list[int]) -> None:
    expected = [f"watchlist_ids[{index}] must be a string" for index in broken]
    assert problems(FraudsterInfo, {"WatchlistIds": items}) == expected


def test_a_list_of_unknown_enumeration_values_is_kept() -> None:
    result = structuring.structure(FraudDetectionResult, {"Reasons": ["VOICE_SPOOFING", "MUMBLING"]})
    assert list(result.reasons) == ["VOICE_SPOOFING", "MUMBLING"]
    assert [reason.is_known for reason in result.reasons] == [True, False]


def test_an_empty_enumeration_value_is_kept() -> None:
    status = structuring.structure(DomainInfo, {"DomainStatus": ""}).domain_status
    assert type(status) is DomainStatus
    assert status == ""


MEMBERS = [name for field in attrs.fields(DomainInfo) for name in (field.name, wire_name(field.name))]


@EACH_FORM
@given(
    data=strategies.json_values
    | st.dictionaries(st.sampled_from(MEMBERS) | st.text(), strategies.json_values, max_size=4)
)
def test_whatever_the_data_it_fits_or_the_problem_has_a_member_and_a_rule_without_the_value(
    form: Layout, data: object
) -> None:
    for found in problems(DomainInfo, data, form):
        assert re.fullmatch(
            r"[A-Za-z_.]+ (is missing|must (be an? [a-z]+|have a structure in extra))", found
        ), found


@EACH_FORM
@given(data=st.data())
def test_a_broken_member_among_good_ones_is_the_only_one_that_is_named(
    form: Layout, data: st.DataObject
) -> None:
    fields = [field.name for field in attrs.fields(SpeakerInfo) if field.name != "extra"]
    whole = structuring.unstructure(data.draw(strategies.instances(SpeakerInfo)), form)
    name = data.draw(st.sampled_from(fields))
    written = wire_name(name) if form == "wire" else name
    (problem,) = problems(SpeakerInfo, {**whole, written: {"canary": 1}}, form)
    assert problem in (f"{name} must be a string", f"{name} must be a timestamp")


def test_a_plain_string_in_place_of_a_member_is_written_as_it_is() -> None:
    given: Any = "ENROLLED"
    speaker = SpeakerInfo(status=given)
    assert speaker.to_wire() == {"Status": "ENROLLED"}
    assert SpeakerInfo.from_dict(speaker.to_dict()).status is SpeakerStatus.ENROLLED


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda value: SpeakerInfo(status=value), "SpeakerInfo.status must be SpeakerStatus, not list"),
        (lambda value: SpeakerInfo(created_at=value), "SpeakerInfo.created_at must be datetime, not list"),
        (
            lambda value: DomainInfo(watchlist_details=value),
            "DomainInfo.watchlist_details must be WatchlistDetails, not list",
        ),
        (
            lambda value: SessionEvaluation(authentication_result=AuthenticationResult(decision=value)),
            "AuthenticationResult.decision must be AuthenticationDecision, not list",
        ),
    ],
)
def test_a_value_that_cannot_be_written_is_named_by_its_field(make: Callable[[Any], Any], said: str) -> None:
    for write in ("to_dict", "to_wire"):
        with pytest.raises(TypeError, match=re.escape(said)):
            getattr(make(["canary"]), write)()


def test_an_error_lists_its_problems() -> None:
    error = ConversionError(("name", "must be a string"), ("created_at", "is missing"))
    assert str(error) == "name must be a string; created_at is missing"


# --- Timestamps -----------------------------------------------------------------------------------------


def read(value: object) -> datetime | None:
    return structuring.structure(DomainInfo, {"CreatedAt": value}).created_at


MOMENT = datetime(2025, 5, 20, 10, 30, 15, tzinfo=UTC)
MILLISECONDS = MOMENT.replace(microsecond=250_000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1747737015, MOMENT),
        (1747737015.25, MILLISECONDS),
        ("1747737015", MOMENT),
        ("1747737015.25", MILLISECONDS),
        ("1.747737015e9", MOMENT),
        ("2025-05-20T10:30:15Z", MOMENT),
        ("2025-05-20T10:30:15z", MOMENT),
        ("2025-05-20T10:30:15.25Z", MILLISECONDS),
        ("2025-05-20T10:30:15.250000999Z", MILLISECONDS),
        ("2025-05-20T10:30:15+00:00", MOMENT),
        ("2025-05-20T16:00:15.250+05:30", MILLISECONDS),
        ("2025-05-20 10:30:15", MOMENT),
        ("Tue, 20 May 2025 10:30:15 GMT", MOMENT),
        ("Tue, 20 May 2025 12:30:15 +0200", MOMENT),
        ("20 May 2025 10:30:15 -0000", MOMENT),
        ("2025-05-20", datetime(2025, 5, 20, tzinfo=UTC)),
        (datetime(2025, 5, 20, 10, 30, 15), MOMENT),
        (datetime(2025, 5, 20, 12, 30, 15, tzinfo=timezone(timedelta(hours=2))), MOMENT),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1.5, datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)),
        (-62135596800, datetime(1, 1, 1, tzinfo=UTC)),
        (253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_read_in_every_form(value: object, expected: datetime) -> None:
    found = read(value)
    assert found == expected
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [1747737015, "1747737015", "2025-05-20T10:30:15", "20 May 2025 10:30:15", MOMENT.replace(tzinfo=None)],
)
def test_a_time_without_a_zone_is_read_as_utc_on_every_machine(value: object, far_from_utc: None) -> None:
    assert read(value) == MOMENT


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        1e30,
        -1e30,
        10**400,
        253402300800,
        "nan",
        "-inf",
        "1e400",
        "",
        " ",
        "Z",
        "soon",
        "Mon",
        "2025-13-20T10:30:15Z",
        "2025-05-20T25:30:15Z",
        "Tue, 32 May 2025 10:30:15 GMT",
        "20 May 99999 10:30:15 GMT",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        True,
    ],
)
def test_what_is_no_time_is_refused(value: object) -> None:
    assert problems(DomainInfo, {"CreatedAt": value}) == ["created_at must be a timestamp"]


@given(st.text() | st.from_regex(r"[0-9T:.+\-, A-Za-z]{1,30}", fullmatch=True))
def test_any_text_is_a_time_in_utc_or_is_refused_as_a_timestamp(text: str) -> None:
    if problems(DomainInfo, {"CreatedAt": text}) != ["created_at must be a timestamp"]:
        found = read(text)
        assert found is not None
        assert found.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_8601_is_read_exactly(moment: datetime) -> None:
    assert read(moment.isoformat()) == moment
    assert read(f"{moment.isoformat()[:-6]}Z") == moment


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)))
def test_rfc_822_is_read_to_the_second(moment: datetime) -> None:
    assert read(format_datetime(moment, usegmt=True)) == moment.replace(microsecond=0)


@given(st.integers(-62135596800, 253402300799))
def test_epoch_seconds_are_read_exactly(seconds: int) -> None:
    found = read(seconds)
    assert found is not None
    assert (found - timestamps.EPOCH) == timedelta(seconds=seconds)
    assert found.timestamp() == seconds


def test_times_to_the_hour_are_shared_because_many_speakers_have_them_in_common() -> None:
    one, other = (
        structuring.structure(SpeakerInfo, {"LastAccessedAt": 1_672_531_200.0, "CreatedAt": 1_672_531_200.0})
        for _ in range(2)
    )
    assert one.last_accessed_at is other.last_accessed_at
    assert one.last_accessed_at == one.created_at
    assert one.created_at is not other.created_at


@pytest.mark.parametrize("value", [[], {}, float("nan"), 1e300, "1672531200", 1_672_531_200, None])
def test_a_shared_time_is_read_like_any_other(value: object) -> None:
    def read_as(member: str) -> object:
        data = {member: value}
        return problems(SpeakerInfo, data) or structuring.structure(SpeakerInfo, data).to_wire().get(member)

    assert str(read_as("LastAccessedAt")).replace("last_accessed", "created") == str(read_as("CreatedAt"))


def test_epoch_seconds_do_not_depend_on_the_reach_of_the_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class ShortSighted(datetime):
        @classmethod
        def fromtimestamp(cls, *_: Any) -> Any:
            raise OSError

    monkeypatch.setattr(timestamps, "datetime", ShortSighted)
    assert timestamps._from_epoch(-62135596800) == datetime(1, 1, 1, tzinfo=UTC)
