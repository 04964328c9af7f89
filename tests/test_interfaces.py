"""The interfaces of files, which decide what pyright and Sphinx check again, and the runs of pyright."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import pytest
import run_pyright
from interfaces import interface

SOURCE: Final = '''
"""A module."""
from typing import Protocol
LIMIT = 3
class Reader(Protocol):
    """Reads."""
    def __init__(self, size: int) -> None:
        self.size = size
    def read(self, name: str = "a") -> str:
        """Read."""
        text = name * 2
        return text
    def close(self) -> None: ...
    def guess(self):
        return 1
def configure() -> None:
    global LIMIT
    LIMIT = 4
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 3  # a comment"),
        ('"""A module."""', '"""Another text."""'),
        ('"""Read."""', ""),
        ("name * 2", "name * 3"),
        ("        text = name * 2\n", "        import os\n        text = os.fspath(name)\n"),
    ],
)
def test_what_other_files_cannot_see_is_no_part_of_the_interface(old: str, new: str) -> None:
    assert old in SOURCE
    assert interface(SOURCE.replace(old, new).encode()) == interface(SOURCE.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = None"),
        ("import Protocol", "import Any, Protocol"),
        ("Reader(Protocol)", "Reader"),
        ("self.size = size", "self.size = str(size)"),
        ('name: str = "a"', "name: str"),
        ("-> str", "-> str | None"),
        ("    def read", "    @property\n    def read"),
        ("-> None: ...", "-> None: print()"),
        ("return 1", "return None"),
        ("LIMIT = 4", "LIMIT = 'four'"),
        ("def configure", "async def configure"),
    ],
)
def test_what_other_files_can_see_is_part_of_the_interface(old: str, new: str) -> None:
    assert old in SOURCE
    assert interface(SOURCE.replace(old, new).encode()) != interface(SOURCE.encode())


class Pyright:
    """A project with two files, and what pyright was run with."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.fails = False
        self.runs: list[tuple[str, ...]] = []
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["run_pyright.py", "passed.json"])
        monkeypatch.setattr(run_pyright, "run", self._run)
        monkeypatch.setattr("interfaces.distributions", list)
        self.write("pyproject.toml", '[tool.pyright]\ninclude = ["package"]\n')
        folder.joinpath("package").mkdir()
        self.write("package/a.py", SOURCE)
        self.write("package/b.py", "from a import LIMIT\n")

    def write(self, name: str, text: str) -> None:
        self.folder.joinpath(name).write_text(text, "utf-8")

    def check(self) -> list[tuple[str, ...]]:
        self.runs = []
        run_pyright.main()
        return self.runs

    def _run(self, *runs: Sequence[str]) -> None:
        self.runs += map(tuple, runs)
        if self.fails:
            sys.exit(1)


@pytest.fixture
def pyright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pyright:
    return Pyright(tmp_path, monkeypatch)


EVERYTHING: Final = [(), run_pyright.PUBLIC]


def test_all_files_are_checked_once(pyright: Pyright) -> None:
    assert pyright.check() == EVERYTHING
    assert pyright.check() == []


def test_a_file_whose_interface_is_the_same_is_checked_alone(pyright: Pyright) -> None:
    pyright.check()
    pyright.write("package/a.py", SOURCE.replace("name * 2", "name * 3"))
    assert pyright.check() == [("package/a.py",)]
    assert pyright.check() == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package/a.py", SOURCE.replace("-> str", "-> bytes")),
        ("package/c.py", ""),
        ("package/a.pyi", "LIMIT: int\n"),
        ("pyproject.toml", '[tool.pyright]\ninclude = ["package"]\nstrict = ["package"]\n'),
    ],
)
def test_another_interface_setting_or_file_lets_all_files_be_checked(
    pyright: Pyright, name: str, text: str
) -> None:
    pyright.check()
    pyright.write(name, text)
    assert pyright.check() == EVERYTHING


def test_another_version_of_a_package_lets_all_files_be_checked(
    pyright: Pyright, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyright.check()
    package = SimpleNamespace(name="attrs", version="99.1.0")
    monkeypatch.setattr("interfaces.distributions", lambda: [package])
    assert pyright.check() == EVERYTHING


@pytest.mark.parametrize("text", ["", '{"environment": "', "[]"])
def test_a_memory_that_cannot_be_read_lets_all_files_be_checked(pyright: Pyright, text: str) -> None:
    pyright.check()
    pyright.write("passed.json", text)
    assert pyright.check() == EVERYTHING


def test_a_file_that_did_not_pass_is_checked_again(pyright: Pyright) -> None:
    pyright.check()
    pyright.fails = True
    pyright.write("package/b.py", "from a import LIMIT  # again\n")
    for _ in range(2):
        with pytest.raises(SystemExit):
            pyright.check()
        assert pyright.runs == [("package/b.py",)]
