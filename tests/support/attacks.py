"""How often the tests of the soak attack the package, and the table of it at the end of a run.

``python -m tests.support.attacks docs/reliability.md OUTPUT...`` adds up the tables that several runs have
printed, and puts the sums in place of the table of the document.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
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
    return _lines({attack: (tries[attack], len(tests & failed)) for attack, tests in attacks.items()})


def _lines(rows: dict[str, tuple[int, int]]) -> list[str]:
    cells = [(attack, f"{tries:,}", str(failed)) for attack, (tries, failed) in sorted(rows.items())]
    return ["| " + " | ".join(row) + " |" for row in (HEADINGS, ("---", "---:", "---:"), *cells)]


_ROW: Final = re.compile(r"^\| (.+) \| ([0-9,]+) \| ([0-9]+) \|$", re.MULTILINE)
_TABLE: Final = re.compile(r"^\| Attack \|.*\n(?:\|.*\n)+", re.MULTILINE)


def publish(document: str, outputs: Iterable[str]) -> str:
    """Return a document with the sums of the tables that runs of the soak have printed."""
    sums: dict[str, tuple[int, int]] = {}
    for output in outputs:
        for attack, tries, failed in _ROW.findall(output):
            before = sums.get(attack, (0, 0))
            sums[attack] = before[0] + int(tries.replace(",", "")), before[1] + int(failed)
    table_of_sums = "".join(f"{line}\n" for line in _lines(sums))
    return _TABLE.sub(lambda _: table_of_sums, document, count=1)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(publish(path.read_text(), (Path(name).read_text() for name in sys.argv[2:])))
