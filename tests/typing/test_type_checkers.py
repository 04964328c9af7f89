"""The programs that mypy and pyright check: two that use everything public, and one of mistakes."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from voiceid_sdk import (
    AsyncDomain,
    AsyncEnrollmentJob,
    AsyncFraudster,
    AsyncPager,
    AsyncRegistrationJob,
    AsyncSession,
    AsyncSpeaker,
    AsyncVoiceID,
    AsyncWatchlist,
    Domain,
    EnrollmentJob,
    Fraudster,
    RegistrationJob,
    Session,
    Speaker,
    VoiceID,
    WaitPolicy,
    Watchlist,
)
from voiceid_sdk.aio import AsyncItemIterator, AsyncPageIterator
from voiceid_sdk.aio.runs import AsyncBatchEnrollment, AsyncBatchRegistration
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentOutcome,
    EnrollmentRequest,
    EnrollmentResults,
    RegistrationManifest,
    RegistrationOutcome,
    RegistrationRequest,
    RegistrationResults,
)
from voiceid_sdk.bulk import AsyncRun, Failed, IndexSet, Outcome, Report, Run
from voiceid_sdk.events import VoiceIDEvent
from voiceid_sdk.local import Calibration, EmbeddingRecognizer, LocalVoiceID, ManualClock
from voiceid_sdk.models import Structure
from voiceid_sdk.paging import ItemIterator, Page, PageIterator, Pager
from voiceid_sdk.progress import Progress
from voiceid_sdk.runs import BatchEnrollment, BatchRegistration
from voiceid_sdk.testing import ExpectedCall, ExpectedList, VoiceIDStub, WaitClock

PROGRAM: Final = "every_method"
ASYNC_PROGRAM: Final = "every_async_method"
FILES: Final = {
    PROGRAM: ("every_method.py", "every_batch_method.py", "every_local_method.py"),
    ASYNC_PROGRAM: ("every_async_method.py",),
}
MISTAKES: Final = Path(__file__).with_name("mistakes.py")
RULES: Final = re.compile(r"  # type: ignore\[[a-z, -]+\]  # pyright: ignore\[[A-Za-z, ]+\]$")
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)

PUBLIC: Final = [
    AudioSpecification,
    Calibration,
    Domain,
    EmbeddingRecognizer,
    EnrollmentJob,
    EnrollmentManifest,
    EnrollmentOutcome,
    EnrollmentRequest,
    EnrollmentResults,
    BatchEnrollment,
    ExpectedCall,
    ExpectedList,
    Failed,
    Fraudster,
    IndexSet,
    ManualClock,
    ItemIterator,
    LocalVoiceID,
    Outcome,
    Page,
    PageIterator,
    Pager,
    Progress,
    RegistrationJob,
    RegistrationManifest,
    RegistrationOutcome,
    RegistrationRequest,
    RegistrationResults,
    BatchRegistration,
    Report,
    Run,
    Session,
    Speaker,
    Structure,
    VoiceID,
    VoiceIDEvent,
    VoiceIDStub,
    WaitClock,
    WaitPolicy,
    Watchlist,
]

ASYNC_PUBLIC: Final = [
    AsyncBatchEnrollment,
    AsyncBatchRegistration,
    AsyncDomain,
    AsyncEnrollmentJob,
    AsyncFraudster,
    AsyncItemIterator,
    AsyncPageIterator,
    AsyncPager,
    AsyncRegistrationJob,
    AsyncRun,
    AsyncSession,
    AsyncSpeaker,
    AsyncVoiceID,
    AsyncWatchlist,
]


def texts_of(program: str) -> list[str]:
    """Return the texts of the files of a program."""
    return [Path(__file__).with_name(name).read_text("utf-8") for name in FILES[program]]


# --- What the program uses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "public"),
    [*((PROGRAM, public) for public in PUBLIC), *((ASYNC_PROGRAM, public) for public in ASYNC_PUBLIC)],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_program_uses_everything_that_is_public(program: str, public: type) -> None:
    nodes = [node for text in texts_of(program) for node in ast.walk(ast.parse(text))]
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert {name for name in dir(public) if not name.startswith("_")} <= used


@pytest.mark.parametrize("program", [PROGRAM, ASYNC_PROGRAM])
@pytest.mark.parametrize("crutch", ["cast", "Any", "type: ignore", "pyright: ignore", "noqa"])
def test_the_program_needs_no_crutch(program: str, crutch: str) -> None:
    for text in texts_of(program):
        _, _, code = text.partition('"""\n')
        assert crutch not in code


# --- What the checkers find -----------------------------------------------------------------------------


def test_each_mistake_has_the_rules_that_both_checkers_report() -> None:
    text = MISTAKES.read_text("utf-8")
    _, *functions = [node for node in ast.parse(text).body if isinstance(node, FUNCTIONS)]
    lines = text.splitlines()
    mistakes = [lines[statement.lineno - 1] for function in functions for statement in function.body]
    assert len(mistakes) > 70
    assert [line for line in mistakes if not RULES.search(line)] == []
