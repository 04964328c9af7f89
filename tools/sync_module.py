"""A sync module as text and as a syntax tree, for ``make_async.py``."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

PACKAGE: Final = Path(__file__).parents[1] / "voiceid_sdk"

Function = ast.FunctionDef | ast.Lambda
"""What runs a statement or an expression."""

NodeT = TypeVar("NodeT", bound=ast.AST)


class Module:
    """A sync module: its text, its syntax tree, and the places of its nodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = Path(*name.split(".")).with_suffix(".py")
        self.text = (PACKAGE / self.path).read_bytes()
        self.tree = ast.parse(self.text)
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self._line_starts = [0]
        for line in self.text.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where the text of a node begins and ends, in bytes."""
        at: ast.expr = node  # type: ignore[assignment] # only nodes with a place are passed
        begin = self._line_starts[at.lineno - 1] + at.col_offset
        end_line, end_column = at.end_lineno or at.lineno, at.end_col_offset or at.col_offset
        return begin, self._line_starts[end_line - 1] + end_column

    def source(self, node: ast.AST) -> str:
        """Return the text of a node."""
        begin, end = self.span(node)
        return self.text[begin:end].decode()

    def line(self, place: int) -> int:
        """Return where the line of a place begins."""
        return max(start for start in self._line_starts if start <= place)

    def parent(self, node: ast.AST) -> ast.AST:
        """Return the node around a node."""
        return self._parents[node]

    def function_around(self, node: ast.AST) -> Function | None:
        """Return the function that runs a node."""
        around = self._parents.get(node)
        while around is not None and not isinstance(around, Function):
            around = self._parents.get(around)
        return around

    def class_around(self, node: ast.AST) -> str | None:
        """Return the name of the class around a node."""
        around = self._parents.get(node)
        while around is not None and not isinstance(around, ast.ClassDef):
            around = self._parents.get(around)
        return None if around is None else around.name

    def nodes(self, kind: type[NodeT]) -> Iterator[NodeT]:
        """Give each node of a kind."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))


def public_name(node: ast.stmt) -> str | None:
    """Return the public name that a statement of a module defines."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(name)):
            pass
        case ast.Assign(targets=[ast.Name(name)]):
            pass
        case _:
            return None
    return None if name.startswith("_") else name


def is_text(node: ast.stmt) -> bool:
    """Return whether a statement is only a text, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_in_generator(module: Module, node: ast.AST) -> bool:
    """Return whether an expression is in a generator or an f-string."""
    while not isinstance(node, ast.stmt):
        node = module.parent(node)
        if isinstance(node, ast.GeneratorExp | ast.JoinedStr):
            return True
    return False
