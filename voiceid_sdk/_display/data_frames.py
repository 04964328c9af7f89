"""Data frames of pandas from data: real times, whole numbers that may be absent, sensitive values."""

import types
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

import attrs

from voiceid_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

_DTYPES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "boolean"),
    (int, "Int64"),
    (float, "Float64"),
    (str, "string"),
    (datetime, "datetime64[ns, UTC]"),
)
"""The type of a column by the type of its field; ``bool`` is an ``int`` as well, so it comes first."""


def import_pandas() -> Any:  # noqa: ANN401 - pandas is optional, so its module has no type here
    """Return pandas.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import pandas as pd
    except ModuleNotFoundError as error:
        if error.name != "pandas":
            raise
        raise ConfigurationError(
            "pandas is not installed",
            next_step="It comes with the extra: pip install 'voiceid-sdk[pandas]'.",
        ) from None
    return pd


def data_frame(items: Sequence[object], data_class: type | None) -> "pd.DataFrame":
    """Return a data frame with a row for each item; fields of inner structures have dots in their names.

    Args:
        items: the items.
        data_class: their class, from which the columns follow; there are none when it is None.

    Raises:
        ConfigurationError: pandas is not installed.
    """
    pandas = import_pandas()
    columns = {
        ".".join(path): pandas.Series([_value(item, path) for item in items], dtype=dtype)
        for path, dtype in (() if data_class is None else _columns(data_class))
    }
    frame: pd.DataFrame = pandas.DataFrame(columns)
    return frame


def _value(item: object, path: tuple[str, ...]) -> object:
    for name in path:
        item = getattr(item, name, None)
    # Enumerations become plain strings.
    return str(item) if isinstance(item, str) else item


def _columns(data_class: type, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    hints = get_type_hints(data_class)
    for field in attrs.fields(data_class):
        if field.name == "extra":
            continue
        kind = _plain(hints[field.name])
        if attrs.has(kind):
            yield from _columns(kind, (*path, field.name))
        else:
            dtype = next((name for base, name in _DTYPES if issubclass(kind, base)), "object")
            yield (*path, field.name), dtype


def _plain(hint: object) -> type:
    """Return the class that an annotation allows beside None."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return next(_plain(one) for one in get_args(hint) if one is not type(None))
    origin = get_origin(hint)
    return cast("type", origin or hint)
