"""A stage on the service of a test, driven straight through ``handle``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.stage import Stage, StageError
from voiceid_sdk.local import LocalVoiceID, ManualClock

CONTENT_TYPE = "application/x-amz-json-1.0"


def stage_on(service: LocalVoiceID, folder: Path) -> Stage:
    """Return a stage; the folder is the one that stands for S3."""
    assert isinstance(service.clock, ManualClock)

    def drive(operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"VoiceID.{operation}", "Content-Type": CONTENT_TYPE}
        response = service.handle(headers, json.dumps(members).encode())
        content = json.loads(response.body or b"{}")
        if response.status != 200:
            code = content["__type"].partition("#")[2]
            raise StageError(
                code, content["Message"], content.get("ConflictType"), content.get("ResourceType")
            )
        result: dict[str, Any] = content
        return result

    return Stage(service, service.clock, folder, drive)
