"""What the tests of errors share: clients that the SDK made, and those of the caller."""

import pytest

from tests.support.canned_responses import Canned, raw_client, typed_client
from voiceid_sdk import VoiceID


@pytest.fixture(params=["made by us", "made by the caller"])
def either(request: pytest.FixtureRequest, canned: Canned) -> VoiceID:
    """Return a VoiceID with a client that the SDK made, then one with a client of the caller."""
    if request.param == "made by us":
        return typed_client(canned, max_attempts=1)
    return VoiceID(client=raw_client(canned))
