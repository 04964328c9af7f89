"""Local Voice ID: an embedded service with the protocol and the rules of Amazon Connect Voice ID.

AWS ended support for Amazon Connect Voice ID on 2026-05-20. Code that was written for it runs on this.
"""

from voiceid_sdk.local.calls import Call
from voiceid_sdk.local.clients.folder_s3 import FolderS3Client, folder_s3_client
from voiceid_sdk.local.clock import ManualClock, SystemWallClock, WallClock
from voiceid_sdk.local.events.delivery import Events
from voiceid_sdk.local.export.importing import DomainFileError
from voiceid_sdk.local.faults import Faults
from voiceid_sdk.local.mocking import MockContext, mock_voice_id
from voiceid_sdk.local.protocol.aws_json import Delivery, Response
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.quotas import Quotas
from voiceid_sdk.local.service import LocalVoiceID
from voiceid_sdk.local.storage.store import StoreFormatError, StoreInUseError
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.calibration import Calibration
from voiceid_sdk.local.voices.embeddings import EmbeddingRecognizer, cosine
from voiceid_sdk.local.voices.onnx_model import onnx_embedding
from voiceid_sdk.local.voices.recognizer import LabelRecognizer, Recognizer
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, tone, wav

__all__ = [
    "Calibration",
    "Call",
    "Delivery",
    "DomainFileError",
    "EmbeddingRecognizer",
    "Events",
    "Faults",
    "FolderS3Client",
    "LabelRecognizer",
    "LocalVoiceID",
    "ManualClock",
    "MockContext",
    "Quotas",
    "Recognizer",
    "Recording",
    "RecordingError",
    "Response",
    "ServiceException",
    "StoreFormatError",
    "StoreInUseError",
    "SystemWallClock",
    "Timing",
    "WallClock",
    "cosine",
    "folder_s3_client",
    "mock_voice_id",
    "onnx_embedding",
    "tone",
    "wav",
]
