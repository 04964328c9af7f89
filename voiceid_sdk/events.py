"""The events that Voice ID sends to Amazon EventBridge, as data.

AWS published their shape in part only, so everything may be missing, and what is new or unknown is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import attrs

from voiceid_sdk._conversion import structuring
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.extra_fields import NO_EXTRA, ExtraFields
from voiceid_sdk.enums import ExistingEnrollmentAction, FraudDetectionAction, StreamingStatus
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.models import (
    AuthenticationConfiguration,
    AuthenticationResult,
    FraudDetectionConfiguration,
    FraudDetectionResult,
    InputDataConfig,
    OutputDataConfig,
    RegistrationConfig,
)
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, redact_marked_fields

__all__ = [
    "AudioProgress",
    "EnrollmentAudioProgress",
    "EnrollmentJobData",
    "EnrollmentJobDetail",
    "EnrollmentOrigin",
    "EventData",
    "EventDetail",
    "EventEnrollmentConfig",
    "EventError",
    "EventFraudDetectionConfig",
    "EventSession",
    "FraudsterDetail",
    "RegistrationJobData",
    "RegistrationJobDetail",
    "RegistrationOrigin",
    "SessionDetail",
    "SessionEnrollmentDetail",
    "SpeakerDetail",
    "StreamingConfiguration",
    "SystemAttributes",
    "VoiceIDEvent",
]


@attrs.frozen(kw_only=True, weakref_slot=False)
class EventData:
    """The base of all data in events."""

    extra: ExtraFields = attrs.field(default=NO_EXTRA, repr=False)
    """Members that this version of the SDK has no field for, by the names they have in the event."""

    def to_dict(self) -> dict[str, object]:
        """Return the data as plain, JSON-ready Python: snake_case names, ISO 8601 timestamps, lists, strings.

        The result holds the sensitive values as they are.
        """
        return structuring.unstructure(self, "dict")


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventError(EventData):
    """Why something failed."""

    error_message: Annotated[str | None, FREE_TEXT] = None
    """What the service says about it."""
    error_type: str | None = None
    """What kind of failure it is."""
    error_code: int | None = None
    """An HTTP status that classifies the failure."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class SystemAttributes(EventData):
    """What Amazon Connect has added."""

    @property
    def original_contact_arn(self) -> str | None:
        """The ARN of the contact that the call began with."""
        arn = self.extra.get("aws:connect:OriginalContactArn")
        return arn if isinstance(arn, str) else None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class StreamingConfiguration(EventData):
    """The settings of a stream."""

    authentication_minimum_speech_in_seconds: int | None = None
    """Net speech that authentication needs."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AudioProgress(EventData):
    """How far speech has been collected."""

    audio_aggregation_started_at: datetime | None = None
    """When the first of it was heard, in UTC."""
    audio_aggregation_ended_at: datetime | None = None
    """When there was enough, in UTC; None while there is not."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentAudioProgress(AudioProgress):
    """How far speech has been collected for an enrollment."""

    audio_aggregation_status: str | None = None
    """The state of that; AWS did not publish the words."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventSession(EventData):
    """A session. Each kind of event has some of these members."""

    session_id: Annotated[str | None, SENSITIVE] = None
    """The session's id that the service chose."""
    session_name: Annotated[str | None, SENSITIVE] = None
    """The session's name: the contact id in Amazon Connect."""
    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The id that the service chose for the speaker whom the caller claims to be."""
    streaming_status: StreamingStatus | None = None
    """Whether audio is being received (evaluation)."""
    authentication_configuration: AuthenticationConfiguration | None = None
    """The settings of authentication; None when it is off (start, update)."""
    fraud_detection_configuration: FraudDetectionConfiguration | None = None
    """The settings of fraud detection; None when it is off (start, update)."""
    streaming_configuration: StreamingConfiguration | None = None
    """The settings of the stream (start, update)."""
    enrollment_audio_progress: EnrollmentAudioProgress | None = None
    """The speech for an enrollment (start)."""
    authentication_audio_progress: AudioProgress | None = None
    """The speech for authentication (start)."""
    fraud_detection_audio_progress: AudioProgress | None = None
    """The speech for fraud detection (start)."""
    authentication_result: AuthenticationResult | None = None
    """The authentication (evaluation)."""
    fraud_detection_result: FraudDetectionResult | None = None
    """The fraud detection (evaluation)."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentOrigin(EventData):
    """What a speaker's enrollment came from."""

    enrollment_source: str | None = None
    """What kind of thing that was."""
    enrollment_source_id: Annotated[str | None, SENSITIVE] = None
    """The id of the session or job."""
    enrollment_status: str | None = None
    """What was done."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationOrigin(EventData):
    """What a fraudster's registration came from."""

    registration_source: str | None = None
    """What kind of thing that was."""
    registration_source_id: Annotated[str | None, SENSITIVE] = None
    """The id of the job."""
    registration_status: str | None = None
    """What was done."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventFraudDetectionConfig(EventData):
    """How an enrollment job checks speakers against a watchlist."""

    fraud_detection_action: FraudDetectionAction | None = None
    """What is done with a risky speaker."""
    fraud_detection_threshold: int | None = None
    """The risk score from which a speaker counts as risky, as real events had it."""
    risk_threshold: int | None = None
    """The same by the name that the administrator guide has for it."""
    watchlist_ids: tuple[str, ...] = ()
    """The one watchlist to check against."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventEnrollmentConfig(EventData):
    """How an enrollment job treats existing enrollments and fraud."""

    existing_enrollment_action: ExistingEnrollmentAction | None = None
    """What is done with an enrolled speaker."""
    fraud_detection_config: EventFraudDetectionConfig | None = None
    """How speakers are checked for fraud."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobData(EventData):
    """What an enrollment job was asked to do."""

    data_access_role_arn: str | None = None
    """The IAM role with which the service reads and writes S3."""
    enrollment_config: EventEnrollmentConfig | None = None
    """How existing enrollments and fraud are treated."""
    input_data_config: InputDataConfig | None = None
    """Where the manifest is."""
    output_data_config: OutputDataConfig | None = None
    """Where the results go."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationJobData(EventData):
    """What a registration job was asked to do."""

    data_access_role_arn: str | None = None
    """The IAM role with which the service reads and writes S3."""
    registration_config: RegistrationConfig | None = None
    """How duplicates are treated, and the watchlist."""
    input_data_config: InputDataConfig | None = None
    """Where the manifest is."""
    output_data_config: OutputDataConfig | None = None
    """Where the results go."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventDetail(EventData):
    """What every event says. An event of an unknown kind is one of these, with the rest in ``extra``."""

    source_id: str | None = None
    """The event's own id: one that comes twice is the same event."""
    action: str | None = None
    """What was done, such as ``START_SESSION``."""
    status: str | None = None
    """How it went; AWS did not publish the words."""
    domain_id: str | None = None
    """The id of the domain."""
    error_info: EventError | None = None
    """Why it failed; None when it did not."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SessionDetail(EventDetail):
    """A session's stream has started or ended, or the session was updated or evaluated: see ``action``."""

    session: EventSession | None = None
    """The session."""
    system_attributes: SystemAttributes | None = None
    """What Amazon Connect has added."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SessionEnrollmentDetail(EventDetail):
    """An enrollment was requested in a session; its outcome comes as a ``SpeakerDetail``."""

    session_id: Annotated[str | None, SENSITIVE] = None
    """The session's id that the service chose."""
    session_name: Annotated[str | None, SENSITIVE] = None
    """The session's name: the contact id in Amazon Connect."""
    system_attributes: SystemAttributes | None = None
    """What Amazon Connect has added."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SpeakerDetail(EventDetail):
    """A speaker was enrolled, opted out or was deleted: see ``action``."""

    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the service chose; events never have the application's."""
    data: EnrollmentOrigin | None = None
    """What an enrollment came from."""
    system_attributes: SystemAttributes | None = None
    """What Amazon Connect has added."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudsterDetail(EventDetail):
    """A fraudster was registered or deleted: see ``action``."""

    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The fraudster's id."""
    watchlist_ids: tuple[str, ...] = ()
    """The watchlists that the fraudster is on, or was."""
    data: RegistrationOrigin | None = None
    """What a registration came from."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobDetail(EventDetail):
    """An enrollment job was submitted, or has ended: see ``status``."""

    batch_job_id: str | None = None
    """The job's id."""
    data: EnrollmentJobData | None = None
    """What it was asked to do."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationJobDetail(EventDetail):
    """A registration job was submitted, or has ended: see ``status``."""

    batch_job_id: str | None = None
    """The job's id."""
    data: RegistrationJobData | None = None
    """What it was asked to do."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class VoiceIDEvent(EventData):
    """An event as EventBridge hands it out."""

    id: str
    """The id that EventBridge gave the event."""
    detail_type: str
    """The event's kind, such as ``VoiceId Speaker Action``."""
    source: str | None = None
    """Who sent it: ``aws.voiceid``."""
    account: str | None = None
    """The AWS account."""
    region: str | None = None
    """The AWS region."""
    time: datetime | None = None
    """When it happened, in UTC, exact to the second."""
    resources: tuple[str, ...] = ()
    """ARNs of what it is about."""
    version: str | None = None
    """The version of EventBridge's format."""
    detail: EventDetail
    """What happened; its class depends on the kind of event."""

    @classmethod
    def from_eventbridge(cls, raw: Mapping[str, object]) -> "VoiceIDEvent":
        """Return an event as data.

        Args:
            raw: the event, such as what a Lambda function is called with.

        Raises:
            RequestValidationError: a value has the wrong type, or it is no event at all.
        """
        detail_type = raw.get("detail-type")
        kind = _KINDS.get(detail_type, EventDetail) if isinstance(detail_type, str) else EventDetail
        named = {"detailType" if name == "detail-type" else name: value for name, value in raw.items()}
        try:
            event = structuring.structure(cls, named, "event")
            return attrs.evolve(event, detail=structuring.structure(kind, raw["detail"], "event"))
        except ConversionError as error:
            problems = tuple(Problem(parameter=name, rule=rule) for name, rule in error.problems)
        raise RequestValidationError.of("VoiceIDEvent.from_eventbridge", problems)


_KINDS: Final[Mapping[str, type[EventDetail]]] = {
    "VoiceId Start Session Action": SessionDetail,
    "VoiceId Update Session Action": SessionDetail,
    "VoiceId Evaluate Session Action": SessionDetail,
    "VoiceId Session Speaker Enrollment Action": SessionEnrollmentDetail,
    "VoiceId Speaker Action": SpeakerDetail,
    "VoiceId Fraudster Action": FraudsterDetail,
    "VoiceId Batch Speaker Enrollment Action": EnrollmentJobDetail,
    # The administrator guide has it so.
    "VoiceID Batch Speaker Enrollment Action": EnrollmentJobDetail,
    "VoiceId Batch Fraudster Registration Action": RegistrationJobDetail,
}
