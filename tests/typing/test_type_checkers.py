"""What mypy and pyright say: nothing about a program that uses everything, the right rule for mistakes."""

import ast
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import voiceid_sdk
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

SOURCE: Final = Path(voiceid_sdk.__file__).parents[1]
PROGRAM: Final = Path(__file__).with_name("every_method.py")
ASYNC_PROGRAM: Final = Path(__file__).with_name("every_async_method.py")

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

# A mistake, and the rule that each checker must name: mypy's, then pyright's.
MISTAKES: Final = [
    # The client.
    ('VoiceID("eu-west-2")', "call-arg", "reportCallIssue"),
    ("VoiceID(region=1)", "call-arg", "reportCallIssue"),
    ("VoiceID(max_attempts='5')", "arg-type", "reportArgumentType"),
    ("VoiceID(clock=5)", "arg-type", "reportArgumentType"),
    ('voiceid.create_domain(name="a")', "call-arg", "reportCallIssue"),
    ('voiceid.create_domain(name="a", kms_key_id=None)', "arg-type", "reportArgumentType"),
    ('voiceid.create_domain(name="a", kms_key_id="b", tags=[("c", "d")])', "arg-type", "reportArgumentType"),
    ("voiceid.domain(5)", "arg-type", "reportArgumentType"),
    ("voiceid.domain(SpeakerInfo())", "arg-type", "reportArgumentType"),
    ('voiceid.tag("arn", {"a": 1})', "dict-item", "reportArgumentType"),
    ("voiceid.call(DomainId='a')", "call-arg", "reportCallIssue"),
    # Handles.
    ("domain.domain_id = 'b'", "misc", "reportAttributeAccessIssue"),
    ("domain.speaker('a').name", "attr-defined", "reportAttributeAccessIssue"),
    ("domain.update(name=5)", "arg-type", "reportArgumentType"),
    ("domain.replace(name='a')", "call-arg", "reportCallIssue"),
    ("domain.speaker(WatchlistInfo())", "arg-type", "reportArgumentType"),
    ("domain.fraudster('a').associate(domain)", "arg-type", "reportArgumentType"),
    ("domain.start_enrollment_job(input_s3_uri='a')", "call-arg", "reportCallIssue"),
    ("domain.enrollment_jobs(status=5)", "arg-type", "reportArgumentType"),
    (
        "domain.enrollment_job('a').describe().registration_config",
        "attr-defined",
        "reportAttributeAccessIssue",
    ),
    ("domain.session('a').evaluate(5)", "call-arg", "reportCallIssue"),
    ("domain.session('a').wait_for_decision(cancel=True)", "arg-type", "reportArgumentType"),
    ("domain.speaker('a').wait_until()", "call-arg", "reportCallIssue"),
    ("domain.wait_until_active(on_progress=needs_speaker)", "arg-type", "reportArgumentType"),
    # Data.
    ("domain.describe().nam", "attr-defined", "reportAttributeAccessIssue"),
    ("domain.describe().name = 'b'", "misc", "reportAttributeAccessIssue"),
    ("domain.describe().name.upper()", "union-attr", "reportOptionalMemberAccess"),
    ("domain.info.name", "union-attr", "reportOptionalMemberAccess"),
    ("SpeakerInfo(None)", "call-arg", "reportCallIssue"),
    ("SpeakerInfo(status='ENROLLED')", "arg-type", "reportArgumentType"),
    ("SpeakerStatus.ENROLED", "attr-defined", "reportAttributeAccessIssue"),
    ("errors.ConflictError().conflict_type.value", "union-attr", "reportOptionalMemberAccess"),
    # Lists.
    ("[item.watchlist_ids for item in domain.speakers()]", "attr-defined", "reportAttributeAccessIssue"),
    ("domain.speakers()[0]", "index", "reportIndexIssue"),
    ("domain.speakers().limit('5')", "arg-type", "reportArgumentType"),
    ("page: Page[FraudsterInfo] = next(domain.speakers().pages())", "arg-type", "reportAssignmentType"),
    # Batch work.
    ("EnrollmentRequest(request_id='a')", "call-arg", "reportCallIssue"),
    ("EnrollmentManifest([RegistrationRequest(request_id='a')])", "list-item", "reportArgumentType"),
    ("EnrollmentManifest([]).requests = ()", "misc", "reportAttributeAccessIssue"),
    ("EnrollmentManifest([]) + EnrollmentManifest([])", "operator", "reportOperatorIssue"),
    ("EnrollmentResults([]) + RegistrationResults([])", "operator", "reportOperatorIssue"),
    ("domain.enrollment_job('a').results('s3')", "arg-type", "reportArgumentType"),
    ("domain.enroll('recordings/')", "call-arg", "reportCallIssue"),
    ("domain.enroll(5, s3=s3, bucket='a', data_access_role_arn='b')", "arg-type", "reportArgumentType"),
    # Many at a time.
    ("bulk.describe_speakers(domain, [5])", "list-item", "reportArgumentType"),
    ("bulk.describe_speakers(domain, [], worker=5)", "call-overload", "reportCallIssue"),
    ("bulk.describe_speakers(domain, [], order='random')", "call-overload", "reportArgumentType"),
    ("bulk.delete_speakers(domain, [], rate='fast')", "call-overload", "reportArgumentType"),
    (
        "[one.value.status for one in bulk.opt_out_speakers(domain, [])]",
        "union-attr",
        "reportOptionalMemberAccess",
    ),
    (
        "[one.unwrap().score for one in bulk.opt_out_speakers(domain, [])]",
        "attr-defined",
        "reportAttributeAccessIssue",
    ),
    ("bulk.run(needs_speaker, ['a'])", "arg-type", "reportArgumentType"),
    # Policies.
    ("WaitPolicy(5)", "call-arg", "reportCallIssue"),
    ("WaitPolicy(timeout='1h')", "arg-type", "reportArgumentType"),
    ("WaitPolicy(multiplier=timedelta(1))", "arg-type", "reportArgumentType"),
    # The testing kit.
    ("stub.expect(domain.describe).returns(SpeakerInfo())", "arg-type", "reportArgumentType"),
    ("stub.expect(domain.speakers).returns(SpeakerInfo())", "arg-type", "reportArgumentType"),
    ("stub.expect(domain.delete).returns(SpeakerInfo())", "arg-type", "reportArgumentType"),
    ("stub.expect(domain.create_watchlist, nam='a')", "call-overload", "reportCallIssue"),
    ("stub.expect(domain.session, 'a')", "call-overload", "reportCallIssue"),
    ("stub.expect(domain.describe).fails(errors.WaitError)", "arg-type", "reportArgumentType"),
    ("instant_waits(5)", "arg-type", "reportArgumentType"),
]

# Each line stands in an async function.
ASYNC_MISTAKES: Final = [
    # Forgotten awaits, and loops of the wrong world.
    ("aio.describe()", "unused-coroutine", "reportUnusedCoroutine"),
    ("aio.describe().name", "attr-defined", "reportAttributeAccessIssue"),
    ("aio.speaker('a').delete()", "unused-coroutine", "reportUnusedCoroutine"),
    ("aio.session('a').evaluate().streaming_status", "attr-defined", "reportAttributeAccessIssue"),
    ("aio.speakers().all()[0]", "index", "reportIndexIssue"),
    ("[item for item in aio.speakers()]", "attr-defined", "reportGeneralTypeIssues"),
    ("[one for one in bulk.opt_out_speakers(aio, ['a'])]", "attr-defined", "reportGeneralTypeIssues"),
    ("[item async for item in domain.speakers()]", "attr-defined", "reportGeneralTypeIssues"),
    ("await domain.describe()", "misc", "reportGeneralTypeIssues"),
    ("await aio.speaker('a')", "misc", "reportGeneralTypeIssues"),
    # Tasks are cancelled, not events set.
    ("await aio.wait_until_active(cancel=Event())", "call-arg", "reportCallIssue"),
    ("await aio.session('a').wait_for_decision(cancel=Event())", "call-arg", "reportCallIssue"),
    ("bulk.opt_out_speakers(aio, ['a'], cancel=Event())", "call-overload", "reportArgumentType"),
    # The worlds do not mix.
    ("await aio.fraudster('a').associate(domain.watchlist('b'))", "arg-type", "reportArgumentType"),
    ("bulk.describe_speakers(domain, aio.speakers())", "call-overload", "reportArgumentType"),
]

HEAD: Final = """\
from threading import Event
from datetime import timedelta
from voiceid_sdk import AsyncDomain, Domain, VoiceID, WaitPolicy, bulk, errors
from voiceid_sdk.batch import *
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.models import FraudsterInfo, SpeakerInfo, WatchlistInfo
from voiceid_sdk.paging import Page
from voiceid_sdk.testing import VoiceIDStub, instant_waits
def needs_speaker(info: SpeakerInfo) -> None: ...
def mistakes(voiceid: VoiceID, domain: Domain, stub: VoiceIDStub, s3: S3Client) -> None:
"""


class Complaint(NamedTuple):
    """What a checker says about a line."""

    file: str
    line: int
    rule: str


# --- What the program uses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "public"),
    [*((PROGRAM, public) for public in PUBLIC), *((ASYNC_PROGRAM, public) for public in ASYNC_PUBLIC)],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_program_uses_everything_that_is_public(program: Path, public: type) -> None:
    tree = ast.walk(ast.parse(program.read_text()))
    used = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    assert {name for name in dir(public) if not name.startswith("_")} <= used


@pytest.mark.parametrize("program", [PROGRAM, ASYNC_PROGRAM], ids=lambda program: program.stem)
@pytest.mark.parametrize("crutch", ["cast", "Any", "type: ignore", "pyright: ignore", "noqa"])
def test_the_program_needs_no_crutch(program: Path, crutch: str) -> None:
    _, _, text = program.read_text().partition('"""\n')
    assert crutch not in text


# --- What the checkers say ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a module that makes one mistake in each of its last lines."""
    path = tmp_path_factory.mktemp("typing") / "mistakes.py"
    asynchronous = "async def async_mistakes(aio: AsyncDomain, domain: Domain) -> None:\n"
    sync, async_lines = (
        "".join(f"    {code}\n" for code, _, _ in rows) for rows in (MISTAKES, ASYNC_MISTAKES)
    )
    path.write_text(f"{HEAD}{sync}{asynchronous}{async_lines}")
    return path


@pytest.mark.slow
def test_mypy_finds_the_mistakes_and_nothing_else(mistakes: Path, pytestconfig: pytest.Config) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: the types session has it")
    said = mypy(mistakes, pytestconfig.rootpath / ".mypy_cache" / "mistakes")
    assert_found(mistakes, said, {code: rule for code, rule, _ in [*MISTAKES, *ASYNC_MISTAKES]})


@pytest.mark.slow
def test_pyright_finds_the_mistakes_and_nothing_else(mistakes: Path) -> None:
    pytest.importorskip("pyright", reason="pyright is not installed: the types session has it")
    rules = {code: rule for code, _, rule in [*MISTAKES, *ASYNC_MISTAKES]}
    assert_found(mistakes, pyright(mistakes), rules)


def assert_found(mistakes: Path, said: list[Complaint], expected: dict[str, str]) -> None:
    found, lines = defaultdict[str, set[str]](set), mistakes.read_text().splitlines()
    for file, line, rule in said:
        found[lines[line - 1].strip() if file == mistakes.name else f"{file}:{line}"].add(rule)
    assert found.keys() == expected.keys()
    # A mistake may break further rules in consequence.
    assert [code for code, rule in expected.items() if rule not in found[code]] == []


def mypy(mistakes: Path, cache: Path) -> list[Complaint]:
    said = run(
        mistakes.parent,
        *("mypy", "--strict", "--python-version", "3.11", "--config-file", "", "--cache-dir", str(cache)),
        *("--follow-imports", "silent", "--output", "json", str(PROGRAM), str(ASYNC_PROGRAM), str(mistakes)),
    )
    complaints = [json.loads(line) for line in said.splitlines()]
    return [Complaint(Path(one["file"]).name, one["line"], one["code"]) for one in complaints]


def pyright(mistakes: Path) -> list[Complaint]:
    settings = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "include": [str(PROGRAM), str(ASYNC_PROGRAM), str(mistakes)],
        "extraPaths": [str(SOURCE)],
        # The mistakes are expressions whose value nobody needs.
        "reportUnusedExpression": False,
        "reportUnusedVariable": False,
    }
    mistakes.with_name("pyrightconfig.json").write_text(json.dumps(settings))
    said = run(mistakes.parent, "pyright", "--outputjson", "--pythonpath", sys.executable)
    complaints = json.loads(said)["generalDiagnostics"]
    return [
        Complaint(Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["rule"])
        for one in complaints
    ]


def run(folder: Path, *command: str) -> str:
    """Run a checker where it sees neither our settings nor, unless it is under test, the source tree."""
    settings = {**os.environ, "MYPYPATH": "" if SOURCE.name == "site-packages" else str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout
