"""The table at the end of a soak."""

from typing import Literal

import pytest

from tests.support.attacks import PROPERTY, table


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
