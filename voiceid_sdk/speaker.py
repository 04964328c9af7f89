"""A speaker: a caller who is enrolled, was enrolled, or opted out."""

import threading
from collections.abc import Callable, Mapping
from typing import Annotated

import attrs

from voiceid_sdk import _types
from voiceid_sdk._connection import Connection
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wire import operations
from voiceid_sdk.enums import ResourceType, SpeakerStatus
from voiceid_sdk.errors import ResourceNotFoundError
from voiceid_sdk.models import SpeakerInfo
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields

__all__ = ["Speaker"]


@attrs.frozen(field_transformer=redact_marked_fields)
class Speaker(Printed):
    """A speaker: describes, opts out or deletes one caller.

    A handle, which ``Domain.speaker`` makes without a call.

    Example:
        >>> speaker = domain.speaker("customer-42")
        >>> speaker.describe().status
        <SpeakerStatus.ENROLLED: 'ENROLLED'>
    """

    _connection: Connection = attrs.field(repr=False)
    domain_id: str
    """The id of the speaker's domain."""
    speaker_id: Annotated[str, SENSITIVE]
    """The id that the application chose, or the one that the service chose (``id#`` and 22 characters)."""
    info: SpeakerInfo | None = attrs.field(default=None, eq=False, repr=False)
    """The data that came with the handle; None when it was made from an id alone."""

    @property
    def _ids(self) -> Mapping[str, object]:
        return {"DomainId": self.domain_id, "SpeakerId": self.speaker_id}

    def describe(self) -> SpeakerInfo:
        """Return the speaker as it is now. Calls DescribeSpeaker.

        Raises:
            ResourceNotFoundError: the speaker or its domain does not exist.
        """
        return self._connection.call(operations.DESCRIBE_SPEAKER, self._ids)

    def opt_out(self) -> SpeakerInfo:
        """Opt the speaker out, whatever the status, and create an unknown speaker. Calls OptOutSpeaker.

        The voiceprint is deleted. Call ``delete`` before enrolling the speaker again.

        Example:
            >>> domain.speaker("customer-43").opt_out().status
            <SpeakerStatus.OPTED_OUT: 'OPTED_OUT'>
        """
        return self._connection.call(operations.OPT_OUT_SPEAKER, self._ids)

    def delete(self) -> None:
        """Delete the speaker and its voiceprint. Calls DeleteSpeaker.

        Raises:
            ResourceNotFoundError: the speaker or its domain does not exist.

        Example:
            >>> domain.speaker("customer-42").delete()
            >>> domain.speakers().all()
            []
        """
        self._connection.call(operations.DELETE_SPEAKER, self._ids)

    def wait_until(
        self,
        status: SpeakerStatus | str,
        policy: "_types.WaitPolicy | None" = None,
        *,
        on_progress: Callable[[SpeakerInfo | None], object] | None = None,
        cancel: threading.Event | None = None,
    ) -> SpeakerInfo:
        """Wait until the speaker has a status, and return it. Calls DescribeSpeaker for each poll.

        The speaker need not exist yet, because enrollment creates speakers.

        Args:
            status: the status to wait for.
            policy: how long to wait and how often to poll; at most five minutes when None.
            on_progress: receives the speaker after each poll; None while it does not exist.
            cancel: ends the wait when set.

        Raises:
            RequestValidationError: there is no such status.
            WaitTimeoutError: the deadline passed.
            WaitCancelledError: ``cancel`` was set.

        Example:
            >>> speaker = domain.speaker("customer-42")
            >>> speaker.wait_until("ENROLLED", WaitPolicy(timeout=60)).status
            <SpeakerStatus.ENROLLED: 'ENROLLED'>
        """
        from voiceid_sdk._wait_conditions import speaker_has

        speaker = self._connection.wait_until(
            speaker_has(status), self._describe_if_exists, policy, on_progress=on_progress, cancel=cancel
        )
        assert speaker is not None  # noqa: S101 - the condition holds for no other
        return speaker

    def _describe_if_exists(self) -> SpeakerInfo | None:
        try:
            return self.describe()
        except ResourceNotFoundError as error:
            if error.resource_type != ResourceType.SPEAKER:
                raise
            return None
