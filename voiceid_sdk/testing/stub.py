"""A typed stub: a test declares the expected calls of the SDK's methods, and their results or errors."""

import functools
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, NoReturn, ParamSpec, Self, cast, overload

from voiceid_sdk import _tagging, service_model
from voiceid_sdk._cleanup import CleaningUp
from voiceid_sdk.boto3_typing import Boto3Session
from voiceid_sdk.client import VoiceID
from voiceid_sdk.domain import Domain
from voiceid_sdk.jobs import EnrollmentJob, RegistrationJob
from voiceid_sdk.models import DomainInfo, EnrollmentJobInfo, RegistrationJobInfo, Structure, WatchlistInfo
from voiceid_sdk.paging import Pager
from voiceid_sdk.testing.expectations import ENDPOINT_URL, ExpectedCall, ExpectedList, ItemT, ResultT
from voiceid_sdk.testing.instant_waits import WaitClock
from voiceid_sdk.testing.script import Request, Script, StubError
from voiceid_sdk.watchlist import Watchlist

__all__ = ["VoiceIDStub"]

ParametersP = ParamSpec("ParametersP")


class VoiceIDStub:
    """A stub of the service, with expected calls and their responses.

    ``expect`` takes a method and its arguments; ``returns`` and ``fails`` set its result or error.

    Calls are expected in the order of ``returns`` and ``fails``, each once. Another call, or one with another
    request, raises StubError with the difference. At the end of the ``with`` block, expected calls that were
    not made raise StubError, too. ``botocore.stub.Stubber`` checks the responses; nothing is sent. Waits take
    no time.

    Args:
        region_name: the region of the client.

    Example:
        >>> with VoiceIDStub() as stub:
        ...     speaker = stub.client.domain("Abcdefghijklmnopqrst01").speaker("ana")
        ...     call = stub.expect(speaker.describe).returns(SpeakerInfo(status=SpeakerStatus.ENROLLED))
        ...     print(speaker.describe().status)
        ENROLLED
    """

    def __init__(self, *, region_name: str = "us-east-1") -> None:
        # botocore is imported with the first stub, so that pytest starts fast.
        from botocore.stub import Stubber

        self.clock: Final = WaitClock()
        """The clock of all waits of ``client``, which has their pauses."""
        self.client: Final = VoiceID(
            session=_session(region_name), endpoint_url=ENDPOINT_URL, clock=self.clock
        )
        """The client for the code under test."""
        boto3_client: Any = self.client.boto3_client
        stubber = Stubber(boto3_client)
        stubber.activate()
        boto3_client.meta.events.register("provide-client-params.voice-id", self._receive)
        self._script: Final = Script(stubber)
        self._records = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with CleaningUp(after=exc):
            self.client.close()
        if exc is None:
            self.verify()

    def verify(self) -> None:
        """Check that exactly the expected calls were made, even if the code under test caught a StubError.

        Raises:
            StubError: a call was not expected, or expected calls were not made.
        """
        self._script.verify()

    @overload
    def expect(
        self,
        method: Callable[ParametersP, Pager[ItemT]],
        /,
        *args: ParametersP.args,
        **kwargs: ParametersP.kwargs,
    ) -> ExpectedList[ItemT]: ...
    @overload
    def expect(
        self, method: Callable[ParametersP, Domain], /, *args: ParametersP.args, **kwargs: ParametersP.kwargs
    ) -> ExpectedCall[DomainInfo]: ...
    @overload
    def expect(
        self,
        method: Callable[ParametersP, Watchlist],
        /,
        *args: ParametersP.args,
        **kwargs: ParametersP.kwargs,
    ) -> ExpectedCall[WatchlistInfo]: ...
    @overload
    def expect(
        self,
        method: Callable[ParametersP, EnrollmentJob],
        /,
        *args: ParametersP.args,
        **kwargs: ParametersP.kwargs,
    ) -> ExpectedCall[EnrollmentJobInfo]: ...
    @overload
    def expect(
        self,
        method: Callable[ParametersP, RegistrationJob],
        /,
        *args: ParametersP.args,
        **kwargs: ParametersP.kwargs,
    ) -> ExpectedCall[RegistrationJobInfo]: ...
    @overload
    def expect(
        self, method: Callable[ParametersP, ResultT], /, *args: ParametersP.args, **kwargs: ParametersP.kwargs
    ) -> ExpectedCall[ResultT]: ...
    def expect(
        self, method: Callable[..., object], /, *args: object, **kwargs: object
    ) -> ExpectedCall[Any] | ExpectedList[Any]:
        """Expect the call that a method makes with these arguments.

        If a method makes several calls, as ``Domain.update`` does, only its first call is expected; expect
        each call through a method that makes only this call. For a raw call, pass ``stub.client.call``. The
        client token is compared only if one is passed.

        Args:
            method: a method of ``client``, or of a handle of it.
            args: the arguments of the method.
            kwargs: the keyword arguments of the method.

        Returns:
            An object that takes the response. It takes data if the method returns data or a handle, and pages
            of data if the method returns a list.

        Raises:
            RequestValidationError: the SDK rejects the arguments.
            ValueError: it is not a method of this stub's client or its handles, or it makes no call.
        """
        if _connection(getattr(method, "__self__", None)) is not _connection(self.client):
            raise ValueError("expect a method of this stub's client, or of a handle of it")
        operation, request = self._record(method, args, kwargs)
        ignored = set[str]() if kwargs.keys() & {"client_token", "ClientToken"} else {"ClientToken"}
        if method == self.client.call:
            return ExpectedCall(self._script, operation, request, ignored, dict)
        if operation in service_model.load_paginators():
            return ExpectedList(self._script, operation, request, ignored)
        return ExpectedCall(self._script, operation, request, ignored, functools.partial(_body, operation))

    def _record(
        self, method: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> tuple[str, Request]:
        """Run the method up to its first call, and return that call's operation and request."""
        self._records = True
        try:
            result = method(*args, **kwargs)
            if isinstance(result, Pager):
                next(cast("Pager[object]", result).pages())
        except _Recorded as call:
            return call.operation, call.request
        finally:
            self._records = False
        raise ValueError("the method makes no call")

    def _receive(self, *, model: Any, params: Request, **_: object) -> None:  # noqa: ANN401 - botocore's
        """Handle botocore's ``provide-client-params`` event, the first of a call."""
        if self._records:
            raise _Recorded(model.name, params)
        self._script.check(model.name, params)


class _Recorded(BaseException):
    """The first call of a method. It is no Exception, so that the method cannot catch it."""

    def __init__(self, operation: str, request: Request) -> None:
        super().__init__(operation)
        self.operation = operation
        self.request = dict(request)


@functools.cache
def _session(region_name: str) -> Boto3Session:
    """Return a session without the user's AWS settings; all stubs share it, because it is slow to make."""
    from voiceid_sdk.local.clients.botocore_hook import make_session

    return make_session(_send, region_name)


def _connection(owner: object) -> object:
    return getattr(owner, "_connection", None)


def _send(*_: object, **__: object) -> NoReturn:
    """Reject a request, in place of opening a connection."""
    raise StubError("the stub did not intercept a request")


def _body(operation: str, result: Structure | Mapping[str, str] | None) -> dict[str, object]:
    """Return the body of an operation's response."""
    if result is None:
        return {}
    if not isinstance(result, Structure):
        return {"Tags": _tagging.to_wire(result, operation)}
    output = service_model.operation(operation).get("output", {"shape": ""})
    members = list(service_model.shape(output["shape"]).get("members", {}))
    return {members[0]: result.to_wire()} if len(members) == 1 else result.to_wire()
