"""What the tests of handles share: a client without a network."""

from unittest.mock import Mock

import pytest

from voiceid_sdk import VoiceID


@pytest.fixture
def offline() -> VoiceID:
    """Return a client on which every call raises AttributeError."""
    return VoiceID(client=Mock(spec=[]))
