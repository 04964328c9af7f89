"""Local Voice ID: the service itself, embedded.

AWS ended Amazon Connect Voice ID on 2026-05-20. This is a service that speaks the same protocol and keeps the
same rules, so code written for Voice ID has something to run on.
"""

from voiceid_sdk.local.calibration import Calibration
from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.clock import Clock, HeldClock, SystemClock
from voiceid_sdk.local.domain_import import DomainFileError
from voiceid_sdk.local.embeddings import EmbeddingRecognizer
from voiceid_sdk.local.event_delivery import Events
from voiceid_sdk.local.faults import Faults
from voiceid_sdk.local.folder_s3 import FolderS3Client, folder_s3_client
from voiceid_sdk.local.mocking import mock_voice_id
from voiceid_sdk.local.onnx_model import onnx_embedding
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.recordings import Recording, RecordingError
from voiceid_sdk.local.refusals import Refusal
from voiceid_sdk.local.service import LocalVoiceID
from voiceid_sdk.local.store import StoreFormatError, StoreInUseError
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices import LabelRecognizer, Recognizer

__all__ = [
    "Calibration",
    "Call",
    "Clock",
    "DomainFileError",
    "EmbeddingRecognizer",
    "Events",
    "Faults",
    "FolderS3Client",
    "HeldClock",
    "LabelRecognizer",
    "LocalVoiceID",
    "Quotas",
    "Recognizer",
    "Recording",
    "RecordingError",
    "Refusal",
    "StoreFormatError",
    "StoreInUseError",
    "SystemClock",
    "Timing",
    "folder_s3_client",
    "mock_voice_id",
    "onnx_embedding",
]
