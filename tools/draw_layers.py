"""Draws the layers of the package as docs/layers.svg, from the import contracts in pyproject.toml.

`python tools/draw_layers.py` writes the picture; with `--check`, it fails if the picture is not current.
"""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "layers.svg"
COMMAND = "python tools/draw_layers.py"

WIDTH = 960
MARGIN = 28
TOP = 98
"""The top of the first layer, below the title."""

SDK_WIDTH = 470
WIRE_WIDTH = 104
"""The gap between the SDK and Local Voice ID, which only AWS JSON crosses."""

LOCAL_LEFT = MARGIN + SDK_WIDTH + WIRE_WIDTH
LOCAL_WIDTH = WIDTH - MARGIN - LOCAL_LEFT
ROW = 34
GAP = 8
CHARACTER = 8
PANEL_HEADER = 40

FOOTNOTE = "Both sides share only the layers below them. The modules above them use both sides."

STYLE = """
    text { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1c2733 }
    .title, .note, .label { font-family: system-ui, "Segoe UI", Helvetica, "DejaVu Sans", Arial, sans-serif }
    .title { font-size: 20px; font-weight: 600 }
    .note { font-size: 13px; fill: #566573 }
    .label { font-size: 13px; font-weight: 600 }
    .sdk { fill: #cfe1f7 } .sdk.private { fill: #ebf3fc }
    .local { fill: #cdebdc } .local.private { fill: #e9f7f0 }
    .ground { fill: #f5dfb8 } .ground.private { fill: #fcf2dd }
    .beside { fill: #e2d9f3 }
    .panel { fill: none; stroke: #8fc7aa; stroke-width: 1.5 }
    .wire { stroke: #566573; stroke-width: 1.5; fill: none }
"""


class Layers(NamedTuple):
    """The layers of the package, each with the names of its modules, from the top."""

    above: list[list[str]]
    """What uses both sides."""
    sdk: list[list[str]]
    local: list[list[str]]
    shared: list[list[str]]
    """What both sides use."""


def layers() -> Layers:
    """Read the layers from the import contracts."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {one["id"]: one for one in configuration["tool"]["importlinter"]["contracts"]}
    package, local = (
        [[name.strip() for name in layer.split("|")] for layer in contracts[contract]["layers"]]
        for contract in ("package", "local-voice-id")
    )
    both_sides = set(contracts["local-voice-id-alone"]["exhaustive_ignores"])
    position = package.index(["local"])
    below = package[position + 1 :]
    shared = [names for names in below if both_sides.issuperset(names)]
    return Layers(package[:position], [names for names in below if names not in shared], local, shared)


def row(names: list[str], kind: str, left: int, top: int, width: int) -> list[str]:
    """Draw the modules of one layer as boxes that fill the width, with equal margins around their names."""
    drawn = []
    margins = (width - GAP * (len(names) - 1) - CHARACTER * len("".join(names))) / len(names)
    x = float(left)
    for name in names:
        box_width = CHARACTER * len(name) + margins
        private = " private" if name.startswith("_") and not name.startswith("__") else ""
        drawn += [
            box(f"{kind}{private}", x, top, box_width, ROW),
            f'<text x="{x + box_width / 2:.1f}" y="{top + 22}" text-anchor="middle">{name}</text>',
        ]
        x += box_width + GAP
    return drawn


def box(kind: str, left: float, top: int, width: float, height: int) -> str:
    """Draw a rectangle with round corners."""
    return f'<rect class="{kind}" x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}" rx="6"/>'


def text(kind: str, left: int, top: int, content: str) -> str:
    """Draw a line of text that begins at a point."""
    return f'<text class="{kind}" x="{left}" y="{top}">{content}</text>'


def picture() -> str:
    """Return the whole picture as SVG."""
    above, sdk, inside, shared = layers()
    sdk_top = TOP + len(above) * (ROW + GAP) + GAP
    sdk_bottom = sdk_top + len(sdk) * (ROW + GAP)
    shared_top = sdk_bottom + GAP
    shared_bottom = shared_top + len(shared) * (ROW + GAP)
    height = shared_bottom + 48

    drawn = [
        f'<rect width="{WIDTH}" height="{height}" rx="12" fill="#fff"/>',
        text("title", MARGIN, 44, "The layers of voiceid_sdk"),
        text("note", MARGIN, 72, "A module imports only modules of lower layers. Light boxes are private."),
    ]
    for number, names in enumerate(above):
        drawn += row(names, "beside", MARGIN, TOP + number * (ROW + GAP), WIDTH - 2 * MARGIN)
    for number, names in enumerate(sdk):
        drawn += row(names, "sdk", MARGIN, sdk_top + number * (ROW + GAP), SDK_WIDTH)

    # Local Voice ID: its layers are spread over the height of the SDK.
    panel_height = sdk_bottom - sdk_top - GAP
    step = (panel_height - PANEL_HEADER - GAP) / len(inside)
    drawn += [
        box("panel", LOCAL_LEFT, sdk_top, LOCAL_WIDTH, panel_height),
        text("label", LOCAL_LEFT + 14, sdk_top + 26, "Local Voice ID: local/"),
    ]
    for number, names in enumerate(inside):
        top = round(sdk_top + PANEL_HEADER + number * step + (step - ROW) / 2)
        drawn += row(names, "local", LOCAL_LEFT + 14, top, LOCAL_WIDTH - 28)

    wire = next(number for number, names in enumerate(sdk) if "_wire" in names)
    y = sdk_top + wire * (ROW + GAP) + ROW // 2
    left, right = MARGIN + SDK_WIDTH + 6, LOCAL_LEFT - 6
    middle = (left + right) / 2
    drawn += [
        f'<path class="wire" d="M{left} {y}H{right}m-8 -5l8 5l-8 5M{left} {y}m8 -5l-8 5l8 5"/>',
        f'<text class="note" x="{middle:.1f}" y="{y - 12}" text-anchor="middle">AWS JSON</text>',
        f'<text class="note" x="{middle:.1f}" y="{y + 24}" text-anchor="middle">no imports</text>',
    ]
    for number, names in enumerate(shared):
        drawn += row(names, "ground", MARGIN, shared_top + number * (ROW + GAP), WIDTH - 2 * MARGIN)
    drawn.append(text("note", MARGIN, shared_bottom + 22, FOOTNOTE))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="The layers of voiceid_sdk">'
    )
    note = f"<!-- Written by {COMMAND} from the import contracts in pyproject.toml. -->"
    return "\n".join([head, note, f"<style>{STYLE}</style>", *drawn, "</svg>", ""])


def main() -> int:
    """Write the picture, or check the one that exists."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the picture is not current")
    check = parser.parse_args().check
    drawn = picture()
    if not check:
        PICTURE.write_text(drawn, "utf-8")
    elif not PICTURE.exists() or PICTURE.read_text("utf-8") != drawn:
        print(f"{PICTURE.relative_to(ROOT)} is not current: run {COMMAND}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
