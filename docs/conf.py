"""How Sphinx builds the documentation: MyST pages, and an API reference read from the installed package."""

import importlib.metadata
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon.docstring import GoogleDocstring

from voiceid_sdk.events import EventData
from voiceid_sdk.models import Structure

project = "voiceid_sdk"
copyright = "the voiceid_sdk authors"
release = importlib.metadata.version("voiceid-sdk")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"voiceid_sdk {release}"
html_show_sourcelink = False

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
    (r"py:class", r"ClientOptions|Boto3ClientOptions|ServiceOptions"),
    (r"py:class", r"voiceid_sdk\.local\.(faults\.Fault|protocol\.Delivery)"),
    (r"py:.*", r"(?!voiceid_sdk\b)[a-z_]+\..*"),
    (r"py:class", r"voiceid_sdk\.service_model\.model\.(Paginator|ServiceModel)"),
    (r"py:class", r"voiceid_sdk\.(migration\.inventory\.ImportsDomains|.*\.ModelRecognizer)"),
    (r"py:.*", r"(voiceid_sdk\.[a-z_.]+\.)?(_\w+|[A-Z][A-Za-z]*T)"),
    (r"py:class", r"SENSITIVE|FREE_TEXT"),
]


def read_sections(_: Sphinx, what: str, *rest: object) -> None:
    """Let napoleon read sections, except in fields, where it takes the words before a colon for a type."""
    if what not in {"attribute", "property"}:
        lines: Any = rest[-1]
        lines[:] = GoogleDocstring(lines).lines()


def leave_out_fields(
    _: Sphinx, what: str, __: str, documented: object, *___: object
) -> tuple[str, str] | None:
    """Show data classes without their signature, because the fields follow with their descriptions."""
    is_data = (
        what == "class" and isinstance(documented, type) and issubclass(documented, (Structure, EventData))
    )
    return ("", "") if is_data else None


def setup(app: Sphinx) -> None:
    """Connect the handlers above."""
    app.connect("autodoc-process-docstring", read_sections)
    app.connect("autodoc-process-signature", leave_out_fields)
