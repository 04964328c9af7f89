"""The errors of the folder that files of an inventory are written to."""

from voiceid_sdk._files import NamingBlock, naming_argument
from voiceid_sdk.errors import FileAccessError


def naming_folder() -> NamingBlock:
    """Return a block in which errors of the system become errors that name the argument ``folder``."""
    return naming_argument("folder", FileAccessError, "written")
