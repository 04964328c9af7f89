"""The table at the end of a soak."""

from typing import Literal

import pytest

from tests.support.attacks import PROPERTY, publish, table


def report(
    test: str, when: Literal["call", "teardown"], *, failed: bool = False, tries: int = 0
) -> pytest.TestReport:
    properties: list[tuple[str, object]] = [(PROPERTY, ("Kills", tries))] if tries else []
    outcome: Literal["failed", "passed"] = "failed" if failed else "passed"
    return pytest.TestReport(test, ("", None, ""), {}, outcome, None, when, user_properties=properties)


def test_the_table_adds_up_the_tries_and_the_failed_tests_of_each_attack() -> None:
    reports = [
        report("one", "call"),
        report("one", "teardown", tries=1_000),
        report("two", "call", failed=True),
        report("two", "teardown", tries=7),
        report("of no attack", "call", failed=True),
        report("of no attack", "teardown"),
    ]
    assert table(reports)[2:] == ["| Kills | 1,007 | 1 |"]


def test_the_tables_of_several_runs_are_added_up_in_a_document() -> None:
    runs = [
        table([report("one", "teardown", tries=1_000)]),
        table([report("one", "call", failed=True), report("one", "teardown", tries=7)]),
    ]
    document = "Text.\n\n| Attack | Tries | Failed tests |\n| --- | ---: | ---: |\n| Old | 1 | 0 |\n\nMore.\n"
    published = publish(document, ["\n".join(["...", *lines, "1 passed"]) for lines in runs])
    assert "| Kills | 1,007 | 1 |\n\nMore." in published
    assert "Old" not in published
