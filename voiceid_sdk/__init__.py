"""A typed Python SDK for Amazon Connect Voice ID, and Local Voice ID to run it on."""

from voiceid_sdk import errors
from voiceid_sdk._version import __version__
from voiceid_sdk.client import VoiceID
from voiceid_sdk.domain import Domain
from voiceid_sdk.fraudster import Fraudster
from voiceid_sdk.jobs import EnrollmentJob, RegistrationJob
from voiceid_sdk.session import Session
from voiceid_sdk.speaker import Speaker
from voiceid_sdk.waiting import WaitPolicy
from voiceid_sdk.watchlist import Watchlist

__all__ = [
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
    "errors",
]
