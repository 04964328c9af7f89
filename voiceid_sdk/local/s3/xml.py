"""XML documents of S3: written from nested pairs, and read without document types and entities."""

from typing import TYPE_CHECKING, Final, TypeAlias
from xml.parsers import expat

import attrs

from voiceid_sdk.local.s3.errors import malformed_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"

_MAX_DEPTH: Final = 8
_MAX_ELEMENTS: Final = 100_000
"""Far more than a document of 10,000 parts has. An element takes much more memory than its text."""

_PIECE: Final = 64 * 1024
"""Bytes that are parsed at a time. A tag or a comment has at most twice as many."""
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})

Content: TypeAlias = "str | int | bool | Sequence[tuple[str, Content]]"
"""The content of an element: text, or pairs of a name and a content."""


@attrs.define
class Element:
    """An element that was read: its name without a namespace, its text, and the elements in it."""

    name: str
    text: str = attrs.field(default="", repr=False)
    children: "list[Element]" = attrs.field(factory=list["Element"], repr=False)

    def find(self, name: str) -> "Element | None":
        """Return the element in it with a name, or None; raises S3Error if there are several."""
        found = [child for child in self.children if child.name == name]
        if len(found) > 1:
            raise malformed_xml()
        return found[0] if found else None

    def find_text(self, name: str) -> str | None:
        """Return the text of the element in it with a name, or None."""
        found = self.find(name)
        return None if found is None else found.text.strip()


def write(name: str, content: Content, *, namespace: str | None = NAMESPACE) -> bytes:
    """Return a document whose root has a name and a content."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    body = f"<{name}{attribute}>{_written(content)}</{name}>"
    # Names were decoded strictly, so there are no lone surrogates, which UTF-8 cannot encode.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def _written(content: Content) -> str:
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, (str, int)):
        return str(content).translate(_ESCAPED)
    return "".join(f"<{name}>{_written(inner)}</{name}>" for name, inner in content)


def read(body: bytes, name: str) -> Element:
    """Return the root of a document.

    Args:
        body: the document.
        name: the name of its root.

    Raises:
        S3Error: MalformedXML for anything else; a document type, which entities need, counts as such.
    """
    root = Element("")
    open_elements = [root]

    count = 0

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal count
        count += 1
        element = Element(tag.rpartition(" ")[2])
        open_elements[-1].children.append(element)
        open_elements.append(element)
        if len(open_elements) > _MAX_DEPTH or count > _MAX_ELEMENTS:
            raise malformed_xml()

    def end(_: str) -> None:
        open_elements.pop()

    def text(data: str) -> None:
        open_elements[-1].text += data

    def reject(*_: object) -> None:
        raise malformed_xml()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = reject
    try:
        for position in range(0, len(body), _PIECE):
            parser.Parse(body[position : position + _PIECE], False)  # noqa: FBT003 - expat takes no keywords
            if position - parser.CurrentByteIndex > _PIECE:
                raise malformed_xml()  # The attributes of one element would take much more memory than these.
        parser.Parse(b"", True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, ValueError, LookupError):
        raise malformed_xml() from None
    (element,) = root.children
    if element.name != name:
        raise malformed_xml()
    return element
