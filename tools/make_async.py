"""Makes ``voiceid_sdk/aio`` from the sync handles: ``make_async.py``, or ``make_async.py --check``.

The sync files are written by hand, and their async twins are made from them. A function becomes ``async`` if
it calls a method that waits for the service, directly or through other functions. The tables below have what
cannot be derived; an entry that is not used is an error.

The text is edited in place, so comments and blank lines survive. The syntax tree only says where to edit, and
ruff formats the result, so the output is the same on every Python.
"""

import argparse
import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

PACKAGE: Final = Path(__file__).parents[1] / "voiceid_sdk"

MODULES: Final = (
    "_tagging", "client", "domain", "fraudster", "jobs", "paging", "session", "speaker", "watchlist",
)  # fmt: skip
"""The modules that have a twin of the same name in ``voiceid_sdk.aio``."""

BY_HAND: Final = ("_connection",)
"""The modules whose twins are written by hand."""

CLASSES: Final = (
    "Domain", "EnrollmentJob", "Fraudster", "ItemIterator", "Job", "PageIterator", "Pager", "RegistrationJob",
    "Session", "Speaker", "VoiceID", "Watchlist",
)  # fmt: skip
"""The classes of those modules that have a twin; its name has the prefix ``Async``. The others are shared."""

WAITING: Final = (
    ("Connection", "call"),
    ("Connection", "call_raw"),
    ("Connection", "close"),
    ("Connection", "wait_until"),
    ("_ChunkReader", "_read_page"),
)
"""The methods that wait for the service, each with its class. Their twins are written by hand."""

RECEIVERS: Final = {"_connection": "Connection", "_reader": "_ChunkReader", "connection": "Connection"}
"""Attributes and variables with objects that have such methods, and the classes of the objects."""

ON_A_THREAD: Final = ("output_files.read_manifest", "output_files.read_output")
"""Functions that wait for S3, with a client of the caller's that is not asynchronous."""

EXPRESSIONS: Final = {
    "next(iter(": "await anext(aiter(",
    "list(self)": "[item async for item in self]",
}
"""Expressions that iterate, by how they begin, and how their twins begin."""

NAMES: Final = {
    "Connection": "AsyncConnection",
    "ReadPage": "AsyncReadPage",
    "StopIteration": "StopAsyncIteration",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
} | {name: f"Async{name}" for name in CLASSES}
"""Names that are others in the twins. Those after a dot stay, because they may be boto3's."""

SYNC_ONLY: Final = ("enroll", "register_fraudsters")
"""Methods that have no twin."""

ALWAYS_ASYNC: Final = ("__enter__", "__exit__")

CANCEL: Final = "cancel"

SYNC: Final = "<sync>"
"""Stands for the package of the sync modules until all other names are changed."""

TEXTS: Final = {
    "tuple[ListPage[ItemT], str | None]]": "Awaitable[tuple[ListPage[ItemT], str | None]]]",
    "``for item in pager``": "``async for item in pager``",
    "call ``next`` on": "call ``anext`` on",
    "Use it as a context manager, or call ``close``.": "Use it with ``async with``, or await ``close``.",
}
"""Other texts that differ."""

IMPORTS: Final = ("AsyncIterator", "Awaitable")
"""Names of ``collections.abc`` that only twins need."""

WITHOUT: Final = (
    # The lines of ``cancel`` in docstrings, and then headings that nothing follows.
    r"^( +)(cancel|WaitCancelledError): .*\n(\1 +.*\n)*",
    r"^ +(Args|Raises):\n(?=\n| +\"\"\")",
)

LINE_LENGTH: Final = 110

HEADER: Final = (
    "# Made from voiceid_sdk/{name}.py by tools/make_async.py: change that file, then run the tool.\n"
)

Key = tuple[str, str]
"""A class, or a module for its own functions, and the name of a function."""

Edit = tuple[int, int, str]
"""Where a text begins and ends, and what takes its place."""

Function = ast.FunctionDef | ast.Lambda

NodeT = TypeVar("NodeT", bound=ast.AST)


class ToolError(Exception):
    """Says what cannot be made."""


class Module:
    """A sync module: its text, its syntax tree, and the places of its nodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = (PACKAGE / f"{name}.py").read_bytes()
        self.tree = ast.parse(self.text)
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self._line_starts = [0]
        for line in self.text.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where the text of a node begins and ends, in bytes."""
        at: ast.expr = node  # type: ignore[assignment] # every node that is asked for has a place
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


class Program:
    """All sync modules together: which of their functions wait, and what their twins look like."""

    def __init__(self) -> None:
        self.used: Counter[object] = Counter()
        self.modules = [Module(name) for name in MODULES]
        self._bases = {
            node.name: [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
            for module in self.modules
            for node in module.nodes(ast.ClassDef)
        }
        self._functions = {
            (module.class_around(node) or module.name, node.name)
            for module in self.modules
            for node in module.nodes(ast.FunctionDef)
        }
        self.waiting: set[Key] = set(WAITING)
        while self._find_more():
            pass

    # --- Which functions wait ---------------------------------------------------------------------------

    def _find_more(self) -> bool:
        """Mark the functions that call a marked one; return whether there were any."""
        before = len(self.waiting)
        for module in self.modules:
            for call in module.nodes(ast.Call):
                function = module.function_around(call)
                if isinstance(function, ast.FunctionDef) and self.waits(module, call):
                    owner = module.class_around(function)
                    for relative in [module.name] if owner is None else self._relatives(owner):
                        self.waiting.add((relative, function.name))
        return len(self.waiting) > before

    def _relatives(self, name: str) -> set[str]:
        """Return the classes that inherit from a class, or that it inherits from, and itself."""
        below = {other for other in self._bases if name in self._ancestors(other)}
        return {name, *below, *self._ancestors(name)}

    def _ancestors(self, name: str) -> set[str]:
        parents = {base.id for base in self._bases.get(name, []) if isinstance(base, ast.Name)}
        return parents.union(*map(self._ancestors, parents))

    def waits(self, module: Module, call: ast.Call) -> bool:
        """Return whether a call waits for the service, or for S3."""
        return self._begins_as(module, call) is not None or self._is_waiting(module, call.func)

    def _begins_as(self, module: Module, call: ast.Call) -> str | None:
        source = module.source(call)
        on_a_thread = (f"{name}(" for name in ON_A_THREAD)
        return next((begin for begin in (*EXPRESSIONS, *on_a_thread) if source.startswith(begin)), None)

    def _is_waiting(self, module: Module, function: ast.expr) -> bool:
        match function:
            case ast.Name(name):
                return (module.name, name) in self.waiting
            case ast.Attribute(ast.Name("self"), name):
                owner = module.class_around(function) or ""
                self.used[owner, name] += 1
                return any((relative, name) in self.waiting for relative in self._relatives(owner))
            case ast.Attribute(ast.Name(receiver) | ast.Attribute(_, receiver), name):
                owner = RECEIVERS.get(receiver, receiver)
                self.used[receiver] += (owner, name) in self.waiting
                self.used[owner, name] += 1
                return (owner, name) in self.waiting
        return False

    # --- The twins --------------------------------------------------------------------------------------

    def twin(self, module: Module) -> str:
        """Return the text of a module's twin, not formatted yet."""
        edits = [*self._shared_imports(module), *self._signatures(module), *self._calls(module)]
        edits += self._without_cancel(module)
        text = module.text
        for begin, end, new in sorted(edits, reverse=True):
            text = text[:begin] + new.encode() + text[end:]
        return HEADER.format(name=module.name) + self._renamed(text.decode())

    def _renamed(self, text: str) -> str:
        for old, new in TEXTS.items():
            self.used[old] += text.count(old)
            text = text.replace(old, new)
        twins = "|".join((*MODULES, *BY_HAND))
        text = re.sub(rf"\bvoiceid_sdk\.({twins})\b", r"voiceid_sdk.aio.\1", text)
        text = re.sub(
            rf"^( *from voiceid_sdk) import ({twins})$", r"\1.aio import \2", text, flags=re.MULTILINE
        )

        def rename(found: re.Match[str]) -> str:
            self.used[found[0]] += 1
            return NAMES[found[0]]

        text = re.sub(rf"(?<![\w.])({'|'.join(NAMES)})(?!\w)", rename, text)
        for pattern in WITHOUT:
            text = re.sub(pattern, "", text, flags=re.MULTILINE)
        added = "".join(f"from collections.abc import {name}\n" for name in IMPORTS)
        text = re.sub(r"^(?=import |from )", added, text, count=1, flags=re.MULTILINE)
        return _wrapped(text.replace(SYNC, "voiceid_sdk"))

    def _signatures(self, module: Module) -> Iterator[Edit]:
        """Make functions asynchronous, and the base classes of those that are iterators."""
        for node in module.nodes(ast.FunctionDef):
            if node.name in SYNC_ONLY:
                self.used[node.name] += 1
                yield *module.span(node), ""
                continue
            owner = module.class_around(node) or module.name
            if (owner, node.name) in self.waiting or node.name in ALWAYS_ASYNC:
                if any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list):
                    raise ToolError(f"{owner}.{node.name} is a property, but it waits")
                self.used[node.name] += 1
                begin, _ = module.span(node)
                yield begin, begin, "async "
        for base in [base for node in module.nodes(ast.ClassDef) for base in node.bases]:
            begin, _ = module.span(base)
            if module.source(base).startswith("Iterator["):
                yield begin, begin, "Async"

    def _calls(self, module: Module) -> Iterator[Edit]:
        for call in module.nodes(ast.Call):
            function = module.function_around(call)
            # What a lambda returns is awaited by its caller.
            if not self.waits(module, call) or isinstance(function, ast.Lambda):
                continue
            if function is None or _is_in_generator(module, call):
                raise ToolError(f"{module.name}: cannot await {module.source(call)!r} here")
            begin, end = module.span(call)
            begins_as = self._begins_as(module, call)
            if begins_as in EXPRESSIONS:
                self.used[begins_as] += 1
                yield begin, begin + len(begins_as), EXPRESSIONS[begins_as]
                continue
            yield begin, begin, "await "
            if begins_as is not None:
                self.used[begins_as.rstrip("(")] += 1
                comma = ", " if call.args or call.keywords else ""
                new = f"self._connection.run_on_a_thread({begins_as.rstrip('(')}{comma}"
                yield begin, begin + len(begins_as), new
            parent = module.parent(call)
            if isinstance(parent, ast.Attribute | ast.Subscript) or (
                isinstance(parent, ast.Call) and parent.func is call
            ):
                yield begin, begin, "("
                yield end, end, ")"

    def _shared_imports(self, module: Module) -> Iterator[Edit]:
        """Import what is the same in both worlds in place of defining it again."""
        if b"\n__all__ = " not in module.text:
            return
        shared: list[str] = []
        for node in module.tree.body:
            name = _public_name(node)
            if name is None or name in NAMES or (module.name, name) in self.waiting:
                continue
            shared.append(name)
            begin, end = module.span(node)
            if isinstance(node, ast.ClassDef) and node.decorator_list:
                begin, _ = module.span(node.decorator_list[0])
                begin = module.line(begin)
            following = module.tree.body[module.tree.body.index(node) + 1 :]
            if following and _is_text(following[0]):
                end = module.span(following[0])[1]
            yield begin, end, ""
        if shared:
            first = next(node for node in module.tree.body if isinstance(node, ast.Import | ast.ImportFrom))
            begin, _ = module.span(first)
            yield begin, begin, f"from {SYNC}.{module.name} import {', '.join(shared)}\n"

    def _without_cancel(self, module: Module) -> Iterator[Edit]:
        """Leave out the argument ``cancel``, the last one everywhere: tasks are cancelled instead."""
        for function in module.nodes(ast.FunctionDef):
            parameters = function.args
            if function.name in SYNC_ONLY or not _ends_with_cancel(parameters.kwonlyargs):
                continue
            self.used[CANCEL] += 1
            before: ast.AST = parameters.kw_defaults[-2] or parameters.kwonlyargs[-2]
            yield module.span(before)[1], module.span(parameters.kw_defaults[-1] or function)[1], ""
        for call in module.nodes(ast.Call):
            around = module.function_around(call)
            if isinstance(around, ast.FunctionDef) and around.name in SYNC_ONLY:
                continue
            if _ends_with_cancel(call.keywords):
                before = [*call.args, *call.keywords][-2]
                yield module.span(before)[1], module.span(call.keywords[-1])[1], ""

    def unused(self) -> list[str]:
        """Return the entries of the tables that changed nothing."""
        entries = [
            *NAMES,
            *ON_A_THREAD,
            *EXPRESSIONS,
            *TEXTS,
            *RECEIVERS,
            *ALWAYS_ASYNC,
            *SYNC_ONLY,
            *WAITING,
            CANCEL,
        ]
        return [str(entry) for entry in entries if not self.used[entry]]


def _public_name(node: ast.stmt) -> str | None:
    """Return the public name that a statement of a module defines."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(name)):
            pass
        case ast.Assign(targets=[ast.Name(name)]):
            pass
        case _:
            return None
    return None if name.startswith("_") else name


def _ends_with_cancel(arguments: Sequence[ast.arg | ast.keyword]) -> bool:
    return bool(arguments) and arguments[-1].arg == CANCEL


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_in_generator(module: Module, node: ast.AST) -> bool:
    while not isinstance(node, ast.stmt):
        node = module.parent(node)
        if isinstance(node, ast.GeneratorExp | ast.JoinedStr):
            return True
    return False


def _wrapped(text: str) -> str:
    """Return a text whose docstrings and comments have no line that longer names have made too long."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_prose = line.lstrip().startswith("#") or not re.search(r'[("\'{]$|[=(]', line)
        if len(line) > LINE_LENGTH and is_prose:
            end = line.rindex(" ", 0, LINE_LENGTH + 1)
            lines[number], rest = line[:end], line[end + 1 :]
            following = lines[number + 1]
            indent = following[: len(following) - len(following.lstrip())]
            lines[number + 1] = f"{indent}{rest} {following.lstrip()}"
    return "\n".join(lines) + "\n"


def _formatted(name: str, text: str) -> str:
    """Return a text as ruff writes it, without imports that are not used."""
    file = ["--stdin-filename", str(PACKAGE / "aio" / f"{name}.py"), "-"]
    select = ["check", "--quiet", "--fix-only", "--select", "F401,I,RUF022,TC005"]
    for command in (select, ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, *file]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> int:
    """Write the twins, or compare them with what is there; 1 if they differ."""
    parser = argparse.ArgumentParser(description="Make voiceid_sdk/aio from the sync handles.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    check = parser.parse_args().check
    program = Program()
    stale: list[str] = []
    for module in program.modules:
        text = _formatted(module.name, program.twin(module))
        path = PACKAGE / "aio" / f"{module.name}.py"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if unused := program.unused():
        raise ToolError(f"entries that are not used: {', '.join(unused)}")
    if stale:
        print(f"{'stale' if check else 'written'}: {', '.join(stale)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
