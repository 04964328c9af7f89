"""What the tests of runs share: a check that they leave no thread."""

from collections.abc import Iterator

import pytest

from tests.support.bulk_threads import threads_of_bulk


@pytest.fixture
def no_thread_is_left() -> Iterator[None]:
    yield
    assert threads_of_bulk() == []
