"""Lists of data that notebooks show as tables."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from voiceid_sdk import _types
from voiceid_sdk._display.displayed import Displayed

if TYPE_CHECKING:
    from voiceid_sdk._display.tables import Table

ItemT = TypeVar("ItemT")


class ItemList(Displayed, list[ItemT]):
    """A list of items of the service: a ``list`` that notebooks show as a table.

    Args:
        items: the items.
        item_class: the class of the items, from which an empty list has its columns.
    """

    __slots__ = ("_item_class",)

    def __init__(self, items: Iterable[ItemT] = (), item_class: type | None = None) -> None:
        super().__init__(items)
        self._item_class = item_class

    def to_dicts(self) -> list[dict[str, object]]:
        """Return the items as ``to_dict`` returns them: JSON-ready, with sensitive values."""
        return [cast("Any", item).to_dict() for item in self]

    def to_pandas(self) -> "_types.DataFrame":
        """Return a pandas data frame with a row for each item, with real times and sensitive values.

        Fields of inner structures have dots in their names.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        from voiceid_sdk._display.data_frames import data_frame

        item_class = self._item_class or (type(self[0]) if self else None)
        return data_frame(self, item_class)

    def _table(self) -> "Table":
        from voiceid_sdk._display.tables import counted, items_of

        return items_of(counted(len(self), "item"), self)
