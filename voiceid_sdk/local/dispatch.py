"""The path of a request through the service: decode, fault, validate, transact, encode."""

import time
from collections.abc import Mapping

import attrs

from voiceid_sdk.local.clock import ManualClock, WallClock, epoch_seconds
from voiceid_sdk.local.core.context import RequestContext, Transaction
from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.core.scope import Scope
from voiceid_sdk.local.faults import NO_FAULT, Faults
from voiceid_sdk.local.handlers import HANDLERS
from voiceid_sdk.local.metrics import Outcome, RequestCounts
from voiceid_sdk.local.protocol import aws_json
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException, throttled
from voiceid_sdk.local.protocol.validation import check_request
from voiceid_sdk.local.rate_limiter import RateLimiter
from voiceid_sdk.local.rules.cloudtrail import ApiCall
from voiceid_sdk.local.rules.event_failures import failure_event


@attrs.frozen(kw_only=True)
class Dispatcher:
    """Carries out requests, and returns their responses."""

    transact: Transaction
    clock: WallClock
    faults: Faults
    limiter: RateLimiter
    identifiers: Identifiers
    documented_statuses: bool
    default_scope: Scope
    counts: RequestCounts

    def dispatch(
        self, headers: Mapping[str, str], body: bytes, *, method: str, path: str, client: Scope
    ) -> Response:
        """Return the response to a request of a client; for an error as well."""
        request_id = self.identifiers.request()
        fault = NO_FAULT
        operation = ""
        began = time.perf_counter()
        try:
            client.check(self.default_scope)
            operation, request = aws_json.decode(headers, body, method=method, path=path)
            now = epoch_seconds(self.clock)
            fault = self.faults.next_for(operation, now)
            fault.raise_error()
            check_request(operation, request)
            self._check_rate(operation, now, client)
            call = ApiCall(operation, request, request_id, _user_agent(headers))
            result = self._carry_out(call, client)
            response = aws_json.success_response(result, request_id)
        except Exception as error:  # noqa: BLE001 - every error becomes a response
            response = aws_json.error_response(
                error, request_id, documented_statuses=self.documented_statuses
            )
        if operation:
            seconds = time.perf_counter() - began
            self.counts.add(operation, Outcome.of(response.status), seconds)
        return self._delayed(fault.apply_to(response))

    def _carry_out(self, call: ApiCall, client: Scope) -> Document | None:
        emit_failure = failure_event(call.operation, call.request)

        def work(context: RequestContext) -> Document | None:
            result = HANDLERS[call.operation](context, call.request)
            call.emit(context, result)
            return result

        def on_error(context: RequestContext, error: ServiceException) -> None:
            if emit_failure is not None:
                emit_failure(context, error)
            call.emit(context, error=error)

        return self.transact(work, on_error=on_error, client=client)

    def _check_rate(self, operation: str, now: float, client: Scope) -> None:
        if not self.limiter.admits(operation, now, client=client):
            raise throttled()

    def _delayed(self, response: Response) -> Response:
        """Advance a manual clock by the delay of a response, so that the client does not wait."""
        if not response.delay or not isinstance(self.clock, ManualClock):
            return response
        self.clock.advance(response.delay)
        return attrs.evolve(response, delay=0.0)


def _user_agent(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "user-agent"), "-")
