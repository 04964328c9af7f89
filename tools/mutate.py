"""Measures how many small changes to the code the tests notice: ``mutate.py FOLDER [AREA ...]``.

mutmut makes the mutants: each has one function with one change, such as another operator or a missing
argument. It runs the tests that reach the function, in a process forked from one that has imported
everything. This script chooses the code and the tests, takes a sample of the mutants, and prints the
survivors. The environment variable ``VOICEID_SDK_MUTANTS`` is the size of the sample of an area, by default
300.
"""

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]
GOAL: Final = 0.85
AT_A_TIME: Final = 2


class Area(NamedTuple):
    """Code, and the tests that are to notice changes to it."""

    code: str
    tests: tuple[str, ...]


AREAS: Final = {
    "wire": Area(
        "voiceid_sdk/_wire/*.py",
        (
            "tests/test_errors.py",
            "tests/test_fast_path.py",
            "tests/test_forked_clients.py",
            "tests/test_handles.py",
            "tests/test_loopback.py",
            "tests/test_request_validation.py",
            "tests/test_responses.py",
            "tests/test_survives_botocore.py",
            "tests/test_system_errors.py",
            "tests/test_transport.py",
            "tests/aio/test_calls.py",
            "tests/batch/test_transports.py",
        ),
    ),
    "paging": Area("voiceid_sdk/paging.py", ("tests/test_paging.py", "tests/display/test_tables.py")),
    "waiting": Area("voiceid_sdk/waiting.py", ("tests/test_waiting.py", "tests/display/test_tables.py")),
    "rules": Area(
        "voiceid_sdk/local/rules/*.py",
        (
            "tests/local/test_cloudtrail.py",
            "tests/local/test_conformance.py",
            "tests/local/test_control.py",
            "tests/local/test_deletion.py",
            "tests/local/test_event_delivery.py",
            "tests/local/test_events.py",
            "tests/local/test_faults.py",
            "tests/local/test_object_storage.py",
            "tests/local/test_recordings.py",
            "tests/local/test_service.py",
            "tests/local/test_statuses.py",
        ),
    ),
}

# These tests fail without a mutant, because mutmut renames the functions that they expect in a traceback.
SEE_THE_NAMES: Final = (
    "tests/test_waiting.py::test_an_interrupted_wait_says_that_the_work_goes_on_and_shows_no_frames_of_the_pause",
)

CONFIGURATION: Final = """
[tool.mutmut]
source_paths = ["voiceid_sdk"]
only_mutate = {code}
also_copy = ["conftest.py"]
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
process_isolation = "forkserver"
timeout_constant = 5.0
timeout_multiplier = 6.0
"""

KILLED: Final = {pytest.ExitCode.TESTS_FAILED, signal.SIGXCPU, -signal.SIGXCPU, 128 + signal.SIGXCPU}
"""The exit statuses of pytest if a test fails, or if an endless loop is ended."""

STRING: Final = re.compile(r'"[^"\n]*"')
CAST: Final = re.compile(r'\bcast\((?:"[^"]*"|None), ')


def main() -> int:
    """Test the mutants of the areas, print the survivors and a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder for copies of the code and the tests")
    parser.add_argument("areas", nargs="*", help=f"any of {', '.join(AREAS)}; by default all")
    arguments = parser.parse_args()
    names = arguments.areas or list(AREAS)
    if unknown := sorted(set(names) - AREAS.keys()):
        parser.error(f"unknown areas: {', '.join(unknown)}")
    # mutmut reads its configuration once in a process.
    if len(names) == 1:
        return measure(names[0], arguments.folder)
    commands = [[sys.executable, __file__, str(arguments.folder), name] for name in names]
    return max(subprocess.run(command, check=False).returncode for command in commands)


def measure(name: str, folder: Path) -> int:
    """Test a sample of the mutants of an area; return 1 if the tests notice too few."""
    size = int(os.environ.get("VOICEID_SDK_MUTANTS", "300"))
    area = AREAS[name]
    copy_project(area, folder / name)
    os.chdir(folder / name)
    # Imported here, because mutmut reads the configuration of its working directory when it is imported.
    from mutmut.__main__ import create_mutants
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import copy_src_dir

    copy_src_dir()
    create_mutants(AT_A_TIME)
    files = sorted(path for path in Path("voiceid_sdk").rglob("*.py") if fnmatch(str(path), area.code))
    mutants = {mutant: file for file in files for mutant in exit_statuses(file)}
    # Ordered by a hash, so that a mutant stays in the sample when other code changes.
    shuffled = sorted(mutants, key=lambda mutant: hashlib.sha256(mutant.encode()).digest())
    sample: list[str] = []
    wordings = 0
    for mutant in shuffled:
        if len(sample) == size:
            break
        if changes_no_behavior(get_diff_for_mutant(mutant, path=mutants[mutant])):
            wordings += 1
        else:
            sample.append(mutant)
    run_tests(sample)
    outcome = {mutant: status for file in files for mutant, status in exit_statuses(file).items()}
    # Errors of the tools count as survivors, too.
    survivors = sorted(mutant for mutant in sample if outcome[mutant] not in KILLED)
    for mutant in survivors:
        print(f"\n{status_by_exit_code[outcome[mutant]]}: {mutant}")
        print(get_diff_for_mutant(mutant, path=mutants[mutant]))
    killed = len(sample) - len(survivors)
    share = killed / len(sample)
    columns = ("mutants", "wording", "tested", "killed", "survived", "share")
    row = (len(mutants), wordings, len(sample), killed, len(survivors), f"{share:.1%}")
    print(f"\n{'area':8}", *(f"{column:>8}" for column in columns))
    print(f"{name:8}", *(f"{cell:>8}" for cell in row), flush=True)
    return int(share < GOAL)


def copy_project(area: Area, folder: Path) -> None:
    """Copy the code and the tests into ``folder``, with mutmut's configuration for ``area``."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for source in ("voiceid_sdk", "tests"):
        shutil.copytree(ROOT / source, folder / source, ignore=ignored)
    shutil.copy2(ROOT / "conftest.py", folder)
    options = ["-m", "not slow", "--hypothesis-profile", "quick"]
    # In the forked processes, conftest.py is read a second time.
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    for test in SEE_THE_NAMES:
        options += ["--deselect", test]
    configuration = CONFIGURATION.format(code=[area.code], options=options, tests=list(area.tests))
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + configuration)


def exit_statuses(file: Path) -> dict[str, int | None]:
    """Return the mutants of a file, and the exit status of pytest for each; None if it was not tested."""
    from mutmut.mutation.data import SourceFileMutationData

    data = SourceFileMutationData(path=file)
    data.load()
    statuses: dict[str, int | None] = data.exit_code_by_key
    return statuses


def changes_no_behavior(diff: str) -> bool:
    """Return whether a mutant changes only the words of a text, or the type that `cast` is given.

    Texts with a space are for people: messages of errors and of logs. The service's own words have none.
    """
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ([fold(line[1:]) for line in lines if line.startswith(sign)] for sign in "-+")
    return before == after


def fold(line: str) -> str:
    """Return the line without case and marks in texts that have a space, and without the types of casts."""
    line = CAST.sub("cast(", line)
    return STRING.sub(lambda text: text[0].replace("XX", "").lower() if " " in text[0] else text[0], line)


def run_tests(mutants: list[str]) -> None:
    """Let mutmut run the tests on the named mutants; print what it says if it cannot."""
    mutmut = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(AT_A_TIME)]
    run = subprocess.run([*mutmut, *mutants], capture_output=True, text=True, check=False)
    if run.returncode:
        # The lines of its progress end with a carriage return.
        print("\n".join(re.split(r"[\r\n]+", run.stdout + run.stderr)[-100:]))
        raise SystemExit(run.returncode)


if __name__ == "__main__":
    raise SystemExit(main())
