"""The rows of the table of operations, and how each kind of response becomes typed data."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import attrs

from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._structure import Structure
from voiceid_sdk._wire.requests import Body

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.list_pages import ListPage

ResultT = TypeVar("ResultT")
StructureT = TypeVar("StructureT", bound=Structure)


@attrs.frozen(eq=False)
class Operation(Generic[ResultT]):
    """One row: an operation of the API, and how to read its response."""

    name: str
    """The operation's name in the API: ``"DescribeSpeaker"``."""

    read: Callable[[Body], ResultT]
    """Turns the body of the response into typed data; raises ConversionError when it does not fit."""

    item_class: type[Structure] | None = None
    """The class of the items, if it is a list operation."""

    def __reduce__(self) -> "tuple[Callable[[str], Operation[object]], tuple[str]]":
        from voiceid_sdk._wire.operations import row_of

        return row_of, (self.name,)


def one(name: str, member: str, data_class: type[StructureT]) -> Operation[StructureT]:
    """Return the row of an operation whose response has one structure, in a member."""

    def read(body: Body) -> StructureT:
        return structure(data_class, required(body, member))

    return Operation(name, read)


def many(name: str, member: str, data_class: type[StructureT]) -> "Operation[ListPage[StructureT]]":
    """Return the row of an operation that lists structures, page by page."""

    def read(body: Body) -> "ListPage[StructureT]":
        # Imported lazily: most programs begin with other operations.
        from voiceid_sdk._wire.operations.list_pages import page_of

        return page_of(data_class, required_list(body, member), body)

    return Operation(name, read, data_class)


def nothing(name: str) -> Operation[None]:
    """Return the row of an operation whose response has no members."""
    return Operation(name, lambda _: None)


def required(body: Body, member: str) -> object:
    """Return a member of a response; raises ConversionError when it is missing."""
    value = body.get(member)
    if value is None:
        raise ConversionError((member, "is missing"))
    return value


def required_list(body: Body, member: str) -> list[object]:
    """Return a member of a response that is a list; raises ConversionError when it is missing or no list."""
    items = required(body, member)
    if not isinstance(items, list):
        raise ConversionError((member, "must be a list"))
    return cast("list[object]", items)
