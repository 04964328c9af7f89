"""A peer: pydantic models, made from boto3's dictionaries."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import boto3
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from benchmarks import memory
from benchmarks.canned_service import DOMAIN_ID, SPEAKER_ID, one_speaker, session, speaker_pages
from benchmarks.describe import CALLS_PER_ROUND
from benchmarks.listing import boto3_list
from benchmarks.measuring import Row, cpu, interleave, new_process, ratios


class Speaker(BaseModel):
    """A model with the fields of ``SpeakerInfo``."""

    model_config = ConfigDict(alias_generator=to_pascal, frozen=True)

    created_at: datetime | None = None
    customer_speaker_id: str | None = None
    domain_id: str | None = None
    generated_speaker_id: str | None = None
    last_accessed_at: datetime | None = None
    status: str | None = None
    updated_at: datetime | None = None


def measure(*, quick: bool) -> Iterator[Row]:
    """Describe and list speakers as ``describe``, ``listing`` and ``memory`` do."""
    count = 500 if quick else 20_000
    raw: Any = session(one_speaker()).client("voice-id")
    listing = session(speaker_pages(count))

    def call() -> None:
        for _ in range(CALLS_PER_ROUND):
            raw.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)

    def call_typed() -> None:
        for _ in range(CALLS_PER_ROUND):
            Speaker.model_validate(raw.describe_speaker(DomainId=DOMAIN_ID, SpeakerId=SPEAKER_ID)["Speaker"])

    described = interleave({"boto3": cpu(call), "pydantic": cpu(call_typed)}, 3 if quick else 31)
    listed = interleave(
        {"boto3": cpu(boto3_list(listing)), "pydantic": cpu(pydantic_list(listing))}, 1 if quick else 4
    )
    kept = float(new_process(f"from benchmarks import pydantic_models as it; print(it.kept({count}))"))
    plain = memory.in_new_process(f"kept_by_boto3({count})")
    yield Row(what="pydantic on boto3: describe", figures=ratios(described, "pydantic", "boto3"))
    yield Row(what=f"pydantic on boto3: list {count:,}, kept", figures=ratios(listed, "pydantic", "boto3"))
    yield Row(what="pydantic on boto3: memory per kept speaker", figures=(kept / plain,))


def pydantic_list(canned: boto3.Session) -> Callable[[], list[object]]:
    """Read all speakers with boto3's paginator, as models."""
    paginator = canned.client("voice-id").get_paginator("list_speakers")

    def read() -> list[object]:
        pages = paginator.paginate(DomainId=DOMAIN_ID)
        return [Speaker.model_validate(item) for page in pages for item in page["SpeakerSummaries"]]

    return read


def kept(count: int) -> int:
    """Return the bytes in use after ``count`` speakers were read, with all of them kept."""
    return memory.traced(pydantic_list(session(speaker_pages(count))))[0]
