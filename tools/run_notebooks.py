"""Runs the notebooks in ``examples/notebooks``, and saves them with their outputs."""

import importlib
from pathlib import Path
from typing import Any, Final

# Only the group `docs` has them, and they have few types.
nbformat: Any = importlib.import_module("nbformat")
nbclient: Any = importlib.import_module("nbclient")

NOTEBOOKS: Final = Path(__file__).parents[1] / "examples" / "notebooks"


def main() -> None:
    """Run every notebook in a new kernel; raises an error if a cell fails."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbclient.NotebookClient(notebook, timeout=300, record_timing=False).execute()
        # The version of Python and the state of widgets change without any reason for readers.
        notebook.metadata = {name: notebook.metadata[name] for name in ("kernelspec",)}
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    main()
