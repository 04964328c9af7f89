"""Measures how many small changes to the code the tests notice: ``mutate.py FOLDER [AREA ...]``.

The tests of an area first run without a change, which shows the lines that each test executes and the CPU
time that it needs. Then a sample of the mutants of the area is tested: each with the tests that execute the
changed line, those in files that name its module before others, in a process forked from one that has
imported the dependencies. A changed line that runs only when its module is imported is tested with the tests
of the files that name the module, with the tests that execute a line with the changed name, and with few
tests that together execute everything.

A mutant is killed if a test fails, or if it is an endless loop: if it needs many times the CPU time of the
tests without a change. CPU time hardly depends on how busy the machine is. A test that waits forever needs no
CPU time; it is ended after minutes, and counts as a timeout and not as killed.

The environment variable ``VOICEID_SDK_MUTANTS`` is the size of the sample of an area; 0 is all mutants.
"""

import argparse
import contextlib
import gc
import hashlib
import importlib
import json
import math
import os
import re
import resource
import shutil
import signal
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

import coverage
import pytest
from areas import AREAS, Area
from mutations import Mutant, mutants_of

ROOT: Final = Path(__file__).parents[1]
GOAL: Final = 0.85
AT_A_TIME: Final = 2
SAMPLE: Final = 400

TEST_SECONDS: Final = 10.0
"""The CPU time of the tests of a mutant that one rule chooses; without the change but with coverage.

Coverage doubles it. The slowest tests are left out above it.
"""

LONG_TEST: Final = 1.0
"""The cases of a test that needs more CPU time than this are chosen one by one."""

LOOP_SECONDS: Final = 5
LOOP_FACTOR: Final = 3
"""A mutant that needs more CPU time than these, the second as a factor, is an endless loop."""

PATIENCE_SECONDS: Final = 120
PATIENCE_FACTOR: Final = 60
"""After more time than these, the second as a factor of their CPU time, tests are ended that wait."""

MAX_MEMORY: Final = 4 * 2**30
"""An endless loop that collects data fails with MemoryError."""

WORD: Final = re.compile(r"\w+")

OPTIONS: Final = [
    *("-x", "-q", "--tb=short", "-p", "no:randomly", "-p", "no:cacheprovider"),
    # It ends the process with the exit status of a failed test, also on a machine that is only busy.
    *("-o", "faulthandler_timeout=0"),
    *("-m", "not slow and not uncovered", "--hypothesis-profile", "quick"),
    # The dependencies are imported before pytest begins.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]


class Tests:
    """What a run of the tests of an area without a change shows.

    Args:
        seconds: the CPU time of each test.
        lines: the lines of each file that each test executes.
    """

    def __init__(self, seconds: dict[str, float], lines: dict[str, dict[str, list[int]]]) -> None:
        self.seconds = seconds
        self._by_line: dict[tuple[str, int], list[str]] = {}
        for test in sorted(lines, key=self._seconds_of):
            for file, numbers in lines[test].items():
                for number in numbers:
                    self._by_line.setdefault((file, number), []).append(test)
        files = {test.partition("::")[0] for test in seconds}
        self._words = {file: set(WORD.findall((ROOT / file).read_text())) for file in files}
        self._uses: dict[str, list[tuple[str, int]]] = {}
        for path in {path for path, _ in self._by_line}:
            for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
                for word in set(WORD.findall(line)):
                    self._uses.setdefault(word, []).append((path, number))
        self._broad = self._that_execute_everything()

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that can notice a mutant, quickest first."""
        file = mutant.file.as_posix()
        lines = range(mutant.first_line, mutant.last_line + 1)
        about = self._in_files_about(mutant.file.stem)
        groups: list[set[str]]
        if executing := self._that_execute((file, line) for line in lines):
            groups = [about & executing, executing]
        else:
            # The line runs when the module is imported, or in a process that a test forks.
            groups = [about, self._that_execute(self._uses.get(mutant.first_name(), ())), self._broad]
        chosen = [test for group in groups for test in self._quickest(group)]
        return sorted(set(chosen), key=self._seconds_of)

    def _seconds_of(self, test: str) -> tuple[float, str]:
        return self.seconds[test], test

    def _that_execute(self, lines: Iterable[tuple[str, int]]) -> set[str]:
        return {test for line in lines for test in self._by_line.get(line, ())}

    def _in_files_about(self, module: str) -> set[str]:
        """Return the tests of files that are named like a module, or have its name in their code."""
        return {
            test
            for test in self.seconds
            if module in self._words[file := test.partition("::")[0]] or f"test_{module}.py" in file
        }

    def cpu_seconds(self, tests: list[str]) -> float:
        """Return the CPU time of tests without a change."""
        return sum(self.seconds[test] for test in tests)

    def _quickest(self, tests: Iterable[str]) -> list[str]:
        """Return the quickest tests that together need at most ``TEST_SECONDS``, and at least one."""
        ordered = sorted(tests, key=self._seconds_of)
        ends = accumulate(self.seconds[test] for test in ordered)
        return ordered[: max(1, sum(end <= TEST_SECONDS for end in ends))]

    def _that_execute_everything(self) -> set[str]:
        """Return few tests that together execute every line that a test executes."""
        chosen: set[str] = set()
        # Lines that few tests execute come first, because one of these tests is needed anyway.
        for tests in sorted(self._by_line.values(), key=len):
            if chosen.isdisjoint(tests):
                chosen.add(tests[0])
        return chosen


OUTCOMES: Final = {
    pytest.ExitCode.OK: "survived",
    pytest.ExitCode.NO_TESTS_COLLECTED: "survived",
    -signal.SIGXCPU: "endless",
    -signal.SIGKILL: "timeouts",
}
"""What an exit status means. Any other means killed: a test, an import or the process failed."""


NO_SUCH_CASE: Final = "ERROR: not found: "
"""The change renamed a case of a test, which nobody would notice."""


class Run(NamedTuple):
    """A mutant whose tests run."""

    pid: int
    mutant: Mutant
    folder: Path
    ends_at: float


def main() -> int:
    """Test mutants of the areas, print the survivors and a table, and return 1 if an area misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder for copies of the code and the tests")
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"any of {', '.join(AREAS)}; else all")
    arguments = parser.parse_args()
    names: list[str] = arguments.areas or list(AREAS)
    if unknown := sorted(set(names) - AREAS.keys()):
        parser.error(f"unknown areas: {', '.join(unknown)}")
    rows = [measure(name, arguments.folder.absolute()) for name in names]
    columns = ("of", "mutants", "killed", "endless", "timeouts", "survived")
    print(f"\n{'area':8}", *(f"{column:>8}" for column in columns), f"{'share':>8}")
    shares = []
    for name, row in zip(names, rows, strict=True):
        shares.append((row["killed"] + row["endless"]) / row["mutants"])
        print(f"{name:8}", *(f"{row[column]:8}" for column in columns), f"{shares[-1]:8.1%}")
    print(f"The goal is {GOAL:.0%}. Endless loops count as killed; timeouts do not.")
    return int(min(shares) < GOAL)


def measure(name: str, folder: Path) -> Counter[str]:
    """Test a sample of the mutants of an area; return how many there are of each outcome."""
    area = AREAS[name]
    copies = [copy_project(folder / name / str(n)) for n in range(AT_A_TIME)]
    tests = run_unchanged(area, copies)
    files = sorted(path.relative_to(ROOT) for path in ROOT.glob(area.code))
    mutants = [mutant for file in files for mutant in mutants_of(file, (ROOT / file).read_text())]
    # Ordered by a hash, so that a mutant stays in the sample when other code changes.
    mutants.sort(key=lambda mutant: hashlib.sha256(mutant.key.encode()).digest())
    size = int(os.environ.get("VOICEID_SDK_MUTANTS", SAMPLE)) or len(mutants)
    sample = mutants[:size]
    print(f"\n{name}: testing {len(sample)} of {len(mutants)} mutants", flush=True)
    outcomes = Counter({"of": len(mutants), "mutants": len(sample)})
    for mutant, outcome in test(sample, tests, copies):
        outcomes[outcome] += 1
        if outcome in {"survived", "timeouts"}:
            print(f"\n{outcome}, {len(tests.of(mutant))} tests:\n{mutant.diff()}", flush=True)
    return outcomes


def copy_project(folder: Path) -> Path:
    """Copy the code and the tests into a folder; return the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    built = shutil.ignore_patterns("__pycache__", "_build")
    # Tests compare the documentation with the code.
    for source in ("voiceid_sdk", "tests", "docs", "examples/service"):
        shutil.copytree(ROOT / source, folder / source, ignore=built)
    for source in ("conftest.py", "pyproject.toml", "README.md"):
        shutil.copy2(ROOT / source, folder)
    return folder


def run_unchanged(area: Area, copies: list[Path]) -> Tests:
    """Run the tests of an area in each copy, once with coverage; import the dependencies that they import.

    The runs also compile the tests. Mutants do not write compiled code, because Python would not notice that
    a file of the same size and time is a different one.
    """
    results = copies[0] / "tests.json"
    for folder in copies:
        selection = list(area.tests)
        run = partial(record_tests if folder == copies[0] else collect, selection)
        if os.waitpid(fork(folder, run), 0)[1]:
            raise SystemExit(
                f"The tests fail without a change:\n{(folder / 'output.txt').read_text()[-5_000:]}"
            )
        for compiled in folder.glob("voiceid_sdk/**/*.pyc"):
            if compiled.parents[1].joinpath(f"{compiled.name.split('.')[0]}.py").match(area.code):
                compiled.unlink()
    seconds, lines, modules = json.loads(results.read_text())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in modules:
            # Some can only be imported by another module.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    gc.collect()
    gc.freeze()
    return Tests(seconds, lines)


def record_tests(selection: list[str]) -> int:
    """Run tests with coverage, and write what they show; return pytest's exit status."""
    measured = coverage.Coverage(data_file=None, config_file=False, source=["voiceid_sdk"])
    recorder = _Recorder(measured)
    measured.start()
    status = run_pytest(selection, recorder)
    measured.stop()
    data = measured.get_data()
    names = _names(recorder.seconds)
    seconds: dict[str, float] = dict.fromkeys(names.values(), 0.0)
    for case, name in names.items():
        seconds[name] += recorder.seconds[case]
    lines: dict[str, dict[str, set[int]]] = {name: {} for name in seconds}
    for path in data.measured_files():
        file = Path(path).relative_to(Path.cwd()).as_posix()
        for line, cases in data.contexts_by_lineno(path).items():
            for case in filter(None, cases):
                lines[names[case]].setdefault(file, set()).add(line)
    here = f"{Path.cwd()}{os.sep}"
    imported = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    modules = [name for name, file in imported.items() if file and not file.startswith(here)]
    Path("tests.json").write_text(json.dumps([seconds, lines, modules], default=sorted))
    return status


def _names(seconds: dict[str, float]) -> dict[str, str]:
    """Return the name by which each case of a test is run: the test, or the case itself if all take long."""
    whole = {case: case.partition("[")[0] for case in seconds}
    totals: defaultdict[str, float] = defaultdict(float)
    for case, name in whole.items():
        totals[name] += seconds[case]
    return {case: name if totals[name] <= LONG_TEST else case for case, name in whole.items()}


class _Recorder:
    """A pytest plugin that names each test to coverage, and takes its CPU time."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self._began = 0.0
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._measured.switch_context(nodeid)
        self._began = _cpu_seconds()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.seconds[nodeid] = _cpu_seconds() - self._began


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of its ended children."""
    return sum(os.times()[:4])


def run_pytest(selection: list[str], *plugins: object) -> int:
    """Run tests in the copy of the project that is the working directory; return pytest's exit status."""
    return int(pytest.main([*OPTIONS, f"--rootdir={Path.cwd()}", *selection], plugins=list(plugins)))


def collect(selection: list[str]) -> int:
    """Import tests in the copy of the project that is the working directory, which compiles them."""
    return run_pytest(["--collect-only", *selection])


def fork(folder: Path, run: Callable[[], int], cpu_seconds: int | None = None) -> int:
    """Run a function in a new process, with a copy of the project as its working directory; return its id.

    The process leads a group, which holds the processes that its tests start.
    """
    pid = os.fork()
    if pid == 0:
        _run_in_child(folder, run, cpu_seconds)
    return pid


def _run_in_child(folder: Path, run: Callable[[], int], cpu_seconds: int | None) -> NoReturn:
    status = 70
    try:
        os.setsid()
        os.chdir(folder)
        output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.path.insert(0, str(folder))
        os.environ["PYTHONPATH"] = str(folder)
        sys.dont_write_bytecode = cpu_seconds is not None
        if cpu_seconds is not None:
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
        status = run()
    finally:
        sys.stdout.flush()
        os._exit(status)


def test(mutants: list[Mutant], tests: Tests, copies: list[Path]) -> Iterator[tuple[Mutant, str]]:
    """Test mutants, as many at a time as there are copies of the project; yield each with its outcome."""
    waiting = mutants[::-1]
    free = list(copies)
    runs: dict[int, Run] = {}
    while waiting or runs:
        if waiting and free:
            mutant = waiting.pop()
            if selection := tests.of(mutant):
                run = begin(mutant, selection, tests.cpu_seconds(selection), free.pop())
                runs[run.pid] = run
            else:
                yield mutant, "survived"
            continue
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            run = runs.pop(pid)
            shutil.copy2(ROOT / run.mutant.file, run.folder / run.mutant.file)
            free.append(run.folder)
            yield run.mutant, outcome_of(os.waitstatus_to_exitcode(status), run.folder)
            continue
        for run in runs.values():
            if time.monotonic() > run.ends_at:
                os.killpg(run.pid, signal.SIGKILL)
        time.sleep(0.02)


def outcome_of(status: int, folder: Path) -> str:
    """Return what the exit status of the tests in a copy of the project means."""
    if status == pytest.ExitCode.USAGE_ERROR and NO_SUCH_CASE in (folder / "output.txt").read_text():
        return "survived"
    return OUTCOMES.get(status, "killed")


def begin(mutant: Mutant, selection: list[str], seconds: float, folder: Path) -> Run:
    """Write a mutant into a copy of the project, and begin its tests."""
    (folder / mutant.file).write_text(mutant.source())
    pid = fork(folder, lambda: run_pytest(selection), math.ceil(LOOP_SECONDS + LOOP_FACTOR * seconds))
    return Run(pid, mutant, folder, time.monotonic() + PATIENCE_SECONDS + PATIENCE_FACTOR * seconds)


if __name__ == "__main__":
    raise SystemExit(main())
