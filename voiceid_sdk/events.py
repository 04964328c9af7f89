"""The events that Voice ID sends to Amazon EventBridge, as data.

AWS documented them only in part, so every member is optional, and unknown members are kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, cast

import attrs

from voiceid_sdk._conversion import structuring
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.extra_fields import NO_EXTRA, ExtraFields
from voiceid_sdk._display.displayed import Printed
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
class EventData(Printed):
    """The base of all data in events."""

    extra: ExtraFields = attrs.field(default=NO_EXTRA, repr=False)
    """Members that this version of the SDK has no field for, by the names they have in the event."""

    def to_dict(self) -> dict[str, object]:
        """Return the data as plain, JSON-ready Python: snake_case names, ISO 8601 timestamps, lists, strings.

        The result contains the sensitive values.
        """
        return structuring.unstructure(self, "dict")


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventError(EventData):
    """Why an action failed."""

    error_message: Annotated[str | None, FREE_TEXT] = None
    """The service's message about the failure."""
    error_type: str | None = None
    """The kind of failure."""
    error_code: int | None = None
    """An HTTP status that classifies the failure."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class SystemAttributes(EventData):
    """The attributes that Amazon Connect added."""

    @property
    def original_contact_arn(self) -> str | None:
        """The ARN of the contact that the call began with."""
        arn = self.extra.get("aws:connect:OriginalContactArn")
        return arn if isinstance(arn, str) else None


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class StreamingConfiguration(EventData):
    """The settings of a stream."""

    authentication_minimum_speech_in_seconds: int | None = None
    """How much net speech authentication needs, in seconds."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class AudioProgress(EventData):
    """The progress of collecting speech."""

    audio_aggregation_started_at: datetime | None = None
    """When the first speech was heard, in UTC."""
    audio_aggregation_ended_at: datetime | None = None
    """When there was enough speech, in UTC; None before."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentAudioProgress(AudioProgress):
    """The progress of collecting speech for an enrollment."""

    audio_aggregation_status: str | None = None
    """The state of the collection; AWS did not document the values."""


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
    """The origin of a speaker's enrollment."""

    enrollment_source: str | None = None
    """The type of the origin."""
    enrollment_source_id: Annotated[str | None, SENSITIVE] = None
    """The id of the session or job."""
    enrollment_status: str | None = None
    """The outcome."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationOrigin(EventData):
    """The origin of a fraudster's registration."""

    registration_source: str | None = None
    """The type of the origin."""
    registration_source_id: Annotated[str | None, SENSITIVE] = None
    """The id of the job."""
    registration_status: str | None = None
    """The outcome."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventFraudDetectionConfig(EventData):
    """How an enrollment job checks speakers against a watchlist."""

    fraud_detection_action: FraudDetectionAction | None = None
    """The action for a risky speaker."""
    fraud_detection_threshold: int | None = None
    """The risk score from which a speaker counts as risky, by the name that real events used."""
    risk_threshold: int | None = None
    """The same, by the name that the administrator guide uses."""
    watchlist_ids: tuple[str, ...] = ()
    """The one watchlist to check against."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventEnrollmentConfig(EventData):
    """How an enrollment job treats existing enrollments and fraud."""

    existing_enrollment_action: ExistingEnrollmentAction | None = None
    """The action for an enrolled speaker."""
    fraud_detection_config: EventFraudDetectionConfig | None = None
    """How speakers are checked for fraud."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobData(EventData):
    """The settings of an enrollment job."""

    data_access_role_arn: str | None = None
    """The IAM role with which the service reads and writes S3."""
    enrollment_config: EventEnrollmentConfig | None = None
    """How existing enrollments and fraud are treated."""
    input_data_config: InputDataConfig | None = None
    """Where the manifest is."""
    output_data_config: OutputDataConfig | None = None
    """Where the results are written."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationJobData(EventData):
    """The settings of a registration job."""

    data_access_role_arn: str | None = None
    """The IAM role with which the service reads and writes S3."""
    registration_config: RegistrationConfig | None = None
    """How duplicates are treated, and the watchlist."""
    input_data_config: InputDataConfig | None = None
    """Where the manifest is."""
    output_data_config: OutputDataConfig | None = None
    """Where the results are written."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EventDetail(EventData):
    """The members of every event. For an event of an unknown kind, ``extra`` has the others."""

    source_id: str | None = None
    """The event's id: two events with the same id are one event, delivered twice."""
    action: str | None = None
    """The action, such as ``START_SESSION``."""
    status: str | None = None
    """The outcome of the action; AWS did not document the values."""
    domain_id: str | None = None
    """The id of the domain."""
    error_info: EventError | None = None
    """Why the action failed; None when it succeeded."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SessionDetail(EventDetail):
    """A session's stream has started or ended, or the session was updated or evaluated: see ``action``."""

    session: EventSession | None = None
    """The session."""
    system_attributes: SystemAttributes | None = None
    """The attributes that Amazon Connect added."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SessionEnrollmentDetail(EventDetail):
    """An enrollment was requested in a session; a ``SpeakerDetail`` follows with the outcome."""

    session_id: Annotated[str | None, SENSITIVE] = None
    """The session's id that the service chose."""
    session_name: Annotated[str | None, SENSITIVE] = None
    """The session's name: the contact id in Amazon Connect."""
    system_attributes: SystemAttributes | None = None
    """The attributes that Amazon Connect added."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class SpeakerDetail(EventDetail):
    """A speaker was enrolled, opted out or was deleted: see ``action``."""

    generated_speaker_id: Annotated[str | None, SENSITIVE] = None
    """The speaker's id that the service chose; events never have the application's."""
    data: EnrollmentOrigin | None = None
    """The origin of an enrollment."""
    system_attributes: SystemAttributes | None = None
    """The attributes that Amazon Connect added."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class FraudsterDetail(EventDetail):
    """A fraudster was registered or deleted: see ``action``."""

    generated_fraudster_id: Annotated[str | None, SENSITIVE] = None
    """The fraudster's id."""
    watchlist_ids: tuple[str, ...] = ()
    """The watchlists that the fraudster is on, or was."""
    data: RegistrationOrigin | None = None
    """The origin of a registration."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class EnrollmentJobDetail(EventDetail):
    """An enrollment job was submitted, or has ended: see ``status``."""

    batch_job_id: str | None = None
    """The job's id."""
    data: EnrollmentJobData | None = None
    """The settings of the job."""


@attrs.frozen(kw_only=True, weakref_slot=False, field_transformer=redact_marked_fields)
class RegistrationJobDetail(EventDetail):
    """A registration job was submitted, or has ended: see ``status``."""

    batch_job_id: str | None = None
    """The job's id."""
    data: RegistrationJobData | None = None
    """The settings of the job."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class VoiceIDEvent(EventData):
    """An event as EventBridge delivers it."""

    id: str
    """The id that EventBridge gave the event."""
    detail_type: str
    """The event's kind, such as ``VoiceId Speaker Action``."""
    source: str | None = None
    """The sender: ``aws.voiceid``."""
    account: str | None = None
    """The AWS account."""
    region: str | None = None
    """The AWS region."""
    time: datetime | None = None
    """When the event happened, in UTC, exact to the second."""
    resources: tuple[str, ...] = ()
    """The ARNs of the resources that the event is about."""
    version: str | None = None
    """The version of EventBridge's format."""
    detail: EventDetail
    """The event itself; the class depends on ``detail_type``."""

    @classmethod
    def from_eventbridge(cls, raw: Mapping[str, object]) -> "VoiceIDEvent":
        """Return an event as data.

        Args:
            raw: the event, such as the argument of a Lambda function.

        Raises:
            RequestValidationError: a value has the wrong type, or ``raw`` is no event.
        """
        # Checked because the argument often comes from JSON of any kind, whatever its type says.
        if not isinstance(cast("object", raw), Mapping):
            rule = "must be the event as a dictionary; parse JSON text first"
            problem = Problem(parameter="raw", rule=rule)
            raise RequestValidationError.of("VoiceIDEvent.from_eventbridge", (problem,))
        detail_type = raw.get("detail-type")
        detail_class = (
            _DETAIL_CLASSES.get(detail_type, EventDetail) if isinstance(detail_type, str) else EventDetail
        )
        named = {"detailType" if name == "detail-type" else name: value for name, value in raw.items()}
        problems: tuple[Problem, ...]
        try:
            event = structuring.structure(cls, named, "event")
            return attrs.evolve(event, detail=structuring.structure(detail_class, raw["detail"], "event"))
        except ConversionError as error:
            problems = tuple(Problem(parameter=name, rule=rule) for name, rule in error.problems)
        raise RequestValidationError.of("VoiceIDEvent.from_eventbridge", problems)


_DETAIL_CLASSES: Final[Mapping[str, type[EventDetail]]] = {
    "VoiceId Start Session Action": SessionDetail,
    "VoiceId Update Session Action": SessionDetail,
    "VoiceId Evaluate Session Action": SessionDetail,
    "VoiceId Session Speaker Enrollment Action": SessionEnrollmentDetail,
    "VoiceId Speaker Action": SpeakerDetail,
    "VoiceId Fraudster Action": FraudsterDetail,
    "VoiceId Batch Speaker Enrollment Action": EnrollmentJobDetail,
    # The spelling of the administrator guide.
    "VoiceID Batch Speaker Enrollment Action": EnrollmentJobDetail,
    "VoiceId Batch Fraudster Registration Action": RegistrationJobDetail,
}
