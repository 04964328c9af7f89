"""The results of a session: its authentication and its fraud detection."""

from datetime import datetime
from typing import Annotated

import attrs

from voiceid_sdk._conversion.structuring import SHARED
from voiceid_sdk._display.displayed import DisplayedEvaluation
from voiceid_sdk._structure import Structure
from voiceid_sdk.enums import (
    AuthenticationDecision,
    FraudDetectionDecision,
    FraudDetectionReason,
    StreamingStatus,
)
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AuthenticationConfiguration(Structure):
    """The settings of an authentication."""

    acceptance_threshold: int
    """The score, 0 to 100, from which the caller is accepted."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AuthenticationResult(Structure):
    """The result of checking the caller's claimed identity."""

    audio_aggregation_ended_at: datetime | None = None
    """When the evaluated audio ended, in UTC."""
    audio_aggregation_started_at: datetime | None = None
    """When the evaluated audio began, in UTC."""
    authentication_result_id: str | None = None
    """The result's id; it stays the same until there is new audio to evaluate."""
    configuration: AuthenticationConfiguration | None = None
    """The threshold that was used."""
    customer_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the application chose."""
    decision: AuthenticationDecision | None = None
    """The decision."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the service chose."""
    score: int | None = None
    """How similar the voice is, 0 to 100; only ACCEPT and REJECT have a score, else it is None."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudDetectionConfiguration(Structure):
    """The settings of a fraud detection."""

    risk_threshold: int | None = None
    """The risk score, 0 to 100, from which a call is of high risk."""
    watchlist_id: str | None = None
    """The watchlist that was checked."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class KnownFraudsterRisk(Structure):
    """How similar the voice is to a fraudster on the watchlist."""

    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The fraudster with the most similar voice; None when none is similar."""
    risk_score: int
    """The risk, 0 to 100."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class VoiceSpoofingRisk(Structure):
    """How likely it is that the voice is played back or synthetic."""

    risk_score: int
    """The risk, 0 to 100."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudRiskDetails(Structure):
    """The risks behind a fraud detection."""

    known_fraudster_risk: KnownFraudsterRisk
    """The similarity to known fraudsters."""
    voice_spoofing_risk: VoiceSpoofingRisk
    """The likelihood of a voice that is not live."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudDetectionResult(Structure):
    """The result of checking the risk of fraud."""

    audio_aggregation_ended_at: datetime | None = None
    """When the evaluated audio ended, in UTC."""
    audio_aggregation_started_at: datetime | None = None
    """When the evaluated audio began, in UTC."""
    configuration: FraudDetectionConfiguration | None = None
    """The threshold and watchlist that were used."""
    decision: FraudDetectionDecision | None = None
    """The decision."""
    fraud_detection_result_id: str | None = None
    """The result's id; it stays the same until there is new audio to evaluate."""
    reasons: tuple[FraudDetectionReason, ...] = ()
    """Why the risk is high; empty when it is not."""
    risk_details: FraudRiskDetails | None = None
    """The risk scores; None when nothing was evaluated."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SessionEvaluation(DisplayedEvaluation, Structure):
    """The results for a call so far."""

    authentication_result: AuthenticationResult | None = None
    """The authentication; None when it is off or no speech was heard yet."""
    domain_id: Annotated[str | None, SHARED] = None
    """The id of the session's domain."""
    fraud_detection_result: FraudDetectionResult | None = None
    """The fraud detection; None when it is off or no speech was heard yet."""
    session_id: Annotated[str | None, SENSITIVE] = None
    """The session's id that the service chose."""
    session_name: Annotated[str | None, SENSITIVE] = None
    """The session's name: the contact id in Amazon Connect."""
    streaming_status: StreamingStatus | None = None
    """Whether audio is being received."""
