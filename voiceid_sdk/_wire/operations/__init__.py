"""The table of operations: a row for each, in a module for each kind of resource.

A row is made when it is first used, because it needs the data classes of its response.
"""

import sys
from typing import TYPE_CHECKING, Any, Final

from voiceid_sdk._lazy_names import lazy_names

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.domains import (
        CREATE_DOMAIN,
        DELETE_DOMAIN,
        DESCRIBE_DOMAIN,
        LIST_DOMAINS,
        UPDATE_DOMAIN,
    )
    from voiceid_sdk._wire.operations.fraudsters import (
        ASSOCIATE_FRAUDSTER,
        DELETE_FRAUDSTER,
        DESCRIBE_FRAUDSTER,
        DISASSOCIATE_FRAUDSTER,
        LIST_FRAUDSTERS,
    )
    from voiceid_sdk._wire.operations.jobs import (
        DESCRIBE_ENROLLMENT_JOB,
        DESCRIBE_REGISTRATION_JOB,
        LIST_ENROLLMENT_JOBS,
        LIST_REGISTRATION_JOBS,
        START_ENROLLMENT_JOB,
        START_REGISTRATION_JOB,
    )
    from voiceid_sdk._wire.operations.rows import Operation
    from voiceid_sdk._wire.operations.sessions import EVALUATE_SESSION
    from voiceid_sdk._wire.operations.speakers import (
        DELETE_SPEAKER,
        DESCRIBE_SPEAKER,
        LIST_SPEAKERS,
        OPT_OUT_SPEAKER,
    )
    from voiceid_sdk._wire.operations.tags import LIST_TAGS_FOR_RESOURCE, TAG_RESOURCE, UNTAG_RESOURCE
    from voiceid_sdk._wire.operations.watchlists import (
        CREATE_WATCHLIST,
        DELETE_WATCHLIST,
        DESCRIBE_WATCHLIST,
        LIST_WATCHLISTS,
        UPDATE_WATCHLIST,
    )

__all__ = [
    "ASSOCIATE_FRAUDSTER",
    "CREATE_DOMAIN",
    "CREATE_WATCHLIST",
    "DELETE_DOMAIN",
    "DELETE_FRAUDSTER",
    "DELETE_SPEAKER",
    "DELETE_WATCHLIST",
    "DESCRIBE_DOMAIN",
    "DESCRIBE_ENROLLMENT_JOB",
    "DESCRIBE_FRAUDSTER",
    "DESCRIBE_REGISTRATION_JOB",
    "DESCRIBE_SPEAKER",
    "DESCRIBE_WATCHLIST",
    "DISASSOCIATE_FRAUDSTER",
    "EVALUATE_SESSION",
    "LIST_DOMAINS",
    "LIST_ENROLLMENT_JOBS",
    "LIST_FRAUDSTERS",
    "LIST_REGISTRATION_JOBS",
    "LIST_SPEAKERS",
    "LIST_TAGS_FOR_RESOURCE",
    "LIST_WATCHLISTS",
    "OPT_OUT_SPEAKER",
    "START_ENROLLMENT_JOB",
    "START_REGISTRATION_JOB",
    "TAG_RESOURCE",
    "UNTAG_RESOURCE",
    "UPDATE_DOMAIN",
    "UPDATE_WATCHLIST",
]

_MODULES: Final = {
    "ASSOCIATE_FRAUDSTER": f"{__name__}.fraudsters",
    "CREATE_DOMAIN": f"{__name__}.domains",
    "CREATE_WATCHLIST": f"{__name__}.watchlists",
    "DELETE_DOMAIN": f"{__name__}.domains",
    "DELETE_FRAUDSTER": f"{__name__}.fraudsters",
    "DELETE_SPEAKER": f"{__name__}.speakers",
    "DELETE_WATCHLIST": f"{__name__}.watchlists",
    "DESCRIBE_DOMAIN": f"{__name__}.domains",
    "DESCRIBE_ENROLLMENT_JOB": f"{__name__}.jobs",
    "DESCRIBE_FRAUDSTER": f"{__name__}.fraudsters",
    "DESCRIBE_REGISTRATION_JOB": f"{__name__}.jobs",
    "DESCRIBE_SPEAKER": f"{__name__}.speakers",
    "DESCRIBE_WATCHLIST": f"{__name__}.watchlists",
    "DISASSOCIATE_FRAUDSTER": f"{__name__}.fraudsters",
    "EVALUATE_SESSION": f"{__name__}.sessions",
    "LIST_DOMAINS": f"{__name__}.domains",
    "LIST_ENROLLMENT_JOBS": f"{__name__}.jobs",
    "LIST_FRAUDSTERS": f"{__name__}.fraudsters",
    "LIST_REGISTRATION_JOBS": f"{__name__}.jobs",
    "LIST_SPEAKERS": f"{__name__}.speakers",
    "LIST_TAGS_FOR_RESOURCE": f"{__name__}.tags",
    "LIST_WATCHLISTS": f"{__name__}.watchlists",
    "OPT_OUT_SPEAKER": f"{__name__}.speakers",
    "START_ENROLLMENT_JOB": f"{__name__}.jobs",
    "START_REGISTRATION_JOB": f"{__name__}.jobs",
    "TAG_RESOURCE": f"{__name__}.tags",
    "UNTAG_RESOURCE": f"{__name__}.tags",
    "UPDATE_DOMAIN": f"{__name__}.domains",
    "UPDATE_WATCHLIST": f"{__name__}.watchlists",
}
"""The modules of the rows."""

if not TYPE_CHECKING:  # Type checkers would take any name for a row of this table.
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)


def row_of(name: str) -> "Operation[Any]":
    """Return the row of the operation called ``name``; rows pickle as their names."""
    rows: list[Operation[Any]] = [getattr(sys.modules[__name__], constant) for constant in _MODULES]
    return next(row for row in rows if row.name == name)
