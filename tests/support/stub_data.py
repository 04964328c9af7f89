"""Data that stubs are given as results, and the arguments of the calls."""

from datetime import UTC, datetime
from typing import Any, Final

from voiceid_sdk import Domain
from voiceid_sdk.enums import AuthenticationDecision, SpeakerStatus, StreamingStatus
from voiceid_sdk.models import (
    AuthenticationResult,
    DomainInfo,
    FraudsterInfo,
    ServerSideEncryptionConfiguration,
    SessionEvaluation,
    SpeakerInfo,
    WatchlistInfo,
)
from voiceid_sdk.testing import VoiceIDStub

DOMAIN_ID: Final = "Abcdefghijklmnopqrst01"
DOMAIN_ARN: Final = f"arn:aws:voiceid:us-east-1:111122223333:domain/{DOMAIN_ID}"
WATCHLIST_ID: Final = "WatchlistAAAAAAAAAAAA1"
FRAUDSTER_ID: Final = "id#FraudsterAAAAAAAAAAAA1"
JOB_ID: Final = "JobAAAAAAAAAAAAAAAAAA1"
KEY: Final = "alias/voice-id"
FILES: Final[dict[str, Any]] = {
    "input_s3_uri": "s3://voice-in/manifest.json",
    "output_s3_uri": "s3://voice-out/",
    "data_access_role_arn": "arn:aws:iam::111122223333:role/voice-id",
}
MOMENT: Final = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)

ANA: Final = SpeakerInfo(customer_speaker_id="ana", status=SpeakerStatus.ENROLLED, created_at=MOMENT)
OPTED_OUT: Final = SpeakerInfo(customer_speaker_id="ana", status=SpeakerStatus.OPTED_OUT)
BEN: Final = SpeakerInfo(customer_speaker_id="ben", status=SpeakerStatus.OPTED_OUT)
EVE: Final = SpeakerInfo(customer_speaker_id="eve", status=SpeakerStatus("NEW_STATUS"))
DOMAIN: Final = DomainInfo(
    domain_id=DOMAIN_ID,
    arn=DOMAIN_ARN,
    name="calls",
    server_side_encryption_configuration=ServerSideEncryptionConfiguration(kms_key_id=KEY),
)
MALLORY: Final = FraudsterInfo(generated_fraudster_id=FRAUDSTER_ID, watchlist_ids=(WATCHLIST_ID,))
WATCHLIST: Final = WatchlistInfo(watchlist_id=WATCHLIST_ID, default_watchlist=True)
EVALUATION: Final = SessionEvaluation(
    streaming_status=StreamingStatus.ENDED,
    authentication_result=AuthenticationResult(decision=AuthenticationDecision.ACCEPT, score=97),
)


def domain(stub: VoiceIDStub) -> Domain:
    return stub.client.domain(DOMAIN)
