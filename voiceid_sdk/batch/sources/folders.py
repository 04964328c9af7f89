"""Folders of recordings."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from voiceid_sdk.errors import ManifestError, Problem


def recordings_in(folder: str | os.PathLike[str], suffixes: Collection[str]) -> Iterator[Path]:
    """Yield the recordings in a folder and in the folders inside it, always in the same order.

    Names that begin with a full stop are left out.

    Args:
        folder: the folder.
        suffixes: the suffixes of recordings, in lower case; the case of file names is ignored.

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
    # The text of the error has the name of the folder.
    return Problem(
        parameter="folder", rule=f"cannot be read ({failure.strerror})", file=str(failure.filename)
    )
