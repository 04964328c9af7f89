"""The pages that list operations return."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from voiceid_sdk._conversion.columns import structure_all
from voiceid_sdk._conversion.errors import ConversionError

ItemT = TypeVar("ItemT")


@attrs.frozen
class ListPage(Generic[ItemT]):
    """The typed content of one response to a list operation."""

    items: tuple[ItemT, ...]
    next_token: str | None = attrs.field(repr=False)


def page_of(data_class: type[ItemT], items: Sequence[object], body: Mapping[str, object]) -> ListPage[ItemT]:
    """Return the page in the body of a response, with its items as instances of ``data_class``.

    Raises:
        ConversionError: an item does not fit, or the token of the next page is no string.
    """
    token = body.get("NextToken")
    if token is not None and not isinstance(token, str):
        raise ConversionError(("NextToken", "must be a string"))
    return ListPage(structure_all(data_class, items), token or None)
