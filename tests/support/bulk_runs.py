"""Runs of simple functions, whose calls end in any order."""

from collections.abc import Iterable
from typing import Any, Final, Literal

import attrs
from hypothesis import strategies as st

from tests.support.executors import Shuffling
from voiceid_sdk import bulk
from voiceid_sdk.bulk.schedule import PREFETCH
from voiceid_sdk.errors import ResourceNotFoundError


def double(number: int) -> int:
    return 2 * number


def picky(number: int) -> int:
    """Fail for every third number."""
    if number % 3 == 0:
        raise ResourceNotFoundError("The speaker does not exist.", code="ResourceNotFoundException")
    return number


@attrs.frozen
class How:
    """How a run goes, and in which order its calls end."""

    workers: int
    held: int
    choices: list[int]
    order: Literal["completion", "input"]

    def run(self, function: Any, items: Iterable[Any], **options: Any) -> tuple[Any, Shuffling]:
        """Return a run of its kind, and the executor that it has."""
        executor = Shuffling(min(self.held, PREFETCH * self.workers - 1), self.choices)
        options = {"workers": self.workers, "order": self.order, **options}
        return bulk.run(function, executor.source(items), executor=executor, **options), executor


HOW: Final = st.builds(
    How,
    st.integers(1, 8),
    st.integers(0, 15),
    st.lists(st.integers(0, 20)),
    st.sampled_from(["completion", "input"]),
)
