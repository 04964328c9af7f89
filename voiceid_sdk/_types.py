"""Types in annotations of public functions whose modules are imported only when an annotation is evaluated.

``typing.get_type_hints``, and what is built on it (such as pydantic, beartype and Sphinx), look up the names
of an annotation in the globals of its function. A name that is imported for type checkers alone is missing
there. An annotation such as ``"_types.Domain"`` can be evaluated, and costs no import before that.
"""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._lazy_names import lazy_names

if TYPE_CHECKING:
    from logging import Handler, LogRecord

    from matplotlib.axes import Axes
    from pandas import DataFrame

    from voiceid_sdk.aio.client import AsyncVoiceID
    from voiceid_sdk.aio.domain import AsyncDomain
    from voiceid_sdk.aio.fraudster import AsyncFraudster
    from voiceid_sdk.aio.jobs import AsyncEnrollmentJob, AsyncRegistrationJob
    from voiceid_sdk.aio.paging import AsyncPager
    from voiceid_sdk.aio.runs import AsyncBatchEnrollment, AsyncBatchRegistration, AsyncRunOptions
    from voiceid_sdk.aio.session import AsyncSession
    from voiceid_sdk.aio.speaker import AsyncSpeaker
    from voiceid_sdk.aio.watchlist import AsyncWatchlist
    from voiceid_sdk.batch import (
        EnrollmentManifest,
        EnrollmentResults,
        RegistrationManifest,
        RegistrationResults,
    )
    from voiceid_sdk.boto3_typing import Boto3Client, Boto3Session, S3Client
    from voiceid_sdk.bulk.async_running import AsyncRun
    from voiceid_sdk.calls import OnCall
    from voiceid_sdk.client import VoiceID
    from voiceid_sdk.domain import Domain
    from voiceid_sdk.enums import ConflictType, ResourceType
    from voiceid_sdk.fraudster import Fraudster
    from voiceid_sdk.jobs import EnrollmentJob, RegistrationJob
    from voiceid_sdk.models import DomainInfo, FailureDetails
    from voiceid_sdk.paging import Pager
    from voiceid_sdk.runs import BatchEnrollment, BatchRegistration, RunOptions
    from voiceid_sdk.session import Session
    from voiceid_sdk.speaker import Speaker
    from voiceid_sdk.waiting import Clock, WaitPolicy
    from voiceid_sdk.watchlist import Watchlist

__all__ = [
    "AsyncBatchEnrollment",
    "AsyncBatchRegistration",
    "AsyncDomain",
    "AsyncEnrollmentJob",
    "AsyncFraudster",
    "AsyncPager",
    "AsyncRegistrationJob",
    "AsyncRun",
    "AsyncRunOptions",
    "AsyncSession",
    "AsyncSpeaker",
    "AsyncVoiceID",
    "AsyncWatchlist",
    "Axes",
    "BatchEnrollment",
    "BatchRegistration",
    "Boto3Client",
    "Boto3Session",
    "Clock",
    "ConflictType",
    "DataFrame",
    "Domain",
    "DomainInfo",
    "EnrollmentJob",
    "EnrollmentManifest",
    "EnrollmentResults",
    "FailureDetails",
    "Fraudster",
    "Handler",
    "LogRecord",
    "OnCall",
    "Pager",
    "RegistrationJob",
    "RegistrationManifest",
    "RegistrationResults",
    "ResourceType",
    "RunOptions",
    "S3Client",
    "Session",
    "Speaker",
    "VoiceID",
    "WaitPolicy",
    "Watchlist",
]

_MODULES: Final = {
    "AsyncBatchEnrollment": "voiceid_sdk.aio.runs",
    "AsyncBatchRegistration": "voiceid_sdk.aio.runs",
    "AsyncDomain": "voiceid_sdk.aio.domain",
    "AsyncEnrollmentJob": "voiceid_sdk.aio.jobs",
    "AsyncFraudster": "voiceid_sdk.aio.fraudster",
    "AsyncPager": "voiceid_sdk.aio.paging",
    "AsyncRegistrationJob": "voiceid_sdk.aio.jobs",
    "AsyncRun": "voiceid_sdk.bulk.async_running",
    "AsyncRunOptions": "voiceid_sdk.aio.runs",
    "AsyncSession": "voiceid_sdk.aio.session",
    "AsyncSpeaker": "voiceid_sdk.aio.speaker",
    "AsyncVoiceID": "voiceid_sdk.aio.client",
    "AsyncWatchlist": "voiceid_sdk.aio.watchlist",
    "Axes": "matplotlib.axes",
    "BatchEnrollment": "voiceid_sdk.runs",
    "BatchRegistration": "voiceid_sdk.runs",
    "Boto3Client": "voiceid_sdk.boto3_typing",
    "Boto3Session": "voiceid_sdk.boto3_typing",
    "Clock": "voiceid_sdk.waiting",
    "ConflictType": "voiceid_sdk.enums",
    "DataFrame": "pandas",
    "Domain": "voiceid_sdk.domain",
    "DomainInfo": "voiceid_sdk.models",
    "EnrollmentJob": "voiceid_sdk.jobs",
    "EnrollmentManifest": "voiceid_sdk.batch",
    "EnrollmentResults": "voiceid_sdk.batch",
    "FailureDetails": "voiceid_sdk.models",
    "Fraudster": "voiceid_sdk.fraudster",
    "Handler": "logging",
    "LogRecord": "logging",
    "OnCall": "voiceid_sdk.calls",
    "Pager": "voiceid_sdk.paging",
    "RegistrationJob": "voiceid_sdk.jobs",
    "RegistrationManifest": "voiceid_sdk.batch",
    "RegistrationResults": "voiceid_sdk.batch",
    "ResourceType": "voiceid_sdk.enums",
    "RunOptions": "voiceid_sdk.runs",
    "S3Client": "voiceid_sdk.boto3_typing",
    "Session": "voiceid_sdk.session",
    "Speaker": "voiceid_sdk.speaker",
    "VoiceID": "voiceid_sdk.client",
    "WaitPolicy": "voiceid_sdk.waiting",
    "Watchlist": "voiceid_sdk.watchlist",
}

_OPTIONAL: Final = frozenset({"matplotlib.axes", "pandas"})
"""Modules that may be absent. Their types are then ``object``: no value of such a type can exist."""

if not TYPE_CHECKING:  # Type checkers would take any name for a type of this module.
    _import, __dir__ = lazy_names(__name__, _MODULES)

    def __getattr__(name: str) -> object:
        try:
            return _import(name)
        except ModuleNotFoundError:
            if _MODULES[name] not in _OPTIONAL:
                raise
            return object
