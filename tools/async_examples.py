"""Makes the examples in the docstrings of async classes from those of their sync twins."""

import ast
import re
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import Final

LISTS: Final = (
    "domains",
    "enrollment_jobs",
    "fraudsters",
    "items",
    "limit",
    "pages",
    "registration_jobs",
    "speakers",
    "watchlists",
)
"""Methods whose results are iterated over with ``async for``."""

SYNC_RECEIVERS: Final = ("call", "s3", "service")
"""Variables of examples whose methods are never awaited."""

EXAMPLE: Final = re.compile(r"^( +)>>> .*\n(?:\1\.\.\. .*\n)*", re.MULTILINE)

Edit = tuple[int, int, str]
"""A line, a column, and what is inserted there."""


def with_await(text: str, waiting: Collection[str]) -> str:
    """Return the text of a module whose examples await the methods named by ``waiting``."""
    return EXAMPLE.sub(lambda example: _awaited(example[0], waiting), text)


def _awaited(example: str, waiting: Collection[str]) -> str:
    lines = example.splitlines(keepends=True)
    prompt = lines[0].index(">>> ") + len(">>> ")
    code = [line[prompt:] for line in lines]
    # From the last to the first; at the same place, inner expressions come before the outer ones.
    edits = sorted(_edits(ast.parse("".join(code)), waiting), key=itemgetter(0, 1))
    for line, column, insertion in reversed(edits):
        code[line] = code[line][:column] + insertion + code[line][column:]
    return "".join(line[:prompt] + changed for line, changed in zip(lines, code, strict=True))


def _edits(tree: ast.Module, waiting: Collection[str]) -> Iterator[Edit]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        match node:
            case ast.For(iter=ast.Call(func=ast.Attribute(attr=name))) if name in LISTS:
                yield node.lineno - 1, node.col_offset, "async "
            case ast.comprehension(iter=ast.Call(func=ast.Attribute(attr=name))) if name in LISTS:
                begin = node.target.col_offset - len("for ")
                yield node.target.lineno - 1, begin, "async "
            case ast.Call(func=ast.Attribute(value=receiver, attr=name)) if name in waiting:
                if isinstance(receiver, ast.Name) and receiver.id in SYNC_RECEIVERS:
                    continue
                is_part = isinstance(parents[node], ast.Attribute | ast.Subscript)
                yield node.lineno - 1, node.col_offset, "(await " if is_part else "await "
                if is_part:
                    yield (node.end_lineno or 0) - 1, node.end_col_offset or 0, ")"
            case _:
                pass
