"""A typed Python SDK for Amazon Connect Voice ID, and Local Voice ID to run it on."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk import _version, errors
from voiceid_sdk.client import VoiceID

if TYPE_CHECKING:
    from voiceid_sdk import (
        aio,
        batch,
        bulk,
        calls,
        enums,
        events,
        http_statuses,
        local,
        migration,
        models,
        paging,
        privacy,
        progress,
        testing,
        waiting,
    )
    from voiceid_sdk._required import required
    from voiceid_sdk.aio import (
        AsyncDomain,
        AsyncEnrollmentJob,
        AsyncFraudster,
        AsyncPager,
        AsyncRegistrationJob,
        AsyncSession,
        AsyncSpeaker,
        AsyncVoiceID,
        AsyncWatchlist,
    )
    from voiceid_sdk.domain import Domain
    from voiceid_sdk.fraudster import Fraudster
    from voiceid_sdk.jobs import EnrollmentJob, RegistrationJob
    from voiceid_sdk.session import Session
    from voiceid_sdk.speaker import Speaker
    from voiceid_sdk.waiting import WaitPolicy
    from voiceid_sdk.watchlist import Watchlist

__all__ = [
    "AsyncDomain",
    "AsyncEnrollmentJob",
    "AsyncFraudster",
    "AsyncPager",
    "AsyncRegistrationJob",
    "AsyncSession",
    "AsyncSpeaker",
    "AsyncVoiceID",
    "AsyncWatchlist",
    "Domain",
    "EnrollmentJob",
    "Fraudster",
    "RegistrationJob",
    "Session",
    "Speaker",
    "VoiceID",
    "WaitPolicy",
    "Watchlist",
    "__version__",
    "aio",
    "batch",
    "bulk",
    "calls",
    "enums",
    "errors",
    "events",
    "http_statuses",
    "local",
    "migration",
    "models",
    "paging",
    "privacy",
    "progress",
    "required",
    "testing",
    "waiting",
]

__version__: Final = _version.__version__
"""The version of this package."""

_MODULES: Final = {
    "AsyncDomain": "aio.domain",
    "AsyncEnrollmentJob": "aio.jobs",
    "AsyncFraudster": "aio.fraudster",
    "AsyncPager": "aio.paging",
    "AsyncRegistrationJob": "aio.jobs",
    "AsyncSession": "aio.session",
    "AsyncSpeaker": "aio.speaker",
    "AsyncVoiceID": "aio.client",
    "AsyncWatchlist": "aio.watchlist",
    "Domain": "domain",
    "EnrollmentJob": "jobs",
    "Fraudster": "fraudster",
    "RegistrationJob": "jobs",
    "Session": "session",
    "Speaker": "speaker",
    "WaitPolicy": "waiting",
    "Watchlist": "watchlist",
    "required": "_required",
}
"""The modules of the names that are imported lazily; see ``client`` for the reason."""

if not TYPE_CHECKING:  # Type checkers would take any name for an attribute of the package.

    def __getattr__(name: str) -> object:
        import importlib

        if name in _MODULES:
            found = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        elif name in __all__:
            # The import also makes the module an attribute of the package.
            return importlib.import_module(f"{__name__}.{name}")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
