"""A call of a method: its request, the response and the result; and the data in them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from tests.support.canned_responses import DOMAIN_ARN, DOMAIN_ID
from voiceid_sdk import Domain, Fraudster, Speaker, VoiceID, Watchlist
from voiceid_sdk.models import DomainInfo

CUSTOMER_ID: Final = "canary-customer"
SPEAKER_ID: Final = "id#CanarySpeakerAAAAAAAA1"
FRAUDSTER_ID: Final = "id#CanaryFraudsterAAAAAA1"
SESSION_NAME: Final = "canary-contact"
WATCHLIST_ID: Final = "WatchlistAAAAAAAAAAAA1"
JOB_ID: Final = "JobAAAAAAAAAAAAAAAAAA1"
KEY: Final = "alias/voice-id"
INPUT: Final = "s3://voice-in/manifest.json"
OUTPUT: Final = "s3://voice-out/"
TOKEN: Final = "token-of-the-caller"
DOMAIN: Final = {"DomainId": DOMAIN_ID, "Arn": DOMAIN_ARN, "Name": "canary-name", "DomainStatus": "ACTIVE"}
SPEAKER: Final = {"GeneratedSpeakerId": SPEAKER_ID, "CustomerSpeakerId": CUSTOMER_ID, "Status": "ENROLLED"}
FRAUDSTER: Final = {"GeneratedFraudsterId": FRAUDSTER_ID, "WatchlistIds": [WATCHLIST_ID]}
WATCHLIST: Final = {"WatchlistId": WATCHLIST_ID, "DefaultWatchlist": False}
JOB: Final = {"JobId": JOB_ID, "JobStatus": "SUBMITTED", "JobName": "canary-job"}
EVALUATION: Final = {"SessionId": "id#CanarySessionAAAAAAAA1", "StreamingStatus": "ONGOING"}
TAGS: Final = [{"Key": "team", "Value": "support"}]
IN_DOMAIN: Final = {"DomainId": DOMAIN_ID}
OF_SPEAKER: Final = {**IN_DOMAIN, "SpeakerId": CUSTOMER_ID}
OF_FRAUDSTER: Final = {**IN_DOMAIN, "FraudsterId": FRAUDSTER_ID}
OF_WATCHLIST: Final = {**IN_DOMAIN, "WatchlistId": WATCHLIST_ID}
OF_JOB: Final = {**IN_DOMAIN, "JobId": JOB_ID}


@attrs.frozen
class Row:
    """A call of one method: its request, the service's response, and its result."""

    name: str
    operation: str
    use: Callable[[VoiceID], object]
    request: Mapping[str, object]
    answer: Mapping[str, object] = {}
    returns: object = None


def domain(client: VoiceID) -> Domain:
    return client.domain(DomainInfo(domain_id=DOMAIN_ID, arn=DOMAIN_ARN))


def speaker(client: VoiceID) -> Speaker:
    return domain(client).speaker(CUSTOMER_ID)


def fraudster(client: VoiceID) -> Fraudster:
    return domain(client).fraudster(FRAUDSTER_ID)


def watchlist(client: VoiceID) -> Watchlist:
    return domain(client).watchlist(WATCHLIST_ID)


def of(data_class: Any, wire: Mapping[str, object]) -> Any:
    """Return the data for a structure on the wire, by our names."""
    names = {
        "".join(part.title() for part in field.name.split("_")): field for field in attrs.fields(data_class)
    }
    return data_class.from_dict({names[name].name: value for name, value in wire.items()})
