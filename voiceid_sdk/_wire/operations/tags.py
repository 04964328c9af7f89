"""The operations on tags of domains."""

from collections.abc import Iterator
from typing import Final

from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._wire.operations.rows import Operation, nothing, required_list
from voiceid_sdk._wire.requests import Body
from voiceid_sdk.models.tags import Tag


class TagDict(dict[str, str]):
    """Tags by key: a dictionary whose ``repr`` shows only their number."""

    def __repr__(self) -> str:
        return f"<{len(self)} tag{'' if len(self) == 1 else 's'}>"

    def __rich_repr__(self) -> Iterator[str]:
        # Otherwise the package rich prints the items of the dictionary.
        yield repr(self)


def _tags(body: Body) -> dict[str, str]:
    read = [structure(Tag, tag) for tag in required_list(body, "Tags")]
    return TagDict({tag.key: tag.value for tag in read})


TAG_RESOURCE: Final[Operation[None]] = nothing("TagResource")
UNTAG_RESOURCE: Final[Operation[None]] = nothing("UntagResource")
LIST_TAGS_FOR_RESOURCE: Final[Operation[dict[str, str]]] = Operation("ListTagsForResource", _tags)
