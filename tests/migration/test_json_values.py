"""JSON values are found in a text of any layout, and every damaged line is named."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceid_sdk.migration.reading import json_text
from voiceid_sdk.migration.reading.json_text import JsonText
from voiceid_sdk.migration.reading.json_values import TAKEN_APART, Damage, Value, is_by_line, values_in

ONE = {"id": 1, "detail": {"b": [1, 2]}}
TWO = {"id": 2, "detail": {"b": []}}
THREE = {"id": 3}
PAGE = {"Items": [ONE, TWO, THREE], "NextToken": "next"}


def found_in(text: str) -> list[Value | Damage]:
    """Return what is found in a text whose records have a member ``id``."""
    by_line = is_by_line(text[:65536])
    return list(values_in(JsonText(StringIO(text).read), lambda one: "id" in one, is_by_line=by_line))


def records(text: str) -> list[tuple[int, Any]]:
    """Return the lines and contents of the values in a text."""
    return [(found.line, found.value) for found in found_in(text) if isinstance(found, Value)]


def damaged(text: str) -> list[int]:
    """Return the numbers of the damaged lines."""
    return sorted({found.line for found in found_in(text) if isinstance(found, Damage)})


def test_a_line_holds_a_value() -> None:
    assert found_in(f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n") == [
        Value(1, 1, "", ONE),
        Value(3, 3, "", TWO),
    ]


def test_values_may_follow_each_other_on_a_line_as_firehose_writes_them() -> None:
    assert records(f"{json.dumps(ONE)}{json.dumps(TWO)}\n{json.dumps(THREE)}") == [
        (1, ONE),
        (1, TWO),
        (2, THREE),
    ]


def test_a_page_over_many_lines_is_read_item_by_item() -> None:
    lines = json.dumps(PAGE, indent=4).split("\n")
    begins = [number for number, line in enumerate(lines, 1) if line == "        {"]
    assert found_in("\n".join(lines)) == [
        Value(begins[0], 1, "Items", ONE),
        Value(begins[1], 1, "Items", TWO),
        Value(begins[2], 1, "Items", THREE),
        Value(1, 1, "", {"Items": TAKEN_APART, "NextToken": "next"}),
    ]


def test_pages_may_follow_each_other() -> None:
    page = json.dumps({"Items": [THREE]}, indent=2)
    assert [value for _, value in records(f"{page}\n{page}\n")].count(THREE) == 2


def test_a_record_over_many_lines_stays_whole() -> None:
    assert records(json.dumps(ONE, indent=2)) == [(1, ONE)]


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_a_list_without_an_object_around_it_is_read_item_by_item(indent: int | None) -> None:
    found = [value for _, value in records(json.dumps([ONE, TWO], indent=indent))]
    assert found in ([[ONE, TWO]], [ONE, TWO])


def test_a_line_of_exported_logs_begins_with_a_time() -> None:
    assert records(f"2024-01-05T12:00:00.000Z {json.dumps(ONE)}\n") == [(1, ONE)]


def test_a_byte_order_mark_is_passed() -> None:
    assert records(f"\ufeff{json.dumps(ONE)}\n") == [(1, ONE)]


def test_a_list_that_is_larger_than_the_window_is_read_piece_by_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_text, "WINDOW", 64)
    monkeypatch.setattr(json_text, "_CHUNK", 16)
    text = json.dumps({"Items": [{"id": number} for number in range(50)], "NextToken": None})
    assert records(text) == [
        *((1, {"id": number}) for number in range(50)),
        (1, {"Items": TAKEN_APART, "NextToken": None}),
    ]


def test_the_pieces_do_not_depend_on_how_much_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_page = json.dumps(PAGE, indent=4).replace('"id": 2,', '"id"')
    text = "\n".join(
        [
            damaged_page,
            json.dumps(PAGE, indent=4),
            json.dumps(ONE),
            json.dumps(PAGE),
            '{"id": ',
            json.dumps(TWO),
        ]
    )
    whole = found_in(text)
    for chunk in (1, 7, 100):
        monkeypatch.setattr(json_text, "_CHUNK", chunk)
        assert found_in(text) == whole


@pytest.mark.parametrize(
    "line",
    [
        '{"id": 7, "detail":',
        '{"id": 7, "detail": {',
        '{"id": 7, "detail": [',
        '{"id": 7, "detail": [1,',
        '{"id": 7, "detail": "cut o',
        '{"id": 7, "detail: 1}',
        '{"id": 7 "detail": 1}',
        '{"id": 7}}',
        '{"id": 7} and more',
        "and more",
        "}",
        '"id"',
        "{",
        "[",
    ],
)
def test_a_damaged_line_among_lines_is_named_and_costs_no_other(line: str) -> None:
    text = "\n".join(
        [json.dumps(ONE), json.dumps(TWO), line, json.dumps(ONE), json.dumps(TWO), json.dumps(THREE)]
    )
    assert damaged(text) == [3]
    others = [value for number, value in records(text) if number != 3]
    assert others == [ONE, TWO, ONE, TWO, THREE]


@pytest.mark.parametrize("line", ['{"id": 7, "detail":', '{"id": 7, "detail": "cut o', "and more"])
def test_a_damaged_line_at_the_end_is_named(line: str) -> None:
    assert damaged(f"{json.dumps(ONE)}\n{line}") == [2]


def indented() -> list[str]:
    """Return the lines of a page of ten records of four lines each; the first begins in line 3."""
    return json.dumps({"Items": [{"id": n, "status": f"of {n}"} for n in range(10)]}, indent=4).split("\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"id": 4,', '"id": 4'),
        ('"id": 4,', '"id": 4, x'),
        ('"id": 4,', '"id": '),
        ('"id": 4,', '"id": 4,,'),
        ('"id": 4,', "\x01"),
        ('"id": 4,', "id 4"),
        ('"id": 4,', '"id" 4,'),
        ('"id": 4,', '"id"'),
        ('"id": 4,', '"id: 4,'),
    ],
)
def test_a_damaged_line_inside_a_page_is_named_and_costs_one_record(old: str, new: str) -> None:
    text = "\n".join(indented()).replace(old, new)
    assert damaged(text) == [20]
    assert [value["id"] for _, value in records(text) if "id" in value] == [0, 1, 2, 3, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(("line", "rest"), [(19, "    x   {"), (22, "        }x"), (22, "     ")])
def test_a_damaged_bracket_inside_a_page_is_named_and_costs_no_other_record(line: int, rest: str) -> None:
    lines = indented()
    lines[line - 1] = rest
    text = "\n".join(lines)
    assert damaged(text) != []
    found = [value["id"] for _, value in records(text) if "id" in value]
    assert set(found) >= {0, 1, 2, 3, 6, 7, 8, 9}


@pytest.mark.parametrize("line", [2, 19, 22, 44])
def test_a_comma_too_many_is_named(line: int) -> None:
    lines = indented()
    lines[line - 1] = f",{lines[line - 1]}" if line == 44 else f"{lines[line - 1].rstrip(',')},,"
    assert damaged("\n".join(lines)) == [line]
    found = {value["id"] for _, value in records("\n".join(lines)) if "id" in value}
    assert found >= {0, 1, 2, 3, 5, 6, 7, 8, 9}


def test_a_missing_comma_between_records_is_named() -> None:
    lines = indented()
    lines[22 - 1] = lines[22 - 1].rstrip(",")
    assert damaged("\n".join(lines)) == [22]
    assert len(records("\n".join(lines))) == 11


def test_a_damaged_name_of_a_list_costs_no_record_in_it() -> None:
    lines = indented()
    lines[1] = lines[1].replace('"Items"', '"Items')
    assert damaged("\n".join(lines)) == [2]
    assert [value["id"] for _, value in records("\n".join(lines))] == list(range(10))


def test_a_page_that_ends_early_is_named_where_it_ends() -> None:
    lines = indented()[:20]
    assert damaged("\n".join(lines)) == [20]
    assert [value["id"] for _, value in records("\n".join(lines)) if "id" in value] == [0, 1, 2, 3]


def test_a_damaged_page_on_one_line_costs_one_record() -> None:
    page = json.dumps({"SpeakerSummaries": [ONE, TWO, THREE]}).replace('"id": 2', '"id: 2')
    text = f"{json.dumps(ONE)}\n{page}\n{json.dumps(TWO)}\n"
    assert damaged(text) == [2]
    assert records(text) == [(1, ONE), (2, ONE), (2, THREE), (3, TWO)]


def test_a_damaged_record_in_a_list_larger_than_the_window_costs_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_text, "WINDOW", 64)
    monkeypatch.setattr(json_text, "_CHUNK", 16)
    text = json.dumps({"Items": [{"id": number} for number in range(50)]}).replace('"id": 20}', '"id: 20}')
    assert damaged(text) == [1]
    assert [value["id"] for _, value in records(text) if "id" in value] == [*range(20), *range(21, 50)]


def test_what_is_lost_is_kept_for_a_closer_look() -> None:
    (found,) = (one for one in found_in('{"id": 1, "status": "OPTED') if isinstance(one, Damage))
    assert found.text == '{"id": 1, "status": "OPTED'


def test_what_is_lost_between_whole_records_is_kept_piece_by_piece() -> None:
    page = json.dumps([{"id": n} for n in range(5)]).replace('"id": 1', '"id: 1').replace('"id": 3', '"id: 3')
    texts = [one.text for one in found_in(f"[{page}") if isinstance(one, Damage)]
    assert [text.strip(" ,[]") for text in texts] == ['{"id: 1}', '{"id: 3}']


def test_bytes_of_another_encoding_are_damage_on_their_own_line() -> None:
    lines = indented()
    lines[20 - 1] = lines[20 - 1].replace("4", '4, "name": "M\udcfcller"')
    assert damaged("\n".join(lines)) == [20]


def test_values_nested_without_end_are_damage() -> None:
    assert damaged("[" * 200_000 + "]" * 200_000) == [1]


def test_a_line_longer_than_the_window_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "WINDOW", 64)
    monkeypatch.setattr(json_text, "_CHUNK", 16)
    assert records(f"{'x' * 500}\n{json.dumps(THREE)}\n") == [(2, THREE)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=8,
)
RECORDS = st.lists(
    st.dictionaries(st.text(max_size=5), JSON, max_size=3).map(lambda one: {**one, "id": 1}), max_size=5
)


def layouts(items: list[dict[str, Any]]) -> Iterator[str]:
    """Yield texts in the layouts that programs write."""
    yield "".join(f"{json.dumps(item)}\n" for item in items)
    yield "".join(json.dumps(item, ensure_ascii=False) for item in items)
    for indent in (None, 0, 1, 4):
        yield json.dumps({"Items": items}, indent=indent)
        yield json.dumps(items, indent=indent)
        yield "\n".join(json.dumps(item, indent=indent) for item in items)
    yield '{"Items": [\n' + ",\n".join(map(json.dumps, items)) + "\n]}"


def flat(value: Any) -> Iterator[Any]:
    """Yield the records in a value."""
    if isinstance(value, dict) and "id" in value:
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from flat(member)
    elif isinstance(value, list):
        for item in value:
            yield from flat(item)


@given(RECORDS)
def test_every_layout_gives_the_same_records_and_no_damage(items: list[dict[str, Any]]) -> None:
    for text in layouts(items):
        assert damaged(text) == []
        assert [record for _, value in records(text) for record in flat(value)] == items


@given(st.text() | st.text(alphabet='{}[]",:\\\n idOPTED_UT#01', max_size=60))
def test_no_text_makes_reading_fail(text: str) -> None:
    for found in found_in(text):
        assert 1 <= found.line <= text.count("\n") + 1
