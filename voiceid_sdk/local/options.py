"""Keyword arguments that are passed on to clients of the service, and to the service itself."""

import os
from datetime import datetime
from typing import TypedDict

from voiceid_sdk import _types
from voiceid_sdk._values import COUNT
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.arguments import check_arguments
from voiceid_sdk.local.clock import WallClock
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import METHODS, Recognizer, is_recognizer


def check_options(
    *, clock: WallClock | None, quotas: object, timing: object, seed: object, recognizer: object
) -> None:
    """Check the types of arguments of ``LocalVoiceID``; raises TypeError or ValueError."""
    check_arguments(
        quotas=(quotas, (Quotas, type(None))),
        timing=(timing, (Timing, type(None))),
        seed=(seed, (*COUNT, str, type(None))),
    )
    if clock is not None and not callable(getattr(clock, "now", None)):
        raise TypeError(f"clock must have a method now(), which a {type(clock).__name__} does not have")
    now: object = None if clock is None else clock.now()
    if clock is not None and (not isinstance(now, datetime) or now.tzinfo is None):
        raise TypeError("clock must have a method now() that returns a datetime with a time zone")
    if recognizer is not None and not is_recognizer(recognizer):
        raise TypeError(f"recognizer must be an object with the methods {METHODS}")


class Boto3ClientOptions(TypedDict, total=False):
    """Options that ``LocalVoiceID.boto3_client`` passes to ``boto3.Session.client``."""

    region_name: str
    config: object


class ClientOptions(Boto3ClientOptions, total=False):
    """Options that ``LocalVoiceID.client`` passes to ``VoiceID``."""

    max_attempts: int
    timeout: float
    validate_requests: bool
    app_id: str
    clock: "_types.Clock"
    on_call: "_types.OnCall"


class RequestParts(TypedDict, total=False):
    """Parts of an HTTP request, beside its headers and its body, and what the caller has found about it."""

    method: str
    path: str
    account_id: str | None
    region_name: str | None


class ServiceOptions(TypedDict, total=False):
    """Options that ``mock_voice_id`` passes to ``LocalVoiceID``."""

    path: str | os.PathLike[str]
    s3_root: str | os.PathLike[str]
    s3: S3Client
    clock: WallClock
    quotas: Quotas
    seed: int | str
    region_name: str
    account_id: str
    timing: Timing
    recognizer: Recognizer
    compliance_consent: bool
    cloudtrail: bool
    documented_statuses: bool
