"""Local Voice ID: an embedded service with the protocol and the rules of Amazon Connect Voice ID.

AWS ended support for Amazon Connect Voice ID on 2026-05-20. Code that was written for it runs on this.
"""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._files import FileAccessError
from voiceid_sdk._lazy_names import lazy_names
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
from voiceid_sdk.local.storage.database import (
    StoreError,
    StoreFormatError,
    StoreInheritedError,
    StoreInUseError,
)
from voiceid_sdk.local.timing import Timing
from voiceid_sdk.local.voices.calibration import Calibration, Calibrations, IdentificationCalibration
from voiceid_sdk.local.voices.embeddings import EmbeddingRecognizer, cosine
from voiceid_sdk.local.voices.model_download import ModelDownloadError, ModelNotFoundError, download_model
from voiceid_sdk.local.voices.onnx_model import onnx_embedding
from voiceid_sdk.local.voices.recognizer import LabelRecognizer, Recognizer
from voiceid_sdk.local.voices.recordings import Recording, RecordingError, read_wav, tone, wav
from voiceid_sdk.local.voices.voiceprints import VoiceprintError

if TYPE_CHECKING:
    from voiceid_sdk.local.voices.det_curve import det_curve
    from voiceid_sdk.local.voices.evaluation import Evaluation, evaluate_recognizer
    from voiceid_sdk.local.voices.pretrained import PretrainedRecognizer, pretrained_recognizer

__all__ = [
    "Calibration",
    "Calibrations",
    "Call",
    "Delivery",
    "DomainFileError",
    "EmbeddingRecognizer",
    "Evaluation",
    "Events",
    "Faults",
    "FileAccessError",
    "FolderS3Client",
    "IdentificationCalibration",
    "LabelRecognizer",
    "LocalVoiceID",
    "ManualClock",
    "MockContext",
    "ModelDownloadError",
    "ModelNotFoundError",
    "PretrainedRecognizer",
    "Quotas",
    "Recognizer",
    "Recording",
    "RecordingError",
    "Response",
    "ServiceException",
    "StoreError",
    "StoreFormatError",
    "StoreInUseError",
    "StoreInheritedError",
    "SystemWallClock",
    "Timing",
    "VoiceprintError",
    "WallClock",
    "cosine",
    "det_curve",
    "download_model",
    "evaluate_recognizer",
    "folder_s3_client",
    "mock_voice_id",
    "onnx_embedding",
    "pretrained_recognizer",
    "read_wav",
    "tone",
    "wav",
]

# Imported when they are first used, because they need the extra `voices`.
_MODULES: Final = {
    "Evaluation": f"{__name__}.voices.evaluation",
    "PretrainedRecognizer": f"{__name__}.voices.pretrained",
    "det_curve": f"{__name__}.voices.det_curve",
    "evaluate_recognizer": f"{__name__}.voices.evaluation",
    "pretrained_recognizer": f"{__name__}.voices.pretrained",
}

if not TYPE_CHECKING:  # Type checkers would take any name for an attribute of the package.
    _import, __dir__ = lazy_names(__name__, _MODULES)

    def __getattr__(name: str) -> object:
        try:
            return _import(name)
        except ModuleNotFoundError as error:
            message = (
                f"{error.name} is not installed; it comes with the extra: pip install 'voiceid-sdk[voices]'"
            )
            raise ModuleNotFoundError(message, name=error.name) from None
