"""Runs pyright on the files for which its outcome can differ from its last: ``run_pyright.py FILE``.

FILE keeps digests of what has passed, because pyright has no cache and needs half a minute for all files.
A file is checked if its text has changed. If the interface of a file, a setting or an installed package has
changed, or a file was added or removed, all files are checked, and so is the public interface of the package.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from interfaces import FileDigests, environment, file_digests, interfaces

SETTINGS: Final = Path("pyproject.toml")
PYRIGHT: Final = ("pyright", "--project", str(SETTINGS))
"""Without ``--project``, pyright reads a pyrightconfig.json in a parent folder."""

PUBLIC: Final = ("--verifytypes", "voiceid_sdk", "--ignoreexternal")


def included_files() -> Iterator[Path]:
    """Give the files that pyright checks."""
    for folder in tomllib.loads(SETTINGS.read_text("utf-8"))["tool"]["pyright"]["include"]:
        yield from (file for file in Path(folder).rglob("*.py*") if file.suffix in {".py", ".pyi"})


def read_passed(memory: Path) -> tuple[str, dict[str, FileDigests]]:
    """Return what passed last: the environment, and the files; or nothing."""
    try:
        passed = json.loads(memory.read_text("utf-8"))
        files = {name: FileDigests(*digests) for name, digests in passed["files"].items()}
        return passed["environment"], files
    except (OSError, ValueError, KeyError, TypeError):  # There is none yet, or writing it was interrupted.
        return "", {}


def run(*runs: Sequence[str]) -> None:
    """Run pyright with each list of arguments at the same time; end this program after an error."""
    commands = [[*PYRIGHT, *arguments] for arguments in runs]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for command in commands
    ]
    for process in processes:
        output, _ = process.communicate()
        print(output.decode(errors="replace"), end="", flush=True)
    if any(process.returncode for process in processes):
        sys.exit(1)


def main() -> None:
    """Check what has changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("memory", type=Path, metavar="FILE")
    memory: Path = parser.parse_args().memory
    passed_environment, passed = read_passed(memory)
    now_environment = environment(SETTINGS, Path(__file__))
    now = file_digests(included_files(), passed)
    if now_environment != passed_environment or interfaces(now) != interfaces(passed):
        print("pyright checks all files and the public interface", flush=True)
        run((), PUBLIC)
    elif changed := [name for name, digests in now.items() if digests != passed[name]]:
        print(
            f"pyright checks {', '.join(changed)}, as no interface has changed since all passed", flush=True
        )
        run(changed)
    else:
        print("pyright has passed with these files and packages before", flush=True)
    memory.write_text(json.dumps({"environment": now_environment, "files": now}), "utf-8")


if __name__ == "__main__":
    main()
