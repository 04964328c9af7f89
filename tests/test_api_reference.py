"""The API reference and ``__all__`` agree: the same names are public and documented."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

import voiceid_sdk

DIRECTIVE = re.compile(r"^\.\. auto(\w+):: ([\w.]+).*((?:\n   :.*)*)", re.MULTILINE)


@pytest.fixture(scope="module")
def documented(pytestconfig: pytest.Config) -> list[str]:
    """Return the full names in the pages of the reference."""
    names: list[str] = []
    for page in sorted((pytestconfig.rootpath / "docs").glob("api*.md")):
        for kind, name, options in DIRECTIVE.findall(page.read_text("utf-8")):
            if kind != "module":
                names.append(name)
            elif ":no-members:" not in options:
                module = importlib.import_module(name)
                members = {member: getattr(module, member) for member in module.__all__}
                if ":ignore-module-all:" in options:
                    members = {member: thing for member, thing in members.items() if thing.__module__ == name}
                names += [f"{name}.{member}" for member in members]
    return names


def public_modules() -> Iterator[ModuleType]:
    """Yield the modules with ``__all__`` whose path has no part with a leading underscore."""
    yield voiceid_sdk
    for module in pkgutil.walk_packages(voiceid_sdk.__path__, "voiceid_sdk."):
        if "._" not in module.name and module.name != "voiceid_sdk.testing.plugin":
            imported = importlib.import_module(module.name)
            if hasattr(imported, "__all__"):
                yield imported


def found(name: str) -> object:
    module, _, member = name.rpartition(".")
    return getattr(importlib.import_module(module), member)


def test_every_documented_name_is_public(documented: list[str]) -> None:
    public = {f"{module.__name__}.{name}" for module in public_modules() for name in module.__all__}
    assert [name for name in documented if name not in public] == []


def test_every_public_name_is_documented(documented: list[str]) -> None:
    # A class or function may be documented under another path, as `voiceid_sdk.Domain` is.
    things = [found(name) for name in documented]
    missing = [
        f"{module.__name__}.{name}"
        for module in public_modules()
        for name in module.__all__
        if f"{module.__name__}.{name}" not in documented
        and not isinstance(thing := getattr(module, name), ModuleType)
        and not (callable(thing) and any(thing is other for other in things))
    ]
    assert missing == []


def test_no_name_is_documented_twice(documented: list[str]) -> None:
    assert sorted(documented) == sorted(set(documented))


def test_every_exported_module_is_documented(pytestconfig: pytest.Config) -> None:
    pages = "".join(page.read_text("utf-8") for page in (pytestconfig.rootpath / "docs").glob("api*.md"))
    exported = {
        thing.__name__
        for module in public_modules()
        for name in module.__all__
        if isinstance(thing := getattr(module, name), ModuleType)
    }
    # As a whole, or name by name.
    assert {name for name in exported if f":: {name}\n" not in pages and f":: {name}." not in pages} == set()
