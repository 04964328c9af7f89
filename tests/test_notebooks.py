"""The notebooks run from the top to the bottom, and their saved outputs have no sensitive values."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "examples" / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells with code."""
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def test_there_are_two_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["from-recordings-to-results", "managing-domains"]


@pytest.mark.slow
@EACH
def test_a_notebook_runs(path: Path) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib").use("agg")
    namespace: dict[str, Any] = {"display": print}
    for cell in code_cells(path):
        exec(compile("".join(cell["source"]), str(path), "exec"), namespace)


@EACH
def test_each_cell_of_a_notebook_was_run_in_order_without_an_error(path: Path) -> None:
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"] == []


@EACH
def test_the_saved_outputs_show_no_sensitive_values(path: Path) -> None:
    outputs = json.dumps([cell["outputs"] for cell in code_cells(path)])
    for value in ("customer-", "ana", "support-line", "/tmp", "id#"):
        assert f'"{value}' not in outputs
        assert f">{value}" not in outputs
