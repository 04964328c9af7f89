"""How Sphinx builds the documentation: MyST pages, and an API reference read from the installed package."""

import gc
import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon.docstring import GoogleDocstring

import voiceid_sdk
from voiceid_sdk import models
from voiceid_sdk.events import EventData
from voiceid_sdk.models import Structure

sys.path.insert(0, str(Path(__file__).parent))
import reference

# By its own threshold of 700 new objects, Python would spend a fifth of the time of a build on garbage: pages
# are trees of many objects.
gc.set_threshold(20_000)

project = "voiceid_sdk"
copyright = "the voiceid_sdk authors"
release = importlib.metadata.version("voiceid-sdk")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_design"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"voiceid_sdk {release}"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
pygments_dark_style = "a11y-dark"  # The default underlines imports like links.
html_logo = html_favicon = "_static/logo.svg"

# The buttons copy code without prompts, and without the output after it.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 120
toc_object_entries_show_parents = "hide"

# The build needs no network, so it cannot link to the references of other projects. All our own names must
# resolve, except private names, type variables, and classes of options, files and protocols without an entry.
nitpick_ignore_regex = [
    (
        r"py:class",
        r"(voiceid_sdk\.local\.options\.)?(ClientOptions|Boto3ClientOptions|RequestParts|ServiceOptions)",
    ),
    (r"py:class", r"voiceid_sdk\.local\.(faults\.Fault|protocol\.Delivery)"),
    (r"py:.*", r"(?!voiceid_sdk\b)[a-z_]+\..*"),
    (r"py:class", r"voiceid_sdk\.service_model\.model\.(Paginator|ServiceModel)"),
    (r"py:class", r"voiceid_sdk\.(migration\.inventory\.ImportsDomains|.*\.ModelRecognizer)"),
    (r"py:.*", r"(voiceid_sdk\.[a-z_.]+\.)?(_\w+|[A-Z][A-Za-z]*T)"),
    (r"py:class", r"SENSITIVE|FREE_TEXT"),
    (r"py:class", r"voiceid_sdk\.testing\.instant_waits\.InstantWaits"),
    (r"py:class", r"Axes|voiceid_sdk\.local\.rules\.overview\.DomainOverview"),
]


def read_sections(
    _: Sphinx, what: str, name: str, documented: object, options: object, lines: list[str]
) -> None:
    """Let napoleon read sections, except in fields, where it takes the words before a colon for a type."""
    if what not in {"attribute", "property"}:
        lines[:] = reference.with_full_errors(name, GoogleDocstring(lines).lines())
    elif reference.is_sensitive(name):
        lines += ["", "Sensitive: :doc:`not shown </privacy>` in ``repr``.", ""]
    shown: Any = options
    if isinstance(documented, type) and shown.members:
        if shown.inherited_members:
            reference.order_inherited(documented)
        lines += reference.summary(documented, shown.inherited_members, shown.exclude_members or set())


def write_signatures(
    _: Sphinx, __: str, name: str, documented: object, ___: object, arguments: str | None, result: str | None
) -> tuple[str, str] | None:
    """Show data classes and errors without a signature, because their fields follow."""
    if arguments is None:
        return None
    if isinstance(documented, type) and issubclass(documented, (Structure, EventData, BaseException)):
        return "", ""
    return reference.readable_signature(name, arguments, result or "")


def write_notebooks(app: Sphinx) -> None:
    """Write a page for each notebook, with its saved outputs, before the pages are read."""
    pages = Path(app.srcdir, "_notebooks")
    pages.mkdir(exist_ok=True)
    for path in sorted(Path(app.srcdir).parent.glob("examples/notebooks/*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        page = "\n\n".join(part for cell in cells for part in notebook_cell(cell))
        reference.write_if_changed(pages / f"{path.stem}.md", f"{page}\n")


def notebook_cell(cell: dict[str, Any]) -> list[str]:
    """Return a cell of a notebook as Markdown: its text, or its code and the outputs."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return [source]
    return [f"```python\n{source}\n```", *map(notebook_output, cell["outputs"])]


def notebook_output(output: dict[str, Any]) -> str:
    """Return an output as Markdown; of several forms, the one that Jupyter shows."""
    data = output.get("data", {})
    if "image/png" in data:
        image = "".join(data["image/png"].split())
        return f'```{{raw}} html\n<img alt="A plot" src="data:image/png;base64,{image}">\n```'
    if "text/html" in data:
        table = "".join(data["text/html"])
        return f'```{{raw}} html\n<div class="notebook-output">\n{table}\n</div>\n```'
    return f"```text\n{''.join(output.get('text') or data['text/plain']).rstrip()}\n```"


def let_names_break(_: Sphinx, __: str, ___: str, context: dict[str, Any], ____: object) -> None:
    """Let long names break between their words, so that tables fit into narrow screens."""

    def with_breaks(name: re.Match[str]) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_./])(?=\w)", "<wbr>", name[0])

    context["body"] = re.sub(r'(?<=<span class="pre">)[^<]+(?=</span>)', with_breaks, context.get("body", ""))


def point_links_at_pages(_: Sphinx, __: Path, ___: str, content: list[str]) -> None:
    """Let links in the included files of the root folder lead to pages of the site."""
    files = r"(CHANGELOG|CONTRIBUTING|SECURITY)\.md"
    content[0] = re.sub(rf"\]\({files}", lambda link: f"]({link[1].lower()}.md", content[0])
    content[0] = content[0].replace("](docs/", "](")


def setup(app: Sphinx) -> None:
    """Connect the handlers."""
    reference.join_sources(models)
    reference.remove_marks(voiceid_sdk)
    app.connect("builder-inited", write_notebooks)
    app.connect("builder-inited", reference.write_pages)
    app.connect("source-read", reference.write_tables)
    app.connect("autodoc-process-docstring", read_sections)
    app.connect("autodoc-process-signature", write_signatures)
    app.connect("html-page-context", reference.share_navigation, priority=400)  # before the theme's handler
    app.connect("html-page-context", let_names_break)
    app.connect("missing-reference", reference.link_standard_type)
    app.connect("include-read", point_links_at_pages)
