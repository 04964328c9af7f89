"""The state that figures belong to: the code, the packages, the machine and the Python."""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Final

import attrs

import voiceid_sdk

PACKAGES: Final = ("boto3", "botocore", "attrs", "cattrs", "tenacity")

_ROOT: Final = Path(__file__).parents[1]
_PROCESSORS: Final = Path("/proc/cpuinfo")


@attrs.frozen(kw_only=True)
class State:
    """Everything that figures depend on. Only figures of equal states belong together."""

    commit: str
    """The commit of the checkout; empty without git."""
    code: str
    """A hash of the files of ``voiceid_sdk`` and ``benchmarks``."""
    packages: dict[str, str]
    """The versions of the packages that cost the most time."""
    machine: str
    """The system, and the processor with its number of cores."""
    python: str
    """The implementation and the version of Python."""

    @classmethod
    def present(cls) -> "State":
        """Return the state of this process."""
        return cls(
            commit=_commit(),
            code=hash_of(Path(voiceid_sdk.__file__).parent, Path(__file__).parent),
            packages={name: importlib.metadata.version(name) for name in PACKAGES},
            machine=_machine(),
            python=f"{platform.python_implementation()} {platform.python_version()}",
        )

    def equals_but_for_python(self, other: "State") -> bool:
        """Return whether both are the same code, packages and machine."""
        return attrs.evolve(self, python=other.python) == other

    def __str__(self) -> str:
        packages = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        commit = f"commit {self.commit[:12]}" if self.commit else f"code {self.code[:12]}"
        return f"{self.python} on {self.machine}; {packages}; {commit}"


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - where git is depends on the system
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return found.stdout.strip()


def hash_of(*folders: Path) -> str:
    """Return a hash of the code and the data in folders; results are not part of it."""
    found = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix in {".py", ".json", ".npz"} and "results" not in file.parts:
                found.update(f"{folder.name}/{file.relative_to(folder).as_posix()}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _machine() -> str:
    cores = f"{os.cpu_count()} cores"
    processor = platform.processor()
    if _PROCESSORS.exists():
        lines = _PROCESSORS.read_text(encoding="utf-8").splitlines()
        processor = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor
        )
    return f"{platform.system()} {platform.machine()}, {cores}" + (f" of {processor}" if processor else "")
