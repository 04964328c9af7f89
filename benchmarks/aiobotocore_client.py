"""A peer: aiobotocore, with one call at a time, against boto3.

aiobotocore requires a certain version of botocore, so both are measured in a separate environment, which the
session `bench` makes. The variable ``AIOBOTOCORE_PYTHON`` is the path of its Python. This file also runs
there, so it imports nothing of voiceid_sdk.
"""

import asyncio
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest

from benchmarks.canned_service import (
    DOMAIN_ID,
    HEADERS,
    SPEAKER_ID,
    Respond,
    one_speaker,
    session,
    speaker_pages,
)
from benchmarks.measuring import Row, Skipped, cpu, interleave, ratios

VARIABLE: Final = "AIOBOTOCORE_PYTHON"

CALLS: Final = 50

_Coroutine = Coroutine[Any, Any, object]


def measure(*, quick: bool) -> Iterator[Row]:
    """Measure both in the separate environment."""
    python = os.environ.get(VARIABLE)
    if python is None or not Path(python).exists():
        raise Skipped(f"{VARIABLE} is not the path of a Python with aiobotocore")
    count = 500 if quick else 20_000
    command = [python, "-m", __name__, str(count), "3" if quick else "11"]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    described, listed = json.loads(shown)
    yield Row(what="aiobotocore: describe, against its boto3", figures=tuple(described))
    yield Row(what=f"aiobotocore: list {count:,}, kept", figures=tuple(listed))


# --- In the separate environment -------------------------------------------------------------------------


class _Stream(io.BytesIO):
    """A body with the interface that aiobotocore reads it through."""

    async def read(self, *_: object) -> bytes:  # type: ignore[override] # aiobotocore awaits it
        return super().read()


async def make_client(respond: Respond) -> Any:  # botocore makes its classes at run time
    """Return a client of aiobotocore that gets its responses from a function."""
    aio: Any = importlib.import_module("aiobotocore.session")
    response: Any = importlib.import_module("aiobotocore.awsrequest").AioAWSResponse

    def before_send(request: AWSPreparedRequest, **_: object) -> object:
        sent = request.body if isinstance(request.body, bytes) else b""
        return response(request.url, 200, HEADERS, _Stream(respond(sent)))

    made = aio.get_session()
    made.get_component("event_emitter").register("before-send.voice-id", before_send)
    # Not in an `async with`, because the process ends with the client.
    return await made.create_client("voice-id").__aenter__()


def _main(count: int, rounds: int) -> None:
    run = asyncio.new_event_loop().run_until_complete
    ids = {"DomainId": DOMAIN_ID, "SpeakerId": SPEAKER_ID}
    one, pages = one_speaker(), speaker_pages(count)
    raw: Any = session(one).client("voice-id")
    raw_list: Any = session(pages).client("voice-id").get_paginator("list_speakers")
    aio = run(make_client(one))
    aio_list = run(make_client(pages)).get_paginator("list_speakers")

    def describe() -> object:
        return [raw.describe_speaker(**ids) for _ in range(CALLS)]

    async def describe_async() -> object:
        return [await aio.describe_speaker(**ids) for _ in range(CALLS)]

    def read() -> object:
        pages = raw_list.paginate(DomainId=DOMAIN_ID)
        return [item for page in pages for item in page["SpeakerSummaries"]]

    async def read_async() -> object:
        pages = aio_list.paginate(DomainId=DOMAIN_ID)
        return [item async for page in pages for item in page["SpeakerSummaries"]]

    def compared(plain: Callable[[], object], asynchronous: Callable[[], _Coroutine]) -> tuple[float, ...]:
        variants = {"boto3": cpu(plain), "aiobotocore": cpu(lambda: run(asynchronous()))}
        return ratios(interleave(variants, rounds), "aiobotocore", "boto3")

    print(json.dumps([compared(describe, describe_async), compared(read, read_async)]))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
