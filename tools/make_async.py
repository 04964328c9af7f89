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
from itertools import chain
from pathlib import Path
from typing import Final

from async_examples import with_await
from sync_module import PACKAGE, Module, is_in_generator, is_text, public_name

MODULES: Final = (
    "_domain_jobs",
    "_tagging",
    "client",
    "domain",
    "fraudster",
    "jobs",
    "paging",
    "runs.beginning",
    "runs.handles",
    "runs.job_series",
    "session",
    "speaker",
    "watchlist",
)
"""The modules that have a twin of the same name in ``voiceid_sdk.aio``."""

BY_HAND: Final = ("_connection", "runs")
"""The modules whose twins are written by hand."""

TWINS: Final = (
    "BatchEnrollment",
    "BatchRegistration",
    "Connection",
    "Domain",
    "DomainJobs",
    "EnrollmentJob",
    "Fraudster",
    "ItemIterator",
    "Job",
    "JobSeries",
    "PageIterator",
    "Pager",
    "ReadPage",
    "RegistrationJob",
    "Session",
    "Speaker",
    "VoiceID",
    "Watchlist",
)
"""Classes whose twins have the prefix ``Async``. Other public names of the modules are shared."""

NAMES: Final = {
    "RunOptions": "AsyncRunOptions",
    "StopIteration": "StopAsyncIteration",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
} | {name: f"Async{name}" for name in TWINS}
"""All names that differ. After a dot, they stay, because they may be boto3's; those of ``_types`` change."""

WAITING: Final = (
    ("Connection", "call"),
    ("Connection", "call_raw"),
    ("Connection", "close"),
    ("Connection", "wait_until"),
    ("paging", "read_page"),
)
"""The methods that wait for the service, each with its class. Their twins are written by hand."""

RECEIVERS: Final = {
    "_connection": "Connection",
    "_job": "Job",
    "_series": "JobSeries",
    "connection": "Connection",
    "series": "JobSeries",
}
"""Attributes, variables and methods that give objects with such methods, and the classes of the objects."""

CALLS: Final = {
    "_stage(": "await connection.run_until_cancelled(uploader.cancel, _stage, ",
    "list(self)": "[item async for item in self]",
    "next(iter(": "await anext(aiter(",
    "output_files.read_manifest(": "await self._connection.run_on_a_thread(output_files.read_manifest, ",
    "output_files.read_output(": "await self._connection.run_on_a_thread(output_files.read_output, ",
}
"""Calls that wait for S3, or iterate over a list of the service: how they begin, and how their twins do."""

ASYNC_ITERABLES: Final = ("summaries",)
"""Variables with lists of the service that are iterated over."""

ALWAYS_ASYNC: Final = ("__enter__", "__exit__")

CANCEL: Final = "cancel"

SYNC: Final = "<sync>"
"""Stands for the package of the sync modules until all other names are changed."""

TEXTS: Final = {
    "threading.Event() if options.cancel is None else options.cancel": "threading.Event()",
    "summaries: Iterable[": "summaries: AsyncIterable[",
    "voiceid_sdk.runs.RunOptions": "voiceid_sdk.runs.AsyncRunOptions",
    "tuple[ListPage[ItemT], str | None]]": "Awaitable[tuple[ListPage[ItemT], str | None]]]",
    "``for item in pager``": "``async for item in pager``",
    "call ``next`` on": "call ``anext`` on",
    '"for item in pager"': '"async for item in pager"',
    '"pager.all()"': '"await pager.all()"',
    '"pager.first()"': '"await pager.first()"',
    '"pager.to_pandas()"': '"await pager.to_pandas()"',
    "use len(pager.all())": "use len(await pager.all())",
    "use pager.first(), pager.limit(10).all() or pager.all()[...]": (
        "use pager.first() or pager.limit(10).all(), with await"
    ),
    "Use it as a context manager, or call ``close``.": "Use it with ``async with``, or await ``close``.",
}
"""Other texts that differ."""

IMPORTS: Final = ("AsyncIterable", "AsyncIterator", "Awaitable")
"""Names of ``collections.abc`` that only twins need."""

WITHOUT: Final = (
    # The lines of ``cancel`` in docstrings, and then headings that nothing follows.
    r"^( +)(cancel|WaitCancelledError): .*\n(\1 +.*\n)*",
    r"^ +(Args|Raises):\n(?=\n| +\"\"\")",
)

LINE_LENGTH: Final = 110

HEADER: Final = (
    "# Made from voiceid_sdk/{path} by tools/make_async.py: change that file, then run the tool.\n"
)

Key = tuple[str, str]
"""A class, or a module for its own functions, and the name of a function."""

Edit = tuple[int, int, str]
"""Where a text begins and ends, and what takes its place."""


class ToolError(Exception):
    """Says what cannot be made."""


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
        self.waiting: set[Key] = set(WAITING)
        while self._find_more():
            pass

    # --- Which functions wait ---------------------------------------------------------------------------

    def _find_more(self) -> bool:
        """Mark the functions that call a marked one; return whether there were any."""
        before = len(self.waiting)
        for module in self.modules:
            calls_and_loops: Iterator[ast.Call | ast.For] = chain(
                module.nodes(ast.Call), module.nodes(ast.For)
            )
            for node in calls_and_loops:
                function = module.function_around(node)
                if isinstance(function, ast.FunctionDef) and self.waits(module, node):
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

    def waits(self, module: Module, node: ast.Call | ast.For) -> bool:
        """Return whether a call or a loop waits for the service, or for S3."""
        if isinstance(node, ast.For):
            return module.source(node.iter) in ASYNC_ITERABLES
        return _beginning(module, node) is not None or self._is_waiting(module, node.func)

    def _is_waiting(self, module: Module, function: ast.expr) -> bool:
        match function:
            case ast.Name(name):
                self.used[module.name, name] += 1
                return any((other.name, name) in self.waiting for other in self.modules)
            case ast.Attribute(ast.Name("self"), name):
                owner = module.class_around(function) or ""
                self.used[owner, name] += 1
                return any((relative, name) in self.waiting for relative in self._relatives(owner))
            case ast.Attribute(
                ast.Name(receiver) | ast.Attribute(_, receiver) | ast.Call(ast.Attribute(_, receiver)), name
            ):
                owner = RECEIVERS.get(receiver, receiver)
                self.used[receiver] += (owner, name) in self.waiting
                self.used[owner, name] += 1
                return (owner, name) in self.waiting
        return False

    # --- The twins --------------------------------------------------------------------------------------

    def twin(self, module: Module) -> str:
        """Return the text of a module's twin, not formatted yet."""
        edits = [
            *self._imports(module),
            *self._shared_imports(module),
            *self._signatures(module),
            *self._calls(module),
        ]
        edits += self._without_cancel(module)
        text = module.text
        for begin, end, new in sorted(edits, reverse=True):
            text = text[:begin] + new.encode() + text[end:]
        waiting = {name for owner, name in self.waiting if owner in TWINS}
        examples = with_await(text.decode(), waiting)
        return HEADER.format(path=module.path.as_posix()) + self._renamed(examples)

    def _renamed(self, text: str) -> str:
        for old, new in TEXTS.items():
            self.used[old] += text.count(old)
            text = text.replace(old, new)
        twins = "|".join((*MODULES, *BY_HAND))
        text = re.sub(rf"\bvoiceid_sdk\.({twins})(?![\w.])", r"voiceid_sdk.aio.\1", text)
        text = re.sub(
            rf"^( *from voiceid_sdk) import ({twins})(?:, (.+))?$",
            lambda found: (
                f"{found[1]}.aio import {found[2]}" + (f"\n{found[1]} import {found[3]}" if found[3] else "")
            ),
            text,
            flags=re.MULTILINE,
        )

        def rename(found: re.Match[str]) -> str:
            self.used[found[0]] += 1
            return NAMES[found[0]]

        text = re.sub(rf"(?:(?<=\b_types\.)|(?<![\w.]))({'|'.join(NAMES)})(?!\w)", rename, text)
        for pattern in WITHOUT:
            text = re.sub(pattern, "", text, flags=re.MULTILINE)
        added = "".join(f"from collections.abc import {name}\n" for name in IMPORTS)
        text = re.sub(r"^(?=import |from )", added, text, count=1, flags=re.MULTILINE)
        return _wrapped(text.replace(SYNC, "voiceid_sdk"))

    def _signatures(self, module: Module) -> Iterator[Edit]:
        """Make functions asynchronous, and the base classes of those that are iterators."""
        for node in module.nodes(ast.FunctionDef):
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
        for loop in module.nodes(ast.For):
            if self.waits(module, loop):
                self.used[module.source(loop.iter)] += 1
                begin, _ = module.span(loop)
                yield begin, begin, "async "
        for call in module.nodes(ast.Call):
            function = module.function_around(call)
            # A coroutine that a lambda returns is awaited by the caller of the lambda.
            if not self.waits(module, call) or isinstance(function, ast.Lambda):
                continue
            if function is None or is_in_generator(module, call):
                raise ToolError(f"{module.name}: cannot await {module.source(call)!r} here")
            begin, end = module.span(call)
            if (beginning := _beginning(module, call)) is not None:
                self.used[beginning] += 1
                yield begin, begin + len(beginning), CALLS[beginning]
                continue
            yield begin, begin, "await "
            parent = module.parent(call)
            if isinstance(parent, ast.Attribute | ast.Subscript) or (
                isinstance(parent, ast.Call) and parent.func is call
            ):
                yield begin, begin, "("
                yield end, end, ")"

    def _imports(self, module: Module) -> Iterator[Edit]:
        """Import what has no twin from the sync modules."""
        for node in module.nodes(ast.ImportFrom):
            name = (node.module or "").removeprefix("voiceid_sdk.")
            shared = [one.name for one in node.names if not self._has_twin(name, one.name)]
            if name in MODULES and shared:
                begin, end = module.span(node)
                yield begin, end, f"from {SYNC}.{name} import {', '.join(shared)}"
                if twins := [one.name for one in node.names if one.name not in shared]:
                    indent = " " * node.col_offset
                    yield end, end, f"\n{indent}from voiceid_sdk.{name} import {', '.join(twins)}"

    def _has_twin(self, module: str, name: str) -> bool:
        return name in TWINS or (module, name) in self.waiting

    def _shared_imports(self, module: Module) -> Iterator[Edit]:
        """Import what is the same in both worlds in place of defining it again."""
        shared: list[str] = []
        for node in module.tree.body:
            name = public_name(node)
            # A function that others reach through its module is repeated, because it is not exported.
            if name is None or name in TWINS or isinstance(node, ast.FunctionDef):
                continue
            shared.append(name)
            begin, end = module.span(node)
            if isinstance(node, ast.ClassDef) and node.decorator_list:
                begin, _ = module.span(node.decorator_list[0])
                begin = module.line(begin)
            following = module.tree.body[module.tree.body.index(node) + 1 :]
            if following and is_text(following[0]):
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
            if not _ends_with_cancel(parameters.kwonlyargs):
                continue
            self.used[CANCEL] += 1
            before: ast.AST = parameters.kw_defaults[-2] or parameters.kwonlyargs[-2]
            yield module.span(before)[1], module.span(parameters.kw_defaults[-1] or function)[1], ""
        for call in module.nodes(ast.Call):
            if _ends_with_cancel(call.keywords):
                before = [*call.args, *call.keywords][-2]
                yield module.span(before)[1], module.span(call.keywords[-1])[1], ""

    def unused(self) -> list[str]:
        """Return the entries of the tables that changed nothing."""
        entries = [*NAMES, *WAITING, *RECEIVERS, *CALLS, *ASYNC_ITERABLES, *TEXTS, *ALWAYS_ASYNC, CANCEL]
        return [str(entry) for entry in entries if not self.used[entry]]


def _beginning(module: Module, call: ast.Call) -> str | None:
    source = module.source(call)
    return next((beginning for beginning in CALLS if source.startswith(beginning)), None)


def _ends_with_cancel(arguments: Sequence[ast.arg | ast.keyword]) -> bool:
    return bool(arguments) and arguments[-1].arg == CANCEL


def _wrapped(text: str) -> str:
    """Return a text whose docstrings and comments have no line that longer names have made too long."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_prose = line.lstrip().startswith("#") or not re.search(r'[("\'{]$|[=(]|^from ', line)
        if len(line) > LINE_LENGTH and is_prose:
            end = line.rindex(" ", 0, LINE_LENGTH + 1)
            lines[number], rest = line[:end], line[end + 1 :]
            following = lines[number + 1]
            indent = following[: len(following) - len(following.lstrip())]
            lines[number + 1] = f"{indent}{rest} {following.lstrip()}"
    return "\n".join(lines) + "\n"


def _formatted(path: Path, text: str) -> str:
    """Return a text as ruff writes it, without imports that are not used."""
    file = ["--stdin-filename", str(path), "-"]
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
        path = PACKAGE / "aio" / module.path
        text = _formatted(path, program.twin(module))
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(module.path))
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if unused := program.unused():
        raise ToolError(f"entries that are not used: {', '.join(unused)}")
    if stale:
        print(f"{'stale' if check else 'written'}: {', '.join(stale)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
