"""Bodies of requests, received up to a limit."""

import json
from typing import cast

from fastapi import HTTPException, Request

MAX_EVENT_BYTES = 256 * 1024
"""The largest event of EventBridge."""


async def read_json_object(request: Request, limit: int = MAX_EVENT_BYTES) -> dict[str, object]:
    """Return the JSON object in a body, which is rejected as soon as it exceeds ``limit`` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise HTTPException(413)
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise HTTPException(400)
    return cast("dict[str, object]", content)  # the names in JSON are strings
