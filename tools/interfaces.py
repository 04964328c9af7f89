"""Computes the interface of a Python file, which is all that the check of another file can depend on.

That is its syntax tree without comments, docstrings, and the bodies of functions whose results are annotated.
A body that assigns an attribute or a global variable remains, because their types may be inferred from it.
"""

import ast
import hashlib
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Final, NamedTuple

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
HIDDEN: Final = ast.Constant("the body of a function")


class FileDigests(NamedTuple):
    """A digest of the text of a file, and one of its interface."""

    text: str
    interface: str


def file_digests(files: Iterable[Path], known: Mapping[str, FileDigests]) -> dict[str, FileDigests]:
    """Return the digests of files by their paths; those in ``known`` with the same text are kept."""
    digests: dict[str, FileDigests] = {}
    for file in sorted(files):
        source = file.read_bytes()
        text = hashlib.sha256(source).hexdigest()
        same = known.get(file.as_posix())
        if same is None or same.text != text:
            same = FileDigests(text, hashlib.sha256(interface(source).encode()).hexdigest())
        digests[file.as_posix()] = same
    return digests


def interfaces(digests: Mapping[str, FileDigests]) -> dict[str, str]:
    """Return the digests of interfaces alone."""
    return {name: digest.interface for name, digest in digests.items()}


def environment(*files: Path) -> str:
    """Return a digest of Python's version, the installed packages, this file and ``files``."""
    packages = sorted(f"{found.name} {found.version}" for found in distributions())
    texts = [file.read_text("utf-8") for file in (Path(__file__), *files)]
    return hashlib.sha256(repr((sys.version, packages, texts)).encode()).hexdigest()


def interface(source: bytes) -> str:
    """Return what other files can see of a file, as text to compare."""
    tree = ast.parse(source)
    for node in [*ast.walk(tree)]:
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)):
            node.body = [statement for statement in node.body if not is_docstring(statement)]
        if isinstance(node, FUNCTIONS) and node.returns is not None and not is_visible(node):
            node.body = [ast.Expr(HIDDEN)]
    return ast.dump(tree)


def is_docstring(statement: ast.stmt) -> bool:
    """Return whether a statement is a text, of which type checkers see nothing."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        and statement.value is not HIDDEN
    )


def is_visible(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether other files can depend on the body of a function with an annotated result."""
    # Type checkers read from such a body that the method of a protocol or an abstract class has no code.
    if all(isinstance(statement, (ast.Expr, ast.Pass, ast.Raise)) for statement in function.body):
        return True
    nodes = (node for statement in function.body for node in ast.walk(statement))
    return any(
        isinstance(node, ast.Global) or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
        for node in nodes
    )
