"""EvaluateSession: authentication of the caller, and fraud detection.

A result is stored, and returned again with the same id, until one of its inputs changes: the stream, a
threshold, the watchlist or the speaker.
"""

import json
from collections.abc import Mapping
from typing import Final, cast

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol import requests
from voiceid_sdk.local.protocol.documents import Document, document
from voiceid_sdk.local.protocol.errors import invalid
from voiceid_sdk.local.rules import events, fraudsters, sessions, speakers, watchlists
from voiceid_sdk.local.rules.domain_access import open_domain
from voiceid_sdk.local.rules.session_records import Session, Utterance
from voiceid_sdk.local.rules.speakers import Speaker
from voiceid_sdk.local.rules.statuses import (
    AuthenticationDecision,
    FraudDetectionDecision,
    FraudDetectionReason,
    SpeakerStatus,
    StreamingStatus,
)
from voiceid_sdk.local.voices.recognizer import score
from voiceid_sdk.local.voices.voiceprints import VoiceprintError

_DECISIONS: Final[Mapping[str, AuthenticationDecision]] = {
    SpeakerStatus.OPTED_OUT: AuthenticationDecision.SPEAKER_OPTED_OUT,
    SpeakerStatus.EXPIRED: AuthenticationDecision.SPEAKER_EXPIRED,
    SpeakerStatus.PENDING: AuthenticationDecision.SPEAKER_NOT_ENROLLED,
}


def evaluate_session(context: RequestContext, request: requests.EvaluateSession) -> Document:
    """Evaluate a session, or return its stored results."""
    domain = open_domain(context, request["DomainId"])
    session = sessions.find(context, domain.domain_id, request["SessionNameOrId"])
    authentication = fraud_detection = None
    if session.status != StreamingStatus.PENDING_CONFIGURATION:
        heard = sessions.speech(context, session)
        if not all(one.is_measured for one in heard):
            session = sessions.measure_speech(context, session)
            heard = sessions.speech(context, session)
        before = session
        if session.authentication:
            session = _authenticate(context, session, heard)
            authentication = _parsed(session.authentication_result)
        if session.fraud_detection:
            session = _detect_fraud(context, session, heard)
            fraud_detection = _parsed(session.fraud_result)
        if session is not before:
            sessions.save(context, session)
    if context.settings.outbox.has_subscribers:
        speaker_id = sessions.generated_speaker_id(context, session)
        events.evaluate_session(context, session, speaker_id, authentication, fraud_detection)
    return document(
        DomainId=session.domain_id,
        SessionId=session.session_id,
        SessionName=session.name,
        StreamingStatus=session.status,
        AuthenticationResult=authentication,
        FraudDetectionResult=fraud_detection,
    )


def _authenticate(context: RequestContext, session: Session, heard: list[Utterance]) -> Session:
    claimed = session.customer_speaker_id
    speaker = speakers.lookup(context, session.domain_id, claimed) if claimed else None
    status = _status(context, speaker)
    enough = sessions.first(heard, session.authentication_seconds)
    threshold = session.acceptance_threshold
    generated_id = speaker.generated_id if speaker else None
    inputs = _fingerprint(
        session.stream, bool(enough), threshold, claimed, generated_id, status, session.forced_authentication
    )
    if inputs == session.authentication_inputs:
        return session
    context.store.begin_writing()
    decision, likeness = _decide(context, session, speaker, status, enough)
    if speaker and decision == AuthenticationDecision.ACCEPT:
        speakers.record_access(context, speaker)
    scored = likeness is not None
    result = document(
        AuthenticationResultId=context.settings.identifiers.resource(),
        Decision=decision,
        Score=likeness,
        Configuration={"AcceptanceThreshold": threshold},
        CustomerSpeakerId=claimed or None,
        GeneratedSpeakerId=generated_id,
        AudioAggregationStartedAt=enough[0].heard_at if scored else None,
        AudioAggregationEndedAt=enough[-1].heard_at if scored else None,
    )
    return attrs.evolve(session, authentication_inputs=inputs, authentication_result=json.dumps(result))


def _status(context: RequestContext, speaker: Speaker | None) -> str:
    """Return a speaker's status; one who was imported without a voiceprint is pending."""
    status = speaker.status(context.now) if speaker else SpeakerStatus.PENDING
    voiceless = speaker is None or speaker.voiceprint is None
    return SpeakerStatus.PENDING if voiceless and status == SpeakerStatus.ENROLLED else status


def _decide(
    context: RequestContext, session: Session, speaker: Speaker | None, status: str, enough: list[Utterance]
) -> tuple[AuthenticationDecision, int | None]:
    """Return the decision, and the score if there is one."""
    if session.customer_speaker_id is None:
        return AuthenticationDecision.SPEAKER_ID_NOT_PROVIDED, None
    if speaker is None or speaker.voiceprint is None or status != SpeakerStatus.ENROLLED:
        return _DECISIONS[status], None
    if not enough:
        return AuthenticationDecision.NOT_ENOUGH_SPEECH, None
    likeness = session.forced_authentication
    if likeness is None:
        likeness = _likeness(context, speaker.voiceprint, enough)
    is_accepted = likeness >= session.acceptance_threshold
    return (AuthenticationDecision.ACCEPT if is_accepted else AuthenticationDecision.REJECT), likeness


def _likeness(context: RequestContext, enrolled: bytes, enough: list[Utterance]) -> int:
    recognizer = context.settings.recognizer
    try:
        return score(recognizer.similarity(enrolled, sessions.voiceprint(context, enough)))
    except VoiceprintError:
        raise invalid(
            "Another model made the speaker's voiceprint. Enroll the speaker again, by a job or on a call."
        ) from None


def _detect_fraud(context: RequestContext, session: Session, heard: list[Utterance]) -> Session:
    watchlist = watchlists.find(context, session.domain_id, session.watchlist_id)
    enough = sessions.first(heard, sessions.FRAUD_DETECTION_SECONDS)
    threshold = session.risk_threshold
    inputs = _fingerprint(
        session.stream,
        bool(enough),
        threshold,
        watchlist.watchlist_id,
        session.forced_known_fraudster,
        session.forced_spoofing,
    )
    if inputs == session.fraud_inputs:
        return session
    context.store.begin_writing()
    result = document(
        FraudDetectionResultId=context.settings.identifiers.resource(),
        Configuration={"RiskThreshold": threshold, "WatchlistId": watchlist.watchlist_id},
        **(
            _risks(context, session, enough)
            if enough
            else {"Decision": FraudDetectionDecision.NOT_ENOUGH_SPEECH}
        ),
    )
    return attrs.evolve(session, fraud_inputs=inputs, fraud_result=json.dumps(result))


def _risks(context: RequestContext, session: Session, enough: list[Utterance]) -> Document:
    """Return the risks that fraud detection finds in the speech."""
    voiceprint = sessions.voiceprint(context, enough)
    fraudster, known = fraudsters.closest(context, session.domain_id, voiceprint, session.watchlist_id)
    if session.forced_known_fraudster is not None:
        known = session.forced_known_fraudster
        fraudster = fraudster or fraudsters.first(context, session.domain_id, session.watchlist_id)
    spoofing = session.forced_spoofing
    if spoofing is None:
        spoofing = score(sessions.spoofing_risk(context, enough))
    risks = {FraudDetectionReason.KNOWN_FRAUDSTER: known, FraudDetectionReason.VOICE_SPOOFING: spoofing}
    reasons = [reason for reason, risk in risks.items() if risk >= session.risk_threshold]
    return document(
        Decision=FraudDetectionDecision.HIGH_RISK if reasons else FraudDetectionDecision.LOW_RISK,
        Reasons=reasons or None,
        RiskDetails={
            "KnownFraudsterRisk": document(
                GeneratedFraudsterId=fraudster.fraudster_id if fraudster and known else None, RiskScore=known
            ),
            "VoiceSpoofingRisk": {"RiskScore": spoofing},
        },
        AudioAggregationStartedAt=enough[0].heard_at,
        AudioAggregationEndedAt=enough[-1].heard_at,
    )


def _fingerprint(*inputs: object) -> str:
    return json.dumps(inputs)


def _parsed(result: str | None) -> Document | None:
    return cast("Document", json.loads(result)) if result else None
