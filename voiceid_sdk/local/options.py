"""The keyword arguments that are handed on: what a client of the service takes, and the service itself."""

import os
from typing import TYPE_CHECKING, TypedDict

from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.local.clock import WallClock
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.recognizer import Recognizer

if TYPE_CHECKING:
    from voiceid_sdk import waiting


class Boto3ClientOptions(TypedDict, total=False):
    """What ``LocalVoiceID.boto3_client`` hands on to ``boto3.Session.client``."""

    region_name: str
    config: object


class ClientOptions(Boto3ClientOptions, total=False):
    """What ``LocalVoiceID.client`` hands on to ``VoiceID``."""

    max_attempts: int
    validate_requests: bool
    app_id: str
    clock: "waiting.Clock"


class ServiceOptions(TypedDict, total=False):
    """What ``mock_voice_id`` hands on to ``LocalVoiceID``."""

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
    documented_statuses: bool
