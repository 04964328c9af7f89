"""Jobs that take no time: recordings that nobody listens to, and manifests that name them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from voiceid_sdk.local import LabelRecognizer
from voiceid_sdk.local.voices.recordings import Recording, wav

BUCKET: Final = "jobs"


class QuickRecognizer(LabelRecognizer):
    """Takes every recording for half a minute of speech, without listening to it."""

    def speech_seconds(self, recording: Recording) -> float:
        """Return enough for anything."""
        return recording.announced_seconds or 30.0


def write_recording(s3_root: Path, voice: str) -> str:
    """Keep a recording of a voice, and return its URI."""
    return _write(s3_root, f"{voice}.wav", wav(b"", label=voice))


def write_manifest(s3_root: Path, name: str, list_name: str, requests: Iterable[tuple[str, str]]) -> str:
    """Keep a manifest, and return its URI; each request is a speaker's id and the URI of a recording."""
    entries = [
        {
            "RequestId": str(number),
            "SpeakerId": speaker_id,
            "AudioSpecifications": [{"S3Uri": uri, "ChannelId": 0}],
        }
        for number, (speaker_id, uri) in enumerate(requests)
    ]
    return _write(s3_root, name, json.dumps({"Version": "1.0", list_name: entries}).encode())


def _write(s3_root: Path, name: str, content: bytes) -> str:
    path = s3_root / BUCKET / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return f"s3://{BUCKET}/{name}"
