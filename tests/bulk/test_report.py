"""The report of a run: which places are done, and how it travels."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceid_sdk.bulk import Failed, IndexSet, Report
from voiceid_sdk.bulk.report import ReportBuilder
from voiceid_sdk.errors import ConflictError, RequestValidationError, TransportError, VoiceIDError

PLACES = st.lists(st.integers(0, 60))


def indices(places: list[int]) -> IndexSet:
    made = IndexSet()
    for place in places:
        made.add(place)
    return made


@given(PLACES)
def test_indices_are_the_set_of_what_was_added(places: list[int]) -> None:
    made = indices(places)
    assert list(made) == sorted(set(places))
    assert len(made) == len(set(places))
    assert [place for place in range(62) if place in made] == sorted(set(places))


@given(PLACES)
def test_ranges_ascend_and_never_touch(places: list[int]) -> None:
    bounds = [bound for bounds in indices(places).ranges for bound in bounds]
    assert bounds == sorted(set(bounds))


@given(PLACES)
def test_indices_equal_those_that_were_added_in_another_order(places: list[int]) -> None:
    assert indices(places) == indices(sorted(places)) == IndexSet(indices(places).ranges)


def test_many_in_any_order_end_as_one_range() -> None:
    made = indices([*range(0, 10_000, 2), *range(1, 10_000, 2)])
    assert made.ranges == ((0, 10_000),)


@pytest.mark.parametrize("ranges", [[(2, 1)], [(1, 1)], [(0, 2), (1, 3)], [(0, 2), (2, 3)], [(-1, 3)]])
def test_ranges_that_are_none_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        IndexSet(ranges)


def test_indices_read_as_ranges() -> None:
    assert repr(indices([0, 1, 2, 7, 9, 10])) == "<0-2, 7, 9-10>"


def report() -> Report:
    builder = ReportBuilder("OptOutSpeaker", key="a random key")
    conflict = ConflictError("No.", code="ConflictException")
    errors: list[VoiceIDError | None] = [None, None, conflict, None, TransportError("Gone."), conflict]
    for index, error in enumerate(errors):
        builder.add(index, error)
    return builder.report(complete=False)


def test_a_report_says_what_is_done_and_what_failed_how() -> None:
    assert report() == Report(
        operation="OptOutSpeaker",
        succeeded=indices([0, 1, 3]),
        failed=(
            Failed("ConflictError", "ConflictException", indices([2, 5])),
            Failed("TransportError", None, indices([4])),
        ),
    )
    assert (report().done, report().failures) == (6, 3)


def test_a_report_goes_through_json_and_pickle() -> None:
    assert Report.from_dict(json.loads(json.dumps(report().to_dict()))) == report()
    assert pickle.loads(pickle.dumps(report())) == report()


def test_a_report_does_not_change_with_the_run() -> None:
    builder = ReportBuilder("OptOutSpeaker")
    before = builder.report(complete=False)
    builder.add(0, None)
    assert before.done == 0


@pytest.mark.parametrize(
    ("retry_failed", "done"), [(False, [0, 1, 2, 3, 4, 5]), (True, [0, 1, 3])], ids=["kept", "tried again"]
)
def test_a_builder_resumes_from_a_report(*, retry_failed: bool, done: list[int]) -> None:
    builder = ReportBuilder.resume(report(), retry_failed=retry_failed)
    assert [index for index in range(10) if index in builder] == done
    builder.add(9, None)
    assert 9 not in report().succeeded


GOOD = report().to_dict()


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {**GOOD, "operation": 5},
        {**GOOD, "succeeded": [[3, 1]]},
        {**GOOD, "succeeded": [[1]]},
        {**GOOD, "succeeded": "all"},
        {**GOOD, "succeeded": [["a", "b"]]},
        {**GOOD, "failed": [{"error": "ConflictError"}]},
        {**GOOD, "failed": ["ConflictError"]},
        {**GOOD, "complete": "yes"},
    ],
    ids=str,
)
def test_what_is_not_a_report_is_refused(data: Any) -> None:
    with pytest.raises(RequestValidationError, match=r"data must be what Report\.to_dict returned"):
        Report.from_dict(data)
