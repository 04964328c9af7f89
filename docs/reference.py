"""Writes the pages of the API reference: one for each class, and the tables that lead to them.

The pages ``docs/api*.md`` list the classes in blocks called ``classes``, as directives of autodoc. Before
Sphinx reads the pages, each class gets a page in ``docs/_reference``, and each block becomes a table.
"""

import importlib
import inspect
import itertools
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final, get_args, get_origin

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from voiceid_sdk import errors, local
from voiceid_sdk.privacy.marks import SENSITIVE

FOLDER: Final = "_reference"
BLOCK: Final = re.compile(r"```\{classes\}\n(.*?)```", re.DOTALL)
DIRECTIVE: Final = re.compile(r"^\.\. auto(class|module):: ([\w.]+)(\(\))?\n((?:   :.*\n)*)", re.MULTILINE)

HEADING: Final = re.compile(r"^# (.+)$", re.MULTILINE)

FEW: Final = 3
"""With fewer methods, a class gets no table of them."""

BUILTIN_PAGES: Final = ("constants", "exceptions", "functions", "stdtypes")
PYTHON: Final = "https://docs.python.org/3/library/"
STANDARD_NAMES: Final = {
    "array": "array",
    "constants": "False None True",
    "collections.abc": (
        "AsyncIterable AsyncIterator Awaitable Callable Collection Iterable Iterator Mapping Sequence"
    ),
    "concurrent.futures": "Executor Future",
    "contextlib": "AbstractAsyncContextManager AbstractContextManager",
    "datetime": "datetime timedelta",
    "enum": "Enum StrEnum",
    "exceptions": "BaseException Exception OSError RuntimeError TimeoutError TypeError ValueError",
    "functions": "bool float int object type",
    "logging": "Handler LogRecord",
    "os": "PathLike",
    "pathlib": "Path",
    "stdtypes": "bytes dict frozenset list memoryview set str tuple",
    "threading": "Event",
    "typing": "Any BinaryIO IO Literal Self",
}
"""The names of the standard library that signatures have, by the page of Python's documentation."""

navigation: Final[list[str]] = []
"""The navigation of class pages, once it is made."""

sensitive_fields: Final[set[tuple[type, str]]] = set()
"""The fields that are marked as sensitive, each with its class."""


def write_pages(app: Sphinx) -> None:
    """Write the page of each class."""
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(exist_ok=True)
    texts: dict[str, str] = {}
    for path in sorted(Path(app.srcdir).glob("api*.md")):
        subject = path.read_text("utf-8")
        heading = HEADING.search(subject)
        place = f"[{heading[1] if heading else path.stem}](../{path.name})"
        for block in BLOCK.finditer(subject):
            listed = list(listed_classes(block[1]))
            names = [name for name, _ in listed]
            for name, directive in listed:
                texts[name] = page(name, directive, place, names)
    for name, text in texts.items():
        write_if_changed(folder / f"{name}.md", text)
    for path in folder.glob("*.md"):
        if path.stem not in texts:
            path.unlink()


def write_if_changed(path: Path, text: str) -> None:
    """Write a page only if its text changed, because Sphinx reads each page that is newer than its copy."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def page(name: str, directive: str, place: str, names: list[str]) -> str:
    """Return the page of a class, as Markdown."""
    module, _, title = name.rpartition(".")
    twin = other_variant(name, names)
    variant = "" if twin is None else f" · {variant_name(twin)}: {link(twin)}"
    return (
        f"---\norphan: true\n---\n# {title}\n\n{place} · `from {module} import {title}`{variant}\n\n"
        f"```{{eval-rst}}\n{directive}```\n"
    )


def write_tables(_: Sphinx, page_name: str, source: list[str]) -> None:
    """Let each block of classes become a table of them."""
    if page_name.startswith("api"):
        source[0] = BLOCK.sub(lambda block: table([name for name, _ in listed_classes(block[1])]), source[0])


def table(names: list[str]) -> str:
    """Return a table of classes with their purpose; a class and its async twin share a row."""
    rows = [name for name in names if variant_name(name) == "sync" or other_variant(name, names) is None]
    twins = {name: other_variant(name, names) for name in rows}
    if any(twins.values()):
        lines = ["| Class | Async | Purpose |", "| --- | --- | --- |"]
        lines += [f"| {link(name)} | {link(twins[name])} | {purpose(name)} |" for name in rows]
    else:
        lines = ["| Class | Purpose |", "| --- | --- |"]
        lines += [f"| {link(name)} | {purpose(name)} |" for name in rows]
    return "\n".join(lines) + "\n"


def listed_classes(block: str) -> Iterator[tuple[str, str]]:
    """Give the full name of each class of a block, and the directive of autodoc for it."""
    for kind, name, signature, options in DIRECTIVE.findall(block):
        if kind == "class":
            yield name, f".. autoclass:: {name}{signature}\n{options}"
        else:
            others = options.replace("   :ignore-module-all:\n", "")
            module = importlib.import_module(name)
            for member in module.__all__:
                if getattr(module, member).__module__ == name:
                    yield f"{name}.{member}", f".. autoclass:: {name}.{member}()\n{others}"


def variant_name(name: str) -> str:
    """Return which variant a class is."""
    return "async" if name.rpartition(".")[2].startswith("Async") else "sync"


def other_variant(name: str, names: list[str]) -> str | None:
    """Return the async twin of a class, or the sync twin of an async class."""
    title = name.rpartition(".")[2]
    other = title.removeprefix("Async") if variant_name(name) == "async" else f"Async{title}"
    return next((found for found in names if found.rpartition(".")[2] == other), None)


def link(name: str | None) -> str:
    """Return a link to the page of a class."""
    return "" if name is None else f"{{class}}`~{name}`"


def purpose(name: str) -> str:
    """Return the first sentence of a docstring, as Markdown."""
    return markdown(first_sentence(found(name)))


def first_sentence(documented: object) -> str:
    """Return the first sentence of a docstring."""
    text = " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z])", text, maxsplit=1)[0]


def markdown(text: str) -> str:
    """Return reStructuredText as Markdown, in a cell of a table."""
    return text.replace("``", "`").replace("|", r"\|")


def found(name: str) -> object:
    """Return the module or class with a full name."""
    found_object: object = pkgutil.resolve_name(name)
    return found_object


def summary(documented: type, until: set[str] | None, excluded: set[str]) -> list[str]:
    """Return a table of the methods of a class with their first sentences, or nothing if they are few.

    Args:
        documented: the class.
        until: the names of base classes whose methods are left out; None leaves out all inherited methods.
        excluded: the names of other methods that are left out.
    """
    rows = [
        (name, first_sentence(getattr(member, "__func__", member)))
        for name, member in public_members(documented, until)
        if isinstance(member, (classmethod, property, staticmethod)) or inspect.isfunction(member)
    ]
    rows = [(name, sentence) for name, sentence in rows if name not in excluded]
    if len(rows) < FEW:
        return []
    lines = ["", ".. list-table::", "   :class: summary", ""]
    for name, sentence in rows:
        lines += [f"   * - :py:obj:`~{documented.__name__}.{name}`", f"     - {sentence}"]
    return [*lines, ""]


def public_members(documented: type, until: set[str] | None) -> Iterator[tuple[str, object]]:
    """Give the members of a class that have public names and a docstring, with their names.

    Inherited ones are included up to the base classes named by ``until``.
    """
    classes = [documented]
    if until is not None:
        bases = itertools.takewhile(lambda base: base.__name__ not in until, documented.__mro__[1:])
        classes += [base for base in bases if base.__module__.startswith("voiceid_sdk")]
    given: set[str] = set()
    for cls in classes:
        for name, member in vars(cls).items():
            if not name.startswith("_") and name not in given and inspect.getdoc(member):
                given.add(name)
                yield name, member


def join_sources(package: ModuleType) -> None:
    """Let autodoc find the texts of fields whose classes name the package as their module, not their file."""
    whole = ModuleAnalyzer.for_module(package.__name__)
    whole.analyze()
    for part in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(part.name)
        source = ModuleAnalyzer.for_module(part.name)
        source.analyze()
        before = len(whole.tagorder)
        whole.attr_docs.update(source.attr_docs)
        whole.tagorder.update({name: before + place for name, place in source.tagorder.items()})


def order_inherited(documented: type) -> None:
    """Let autodoc list the inherited members of a class in the order of their source, after its own."""
    source = ModuleAnalyzer.for_module(documented.__module__)
    source.analyze()
    for base in documented.__mro__[1:]:
        for name in (*inspect.get_annotations(base), *vars(base)):
            source.tagorder.setdefault(f"{documented.__qualname__}.{name}", len(source.tagorder))


def remove_marks(package: ModuleType) -> None:
    """Show the types of fields without the marks for privacy; a sentence replaces them."""
    modules = [importlib.import_module(name) for name in [*sys.modules] if name.startswith(package.__name__)]
    for cls in {cls for module in modules for cls in vars(module).values() if isinstance(cls, type)}:
        if not cls.__module__.startswith(package.__name__):
            continue
        cls.__annotations__ = inspect.get_annotations(cls)
        for name, annotation in cls.__annotations__.items():
            origin: object = get_origin(annotation)
            if origin is Annotated:
                cls.__annotations__[name], *marks = get_args(annotation)
                if SENSITIVE in marks:
                    sensitive_fields.add((cls, name))


def is_sensitive(name: str) -> bool:
    """Return whether the field with a full name is marked as sensitive."""
    owner, _, field = name.rpartition(".")
    cls = found(owner)
    return isinstance(cls, type) and any((base, field) in sensitive_fields for base in cls.__mro__)


def readable_signature(name: str, arguments: str, result: str) -> tuple[str, str]:
    """Return a signature without jargon, and with the types that replace type variables in its class."""
    owner = found(name.rpartition(".")[0])
    types = type_arguments(owner) if isinstance(owner, type) else {}
    texts: list[str] = []
    for text in (arguments, result):
        readable = re.sub(r"~?(?:[\w.]+\.)?Unpack\[(.+?)\]", r"\1", text)
        for variable, argument in types.items():
            readable = re.sub(rf"~?(?:\w+\.)*\b{variable}\b", argument, readable)
        readable = re.sub(r"= <(?:function|factory)[^>]*>+|= \{.{60,}?\}", "= …", readable)
        texts.append(re.sub(r"~(?:typing\.)?~|~(?=[A-Z])", "", readable))
    return texts[0], texts[1]


def with_full_errors(name: str, lines: list[str]) -> list[str]:
    """Return a docstring with full names of its errors, because two errors may have the same name."""
    module: ModuleType = local if name.startswith("voiceid_sdk.local") else errors

    def full(raised: re.Match[str]) -> str:
        is_known = raised[1] in module.__all__
        return f":raises ~{module.__name__}.{raised[1]}:" if is_known else raised[0]

    return [re.sub(r"^:raises (\w+):", full, line) for line in lines]


def type_arguments(cls: type) -> dict[str, str]:
    """Return the types that a class gives to the type variables of its bases."""
    types: dict[str, str] = {}
    for base in getattr(cls, "__orig_bases__", ()):
        variables = getattr(get_origin(base), "__parameters__", ())
        for variable, argument in zip(variables, get_args(base), strict=False):
            if isinstance(argument, type):
                types[variable.__name__] = f"~{argument.__module__}.{argument.__name__}"
    return types


def link_standard_type(
    _: Sphinx, __: object, node: nodes.Element, content: nodes.TextElement
) -> nodes.reference | None:
    """Link a name of the standard library to its documentation; the build needs no network for that."""
    target = str(node.get("reftarget", ""))
    for page_name, names in STANDARD_NAMES.items():
        prefix = "" if page_name in BUILTIN_PAGES else f"{page_name}."
        if target.startswith(prefix) and target.removeprefix(prefix) in names.split():
            return nodes.reference(
                "", "", content, refuri=f"{PYTHON}{page_name}.html#{target}", internal=False
            )
    return None


def share_navigation(
    _: Sphinx, page_name: str, __: str, context: dict[str, Any], ___: nodes.document | None
) -> None:
    """Make the navigation of class pages once, because it is the same on all of them and costs a lot."""
    if page_name.startswith(f"{FOLDER}/"):
        if not navigation:
            navigation.append(
                context["toctree"](collapse=False, titles_only=True, maxdepth=-1, includehidden=True)
            )
        context["toctree"] = lambda **_: navigation[0]
