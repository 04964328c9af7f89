"""The async client: the same operations, lists and waits as of ``VoiceID``, awaited.

Its data, errors, enumerations, policies, pages and resume tokens are those of the sync client. It runs under
asyncio (with uvloop or without) and trio.
"""

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
