"""A typed Python SDK for Amazon Connect Voice ID, and Local Voice ID to run it on."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk import _version, errors
from voiceid_sdk._lazy_names import lazy_names
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
    "AsyncDomain": f"{__name__}.aio.domain",
    "AsyncEnrollmentJob": f"{__name__}.aio.jobs",
    "AsyncFraudster": f"{__name__}.aio.fraudster",
    "AsyncPager": f"{__name__}.aio.paging",
    "AsyncRegistrationJob": f"{__name__}.aio.jobs",
    "AsyncSession": f"{__name__}.aio.session",
    "AsyncSpeaker": f"{__name__}.aio.speaker",
    "AsyncVoiceID": f"{__name__}.aio.client",
    "AsyncWatchlist": f"{__name__}.aio.watchlist",
    "Domain": f"{__name__}.domain",
    "EnrollmentJob": f"{__name__}.jobs",
    "Fraudster": f"{__name__}.fraudster",
    "RegistrationJob": f"{__name__}.jobs",
    "Session": f"{__name__}.session",
    "Speaker": f"{__name__}.speaker",
    "WaitPolicy": f"{__name__}.waiting",
    "Watchlist": f"{__name__}.watchlist",
    "required": f"{__name__}._required",
}
"""The modules of the names that are imported lazily; see ``client`` for the reason."""

if not TYPE_CHECKING:  # Type checkers would take any name for an attribute of the package.
    __getattr__, __dir__ = lazy_names(__name__, _MODULES, submodules=__all__)
