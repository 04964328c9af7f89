"""What the tests of events share: a subscriber that keeps the events."""

import pytest

from tests.support.seen_events import Event
from tests.support.stage import Stage


@pytest.fixture
def seen(stage: Stage, domain: str) -> list[Event]:
    events: list[Event] = []
    stage.service.events.subscribe(events.append)
    return events
