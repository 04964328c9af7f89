"""The async client: the same operations, lists and waits as of ``VoiceID``, awaited.

Its data, errors, enumerations, policies, pages and resume tokens are those of the sync client. It runs under
asyncio (with uvloop or without) and trio.
"""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._lazy_names import lazy_names

if TYPE_CHECKING:
    from voiceid_sdk.aio.client import AsyncVoiceID
    from voiceid_sdk.aio.domain import AsyncDomain
    from voiceid_sdk.aio.fraudster import AsyncFraudster
    from voiceid_sdk.aio.jobs import AsyncEnrollmentJob, AsyncRegistrationJob
    from voiceid_sdk.aio.paging import AsyncItemIterator, AsyncPageIterator, AsyncPager
    from voiceid_sdk.aio.session import AsyncSession
    from voiceid_sdk.aio.speaker import AsyncSpeaker
    from voiceid_sdk.aio.watchlist import AsyncWatchlist

__all__ = [
    "AsyncDomain",
    "AsyncEnrollmentJob",
    "AsyncFraudster",
    "AsyncItemIterator",
    "AsyncPageIterator",
    "AsyncPager",
    "AsyncRegistrationJob",
    "AsyncSession",
    "AsyncSpeaker",
    "AsyncVoiceID",
    "AsyncWatchlist",
]

_MODULES: Final = {
    "AsyncDomain": "voiceid_sdk.aio.domain",
    "AsyncEnrollmentJob": "voiceid_sdk.aio.jobs",
    "AsyncFraudster": "voiceid_sdk.aio.fraudster",
    "AsyncItemIterator": "voiceid_sdk.aio.paging",
    "AsyncPageIterator": "voiceid_sdk.aio.paging",
    "AsyncPager": "voiceid_sdk.aio.paging",
    "AsyncRegistrationJob": "voiceid_sdk.aio.jobs",
    "AsyncSession": "voiceid_sdk.aio.session",
    "AsyncSpeaker": "voiceid_sdk.aio.speaker",
    "AsyncVoiceID": "voiceid_sdk.aio.client",
    "AsyncWatchlist": "voiceid_sdk.aio.watchlist",
}
"""The modules of the classes, which are imported when they are first used."""

if not TYPE_CHECKING:  # Type checkers would take any name for a class of this package.
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
