"""Makes mutants: copies of a Python file, each with one small change, by the rules of mutmut.

mutmut keeps all mutants of a file in one module, and therefore changes only functions without a decorator.
Here each mutant is a whole file, so that code is also changed that runs when a module is imported.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import libcst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

STRING: Final = re.compile(r'"[^"\n]*"')
CAST: Final = re.compile(r'\bcast\((?:"[^"]*"|None)(, |\))')

STATEMENT: Final = re.compile(r"(?:    )?(?:async |def |class )*(\w+)(?::|\(| =|\[)")

WITHOUT_EFFECT: Final = {"NewType", "ParamSpec", "TypeVar"}
"""Calls that only type checkers evaluate."""

CRASHING: Final = {"isinstance", "len"}
"""Calls that only raise TypeError if an argument is changed or missing."""


class Mutant(NamedTuple):
    """A file with one change."""

    file: Path
    first_line: int
    last_line: int
    key: str
    """The file and the change; it stays the same if other code of the file changes."""

    module: libcst.Module
    node: libcst.CSTNode
    changed: libcst.CSTNode

    def source(self) -> str:
        """Return the content of the changed file."""
        module = self.module.deep_replace(self.node, self.changed)
        assert isinstance(module, libcst.Module)  # noqa: S101 - only the declared type is wider
        code: str = module.code
        return code

    def lines(self) -> list[str]:
        """Return the lines of the file without the change."""
        lines: list[str] = self.module.code.splitlines()
        return lines

    def first_name(self) -> str:
        """Return the name of the module's or the class's variable, or of the function, that is changed."""
        for line in reversed(self.lines()[: self.first_line]):
            if name := STATEMENT.match(line):
                return name[1]
        return ""

    def diff(self) -> str:
        """Return the change as a unified diff with two lines of context."""
        before, after = self.lines(), self.source().splitlines()
        name = self.file.as_posix()
        return "\n".join(difflib.unified_diff(before, after, name, name, lineterm="", n=2))


def mutants_of(file: Path, source: str) -> list[Mutant]:
    """Return the mutants of a file; changes of wording alone are left out."""
    wrapper = MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True)
    places = wrapper.resolve(PositionProvider)
    module = wrapper.module
    found = []
    seen: Counter[str] = Counter()
    for node in _nodes_of(module):
        for changed in _changes_of(node):
            before, after = (module.code_for_node(one) for one in (node, changed))
            if _fold(before) == _fold(after):
                continue
            key = f"{file.as_posix()}: {before} -> {after}"
            seen[key] += 1
            lines = places[node]
            found.append(
                Mutant(file, lines.start.line, lines.end.line, f"{key} ({seen[key]})", module, node, changed)
            )
    return found


def _changes_of(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """Yield what mutmut's operators make of a node."""
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from operator(node)


def _fold(code: str) -> str:
    """Return code without case and marks in texts that have a space, and without the types of casts.

    Texts with a space are for people: messages of errors and of logs. The service's own words have none.
    """
    code = CAST.sub(r"cast(\1", code)
    return STRING.sub(lambda text: text[0].replace("XX", "").lower() if " " in text[0] else text[0], code)


def _nodes_of(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    """Yield a node and all its parts, without those that are left alone."""
    if not _is_left_alone(node):
        yield node
        # Only type checkers evaluate the first argument of a cast.
        left_alone = node.args[0] if isinstance(node, libcst.Call) and _is_cast(node) else None
        for part in node.children:
            if part is not left_alone:
                yield from _nodes_of(part)


def _is_cast(call: libcst.Call) -> bool:
    return isinstance(call.func, libcst.Name) and call.func.value == "cast"


def _is_left_alone(node: libcst.CSTNode) -> bool:
    """Return whether a change to the code has no effect, or only the effect that every call of it fails."""
    match node:
        case libcst.Annotation():
            return True
        case libcst.Call(func=libcst.Name(value=name)):
            return name in WITHOUT_EFFECT or name in CRASHING
        case libcst.Assign(targets=[libcst.AssignTarget(target=libcst.Name(value=name))]):
            # tests/test_api_reference.py compares the first with docs/, which the copies do not have. The
            # second only shortens tracebacks in pytest.
            return name in {"__all__", "__tracebackhide__"}
        case libcst.If(test=libcst.Name(value="TYPE_CHECKING")):
            return True
        case libcst.FunctionDef(decorators=[libcst.Decorator(decorator=libcst.Name(value="overload")), *_]):
            return True
        case _:
            return False
