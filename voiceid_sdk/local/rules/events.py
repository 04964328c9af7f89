"""The events that Voice ID sends to Amazon EventBridge, in their published format.

Sources: the EventBridge reference and its schema registry, and the event schema in the administrator guide.
The registry takes precedence, because it was made from real events. A member without a value is null, times
are ISO 8601, and a speaker is identified by the generated id alone. The first constants below are values
that AWS did not publish.
"""

import json
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

import attrs

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException
from voiceid_sdk.local.rules.domain_access import lookup
from voiceid_sdk.local.rules.statuses import StreamingStatus

if TYPE_CHECKING:
    from voiceid_sdk.local.protocol import requests
    from voiceid_sdk.local.rules.job_records import Job
    from voiceid_sdk.local.rules.session_records import Session

# Not published; chosen here.
SUBMITTED: Final = "SUBMITTED"
SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"

ENROLL_SPEAKER: Final = "ENROLL_SPEAKER"
OPT_OUT_SPEAKER: Final = "OPT_OUT_SPEAKER"
DELETE_SPEAKER: Final = "DELETE_SPEAKER"
REGISTER_FRAUDSTER: Final = "REGISTER_FRAUDSTER"
DELETE_FRAUDSTER: Final = "DELETE_FRAUDSTER"

FROM_SESSION: Final = "SESSION"
FROM_JOB: Final = "BATCH_JOB"

CONTACT_ARN: Final = "aws:connect:OriginalContactArn"
"""The system attribute of a contact. Source: captured events."""

NEW_ENROLLMENT: Final = "NEW_ENROLLMENT"
ENROLLMENT_OVERWRITE: Final = "ENROLLMENT_OVERWRITE"

_JOB_ERRORS: Final = {
    400: "BadRequestException",
    402: "ServiceQuotaLimitExceededException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ConflictException",
}


@attrs.frozen
class _EventType:
    """A type of events."""

    detail_type: str
    action: str
    is_of_contact: bool = True
    """Whether events have ``systemAttributes`` with the ARN of the contact in Amazon Connect."""


_START_SESSION: Final = _EventType("VoiceId Start Session Action", "START_SESSION")
_UPDATE_SESSION: Final = _EventType("VoiceId Update Session Action", "UPDATE_SESSION", is_of_contact=False)
_EVALUATE_SESSION: Final = _EventType("VoiceId Evaluate Session Action", "EVALUATE_SESSION")
_REQUEST_ENROLLMENT: Final = _EventType(
    "VoiceId Session Speaker Enrollment Action", "SESSION_ENROLLMENT_REQUEST"
)
_ENROLLMENT_JOB: Final = _EventType(
    "VoiceId Batch Speaker Enrollment Action", "BATCH_ENROLLMENT_REQUEST", is_of_contact=False
)
_REGISTRATION_JOB: Final = _EventType(
    "VoiceId Batch Fraudster Registration Action", "BATCH_REGISTRATION_REQUEST", is_of_contact=False
)


@attrs.frozen
class Failure:
    """The reason for a failure: an event's ``errorInfo``."""

    message: str
    error_type: str
    code: int

    @classmethod
    def of(cls, error: ServiceException) -> "Failure":
        """Return the failure of a request."""
        return cls(error.message, error.code, error.status())

    @classmethod
    def in_job(cls, code: int, message: str) -> "Failure":
        """Return the failure of a job, or of a request in its manifest."""
        return cls(message, _JOB_ERRORS.get(code, "InternalFailure"), code)


@attrs.frozen
class Origin:
    """The session or job that enrolled a speaker or registered a fraudster, and the outcome."""

    source: str
    source_id: str
    status: str | None = None


@attrs.frozen
class Aggregation:
    """When the collection of speech started and ended; without an end while there is too little speech."""

    started_at: float | None
    ended_at: float | None


def start_session(
    context: RequestContext,
    session: "Session",
    speaker_id: str | None,
    *,
    enrollment: Aggregation,
    authentication: Aggregation,
    fraud_detection: Aggregation,
) -> None:
    """Emit the event of a stream that has started or ended."""
    status = "NOT_ENOUGH_SPEECH" if session.status == StreamingStatus.ENDED else "IN_PROGRESS"
    progress = {
        "audioAggregationStatus": "COMPLETED" if enrollment.ended_at else status,
        **_span(enrollment),
    }
    members = _configured(session, speaker_id) | {
        "enrollmentAudioProgress": progress,
        "authenticationAudioProgress": _span(authentication) if session.authentication else None,
        "fraudDetectionAudioProgress": _span(fraud_detection) if session.fraud_detection else None,
    }
    _emit(context, _START_SESSION, session.domain_id, contact_id=session.name, session=members)


def start_session_failed(context: RequestContext, domain_id: str, contact_id: str, failure: Failure) -> None:
    """Emit the event of a stream that could not start."""
    _emit(context, _START_SESSION, domain_id, failure, contact_id=contact_id, session=None)


def update_session(
    context: RequestContext, session: "Session", speaker_id: str | None, failure: Failure | None = None
) -> None:
    """Emit the event of a change of a session's speaker or configuration, or of its failure."""
    members = _configured(session, speaker_id)
    _emit(context, _UPDATE_SESSION, session.domain_id, failure, session=members)


def evaluate_session(
    context: RequestContext,
    session: "Session",
    speaker_id: str | None,
    authentication: Document | None,
    fraud_detection: Document | None,
) -> None:
    """Emit the event of an evaluation, with the results of the response."""
    members = _identifiers(session, speaker_id) | {
        "streamingStatus": session.status,
        "authenticationResult": authentication and _authentication(authentication),
        "fraudDetectionResult": fraud_detection and _fraud_detection(fraud_detection),
    }
    _emit(context, _EVALUATE_SESSION, session.domain_id, contact_id=session.name, session=members)


def evaluate_session_failed(
    context: RequestContext, domain_id: str, session: "Session | None", failure: Failure
) -> None:
    """Emit the event of an evaluation that failed, of a session that exists or not."""
    contact_id = session.name if session else None
    _emit(context, _EVALUATE_SESSION, domain_id, failure, contact_id=contact_id, session=None)


def request_enrollment(context: RequestContext, session: "Session", failure: Failure | None = None) -> None:
    """Emit the event of an enrollment request on a call; its outcome is an event of the speaker."""
    _emit(
        context,
        _REQUEST_ENROLLMENT,
        session.domain_id,
        failure,
        contact_id=session.name,
        sessionId=session.session_id,
        sessionName=session.name,
    )


def speaker_action(
    context: RequestContext,
    action: str,
    domain_id: str,
    speaker_id: str | None,
    *,
    origin: Origin | None = None,
    contact_id: str | None = None,
    failure: Failure | None = None,
) -> None:
    """Emit the event of an enrollment, opt-out or deletion of a speaker, or of its failure."""
    event_type = _EventType("VoiceId Speaker Action", action)
    data = origin and _origin(origin, "enrollment")
    _emit(
        context,
        event_type,
        domain_id,
        failure,
        contact_id=contact_id,
        generatedSpeakerId=speaker_id,
        data=data,
    )


def fraudster_action(
    context: RequestContext,
    action: str,
    domain_id: str,
    fraudster_id: str,
    *,
    watchlist_ids: list[str],
    origin: Origin | None = None,
) -> None:
    """Emit the event of a registration or deletion of a fraudster."""
    _emit(
        context,
        _EventType("VoiceId Fraudster Action", action, is_of_contact=False),
        domain_id,
        generatedFraudsterId=fraudster_id,
        watchlistIds=watchlist_ids,
        data=origin and _origin(origin, "registration"),
    )


def enrollment_job(context: RequestContext, job: "Job") -> None:
    """Emit the event of an enrollment job that was submitted or has ended."""
    config = cast("requests.EnrollmentConfig | None", job.config and json.loads(job.config))
    screening = config.get("FraudDetectionConfig") if config else None
    screening_members = None
    if screening is not None:
        screening_members = {
            "fraudDetectionAction": screening.get("FraudDetectionAction"),
            "fraudDetectionThreshold": screening.get("RiskThreshold"),
            "watchlistIds": screening.get("WatchlistIds"),
        }
    members = None
    if config is not None:
        members = {
            "existingEnrollmentAction": config.get("ExistingEnrollmentAction"),
            "fraudDetectionConfig": screening_members,
        }
    _emit_job(context, _ENROLLMENT_JOB, job, enrollmentConfig=members)


def registration_job(context: RequestContext, job: "Job") -> None:
    """Emit the event of a registration job that was submitted or has ended."""
    config = cast("requests.RegistrationConfig | None", job.config and json.loads(job.config))
    members = None
    if config is not None:
        members = {
            "duplicateRegistrationAction": config.get("DuplicateRegistrationAction"),
            "fraudsterSimilarityThreshold": config.get("FraudsterSimilarityThreshold"),
            "watchlistIds": config.get("WatchlistIds"),
        }
    _emit_job(context, _REGISTRATION_JOB, job, registrationConfig=members)


def _emit_job(context: RequestContext, event_type: _EventType, job: "Job", **config: object) -> None:
    data = {
        "dataAccessRoleArn": job.role_arn,
        **config,
        "inputDataConfig": {"s3Uri": job.input_uri},
        "outputDataConfig": {"s3Uri": job.output_uri, "kmsKeyId": job.output_key_id},
    }
    failure = None
    if job.failure_status is not None:
        failure = Failure.in_job(job.failure_status, job.failure_message or "")
    status = SUBMITTED if job.ended_at is None else None
    _emit(context, event_type, job.domain_id, failure, status, batchJobId=job.job_id, data=data)


def _emit(
    context: RequestContext,
    event_type: _EventType,
    domain_id: str,
    failure: Failure | None = None,
    status: str | None = None,
    *,
    contact_id: str | None = None,
    **members: object,
) -> None:
    """Put an event into the outbox, if there are subscribers; a domain that does not exist has no events."""
    settings = context.settings
    domain = lookup(context, domain_id) if settings.outbox.has_subscribers else None
    if domain is None:
        return
    system_attributes = contact_id and {CONTACT_ARN: _contact_arn(domain.scope, contact_id)}
    error = failure and {
        "errorMessage": failure.message,
        "errorType": failure.error_type,
        "errorCode": failure.code,
    }
    detail: Document = {
        "sourceId": settings.identifiers.event(),
        "action": event_type.action,
        "status": status or (FAILURE if failure else SUCCESS),
        "domainId": domain_id,
        "errorInfo": error,
        **({"systemAttributes": system_attributes} if event_type.is_of_contact else {}),
        **members,
    }
    event: Document = {
        "version": "0",
        "id": settings.identifiers.event(),
        "detail-type": event_type.detail_type,
        "source": "aws.voiceid",
        "account": domain.account_id,
        "time": _iso(context.now, "seconds"),
        "region": domain.region_name,
        "resources": [domain.arn],
        "detail": detail,
    }
    settings.outbox.add(context, event)


def _contact_arn(scope: Scope, contact_id: str) -> str:
    """Return the ARN of a contact, in an instance of Amazon Connect that each account has in each region."""
    place = f"{scope.region_name}:{scope.account_id}"
    instance_id = uuid.uuid5(uuid.NAMESPACE_URL, place)
    return f"arn:aws:connect:{place}:instance/{instance_id}/contact/{contact_id}"


def _identifiers(session: "Session", speaker_id: str | None) -> Document:
    return {
        "sessionId": session.session_id,
        "sessionName": session.name,
        "generatedSpeakerId": speaker_id,
    }


def _configured(session: "Session", speaker_id: str | None) -> Document:
    screening = {"riskThreshold": session.risk_threshold, "watchlistId": session.watchlist_id}
    authentication = {"acceptanceThreshold": session.acceptance_threshold}
    minimum = math.ceil(session.authentication_seconds)  # Amazon Connect has whole seconds.
    return _identifiers(session, speaker_id) | {
        "authenticationConfiguration": authentication if session.authentication else None,
        "fraudDetectionConfiguration": screening if session.fraud_detection else None,
        "streamingConfiguration": {"authenticationMinimumSpeechInSeconds": minimum},
    }


def _authentication(result: Document) -> Document:
    return _picked(result, "AuthenticationResultId", "Decision", "Score") | {
        **_result_span(result),
        "configuration": _picked(_structure(result, "Configuration"), "AcceptanceThreshold"),
    }


def _fraud_detection(result: Document) -> Document:
    risks = _structure(result, "RiskDetails")
    known = _structure(risks, "KnownFraudsterRisk")
    spoofing = _structure(risks, "VoiceSpoofingRisk")
    details = {
        "knownFraudsterRisk": _picked(known, "GeneratedFraudsterId", "RiskScore"),
        "voiceSpoofingRisk": _picked(spoofing, "RiskScore"),
    }
    return _picked(result, "FraudDetectionResultId", "Decision") | {
        "reasons": result.get("Reasons", []) if risks else None,
        **_result_span(result),
        "configuration": _picked(_structure(result, "Configuration"), "RiskThreshold", "WatchlistId"),
        "riskDetails": details if risks else None,
    }


def _picked(structure: Mapping[str, object], *names: str) -> Document:
    """Return members of a response with their names in events; absent members are null."""
    return {name[:1].lower() + name[1:]: structure.get(name) for name in names}


def _structure(members: Mapping[str, object], name: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", members.get(name, {}))


def _result_span(result: Document) -> Document:
    started_at = cast("float | None", result.get("AudioAggregationStartedAt"))
    ended_at = cast("float | None", result.get("AudioAggregationEndedAt"))
    return _span(Aggregation(started_at, ended_at))


def _span(aggregation: Aggregation) -> Document:
    return {
        "audioAggregationStartedAt": _iso(aggregation.started_at),
        "audioAggregationEndedAt": _iso(aggregation.ended_at),
    }


def _origin(origin: Origin, kind: str) -> Document:
    return {
        f"{kind}Source": origin.source,
        f"{kind}SourceId": origin.source_id,
        f"{kind}Status": origin.status,
    }


def _iso(at: float | None, precision: str = "milliseconds") -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=precision).replace("+00:00", "Z")
