"""Folders of recordings."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from voiceid_sdk._files import as_path, check_is_path, is_file_name
from voiceid_sdk._values import is_encodable
from voiceid_sdk.errors import ManifestError, Problem


def recordings_in(folder: str | os.PathLike[str], suffixes: Collection[str]) -> Iterator[Path]:
    """Yield the recordings in a folder and in the folders inside it, always in the same order.

    Links to folders are followed after all real folders, and no folder is read twice. Names that begin with
    a full stop are left out.

    Args:
        folder: the folder.
        suffixes: the suffixes of recordings, in lower case; the case of file names is ignored.

    Raises:
        ManifestError: a folder cannot be read, a link leads nowhere, a recording is no regular file, or a
            name is not UTF-8.
    """
    check_is_path(folder, "folder")
    problems: list[Problem] = []
    seen: set[tuple[int, int]] = set()
    places = [Path(folder)]
    for place in places:  # grows by the links that are found
        yield from _recordings(place, suffixes, seen, places, problems)
    if problems:
        raise ManifestError.of("The folder", tuple(problems))


def _recordings(
    folder: Path,
    suffixes: Collection[str],
    seen: set[tuple[int, int]],
    links: list[Path],
    problems: list[Problem],
) -> Iterator[Path]:
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        inside: list[Path] = []
        recordings: list[Path] = []
        try:
            state = as_path(place, "folder").stat()
            if (state.st_dev, state.st_ino) in seen:
                continue
            seen.add((state.st_dev, state.st_ino))
            paths = sorted(path for path in place.iterdir() if not path.name.startswith("."))
            for path in paths:
                is_recording = path.suffix.lower() in suffixes
                if rule := _broken_rule(path, is_recording=is_recording):
                    problems.append(_problem(path, rule))
                elif path.is_dir():
                    (links if path.is_symlink() else inside).append(path)
                elif is_recording:
                    recordings.append(path)
        except NotADirectoryError:
            rule = "must be a folder; from_csv, from_json_lines and from_json make a manifest from a file"
            problems.append(_problem(place, rule))
        except OSError as error:
            # The text of the error has the name of the folder.
            problems.append(_problem(place, f"cannot be read ({error.strerror})"))
        waiting += reversed(inside)
        yield from recordings


def _broken_rule(path: Path, *, is_recording: bool) -> str | None:
    if path.is_symlink() and not path.exists():
        return "must have only links that lead to a file or folder"
    if is_recording and not path.is_file() and not path.is_dir():
        return "must have only regular files as recordings"
    if (is_recording or path.is_dir()) and not is_encodable(path.name):
        return "must have only names in UTF-8"
    return None


def _problem(path: Path, rule: str) -> Problem:
    # A name that is not UTF-8 is escaped, so that it can be printed.
    name = str(path)
    if is_file_name(name):
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
    name = name.encode("utf-8", "backslashreplace").decode()
    return Problem(parameter="folder", rule=rule, file=name)
