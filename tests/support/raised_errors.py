"""Errors of a call, and the endpoints that it is sent to."""

from typing import Any

import botocore.exceptions
import pytest

from tests.support.canned_responses import DOMAIN_ID
from voiceid_sdk import VoiceID
from voiceid_sdk.errors import VoiceIDError

AWS = "https://voiceid.us-west-2.amazonaws.com"
LOCAL = "http://localhost:8787"
UNREACHED = botocore.exceptions.EndpointConnectionError(endpoint_url=AWS)


def caught(client: VoiceID) -> Any:
    """Return the error that describing a domain raises."""
    with pytest.raises(VoiceIDError) as raised:
        client.domain(DOMAIN_ID).describe()
    return raised.value
