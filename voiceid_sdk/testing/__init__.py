"""The kit for tests of your code: pytest fixtures, a typed stub, and waits that take no time.

The fixtures need no import; they are in ``voiceid_sdk.testing.plugin``.
"""

from voiceid_sdk.testing.expectations import ExpectedCall, ExpectedList
from voiceid_sdk.testing.instant_waits import WaitClock, instant_waits
from voiceid_sdk.testing.script import StubError
from voiceid_sdk.testing.stub import VoiceIDStub

__all__ = ["ExpectedCall", "ExpectedList", "StubError", "VoiceIDStub", "WaitClock", "instant_waits"]
