"""Tables of data: in HTML for notebooks, and in text for terminals."""

import html
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from voiceid_sdk._display.cells import cells_of
from voiceid_sdk.privacy.marks import REDACTED

MOST_ROWS: Final = 20
"""How many items a table shows."""

HINT: Final = "Inside 'with privacy.reveal_values():', the redacted values are shown."

_CELL: Final = "text-align:left;vertical-align:top"


@attrs.frozen
class Table:
    """A table of text; without names of columns, it has a name and a value in each row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0
    """How many rows are left out."""

    def to_html(self) -> str:
        """Return the table as HTML. All text is escaped."""
        head = f"<thead>{_html_row('th', self.columns)}</thead>" if self.columns else ""
        body = "".join(_html_row("td", row) for row in self.rows)
        notes = [f"… and {self.left_out:,} more"] if self.left_out else []
        notes += [HINT] if any(REDACTED in row for row in self.rows) else []
        below = "".join(f"<p><small>{html.escape(note)}</small></p>" for note in notes)
        table = f"<table>{head}<tbody>{body}</tbody></table>" if self.rows else ""
        return f'<div style="overflow-x:auto"><strong>{html.escape(self.title)}</strong>{table}{below}</div>'

    def to_text(self) -> str:
        """Return the table as lines of text."""
        rows = [self.columns, *self.rows] if self.columns else self.rows
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        if self.left_out:
            lines.append(f"… and {self.left_out:,} more")
        return "\n  ".join((self.title, *lines))


def _html_row(tag: str, cells: Iterable[str]) -> str:
    drawn = (f'<{tag} style="{_CELL}">{html.escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{''.join(drawn)}</tr>"


def fields_of(data: "attrs.AttrsInstance") -> Table:
    """Return the table of one structure: a row for each field that has a value."""
    return Table(type(data).__name__, (), tuple(cells_of(data)))


def items_of(title: str, items: Sequence[Any]) -> Table:
    """Return the table of many items: a row for each item, a column for each field of its class.

    Inner structures, ARNs and the fields that no item has are left out, so that the table stays small.
    """
    shown = [_row(item) for item in items[:MOST_ROWS]]
    columns = tuple(dict.fromkeys(name for row in shown for name in row))
    rows = tuple(tuple(row.get(name, "") for name in columns) for row in shown)
    return Table(title, columns, rows, max(0, len(items) - MOST_ROWS))


def _row(item: "attrs.AttrsInstance") -> dict[str, str]:
    return {name: text for name, text in cells_of(item) if "." not in name and not name.endswith("arn")}


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 item``, ``1,200 items``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
