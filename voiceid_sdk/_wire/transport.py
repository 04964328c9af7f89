"""The one place that calls a boto3 client: prepares requests, sends them, reads the responses."""

from typing import TYPE_CHECKING, Any, TypeVar, cast

from voiceid_sdk import service_model
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk._wire.client_tokens import new_token
from voiceid_sdk._wire.decoding import decode
from voiceid_sdk._wire.raw_bodies import BodyCapture, capture_bodies_of
from voiceid_sdk._wire.requests import Body, Request, Response, takes_client_token
from voiceid_sdk._wire.response_ids import check_ids
from voiceid_sdk.calls import CallTimer, OnCall
from voiceid_sdk.errors import ResponseError
from voiceid_sdk.service_model.names import python_name

if TYPE_CHECKING:
    # It imports the data classes, which no client needs before its first call.
    from voiceid_sdk._wire.operations.rows import Operation

ResultT = TypeVar("ResultT")


class Transport:
    """A boto3 client, and how calls are made through it. Only ``send`` and ``close`` do I/O.

    Args:
        client: a boto3 client for ``voice-id``, or anything that has its methods.
        is_ours: whether the SDK made the client; only then are raw bodies captured, and is it closed with us.
        validate_requests: whether requests are checked against the model before they are sent.
        on_call: receives the record of each call.
    """

    def __init__(
        self, client: Any, *, is_ours: bool, validate_requests: bool, on_call: OnCall | None = None
    ) -> None:
        self.client = client
        self.on_call = on_call
        self.is_ours = is_ours
        self._validates = validate_requests
        meta = getattr(client, "meta", None)
        self.region: str | None = _text(getattr(meta, "region_name", None))
        self.endpoint: str | None = _text(getattr(meta, "endpoint_url", None))
        pool_size = getattr(getattr(meta, "config", None), "max_pool_connections", None)
        self.pool_size: int | None = pool_size if isinstance(pool_size, int) else None
        if is_ours:
            capture_bodies_of(client)
            after_fork_in_child(self._renew)

    def prepare(self, operation: str, body: Body) -> Request:
        """Return a request that is ready to be sent; members that are None are left out.

        Raises:
            RequestValidationError: the request breaks a rule of the model.
        """
        __tracebackhide__ = True
        sent = {member: value for member, value in body.items() if value is not None}
        if "ClientToken" not in sent and takes_client_token(operation):
            # Made here and not by botocore, so that a repeated call can send the same token.
            sent["ClientToken"] = new_token(operation, sent)
        if self._validates and (violations := service_model.violations(operation, sent)):
            from voiceid_sdk._wire.request_errors import request_error

            raise request_error(operation, violations)
        return Request(
            operation=operation,
            body=sent,
            region=self.region,
            endpoint=self.endpoint,
            client_token=cast("str | None", sent.get("ClientToken")),
        )

    def send(self, request: Request) -> Response:
        """Send a request, and return the response with its raw body where botocore shows it.

        Raises:
            VoiceIDError: there is no response, or the service rejected the request.
        """
        __tracebackhide__ = True
        if not self.is_ours:
            return self.send_raw(request)
        with BodyCapture(request.operation) as capture:
            response = self.send_raw(request)
        return Response(response.parsed, capture.body)

    def send_raw(self, request: Request) -> Response:
        """Send a request, and return the response as boto3 parsed it."""
        __tracebackhide__ = True
        # Our error is raised outside the handler, so that it chains no error of botocore.
        method = getattr(self.client, python_name(request.operation))
        timer = CallTimer(request.operation, self.on_call)
        try:
            parsed = method(**request.body)
        except Exception as error:
            # Imported lazily: most calls succeed.
            from voiceid_sdk._wire.botocore_errors import translate

            failure = translate(error, request)
            if failure is None:
                raise
        else:
            timer.succeeded(parsed)
            return Response(parsed)
        timer.failed(failure)
        raise failure

    def read(self, operation: "Operation[ResultT]", request: Request, response: Response) -> ResultT:
        """Return the content of a response as typed data.

        Raises:
            ResponseError: the body is not what the model says, or is about another resource.
        """
        __tracebackhide__ = True
        try:
            body = response.members if response.raw is None else decode(response.raw)
            check_ids(request, body, response.request_id)
            return operation.read(body)
        except ConversionError as error:
            problems = str(error)
        raise ResponseError(
            f"{request.operation} succeeded, but its response cannot be read: {problems}",
            operation=request.operation,
            request_id=response.request_id,
            client_token=request.client_token,
            next_step="Describe or list to see the result.",
        )

    def read_raw(self, request: Request, response: Response) -> dict[str, object]:
        """Return the content of a response as boto3 parsed it.

        Raises:
            ResponseError: it is about another resource.
        """
        check_ids(request, response.parsed, response.request_id)
        return dict(response.parsed)

    def close(self) -> None:
        """Close the connections of a client that the SDK made."""
        if self.is_ours:
            self.client.close()

    def _renew(self) -> None:
        from voiceid_sdk._wire.forked_clients import renew

        renew(self.client)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
