"""The events that a subscriber has seen, by kind."""

import uuid
from typing import Any

Event = dict[str, Any]

INSTANCE = uuid.uuid5(uuid.NAMESPACE_URL, "us-east-1:123456789012")
CONTACT = {
    "aws:connect:OriginalContactArn": (
        f"arn:aws:connect:us-east-1:123456789012:instance/{INSTANCE}/contact/a-contact"
    )
}


def details(seen: list[Event], kind: str) -> list[Event]:
    """Return the details of all events of a kind, without their own ids."""
    found = [event["detail"] for event in seen if event["detail-type"] == f"VoiceId {kind} Action"]
    return [{name: value for name, value in detail.items() if name != "sourceId"} for detail in found]


def kinds(seen: list[Event]) -> list[str]:
    """Return the kinds of all events, in order."""
    return [event["detail-type"].removeprefix("VoiceId ").removesuffix(" Action") for event in seen]
