"""What the tests of the stub share: a stub, and one that is not checked at its end."""

from collections.abc import Iterator

import pytest

from voiceid_sdk.testing import VoiceIDStub


@pytest.fixture
def stub() -> Iterator[VoiceIDStub]:
    with VoiceIDStub() as stub:
        yield stub


@pytest.fixture
def loose_stub() -> VoiceIDStub:
    """Return a stub that is not checked for missing calls at its end."""
    return VoiceIDStub()
