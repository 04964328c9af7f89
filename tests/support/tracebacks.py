"""The frames of tracebacks that IPython and pytest show."""

import traceback
from pathlib import Path


def shown_frames(error: BaseException, folder: str) -> list[str]:
    """Return the names of the functions in a folder whose frames are shown."""
    return [
        frame.f_code.co_name
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if folder in Path(frame.f_code.co_filename).as_posix() and not frame.f_locals.get("__tracebackhide__")
    ]
