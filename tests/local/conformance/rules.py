"""Rules: what each says, where it comes from, and the function that checks it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import attrs
import pytest

from tests.support.stage import Stage
from voiceid_sdk.local import ServiceException

MODEL: Final = "model"
REFERENCE: Final = "API reference"
GUIDE: Final = "administrator guide"
QUOTAS: Final = "quota page"
HANDLER: Final = "CloudFormation handler"
OBSERVED: Final = "observed"
CHOICE: Final = "choice"

Check = Callable[[Stage], None]


@attrs.frozen
class Rule:
    """A promise."""

    text: str
    source: str
    check: Check
    options: Mapping[str, Any]
    """How the rule's service is made, where that matters."""


RULES: Final[list[Rule]] = []


def rule(text: str, source: str, **options: Any) -> Callable[[Check], Check]:
    """Add a function to the rules."""

    def add(check: Check) -> Check:
        RULES.append(Rule(text, source, check, options))
        return check

    return add


def family(texts: Mapping[str, Check], source: str, **options: Any) -> None:
    """Add several functions to the rules."""
    for text, check in texts.items():
        rule(text, source, **options)(check)


@contextmanager
def refused_call(
    code: str, *, conflict_type: str | None = None, resource_type: str | None = None, says: str = ""
) -> Iterator[None]:
    """Expect that what a call does in the block is refused."""
    with pytest.raises(ServiceException) as caught:
        yield
    error = caught.value
    assert (error.code, error.conflict_type, error.resource_type) == (code, conflict_type, resource_type)
    assert says in error.message
