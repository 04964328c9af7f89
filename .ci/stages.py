"""Runs a list of nox sessions, two at a time, and prints a summary: stages.py check, or stages.py test."""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from nox.project import load_toml, python_versions

ROOT = Path(__file__).parent.parent
AT_A_TIME = 2

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = python_versions(load_toml(ROOT / "pyproject.toml"))
# Coverage nearly doubles the time of the tests, so only a build server measures it.
ALL_TESTS = ["coverage", "uncovered"] if os.environ.get("CI") == "true" else ["tests"]
STAGES = {
    "check": ["types", f"quick-{PYTHON}", "public_types", "lint"],
    # Long sessions first, so that both places stay busy until the end. `lowest` runs on the first Python.
    "test": [
        *ALL_TESTS,
        "types",
        "public_types",
        "voices",
        "lowest",
        *(f"quick-{python}" for python in PYTHONS[1:] if python != PYTHON),
        "docs",
        "aiobotocore",
        "dist",
        "lint",
    ],
}

PYTEST_SUMMARY = re.compile(r"^=* ?(\d+ (?:passed|failed|error).*?) in [\d.]+s.*$", re.MULTILINE)
# A session without what it needs, such as speech to measure recognition with.
SKIPPED = re.compile(r"skipped: (VOICEID_SDK_.*?)\.?$", re.MULTILINE)
COVERAGE = re.compile(r"^TOTAL.*\s(\d+%)$", re.MULTILINE)


class Outcome(NamedTuple):
    """The result of one session."""

    session: str
    result: str
    seconds: float
    cpu_seconds: float
    output: str

    @property
    def note(self) -> str:
        """The line of pytest's summary and the coverage, or the reason for a skip."""
        if self.result == "skipped":
            return "; ".join(SKIPPED.findall(self.output)) or "this Python was not found"
        coverage = [f"coverage {share}" for share in COVERAGE.findall(self.output)]
        return ", ".join(PYTEST_SUMMARY.findall(self.output) + coverage)


def build() -> None:
    """Build one wheel for all sessions, from the sdist as a release does."""
    folder = ROOT / ".nox" / "wheel"  # no session has this name
    shutil.rmtree(folder, ignore_errors=True)
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--quiet", "--out-dir", folder], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    os.environ["VOICEID_SDK_WHEEL"] = str(wheel)


def run(session: str) -> Outcome:
    """Run one session and capture its output."""
    started = time.monotonic()
    command = [sys.executable, "-m", "nox", "--session", session]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )
        # subprocess does not report the CPU time of the processes that the session has started.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        file.seek(0)
        output = file.read()
    skipped = "skipped: Python interpreter" in output or SKIPPED.search(output)
    result = "FAILED" if process.returncode else "skipped" if skipped else "ok"
    return Outcome(session, result, time.monotonic() - started, usage.ru_utime + usage.ru_stime, output)


def main(sessions: list[str]) -> int:
    """Run all sessions, print the output of each when it ends, then the summary."""
    started = time.monotonic()
    outcomes: list[Outcome] = []
    build()
    print(
        f"Running {', '.join(sessions)}, {AT_A_TIME} at a time; the output of each follows when it ends.",
        flush=True,
    )
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            for future in as_completed([pool.submit(run, session) for session in sessions]):
                outcomes.append(future.result())
                print(
                    f"\n──── {outcomes[-1].session} ".ljust(80, "─"),
                    outcomes[-1].output,
                    sep="\n",
                    flush=True,
                )
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            return 130

    print("──── summary ".ljust(80, "─"))
    for outcome in sorted(outcomes, key=lambda outcome: sessions.index(outcome.session)):
        times = f"{outcome.seconds:4.0f} s {outcome.cpu_seconds:5.0f} s CPU"
        print(f"{outcome.session:12} {outcome.result:8} {times}   {outcome.note}".rstrip())
    failed = sum(outcome.result == "FAILED" for outcome in outcomes)
    verdict = f"{failed} of {len(outcomes)} failed" if failed else "All passed"
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    print(f"{verdict}, after {time.monotonic() - started:.0f} s and {cpu_seconds:.0f} s of CPU.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(STAGES[sys.argv[1]]))
