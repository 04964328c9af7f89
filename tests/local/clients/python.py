"""Takes the steps with boto3, or with aiobotocore: ``python python.py [aiobotocore]``.

It imports nothing of this project, so that it runs where an SDK of any age is installed.
"""

import asyncio
import importlib
import inspect
import json
import os
import sys
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

# Old SDKs do not know the variable.
CLIENT = {"service_name": "voice-id", "endpoint_url": os.environ["AWS_ENDPOINT_URL_VOICE_ID"]}


async def take(client: Any, operation: str, members: dict[str, Any]) -> dict[str, Any]:
    """Return what comes of a step."""
    try:
        output = getattr(client, snake_case(operation))(**members)
        output = await output if inspect.isawaitable(output) else output
    except client.exceptions.ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "code": error.response["Error"]["Code"]}
    return {"status": output.pop("ResponseMetadata")["HTTPStatusCode"], "output": output}


def snake_case(operation: str) -> str:
    """Return the name of a method."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


async def main() -> None:
    """Take the steps on standard input."""
    steps = json.load(sys.stdin)
    async with AsyncExitStack() as stack:
        if sys.argv[1:] == ["aiobotocore"]:
            session = importlib.import_module("aiobotocore.session").get_session()
            client = await stack.enter_async_context(session.create_client(**CLIENT))
        else:
            client = importlib.import_module("boto3").client(**CLIENT)
        outcomes = [await take(client, **step) for step in steps]
    sys.stdout.write(json.dumps(outcomes, default=datetime.isoformat))


asyncio.run(main())
