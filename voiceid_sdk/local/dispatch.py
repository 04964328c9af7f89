"""The path of a request through the service: decode, fault, validate, transact, encode."""

import contextlib
import time
from collections.abc import Callable, Mapping

import attrs

from voiceid_sdk.local.arguments import BYTES, OPTIONAL_TEXT, check_arguments
from voiceid_sdk.local.clock import ManualClock, WallClock, epoch_seconds
from voiceid_sdk.local.core.context import OnError, RequestContext
from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.core.scope import Scope, check_account_id, check_region_name
from voiceid_sdk.local.faults import NO_FAULT, Fault, Faults
from voiceid_sdk.local.handlers import HANDLERS
from voiceid_sdk.local.metrics import Outcome, RequestCounts
from voiceid_sdk.local.options import RequestParts
from voiceid_sdk.local.protocol import aws_json
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException, internal, throttled
from voiceid_sdk.local.protocol.validation import check_request
from voiceid_sdk.local.rate_limiter import RateLimiter
from voiceid_sdk.local.rules.cloudtrail import ApiCall
from voiceid_sdk.local.rules.event_failures import failure_event
from voiceid_sdk.local.storage.shared_store import ServiceClosedError
from voiceid_sdk.local.transactions import Transactions


def checked_headers(headers: Mapping[str, str], body: bytes, parts: RequestParts) -> dict[str, str]:
    """Check the arguments of ``LocalVoiceID.handle``, and return the headers with names in lower case.

    Raises:
        TypeError: an argument has another type.
        ValueError: the account or the region cannot be one.
    """
    check_arguments(headers=(headers, (Mapping,)), body=(body, BYTES))
    check_arguments(method=(parts.get("method"), OPTIONAL_TEXT), path=(parts.get("path"), OPTIONAL_TEXT))
    if (account_id := parts.get("account_id")) is not None:
        check_account_id(account_id)
    if (region_name := parts.get("region_name")) is not None:
        check_region_name(region_name)
    return {name.lower(): value for name, value in headers.items()}


@attrs.frozen(kw_only=True)
class Dispatcher:
    """Carries out requests, and returns their responses."""

    transactions: Transactions
    clock: WallClock
    faults: Faults
    limiter: RateLimiter
    identifiers: Identifiers
    documented_statuses: bool
    default_scope: Scope
    counts: RequestCounts

    has_subscribers: Callable[[], bool]
    """Returns whether anyone listens to events."""

    def accept(
        self, headers: Mapping[str, str], body: bytes, *, method: str, path: str, client: Scope
    ) -> "AcceptedRequest":
        """Decode and check a request of a client; an error becomes its response.

        Args:
            headers: the request's headers; their names in lower case.
            body: the request's body.
            method: the HTTP method.
            path: the path of the URL.
            client: the account and region of the client.
        """
        request_id = self.identifiers.request()
        began = time.perf_counter()
        fault = NO_FAULT
        operation = ""
        call = error = None
        try:
            client.check(self.default_scope)
            operation, request = aws_json.decode(headers, body, method=method, path=path)
            if self.faults.are_set:
                fault = self.faults.next_for(operation, epoch_seconds(self.clock))
                fault.raise_error()
            check_request(operation, request)
            if self.limiter.limits(operation):
                self._check_rate(operation, client)
            call = ApiCall(operation, request, request_id, headers.get("user-agent", "-"))
        except Exception as failure:  # noqa: BLE001 - every error becomes a response
            error = failure
        return AcceptedRequest(
            dispatcher=self,
            client=client,
            operation=operation,
            request_id=request_id,
            began=began,
            fault=fault,
            call=call,
            error=error,
        )

    def _check_rate(self, operation: str, client: Scope) -> None:
        if not self.limiter.admits(operation, epoch_seconds(self.clock), client=client):
            raise throttled()


@attrs.define(kw_only=True, eq=False)  # Frozen classes take twice as long to fill.
class AcceptedRequest:
    """A request that was decoded and checked, and is carried out when its response is called for."""

    dispatcher: Dispatcher
    client: Scope
    operation: str
    """The operation, or an empty string if the request has none."""
    request_id: str
    began: float
    fault: Fault
    call: ApiCall | None
    """None if there is an error."""
    error: Exception | None = attrs.field(repr=False)

    def response(self) -> Response:
        """Carry out the request, and return its response; for an error as well. May be called once."""
        call = self.call
        if call is None:
            return self._failed(self.error or internal())
        try:
            result = self.dispatcher.transactions.run(
                lambda context: _work(context, call), on_error=_on_error(call), client=self.client
            )
        except ServiceClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - every other error becomes a response
            return self._failed(error)
        return self._finished(aws_json.success_response(result, self.request_id))

    def response_at_once(self) -> Response | None:
        """Return the response, or None if the request has to wait for other requests, a write or a model.

        After None, nothing has changed, and ``response`` carries the request out.
        """
        call = self.call
        if call is None:
            return self.response()
        if not (call.is_read or self._may_change_nothing):
            return None
        try:
            result = self.dispatcher.transactions.run_at_once(
                lambda context: _work(context, call), on_error=_on_error(call), client=self.client
            )
        except ServiceClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - every other error becomes a response
            return self._failed(error)
        if result is None:
            return None
        return self._finished(aws_json.success_response(result, self.request_id))

    @property
    def _may_change_nothing(self) -> bool:
        # An evaluation changes nothing while its results stay the same; its event is a change, too.
        return self.operation == "EvaluateSession" and not self.dispatcher.has_subscribers()

    def _failed(self, error: Exception) -> Response:
        documented = self.dispatcher.documented_statuses
        return self._finished(aws_json.error_response(error, self.request_id, documented_statuses=documented))

    def _finished(self, response: Response) -> Response:
        """Count the request, and return its response as it is delivered."""
        dispatcher = self.dispatcher
        if self.operation:
            seconds = time.perf_counter() - self.began
            dispatcher.counts.add(self.operation, Outcome.of(response.status), seconds)
        response = self.fault.apply_to(response)
        if not response.delay or not isinstance(dispatcher.clock, ManualClock):
            return response
        with contextlib.suppress(ValueError):  # At the end of its range, the clock stands still.
            dispatcher.clock.advance(response.delay)  # so that the client does not wait
        return attrs.evolve(response, delay=0.0)


def _work(context: RequestContext, call: ApiCall) -> Document | None:
    result = HANDLERS[call.operation](context, call.request)
    call.emit(context, result)
    return result


def _on_error(call: ApiCall) -> OnError | None:
    """Return the function that emits the events of a failure, if there may be such events."""
    emit_failure = failure_event(call.operation, call.request)
    if call.is_read and emit_failure is None:
        return None

    def emit(context: RequestContext, error: ServiceException) -> None:
        if emit_failure is not None:
            emit_failure(context, error)
        call.emit(context, error=error)

    return emit
