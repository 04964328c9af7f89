"""Folders of recordings."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from voiceid_sdk.errors import ManifestError, Problem


def recordings_in(folder: str | os.PathLike[str], suffixes: Collection[str]) -> Iterator[Path]:
    """Yield the recordings in a folder and in the folders inside it, always in the same order.

    What begins with a full stop is left out, as it is in listings.

    Args:
        folder: the folder.
        suffixes: how the recordings' names end, in lower case; files may have them in upper case as well.

    Raises:
        ManifestError: a folder cannot be read.
    """
    failures: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if path.suffix.lower() in suffixes and not name.startswith("."):
                yield path
    if failures:
        raise ManifestError.of("The folder", tuple(map(_problem, failures)))


def _problem(failure: OSError) -> Problem:
    # The error's own text names the folder.
    return Problem(
        parameter="folder", rule=f"cannot be read ({failure.strerror})", file=str(failure.filename)
    )
