"""A session: one call that Voice ID evaluates."""

import threading
from collections.abc import Callable
from typing import Annotated

import attrs

from voiceid_sdk import _types
from voiceid_sdk._connection import Connection
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wire import operations
from voiceid_sdk.models import SessionEvaluation
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields

__all__ = ["Session"]


@attrs.frozen(field_transformer=redact_marked_fields)
class Session(Printed):
    """A session: evaluates one call of a caller.

    A handle, which ``Domain.session`` makes without a call to the service.
    """

    _connection: Connection = attrs.field(repr=False)
    domain_id: str
    """The id of the session's domain."""
    name_or_id: Annotated[str, SENSITIVE]
    """The session's name (the contact id in Amazon Connect), or the id that the service chose."""

    def evaluate(self) -> SessionEvaluation:
        """Return the results for the call so far. Calls EvaluateSession.

        Results stay the same until there is new audio to evaluate.

        Raises:
            ResourceNotFoundError: there is no such session, or its audio is not streamed yet.

        Example:
            >>> evaluation = domain.session("contact-1").evaluate()
            >>> evaluation.authentication_result.decision
            <AuthenticationDecision.ACCEPT: 'ACCEPT'>
            >>> evaluation.fraud_detection_result.decision
            <FraudDetectionDecision.LOW_RISK: 'LOW_RISK'>
        """
        return self._connection.call(
            operations.EVALUATE_SESSION, {"DomainId": self.domain_id, "SessionNameOrId": self.name_or_id}
        )

    def wait_for_decision(
        self,
        policy: "_types.WaitPolicy | None" = None,
        *,
        on_progress: Callable[[SessionEvaluation], object] | None = None,
        cancel: threading.Event | None = None,
    ) -> SessionEvaluation:
        """Wait until every check that is on has a decision. Calls EvaluateSession for each poll.

        The wait goes on after NOT_ENOUGH_SPEECH while audio arrives; once streaming has ended, it is final. A
        missing score stays None, and an error is raised: neither becomes a rejection.

        Args:
            policy: how long to wait and how often to poll; when None, after 10 s and then every 5 s, for two
                minutes at most.
            on_progress: receives the evaluation after each poll.
            cancel: ends the wait when set.

        Raises:
            WaitTimeoutError: the deadline passed; its ``resource`` is the last evaluation.
            WaitCancelledError: ``cancel`` was set.

        Example:
            >>> evaluation = domain.session("contact-1").wait_for_decision(WaitPolicy(timeout=60))
            >>> evaluation.authentication_result.decision
            <AuthenticationDecision.ACCEPT: 'ACCEPT'>
        """
        from voiceid_sdk._wait_conditions import SESSION_DECIDED

        return self._connection.wait_until(
            SESSION_DECIDED, self.evaluate, policy, on_progress=on_progress, cancel=cancel
        )
