"""Recordings: inspected, checked, and converted to the format that the service takes."""

from voiceid_sdk.batch.recordings.converting import convert
from voiceid_sdk.batch.recordings.inspecting import RecordingInfo, check_recording, inspect_recording

__all__ = ["RecordingInfo", "check_recording", "convert", "inspect_recording"]
