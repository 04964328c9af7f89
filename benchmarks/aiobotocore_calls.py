"""What ``async_client`` compares with aiobotocore; it runs in the environment of aiobotocore.

``python -m benchmarks.aiobotocore_calls URL CALLS`` makes the calls for each line of its input, and prints
the seconds. With ``--list SPEAKERS ROUNDS``, it prints the cost of a list through ``AsyncVoiceID`` by round.
"""

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.aiobotocore_client import make_client
from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, speaker_pages
from benchmarks.measuring import cpu, interleave, isolate, ratios
from voiceid_sdk import AsyncVoiceID

AT_A_TIME: Final = 32


def main() -> None:
    """Do what the arguments say."""
    isolate()
    if sys.argv[1] == "--list":
        _list(int(sys.argv[2]), int(sys.argv[3]))
    else:
        asyncio.run(_calls(sys.argv[1], int(sys.argv[2])))


async def _calls(url: str, calls: int) -> None:
    session: Any = importlib.import_module("aiobotocore.session").get_session()
    config: Any = importlib.import_module("aiobotocore.config").AioConfig(max_pool_connections=256)
    async with session.create_client("voice-id", endpoint_url=url, config=config) as client:
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            began = time.perf_counter()
            left = iter(range(calls))

            async def work(left: Iterator[int] = left) -> None:
                for _ in left:
                    await client.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)

            await asyncio.gather(*(work() for _ in range(AT_A_TIME)))
            print(time.perf_counter() - began, flush=True)


def _list(speakers: int, rounds: int) -> None:
    # Not a Runner, which makes the repr of each result, and with it the repr of each item.
    run_until_complete = asyncio.new_event_loop().run_until_complete
    client = run_until_complete(make_client(speaker_pages(speakers)))
    paginator = client.get_paginator("list_speakers")
    pager = AsyncVoiceID(client=client).domain(DOMAIN_ID).speakers()

    async def read() -> object:
        pages = paginator.paginate(DomainId=DOMAIN_ID)
        return [item async for page in pages for item in page["SpeakerSummaries"]]

    variants = {
        "aiobotocore": cpu(lambda: run_until_complete(read())),
        "ours": cpu(lambda: run_until_complete(pager.all())),
    }
    found = interleave(variants, rounds)
    print(json.dumps(ratios(found, "ours", "aiobotocore")))


if __name__ == "__main__":
    main()
