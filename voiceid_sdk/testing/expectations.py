"""Expected calls, and the responses or errors that a test gives them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, Self, TypeVar

from voiceid_sdk import errors, service_model
from voiceid_sdk.enums import ConflictType, ResourceType
from voiceid_sdk.models import Structure
from voiceid_sdk.service_model.names import python_name
from voiceid_sdk.testing.script import Request, Script, ScriptedCall

ResultT = TypeVar("ResultT", bound=Structure | Mapping[str, object] | None)
ItemT = TypeVar("ItemT", bound=Structure)

ENDPOINT_URL: Final = "http://voice-id-stub.invalid"
"""The endpoint of a stub's client: a host name that can never be resolved (RFC 2606)."""

_CODES: Final[Mapping[type[errors.ServiceError], tuple[str, int]]] = {
    errors.AccessDeniedError: ("AccessDeniedException", 403),
    errors.AuthenticationError: ("ExpiredTokenException", 403),
    errors.ConflictError: ("ConflictException", 409),
    errors.InternalServerError: ("InternalServerException", 500),
    errors.ResourceNotFoundError: ("ResourceNotFoundException", 404),
    errors.ServiceQuotaExceededError: ("ServiceQuotaExceededException", 402),
    errors.ThrottlingError: ("ThrottlingException", 429),
    errors.ValidationError: ("ValidationException", 400),
}
"""The code and the HTTP status of each error. Source: the service's Smithy model, AWS's common errors."""


class _Expectation:
    """The base of both kinds of expectation."""

    def __init__(self, script: Script, operation: str, request: Request, ignored: set[str]) -> None:
        self._script = script
        self._operation = operation
        self._request = request
        self._ignored = ignored

    def ignoring(self, *members: str) -> Self:
        """Accept any value, or none, for members of the request.

        Args:
            members: their names in the API, such as ``"JobName"``, as in the difference of a StubError.

        Raises:
            ValueError: the operation has no such member.
        """
        shape = service_model.shape(service_model.operation(self._operation)["input"]["shape"])
        if unknown := set(members).difference(shape.get("members", {})):
            raise ValueError(f"{self._operation} has no member {', '.join(sorted(unknown))}")
        self._ignored.update(members)
        return self

    def fails(
        self,
        error: type[errors.ServiceError] | type[errors.TransportError] | str,
        message: str = "The test says so.",
        *,
        status_code: int | None = None,
        conflict_type: ConflictType | str | None = None,
        resource_type: ResourceType | str | None = None,
    ) -> Self:
        """Let the call fail. Each further ``fails`` or ``returns`` expects the call once more.

        Args:
            error: the error to raise, or an error code of the service.
            message: the message of the service.
            status_code: the HTTP status; None for the usual status of the error, or for 400 with a code.
            conflict_type: the type of the conflict in a ConflictError.
            resource_type: the type of the missing resource in a ResourceNotFoundError.

        Raises:
            ValueError: the error has more than one code, so pass the code.
        """
        if isinstance(error, str) or issubclass(error, errors.ServiceError):
            code, status = (error, 400) if isinstance(error, str) else _code(error)
            fields = {"ConflictType": conflict_type, "ResourceType": resource_type}
            self._script.stubber.add_client_error(
                python_name(self._operation),
                service_error_code=code,
                service_message=message,
                http_status_code=status_code or status,
                modeled_fields={name: value for name, value in fields.items() if value is not None} or None,
            )
            self._expect(None)
        else:
            self._expect(_broken_connection(error))
        return self

    def _respond(self, body: Mapping[str, object]) -> None:
        self._script.stubber.add_response(python_name(self._operation), dict(body))
        self._expect(None)

    def _expect(self, failure: Exception | None) -> None:
        self._script.add(
            ScriptedCall(
                operation=self._operation, request=self._request, ignored=self._ignored, failure=failure
            )
        )


class ExpectedCall(_Expectation, Generic[ResultT]):
    """An expected call; ``VoiceIDStub.expect`` makes it."""

    def __init__(
        self,
        script: Script,
        operation: str,
        request: Request,
        ignored: set[str],
        write: Callable[[ResultT], Mapping[str, object]],
    ) -> None:
        super().__init__(script, operation, request, ignored)
        self._write = write

    def returns(self, result: ResultT) -> "ExpectedCall[ResultT]":
        """Set the response. Each further ``returns`` or ``fails`` expects the call once more, as in a wait.

        Args:
            result: the data of the response; tags as a dictionary; None for an empty response.
        """
        self._respond(self._write(result))
        return self


class ExpectedList(_Expectation, Generic[ItemT]):
    """An expected list; ``VoiceIDStub.expect`` makes it."""

    _pages = 0

    def returns(self, *pages: Sequence[ItemT], more: bool = False) -> "ExpectedList[ItemT]":
        """Set the pages of the list, each for one call.

        Args:
            pages: the items of each page; without any, the list is empty.
            more: whether the list continues, with the next ``returns`` or ``fails``.
        """
        names = service_model.load_paginators()[self._operation]
        first_request = {name: value for name, value in self._request.items() if name != names["input_token"]}
        left = len(pages or [()])
        for page in pages or [()]:
            left -= 1
            self._pages += 1
            body: dict[str, object] = {names["result_key"]: [item.to_wire() for item in page]}
            next_token = {} if left == 0 and not more else {names["output_token"]: f"page {self._pages + 1}"}
            self._respond({**body, **next_token})
            self._request = {**first_request, **next_token}
        return self


def _code(error: type[errors.ServiceError]) -> tuple[str, int]:
    if error not in _CODES:
        raise ValueError(f"{error.__name__} has no single code: pass the code")
    return _CODES[error]


def _broken_connection(error: type[errors.TransportError]) -> Exception:
    # botocore is imported with the first stub, so that pytest starts fast.
    from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

    if issubclass(error, errors.TransportTimeoutError):
        return ReadTimeoutError(endpoint_url=ENDPOINT_URL)
    return EndpointConnectionError(endpoint_url=ENDPOINT_URL)
