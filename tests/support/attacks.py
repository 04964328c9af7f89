"""How often the tests of the soak attack the package, and the table of it at the end of a run."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Final, cast

import pytest

SOAK: Final = "VOICEID_SDK_SOAK" in os.environ
"""Whether this is a soak: `nox -s soak` sets the variable."""

SHARE: Final = float(os.environ.get("VOICEID_SDK_SOAK", "0"))
"""The share of the largest sizes, from 0 to 1. The largest take hours."""

PROPERTY: Final = "tries of an attack"
HEADINGS: Final = ("Attack", "Tries", "Failed tests")


def size(few: int, most: int) -> int:
    """Return how often to try: few times in `make test`, and a share of the most in a soak."""
    return max(few, round(most * SHARE))


def table(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return the lines of a table of all attacks: their tries, and the tests that failed during them."""
    attacks: dict[str, set[str]] = {}
    tries: Counter[str] = Counter()
    failed: set[str] = set()
    for report in reports:
        if report.failed:
            failed.add(report.nodeid)
        # The report of the teardown has the properties that the report of the test has, and later ones.
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == PROPERTY:
                    attack, count = cast("tuple[str, int]", value)
                    attacks.setdefault(attack, set()).add(report.nodeid)
                    tries[attack] += count
    rows = [
        (attack, f"{tries[attack]:,}", str(len(tests & failed))) for attack, tests in sorted(attacks.items())
    ]
    return ["| " + " | ".join(row) + " |" for row in (HEADINGS, ("---", "---:", "---:"), *rows)]
